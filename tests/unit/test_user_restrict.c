/* SPDX-License-Identifier: BSD-2-Clause */
/* What a restricted guest can do: be reached through forwards, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/base/bytes.h"
#include "tests/support/user_fixture.h"

#define DHCP_OPTIONS (14 + 28 + 240)

/** start() - a netdev whose guest may reach the host's loopback, unless it is restricted */
static struct user_fixture *start(bool restricted, uint16_t dns_port)
{
	struct frame_spec rs = {
		.protocol = IP_PROTO_ICMPV6, .sport = 133, .src = GUEST6, .dst = "ff02::2"};
	struct user_fixture *fx;
	char json[160];

	snprintf(json, sizeof(json),
		 "{\"type\":\"user\",\"host-loopback\":true,\"restrict\":%s,"
		 "\"dns-upstream\":[\"127.0.0.1:%u\"]}",
		 restricted ? "true" : "false", dns_port);
	fx = user_fixture_start(json);
	assert_true(mini_guest_arp(&fx->guest, GUEST, "10.0.2.2"));
	mini_guest_make(&fx->guest, &rs);
	mini_guest_turn(&fx->guest, 5);
	return fx;
}

/** struct way - something that a guest may try, and the host's loopback address it leads to */
struct way {
	struct frame_spec spec;
	const char *server;
	bool dns;
};

static const struct way ways[] = {
	{{.protocol = IP_PROTO_TCP, .src = GUEST, .dst = "10.0.2.2"}, "127.0.0.1"},
	{{.protocol = IP_PROTO_TCP, .src = GUEST6, .dst = "fec0::2"}, "::1"},
	{{.protocol = IP_PROTO_UDP, .src = GUEST, .dst = "10.0.2.2"}, "127.0.0.1"},
	{{.protocol = IP_PROTO_UDP, .src = GUEST6, .dst = "fec0::2"}, "::1"},
	{{.protocol = IP_PROTO_UDP, .src = GUEST, .dst = "10.0.2.3"}, "127.0.0.1", true},
	{{.protocol = IP_PROTO_TCP, .src = GUEST, .dst = "10.0.2.3"}, "127.0.0.1", true},
};

/** try() - does something that the guest sends arrive at the host? */
static bool try(const struct way *way, bool restricted)
{
	bool tcp = way->spec.protocol == IP_PROTO_TCP;
	struct frame_spec spec = way->spec;
	struct user_fixture *fx;
	bool arrived;
	uint16_t port;
	int server;

	server = host_socket(way->server, tcp ? SOCK_STREAM : SOCK_DGRAM, &port);
	fx = start(restricted, way->dns ? port : 53);
	spec.sport = 4000;
	spec.dport = way->dns ? 53 : port;
	if (tcp) {
		arrived = mini_guest_connect(&fx->guest, &spec);
	} else {
		spec.len = 4;
		mini_guest_make(&fx->guest, &spec);
		arrived = host_readable(fx, server);
	}
	assert_int_equal(user_drops(fx, DROP_RESTRICTED) > 0, restricted);
	close(server);
	user_fixture_stop(fx);
	return arrived;
}

/** The same frames pass and arrive when the netdev is not restricted. */
static void test_nothing_gets_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		assert_true(try(&ways[i], false));
		assert_false(try(&ways[i], true));
	}
}

/** The host answers an echo request itself; no other one gets out. */
static void test_echo(void **state)
{
	struct frame_spec ping = {
		.protocol = IP_PROTO_ICMP, .sport = 8, .src = GUEST, .dst = "10.0.2.2", .len = 8};
	struct frame_spec ping6 = {.protocol = IP_PROTO_ICMPV6,
				   .sport = 128,
				   .src = GUEST6,
				   .dst = "fec0::2",
				   .len = 8};
	struct user_fixture *fx = start(true, 53);

	(void)state;
	mini_guest_make(&fx->guest, &ping);
	assert_non_null(mini_guest_wait(&fx->guest, IP_PROTO_ICMP, 0));
	mini_guest_make(&fx->guest, &ping6);
	assert_non_null(mini_guest_wait(&fx->guest, IP_PROTO_ICMPV6, 0));
	assert_int_equal(user_drops(fx, DROP_RESTRICTED), 0);
	ping.dst = "198.51.100.1";
	mini_guest_make(&fx->guest, &ping);
	assert_int_equal(user_drops(fx, DROP_RESTRICTED), 1);
	user_fixture_stop(fx);
}

/** has_option() - is an option in a DHCP message? */
static bool has_option(const struct mini_frame *f, uint8_t option)
{
	for (uint32_t at = DHCP_OPTIONS; at + 1 < f->len && f->data[at] != 255;) {
		if (f->data[at] == option)
			return true;
		at += f->data[at] ? 2u + f->data[at + 1] : 1;
	}
	return false;
}

/** A lease, but no router and no name server: another card may have the way out. */
static void test_lease_without_router(void **state)
{
	(void)state;
	for (int restricted = 0; restricted < 2; restricted++) {
		struct user_fixture *fx = start(restricted, 53);
		const struct mini_frame *f = dhcp_discover(fx);

		assert_memory_equal(f->data + 14 + 28 + 16, "\x0a\x00\x02\x0f", 4);
		assert_true(has_option(f, 1));  /* netmask */
		assert_true(has_option(f, 51)); /* lease time */
		assert_int_equal(has_option(f, 3), !restricted);
		assert_int_equal(has_option(f, 6), !restricted);
		assert_int_equal(get_be16(f->data + 14 + 20 + 6) != 0, !restricted);
		user_fixture_stop(fx);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_gets_out),
		cmocka_unit_test(test_echo),
		cmocka_unit_test(test_lease_without_router),
	};

	return cmocka_run_group_tests_name("user_restrict", tests, NULL, NULL);
}
