/* SPDX-License-Identifier: BSD-2-Clause */
/* The cable as the guest sees it: MSR and the PHY's registers. */
#include "devices/rtl8139/rtl8139.h"

void rtl8139_link_reset(struct rtl8139 *card)
{
	bool up = nic_cable(&card->nic);
	uint8_t msr = rtl_r8(card, RTL_MSR) & (uint8_t)~RTL_MSR_LINKB;

	rtl_w8(card, RTL_MSR, up ? msr : msr | RTL_MSR_LINKB);
	rtl_w16(card, RTL_BMSR, RTL_BMSR_DEFAULT | (up ? RTL_BMSR_LINKED : 0));
	rtl_w16(card, RTL_ANLPAR, up ? RTL_ANLPAR_LINKED : 0);
}

void rtl8139_cable(struct nic *nic, bool up)
{
	struct rtl8139 *card = container_of(nic, struct rtl8139, nic);
	uint16_t seen = rtl_r16(card, RTL_BMSR);

	rtl8139_link_reset(card);
	if (up) /* a lost link stays in BMSR until it was read: 802.3 22.2.4.2.13 */
		rtl_w16(card, RTL_BMSR, rtl_r16(card, RTL_BMSR) & (seen | ~RTL_BMSR_LINK));
	rtl8139_raise(card, RTL_INT_LINKCHG);
	rtl8139_drive_pin(card);
}

uint32_t rtl8139_bmsr_read(void *dev, unsigned index)
{
	struct rtl8139 *card = dev;
	uint16_t value = rtl_r16(card, RTL_BMSR);

	(void)index;
	if (nic_cable(&card->nic))
		rtl_w16(card, RTL_BMSR, value | RTL_BMSR_LINK);
	return value;
}

void rtl8139_bmcr_write(void *dev, unsigned index, uint32_t value, uint32_t old)
{
	struct rtl8139 *card = dev;

	(void)index;
	(void)old;
	if (!(value & RTL_BMCR_RESET))
		return;
	rtl_w16(card, RTL_BMCR, RTL_BMCR_DEFAULT);
	rtl_w16(card, RTL_ANAR, RTL_ANAR_DEFAULT);
}
