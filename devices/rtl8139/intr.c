/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts: ISR collects, IMR lets through, the pin is a level (datasheet: ISR, IMR). */
#include "devices/rtl8139/rtl8139.h"

void rtl8139_raise(struct rtl8139 *card, uint16_t bits)
{
	rtl_w16(card, RTL_ISR, rtl_r16(card, RTL_ISR) | bits);
}

void rtl8139_drive_pin(struct rtl8139 *card)
{
	nic_irq(&card->nic, rtl_r16(card, RTL_ISR) & rtl_r16(card, RTL_IMR));
}
