/* SPDX-License-Identifier: BSD-2-Clause */
/* The whole user netdev, from a card's port to sockets of this host's loopback and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/base/bytes.h"
#include "tests/support/user_fixture.h"

#define PAYLOAD 60000

/** dhcp() - the address that is offered */
static const char *dhcp(struct user_fixture *fx)
{
	static char text[INET_ADDRSTRLEN];
	const struct mini_frame *f = dhcp_discover(fx);

	assert_true(frame_sums_ok(f->data));
	assert_int_equal(f->data[14 + 28 + 236 + 6], 2); /* offer */
	inet_ntop(AF_INET, f->data + 14 + 28 + 16, text, sizeof(text));
	return text;
}

static void test_dhcp(void **state)
{
	struct user_fixture *fx = user_fixture_start("{\"type\":\"user\"}");

	(void)state;
	assert_string_equal(dhcp(fx), "10.0.2.15");
	user_fixture_stop(fx);
	fx = user_fixture_start(
		"{\"type\":\"user\",\"net\":\"192.168.76.0/24\",\"dhcpstart\":\"192.168.76.9\"}");
	assert_string_equal(dhcp(fx), "192.168.76.9");
	user_fixture_stop(fx);
}

static void test_ping_of_the_host(void **state)
{
	struct user_fixture *fx = user_fixture_start("{\"type\":\"user\"}");
	struct frame_spec ping = {.protocol = IP_PROTO_ICMP,
				  .sport = 8,
				  .src = GUEST,
				  .dst = "10.0.2.2",
				  .data = "pingpong",
				  .len = 8};
	struct frame_spec ping6 = {.protocol = IP_PROTO_ICMPV6,
				   .sport = 128,
				   .src = GUEST6,
				   .dst = "fec0::2",
				   .data = "pingpong",
				   .len = 8};
	uint8_t target[16];
	struct frame_spec ns = {.protocol = IP_PROTO_ICMPV6,
				.sport = 135,
				.src = GUEST6,
				.dst = "ff02::1:ff00:2",
				.data = target,
				.len = 16};
	const struct mini_frame *f;

	(void)state;
	assert_true(mini_guest_arp(&fx->guest, GUEST, "10.0.2.2"));
	mini_guest_make(&fx->guest, &ping);
	f = mini_guest_wait(&fx->guest, IP_PROTO_ICMP, 0);
	assert_non_null(f);
	assert_memory_equal(f->data + 42, "pingpong", 8);
	inet_pton(AF_INET6, "fec0::2", target);
	mini_guest_make(&fx->guest, &ns);
	do {
		f = mini_guest_wait(&fx->guest, IP_PROTO_ICMPV6, 0);
		assert_non_null(f);
	} while (f->data[54] != 136);
	mini_guest_make(&fx->guest, &ping6);
	do {
		f = mini_guest_wait(&fx->guest, IP_PROTO_ICMPV6, 0);
		assert_non_null(f);
	} while (f->data[54] != 129);
	assert_memory_equal(f->data + 62, "pingpong", 8);
	user_fixture_stop(fx);
}

/** pattern() - 60 KB that no shift of them equals */
static uint8_t *pattern(void)
{
	uint8_t *p = malloc(PAYLOAD);

	for (int i = 0; i < PAYLOAD; i++)
		p[i] = (uint8_t)(i * 7 + i / 251);
	return p;
}

/** accepted() - the connection that the guest made */
static int accepted(struct user_fixture *fx, int listener, struct frame_spec *c)
{
	assert_true(mini_guest_arp(&fx->guest, GUEST, "10.0.2.2"));
	assert_true(mini_guest_connect(&fx->guest, c));
	assert_true(host_readable(fx, listener));
	return accept(listener, NULL, NULL);
}

/** A 60 KB TSO frame arrives as one, byte for byte. */
static void test_bulk_out(void **state)
{
	struct user_fixture *fx = user_fixture_start("{\"type\":\"user\",\"host-loopback\":true}");
	struct frame_spec c = {.src = GUEST, .dst = "10.0.2.2", .sport = 40000};
	uint8_t *sent = pattern(), *got = malloc(PAYLOAD), *frame = malloc(FRAME_ROOM);
	int listener = host_socket("127.0.0.1", SOCK_STREAM, &c.dport);
	int fd = accepted(fx, listener, &c);
	struct packet p;
	struct iovec iov;

	(void)state;
	c.data = sent;
	c.len = PAYLOAD;
	packet_from_buffer(&p, &iov, frame, frame_make(frame, &c));
	p.offload = (struct offload){.gso_type = GSO_TCPV4,
				     .gso_size = 1460,
				     .hdr_len = 54,
				     .csum_start = 34,
				     .csum_offset = 16};
	assert_int_equal(port_send(&fx->guest.port, &p, 1), 1);
	assert_int_equal(fx->backend->port->stats->taken_packets, 4); /* ARP, SYN, ACK, this */
	for (uint32_t have = 0; have < PAYLOAD;) {
		ssize_t n;

		assert_true(host_readable(fx, fd));
		n = read(fd, got + have, PAYLOAD - have);
		assert_true(n > 0);
		have += (uint32_t)n;
	}
	assert_memory_equal(got, sent, PAYLOAD);
	close(fd);
	close(listener);
	free(sent);
	free(got);
	free(frame);
	user_fixture_stop(fx);
}

/** Four times 60 KB come in, in frames of the MTU, acknowledged as they come. */
static void test_bulk_in(void **state)
{
	struct user_fixture *fx = user_fixture_start("{\"type\":\"user\",\"host-loopback\":true}");
	struct frame_spec c = {.src = GUEST, .dst = "10.0.2.2", .sport = 40000, .window = 65535};
	uint8_t *sent = pattern();
	int listener = host_socket("127.0.0.1", SOCK_STREAM, &c.dport);
	int fd = accepted(fx, listener, &c);

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(write(fd, sent, PAYLOAD), PAYLOAD);
	for (uint32_t have = 0; have < 4 * PAYLOAD;) {
		const struct mini_frame *f = mini_guest_wait(&fx->guest, IP_PROTO_TCP, c.sport);
		uint32_t n;

		assert_non_null(f);
		assert_true(frame_sums_ok(f->data));
		assert_true(f->len <= 1514);
		n = get_be16(f->data + 16) - 40u;
		if (get_be32(f->data + 38) != c.ack)
			continue;
		for (uint32_t k = 0; k < n; k++)
			assert_int_equal(f->data[54 + k], sent[(have + k) % PAYLOAD]);
		have += n;
		c.ack += n;
		mini_guest_make(&fx->guest, &c);
	}
	close(fd);
	close(listener);
	free(sent);
	user_fixture_stop(fx);
}

/** The same over IPv6, in frames of the MTU, in both directions. */
static void test_tcp6(void **state)
{
	struct user_fixture *fx = user_fixture_start("{\"type\":\"user\",\"host-loopback\":true}");
	struct frame_spec c = {.src = GUEST6, .dst = "fec0::2", .sport = 40000};
	struct frame_spec rs = {
		.protocol = IP_PROTO_ICMPV6, .sport = 133, .src = GUEST6, .dst = "ff02::2"};
	int listener = host_socket("::1", SOCK_STREAM, &c.dport), fd;
	const struct mini_frame *f;
	char got[16] = "";

	(void)state;
	mini_guest_make(&fx->guest, &rs);
	assert_non_null(mini_guest_wait(&fx->guest, IP_PROTO_ICMPV6, 0));
	assert_true(mini_guest_connect(&fx->guest, &c));
	assert_true(host_readable(fx, listener));
	fd = accept(listener, NULL, NULL);
	c.data = "to the host";
	c.len = 11;
	mini_guest_make(&fx->guest, &c);
	assert_true(host_readable(fx, fd));
	assert_int_equal(read(fd, got, sizeof(got)), 11);
	assert_string_equal(got, "to the host");
	assert_int_equal(write(fd, "to the guest", 12), 12);
	do {
		f = mini_guest_wait(&fx->guest, IP_PROTO_TCP, c.sport);
		assert_non_null(f);
	} while (get_be16(f->data + 18) != 20 + 12);
	assert_memory_equal(f->data + 74, "to the guest", 12);
	close(fd);
	close(listener);
	user_fixture_stop(fx);
}

/** The guest is refused when the host's port is closed, and hears it at once. */
static void test_refused(void **state)
{
	struct user_fixture *fx = user_fixture_start("{\"type\":\"user\",\"host-loopback\":true}");
	struct frame_spec c = {.protocol = IP_PROTO_TCP,
			       .src = GUEST,
			       .dst = "10.0.2.2",
			       .sport = 40000,
			       .flags = TCP_SYN};
	const struct mini_frame *f;

	(void)state;
	close(host_socket("127.0.0.1", SOCK_STREAM, &c.dport));
	assert_true(mini_guest_arp(&fx->guest, GUEST, "10.0.2.2"));
	mini_guest_make(&fx->guest, &c);
	f = mini_guest_wait(&fx->guest, IP_PROTO_TCP, 40000);
	assert_non_null(f);
	assert_true(f->data[47] & TCP_RST);
	user_fixture_stop(fx);
}

/** Row 58: the host's loopback only on request, the API never. */
static void test_host_loopback(void **state)
{
	struct frame_spec c = {.src = GUEST, .dst = "10.0.2.2", .sport = 40000};
	int listener = host_socket("127.0.0.1", SOCK_STREAM, &c.dport);
	struct host_facts facts = {.api_ports = {c.dport}, .api_port_count = 1};
	static const char *const targets[] = {"10.0.2.2", "127.0.0.1", "0.0.0.0"};
	struct user_fixture *fx = user_fixture_start("{\"type\":\"user\"}");

	(void)state;
	assert_true(mini_guest_arp(&fx->guest, GUEST, "10.0.2.2"));
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		c.dst = targets[i];
		c.protocol = IP_PROTO_TCP;
		c.flags = TCP_SYN;
		mini_guest_make(&fx->guest, &c);
		assert_int_equal(user_drops(fx, DROP_LOOPBACK), i + 1);
	}
	user_fixture_stop(fx);
	fx = user_fixture_start("{\"type\":\"user\",\"host-loopback\":true}");
	assert_true(mini_guest_arp(&fx->guest, GUEST, "10.0.2.2"));
	c.dst = "10.0.2.2";
	assert_true(mini_guest_connect(&fx->guest, &c));
	mini_guest_turn(&fx->guest, 1);
	fx->backend->class->host_changed(fx->backend, &facts);
	c.sport++;
	c.flags = TCP_SYN;
	mini_guest_make(&fx->guest, &c);
	assert_int_equal(user_drops(fx, DROP_API_PORT), 1);
	user_fixture_stop(fx);
	close(listener);
}

/** Row 43: a segment with URG; the host's peer gets exactly the bytes that were sent. */
static void test_urgent(void **state)
{
	static const uint16_t pointers[] = {1, 2, 100, 2000, 2048, 4000};
	struct user_fixture *fx = user_fixture_start("{\"type\":\"user\",\"host-loopback\":true}");
	struct frame_spec c = {.src = GUEST, .dst = "10.0.2.2", .sport = 40000};
	int listener = host_socket("127.0.0.1", SOCK_STREAM, &c.dport), fd;
	char got[64];
	ssize_t n = 0;

	(void)state;
	assert_true(mini_guest_arp(&fx->guest, GUEST, "10.0.2.2"));
	assert_true(mini_guest_connect(&fx->guest, &c));
	assert_true(host_readable(fx, listener));
	fd = accept(listener, NULL, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(pointers); i++) {
		c.flags = TCP_ACK | TCP_PSH | TCP_URG;
		c.urgent = pointers[i];
		c.data = &"abcdef"[i];
		c.len = 1;
		mini_guest_make(&fx->guest, &c);
		c.seq++;
	}
	c.flags = TCP_ACK | TCP_FIN;
	c.urgent = 0;
	c.len = 0;
	mini_guest_make(&fx->guest, &c);
	for (;;) {
		ssize_t more;

		assert_true(host_readable(fx, fd));
		more = read(fd, got + n, sizeof(got) - (size_t)n);
		if (more <= 0)
			break;
		n += more;
	}
	assert_int_equal(n, 6);
	assert_memory_equal(got, "abcdef", 6);
	close(fd);
	close(listener);
	user_fixture_stop(fx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dhcp),          cmocka_unit_test(test_ping_of_the_host),
		cmocka_unit_test(test_bulk_out),      cmocka_unit_test(test_bulk_in),
		cmocka_unit_test(test_tcp6),          cmocka_unit_test(test_refused),
		cmocka_unit_test(test_host_loopback), cmocka_unit_test(test_urgent),
	};

	return cmocka_run_group_tests_name("user_stack", tests, NULL, NULL);
}
