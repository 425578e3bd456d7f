/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts: ISR collects, IMR lets through, the pin is a level (datasheet: ISR, IMR). */
#include "devices/rtl8139/rtl8139.h"

/*
 * Theory of operation
 *
 * An interrupt of an external card costs the guest three to five register accesses, each a round
 * trip between two processes. That a frame was sent is no news that anybody waits for, but for a
 * driver that runs out of descriptors. So TOK alone (and TDU, which says that all is sent) raises
 * the pin when a part of what the driver can have under way is done, or TX_WAIT_NS after the first
 * of it; all other causes raise it at once, and take TOK along.
 *
 * Drivers acknowledge with posted writes, which are on their way for a while, and then look at
 * descriptors in memory. A frame that comes in between is neither seen nor, once the write arrives,
 * told. So in C+ mode an acknowledgement clears what the driver has read from ISR, not what came
 * since; and where it had masked ROK, unmasking it with a frame in the ring sets it again. In C
 * mode drivers look at registers, and such a read waits for the writes before it.
 */

#define TX_CAUSES    (RTL_INT_TOK | RTL_INT_TDU)
#define TX_WAIT_NS   (150 * 1000)
#define TX_MANY      16 /* of 64 descriptors; a large send of Linux has up to 18 */
#define TX_MANY_OF_C 3  /* of 4 */

void rtl8139_raise(struct rtl8139 *card, uint16_t bits)
{
	card->unread |= bits;
	rtl_w16(card, RTL_ISR, rtl_r16(card, RTL_ISR) | bits);
}

void rtl8139_sent(struct rtl8139 *card, unsigned descriptors)
{
	if (!(rtl_r16(card, RTL_ISR) & RTL_INT_TOK)) {
		card->sent = 0;
		card->sent_ns = loop_now(card->nic.loop);
	}
	card->sent += descriptors;
	rtl8139_raise(card, RTL_INT_TOK);
}

void rtl8139_imr_write(void *dev, unsigned index, uint32_t value, uint32_t old)
{
	struct rtl8139 *card = dev;

	(void)index;
	/*
	 * 8139too acknowledges ROK behind each frame, polls 64 of them and ends its poll when it
	 * finds no ROK then, though there are more. On a wire the next frame would wake it; here
	 * the peer may have stopped until the ring has room. For C+ mode see above.
	 */
	if (value & ~old & RTL_INT_ROK && rtl8139_has_unseen(card))
		rtl8139_raise(card, RTL_INT_ROK);
}

uint32_t rtl8139_isr_read(void *dev, unsigned index)
{
	struct rtl8139 *card = dev;

	(void)index;
	card->unread = 0;
	return rtl_r16(card, RTL_ISR);
}

void rtl8139_isr_write(void *dev, unsigned index, uint32_t value, uint32_t old)
{
	struct rtl8139 *card = dev;
	uint16_t in_memory = (rtl8139_rx_is_cplus(card) ? RTL_INT_ROK : 0) |
			     (rtl8139_tx_is_cplus(card) ? RTL_INT_TOK : 0);
	uint16_t keep = in_memory & card->unread & rtl_r16(card, RTL_IMR);

	(void)index;
	(void)value;
	rtl_w16(card, RTL_ISR, rtl_r16(card, RTL_ISR) | (keep & (uint16_t)old));
}

/**
 * can_wait() - may the pin stay low for now?
 * @card:	the card
 * @pending:	causes that the mask lets through
 */
static bool can_wait(const struct rtl8139 *card, uint16_t pending)
{
	unsigned many = rtl8139_tx_is_cplus(card) ? TX_MANY : TX_MANY_OF_C;

	return !(pending & ~TX_CAUSES) && card->sent < many &&
	       loop_now(card->nic.loop) < card->sent_ns + TX_WAIT_NS;
}

void rtl8139_drive_pin(struct rtl8139 *card)
{
	uint16_t pending = rtl_r16(card, RTL_ISR) & rtl_r16(card, RTL_IMR);

	if (!pending || !can_wait(card, pending)) {
		loop_timer_cancel(&card->interrupt);
		nic_irq(&card->nic, pending);
	} else if (!loop_timer_running(&card->interrupt)) {
		loop_timer_set(card->nic.loop, &card->interrupt, card->sent_ns + TX_WAIT_NS);
	}
}

/** waited() - the driver is told of what was sent */
static void waited(struct loop_timer *timer)
{
	rtl8139_drive_pin(container_of(timer, struct rtl8139, interrupt));
}

void rtl8139_intr_start(struct rtl8139 *card)
{
	card->interrupt.callback = waited;
}

void rtl8139_intr_stop(struct rtl8139 *card)
{
	loop_timer_cancel(&card->interrupt);
}
