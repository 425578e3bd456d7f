/* SPDX-License-Identifier: BSD-2-Clause */
/* Forwards, DNS and back-pressure of the whole user netdev. */
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
#include <time.h>
#include <unistd.h>

#include "net/base/bytes.h"
#include "tests/support/user_fixture.h"

/** host_refuses() - does nobody listen there? */
static bool host_refuses(const char *addr, uint16_t port)
{
	union host_addr a;
	int fd, ret;

	host_addr_parse(addr, &a);
	host_addr_set_port(&a, port);
	fd = socket(a.sa.sa_family, SOCK_STREAM, 0);
	ret = connect(fd, &a.sa, host_addr_len(&a));
	close(fd);
	return ret < 0;
}

/** start() - a netdev with one forward */
static struct user_fixture *start(const char *rule, bool restricted)
{
	char json[160];

	snprintf(json, sizeof(json), "{\"type\":\"user\",\"restrict\":%s,\"hostfwd\":[\"%s\"]}",
		 restricted ? "true" : "false", rule);
	return user_fixture_start(json);
}

/** check_forward_tcp() - from a host client to the guest and back */
static void check_forward_tcp(const char *rule, const char *host, const char *guest,
			      bool restricted)
{
	struct user_fixture *fx;
	struct frame_spec c = {.protocol = IP_PROTO_TCP,
			       .src = guest,
			       .dst = strchr(guest, ':') ? "fec0::2" : "10.0.2.2",
			       .sport = 22,
			       .flags = TCP_SYN | TCP_ACK,
			       .seq = 5000};
	bool v6 = strchr(guest, ':');
	struct frame_spec rs = {
		.protocol = IP_PROTO_ICMPV6, .sport = 133, .src = guest, .dst = "ff02::2"};
	const struct mini_frame *f;
	uint32_t tcp = v6 ? 54 : 34;
	char got[8] = "";
	uint16_t port;
	int fd;

	fx = start(rule, restricted);
	if (v6)
		mini_guest_make(&fx->guest, &rs);
	else
		assert_true(mini_guest_arp(&fx->guest, GUEST, "10.0.2.2"));
	mini_guest_turn(&fx->guest, 5);
	port = user_forward_port(fx, 0);
	fd = host_client(host, port, SOCK_STREAM);
	f = mini_guest_wait(&fx->guest, IP_PROTO_TCP, 22);
	assert_non_null(f);
	assert_int_equal(f->data[tcp + 13], TCP_SYN);
	c.dport = get_be16(f->data + tcp);
	c.ack = get_be32(f->data + tcp + 4) + 1;
	mini_guest_make(&fx->guest, &c);
	assert_non_null(mini_guest_wait(&fx->guest, IP_PROTO_TCP, 22));
	c.flags = TCP_ACK;
	c.seq++;
	c.data = "hello";
	c.len = 5;
	mini_guest_make(&fx->guest, &c);
	assert_true(host_readable(fx, fd));
	assert_int_equal(read(fd, got, sizeof(got)), 5);
	assert_string_equal(got, "hello");
	assert_int_equal(fx->uses[0], 1);
	fx->backend->class->unforward(fx->backend, 0);
	c.seq += 5;
	c.data = "again";
	mini_guest_make(&fx->guest, &c); /* the connection stays, though no other can be made */
	assert_true(host_readable(fx, fd));
	assert_int_equal(read(fd, got, sizeof(got)), 5);
	assert_true(host_refuses(host, port));
	close(fd);
	user_fixture_stop(fx);
}

static void test_forward_tcp(void **state)
{
	(void)state;
	for (int restricted = 0; restricted < 2; restricted++) {
		check_forward_tcp("tcp::0-:22", "127.0.0.1", GUEST, restricted);
		check_forward_tcp("tcp:127.0.0.5:0-10.0.2.15:22", "127.0.0.5", GUEST, restricted);
		check_forward_tcp("tcp:[::1]:0-[fec0::15]:22", "::1", GUEST6, restricted);
		check_forward_tcp("tcp:[::1]:0-:22", "::1", GUEST6, restricted);
	}
}

/** check_forward_udp() - a datagram from the host to the guest, and the answer */
static void check_forward_udp(const char *rule, const char *host, bool v6, bool restricted)
{
	struct user_fixture *fx;
	struct frame_spec d = {.protocol = IP_PROTO_UDP,
			       .src = v6 ? GUEST6 : GUEST,
			       .dst = v6 ? "fec0::2" : "10.0.2.2",
			       .sport = 7,
			       .data = "pong",
			       .len = 4};
	struct frame_spec rs = {
		.protocol = IP_PROTO_ICMPV6, .sport = 133, .src = GUEST6, .dst = "ff02::2"};
	uint32_t udp = v6 ? 54 : 34;
	const struct mini_frame *f;
	char got[8] = "";
	int fd;

	fx = start(rule, restricted);
	if (v6)
		mini_guest_make(&fx->guest, &rs);
	else
		assert_true(mini_guest_arp(&fx->guest, GUEST, "10.0.2.2"));
	fd = host_client(host, user_forward_port(fx, 0), SOCK_DGRAM);
	assert_int_equal(write(fd, "ping", 4), 4);
	f = mini_guest_wait(&fx->guest, IP_PROTO_UDP, 7);
	assert_non_null(f);
	assert_true(frame_sums_ok(f->data));
	assert_memory_equal(f->data + udp + 8, "ping", 4);
	d.dport = get_be16(f->data + udp);
	mini_guest_make(&fx->guest, &d);
	assert_true(host_readable(fx, fd));
	assert_int_equal(read(fd, got, sizeof(got)), 4);
	assert_string_equal(got, "pong");
	assert_int_equal(fx->uses[0], 1);
	d.dport ^= 1; /* but nobody else on the loopback */
	mini_guest_make(&fx->guest, &d);
	assert_int_equal(user_drops(fx, restricted ? DROP_RESTRICTED : DROP_LOOPBACK), 1);
	close(fd);
	user_fixture_stop(fx);
}

static void test_forward_udp(void **state)
{
	(void)state;
	for (int restricted = 0; restricted < 2; restricted++) {
		check_forward_udp("udp::0-:7", "127.0.0.1", false, restricted);
		check_forward_udp("udp:[::1]:0-[fec0::15]:7", "::1", true, restricted);
	}
}

/** A question to 10.0.2.3 reaches a server on this host's loopback, which is barred otherwise. */
static void test_dns(void **state)
{
	uint16_t port;
	int server = host_socket("127.0.0.53", SOCK_DGRAM, &port);
	struct frame_spec ask = {.protocol = IP_PROTO_UDP,
				 .src = GUEST,
				 .dst = "10.0.2.3",
				 .sport = 4000,
				 .dport = 53,
				 .data = "who?",
				 .len = 4};
	uint8_t alias[4] = {10, 0, 2, 3};
	union host_addr from;
	socklen_t from_len = sizeof(from);
	const struct mini_frame *f;
	struct user_fixture *fx;
	char json[96], got[8] = "";

	(void)state;
	snprintf(json, sizeof(json), "{\"type\":\"user\",\"dns-upstream\":[\"127.0.0.53:%u\"]}",
		 port);
	fx = user_fixture_start(json);
	assert_true(mini_guest_arp(&fx->guest, GUEST, "10.0.2.3"));
	mini_guest_make(&fx->guest, &ask);
	assert_true(host_readable(fx, server));
	assert_int_equal(recvfrom(server, got, sizeof(got), 0, &from.sa, &from_len), 4);
	assert_string_equal(got, "who?");
	assert_int_equal(sendto(server, "you!", 4, 0, &from.sa, from_len), 4);
	f = mini_guest_wait(&fx->guest, IP_PROTO_UDP, 4000);
	assert_non_null(f);
	assert_memory_equal(f->data + 26, alias, 4);
	assert_int_equal(get_be16(f->data + 34), 53);
	assert_memory_equal(f->data + 42, "you!", 4);
	assert_true(frame_sums_ok(f->data));
	user_fixture_stop(fx);
	fx = user_fixture_start("{\"type\":\"user\"}");
	mini_guest_make(&fx->guest, &ask);
	assert_int_equal(user_drops(fx, DROP_NO_DNS), 1);
	user_fixture_stop(fx);
	close(server);
}

/** A guest without buffers: frames to it are dropped and counted, no more (row 56b). */
static void test_full_guest(void **state)
{
	struct user_fixture *fx = user_fixture_start("{\"type\":\"user\"}");
	struct frame_spec ping = {
		.protocol = IP_PROTO_ICMP, .sport = 8, .src = GUEST, .dst = "10.0.2.2", .len = 8};

	(void)state;
	assert_true(mini_guest_arp(&fx->guest, GUEST, "10.0.2.2"));
	fx->guest.full = true;
	for (int i = 0; i < 100; i++)
		mini_guest_make(&fx->guest, &ping);
	assert_int_equal(user_drops(fx, DROP_BACKPRESSURE), 100);
	fx->guest.full = false;
	mini_guest_make(&fx->guest, &ping);
	assert_non_null(mini_guest_wait(&fx->guest, IP_PROTO_ICMP, 0));
	user_fixture_stop(fx);
}

/** More frames than the queue takes: the card is stopped, then told to go on; none is lost. */
static void test_back_pressure(void **state)
{
	struct user_fixture *fx = user_fixture_start("{\"type\":\"user\"}");
	struct frame_spec ping = {
		.protocol = IP_PROTO_ICMP, .sport = 8, .src = GUEST, .dst = "10.0.2.2", .len = 8};
	uint8_t frame[100];
	uint32_t len;
	int sent = 0;

	(void)state;
	assert_true(mini_guest_arp(&fx->guest, GUEST, "10.0.2.2"));
	len = frame_make(frame, &ping);
	while (sent < 1000 && mini_guest_send(&fx->guest, frame, len))
		sent++;
	assert_in_range(sent, 10, 999);
	assert_true(fx->guest.port.blocked);
	mini_guest_turn(&fx->guest, 5);
	assert_int_equal(fx->guest.readied, 1);
	assert_int_equal(fx->guest.count, sent);
	user_fixture_stop(fx);
}

/** A packet that waits for the guest's hardware address goes as soon as that is known. */
static void test_resolution(void **state)
{
	struct user_fixture *fx = user_fixture_start("{\"type\":\"user\",\"hostfwd\":"
						     "[\"tcp::0-:22\",\"udp::0-:7\"]}");
	static const uint8_t mac[6] = {0x52, 0x54, 0, 1, 2, 3};
	int fd = host_client("127.0.0.1", user_forward_port(fx, 1), SOCK_DGRAM);
	uint8_t arp[42];
	uint32_t len;

	(void)state;
	assert_int_equal(write(fd, "x", 1), 1);
	assert_non_null(mini_guest_wait(&fx->guest, 0, 0)); /* who has 10.0.2.15? */
	assert_int_equal(fx->guest.count, 0);
	len = frame_arp(arp, mac, GUEST, "10.0.2.2");
	arp[21] = 2; /* an answer */
	assert_true(mini_guest_send(&fx->guest, arp, len));
	loop_turn(fx->loop, 0);
	loop_turn(fx->loop, 0);
	assert_int_equal(fx->guest.count, 1);
	assert_non_null(mini_guest_wait(&fx->guest, IP_PROTO_UDP, 7));
	close(fd);
	user_fixture_stop(fx);
}

/** later() - a clock that can be put forward */
static int64_t later(void *context)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return *(int64_t *)context + ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/** After an idle hour libslirp does not take a new socket for one that has expired. */
static void test_after_an_idle_hour(void **state)
{
	int64_t forward = 0;
	uint16_t port;
	int server = host_socket("127.0.0.1", SOCK_DGRAM, &port);
	struct user_fixture *fx = user_fixture_start("{\"type\":\"user\",\"host-loopback\":true}");
	struct frame_spec d = {.protocol = IP_PROTO_UDP,
			       .src = GUEST,
			       .dst = "10.0.2.2",
			       .sport = 4000,
			       .dport = port,
			       .data = "x",
			       .len = 1};
	union host_addr from;
	socklen_t from_len = sizeof(from);
	char got;

	(void)state;
	loop_set_clock(fx->loop, later, &forward);
	assert_true(mini_guest_arp(&fx->guest, GUEST, "10.0.2.2"));
	forward = 3600 * 1000000000LL;
	mini_guest_make(&fx->guest, &d);
	assert_true(host_readable(fx, server));
	assert_int_equal(recvfrom(server, &got, 1, 0, &from.sa, &from_len), 1);
	assert_int_equal(sendto(server, "y", 1, 0, &from.sa, from_len), 1);
	assert_non_null(mini_guest_wait(&fx->guest, IP_PROTO_UDP, 4000));
	close(server);
	user_fixture_stop(fx);
}

/** A netdev that nobody uses wakes nobody up, forwards or not. */
static void test_idle(void **state)
{
	struct user_fixture *fx = user_fixture_start("{\"type\":\"user\",\"hostfwd\":"
						     "[\"tcp::0-:22\",\"udp::0-:7\"]}");

	(void)state;
	assert_true(mini_guest_arp(&fx->guest, GUEST, "10.0.2.2"));
	mini_guest_turn(&fx->guest, 5);
	assert_int_equal(loop_turn(fx->loop, 700 * 1000000LL), 0);
	user_fixture_stop(fx);
}

/** Sockets are closed with the netdev, whatever they were doing. */
static int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void test_no_descriptor_is_left(void **state)
{
	int before = count_fds();

	(void)state;
	for (int i = 0; i < 20; i++) {
		struct user_fixture *fx =
			user_fixture_start("{\"type\":\"user\",\"hostfwd\":[\"tcp::0-:22\","
					   "\"udp::0-:7\",\"tcp:[::1]:0-:22\"]}");
		struct frame_spec u = {.protocol = IP_PROTO_UDP,
				       .src = GUEST,
				       .sport = 9,
				       .dst = "198.51.100.1",
				       .dport = 9};

		mini_guest_make(&fx->guest, &u);
		mini_guest_turn(&fx->guest, 1);
		user_fixture_stop(fx);
	}
	assert_int_equal(count_fds(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forward_tcp),
		cmocka_unit_test(test_forward_udp),
		cmocka_unit_test(test_dns),
		cmocka_unit_test(test_full_guest),
		cmocka_unit_test(test_back_pressure),
		cmocka_unit_test(test_resolution),
		cmocka_unit_test(test_after_an_idle_hour),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_no_descriptor_is_left),
	};

	return cmocka_run_group_tests_name("user_forward", tests, NULL, NULL);
}
