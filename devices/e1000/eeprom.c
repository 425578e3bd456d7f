/* SPDX-License-Identifier: BSD-2-Clause */
/* EECD, EERD and what the EEPROM of a new card contains (SDM chapter 5). */
#include "devices/e1000/e1000.h"

#define WORD_COMPAT   0x03
#define WORD_INIT1    0x0a
#define WORD_SSID     0x0b
#define WORD_SSVID    0x0c
#define WORD_DID      0x0d
#define WORD_VID      0x0e
#define WORD_INIT2    0x0f
#define WORD_INIT3    0x24
#define WORD_CHECKSUM 0x3f
#define CHECKSUM_SUM  0xbaba /* sum of all 64 words (SDM 5.6.35) */

/** is_empty() - has the EEPROM never been filled? (no driver leaves it all zeros) */
static bool is_empty(const struct e1000 *e)
{
	for (unsigned i = 0; i < EEPROM93C46_WORDS; i++) {
		if (e->s->eeprom.words[i])
			return false;
	}
	return true;
}

void eeprom_fill(struct e1000 *e)
{
	const struct pci_identity *id = &e->nic.class->identity;
	uint16_t *w = e->s->eeprom.words;
	uint16_t sum = 0;

	if (!is_empty(e))
		return;
	for (unsigned i = 0; i < EEPROM93C46_WORDS; i++)
		w[i] = 0xffff;
	for (unsigned i = 0; i < ETH_ADDR_LEN / 2; i++)
		w[i] = get_le16(e->nic.mac + 2 * i);
	w[WORD_COMPAT] = 0x0000;
	w[WORD_INIT1] = 0x4488; /* signature 01, subsystem and device ids from here, copper */
	w[WORD_SSID] = id->subsystem;
	w[WORD_SSVID] = id->subsystem_vendor;
	w[WORD_DID] = id->device;
	w[WORD_VID] = id->vendor;
	w[WORD_INIT2] = 0x3040; /* advertise symmetric and asymmetric pause */
	w[WORD_INIT3] = 0;
	w[e1000_model(e)->apm_word] |= e1000_model(e)->apm_bit;
	for (unsigned i = 0; i < WORD_CHECKSUM; i++)
		sum = (uint16_t)(sum + w[i]);
	w[WORD_CHECKSUM] = (uint16_t)(CHECKSUM_SUM - sum);
}

void eeprom_autoload(struct e1000 *e)
{
	const uint16_t *w = e->s->eeprom.words;

	/* Loaded only with the right signature in word 0A, 15:14 (SDM 5.6.7). */
	if (w[WORD_INIT1] >> 14 != 1)
		return;
	e1000_set(e, E1000_RAL, w[0] | (uint32_t)w[1] << 16);
	e1000_set(e, E1000_RAH, w[2] | RAH_AV);
	if (w[e1000_model(e)->apm_word] & e1000_model(e)->apm_bit)
		e1000_set(e, E1000_WUC, e1000_get(e, E1000_WUC) | WUC_APME);
}

void eecd_write(void *dev, unsigned index, uint32_t value, uint32_t old)
{
	struct e1000 *e = dev;

	(void)index;
	(void)old;
	eeprom93c46_pins(&e->s->eeprom, value & EECD_CS, value & EECD_SK, value & EECD_DI);
}

uint32_t eecd_read(void *dev, unsigned index)
{
	struct e1000 *e = dev;
	uint32_t value = e1000_get(e, E1000_EECD) | EECD_PRES;

	(void)index;
	if (eeprom93c46_do(&e->s->eeprom))
		value |= EECD_DO;
	if (e1000_model(e)->early) /* the EEPROM is not shared: there is nothing to ask for */
		return value & ~EECD_REQ;
	/* The grant follows the request at once: nobody else uses the EEPROM. */
	return value & EECD_REQ ? value | EECD_GNT : value;
}

void eerd_write(void *dev, unsigned index, uint32_t value, uint32_t old)
{
	struct e1000 *e = dev;
	uint32_t addr = (value >> EERD_ADDR_SHIFT) & 0xff;

	(void)index;
	(void)old;
	if (!(value & EERD_START))
		return;
	/* Bit 1 stays 0: iPXE takes it for the DONE of a later format. */
	e1000_set(e, E1000_EERD,
		  (uint32_t)eeprom93c46_word(&e->s->eeprom, addr) << EERD_DATA_SHIFT |
			  addr << EERD_ADDR_SHIFT | EERD_DONE);
}
