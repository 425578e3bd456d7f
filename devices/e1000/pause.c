/* SPDX-License-Identifier: BSD-2-Clause */
/* Flow control: PAUSE frames in and out (IEEE 802.3 annex 31B, SDM 3.2.9 and 8.8). */
#include "devices/e1000/e1000.h"

/*
 * Theory of operation
 *
 * Between ports back-pressure does what PAUSE does between chips, and does it without loss. So a
 * PAUSE frame goes out only to a peer that is a chip as well (PORT_CAP_PAUSE); for all others the
 * event is counted, as the driver expects it, and no frame is sent that a host would have to throw
 * away. A PAUSE frame that comes in is obeyed whoever sent it.
 *
 * The receive FIFO, whose level FCRTH and FCRTL are compared with, is the card's queue.
 */

#define PAUSE_OPCODE    0x0001
#define OPCODE_OFFSET   ETH_HEADER_LEN
#define TIMER_OFFSET    (ETH_HEADER_LEN + 2)
#define QUANTUM_BITS    512
#define NS_PER_BIT_1000 1

/** send_frame() - a PAUSE frame; a peer that is full gets none: it is stopped by that */
static void send_frame(struct e1000 *e, uint16_t timer)
{
	uint8_t frame[ETH_MIN_LEN] = {0};
	struct packet p;
	struct iovec iov;

	put_le32(frame, e1000_get(e, E1000_FCAL));
	put_le16(frame + 4, (uint16_t)e1000_get(e, E1000_FCAH));
	put_le32(frame + ETH_ADDR_LEN, e1000_get(e, E1000_RAL));
	put_le16(frame + ETH_ADDR_LEN + 4, (uint16_t)e1000_get(e, E1000_RAH));
	put_be16(frame + ETH_TYPE_OFFSET, (uint16_t)e1000_get(e, E1000_FCT));
	put_be16(frame + OPCODE_OFFSET, PAUSE_OPCODE);
	put_be16(frame + TIMER_OFFSET, timer);
	packet_from_buffer(&p, &iov, frame, sizeof(frame));
	port_send(&e->nic.port, &p, 1);
}

void pause_send(struct e1000 *e, bool xoff)
{
	stats_add(e, xoff ? E1000_XOFFTXC : E1000_XONTXC, 1);
	e->pause_owed = xoff ? PAUSE_XOFF : PAUSE_XON;
	e1000_more(e);
}

void pause_run(struct e1000 *e)
{
	const struct port *peer = e->nic.port.peer;
	enum pause_frame owed = e->pause_owed;

	e->pause_owed = PAUSE_NONE;
	if (owed == PAUSE_NONE || !peer || !(peer->caps & PORT_CAP_PAUSE) || link_loopback(e))
		return;
	send_frame(e, owed == PAUSE_XOFF ? (uint16_t)e1000_get(e, E1000_FCTTV) : 0);
}

void pause_watch(struct e1000 *e)
{
	uint32_t high = e1000_get(e, E1000_FCRTH);
	uint32_t low = e1000_get(e, E1000_FCRTL);
	size_t level = packet_queue_bytes(&e->rx_queue);

	if (!e->pause_stopped && high && level > high && (e1000_get(e, E1000_CTRL) & CTRL_TFCE)) {
		e->pause_stopped = true;
		pause_send(e, true);
	} else if (e->pause_stopped && level <= (low & FCRTL_RTL)) {
		e->pause_stopped = false;
		if (low & FCRTL_XONE)
			pause_send(e, false);
	}
}

/** is_ours() - PAUSE is for the multicast address in FCAL/FCAH, or for this station */
static bool is_ours(const struct e1000 *e, const uint8_t *frame)
{
	uint32_t low = get_le32(frame), high = get_le16(frame + 4);

	return (low == e1000_get(e, E1000_FCAL) && high == e1000_get(e, E1000_FCAH)) ||
	       (low == e1000_get(e, E1000_RAL) && high == (e1000_get(e, E1000_RAH) & 0xffff));
}

/** stop() - hold the transmitter for a number of quanta; 0 lets it go on */
static void stop(struct e1000 *e, uint16_t quanta)
{
	static const int64_t ns_per_bit[] = {100, 10, NS_PER_BIT_1000, NS_PER_BIT_1000};
	uint32_t status = e1000_get(e, E1000_STATUS);
	int64_t wait = quanta * QUANTUM_BITS * ns_per_bit[(status >> STATUS_SPEED_POS) & 3];

	if (quanta == 0) {
		pause_end(e);
		e1000_more(e);
		return;
	}
	e1000_set(e, E1000_STATUS, status | STATUS_TXOFF);
	loop_timer_set(e->nic.loop, &e->pause_timer, loop_now(e->nic.loop) + wait);
}

/** is_control() - a MAC control frame for this station? */
static bool is_control(const struct e1000 *e, const struct packet *p)
{
	const uint8_t *frame = packet_head(p);

	return packet_head_len(p) >= TIMER_OFFSET + 2 && !p->vlan &&
	       get_be16(frame + ETH_TYPE_OFFSET) == e1000_get(e, E1000_FCT) && is_ours(e, frame);
}

/** is_pause() - has a MAC control frame the one opcode there is? */
static bool is_pause(const struct packet *p)
{
	return get_be16(packet_head(p) + OPCODE_OFFSET) == PAUSE_OPCODE;
}

bool pause_take(struct e1000 *e, const struct packet *p)
{
	uint16_t timer;

	if (!is_control(e, p))
		return false;
	if (!is_pause(p)) {
		stats_add(e, E1000_FCRUC, 1);
		return false;
	}
	if (e1000_get(e, E1000_CTRL) & CTRL_RFCE) {
		timer = get_be16(packet_head(p) + TIMER_OFFSET);
		stats_add(e, timer ? E1000_XOFFRXC : E1000_XONRXC, 1);
		stop(e, timer);
	}
	return e1000_get(e, E1000_RCTL) & RCTL_DPF;
}

bool pause_passes(const struct e1000 *e, const struct packet *p)
{
	return (e1000_get(e, E1000_RCTL) & RCTL_PMCF) && is_control(e, p) && !is_pause(p);
}

bool pause_holds(const struct e1000 *e)
{
	return loop_timer_running(&e->pause_timer);
}

void pause_end(struct e1000 *e)
{
	loop_timer_cancel(&e->pause_timer);
	e1000_set(e, E1000_STATUS, e1000_get(e, E1000_STATUS) & ~STATUS_TXOFF);
}

/** on_pause_timer() - the time that the peer had asked for is over */
static void on_pause_timer(struct loop_timer *timer)
{
	struct e1000 *e = container_of(timer, struct e1000, pause_timer);

	if (e1000_get(e, E1000_TDH) != e1000_get(e, E1000_TDT))
		stats_add(e, E1000_DC, 1);
	pause_end(e);
	e1000_more(e);
}

void pause_init(struct e1000 *e)
{
	e->pause_timer.callback = on_pause_timer;
	pause_reset(e);
}

void pause_reset(struct e1000 *e)
{
	pause_end(e);
	e->pause_owed = PAUSE_NONE;
	e->pause_stopped = false;
}
