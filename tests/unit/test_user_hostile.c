/* SPDX-License-Identifier: BSD-2-Clause */
/* Hostile frames against the real libslirp behind the guard: afterwards it still works. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/base/bytes.h"
#include "net/core/checksum.h"
#include "tests/support/user_fixture.h"

#define BOOTP_LEN  548
#define BOOTP_MIN  300 /* what libslirp's struct takes, more or less */
#define NOISE      20000
#define SEED_COUNT 8

/** works() - is the netdev alive and answers? */
static void works(struct user_fixture *fx)
{
	struct frame_spec ping = {.protocol = IP_PROTO_ICMP,
				  .sport = 8,
				  .src = GUEST,
				  .dst = "10.0.2.2",
				  .data = "still there?",
				  .len = 12};
	const struct mini_frame *f;

	mini_guest_turn(&fx->guest, 1);
	fx->guest.count = 0;
	assert_true(mini_guest_arp(&fx->guest, GUEST, "10.0.2.2"));
	mini_guest_make(&fx->guest, &ping);
	do {
		f = mini_guest_wait(&fx->guest, IP_PROTO_ICMP, 0);
		assert_non_null(f);
	} while (f->data[34] != 0);
	assert_memory_equal(f->data + 42, "still there?", 12);
}

/** check_error() - an ICMP error must quote what was sent, and no byte more (row 56a) */
static void check_error(struct user_fixture *fx, const uint8_t *sent, uint32_t len, uint8_t type)
{
	const struct mini_frame *f;
	uint32_t quoted;

	fx->guest.count = 0;
	assert_true(mini_guest_send(&fx->guest, sent, len));
	f = mini_guest_wait(&fx->guest, IP_PROTO_ICMP, 0);
	assert_non_null(f);
	assert_int_equal(f->data[34], type);
	quoted = get_be16(f->data + 16) - 28u;
	assert_true(quoted <= len - 14);
	assert_true(quoted >= 28);
	assert_memory_equal(f->data + 42 + 12, sent + 14 + 12, 8); /* addresses */
	assert_memory_equal(f->data + 42 + 20, sent + 34, quoted - 20);
	assert_true(frame_sums_ok(f->data));
}

static void test_icmp_errors(void **state)
{
	static const uint32_t lens[] = {0, 1, 100, 500, 548, 1000, 1472};
	struct user_fixture *fx = user_fixture_start("{\"type\":\"user\",\"host-loopback\":true}");
	struct frame_spec d = {.protocol = IP_PROTO_UDP,
			       .src = GUEST,
			       .dst = "198.51.100.1",
			       .sport = 5,
			       .dport = 9};
	uint8_t frame[2048], data[1472];

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 11);
	assert_true(mini_guest_arp(&fx->guest, GUEST, "10.0.2.2"));
	d.data = data;
	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		uint32_t len;

		d.len = lens[i];
		d.dst = "198.51.100.1";
		len = frame_make(frame, &d);
		frame[22] = 1; /* TTL */
		frame_fix(frame);
		check_error(fx, frame, len, 11);
		d.dst = "10.0.2.2";
		d.sport++;
		close(host_socket("127.0.0.1", SOCK_DGRAM, &d.dport));
		len = frame_make(frame, &d);
		check_error(fx, frame, len, 3);
	}
	works(fx);
	user_fixture_stop(fx);
}

/** Rows 51, 54: BOOTP of every length, options that reach beyond the end. */
static void test_bootp(void **state)
{
	static const uint8_t cookie[] = {99, 130, 83, 99};
	struct user_fixture *fx = user_fixture_start("{\"type\":\"user\"}");
	uint8_t bootp[BOOTP_LEN] = {1, 1, 6, 0};
	struct frame_spec spec = {.protocol = IP_PROTO_UDP,
				  .src = "0.0.0.0",
				  .dst = "255.255.255.255",
				  .sport = 68,
				  .dport = 67,
				  .data = bootp};

	(void)state;
	memcpy(bootp + 236, cookie, sizeof(cookie));
	for (spec.len = 0; spec.len < BOOTP_LEN; spec.len++) {
		mini_guest_make(&fx->guest, &spec);
		if (spec.len % 64 == 0)
			mini_guest_turn(&fx->guest, 1);
	}
	for (int option = 0; option < 256; option++) {
		memset(bootp + 240, 0, BOOTP_LEN - 240);
		bootp[240] = (uint8_t)option;
		bootp[241] = 255;
		bootp[BOOTP_LEN - 2] = (uint8_t)option;
		bootp[BOOTP_LEN - 1] = 200;
		spec.len = option & 1 ? BOOTP_LEN : BOOTP_MIN;
		mini_guest_make(&fx->guest, &spec);
		if (option % 64 == 0)
			mini_guest_turn(&fx->guest, 1);
	}
	works(fx);
	user_fixture_stop(fx);
}

/** Row 49: connections that end in every state with data queued; a netdev that ends amid them. */
static void test_ends_of_connections(void **state)
{
	static const uint8_t ends[][3] = {
		{TCP_RST, 0, 0},
		{TCP_RST | TCP_ACK, TCP_SYN, 0},
		{TCP_FIN | TCP_ACK, TCP_RST, 0},
		{TCP_FIN | TCP_ACK, TCP_SYN, TCP_ACK},
		{TCP_SYN | TCP_FIN, TCP_SYN | TCP_RST, TCP_ACK},
		{TCP_ACK, TCP_FIN, TCP_FIN | TCP_ACK},
		{0, 0xff, TCP_SYN},
	};
	struct user_fixture *fx = user_fixture_start("{\"type\":\"user\",\"host-loopback\":true}");
	struct frame_spec c = {.src = GUEST, .dst = "10.0.2.2", .sport = 40000};
	int listener = host_socket("127.0.0.1", SOCK_STREAM, &c.dport);

	(void)state;
	assert_true(mini_guest_arp(&fx->guest, GUEST, "10.0.2.2"));
	for (size_t i = 0; i < ARRAY_SIZE(ends) * 3; i++) {
		int fd;

		c.sport++;
		c.len = 0;
		assert_true(mini_guest_connect(&fx->guest, &c));
		fd = accept(listener, NULL, NULL);
		assert_true(fd >= 0);
		if (i % 3)
			assert_true(write(fd, "data that nobody takes", 22) == 22);
		if (i % 3 == 2)
			close(fd);
		c.len = 100;
		mini_guest_make(&fx->guest, &c);
		for (int k = 0; k < 3; k++) {
			c.flags = ends[i / 3][k];
			c.seq += (uint32_t)k * 50;
			mini_guest_make(&fx->guest, &c);
			mini_guest_turn(&fx->guest, k == 2);
		}
		if (i % 3 != 2)
			close(fd);
	}
	works(fx);
	c.sport++;
	c.len = 0;
	assert_true(mini_guest_connect(&fx->guest, &c));
	close(listener);
	user_fixture_stop(fx);
}

/** make_seed() - one of some ordinary frames */
static uint32_t make_seed(uint8_t *frame, int which, uint16_t host_port)
{
	static const uint8_t mac[6] = {0x52, 0x54, 0, 1, 2, 3};
	const struct frame_spec seeds[SEED_COUNT - 1] = {
		{.protocol = IP_PROTO_UDP,
		 .src = "0.0.0.0",
		 .dst = "255.255.255.255",
		 .sport = 68,
		 .dport = 67,
		 .len = 300},
		{.protocol = IP_PROTO_TCP,
		 .src = GUEST,
		 .dst = "10.0.2.2",
		 .sport = 4000,
		 .dport = host_port,
		 .flags = TCP_SYN,
		 .len = 8},
		{.protocol = IP_PROTO_TCP,
		 .src = GUEST,
		 .dst = "10.0.2.2",
		 .sport = 4000,
		 .dport = host_port,
		 .flags = TCP_ACK | TCP_PSH,
		 .seq = 1,
		 .len = 60},
		{.protocol = IP_PROTO_UDP,
		 .src = GUEST,
		 .dst = "10.0.2.2",
		 .sport = 4000,
		 .dport = host_port,
		 .len = 60},
		{.protocol = IP_PROTO_ICMP, .src = GUEST, .dst = "10.0.2.2", .sport = 8, .len = 60},
		{.protocol = IP_PROTO_ICMPV6,
		 .src = GUEST6,
		 .dst = "fec0::2",
		 .sport = 135,
		 .len = 24},
		{.protocol = IP_PROTO_UDP,
		 .src = "fe80::15",
		 .dst = "ff02::1:2",
		 .sport = 546,
		 .dport = 547,
		 .len = 60},
	};

	if (which == SEED_COUNT - 1)
		return frame_arp(frame, mac, GUEST, "10.0.2.2");
	return frame_make(frame, &seeds[which]);
}

/** Frames with some bytes changed and, mostly, right checksums again. */
static void test_noise(void **state)
{
	struct user_fixture *fx = user_fixture_start("{\"type\":\"user\",\"host-loopback\":true,"
						     "\"hostfwd\":[\"tcp::0-:22\"]}");
	uint8_t frame[2048];
	uint16_t port;
	int listener = host_socket("127.0.0.1", SOCK_STREAM, &port);

	(void)state;
	srand(11);
	for (int i = 0; i < NOISE; i++) {
		uint32_t len = make_seed(frame, rand() % SEED_COUNT, port);
		bool ip = get_be16(frame + 12) != ETH_TYPE_ARP;

		for (int k = rand() % 4; k > 0; k--)
			frame[14 + (uint32_t)rand() % (len - 14)] = (uint8_t)rand();
		if (ip && rand() % 8 && (frame[14] == 0x45 || frame[14] == 0x60) &&
		    get_be16(frame + (frame[14] == 0x45 ? 16 : 18)) <= len - 14 &&
		    get_be16(frame + 16) >= (frame[14] == 0x45 ? 40 : 0))
			frame_fix(frame);
		while (!mini_guest_send(&fx->guest, frame, len))
			loop_turn(fx->loop, 0);
	}
	works(fx);
	close(listener);
	user_fixture_stop(fx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_icmp_errors),
		cmocka_unit_test(test_bootp),
		cmocka_unit_test(test_ends_of_connections),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests_name("user_hostile", tests, NULL, NULL);
}
