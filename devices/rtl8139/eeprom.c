/* SPDX-License-Identifier: BSD-2-Clause */
/* The board's EEPROM behind 9346CR, and what is loaded from it. */
#include "devices/rtl8139/rtl8139.h"

#define WORD_CONFIG3  0x6 /* high byte */
#define WORD_MAC      0x7
#define WORD_CONFIG01 0xa /* CONFIG0, CONFIG1 */
#define WORD_CONFIG4  0xc /* high byte */

/* Words 0 to D of a board by the chip's maker (datasheet: EEPROM contents); the rest is FFFF. */
static const uint16_t factory[] = {
	0x8129, 0x10ec, 0x8139, 0x10ec, 0x8139, 0x4020, 0xe110,
	0x0000, 0x0000, 0x0000, 0x4d10, 0xf7c2, 0x8001, 0x0000,
};

void rtl8139_eeprom_fill(struct rtl8139 *card)
{
	struct eeprom93c46 *e = &card->state->eeprom;

	memset(e->words, 0xff, sizeof(e->words));
	memcpy(e->words, factory, sizeof(factory));
	for (unsigned i = 0; i < ETH_ADDR_LEN / 2; i++)
		e->words[WORD_MAC + i] = get_le16(card->nic.mac + 2 * i);
}

void rtl8139_eeprom_load(struct rtl8139 *card)
{
	const uint16_t *words = card->state->eeprom.words;

	for (unsigned i = 0; i < ETH_ADDR_LEN / 2; i++)
		put_le16(card->state->regs + RTL_IDR0 + 2 * i, words[WORD_MAC + i]);
	rtl_w8(card, RTL_CONFIG0, (uint8_t)words[WORD_CONFIG01]);
	rtl_w8(card, RTL_CONFIG1, (uint8_t)(words[WORD_CONFIG01] >> 8 | RTL_CONFIG1_MAPS));
	rtl_w8(card, RTL_CONFIG3, (uint8_t)(words[WORD_CONFIG3] >> 8));
	rtl_w8(card, RTL_CONFIG4, (uint8_t)(words[WORD_CONFIG4] >> 8));
}

void rtl8139_9346cr_write(void *dev, unsigned index, uint32_t value, uint32_t old)
{
	struct rtl8139 *card = dev;
	bool pins = (value & RTL_EEM) == RTL_EEM_PINS;

	(void)index;
	(void)old;
	/* In all other modes the pins belong to the chip, which leaves the EEPROM alone. */
	eeprom93c46_pins(&card->state->eeprom, pins && value & RTL_EE_CS, pins && value & RTL_EE_SK,
			 pins && value & RTL_EE_DI);
	if ((value & RTL_EEM) == RTL_EEM_LOAD) {
		rtl8139_eeprom_load(card);
		rtl_w8(card, RTL_9346CR, RTL_EEM_NORMAL);
	}
}

uint32_t rtl8139_9346cr_read(void *dev, unsigned index)
{
	const struct rtl8139 *card = dev;
	uint8_t value = rtl_r8(card, RTL_9346CR);
	bool pins = (value & RTL_EEM) == RTL_EEM_PINS;

	(void)index;
	return pins && eeprom93c46_do(&card->state->eeprom) ? value | RTL_EE_DO : value;
}
