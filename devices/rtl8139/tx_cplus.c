/* SPDX-License-Identifier: BSD-2-Clause */
/* Transmit rings of C+ mode (RTL8139C+: C+ mode transmit). */
#include "devices/rtl8139/rtl8139.h"

#include <errno.h>

#include "net/core/segment.h"

/*
 * Theory of operation
 *
 * TPPoll marks a ring as pending. A pending ring is walked from the card's index as long as its
 * descriptors are owned by the card, frame by frame: the descriptors of a frame are read first (up
 * to the one with LS), then the frame is made and sent, then the descriptors are given back. So a
 * frame whose last descriptors are not there yet, or that the peer does not take, stays in the ring
 * as it was. The chip has no ring size: a ring ends at EOR or at 64 descriptors.
 *
 * The guest can rewrite descriptors and buffers at any time. Descriptor words are read once; the
 * first 256 bytes of a frame are copied and only the copy is parsed.
 */

#define PASS_DESCRIPTORS 64   /* work of one call */
#define MAX_FRAME        8187 /* with FCS the most that RX_SIZE of any such chip can tell */
#define NO_DROP          DROP_REASON_COUNT

/**
 * struct tx_frame - a frame on its way from the ring
 * @descs:	its descriptors
 * @count:	their number
 * @packet:	the frame
 * @iov:	its pieces: @head, then guest memory
 * @guest:	pieces of the guest's buffers
 * @head:	its first bytes
 */
struct tx_frame {
	struct rtl8139_desc descs[RTL_RING_MAX];
	unsigned count;
	struct packet packet;
	struct iovec iov[PACKET_MAX_IOV];
	struct iovec guest[PACKET_MAX_IOV - 1];
	uint8_t head[PACKET_HEAD];
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
 * @frame:	@descs and @count are filled
 *
 * A ring full of descriptors without LS is returned as one frame.
 *
 * Return: false when the frame is not complete
 */
static bool gather(struct rtl8139 *card, enum rtl8139_ring ring, struct tx_frame *frame)
{
	unsigned index = card->state->tx_index[ring] % RTL_RING_MAX;

	for (frame->count = 0; frame->count < RTL_RING_MAX;) {
		struct rtl8139_desc *desc = &frame->descs[frame->count];

		rtl8139_read_desc(card, ring_base(ring), index, desc);
		if (!(desc->word[0] & RTL_OWN))
			return false;
		frame->count++;
		if (desc->word[0] & RTL_LS)
			return true;
		index = rtl8139_next_index(index, desc);
	}
	return true;
}

/**
 * find_buffers() - the guest's buffers
 * @card:	the card
 * @frame:	@guest is filled, and iov, iovcnt and len of @packet describe it
 *
 * Return: why the frame must be dropped, or NO_DROP
 */
static enum drop_reason find_buffers(struct rtl8139 *card, struct tx_frame *frame)
{
	uint32_t len = 0;
	int pieces = 0;

	for (unsigned i = 0; i < frame->count; i++) {
		const struct dma_range range = {
			.address = frame->descs[i].buffer,
			.len = frame->descs[i].word[0] & RTL_TX_LEN,
			.access = DMA_FROM_GUEST,
		};
		int n = nic_dma_iov(&card->nic, &range, frame->guest + pieces,
				    (int)ARRAY_SIZE(frame->guest) - pieces);

		if (n < 0)
			return n == -EMSGSIZE ? DROP_TOO_MANY_PIECES : DROP_DMA;
		pieces += n;
		len += range.len;
	}
	frame->packet = (struct packet){.iov = frame->guest, .iovcnt = pieces, .len = len};
	return len < ETH_HEADER_LEN ? DROP_RUNT : NO_DROP;
}

/**
 * copy_head() - take the first bytes of a frame out of the guest's hands
 * @frame:	from find_buffers(); @packet is made what packet.h asks for
 *
 * Return: why the frame must be dropped, or NO_DROP
 */
static enum drop_reason copy_head(struct tx_frame *frame)
{
	struct packet *p = &frame->packet;
	uint32_t head = packet_copy(p, 0, frame->head, sizeof(frame->head));
	int n = packet_slice(p, head, p->len - head, frame->iov + 1, PACKET_MAX_IOV - 1);

	if (n < 0)
		return DROP_TOO_MANY_PIECES;
	frame->iov[0] = (struct iovec){.iov_base = frame->head, .iov_len = head};
	p->iov = frame->iov;
	p->iovcnt = n + 1;
	return NO_DROP;
}

/**
 * pad() - C+ mode makes short frames 60 bytes long; drivers count on it
 * @frame:	the frame; zeros change no checksum that is still to be done
 */
static void pad(struct tx_frame *frame)
{
	uint32_t len = frame->packet.len;

	if (len >= ETH_MIN_LEN)
		return;
	memset(frame->head + len, 0, ETH_MIN_LEN - len);
	frame->iov[0].iov_len = ETH_MIN_LEN;
	frame->packet.len = ETH_MIN_LEN;
}

/**
 * build() - make the frame that the descriptors describe
 * @card:	the card
 * @frame:	from gather()
 *
 * Return: why the frame must be dropped, or NO_DROP
 */
static enum drop_reason build(struct rtl8139 *card, struct tx_frame *frame)
{
	const struct rtl8139_desc *first = &frame->descs[0];
	const struct rtl8139_desc *last = &frame->descs[frame->count - 1];
	enum drop_reason reason;

	if (!(first->word[0] & RTL_FS))
		return DROP_MALFORMED;
	if (!(last->word[0] & RTL_LS))
		return DROP_TOO_MANY_PIECES;
	reason = find_buffers(card, frame);
	if (reason == NO_DROP)
		reason = copy_head(frame);
	if (reason != NO_DROP)
		return reason;
	if (!rtl8139_offload(&frame->packet, frame->head, first->word[0]))
		return DROP_BAD_OFFLOAD;
	pad(frame);
	if (frame->packet.offload.gso_type == GSO_NONE && frame->packet.len > MAX_FRAME)
		return DROP_TOO_LONG;
	if (first->word[1] & RTL_TX_TAGC) {
		frame->packet.vlan =
			true; /* the descriptor has its bytes as they go over the wire */
		frame->packet.vlan_tci = __builtin_bswap16((uint16_t)first->word[1]);
	}
	return NO_DROP;
}

/**
 * loop_back() - TCR.LBK: what is sent is received, cut into what can be received
 * @card:	the card
 * @p:		the frame
 */
static void loop_back(struct rtl8139 *card, const struct packet *p)
{
	const struct packet *out;
	struct segmenter s;

	if (segment_start(&s, p, card->nic.port.caps, 0) < 0) {
		port_drop(&card->nic.port, DROP_BAD_OFFLOAD);
		return;
	}
	while ((out = segment_next(&s))) {
		if (!rtl8139_take(card, out))
			port_drop(&card->nic.port, DROP_QUEUE_FULL);
	}
}

/**
 * send_frame() - let a frame go
 * @card:	the card
 * @p:		the frame
 *
 * Return: false when the peer does not take it now
 */
static bool send_frame(struct rtl8139 *card, const struct packet *p)
{
	if ((rtl_r32(card, RTL_TCR) & RTL_TCR_LBK) == RTL_TCR_LBK)
		loop_back(card, p);
	else if (port_send(&card->nic.port, p, 1) == 0)
		return false;
	card->state->tally.tx_ok += segment_count(p);
	return true;
}

/**
 * give_back() - return a frame's descriptors to the driver
 * @card:	the card
 * @ring:	which ring
 * @frame:	the frame
 * @status:	status bits for the last one
 *
 * Return: false when a descriptor can't be written; the card does not try again by itself
 */
static bool give_back(struct rtl8139 *card, enum rtl8139_ring ring, const struct tx_frame *frame,
		      uint32_t status)
{
	for (unsigned i = 0; i < frame->count; i++) {
		const struct rtl8139_desc *desc = &frame->descs[i];
		uint8_t *index = &card->state->tx_index[ring];
		uint8_t raw[4];

		put_le32(raw, (desc->word[0] & (RTL_EOR | RTL_FS | RTL_LS | RTL_TX_LEN)) |
				      (i + 1 == frame->count ? status : 0));
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
	struct tx_frame frame;
	enum drop_reason reason;

	if (!gather(card, ring, &frame))
		return 0;
	reason = build(card, &frame);
	if (reason == NO_DROP && !send_frame(card, &frame.packet))
		return -EAGAIN;
	if (reason != NO_DROP) {
		port_drop(&card->nic.port, reason);
		card->state->tally.tx_error++;
	}
	if (!give_back(card, ring, &frame, reason == NO_DROP ? 0 : RTL_TX_TES))
		return 0;
	rtl8139_raise(card, reason == NO_DROP ? RTL_INT_TOK : RTL_INT_TER);
	return (int)frame.count;
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
	return rtl_r8(card, RTL_CR) & RTL_CR_TE && rtl_r16(card, RTL_CPCR) & RTL_CPCR_TXEN &&
	       nic_bus_master(&card->nic);
}

bool rtl8139_transmit(struct rtl8139 *card)
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
