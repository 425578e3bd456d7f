/* SPDX-License-Identifier: BSD-2-Clause */
/* The guard's rules, one frame each: what passes, what is dropped, and for which reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "net/base/bytes.h"
#include "net/core/checksum.h"
#include "tests/support/guard_fixture.h"

/** struct rule - a frame and what becomes of it */
struct rule {
	struct frame_spec spec;
	int expected;
	bool host_loopback;
	bool restricted;
};

#define TCP  .protocol = IP_PROTO_TCP, .sport = 40000, .flags = TCP_SYN
#define UDP  .protocol = IP_PROTO_UDP, .sport = 40000, .len = 4
#define PING .protocol = IP_PROTO_ICMP, .sport = 8, .len = 56
#define NDP  .protocol = IP_PROTO_ICMPV6, .len = 16

static const struct rule rules[] = {
	/* ordinary traffic */
	{{TCP, .src = G4, .dst = "198.51.100.1", .dport = 80}, PASSES},
	{{UDP, .src = G4, .dst = "198.51.100.1", .dport = 123}, PASSES},
	{{TCP, .src = G6, .dst = "2001:db8::1", .dport = 80}, PASSES},
	{{UDP, .src = G6, .dst = "2001:db8::1", .dport = 123}, PASSES},
	{{PING, .src = G4, .dst = "198.51.100.1"}, PASSES},
	/* the host's loopback (row 58) */
	{{TCP, .src = G4, .dst = "127.0.0.1", .dport = 22}, DROP_LOOPBACK, true},
	{{TCP, .src = G4, .dst = "127.255.0.9", .dport = 22}, DROP_LOOPBACK, true},
	{{TCP, .src = G4, .dst = "0.0.0.0", .dport = 22}, DROP_LOOPBACK, true},
	{{TCP, .src = G4, .dst = "0.1.2.3", .dport = 22}, DROP_LOOPBACK, true},
	{{UDP, .src = G4, .dst = "127.0.0.53", .dport = 53}, DROP_LOOPBACK, true},
	{{PING, .src = G4, .dst = "127.0.0.1"}, DROP_LOOPBACK, true},
	{{TCP, .src = G6, .dst = "::1", .dport = 22}, DROP_LOOPBACK, true},
	{{TCP, .src = G6, .dst = "::", .dport = 22}, DROP_LOOPBACK, true},
	{{TCP, .src = G6, .dst = "::ffff:127.0.0.1", .dport = 22}, DROP_LOOPBACK, true},
	{{UDP, .src = G6, .dst = "::ffff:10.1.1.1", .dport = 22}, DROP_LOOPBACK, true},
	{{TCP, .src = G6, .dst = "::7f00:1", .dport = 22}, DROP_LOOPBACK, true},
	{{TCP, .src = G4, .dst = "10.0.2.2", .dport = 22}, DROP_LOOPBACK},
	{{TCP, .src = G4, .dst = "10.0.2.2", .dport = 22}, PASSES, true},
	{{UDP, .src = G4, .dst = "10.0.2.2", .dport = 5353}, DROP_LOOPBACK},
	{{UDP, .src = G4, .dst = "10.0.2.2", .dport = 5353}, PASSES, true},
	{{TCP, .src = G6, .dst = "fec0::2", .dport = 22}, DROP_LOOPBACK},
	{{TCP, .src = G6, .dst = "fec0::2", .dport = 22}, PASSES, true},
	{{TCP, .src = G6, .dst = "fec0::99", .dport = 22}, DROP_LOOPBACK, true},
	{{UDP, .src = G6, .dst = "fec0::99", .dport = 22}, DROP_LOOPBACK, true},
	{{TCP, .src = G4, .dst = "255.255.255.255", .dport = 22}, DROP_PROTOCOL, true},
	{{UDP, .src = G4, .dst = "255.255.255.255", .dport = 22}, DROP_PROTOCOL, true},
	{{UDP, .src = G4, .dst = "10.0.2.255", .dport = 137}, DROP_PROTOCOL, true},
	{{UDP, .src = G4, .dst = "224.0.0.251", .dport = 5353}, DROP_PROTOCOL, true},
	{{UDP, .src = G6, .dst = "ff02::fb", .dport = 5353}, DROP_PROTOCOL, true},
	{{TCP, .src = G6, .dst = "ff02::1", .dport = 22}, DROP_PROTOCOL, true},
	{{TCP, .src = G6, .dst = "fe80::2", .dport = 22}, DROP_PROTOCOL, true},
	/* the API, at every address of the host */
	{{TCP, .src = G4, .dst = "10.0.2.2", .dport = GUARD_API_PORT}, DROP_API_PORT, true},
	{{TCP, .src = G4, .dst = "192.0.2.7", .dport = GUARD_API_PORT}, DROP_API_PORT, true},
	{{TCP, .src = G4, .dst = "192.0.2.8", .dport = GUARD_API_PORT}, PASSES},
	{{TCP, .src = G4, .dst = "192.0.2.7", .dport = 80}, PASSES},
	{{TCP, .src = G6, .dst = "fec0::2", .dport = GUARD_API_PORT}, DROP_API_PORT, true},
	{{TCP, .src = G6, .dst = "2001:db8::7", .dport = GUARD_API_PORT}, DROP_API_PORT, true},
	{{.protocol = IP_PROTO_TCP,
	  .sport = 1,
	  .flags = TCP_ACK,
	  .src = G4,
	  .dst = "192.0.2.7",
	  .dport = GUARD_API_PORT},
	 DROP_API_PORT},
	/* ports that libslirp serves itself (rows 44, 55, 50) */
	{{TCP, .src = G4, .dst = "10.0.2.2", .dport = 113}, DROP_RESERVED_PORT, true},
	{{UDP, .src = G4, .dst = "10.0.2.2", .dport = 69}, DROP_RESERVED_PORT, true},
	{{UDP, .src = G6, .dst = "fec0::2", .dport = 69}, DROP_RESERVED_PORT, true},
	{{UDP, .src = G4, .dst = "198.51.100.1", .dport = 0}, DROP_MALFORMED},
	/* DNS */
	{{UDP, .src = G4, .dst = "10.0.2.3", .dport = 53}, PASSES},
	{{TCP, .src = G4, .dst = "10.0.2.3", .dport = 53}, PASSES},
	{{UDP, .src = G6, .dst = "fec0::3", .dport = 53}, PASSES},
	{{UDP, .src = G4, .dst = "10.0.2.3", .dport = 54}, DROP_RESERVED_PORT, true},
	{{TCP, .src = G4, .dst = "10.0.2.3", .dport = 22}, DROP_RESERVED_PORT, true},
	/* DHCP */
	{{.protocol = IP_PROTO_UDP,
	  .src = "0.0.0.0",
	  .dst = "255.255.255.255",
	  .sport = 68,
	  .dport = 67,
	  .len = 300},
	 PASSES},
	{{.protocol = IP_PROTO_UDP,
	  .src = G4,
	  .dst = "10.0.2.2",
	  .sport = 68,
	  .dport = 67,
	  .len = 300},
	 PASSES},
	{{.protocol = IP_PROTO_UDP,
	  .src = "0.0.0.0",
	  .dst = "10.9.9.9",
	  .sport = 68,
	  .dport = 67,
	  .len = 300},
	 DROP_SPOOFED},
	{{UDP, .src = "0.0.0.0", .dst = "198.51.100.1", .dport = 53}, DROP_SPOOFED},
	{{.protocol = IP_PROTO_UDP,
	  .src = "fe80::15",
	  .dst = "ff02::1:2",
	  .sport = 546,
	  .dport = 547,
	  .len = 20},
	 PASSES},
	{{.protocol = IP_PROTO_UDP,
	  .src = "0.0.0.0",
	  .dst = "255.255.255.255",
	  .sport = 68,
	  .dport = 67,
	  .len = 240},
	 PASSES},
	{{.protocol = IP_PROTO_UDP,
	  .src = "0.0.0.0",
	  .dst = "255.255.255.255",
	  .sport = 68,
	  .dport = 67,
	  .len = 239},
	 DROP_MALFORMED},
	/* spoofed sources */
	{{TCP, .src = "10.0.3.15", .dst = "198.51.100.1", .dport = 80}, DROP_SPOOFED},
	{{TCP, .src = "10.0.2.2", .dst = "198.51.100.1", .dport = 80}, DROP_SPOOFED},
	{{TCP, .src = "10.0.2.3", .dst = "198.51.100.1", .dport = 80}, DROP_SPOOFED},
	{{TCP, .src = "10.0.2.255", .dst = "198.51.100.1", .dport = 80}, DROP_SPOOFED},
	{{TCP, .src = "127.0.0.1", .dst = "198.51.100.1", .dport = 80}, DROP_SPOOFED},
	{{TCP, .src = "2001:db8::1", .dst = "2001:db8::2", .dport = 80}, DROP_SPOOFED},
	{{TCP, .src = "fec0::2", .dst = "2001:db8::2", .dport = 80}, DROP_SPOOFED},
	{{UDP, .src = "::", .dst = "2001:db8::2", .dport = 80}, DROP_SPOOFED},
	/* ICMP */
	{{PING, .src = G4, .dst = "10.0.2.2"}, PASSES},
	{{PING, .src = G4, .dst = "10.0.2.3"}, PASSES},
	{{.protocol = IP_PROTO_ICMP, .sport = 3, .len = 28, .src = G4, .dst = "198.51.100.1"},
	 DROP_ICMP},
	{{.protocol = IP_PROTO_ICMP, .sport = 13, .len = 12, .src = G4, .dst = "10.0.2.2"},
	 DROP_ICMP},
	{{NDP, .sport = 133, .src = "::", .dst = "ff02::2"}, PASSES},
	{{NDP, .sport = 135, .src = "::", .dst = "ff02::1:ff00:15"}, PASSES},
	{{NDP, .sport = 135, .src = G6, .dst = "ff02::1:ff00:2"}, PASSES},
	{{NDP, .sport = 134, .src = "fe80::15", .dst = "ff02::1"}, DROP_ICMP},
	{{NDP, .sport = 137, .src = "fe80::15", .dst = G6}, DROP_ICMP},
	{{NDP, .sport = 128, .src = G6, .dst = "fec0::2"}, PASSES},
	{{NDP, .sport = 128, .src = "fe80::15", .dst = "fe80::2"}, PASSES},
	{{NDP, .sport = 128, .src = "fe80::15", .dst = "fe80::77"}, DROP_ICMP},
	{{NDP, .sport = 128, .src = G6, .dst = "2001:db8::1"}, DROP_ICMP},
	{{NDP, .sport = 128, .src = "::", .dst = "fec0::2"}, DROP_ICMP},
	/* protocols */
	{{.protocol = 2, .sport = 0x16, .len = 0, .src = G4, .dst = "224.0.0.2"}, DROP_PROTOCOL},
	{{.protocol = 47, .len = 20, .src = G4, .dst = "198.51.100.1"}, DROP_PROTOCOL},
	{{.protocol = 44, .len = 20, .src = G6, .dst = "2001:db8::1"}, DROP_FRAGMENT},
	{{.protocol = 0, .len = 20, .src = G6, .dst = "2001:db8::1"}, DROP_PROTOCOL},
	/* a restricted guest opens nothing; DHCP, neighbours and the host's echo are left to it */
	{{TCP, .src = G4, .dst = "198.51.100.1", .dport = 80}, DROP_RESTRICTED, true, true},
	{{TCP, .src = G4, .dst = "10.0.2.2", .dport = 80}, DROP_RESTRICTED, true, true},
	{{TCP, .src = G4, .dst = "10.0.2.3", .dport = 53}, DROP_RESTRICTED, true, true},
	{{TCP, .src = G6, .dst = "2001:db8::1", .dport = 80}, DROP_RESTRICTED, true, true},
	{{UDP, .src = G4, .dst = "198.51.100.1", .dport = 123}, DROP_RESTRICTED, true, true},
	{{UDP, .src = G4, .dst = "10.0.2.2", .dport = 123}, DROP_RESTRICTED, true, true},
	{{UDP, .src = G4, .dst = "10.0.2.3", .dport = 53}, DROP_RESTRICTED, true, true},
	{{UDP, .src = G6, .dst = "fec0::3", .dport = 53}, DROP_RESTRICTED, true, true},
	{{PING, .src = G4, .dst = "198.51.100.1"}, DROP_RESTRICTED, true, true},
	{{PING, .src = G4, .dst = "10.0.2.2"}, PASSES, true, true},
	{{NDP, .sport = 128, .src = G6, .dst = "fec0::2"}, PASSES, true, true},
	{{NDP, .sport = 135, .src = G6, .dst = "ff02::1:ff00:2"}, PASSES, true, true},
	{{.protocol = IP_PROTO_UDP,
	  .src = "0.0.0.0",
	  .dst = "255.255.255.255",
	  .sport = 68,
	  .dport = 67,
	  .len = 300},
	 PASSES,
	 false,
	 true},
};

static void test_rules(void **state)
{
	struct guard_fixture *fx = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		const struct rule *r = &rules[i];
		struct guard_pass pass;
		uint32_t len = frame_make(fx->frame, &r->spec);
		int got;

		flow_clear(&fx->guard.flows);
		fx->config.host_loopback = r->host_loopback;
		fx->config.restricted = r->restricted;
		got = guard_feed(fx, len, &pass);
		if (got != r->expected)
			fail_msg("%s -> %s protocol %d ports %d, %d: %s instead of %s", r->spec.src,
				 r->spec.dst, r->spec.protocol, r->spec.sport, r->spec.dport,
				 got < 0 || got == PASSES ? "passed" : drop_reason_name(got),
				 r->expected == PASSES ? "passed" : drop_reason_name(r->expected));
		if (got == PASSES)
			assert_true(frame_sums_ok(fx->frame));
	}
}

/** host_loopback does not matter to a connection that exists: only SYNs open one. */
static void test_segments_of_forwards_pass(void **state)
{
	struct guard_fixture *fx = *state;
	struct frame_spec spec = {.protocol = IP_PROTO_TCP,
				  .src = G4,
				  .dst = "10.0.2.2",
				  .sport = 22,
				  .dport = 50000,
				  .flags = TCP_SYN | TCP_ACK};
	struct guard_pass pass;

	assert_int_equal(guard_feed(fx, frame_make(fx->frame, &spec), &pass), PASSES);
	spec.flags = TCP_SYN;
	assert_int_equal(guard_feed(fx, frame_make(fx->frame, &spec), &pass), DROP_LOOPBACK);
}

/** No ping socket to be had: nothing is sent in its stead (row 56d). */
static void test_no_ping_socket(void **state)
{
	struct guard_fixture *fx = *state;
	struct frame_spec spec = {PING, .src = G4, .dst = "198.51.100.1"};
	struct guard_pass pass;

	fx->guard.ping = false;
	assert_int_equal(guard_feed(fx, frame_make(fx->frame, &spec), &pass), DROP_ICMP);
	spec.dst = "10.0.2.2";
	assert_int_equal(guard_feed(fx, frame_make(fx->frame, &spec), &pass), PASSES);
}

static void test_ethertypes(void **state)
{
	struct guard_fixture *fx = *state;
	static const struct {
		uint16_t type;
		int expected;
	} types[] = {{0x8100, DROP_VLAN},      {0x88a8, DROP_VLAN},     {0x88f8, DROP_ETHERTYPE},
		     {0x88cc, DROP_ETHERTYPE}, {0, DROP_ETHERTYPE},     {0x8863, DROP_ETHERTYPE},
		     {0x05dc, DROP_ETHERTYPE}, {0x9000, DROP_ETHERTYPE}};
	struct guard_pass pass;

	memset(fx->frame, 0, 100);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		put_be16(fx->frame + 12, types[i].type);
		assert_int_equal(guard_feed(fx, 60, &pass), types[i].expected);
		assert_int_equal(guard_feed(fx, 14, &pass), types[i].expected);
	}
	for (uint32_t len = 0; len < 14; len++)
		assert_int_equal(guard_feed(fx, len, &pass), DROP_RUNT);
	fx->config.ipv4 = false;
	put_be16(fx->frame + 12, 0x0806);
	assert_int_equal(guard_feed(fx, 60, &pass), DROP_ETHERTYPE);
	put_be16(fx->frame + 12, 0x0800);
	assert_int_equal(guard_feed(fx, 60, &pass), DROP_ETHERTYPE);
	fx->config.ipv6 = false;
	put_be16(fx->frame + 12, 0x86dd);
	assert_int_equal(guard_feed(fx, 60, &pass), DROP_ETHERTYPE);
}

/** Row 53: ARP of every length, and with wrong fields. */
static void test_arp(void **state)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
	struct guard_fixture *fx = *state;
	struct guard_pass pass;

	frame_arp(fx->frame, mac, G4, "10.0.2.2");
	for (uint32_t len = 14; len < 42; len++)
		assert_int_equal(guard_feed(fx, len, &pass), DROP_MALFORMED);
	assert_int_equal(guard_feed(fx, 60, &pass), PASSES);
	assert_int_equal(pass.len, 42);
	assert_true(pass.resolves);
	for (int at = 14; at < 20; at++) {
		frame_arp(fx->frame, mac, G4, "10.0.2.2");
		fx->frame[at] ^= 0x10;
		assert_int_equal(guard_feed(fx, 42, &pass), DROP_MALFORMED);
	}
	frame_arp(fx->frame, mac, "0.0.0.0", G4);
	assert_int_equal(guard_feed(fx, 42, &pass), PASSES);
	frame_arp(fx->frame, mac, "10.0.2.2", G4);
	assert_int_equal(guard_feed(fx, 42, &pass), DROP_SPOOFED);
	frame_arp(fx->frame, mac, "10.0.2.3", G4);
	assert_int_equal(guard_feed(fx, 42, &pass), DROP_SPOOFED);
	frame_arp(fx->frame, mac, "192.168.1.1", G4);
	assert_int_equal(guard_feed(fx, 42, &pass), DROP_SPOOFED);
}

/** struct bend - one byte of a good frame changed; what becomes of it */
struct bend {
	int offset;
	uint8_t value;
	int expected;
	bool fix_ip;
};

static const struct bend udp4_bends[] = {
	{14, 0x46, DROP_MALFORMED, false}, /* header checksum */
	{14, 0x55, DROP_MALFORMED, true},  /* version */
	{14, 0x44, DROP_MALFORMED, true},  /* IHL too short */
	{14, 0x4f, DROP_MALFORMED, true},  /* IHL beyond the frame */
	{16, 0xff, DROP_MALFORMED, true},  /* total length beyond the frame */
	{17, 19, DROP_MALFORMED, true},    /* total length below the header */
	{17, 20, DROP_MALFORMED, true},    /* nothing behind the header */
	{17, 27, DROP_MALFORMED, true},    /* half a UDP header */
	{20, 0x80, DROP_MALFORMED, true},  /* reserved flag */
	{22, 0, DROP_MALFORMED, true},     /* TTL */
	{38, 0xff, DROP_MALFORMED, true},  /* UDP length beyond (rows 54, 56a) */
	{39, 7, DROP_MALFORMED, true},     /* UDP length below its header */
};

static const struct bend tcp4_bends[] = {
	{46, 0x40, DROP_MALFORMED, true}, /* data offset too short (row 37) */
	{46, 0x00, DROP_MALFORMED, true},
	{46, 0xf0, DROP_MALFORMED, true}, /* data offset beyond the segment */
	{17, 39, DROP_MALFORMED, true},   /* 19 bytes of TCP header */
};

static const struct bend udp6_bends[] = {
	{14, 0x40, DROP_MALFORMED, false}, /* version */
	{18, 0xff, DROP_MALFORMED, false}, /* payload length beyond the frame (row 52) */
	{19, 13, DROP_MALFORMED, false},   /* one byte beyond */
	{19, 7, DROP_MALFORMED, false},    {21, 0, DROP_MALFORMED, false}, /* hop limit */
	{20, 43, DROP_PROTOCOL, false}, /* routing header (row 13) */
	{20, 60, DROP_PROTOCOL, false}, /* destination options */
	{20, 59, DROP_PROTOCOL, false}, /* no next header */
};

/** check_bends() - run a table over one good frame */
static void check_bends(struct guard_fixture *fx, const struct frame_spec *spec,
			const struct bend *bends, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t len = frame_make(fx->frame, spec);
		struct guard_pass pass;
		int got;

		fx->frame[bends[i].offset] = bends[i].value;
		if (bends[i].fix_ip)
			frame_fix_ip(fx->frame);
		got = guard_feed(fx, len, &pass);
		if (got != bends[i].expected)
			fail_msg("byte %d = 0x%02x: got %d", bends[i].offset, bends[i].value, got);
	}
}

static void test_malformed(void **state)
{
	struct frame_spec udp4 = {UDP, .src = G4, .dst = "198.51.100.1", .dport = 9};
	struct frame_spec tcp4 = {TCP, .src = G4, .dst = "198.51.100.1", .dport = 9};
	struct frame_spec udp6 = {UDP, .src = G6, .dst = "2001:db8::1", .dport = 9};

	check_bends(*state, &udp4, udp4_bends, ARRAY_SIZE(udp4_bends));
	check_bends(*state, &tcp4, tcp4_bends, ARRAY_SIZE(tcp4_bends));
	check_bends(*state, &udp6, udp6_bends, ARRAY_SIZE(udp6_bends));
}

/** Every truncation of good frames: never more is passed on than came (ASan watches the rest). */
static void test_truncated(void **state)
{
	static const struct frame_spec specs[] = {
		{TCP, .src = G4, .dst = "198.51.100.1", .dport = 9, .len = 10},
		{UDP, .src = G4, .dst = "10.0.2.3", .dport = 53},
		{TCP, .src = G6, .dst = "2001:db8::1", .dport = 9, .len = 10},
		{UDP, .src = G6, .dst = "fec0::3", .dport = 53},
		{PING, .src = G4, .dst = "10.0.2.2"},
		{NDP, .src = G6, .dst = "fec0::2", .sport = 135},
	};
	struct guard_fixture *fx = *state;

	for (size_t i = 0; i < ARRAY_SIZE(specs); i++) {
		uint32_t full = frame_make(fx->frame, &specs[i]);

		for (uint32_t len = 0; len < full; len++) {
			struct guard_pass pass;

			frame_make(fx->frame, &specs[i]);
			assert_int_not_equal(guard_feed(fx, len, &pass), PASSES);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_rules, guard_setup, guard_teardown),
		cmocka_unit_test_setup_teardown(test_segments_of_forwards_pass, guard_setup,
						guard_teardown),
		cmocka_unit_test_setup_teardown(test_no_ping_socket, guard_setup, guard_teardown),
		cmocka_unit_test_setup_teardown(test_ethertypes, guard_setup, guard_teardown),
		cmocka_unit_test_setup_teardown(test_arp, guard_setup, guard_teardown),
		cmocka_unit_test_setup_teardown(test_malformed, guard_setup, guard_teardown),
		cmocka_unit_test_setup_teardown(test_truncated, guard_setup, guard_teardown),
	};

	return cmocka_run_group_tests_name("slirp_guard", tests, NULL, NULL);
}
