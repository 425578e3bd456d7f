/* SPDX-License-Identifier: BSD-2-Clause */
/* The guard's limits: fragments, flows, new flows a second, segments out of order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "net/base/bytes.h"
#include "net/core/checksum.h"
#include "tests/support/guard_fixture.h"

#define SECOND 1000000000LL
#define MORE   0x2000

/** struct part - a range behind the IP header; MORE or 0 */
struct part {
	uint32_t offset;
	uint32_t len;
	uint16_t more;
};

/** feed() - give the guard a frame */
static bool feed(struct guard_fixture *fx, uint32_t len, struct guard_pass *pass)
{
	return guard_ingress(&fx->guard, fx->frame, len, fx->now_ns, pass);
}

/** drops() - how often it dropped for a reason */
static uint64_t drops(const struct guard_fixture *fx, enum drop_reason reason)
{
	return fx->port.stats->drops[reason];
}

/**
 * send_part() - send a part of a UDP datagram as a fragment
 * @fx:		the fixture
 * @whole:	the datagram as one frame
 * @part:	which part
 * @pass:	filled
 *
 * Return: did the whole pass?
 */
static bool send_part(struct guard_fixture *fx, const uint8_t *whole, struct part part,
		      struct guard_pass *pass)
{
	memcpy(fx->frame, whole, 34);
	memcpy(fx->frame + 34, whole + 34 + part.offset, part.len);
	put_be16(fx->frame + 16, (uint16_t)(20 + part.len));
	put_be16(fx->frame + 20, (uint16_t)(part.more | part.offset / 8));
	frame_fix_ip(fx->frame);
	return feed(fx, 34 + part.len, pass);
}

/** make_whole() - a UDP datagram with a pattern; its length behind the IP header is returned */
static uint32_t make_whole(uint8_t *whole, uint32_t payload)
{
	uint8_t *data = malloc(payload);
	struct frame_spec spec = {.protocol = IP_PROTO_UDP,
				  .src = G4,
				  .dst = "198.51.100.1",
				  .sport = 1,
				  .dport = 2,
				  .data = data,
				  .len = payload};
	uint32_t len;

	for (uint32_t i = 0; i < payload; i++)
		data[i] = (uint8_t)(i * 31 + i / 250);
	len = frame_make(whole, &spec);
	free(data);
	return len - 34;
}

/** Fragments in any order give the datagram, byte for byte, with right checksums. */
static void test_reassembly(void **state)
{
	struct guard_fixture *fx = *state;
	uint8_t *whole = malloc(FRAME_ROOM);

	srand(7);
	for (int round = 0; round < 60; round++) {
		uint32_t len = make_whole(whole, round ? 1 + (uint32_t)rand() % 20000 : 65507);
		uint32_t step = 8 * (1 + (uint32_t)rand() % 185), parts = (len + step - 1) / step;
		uint32_t order[8192];
		struct guard_pass pass;
		bool done = false;

		for (uint32_t i = 0; i < parts; i++)
			order[i] = i;
		for (uint32_t i = parts; i > 1 && round % 3; i--) {
			uint32_t k = (uint32_t)rand() % i, t = order[k];

			order[k] = order[i - 1];
			order[i - 1] = t;
		}
		for (uint32_t i = 0; i < parts; i++) {
			uint32_t at = order[i] * step;
			bool last = order[i] == parts - 1;

			assert_false(done);
			done = send_part(fx, whole,
					 (struct part){at, last ? len - at : step, last ? 0 : MORE},
					 &pass);
		}
		assert_true(done);
		assert_int_equal(pass.len, 34 + len);
		assert_memory_equal(pass.frame + 34, whole + 34, len);
		assert_true(frame_sums_ok(pass.frame));
	}
	assert_int_equal(drops(fx, DROP_FRAGMENT), 0);
	free(whole);
}

/** A second fragment that ends the datagram of a first one (0 to 800, more to come). */
static const struct part bad_parts[] = {
	{0, 800, MORE},   /* duplicate (row 47) */
	{400, 800, MORE}, /* overlap behind (row 47) */
	{0, 808, MORE},   /* overlap all of it */
	{8, 8, MORE},     /* inside */
	{792, 8, 0},      /* the end inside */
	{400, 8, 0},      /* the end before what is there */
	{800, 7, MORE},   /* not a multiple of 8, yet more to come */
	{800, 0, MORE},   /* empty */
	{800, 0, 0},      /* empty at the end */
	{65528, 24, 0},   /* beyond the longest datagram (rows 46, 48) */
	{65512, 1400, MORE},
};

static void test_bad_fragments(void **state)
{
	struct guard_fixture *fx = *state;
	uint8_t *whole = calloc(1, FRAME_ROOM + 4096);
	uint32_t len = make_whole(whole, 60000);
	struct guard_pass pass;

	(void)len;
	for (size_t i = 0; i < ARRAY_SIZE(bad_parts); i++) {
		const struct part *b = &bad_parts[i];

		put_be16(whole + 18, (uint16_t)(100 + i));
		assert_false(send_part(fx, whole, (struct part){0, 800, MORE}, &pass));
		assert_int_equal(drops(fx, DROP_FRAGMENT), i);
		assert_false(send_part(fx, whole, *b, &pass));
		assert_int_equal(drops(fx, DROP_FRAGMENT), i + 1);
		/* What was there is gone, too: the rest does not complete it. */
		assert_false(send_part(fx, whole, (struct part){800, 8, 0}, &pass));
	}
	free(whole);
}

/** The end may come first; then nothing behind it. */
static void test_nothing_behind_the_end(void **state)
{
	struct guard_fixture *fx = *state;
	uint8_t *whole = malloc(FRAME_ROOM);
	struct guard_pass pass;

	make_whole(whole, 4000);
	assert_false(send_part(fx, whole, (struct part){80, 8, 0}, &pass));
	assert_false(send_part(fx, whole, (struct part){88, 8, MORE}, &pass));
	assert_int_equal(drops(fx, DROP_FRAGMENT), 1);
	/* A lone far fragment, then an end before it: sums must not fool it. */
	put_be16(whole + 18, 77);
	assert_false(send_part(fx, whole, (struct part){3200, 8, MORE}, &pass));
	assert_false(send_part(fx, whole, (struct part){16, 8, 0}, &pass));
	assert_false(send_part(fx, whole, (struct part){0, 8, MORE}, &pass));
	assert_int_equal(drops(fx, DROP_FRAGMENT), 2);
	free(whole);
}

/** Row 57: 60,000 first fragments hold four buffers; and they lose them with time. */
static void test_fragment_flood(void **state)
{
	struct guard_fixture *fx = *state;
	uint8_t *whole = malloc(FRAME_ROOM);
	struct guard_pass pass;
	uint32_t len = make_whole(whole, 1000);

	for (unsigned i = 0; i < 60000; i++) {
		put_be16(whole + 18, (uint16_t)i);
		assert_false(send_part(fx, whole, (struct part){0, 800, MORE}, &pass));
	}
	assert_int_equal(drops(fx, DROP_FRAGMENT_LIMIT), 60000 - FRAGMENT_SLOTS);
	fx->now_ns += 29 * SECOND;
	put_be16(whole + 18, 59999);
	assert_true(send_part(fx, whole, (struct part){800, len - 800, 0}, &pass));
	put_be16(whole + 18, 59998);
	fx->now_ns += 2 * SECOND;
	assert_false(send_part(fx, whole, (struct part){800, len - 800, 0}, &pass));
	assert_int_equal(drops(fx, DROP_FRAGMENT_LIMIT), 60000 - FRAGMENT_SLOTS);
	free(whole);
}

/** Whole datagrams obey the rules as if they had come whole. */
static void test_fragments_obey_rules(void **state)
{
	struct guard_fixture *fx = *state;
	uint8_t whole[2048];
	struct frame_spec spec = {.protocol = IP_PROTO_UDP,
				  .src = G4,
				  .dst = "127.0.0.1",
				  .sport = 1,
				  .dport = 2,
				  .len = 1000};
	struct guard_pass pass;

	frame_make(whole, &spec);
	assert_false(send_part(fx, whole, (struct part){0, 8, MORE}, &pass));
	assert_false(send_part(fx, whole, (struct part){8, 1000, 0}, &pass));
	assert_int_equal(drops(fx, DROP_LOOPBACK), 1);
}

/** open_flows() - one frame from each of many ports; the caller's socket count follows */
static unsigned open_flows(struct guard_fixture *fx, uint8_t protocol, unsigned count)
{
	static const enum guard_kind kinds[] = {[IP_PROTO_TCP] = GUARD_TCP,
						[IP_PROTO_UDP] = GUARD_UDP,
						[IP_PROTO_ICMP] = GUARD_ICMP};
	struct frame_spec spec = {.protocol = protocol,
				  .src = G4,
				  .dst = "198.51.100.1",
				  .dport = 80,
				  .flags = TCP_SYN,
				  .len = 8};
	struct guard_pass pass;
	unsigned passed = 0;

	for (unsigned i = 0; i < count; i++) {
		spec.sport = protocol == IP_PROTO_ICMP ? 8 : (uint16_t)(1 + i);
		if (feed(fx, frame_make(fx->frame, &spec), &pass)) {
			guard_opened(&fx->guard, kinds[protocol]);
			assert_int_equal(pass.kind, kinds[protocol]);
			passed++;
		}
	}
	return passed;
}

/** Row 57: floods stay within the limits, however slowly they come. */
static void test_floods(void **state)
{
	struct guard_fixture *fx = *state;
	unsigned passed;

	passed = open_flows(fx, IP_PROTO_TCP, 10000);
	assert_int_equal(passed, 1000); /* the burst */
	assert_int_equal(drops(fx, DROP_FLOW_RATE), 9000);
	for (int i = 0; i < 10; i++) {
		fx->now_ns += 10 * SECOND;
		passed += open_flows(fx, IP_PROTO_TCP, 10000);
	}
	assert_int_equal(passed, GUARD_MAX_TCP);
	assert_true(drops(fx, DROP_FLOW_LIMIT) > 0);
	passed = open_flows(fx, IP_PROTO_UDP, 20000);
	assert_int_equal(passed, GUARD_MAX_UDP);
	passed = open_flows(fx, IP_PROTO_ICMP, 5000);
	assert_int_equal(passed, GUARD_MAX_ICMP);
}

/** A browser's burst and the steady rate pass. */
static void test_rate(void **state)
{
	struct guard_fixture *fx = *state;
	unsigned passed = open_flows(fx, IP_PROTO_UDP, 300);

	fx->guard.sockets[GUARD_UDP] = 0;
	assert_int_equal(passed, 300);
	for (int i = 0; i < 100; i++) {
		struct rate r = {0};

		fx->now_ns += SECOND;
		assert_true(rate_allow(&r, SECOND, 1, fx->now_ns));
		assert_false(rate_allow(&r, SECOND, 1, fx->now_ns + SECOND - 1));
		assert_true(rate_allow(&r, SECOND, 1, fx->now_ns + SECOND));
	}
}

/** At the limit, a port that was in use a moment ago goes on; one that may be closed does not. */
static void test_known_ports_go_on(void **state)
{
	struct guard_fixture *fx = *state;
	struct frame_spec spec = {.protocol = IP_PROTO_UDP,
				  .src = G4,
				  .dst = "198.51.100.1",
				  .sport = 5,
				  .dport = 80,
				  .len = 8};
	struct guard_pass pass;

	assert_true(feed(fx, frame_make(fx->frame, &spec), &pass));
	fx->guard.sockets[GUARD_UDP] = GUARD_MAX_UDP;
	fx->now_ns += SECOND;
	assert_true(feed(fx, frame_make(fx->frame, &spec), &pass));
	fx->now_ns += 10 * SECOND;
	assert_false(feed(fx, frame_make(fx->frame, &spec), &pass));
	assert_int_equal(drops(fx, DROP_FLOW_LIMIT), 1);
	fx->guard.sockets[GUARD_UDP] = 0;
	assert_true(feed(fx, frame_make(fx->frame, &spec), &pass));
}

/** A SYN takes from the rate even on a known connection: its socket may be a new one. */
static void test_syn_on_known_flow(void **state)
{
	struct guard_fixture *fx = *state;
	struct frame_spec spec = {.protocol = IP_PROTO_TCP,
				  .src = G4,
				  .dst = "198.51.100.1",
				  .sport = 5,
				  .dport = 80,
				  .flags = TCP_SYN};
	struct guard_pass pass;
	unsigned passed = 0;

	for (int i = 0; i < 5000; i++)
		passed += feed(fx, frame_make(fx->frame, &spec), &pass);
	assert_int_equal(passed, 1000);
}

/** libslirp never has to hold more than 64 segments out of order of one connection. */
static void test_early_segments(void **state)
{
	struct guard_fixture *fx = *state;
	struct frame_spec syn = {.protocol = IP_PROTO_TCP,
				 .src = G4,
				 .dst = "198.51.100.1",
				 .sport = 5,
				 .dport = 80,
				 .flags = TCP_SYN,
				 .seq = 0xfffffff0};
	struct frame_spec ack = {.protocol = IP_PROTO_TCP,
				 .src = "198.51.100.1",
				 .dst = G4,
				 .sport = 80,
				 .dport = 5,
				 .flags = TCP_ACK,
				 .ack = 0xfffffff1};
	struct frame_spec data = {.protocol = IP_PROTO_TCP,
				  .src = G4,
				  .dst = "198.51.100.1",
				  .sport = 5,
				  .dport = 80,
				  .flags = TCP_ACK,
				  .len = 1};
	struct guard_pass pass;
	uint32_t len;
	int passed = 0;

	assert_true(feed(fx, frame_make(fx->frame, &syn), &pass));
	len = frame_make(fx->frame, &ack);
	assert_non_null(guard_egress(&fx->guard, fx->frame, len, fx->now_ns));
	for (uint32_t i = 0; i < 200; i++) {
		data.seq = ack.ack + 2 + 2 * i;
		passed += feed(fx, frame_make(fx->frame, &data), &pass);
	}
	assert_int_equal(passed, 64);
	assert_int_equal(drops(fx, DROP_FLOW_LIMIT), 136);
	data.seq = ack.ack; /* the one that is awaited passes always */
	assert_true(feed(fx, frame_make(fx->frame, &data), &pass));
	ack.ack += 3;
	len = frame_make(fx->frame, &ack);
	assert_non_null(guard_egress(&fx->guard, fx->frame, len, fx->now_ns));
	data.seq = ack.ack + 7;
	assert_true(feed(fx, frame_make(fx->frame, &data), &pass));
}

/** The flow cache against a plain list: what is in it, and who goes first. */
static void test_flow_cache(void **state)
{
	struct flow_table *t = calloc(1, sizeof(*t));
	uint64_t *used = calloc(FLOW_SLOTS * 3, sizeof(*used));
	struct flow_key key = {.kind = FLOW_TCP};

	(void)state;
	srand(3);
	for (uint64_t now = 1; now < 60000; now++) {
		unsigned n = (unsigned)rand() % (FLOW_SLOTS * 3);
		unsigned younger = 0;
		struct flow *flow;

		memcpy(key.guest, &n, sizeof(n));
		flow = flow_find(t, &key);
		if (now % 64 == 0 && used[n]) {
			for (unsigned i = 0; i < FLOW_SLOTS * 3; i++)
				younger += used[i] > used[n];
			assert_int_equal(flow != NULL, younger < FLOW_SLOTS);
		}
		if (flow)
			flow_touch(t, flow, (int64_t)now);
		else
			flow = flow_add(t, &key, (int64_t)now);
		assert_memory_equal(&flow->key, &key, sizeof(key));
		used[n] = now;
	}
	flow_clear(t);
	assert_null(flow_find(t, &key));
	assert_non_null(flow_add(t, &key, 1));
	assert_non_null(flow_find(t, &key));
	free(used);
	free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_reassembly, guard_setup, guard_teardown),
		cmocka_unit_test_setup_teardown(test_bad_fragments, guard_setup, guard_teardown),
		cmocka_unit_test_setup_teardown(test_nothing_behind_the_end, guard_setup,
						guard_teardown),
		cmocka_unit_test_setup_teardown(test_fragment_flood, guard_setup, guard_teardown),
		cmocka_unit_test_setup_teardown(test_fragments_obey_rules, guard_setup,
						guard_teardown),
		cmocka_unit_test_setup_teardown(test_floods, guard_setup, guard_teardown),
		cmocka_unit_test_setup_teardown(test_rate, guard_setup, guard_teardown),
		cmocka_unit_test_setup_teardown(test_known_ports_go_on, guard_setup,
						guard_teardown),
		cmocka_unit_test_setup_teardown(test_syn_on_known_flow, guard_setup,
						guard_teardown),
		cmocka_unit_test_setup_teardown(test_early_segments, guard_setup, guard_teardown),
		cmocka_unit_test(test_flow_cache),
	};

	return cmocka_run_group_tests_name("slirp_guard_limits", tests, NULL, NULL);
}
