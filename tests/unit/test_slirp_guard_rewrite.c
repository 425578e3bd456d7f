/* SPDX-License-Identifier: BSD-2-Clause */
/* What the guard changes in frames: padding, options, urgent data, DNS addresses, leases. */
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

/** Padding behind the datagram is cut: libslirp gets what the header says. */
static void test_padding_is_cut(void **state)
{
	struct guard_fixture *fx = *state;
	struct frame_spec v4 = {.protocol = IP_PROTO_UDP,
				.sport = 40000,
				.len = 4,
				.src = G4,
				.dst = "198.51.100.1",
				.dport = 9};
	struct frame_spec v6 = {.protocol = IP_PROTO_UDP,
				.sport = 40000,
				.len = 4,
				.src = G6,
				.dst = "2001:db8::1",
				.dport = 9};
	struct guard_pass pass;
	uint32_t len = frame_make(fx->frame, &v4);

	assert_int_equal(guard_feed(fx, len + 14, &pass), PASSES);
	assert_int_equal(pass.len, len);
	len = frame_make(fx->frame, &v6);
	assert_int_equal(guard_feed(fx, len + 30, &pass), PASSES);
	assert_int_equal(pass.len, len);
}

/** IPv4 options are cut out. */
static void test_options_are_cut(void **state)
{
	struct guard_fixture *fx = *state;
	struct frame_spec spec = {.protocol = IP_PROTO_UDP,
				  .sport = 40000,
				  .len = 4,
				  .src = G4,
				  .dst = "198.51.100.1",
				  .dport = 9,
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
		assert_int_equal(guard_feed(fx, len + options, &pass), PASSES);
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
	struct guard_fixture *fx = *state;

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

		assert_int_equal(guard_feed(fx, len, &pass), PASSES);
		assert_int_equal(tcp[13], TCP_ACK);
		assert_int_equal(get_be16(tcp + 18), 0);
		assert_int_equal(tcp[20], 'x');
		assert_true(frame_sums_ok(fx->frame));
	}
}

/** A wrong checksum stays wrong: the guard vouches for nothing. */
static void test_bad_sum_stays_bad(void **state)
{
	struct guard_fixture *fx = *state;
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
	assert_int_equal(guard_feed(fx, len, &pass), PASSES);
	assert_false(frame_sums_ok(fx->frame));
}

/** check_dns() - a question goes to the server, its answer comes from the DNS address */
static void check_dns(struct guard_fixture *fx, uint8_t protocol, bool v6)
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

	assert_int_equal(guard_feed(fx, frame_make(fx->frame, &ask), &pass), PASSES);
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
	/* Who did not ask gets no such answer: it comes as it is, but not from the loopback. */
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

/** A guest that asks the host's server itself gets the answer from there. */
static void test_server_asked_directly(void **state)
{
	struct guard_fixture *fx = *state;
	struct frame_spec ask = {.protocol = IP_PROTO_UDP,
				 .src = G4,
				 .dst = "192.0.2.53",
				 .sport = 4000,
				 .dport = 53,
				 .len = 4};
	struct frame_spec answer = {.protocol = IP_PROTO_UDP,
				    .src = "192.0.2.53",
				    .dst = G4,
				    .sport = 53,
				    .dport = 4000,
				    .len = 4};
	union host_addr server;
	struct guard_pass pass;
	uint32_t len;

	host_addr_parse_port("192.0.2.53", 53, &server);
	guard_set_dns(&fx->guard, &server, 1);
	assert_int_equal(guard_feed(fx, frame_make(fx->frame, &ask), &pass), PASSES);
	len = frame_make(fx->frame, &answer);
	assert_ptr_equal(guard_egress(&fx->guard, fx->frame, len, 1), fx->frame);
	answer.protocol = ask.protocol = IP_PROTO_TCP;
	ask.flags = TCP_SYN;
	answer.flags = TCP_SYN | TCP_ACK;
	assert_int_equal(guard_feed(fx, frame_make(fx->frame, &ask), &pass), PASSES);
	len = frame_make(fx->frame, &answer);
	assert_ptr_equal(guard_egress(&fx->guard, fx->frame, len, 1), fx->frame);
}

/** In UDP a checksum that comes out as 0 is written as 0xffff: 0 would mean that there is none. */
static void test_udp_sum_is_never_zero(void **state)
{
	struct guard_fixture *fx = *state;
	uint8_t data[2];
	struct frame_spec ask = {.protocol = IP_PROTO_UDP,
				 .src = G4,
				 .dst = "10.0.2.3",
				 .sport = 4000,
				 .dport = 53,
				 .data = data,
				 .len = 2};
	struct guard_pass pass;
	int all_ones = 0;

	for (unsigned i = 0; i < 65536; i++) {
		put_be16(data, (uint16_t)i);
		assert_int_equal(guard_feed(fx, frame_make(fx->frame, &ask), &pass), PASSES);
		assert_int_not_equal(get_be16(fx->frame + 40), 0);
		assert_true(frame_sums_ok(fx->frame));
		all_ones += get_be16(fx->frame + 40) == 0xffff;
	}
	assert_in_range(all_ones, 1, 2);
}

static void test_dns_without_server(void **state)
{
	struct guard_fixture *fx = *state;
	struct frame_spec v4 = {.protocol = IP_PROTO_UDP,
				.sport = 40000,
				.len = 4,
				.src = G4,
				.dst = "10.0.2.3",
				.dport = 53};
	struct frame_spec v6 = {.protocol = IP_PROTO_UDP,
				.sport = 40000,
				.len = 4,
				.src = G6,
				.dst = "fec0::3",
				.dport = 53};
	union host_addr only;
	struct guard_pass pass;

	host_addr_parse_port("2001:db8::1", 53, &only);
	guard_set_dns(&fx->guard, &only, 1);
	assert_int_equal(guard_feed(fx, frame_make(fx->frame, &v4), &pass), DROP_NO_DNS);
	assert_int_equal(guard_feed(fx, frame_make(fx->frame, &v6), &pass), PASSES);
	guard_set_dns(&fx->guard, NULL, 0);
	assert_int_equal(guard_feed(fx, frame_make(fx->frame, &v6), &pass), DROP_NO_DNS);
}

/** The API is out of reach through dns-upstream, too. */
static void test_dns_is_no_way_to_the_api(void **state)
{
	struct guard_fixture *fx = *state;
	struct frame_spec spec = {.protocol = IP_PROTO_TCP,
				  .sport = 40000,
				  .flags = TCP_SYN,
				  .src = G4,
				  .dst = "10.0.2.3",
				  .dport = 53};
	union host_addr api;
	struct guard_pass pass;

	host_addr_parse_port("127.0.0.1:8080", 53, &api);
	guard_set_dns(&fx->guard, &api, 1);
	assert_int_equal(guard_feed(fx, frame_make(fx->frame, &spec), &pass), DROP_API_PORT);
}

/** Answers in fragments keep one source; ICMP errors do not tell the server's address. */
static void test_dns_fragments_and_errors(void **state)
{
	struct guard_fixture *fx = *state;
	struct frame_spec ask = {.protocol = IP_PROTO_UDP,
				 .sport = 40000,
				 .len = 4,
				 .src = G4,
				 .dst = "10.0.2.3",
				 .dport = 53};
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

	assert_int_equal(guard_feed(fx, frame_make(fx->frame, &ask), &pass), PASSES);
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
	struct guard_fixture *fx = *state;
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

	assert_int_equal(guard_feed(fx, frame_make(fx->frame, &out), &pass), DROP_LOOPBACK);
	len = frame_make(fx->frame, &in);
	seen = guard_egress(&fx->guard, fx->frame, len, 1);
	assert_memory_equal(seen + 26, host, 4);
	assert_true(frame_sums_ok(seen));
	put_be16(fx->frame + 20, 185); /* a later fragment of it */
	frame_fix_ip(fx->frame);
	seen = guard_egress(&fx->guard, fx->frame, len, 1);
	assert_memory_equal(seen + 26, host, 4);
	assert_int_equal(guard_feed(fx, frame_make(fx->frame, &out), &pass), PASSES);
	out.dport = 50001;
	assert_int_equal(guard_feed(fx, frame_make(fx->frame, &out), &pass), DROP_LOOPBACK);
	out.dport = 50000;
	out.sport = 8;
	assert_int_equal(guard_feed(fx, frame_make(fx->frame, &out), &pass), DROP_LOOPBACK);
}

/** Leases outside of a small network never reach the guest. */
static void test_leases(void **state)
{
	struct guard_fixture *fx = *state;
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
		cmocka_unit_test_setup_teardown(test_padding_is_cut, guard_setup, guard_teardown),
		cmocka_unit_test_setup_teardown(test_options_are_cut, guard_setup, guard_teardown),
		cmocka_unit_test_setup_teardown(test_urgent_is_cleared, guard_setup,
						guard_teardown),
		cmocka_unit_test_setup_teardown(test_bad_sum_stays_bad, guard_setup,
						guard_teardown),
		cmocka_unit_test_setup_teardown(test_dns_is_rewritten, guard_setup, guard_teardown),
		cmocka_unit_test_setup_teardown(test_server_asked_directly, guard_setup,
						guard_teardown),
		cmocka_unit_test_setup_teardown(test_udp_sum_is_never_zero, guard_setup,
						guard_teardown),
		cmocka_unit_test_setup_teardown(test_dns_without_server, guard_setup,
						guard_teardown),
		cmocka_unit_test_setup_teardown(test_dns_is_no_way_to_the_api, guard_setup,
						guard_teardown),
		cmocka_unit_test_setup_teardown(test_dns_fragments_and_errors, guard_setup,
						guard_teardown),
		cmocka_unit_test_setup_teardown(test_udp_peers, guard_setup, guard_teardown),
		cmocka_unit_test_setup_teardown(test_leases, guard_setup, guard_teardown),
		cmocka_unit_test(test_is_local),
	};

	return cmocka_run_group_tests_name("slirp_guard_rewrite", tests, NULL, NULL);
}
