/* SPDX-License-Identifier: BSD-2-Clause */
/* Ports: plugging, sending, back-pressure. */
#include "net/core/port.h"

#include <assert.h>
#include <stddef.h>

#include "net/core/segment.h"

void port_init(struct port *port, const struct port_ops *ops, uint32_t caps,
	       struct port_stats *stats)
{
	*port = (struct port){.ops = ops, .caps = caps, .link_up = true};
	port->stats = stats ? stats : &port->own_stats;
}

/**
 * tell_link() - tell a port about its peer's link
 * @port:	who is told
 * @up:		the peer's link
 */
static void tell_link(struct port *port, bool up)
{
	if (port->ops->link)
		port->ops->link(port, up);
}

void port_connect(struct port *a, struct port *b)
{
	assert(!a->peer && !b->peer);
	a->peer = b;
	b->peer = a;
	a->blocked = false;
	b->blocked = false;
	tell_link(a, b->link_up);
	tell_link(b, a->link_up);
}

/**
 * detach() - one side of a disconnection
 * @port:	the side; its peer is already NULL
 */
static void detach(struct port *port)
{
	tell_link(port, false);
	if (port->ops->detach)
		port->ops->detach(port);
	if (port->blocked && port->ops->ready) {
		/* Nothing holds it back now: what it sends is dropped and counted. */
		port->blocked = false;
		port->ops->ready(port);
	}
}

void port_disconnect(struct port *port)
{
	struct port *peer = port->peer;

	if (!peer)
		return;
	port->peer = NULL;
	peer->peer = NULL;
	detach(peer);
	detach(port);
}

void port_set_link(struct port *port, bool up)
{
	if (port->link_up == up)
		return;
	port->link_up = up;
	if (port->peer)
		tell_link(port->peer, up);
}

bool port_connected(const struct port *port)
{
	return port->link_up && port->peer && port->peer->link_up;
}

/**
 * drop_all() - count packets that reach nobody
 * @port:	the sender
 * @n:		their number
 *
 * Return: @n
 */
static int drop_all(struct port *port, int n)
{
	port->stats->drops[port->peer ? DROP_LINK_DOWN : DROP_NO_PEER] += (uint64_t)n;
	return n;
}

/**
 * count() - account for packets that went over
 * @from:	sender
 * @to:		receiver
 * @packets:	the packets
 * @n:		how many of them were taken
 */
static void count(struct port *from, struct port *to, const struct packet *packets, int n)
{
	uint64_t bytes = 0;

	for (int i = 0; i < n; i++)
		bytes += packets[i].len;
	from->stats->sent_packets += (uint64_t)n;
	from->stats->sent_bytes += bytes;
	to->stats->taken_packets += (uint64_t)n;
	to->stats->taken_bytes += bytes;
}

/**
 * deliver() - hand packets over that need no more work
 * @port:	sender, connected
 * @packets:	the packets
 * @n:		their number
 *
 * Return: how many were taken
 */
static int deliver(struct port *port, const struct packet *packets, int n)
{
	struct port *peer = port->peer;
	int taken = peer->ops->receive(peer, packets, n);

	assert(taken >= 0 && taken <= n);
	count(port, peer, packets, taken);
	if (taken < n)
		port->blocked = true;
	return taken;
}

/**
 * deliver_resolved() - do a packet's work, then hand over what it became
 * @port:	sender, connected
 * @packet:	packet whose work the peer can't do
 *
 * A receiver that fills up amid the segments of a packet loses the rest of it: TCP sends it again.
 *
 * Return: 1 when taken (or dropped), 0 when the peer took nothing of it
 */
static int deliver_resolved(struct port *port, const struct packet *packet)
{
	struct segmenter s;
	const struct packet *out;
	bool first = true;

	if (segment_start(&s, packet, port->peer->caps, 0) < 0) {
		port_drop(port, DROP_BAD_OFFLOAD);
		return 1;
	}
	while ((out = segment_next(&s))) {
		if (deliver(port, out, 1) == 0) {
			if (first)
				return 0;
			port_drop(port, DROP_BACKPRESSURE);
			return 1;
		}
		first = false;
	}
	return 1;
}

/**
 * plain_run() - how many packets from the first on need no work for a receiver
 * @packets:	the packets
 * @n:		their number
 * @caps:	the receiver's caps
 */
static int plain_run(const struct packet *packets, int n, uint32_t caps)
{
	int run = 0;

	while (run < n && !segment_needed(&packets[run], caps))
		run++;
	return run;
}

int port_send(struct port *port, const struct packet *packets, int n)
{
	int done = 0;

	while (done < n) {
		int run, taken;

		if (!port_connected(port))
			return done + drop_all(port, n - done);
		run = plain_run(packets + done, n - done, port->peer->caps);
		taken = run ? deliver(port, packets + done, run)
			    : deliver_resolved(port, packets + done);
		done += taken;
		if (taken < (run ? run : 1))
			break;
	}
	return done;
}

void port_ready(struct port *port)
{
	struct port *peer = port->peer;

	if (!peer || !peer->blocked)
		return;
	peer->blocked = false;
	if (peer->ops->ready)
		peer->ops->ready(peer);
}
