/* SPDX-License-Identifier: BSD-2-Clause */
/* Transmit rings of C+ mode (RTL8139C+: C+ mode transmit). */
#include "devices/rtl8139/tx.h"

#include <errno.h>

/*
 * Theory of operation
 *
 * TPPoll marks a ring as pending. A pending ring is walked from the card's index as long as its
 * descriptors are owned by the card, frame by frame: the descriptors of a frame are read first (up
 * to the one with LS), then the frame is made and sent, then the descriptors are given back. So a
 * frame whose last descriptors are not there yet, or that the peer does not take, stays in the ring
 * as it was. The chip has no ring size: a ring ends at EOR or at 64 descriptors.
 */

#define PASS_DESCRIPTORS 64   /* work of one call */
#define MAX_FRAME        8187 /* with FCS the most that RX_SIZE of any such chip can tell */

/**
 * struct tx_cplus_frame - a frame and its descriptors
 * @descs:	the descriptors
 * @count:	their number
 * @frame:	what they describe
 */
struct tx_cplus_frame {
	struct rtl8139_desc descs[RTL_RING_MAX];
	unsigned count;
	struct tx_frame frame;
};

/**
 * ring_base() - base register of a transmit ring
 * @ring:	the ring
 */
static enum rtl_reg ring_base(enum rtl8139_ring ring)
{
	return ring == RTL8139_HIGH ? RTL_THPDS : RTL_TNPDS;
}

/**
 * gather() - read the descriptors of the next frame
 * @card:	the card
 * @ring:	which ring
 * @job:	@descs and @count are filled
 *
 * A ring full of descriptors without LS is returned as one frame.
 *
 * Return: false when the frame is not complete
 */
static bool gather(struct rtl8139 *card, enum rtl8139_ring ring, struct tx_cplus_frame *job)
{
	unsigned index = card->state->tx_index[ring] % RTL_RING_MAX;

	for (job->count = 0; job->count < RTL_RING_MAX;) {
		struct rtl8139_desc *desc = &job->descs[job->count];

		rtl8139_read_desc(card, ring_base(ring), index, desc);
		if (!(desc->word[0] & RTL_OWN))
			return false;
		job->count++;
		if (desc->word[0] & RTL_LS)
			return true;
		index = rtl8139_next_index(index, desc);
	}
	return true;
}

/**
 * collect() - the frame's bytes
 * @card:	the card
 * @job:	from gather(); @frame is made
 *
 * Return: why the frame must be dropped, or TX_NO_DROP
 */
static enum drop_reason collect(struct rtl8139 *card, struct tx_cplus_frame *job)
{
	rtl_tx_begin(&job->frame);
	for (unsigned i = 0; i < job->count; i++) {
		const struct rtl8139_desc *desc = &job->descs[i];
		enum drop_reason reason =
			rtl_tx_add(card, &job->frame, desc->buffer, desc->word[0] & RTL_TX_LEN);

		if (reason != TX_NO_DROP)
			return reason;
	}
	return rtl_tx_finish(&job->frame);
}

/**
 * build() - make the frame that the descriptors describe
 * @card:	the card
 * @job:	from gather()
 *
 * Return: why the frame must be dropped, or TX_NO_DROP
 */
static enum drop_reason build(struct rtl8139 *card, struct tx_cplus_frame *job)
{
	const struct rtl8139_desc *first = &job->descs[0];
	const struct rtl8139_desc *last = &job->descs[job->count - 1];
	struct packet *p = &job->frame.packet;
	enum drop_reason reason;

	if (!(first->word[0] & RTL_FS))
		return DROP_MALFORMED;
	if (!(last->word[0] & RTL_LS))
		return DROP_TOO_MANY_PIECES;
	reason = collect(card, job);
	if (reason != TX_NO_DROP)
		return reason;
	if (!rtl8139_offload(p, job->frame.head, first->word[0]))
		return DROP_BAD_OFFLOAD;
	rtl_tx_pad(&job->frame); /* drivers count on it */
	if (p->offload.gso_type == GSO_NONE && p->len > MAX_FRAME)
		return DROP_TOO_LONG;
	if (first->word[1] & RTL_TX_TAGC) { /* with its bytes as they go over the wire */
		p->vlan = true;
		p->vlan_tci = __builtin_bswap16((uint16_t)first->word[1]);
	}
	return TX_NO_DROP;
}

/**
 * give_back() - return a frame's descriptors to the driver
 * @card:	the card
 * @ring:	which ring
 * @job:	the frame
 * @status:	status bits for the last one
 *
 * Return: false when a descriptor can't be written; the card does not try again by itself
 */
static bool give_back(struct rtl8139 *card, enum rtl8139_ring ring,
		      const struct tx_cplus_frame *job, uint32_t status)
{
	for (unsigned i = 0; i < job->count; i++) {
		const struct rtl8139_desc *desc = &job->descs[i];
		uint8_t *index = &card->state->tx_index[ring];
		uint8_t raw[4];

		put_le32(raw, (desc->word[0] & (RTL_EOR | RTL_FS | RTL_LS | RTL_TX_LEN)) |
				      (i + 1 == job->count ? status : 0));
		if (nic_dma_write(&card->nic, desc->address, raw, sizeof(raw)) < 0) {
			rtl8139_raise(card, RTL_INT_SERR);
			return false;
		}
		*index = (uint8_t)rtl8139_next_index(*index % RTL_RING_MAX, desc);
	}
	return true;
}

/**
 * send_next() - send the next frame of a ring
 * @card:	the card
 * @ring:	which ring
 *
 * Return: descriptors used; 0 when there is none or the ring can't be used; -EAGAIN when the peer
 * is full
 */
static int send_next(struct rtl8139 *card, enum rtl8139_ring ring)
{
	struct tx_cplus_frame job;
	enum drop_reason reason;

	if (!gather(card, ring, &job))
		return 0;
	reason = build(card, &job);
	if (reason == TX_NO_DROP && !rtl_tx_send(card, &job.frame.packet))
		return -EAGAIN;
	if (reason != TX_NO_DROP) {
		port_drop(&card->nic.port, reason);
		card->state->tally.tx_error++;
	}
	if (!give_back(card, ring, &job, reason == TX_NO_DROP ? 0 : RTL_TX_TES))
		return 0;
	if (reason == TX_NO_DROP)
		rtl8139_sent(card, job.count);
	else
		rtl8139_raise(card, RTL_INT_TER);
	return (int)job.count;
}

/**
 * walk() - send what lies in a ring
 * @card:	the card
 * @ring:	which ring
 * @budget:	descriptors that may be used, lowered; a frame that was begun is sent whole
 *
 * Return: true when the ring is done with, until the next doorbell
 */
static bool walk(struct rtl8139 *card, enum rtl8139_ring ring, int *budget)
{
	bool any = false;

	if (rtl_r64(card, ring_base(ring)) == 0)
		return true;
	while (*budget > 0) {
		int used = send_next(card, ring);

		if (used < 0)
			return false;
		if (used == 0) {
			if (any)
				rtl8139_raise(card, RTL_INT_TDU);
			return true;
		}
		any = true;
		*budget -= used;
	}
	return false;
}

/**
 * enabled() - may the transmitter work?
 * @card:	the card
 */
static bool enabled(const struct rtl8139 *card)
{
	return rtl_r8(card, RTL_CR) & RTL_CR_TE && nic_bus_master(&card->nic);
}

bool rtl_tx_cplus(struct rtl8139 *card)
{
	uint8_t *pending = &card->state->tx_pending;
	int budget = PASS_DESCRIPTORS;

	*pending &= (1 << RTL8139_RING_COUNT) - 1; /* may be a predecessor's, and anything */
	if (!*pending)
		return false;
	if (!enabled(card)) {
		*pending = 0;
		return false;
	}
	/* The high-priority ring is served first. */
	for (int ring = RTL8139_HIGH; ring >= RTL8139_NORMAL; ring--) {
		if (card->nic.port.blocked)
			return false; /* ready() goes on */
		if (*pending & 1 << ring && walk(card, ring, &budget))
			*pending &= (uint8_t) ~(1 << ring);
	}
	return *pending && !card->nic.port.blocked;
}
