/* SPDX-License-Identifier: BSD-2-Clause */
/* Which destinations are received (datasheet: RCR, MAR). */
#include "devices/rtl8139/rtl8139.h"

#define CRC32_POLYNOMIAL 0x04c11db7 /* IEEE 802.3 3.2.9, the first bit of a byte is its lowest */

unsigned rtl8139_hash(const uint8_t *addr)
{
	uint32_t crc = 0xffffffff;

	for (int bit = 0; bit < 8 * ETH_ADDR_LEN; bit++) {
		uint32_t in = addr[bit / 8] >> bit % 8 & 1;

		crc = crc << 1 ^ ((crc >> 31 ^ in) ? CRC32_POLYNOMIAL : 0);
	}
	return crc >> 26;
}

uint32_t rtl8139_address_class(const struct rtl8139 *card, const uint8_t *addr)
{
	if (eth_is_broadcast(addr))
		return RTL_RX_BAR;
	if (eth_is_multicast(addr))
		return RTL_RX_MAR;
	return memcmp(addr, card->state->regs + RTL_IDR0, ETH_ADDR_LEN) == 0 ? RTL_RX_PAM : 0;
}

/**
 * hash_matches() - is the bit of a group address set in MAR?
 * @card:	the card
 * @addr:	the address
 */
static bool hash_matches(const struct rtl8139 *card, const uint8_t *addr)
{
	return rtl_r64(card, RTL_MAR0) >> rtl8139_hash(addr) & 1;
}

bool rtl8139_filter(const struct rtl8139 *card, const uint8_t *addr)
{
	uint32_t rcr = rtl_r32(card, RTL_RCR);

	switch (rtl8139_address_class(card, addr)) {
	case RTL_RX_BAR:
		return rcr & RTL_RCR_AB;
	case RTL_RX_MAR:
		return rcr & RTL_RCR_AM && hash_matches(card, addr);
	case RTL_RX_PAM:
		return rcr & (RTL_RCR_APM | RTL_RCR_AAP);
	default:
		return rcr & RTL_RCR_AAP;
	}
}
