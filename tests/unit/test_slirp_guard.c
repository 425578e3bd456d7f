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
#include "net/base/error.h"
#include "net/core/checksum.h"
#include "net/user/guard.h"
#include "tests/support/frames.h"

#define PASSES   DROP_REASON_COUNT
#define API_PORT 8080
#define G4       "10.0.2.15"
#define G6       "fec0::15"

static const struct port_ops no_ops;

/**
 * struct fixture - a guard and what it needs
 * @config:	10.0.2.0/24 and fec0::/64
 * @port:	counts drops
 * @guard:	the guard
 * @frame:	a frame
 */
struct fixture {
	struct user_config config;
	struct port port;
	struct guard guard;
	uint8_t frame[FRAME_ROOM + 64];
};

/** is_local() - the host of these tests has 192.0.2.7 and 2001:db8::7 */
static bool is_local(const union host_addr *addr)
{
	union host_addr own;

	host_addr_parse(addr->sa.sa_family == AF_INET6 ? "2001:db8::7" : "192.0.2.7", &own);
	if (addr->sa.sa_family == AF_INET6)
		return memcmp(&own.in6.sin6_addr, &addr->in6.sin6_addr, 16) == 0;
	return own.in.sin_addr.s_addr == addr->in.sin_addr.s_addr ||
	       get_be32(&addr->in.sin_addr) >> 24 == 127;
}

static int setup(void **state)
{
	struct fixture *fx = calloc(1, sizeof(*fx));
	const uint16_t ports[] = {API_PORT};
	union host_addr dns[2];

	fx->config.ipv4 = fx->config.ipv6 = true;
	assert_int_equal(user_parse_net("10.0.2.0/24", &fx->config, NULL), 0);
	assert_int_equal(user_finish_ipv4(&fx->config, NULL), 0);
	assert_int_equal(user_finish_ipv6(&fx->config, NULL), 0);
	port_init(&fx->port, &no_ops, 0, NULL);
	guard_init(&fx->guard, &fx->config, &fx->port);
	fx->guard.is_local = is_local;
	fx->guard.ping = true;
	host_addr_parse_port("127.0.0.53", 53, &dns[0]);
	host_addr_parse_port("[2001:db8::53]:5353", 53, &dns[1]);
	guard_set_dns(&fx->guard, dns, 2);
	guard_set_api_ports(&fx->guard, ports, 1);
	*state = fx;
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

/**
 * feed() - give the guard a frame in a buffer of its exact length
 * @fx:		the fixture
 * @len:	length of @fx->frame
 * @pass:	filled; what passed is copied back to @fx->frame
 *
 * Return: PASSES, or the reason that was counted; -1 when it was kept
 */
static int feed(struct fixture *fx, uint32_t len, struct guard_pass *pass)
{
	uint64_t before[DROP_REASON_COUNT];
	uint8_t *exact = malloc(len ? len : 1);
	bool passed;
	int reason = -1;

	memcpy(exact, fx->frame, len);
	memcpy(before, fx->port.stats->drops, sizeof(before));
	passed = guard_ingress(&fx->guard, exact, len, 1000000000, pass);
	if (passed) {
		memcpy(fx->frame, pass->frame, pass->len);
		pass->frame = fx->frame;
	}
	free(exact);
	for (int i = 0; i < DROP_REASON_COUNT; i++) {
		if (fx->port.stats->drops[i] != before[i])
			reason = i;
	}
	assert_true(!passed || reason == -1);
	return passed ? PASSES : reason;
}

/** struct rule - a frame and what becomes of it */
struct rule {
	struct frame_spec spec;
	int expected;
	bool host_loopback;
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
	{{TCP, .src = G4, .dst = "10.0.2.2", .dport = API_PORT}, DROP_API_PORT, true},
	{{TCP, .src = G4, .dst = "192.0.2.7", .dport = API_PORT}, DROP_API_PORT, true},
	{{TCP, .src = G4, .dst = "192.0.2.8", .dport = API_PORT}, PASSES},
	{{TCP, .src = G4, .dst = "192.0.2.7", .dport = 80}, PASSES},
	{{TCP, .src = G6, .dst = "fec0::2", .dport = API_PORT}, DROP_API_PORT, true},
	{{TCP, .src = G6, .dst = "2001:db8::7", .dport = API_PORT}, DROP_API_PORT, true},
	{{.protocol = IP_PROTO_TCP,
	  .sport = 1,
	  .flags = TCP_ACK,
	  .src = G4,
	  .dst = "192.0.2.7",
	  .dport = API_PORT},
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
};

static void test_rules(void **state)
{
	struct fixture *fx = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		const struct rule *r = &rules[i];
		struct guard_pass pass;
		uint32_t len = frame_make(fx->frame, &r->spec);
		int got;

		flow_clear(&fx->guard.flows);
		fx->config.host_loopback = r->host_loopback;
		got = feed(fx, len, &pass);
		if (got != r->expected)
			fail_msg("%s -> %s protocol %d ports %d, %d: %s instead of %s", r->spec.src,
				 r->spec.dst, r->spec.protocol, r->spec.sport, r->spec.dport,
				 got < 0 || got == PASSES ? "passed" : drop_reason_name(got),
				 r->expected == PASSES ? "passed" : drop_reason_name(r->expected));
		if (got == PASSES)
			assert_true(frame_sums_ok(fx->frame));
	}
}

/** A forward's host_loopback rule does not matter to a connection that exists: only SYNs open one. */
static void test_segments_of_forwards_pass(void **state)
{
	struct fixture *fx = *state;
	struct frame_spec spec = {.protocol = IP_PROTO_TCP,
				  .src = G4,
				  .dst = "10.0.2.2",
				  .sport = 22,
				  .dport = 50000,
				  .flags = TCP_SYN | TCP_ACK};
	struct guard_pass pass;

	assert_int_equal(feed(fx, frame_make(fx->frame, &spec), &pass), PASSES);
	spec.flags = TCP_SYN;
	assert_int_equal(feed(fx, frame_make(fx->frame, &spec), &pass), DROP_LOOPBACK);
}

/** No ping socket to be had: nothing is sent in its stead (row 56d). */
static void test_no_ping_socket(void **state)
{
	struct fixture *fx = *state;
	struct frame_spec spec = {PING, .src = G4, .dst = "198.51.100.1"};
	struct guard_pass pass;

	fx->guard.ping = false;
	assert_int_equal(feed(fx, frame_make(fx->frame, &spec), &pass), DROP_ICMP);
	spec.dst = "10.0.2.2";
	assert_int_equal(feed(fx, frame_make(fx->frame, &spec), &pass), PASSES);
}

static void test_ethertypes(void **state)
{
	struct fixture *fx = *state;
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
		assert_int_equal(feed(fx, 60, &pass), types[i].expected);
		assert_int_equal(feed(fx, 14, &pass), types[i].expected);
	}
	for (uint32_t len = 0; len < 14; len++)
		assert_int_equal(feed(fx, len, &pass), DROP_RUNT);
	fx->config.ipv4 = false;
	put_be16(fx->frame + 12, 0x0806);
	assert_int_equal(feed(fx, 60, &pass), DROP_ETHERTYPE);
	put_be16(fx->frame + 12, 0x0800);
	assert_int_equal(feed(fx, 60, &pass), DROP_ETHERTYPE);
	fx->config.ipv6 = false;
	put_be16(fx->frame + 12, 0x86dd);
	assert_int_equal(feed(fx, 60, &pass), DROP_ETHERTYPE);
}

/** Row 53: ARP of every length, and with wrong fields. */
static void test_arp(void **state)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
	struct fixture *fx = *state;
	struct guard_pass pass;

	frame_arp(fx->frame, mac, G4, "10.0.2.2");
	for (uint32_t len = 14; len < 42; len++)
		assert_int_equal(feed(fx, len, &pass), DROP_MALFORMED);
	assert_int_equal(feed(fx, 60, &pass), PASSES);
	assert_int_equal(pass.len, 42);
	assert_true(pass.resolves);
	for (int at = 14; at < 20; at++) {
		frame_arp(fx->frame, mac, G4, "10.0.2.2");
		fx->frame[at] ^= 0x10;
		assert_int_equal(feed(fx, 42, &pass), DROP_MALFORMED);
	}
	frame_arp(fx->frame, mac, "0.0.0.0", G4);
	assert_int_equal(feed(fx, 42, &pass), PASSES);
	frame_arp(fx->frame, mac, "10.0.2.2", G4);
	assert_int_equal(feed(fx, 42, &pass), DROP_SPOOFED);
	frame_arp(fx->frame, mac, "10.0.2.3", G4);
	assert_int_equal(feed(fx, 42, &pass), DROP_SPOOFED);
	frame_arp(fx->frame, mac, "192.168.1.1", G4);
	assert_int_equal(feed(fx, 42, &pass), DROP_SPOOFED);
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
static void check_bends(struct fixture *fx, const struct frame_spec *spec, const struct bend *bends,
			size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t len = frame_make(fx->frame, spec);
		struct guard_pass pass;
		int got;

		fx->frame[bends[i].offset] = bends[i].value;
		if (bends[i].fix_ip)
			frame_fix_ip(fx->frame);
		got = feed(fx, len, &pass);
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
	struct fixture *fx = *state;

	for (size_t i = 0; i < ARRAY_SIZE(specs); i++) {
		uint32_t full = frame_make(fx->frame, &specs[i]);

		for (uint32_t len = 0; len < full; len++) {
			struct guard_pass pass;

			frame_make(fx->frame, &specs[i]);
			assert_int_not_equal(feed(fx, len, &pass), PASSES);
		}
	}
}

/** Padding behind the datagram is cut: libslirp gets what the header says. */
static void test_padding_is_cut(void **state)
{
	struct fixture *fx = *state;
	struct frame_spec v4 = {UDP, .src = G4, .dst = "198.51.100.1", .dport = 9};
	struct frame_spec v6 = {UDP, .src = G6, .dst = "2001:db8::1", .dport = 9};
	struct guard_pass pass;
	uint32_t len = frame_make(fx->frame, &v4);

	assert_int_equal(feed(fx, len + 14, &pass), PASSES);
	assert_int_equal(pass.len, len);
	len = frame_make(fx->frame, &v6);
	assert_int_equal(feed(fx, len + 30, &pass), PASSES);
	assert_int_equal(pass.len, len);
}

/** IPv4 options are cut out. */
static void test_options_are_cut(void **state)
{
	struct fixture *fx = *state;
	struct frame_spec spec = {UDP, .src = G4, .dst = "198.51.100.1", .dport = 9,
				  .data = "abcd"};
	uint32_t len = frame_make(fx->frame, &spec);
	struct guard_pass pass;

	for (int ihl = 6; ihl <= 15; ihl++) {
		uint32_t options = (uint32_t)(ihl - 5) * 4;

		frame_make(fx->frame, &spec);
		memmove(fx->frame + 34 + options, fx->frame + 34, len - 34);
		memset(fx->frame + 34, 1, options);
		fx->frame[14] = (uint8_t)(0x40 | ihl);
		put_be16(fx->frame + 16, (uint16_t)(len - 14 + options));
		frame_fix_ip(fx->frame);
		assert_int_equal(feed(fx, len + options, &pass), PASSES);
		assert_int_equal(pass.len, len);
		assert_int_equal(fx->frame[14], 0x45);
		assert_true(frame_sums_ok(fx->frame));
		assert_memory_equal(fx->frame + 42, "abcd", 4);
		assert_int_equal(get_be16(fx->frame + 12), 0x0800);
	}
}

/** Row 43: URG goes, the data stays, the checksum is right. */
static void test_urgent_is_cleared(void **state)
{
	static const uint16_t pointers[] = {0, 1, 2, 100, 2000, 2048, 4000, 0xffff};
	struct fixture *fx = *state;

	for (size_t i = 0; i < ARRAY_SIZE(pointers) * 4; i++) {
		struct frame_spec spec = {.protocol = IP_PROTO_TCP,
					  .src = i & 1 ? G6 : G4,
					  .dst = i & 1 ? "2001:db8::1" : "198.51.100.1",
					  .sport = 40000,
					  .dport = 80,
					  .flags = TCP_ACK | (i & 2 ? TCP_URG : 0),
					  .urgent = pointers[i / 4],
					  .data = "x",
					  .len = 1};
		uint32_t len = frame_make(fx->frame, &spec);
		const uint8_t *tcp = fx->frame + 34 + 20 * (i & 1);
		struct guard_pass pass;

		assert_int_equal(feed(fx, len, &pass), PASSES);
		assert_int_equal(tcp[13], TCP_ACK);
		assert_int_equal(get_be16(tcp + 18), 0);
		assert_int_equal(tcp[20], 'x');
		assert_true(frame_sums_ok(fx->frame));
	}
}

/** A wrong checksum stays wrong: the guard vouches for nothing. */
static void test_bad_sum_stays_bad(void **state)
{
	struct fixture *fx = *state;
	struct frame_spec spec = {.protocol = IP_PROTO_TCP,
				  .src = G4,
				  .dst = "198.51.100.1",
				  .sport = 1,
				  .dport = 2,
				  .flags = TCP_ACK | TCP_URG,
				  .urgent = 9};
	uint32_t len = frame_make(fx->frame, &spec);
	struct guard_pass pass;

	fx->frame[50] ^= 1;
	assert_int_equal(feed(fx, len, &pass), PASSES);
	assert_false(frame_sums_ok(fx->frame));
}

/** check_dns() - a question goes to the server, its answer comes from the DNS address */
static void check_dns(struct fixture *fx, uint8_t protocol, bool v6)
{
	struct frame_spec ask = {.protocol = protocol,
				 .src = v6 ? G6 : G4,
				 .dst = v6 ? "fec0::3" : "10.0.2.3",
				 .sport = 4000,
				 .dport = 53,
				 .flags = TCP_SYN,
				 .data = "question",
				 .len = 8};
	struct frame_spec answer = {.protocol = protocol,
				    .src = v6 ? "2001:db8::53" : "127.0.0.53",
				    .dst = ask.src,
				    .sport = v6 ? 5353 : 53,
				    .dport = 4000,
				    .flags = TCP_SYN | TCP_ACK,
				    .data = "reply",
				    .len = 5};
	uint32_t addrs = v6 ? 22 : 26, addr_len = v6 ? 16 : 4, l4 = v6 ? 54 : 34, len;
	struct guard_pass pass;
	uint8_t expected[FRAME_ROOM];
	const uint8_t *out;

	assert_int_equal(feed(fx, frame_make(fx->frame, &ask), &pass), PASSES);
	frame_make(expected, &answer);
	assert_memory_equal(fx->frame + addrs + addr_len, expected + addrs, addr_len);
	assert_int_equal(get_be16(fx->frame + l4 + 2), answer.sport);
	assert_true(frame_sums_ok(fx->frame));
	len = frame_make(fx->frame, &answer);
	out = guard_egress(&fx->guard, fx->frame, len, 1);
	assert_non_null(out);
	frame_make(expected, &ask);
	assert_memory_equal(out + addrs, expected + addrs + addr_len, addr_len);
	assert_int_equal(get_be16(out + l4), 53);
	assert_true(frame_sums_ok(out));
	/* Who did not ask gets no such answer: it comes as it is, but for the loopback's address. */
	answer.dport = 4001;
	len = frame_make(fx->frame, &answer);
	out = guard_egress(&fx->guard, fx->frame, len, 1);
	assert_non_null(out);
	assert_int_equal(get_be16(out + l4), answer.sport);
}

static void test_dns_is_rewritten(void **state)
{
	check_dns(*state, IP_PROTO_UDP, false);
	check_dns(*state, IP_PROTO_TCP, false);
	check_dns(*state, IP_PROTO_UDP, true);
	check_dns(*state, IP_PROTO_TCP, true);
}

static void test_dns_without_server(void **state)
{
	struct fixture *fx = *state;
	struct frame_spec v4 = {UDP, .src = G4, .dst = "10.0.2.3", .dport = 53};
	struct frame_spec v6 = {UDP, .src = G6, .dst = "fec0::3", .dport = 53};
	union host_addr only;
	struct guard_pass pass;

	host_addr_parse_port("2001:db8::1", 53, &only);
	guard_set_dns(&fx->guard, &only, 1);
	assert_int_equal(feed(fx, frame_make(fx->frame, &v4), &pass), DROP_NO_DNS);
	assert_int_equal(feed(fx, frame_make(fx->frame, &v6), &pass), PASSES);
	guard_set_dns(&fx->guard, NULL, 0);
	assert_int_equal(feed(fx, frame_make(fx->frame, &v6), &pass), DROP_NO_DNS);
}

/** The API is out of reach through dns-upstream, too. */
static void test_dns_is_no_way_to_the_api(void **state)
{
	struct fixture *fx = *state;
	struct frame_spec spec = {TCP, .src = G4, .dst = "10.0.2.3", .dport = 53};
	union host_addr api;
	struct guard_pass pass;

	host_addr_parse_port("127.0.0.1:8080", 53, &api);
	guard_set_dns(&fx->guard, &api, 1);
	assert_int_equal(feed(fx, frame_make(fx->frame, &spec), &pass), DROP_API_PORT);
}

/** Answers that libslirp cut into fragments keep one source; ICMP errors tell no server's address. */
static void test_dns_fragments_and_errors(void **state)
{
	struct fixture *fx = *state;
	struct frame_spec ask = {UDP, .src = G4, .dst = "10.0.2.3", .dport = 53};
	struct frame_spec part = {.protocol = IP_PROTO_UDP,
				  .src = "127.0.0.53",
				  .dst = G4,
				  .sport = 53,
				  .dport = 40000,
				  .len = 1472};
	struct frame_spec error = {
		.protocol = IP_PROTO_ICMP, .src = "10.0.2.2", .dst = G4, .sport = 3, .dport = 3};
	uint8_t quote[28], alias[4] = {10, 0, 2, 3};
	struct guard_pass pass;
	const uint8_t *out;
	uint32_t len;

	assert_int_equal(feed(fx, frame_make(fx->frame, &ask), &pass), PASSES);
	memcpy(quote, fx->frame + 14, sizeof(quote));
	len = frame_make(fx->frame, &part);
	put_be16(fx->frame + 20, 0x2000);
	frame_fix_ip(fx->frame);
	out = guard_egress(&fx->guard, fx->frame, len, 1);
	assert_memory_equal(out + 26, alias, 4);
	put_be16(fx->frame + 20, 185);
	frame_fix_ip(fx->frame);
	out = guard_egress(&fx->guard, fx->frame, len, 1);
	assert_memory_equal(out + 26, alias, 4);
	assert_int_equal(checksum_fold(checksum_add(0, out + 14, 20)), 0xffff);
	error.data = quote;
	error.len = sizeof(quote);
	len = frame_make(fx->frame, &error);
	assert_null(guard_egress(&fx->guard, fx->frame, len, 1));
	assert_int_equal(fx->port.stats->drops[DROP_ICMP], 1);
}

/** A forwarded UDP port's local client may be answered, nobody else at the host's loopback. */
static void test_udp_peers(void **state)
{
	struct fixture *fx = *state;
	struct frame_spec in = {.protocol = IP_PROTO_UDP,
				.src = "127.0.0.1",
				.dst = G4,
				.sport = 50000,
				.dport = 7,
				.len = 3};
	struct frame_spec out = {.protocol = IP_PROTO_UDP,
				 .src = G4,
				 .dst = "10.0.2.2",
				 .sport = 7,
				 .dport = 50000,
				 .len = 3};
	uint8_t host[4] = {10, 0, 2, 2};
	struct guard_pass pass;
	const uint8_t *seen;
	uint32_t len;

	assert_int_equal(feed(fx, frame_make(fx->frame, &out), &pass), DROP_LOOPBACK);
	len = frame_make(fx->frame, &in);
	seen = guard_egress(&fx->guard, fx->frame, len, 1);
	assert_memory_equal(seen + 26, host, 4);
	assert_true(frame_sums_ok(seen));
	assert_int_equal(feed(fx, frame_make(fx->frame, &out), &pass), PASSES);
	out.dport = 50001;
	assert_int_equal(feed(fx, frame_make(fx->frame, &out), &pass), DROP_LOOPBACK);
	out.dport = 50000;
	out.sport = 8;
	assert_int_equal(feed(fx, frame_make(fx->frame, &out), &pass), DROP_LOOPBACK);
}

/** Leases outside of a small network never reach the guest. */
static void test_leases(void **state)
{
	struct fixture *fx = *state;
	uint8_t dhcp[300] = {2};
	struct frame_spec offer = {.protocol = IP_PROTO_UDP,
				   .src = "10.0.2.2",
				   .dst = "255.255.255.255",
				   .sport = 67,
				   .dport = 68,
				   .data = dhcp,
				   .len = sizeof(dhcp)};
	static const struct {
		const char *addr;
		bool passes;
	} cases[] = {{"10.0.2.15", true}, {"0.0.0.0", true},   {"10.0.2.255", false},
		     {"10.0.3.0", false}, {"10.0.2.2", false}, {"10.0.2.3", false},
		     {"10.0.2.30", true}, {"192.0.2.1", false}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t len;

		inet_pton(AF_INET, cases[i].addr, dhcp + 16);
		len = frame_make(fx->frame, &offer);
		assert_int_equal(guard_egress(&fx->guard, fx->frame, len, 1) != NULL,
				 cases[i].passes);
	}
}

/** The real test for addresses of the host: the loopback's are, a documentation address is not. */
static void test_is_local(void **state)
{
	union host_addr addr;

	(void)state;
	host_addr_parse_port("127.0.0.1:80", 0, &addr);
	assert_true(guard_is_local(&addr));
	host_addr_parse_port("127.9.9.9:80", 0, &addr);
	assert_true(guard_is_local(&addr));
	host_addr_parse_port("198.51.100.1:80", 0, &addr);
	assert_false(guard_is_local(&addr));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_rules, setup, teardown),
		cmocka_unit_test_setup_teardown(test_segments_of_forwards_pass, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_ping_socket, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ethertypes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_arp, setup, teardown),
		cmocka_unit_test_setup_teardown(test_malformed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_truncated, setup, teardown),
		cmocka_unit_test_setup_teardown(test_padding_is_cut, setup, teardown),
		cmocka_unit_test_setup_teardown(test_options_are_cut, setup, teardown),
		cmocka_unit_test_setup_teardown(test_urgent_is_cleared, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_sum_stays_bad, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dns_is_rewritten, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dns_without_server, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dns_is_no_way_to_the_api, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dns_fragments_and_errors, setup, teardown),
		cmocka_unit_test_setup_teardown(test_udp_peers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_leases, setup, teardown),
		cmocka_unit_test(test_is_local),
	};

	return cmocka_run_group_tests_name("slirp_guard", tests, NULL, NULL);
}
