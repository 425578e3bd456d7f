/* SPDX-License-Identifier: BSD-2-Clause */
/* Transmit of C mode: four descriptors in registers (RTL8139C: TSD0-3, TSAD0-3). */
#include "devices/rtl8139/tx.h"

/*
 * Theory of operation
 *
 * The driver writes an address to TSADn and then, with OWN clear, a length to TSDn: that hands the
 * descriptor to the chip, which takes the four strictly in turn. When a frame is gone, OWN and TOK
 * are set; when it can't be read, or is longer than the chip's FIFO takes, OWN and TABT are, and
 * the transmitter stands still until TCR.CLRABT makes it try that descriptor once more. A frame
 * that the peer does not take now stays where it is.
 *
 * tsd_owned holds a bit for each descriptor that was handed over, so that what CPCR made of these
 * registers in C+ mode (DTCCR) is never taken for a descriptor.
 */

#define TSD_COUNT 4
#define MAX_FRAME 1792 /* TSD.SIZE: beyond that "the Tx queue will be invalid" */

/**
 * tsd_reg() - the status register of a descriptor
 * @n:		its number
 */
static enum rtl_reg tsd_reg(unsigned n)
{
	return RTL_TSD0 + 4 * n;
}

/**
 * build() - collect the frame of a descriptor
 * @card:	the card
 * @frame:	filled
 * @n:		number of the descriptor
 *
 * Return: why it can't be sent, or TX_NO_DROP
 */
static enum drop_reason build(struct rtl8139 *card, struct tx_frame *frame, unsigned n)
{
	uint32_t len = rtl_r32(card, tsd_reg(n)) & RTL_TSD_SIZE;
	uint32_t fcs = rtl_r32(card, RTL_TCR) & RTL_TCR_CRC ? ETH_FCS_LEN : 0;
	enum drop_reason reason;

	if (len > MAX_FRAME)
		return DROP_TOO_LONG;
	if (len < fcs)
		return DROP_RUNT;
	rtl_tx_begin(frame);
	reason = rtl_tx_add(card, frame, rtl_r32(card, RTL_TSAD0 + 4 * n), len - fcs);
	if (reason == TX_NO_DROP)
		reason = rtl_tx_finish(frame);
	if (reason == TX_NO_DROP)
		rtl_tx_pad(frame);
	return reason;
}

/**
 * finish() - write what became of a descriptor
 * @card:	the card
 * @n:		its number
 * @status:	bits of TSD besides OWN
 */
static void finish(struct rtl8139 *card, unsigned n, uint32_t status)
{
	rtl_w32(card, tsd_reg(n), rtl_r32(card, tsd_reg(n)) | RTL_TSD_OWN | status);
}

/**
 * send_descriptor() - send one
 * @card:	the card
 * @n:		its number; it was handed over
 *
 * Return: false when the peer does not take it now
 */
static bool send_descriptor(struct rtl8139 *card, unsigned n)
{
	struct rtl8139_state *s = card->state;
	struct tx_frame frame;
	enum drop_reason reason = build(card, &frame, n);

	if (reason == TX_NO_DROP && !rtl_tx_send(card, &frame.packet))
		return false;
	if (reason != TX_NO_DROP) {
		port_drop(&card->nic.port, reason);
		s->tally.tx_error++;
		s->tally.tx_aborted++;
		s->tx_aborted = true;
		finish(card, n, RTL_TSD_TABT);
		rtl8139_raise(card, RTL_INT_TER);
		return true;
	}
	s->tsd_owned &= (uint8_t) ~(1 << n);
	s->tsd_next = (uint8_t)((n + 1) % TSD_COUNT);
	/* Without a cable there is no carrier to be sensed, and nobody to hear it. */
	finish(card, n, RTL_TSD_TOK | (rtl8139_link_is_up(card) ? 0 : RTL_TSD_CRS));
	rtl8139_sent(card, 1);
	return true;
}

bool rtl_tx_classic(struct rtl8139 *card)
{
	struct rtl8139_state *s = card->state;

	if (!(rtl_r8(card, RTL_CR) & RTL_CR_TE) || !nic_bus_master(&card->nic))
		return false;
	for (unsigned i = 0; i < TSD_COUNT; i++) {
		unsigned n = s->tsd_next % TSD_COUNT;

		if (s->tx_aborted || card->nic.port.blocked || !(s->tsd_owned & 1 << n))
			break;
		if (!send_descriptor(card, n))
			break;
	}
	return false; /* four frames are no work worth dividing, and ready() goes on */
}

void rtl8139_tx_stop(struct rtl8139 *card)
{
	struct rtl8139_state *s = card->state;

	for (unsigned n = 0; n < TSD_COUNT; n++) {
		if (s->tsd_owned & 1 << n)
			rtl_w32(card, tsd_reg(n), rtl_r32(card, tsd_reg(n)) | RTL_TSD_OWN);
	}
	s->tsd_owned = 0;
	s->tsd_next = 0;
	s->tx_aborted = false;
	memset(s->tx_index, 0, sizeof(s->tx_index));
}

void rtl8139_tsd_write(void *dev, unsigned index, uint32_t value, uint32_t old)
{
	struct rtl8139 *card = dev;

	(void)old;
	if (rtl8139_tx_is_cplus(card)) {
		rtl8139_dtccr_write(card, index, value);
		return;
	}
	/* Only OWN, threshold and size are left: the status is that of the frame to come. */
	rtl_w32(card, tsd_reg(index), value & RTL_TSD_WRITABLE);
	if (value & RTL_TSD_OWN)
		card->state->tsd_owned &= (uint8_t) ~(1 << index);
	else
		card->state->tsd_owned |= (uint8_t)(1 << index);
}

void rtl8139_tcr_write(void *dev, unsigned index, uint32_t value, uint32_t old)
{
	struct rtl8139 *card = dev;
	unsigned n = card->state->tsd_next % TSD_COUNT;

	(void)index;
	(void)old;
	if (!(value & RTL_TCR_CLRABT) || !card->state->tx_aborted)
		return;
	card->state->tx_aborted = false;
	rtl_w32(card, tsd_reg(n), rtl_r32(card, tsd_reg(n)) & RTL_TSD_WRITABLE & ~RTL_TSD_OWN);
}

uint32_t rtl8139_tsad_read(void *dev, unsigned index)
{
	const struct rtl8139 *card = dev;
	uint32_t all = 0;

	(void)index;
	for (unsigned n = 0; n < TSD_COUNT; n++) {
		uint32_t tsd = rtl_r32(card, tsd_reg(n));

		all |= (tsd & RTL_TSD_TOK ? 1u : 0) << (12 + n);
		all |= (tsd & RTL_TSD_TUN ? 1u : 0) << (8 + n);
		all |= (tsd & RTL_TSD_TABT ? 1u : 0) << (4 + n);
		all |= (tsd & RTL_TSD_OWN ? 1u : 0) << n;
	}
	return all;
}
