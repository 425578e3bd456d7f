/* SPDX-License-Identifier: BSD-2-Clause */
/* Receive: packets come in, wait, are filtered and cut into frames (SDM 3.2). */
#include "devices/e1000/e1000.h"

#include "devices/chip/fcs.h"
#include "net/core/segment.h"

/*
 * Theory of operation
 *
 * The queue is the receive FIFO of the chip, and larger, so that a super-packet fits. As on the
 * chip a frame waits there while the ring has no descriptor (RNBC). Where the chip would lose
 * frames, the peer is stopped instead (RXO tells the driver that it came to that); MPC counts what
 * is lost even so, which happens in loopback alone.
 */

#define MAX_FRAME      1522  /* with FCS and tag; RCTL.LPE lifts it (SDM 13.4.22) */
#define MAX_LONG_FRAME 16384 /* with FCS */

/** enabled() - does the receiver take frames now? */
static bool enabled(const struct e1000 *e)
{
	return (e1000_get(e, E1000_RCTL) & RCTL_EN) && (link_is_up(e) || link_loopback(e));
}

/**
 * strip_tag() - leave out a tag that lies in the frame (CTRL.VME, SDM 9.2)
 * @e:		the card
 * @p:		the frame, which gets one piece more
 * @iov:	its pieces, with room for one more
 *
 * Return: true when @p->vlan_tci holds the tag
 */
static bool strip_tag(const struct e1000 *e, struct packet *p, struct iovec *iov)
{
	uint8_t *head = iov->iov_base;

	if (p->vlan || iov->iov_len < ETH_HEADER_LEN + ETH_VLAN_LEN ||
	    get_be16(head + ETH_TYPE_OFFSET) != e1000_get(e, E1000_VET))
		return p->vlan;
	p->vlan_tci = get_be16(head + ETH_HEADER_LEN);
	memmove(iov + 1, iov, sizeof(*iov) * (size_t)p->iovcnt);
	iov[0].iov_len = ETH_TYPE_OFFSET;
	iov[1].iov_base = head + ETH_TYPE_OFFSET + ETH_VLAN_LEN;
	iov[1].iov_len -= ETH_TYPE_OFFSET + ETH_VLAN_LEN;
	p->iovcnt++;
	p->len -= ETH_VLAN_LEN;
	return true;
}

/** wire_length() - length of a frame on the wire, with tag and FCS */
static uint32_t wire_length(const struct e1000 *e, const struct packet *p)
{
	uint32_t len = p->len + (p->vlan ? ETH_VLAN_LEN : 0);

	if (!link_loopback(e)) /* what comes from a host is padded here, as its own card would */
		len = MAX(len, ETH_MIN_LEN);
	return len + ETH_FCS_LEN;
}

/** bad_length() - too short or too long? Counts it; with RCTL.SBP it is stored even so */
static bool bad_length(struct e1000 *e, uint32_t wire)
{
	uint32_t rctl = e1000_get(e, E1000_RCTL);
	bool is_short = wire < ETH_MIN_LEN + ETH_FCS_LEN;

	if (!is_short && wire <= (rctl & RCTL_LPE ? MAX_LONG_FRAME : MAX_FRAME))
		return false;
	stats_add(e, is_short ? E1000_RUC : E1000_ROC, 1);
	stats_add(e, E1000_RLEC, 1);
	if (rctl & RCTL_SBP)
		return false;
	port_drop(&e->nic.port, is_short ? DROP_RUNT : DROP_TOO_LONG);
	return true;
}

/** lost() - no room: true when waiting for some would be for ever, and the frame is dropped */
static bool lost(struct e1000 *e, uint32_t wire)
{
	if (!rx_never_fits(e, wire))
		return false;
	stats_add(e, E1000_MPC, 1);
	port_drop(&e->nic.port, DROP_NO_DESCRIPTOR);
	return true;
}

/** add_tail() - append padding and FCS to a frame, as far as they are stored */
static void add_tail(const struct e1000 *e, struct packet *p, struct iovec *iov, uint8_t *tail)
{
	uint32_t len = 0;

	if (p->len < ETH_MIN_LEN && !link_loopback(e))
		len = ETH_MIN_LEN - p->len;
	memset(tail, 0, len);
	if (!(e1000_get(e, E1000_RCTL) & RCTL_SECRC)) {
		put_le32(tail + len, fcs_add(fcs_packet(p), tail, len));
		len += ETH_FCS_LEN;
	}
	if (len == 0)
		return;
	iov[p->iovcnt++] = (struct iovec){.iov_base = tail, .iov_len = len};
	p->len += len;
}

/**
 * deliver_frame() - one frame, cut and checksummed, to the guest
 * @e:		the card
 * @p:		the frame
 * @v:		what the filter said
 *
 * Return: false when there are not enough free buffers now
 */
static bool deliver_frame(struct e1000 *e, const struct packet *p, const struct rx_verdict *v)
{
	uint8_t tail[ETH_MIN_LEN + ETH_FCS_LEN];
	struct iovec
		iov[PACKET_MAX_IOV + 3]; /* a tag may split the first, padding and FCS follow */
	struct packet frame = *p;
	struct rx_frame f = {.packet = &frame, .status = v->inexact ? RXD_STA_PIF : 0};
	uint32_t wire = wire_length(e, p);

	if (bad_length(e, wire))
		return true;
	if (!rx_has_room(e, wire))
		return lost(e, wire);
	rx_checksums(e, &f); /* the headers still lie in one piece */
	memcpy(iov, p->iov, sizeof(*iov) * (size_t)p->iovcnt);
	frame.iov = iov;
	if (e1000_get(e, E1000_CTRL) & CTRL_VME && strip_tag(e, &frame, iov)) {
		f.status |= RXD_STA_VP;
		f.special = frame.vlan_tci;
	}
	add_tail(e, &frame, iov, tail);
	f.csum = rx_packet_checksum(e, &frame);
	rx_place(e, &f);
	stats_received(e, v, wire);
	intr_frames(e, 1);
	intr_rx_written(e, wire);
	if (rx_is_low(e))
		intr_cause(e, INT_RXDMT0);
	return true;
}

/**
 * deliver() - a packet to the guest, cut into frames
 * @e:		the card
 * @p:		the packet
 * @skip:	segments that were delivered before; updated
 *
 * Return: false when buffers ran out; @skip then tells where to go on
 */
static bool deliver(struct e1000 *e, const struct packet *p, uint32_t *skip)
{
	/* With VME the tag goes beside the frame anyway, without it into the frame. */
	uint32_t caps = e1000_get(e, E1000_CTRL) & CTRL_VME ? PORT_CAP_VLAN : 0;
	struct rx_verdict v = rx_filter(e, p);
	const struct packet *out;
	struct segmenter s;

	if (v.accept && !segment_needed(p, caps))
		return deliver_frame(e, p, &v);
	if (!v.accept || segment_start(&s, p, caps, *skip) < 0) {
		port_drop(&e->nic.port, v.accept ? DROP_BAD_OFFLOAD : DROP_FILTERED);
		return true;
	}
	while ((out = segment_next(&s))) {
		if (!deliver_frame(e, out, &v))
			return false;
		(*skip)++;
	}
	return true;
}

/** missed() - a packet was lost: queue full */
static void missed(struct e1000 *e)
{
	stats_add(e, E1000_MPC, 1);
	port_drop(&e->nic.port, DROP_QUEUE_FULL);
}

/** wait() - queue a packet; false when the queue is full, and the driver is told by RXO */
static bool wait(struct e1000 *e, const struct packet *p)
{
	if (packet_queue_push(&e->rx_queue, p)) {
		pause_watch(e);
		return true;
	}
	intr_cause(e, INT_RXO);
	return false;
}

/** refused() - reasons to take a packet and do no more with it */
static bool refused(struct e1000 *e, const struct packet *p)
{
	enum drop_reason reason = DROP_RECEIVER_OFF;

	if (packet_head_len(p) < ETH_HEADER_LEN) {
		reason = DROP_RUNT;
	} else if (nic_power_state(&e->nic) != 0) {
		wake_frame(e, p);
	} else if (enabled(e) && !link_loopback(e)) { /* loopback cuts the wire off */
		if (!pause_take(e, p))
			return false;
		reason = DROP_FILTERED;
	}
	port_drop(&e->nic.port, reason);
	return true;
}

/**
 * take() - one packet from the peer
 * @e:		the card
 * @p:		the packet
 *
 * Return: false when the queue is full
 */
static bool take(struct e1000 *e, const struct packet *p)
{
	uint32_t skip = 0;

	if (refused(e, p))
		return true;
	if (e->rx_queue.count > 0) {
		if (!wait(e, p))
			return false;
	} else if (!deliver(e, p, &skip)) {
		stats_add(e, E1000_RNBC, 1);
		if (!wait(e, p))
			return false;
		e->rx_skip = skip;
	}
	stats_seen(e, p);
	return true;
}

int rx_receive(struct port *port, const struct packet *packets, int n)
{
	struct e1000 *e = port_to_e1000(port);
	int taken = 0;

	while (taken < n && take(e, &packets[taken]))
		taken++;
	intr_update(e);
	return taken;
}

void rx_loopback(struct e1000 *e, const struct packet *p)
{
	uint32_t skip = 0;

	if (!enabled(e)) {
		port_drop(&e->nic.port, DROP_RECEIVER_OFF);
		return;
	}
	stats_seen(e, p);
	if (!deliver(e, p, &skip)) /* beyond the ring it is lost, as on the wire */
		missed(e);
}

void rx_forget(struct e1000 *e)
{
	packet_queue_clear(&e->rx_queue);
	e->rx_skip = 0;
}

void rx_run(struct e1000 *e)
{
	struct packet p;

	if (e->rx_queue.count == 0)
		return;
	if (!enabled(e)) {
		rx_forget(e);
		port_ready(&e->nic.port);
		return;
	}
	while (packet_queue_peek(&e->rx_queue, &p)) {
		if (!deliver(e, &p, &e->rx_skip))
			break;
		packet_queue_pop(&e->rx_queue);
		e->rx_skip = 0;
	}
	pause_watch(e);
	if (e->rx_queue.count == 0)
		port_ready(&e->nic.port);
}
