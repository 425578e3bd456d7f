/* SPDX-License-Identifier: BSD-2-Clause */
/* The port that keeps what it is sent. */
#include "tests/support/sink.h"

#include "net/base/bytes.h"

uint64_t sink_hash(uint64_t sum, const void *buf, uint32_t len)
{
	const uint8_t *p = buf;

	for (uint32_t i = 0; i < len; i++)
		sum = (sum ^ p[i]) * 0x100000001b3ULL;
	return sum;
}

/** on_receive() - port_ops.receive */
static int on_receive(struct port *port, const struct packet *packets, int n)
{
	struct sink *s = container_of(port, struct sink, port);
	int take = MIN(n, s->room);

	s->calls++;
	for (int i = 0; i < take; i++) {
		for (int k = 0; k < packets[i].iovcnt; k++)
			s->sum = sink_hash(s->sum, packets[i].iov[k].iov_base,
					   (uint32_t)packets[i].iov[k].iov_len);
		s->bytes += packets[i].len;
		s->last = packets[i];
		packet_copy(&packets[i], 0, s->head, sizeof(s->head));
	}
	s->room -= take;
	s->count += take;
	return take;
}

/** on_ready() - port_ops.ready */
static void on_ready(struct port *port)
{
	container_of(port, struct sink, port)->ready++;
}

/** on_link() - port_ops.link */
static void on_link(struct port *port, bool up)
{
	container_of(port, struct sink, port)->link = up;
}

static const struct port_ops ops = {.receive = on_receive, .ready = on_ready, .link = on_link};

void sink_init(struct sink *s, uint32_t caps)
{
	*s = (struct sink){.room = SINK_ROOM};
	port_init(&s->port, &ops, caps, NULL);
}

int sink_send(struct sink *s, const void *frame, uint32_t len)
{
	struct packet p;
	struct iovec iov;

	packet_from_buffer(&p, &iov, frame, len);
	return port_send(&s->port, &p, 1);
}
