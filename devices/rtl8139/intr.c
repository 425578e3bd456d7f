/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts: ISR collects, IMR lets through, the pin is a level (datasheet: ISR, IMR). */
#include "devices/rtl8139/rtl8139.h"

void rtl8139_raise(struct rtl8139 *card, uint16_t bits)
{
	rtl_w16(card, RTL_ISR, rtl_r16(card, RTL_ISR) | bits);
}

void rtl8139_imr_write(void *dev, unsigned index, uint32_t value, uint32_t old)
{
	struct rtl8139 *card = dev;

	(void)index;
	/*
	 * 8139too acknowledges ROK behind each frame, polls 64 of them and ends its poll when it
	 * finds no ROK then, though there are more. On a wire the next frame would wake it; here
	 * the peer may have stopped until the ring has room.
	 */
	if (value & ~old & RTL_INT_ROK && !rtl8139_ring_is_empty(card))
		rtl8139_raise(card, RTL_INT_ROK);
}

void rtl8139_drive_pin(struct rtl8139 *card)
{
	nic_irq(&card->nic, rtl_r16(card, RTL_ISR) & rtl_r16(card, RTL_IMR));
}
