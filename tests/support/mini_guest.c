/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest of a few lines. */
#include "tests/support/mini_guest.h"

#include <string.h>

#include "net/base/bytes.h"

#define NS_PER_MS 1000000LL
#define PATIENCE  500 /* ms */

static const uint8_t mac[6] = {0x52, 0x54, 0, 1, 2, 3};

/** receive() - port_ops.receive */
static int receive(struct port *port, const struct packet *packets, int n)
{
	struct mini_guest *g = container_of(port, struct mini_guest, port);

	if (g->full)
		return 0;
	for (int i = 0; i < n; i++) {
		struct mini_frame *f = &g->frames[(g->first + g->count) % MINI_FRAMES];

		if (g->count == MINI_FRAMES)
			g->first++;
		else
			g->count++;
		f->len = packet_copy(&packets[i], 0, f->data, sizeof(f->data));
	}
	return n;
}

/** ready() - port_ops.ready */
static void ready(struct port *port)
{
	container_of(port, struct mini_guest, port)->readied++;
}

static const struct port_ops ops = {.receive = receive, .ready = ready};

void mini_guest_init(struct mini_guest *g, struct loop *loop)
{
	memset(g, 0, sizeof(*g));
	g->loop = loop;
	port_init(&g->port, &ops, 0, NULL);
}

bool mini_guest_send(struct mini_guest *g, const uint8_t *frame, uint32_t len)
{
	struct packet p;
	struct iovec iov;

	packet_from_buffer(&p, &iov, frame, len);
	return port_send(&g->port, &p, 1) == 1;
}

void mini_guest_make(struct mini_guest *g, const struct frame_spec *spec)
{
	static uint8_t frame[FRAME_ROOM];

	mini_guest_send(g, frame, frame_make(frame, spec));
}

/**
 * is_wanted() - is this the frame that is waited for?
 * @f:		the frame
 * @protocol:	IP_PROTO_*, or 0 for ARP
 * @dport:	destination port, or 0 for any
 */
static bool is_wanted(const struct mini_frame *f, uint8_t protocol, uint16_t dport)
{
	uint16_t type = get_be16(f->data + 12);

	if (type == ETH_TYPE_ARP)
		return protocol == 0;
	if (type == ETH_TYPE_IPV4)
		return f->data[23] == protocol && (!dport || get_be16(f->data + 36) == dport);
	return f->data[20] == protocol && (!dport || get_be16(f->data + 56) == dport);
}

const struct mini_frame *mini_guest_wait(struct mini_guest *g, uint8_t protocol, uint16_t dport)
{
	int64_t end = loop_now(g->loop) + PATIENCE * NS_PER_MS;

	do {
		while (g->count > 0) {
			const struct mini_frame *f = &g->frames[g->first % MINI_FRAMES];

			g->first++;
			g->count--;
			if (is_wanted(f, protocol, dport))
				return f;
		}
		loop_turn(g->loop, 10 * NS_PER_MS);
	} while (loop_now(g->loop) < end);
	return NULL;
}

void mini_guest_turn(struct mini_guest *g, int ms)
{
	int64_t end = loop_now(g->loop) + ms * NS_PER_MS;

	do
		loop_turn(g->loop, NS_PER_MS);
	while (loop_now(g->loop) < end);
}

bool mini_guest_arp(struct mini_guest *g, const char *own, const char *gateway)
{
	uint8_t frame[42];
	const struct mini_frame *reply;

	mini_guest_send(g, frame, frame_arp(frame, mac, own, gateway));
	reply = mini_guest_wait(g, 0, 0);
	return reply && get_be16(reply->data + 20) == 2;
}

bool mini_guest_connect(struct mini_guest *g, struct frame_spec *spec)
{
	const struct mini_frame *f;
	uint32_t tcp = strchr(spec->src, ':') ? 54 : 34;

	spec->protocol = IP_PROTO_TCP;
	spec->flags = TCP_SYN;
	spec->seq = 1000;
	spec->ack = 0;
	mini_guest_make(g, spec);
	f = mini_guest_wait(g, IP_PROTO_TCP, spec->sport);
	if (!f || f->data[tcp + 13] != (TCP_SYN | TCP_ACK))
		return false;
	g->seq = spec->seq = 1001;
	g->ack = spec->ack = get_be32(f->data + tcp + 4) + 1;
	spec->flags = TCP_ACK;
	mini_guest_make(g, spec);
	return true;
}
