/* SPDX-License-Identifier: BSD-2-Clause */
/* Ports: plugging, links, back-pressure, counters, and work that is done on the way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "net/base/bytes.h"
#include "net/core/port.h"
#include "tests/support/frames.h"

/**
 * struct tester - a port that notes what happens to it
 * @port:	the port
 * @room:	packets it still takes
 * @taken:	packets it took
 * @calls:	calls of receive
 * @last:	what the last one was like
 * @ready:	calls of ready
 * @link:	last link that it was told, -1 for none
 * @detached:	calls of detach
 * @resend:	sends this packet when it is told to go on
 */
struct tester {
	struct port port;
	int room;
	int taken;
	int calls;
	struct packet last;
	int ready;
	int link;
	int detached;
	const struct packet *resend;
};

static int on_receive(struct port *port, const struct packet *packets, int n)
{
	struct tester *t = container_of(port, struct tester, port);
	int take = MIN(n, t->room);

	t->calls++;
	t->room -= take;
	t->taken += take;
	if (take)
		t->last = packets[take - 1];
	return take;
}

static void on_ready(struct port *port)
{
	struct tester *t = container_of(port, struct tester, port);

	t->ready++;
	if (t->resend)
		port_send(port, t->resend, 1);
}

static void on_link(struct port *port, bool up)
{
	container_of(port, struct tester, port)->link = up;
}

static void on_detach(struct port *port)
{
	struct tester *t = container_of(port, struct tester, port);

	assert_null(port->peer);
	t->detached++;
}

static const struct port_ops ops = {
	.receive = on_receive, .ready = on_ready, .link = on_link, .detach = on_detach};

/** make() - a port with room */
static void make(struct tester *t, uint32_t caps, int room)
{
	*t = (struct tester){.room = room, .link = -1};
	port_init(&t->port, &ops, caps, NULL);
}

/** plain() - packets without work */
static void plain(struct packet *packets, struct iovec *iov, int n)
{
	static const uint8_t frame[60];

	for (int i = 0; i < n; i++)
		packet_from_buffer(&packets[i], &iov[i], frame, sizeof(frame));
}

static void test_back_pressure(void **state)
{
	struct tester a, b;
	struct packet p[8];
	struct iovec iov[8];

	(void)state;
	make(&a, 0, 100);
	make(&b, 0, 5);
	plain(p, iov, 8);
	port_connect(&a.port, &b.port);
	assert_int_equal(port_send(&a.port, p, 8), 5);
	assert_int_equal(b.calls, 1); /* a batch is one call */
	assert_true(a.port.blocked);
	assert_int_equal(port_send(&a.port, p + 5, 3), 0);
	assert_int_equal(a.ready, 0);
	port_ready(&a.port); /* b is not stopped: nothing happens */
	assert_int_equal(b.ready, 0);
	b.room = 3;
	a.resend = p;
	port_ready(&b.port);
	assert_int_equal(a.ready, 1);
	assert_int_equal(b.taken, 6);
	assert_false(a.port.blocked);
	port_ready(&b.port);
	assert_int_equal(a.ready, 1); /* told once */
	assert_int_equal(a.port.stats->sent_packets, 6);
	assert_int_equal(a.port.stats->sent_bytes, 360);
	assert_int_equal(b.port.stats->taken_packets, 6);
	assert_int_equal(b.port.stats->taken_bytes, 360);
	for (int i = 0; i < DROP_REASON_COUNT; i++)
		assert_int_equal(a.port.stats->drops[i] + b.port.stats->drops[i], 0);
}

static void test_plugging(void **state)
{
	struct port_stats shared = {0};
	struct tester a, b;
	struct packet p[3];
	struct iovec iov[3];

	(void)state;
	make(&a, 0, 100);
	make(&b, 0, 1);
	port_init(&a.port, &ops, 0, &shared);
	plain(p, iov, 3);
	assert_false(port_connected(&a.port));
	assert_int_equal(port_send(&a.port, p, 3), 3);
	assert_int_equal(shared.drops[DROP_NO_PEER], 3);
	port_set_link(&b.port, false);
	port_connect(&a.port, &b.port);
	assert_int_equal(a.link, 0);
	assert_int_equal(b.link, 1);
	assert_false(port_connected(&a.port));
	assert_int_equal(port_send(&a.port, p, 3), 3);
	assert_int_equal(shared.drops[DROP_LINK_DOWN], 3);
	port_set_link(&b.port, true);
	assert_int_equal(a.link, 1);
	assert_int_equal(port_send(&a.port, p, 3), 1);
	port_disconnect(&b.port);
	assert_int_equal(a.link, 0);
	assert_int_equal(b.link, 0);
	assert_int_equal(a.detached, 1);
	assert_int_equal(b.detached, 1);
	/* Who was stopped is let go: what it sends now is dropped and counted. */
	assert_int_equal(a.ready, 1);
	assert_false(a.port.blocked);
	port_disconnect(&a.port);
	assert_int_equal(a.detached, 1);
	port_connect(&b.port, &a.port);
	assert_true(port_connected(&a.port));
	port_disconnect(&a.port);
}

/** make_gso() - a packet of three segments */
static void make_gso(struct packet *p, struct iovec *iov, uint8_t *frame)
{
	struct frame_spec spec = {.protocol = IP_PROTO_TCP,
				  .src = "10.0.2.15",
				  .dst = "198.51.100.1",
				  .sport = 1,
				  .dport = 2,
				  .len = 250};

	packet_from_buffer(p, iov, frame, frame_make(frame, &spec));
	p->offload = (struct offload){.needs_csum = true,
				      .gso_type = GSO_TCPV4,
				      .gso_size = 100,
				      .hdr_len = 54,
				      .csum_start = 34,
				      .csum_offset = 16};
}

static void test_work_on_the_way(void **state)
{
	uint8_t frame[400];
	struct tester a, b;
	struct packet p[3];
	struct iovec iov[3];

	(void)state;
	make(&a, 0, 0);
	make(&b, PORT_CAP_CSUM | PORT_CAP_TSO4, 100);
	plain(p, iov, 3);
	make_gso(&p[1], &iov[1], frame);
	port_connect(&a.port, &b.port);
	assert_int_equal(port_send(&a.port, p, 3), 3);
	assert_int_equal(b.taken, 3);
	assert_int_equal(b.calls, 1);
	port_disconnect(&a.port);
	make(&b, 0, 100);
	port_connect(&a.port, &b.port);
	assert_int_equal(port_send(&a.port, p, 3), 3);
	assert_int_equal(b.taken, 5); /* plain, three segments, plain */
	/* Full at the first segment: not taken. Full later: the rest is lost and counted. */
	b.room = 1;
	assert_int_equal(port_send(&a.port, p, 3), 1);
	b.room = 2;
	assert_int_equal(port_send(&a.port, p + 1, 1), 1);
	assert_int_equal(a.port.stats->drops[DROP_BACKPRESSURE], 1);
	b.room = 100;
	p[1].offload.hdr_len = 5000;
	assert_int_equal(port_send(&a.port, p + 1, 1), 1);
	assert_int_equal(a.port.stats->drops[DROP_BAD_OFFLOAD], 1);
	port_disconnect(&a.port);
}

static void test_drop_names(void **state)
{
	(void)state;
	for (int i = 0; i < DROP_REASON_COUNT; i++) {
		const char *name = drop_reason_name((enum drop_reason)i);

		assert_non_null(name);
		assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz_"), strlen(name));
		for (int k = 0; k < i; k++)
			assert_string_not_equal(name, drop_reason_name((enum drop_reason)k));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_back_pressure),
		cmocka_unit_test(test_plugging),
		cmocka_unit_test(test_work_on_the_way),
		cmocka_unit_test(test_drop_names),
	};

	return cmocka_run_group_tests_name("core_port", tests, NULL, NULL);
}
