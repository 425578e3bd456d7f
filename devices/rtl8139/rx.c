/* SPDX-License-Identifier: BSD-2-Clause */
/* Receive: what both modes share, from the wire to the guest's memory. */
#include "devices/rtl8139/rx.h"

#include "net/core/segment.h"

/*
 * Theory of operation
 *
 * A frame that the filters let through goes straight into what the guest's mode has for buffers
 * (rx_classic.c, rx_cplus.c; CPCR.RxEn says which), whole or not at all. One that finds no room
 * waits in the card's queue, the chip's FIFO, with all that come behind it; a guest that does not
 * make room by itself is told (RXOVW, or RDU as C+ mode calls it). When the queue is full too, the
 * peer is stopped, so nothing is lost that can wait, and FOVW never comes. MPC counts what is lost:
 * frames that no room will ever be big enough for.
 *
 * Checksums that the peer left to be done are done here even though the guest would believe a
 * "good" in the descriptor: it may send the frame on to somebody who has no descriptor to look at.
 */

#define PASS_FRAMES       64                          /* work of one call */
#define MAX_CPLUS_FRAME   (RTL_RX_SIZE - ETH_FCS_LEN) /* the length field counts the FCS */
#define MAX_CLASSIC_FRAME 1792                        /* 8139too takes more for a broken ring */
#define MAX_PIECES        8 /* regions of guest memory that a buffer may touch */

/**
 * copy_out() - frame bytes as the guest sees them
 * @frame:	the frame
 * @offset:	first byte
 * @dst:	where to
 * @len:	how many
 *
 * Addresses, then what is behind a tag that is left out, then padding and FCS: zeros, since no
 * driver looks at the FCS of a good frame.
 */
static void copy_out(const struct rx_frame *frame, uint32_t offset, uint8_t *dst, uint32_t len)
{
	uint32_t n = 0;

	if (offset < ETH_TYPE_OFFSET)
		n = packet_copy(frame->packet, offset, dst, MIN(len, ETH_TYPE_OFFSET - offset));
	n += packet_copy(frame->packet, offset + n + frame->skip, dst + n, len - n);
	memset(dst + n, 0, len - n);
}

bool rtl_rx_put(struct rtl8139 *card, const struct rx_frame *frame, uint32_t offset,
		uint64_t address, uint32_t len)
{
	const struct dma_range range = {.address = address, .len = len, .access = DMA_TO_GUEST};
	struct iovec iov[MAX_PIECES];
	int n = nic_dma_iov(&card->nic, &range, iov, MAX_PIECES);

	if (n < 0)
		return false;
	for (int i = 0; i < n; i++) {
		copy_out(frame, offset, iov[i].iov_base, (uint32_t)iov[i].iov_len);
		offset += (uint32_t)iov[i].iov_len;
	}
	return true;
}

bool rtl8139_has_unseen(struct rtl8139 *card)
{
	if (rtl8139_rx_is_cplus(card))
		return rtl8139_last_is_unseen(card);
	return !rtl8139_ring_is_empty(card);
}

/**
 * count_good() - account for a delivered frame
 * @card:	the card
 * @frame:	the frame
 */
static void count_good(struct rtl8139 *card, const struct rx_frame *frame)
{
	struct rtl8139_tally *t = &card->state->tally;

	t->rx_ok++;
	t->rx_physical += !!(frame->address & RTL_RX_PAM);
	t->rx_broadcast += !!(frame->address & RTL_RX_BAR);
	t->rx_multicast += !!(frame->address & RTL_RX_MAR);
	rtl8139_raise(card, RTL_INT_ROK);
}

/**
 * miss() - drop a frame that can't get into the ring
 * @card:	the card
 * @reason:	why
 * @isr:	what to tell the guest
 */
static void miss(struct rtl8139 *card, enum drop_reason reason, uint16_t isr)
{
	card->state->tally.missed++;
	rtl_w32(card, RTL_MPC, (rtl_r32(card, RTL_MPC) + 1) & 0xffffff);
	port_drop(&card->nic.port, reason);
	rtl8139_raise(card, isr);
}

/**
 * deliver() - put a frame into guest memory, or lose it
 * @card:	the card
 * @p:		the frame
 *
 * Return: false when the guest has no room for it now
 */
static bool deliver(struct rtl8139 *card, const struct packet *p)
{
	bool cplus = rtl8139_rx_is_cplus(card);
	uint32_t caps = cplus && rtl_r16(card, RTL_CPCR) & RTL_CPCR_VLAN ? PORT_CAP_VLAN : 0;
	struct rx_frame frame = {.packet = p};
	struct segmenter s;

	if (segment_needed(p, caps)) {
		frame.packet = segment_start(&s, p, caps, 0) == 0 ? segment_next(&s) : NULL;
		if (!frame.packet) {
			port_drop(&card->nic.port, DROP_BAD_OFFLOAD);
			return true;
		}
	}
	frame.address = rtl8139_address_class(card, packet_head(frame.packet));
	frame.len = MAX(frame.packet->len, ETH_MIN_LEN) + ETH_FCS_LEN;
	switch (cplus ? rtl_rx_cplus(card, &frame) : rtl_rx_classic(card, &frame)) {
	case RX_DELIVERED:
		count_good(card, &frame);
		break;
	case RX_FITS_LATER:
		return false;
	case RX_FITS_NEVER:
		miss(card, DROP_NO_DESCRIPTOR, RTL_INT_RDU);
		break;
	case RX_NO_MEMORY:
		miss(card, DROP_DMA, RTL_INT_SERR);
		break;
	}
	card->rx_stalled = false;
	return true;
}

/**
 * enabled() - is the receiver on, and does it know where to put frames?
 * @card:	the card
 */
static bool enabled(const struct rtl8139 *card)
{
	uint64_t where =
		rtl8139_rx_is_cplus(card) ? rtl_r64(card, RTL_RDSAR) : rtl_r32(card, RTL_RBSTART);

	return rtl_r8(card, RTL_CR) & RTL_CR_RE && where != 0 && nic_bus_master(&card->nic);
}

/**
 * max_frame() - longest frame that is received
 * @card:	the card
 */
static uint32_t max_frame(const struct rtl8139 *card)
{
	return rtl8139_rx_is_cplus(card) ? MAX_CPLUS_FRAME : MAX_CLASSIC_FRAME;
}

/**
 * acceptable() - may a frame enter? If not it is counted
 * @card:	the card
 * @p:		the frame
 */
static bool acceptable(struct rtl8139 *card, const struct packet *p)
{
	enum drop_reason reason = DROP_REASON_COUNT;

	if (!enabled(card)) {
		rtl8139_wake_frame(card, p);
		reason = DROP_RECEIVER_OFF;
	} else if (p->len < ETH_HEADER_LEN)
		reason = DROP_RUNT;
	else if (p->len + (p->vlan ? ETH_VLAN_LEN : 0) > max_frame(card))
		reason = DROP_TOO_LONG;
	else if (!rtl8139_filter(card, packet_head(p)))
		reason = DROP_FILTERED;
	if (reason == DROP_REASON_COUNT)
		return true;
	port_drop(&card->nic.port, reason);
	return false;
}

/**
 * stall() - the oldest frame finds no room
 * @card:	the card
 *
 * A driver of C+ mode is told at once, and gives descriptors. In C mode drivers take RXOVW for a
 * lost frame and count an error; they read on after ROK anyway, so it is for those that don't.
 */
static void stall(struct rtl8139 *card)
{
	int64_t now = loop_now(card->nic.loop);

	if (card->rx_stalled && now - card->stalled_ns < RTL8139_RETRY_NS)
		return;
	if (card->rx_stalled || rtl8139_rx_is_cplus(card))
		rtl8139_raise(card, RTL_INT_RDU);
	card->rx_stalled = true;
	card->stalled_ns = now;
}

bool rtl8139_take(struct rtl8139 *card, const struct packet *p)
{
	if (!acceptable(card, p))
		return true;
	if (card->queue.count == 0) {
		if (deliver(card, p))
			return true;
		stall(card);
	}
	return packet_queue_push(&card->queue, p);
}

bool rtl8139_drain(struct rtl8139 *card)
{
	struct packet p;
	int done = 0;

	if (!enabled(card)) /* a receiver that is switched off forgets what waits */
		rtl8139_flush(card);
	while (done < PASS_FRAMES && packet_queue_peek(&card->queue, &p)) {
		if (!deliver(card, &p)) {
			stall(card);
			break;
		}
		packet_queue_pop(&card->queue);
		done++;
	}
	if (done > 0 || card->queue.count == 0)
		port_ready(&card->nic.port);
	return done == PASS_FRAMES && card->queue.count > 0;
}

void rtl8139_flush(struct rtl8139 *card)
{
	card->nic.port.stats->drops[DROP_RECEIVER_OFF] += card->queue.count;
	packet_queue_clear(&card->queue);
	card->rx_stalled = false;
}

int rtl8139_receive(struct port *port, const struct packet *packets, int n)
{
	struct rtl8139 *card = container_of(port, struct rtl8139, nic.port);
	int taken = 0;

	while (taken < n && rtl8139_take(card, &packets[taken]))
		taken++;
	rtl8139_work_later(card);
	rtl8139_drive_pin(card);
	return taken;
}
