/* SPDX-License-Identifier: BSD-2-Clause */
/* The e1000's transmit path: rings, offloads, and what hostile drivers write into them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "net/core/checksum.h"
#include "tests/support/e1000_driver.h"

#define HDRLEN 54

#define ALL_CAPS (PORT_CAP_CSUM | PORT_CAP_TSO4 | PORT_CAP_TSO6 | PORT_CAP_VLAN)

static int setup_with(void **state, uint32_t caps)
{
	struct bench *b = e1000_bench(E1000_82540EM, caps);

	open_transmitter(b, TX_COUNT);
	*state = b;
	return 0;
}

static int setup(void **state)
{
	return setup_with(state, ALL_CAPS);
}

static int setup_plain_peer(void **state)
{
	return setup_with(state, 0);
}

/* A TCP/IPv4 frame as Linux gives it to a TSO card: lengths and IP sum 0, seed without length. */
static void tcp_frame(struct bench *b, uint32_t len)
{
	uint8_t *f = bench_ram(b, TX_BUFFER);
	uint16_t seed;

	for (uint32_t i = 0; i < len; i++)
		f[i] = (uint8_t)(i ^ i >> 8);
	memset(f, 0, HDRLEN);
	memcpy(f, "\x52\x55\x0a\x00\x02\x02\x52\x54\x00\x01\x02\x03\x08\x00\x45", 15);
	put_be16(f + 18, 0xfffe); /* id */
	f[22] = 64;
	f[23] = IP_PROTO_TCP;
	put_be32(f + 26, 0x0a00020f);
	put_be32(f + 30, 0x0a000202);
	put_be16(f + 34, 40000);
	put_be16(f + 36, 80);
	put_be32(f + 38, 0xfffffff0);
	f[46] = 5 << 4;
	f[47] = TCP_ACK | TCP_PSH | TCP_FIN;
	seed = checksum_fold(checksum_pseudo(f + 14, IP_PROTO_TCP, 0));
	memcpy(f + 50, &seed, 2);
}

static void legacy_frame_goes_out_as_it_is(void **state)
{
	struct bench *b = *state;

	tcp_frame(b, 300);
	put_desc(b, BENCH_RAM_BASE + TX_BUFFER, 100 | TXD_CMD_IFCS, 0);
	put_desc(b, BENCH_RAM_BASE + TX_BUFFER + 100, 200 | TXD_CMD_IFCS | TXD_CMD_EOP | TXD_CMD_RS,
		 0);
	kick(b);
	assert_int_equal(b->count, 1);
	assert_int_equal(b->frames[0].len, 300);
	assert_memory_equal(b->frames[0].data, bench_ram(b, TX_BUFFER), 300);
	assert_int_equal(txd(b, 0)[12], 0); /* no RS, no DD */
	assert_int_equal(txd(b, 1)[12], TXD_STA_DD);
	assert_int_equal(rd(b, E1000_TDH), 2);
	assert_true(rd(b, E1000_ICR) & INT_TXDW);
	assert_int_equal(rd(b, E1000_GPTC), 1);
	assert_int_equal(rd(b, E1000_GOTCL), 304);
}

static void a_frame_without_its_end_waits(void **state)
{
	struct bench *b = *state;

	tcp_frame(b, 300);
	put_data(b, TX_BUFFER, 100, 0, 0);
	kick(b);
	assert_int_equal(b->count, 0);
	put_data(b, TX_BUFFER + 100, 200, TXD_CMD_EOP | TXD_CMD_RS, 0);
	kick(b);
	assert_int_equal(b->count, 1);
	assert_int_equal(b->frames[0].len, 300);
}

static void short_frames_are_padded(void **state)
{
	struct bench *b = *state;

	memset(bench_ram(b, TX_BUFFER), 0xaa, 100);
	put_data(b, TX_BUFFER, 20, TXD_CMD_EOP, 0);
	kick(b);
	assert_int_equal(b->frames[0].len, 60);
	assert_int_equal(b->frames[0].data[19], 0xaa);
	assert_int_equal(b->frames[0].data[20], 0);
}

static void tso_travels_whole_in_normal_form(void **state)
{
	struct bench *b = *state;
	struct e1000_context c = tso_context;
	const struct bench_frame *f = b->frames;
	uint16_t seed;

	c.paylen = 60000;
	tcp_frame(b, HDRLEN + 60000);
	put_context(b, &c, true);
	put_data(b, TX_BUFFER, HDRLEN, TXD_CMD_TSE, TXD_POPTS_IXSM | TXD_POPTS_TXSM);
	for (uint32_t at = 0; at < 60000; at += 4000)
		put_data(b, TX_BUFFER + HDRLEN + at, 4000,
			 TXD_CMD_TSE | (at == 56000 ? TXD_CMD_EOP | TXD_CMD_RS : 0), 0);
	kick(b);
	assert_int_equal(b->count, 1);
	assert_int_equal(f->len, HDRLEN + 60000);
	assert_int_equal(f->offload.gso_type, GSO_TCPV4);
	assert_int_equal(f->offload.gso_size, 1460);
	assert_int_equal(f->offload.hdr_len, HDRLEN);
	assert_int_equal(get_be16(f->data + 16), 60040);
	assert_int_equal(checksum_fold(checksum_add(0, f->data + 14, 20)), 0xffff);
	seed = checksum_fold(checksum_pseudo(f->data + 14, IP_PROTO_TCP, 60020));
	assert_memory_equal(f->data + 50, &seed, 2);
	assert_memory_equal(f->data + HDRLEN, bench_ram(b, TX_BUFFER + HDRLEN), 60000);
	assert_int_equal(rd(b, E1000_TSCTC), 1);
	assert_int_equal(rd(b, E1000_GPTC), 42);
	assert_int_equal(rd(b, E1000_GOTCL), 60000 + 42 * (HDRLEN + 4));
}

/* Checks frames against the rules of TCP segmentation, one by one. */
static void check_segments(struct bench *b, uint32_t payload, uint32_t mss)
{
	uint32_t done = 0;

	for (int k = 0; k < b->count; k++) {
		const uint8_t *f = b->frames[k].data;
		uint32_t n = MIN(payload - done, mss);
		bool last = done + n == payload;
		uint64_t sum = checksum_pseudo(f + 14, IP_PROTO_TCP, 20 + n);

		assert_int_equal(b->frames[k].len, HDRLEN + n);
		assert_int_equal(get_be16(f + 16), 40 + n);
		assert_int_equal(get_be16(f + 18), (uint16_t)(0xfffe + k));
		assert_int_equal(checksum_fold(checksum_add(0, f + 14, 20)), 0xffff);
		assert_int_equal(get_be32(f + 38), 0xfffffff0 + done);
		assert_int_equal(f[47], last ? TCP_ACK | TCP_PSH | TCP_FIN : TCP_ACK);
		assert_int_equal(checksum_fold(checksum_add(sum, f + 34, 20 + n)), 0xffff);
		assert_memory_equal(f + HDRLEN, bench_ram(b, TX_BUFFER + HDRLEN + done), n);
		done += n;
	}
	assert_int_equal(done, payload);
}

static void tso_is_cut_for_a_peer_that_takes_frames(void **state)
{
	struct bench *b = *state;
	struct e1000_context c = tso_context;

	c.paylen = 9999;
	tcp_frame(b, HDRLEN + 9999);
	put_context(b, &c, true);
	put_data(b, TX_BUFFER, 5000, TXD_CMD_TSE, TXD_POPTS_IXSM | TXD_POPTS_TXSM);
	put_data(b, TX_BUFFER + 5000, HDRLEN + 9999 - 5000, TXD_CMD_TSE | TXD_CMD_EOP, 0);
	kick(b);
	assert_int_equal(b->count, 7);
	check_segments(b, 9999, 1460);
}

static void tso_by_the_letter_gives_the_same_frames(void **state)
{
	struct bench *b = *state;
	struct e1000_context c = tso_context;

	c.paylen = 5000;
	c.mss = 1000;
	tcp_frame(b, HDRLEN + 5000);
	put_context(b, &c, true);
	put_data(b, TX_BUFFER, HDRLEN + 5000, TXD_CMD_TSE | TXD_CMD_EOP,
		 TXD_POPTS_IXSM | TXD_POPTS_TXSM);
	kick(b);
	assert_int_equal(b->count, 5);
	check_segments(b, 5000, 1000);
	bench_clear(b);
	bench_ram(b, TX_BUFFER)[12] =
		0x88; /* an unknown type: the card cuts by its context alone */
	put_data(b, TX_BUFFER, HDRLEN + 5000, TXD_CMD_TSE | TXD_CMD_EOP,
		 TXD_POPTS_IXSM | TXD_POPTS_TXSM);
	kick(b);
	assert_int_equal(b->count, 5);
	check_segments(b, 5000, 1000);
}

static void checksums_are_inserted(void **state)
{
	struct bench *b = *state;
	struct e1000_context c = tso_context;
	uint8_t *f = bench_ram(b, TX_BUFFER);
	uint16_t seed;

	tcp_frame(b, 500);
	put_be16(f + 16, 486);
	seed = checksum_fold(checksum_pseudo(f + 14, IP_PROTO_TCP, 466));
	memcpy(f + 50, &seed, 2);
	put_context(b, &c, false);
	put_data(b, TX_BUFFER, 500, TXD_CMD_EOP, TXD_POPTS_IXSM | TXD_POPTS_TXSM);
	put_desc(b, BENCH_RAM_BASE + TX_BUFFER,
		 500 | 50u << 16 | TXD_CMD_IFCS | TXD_CMD_IC | TXD_CMD_EOP, 34u << 8);
	kick(b);
	assert_int_equal(b->count, 2);
	for (int i = 0; i < 2; i++) {
		uint64_t sum = checksum_pseudo(b->frames[i].data + 14, IP_PROTO_TCP, 466);

		assert_int_equal(checksum_fold(checksum_add(sum, b->frames[i].data + 34, 466)),
				 0xffff);
	}
	assert_int_equal(checksum_fold(checksum_add(0, b->frames[0].data + 14, 20)), 0xffff);
}

static void tags_are_inserted_with_vme(void **state)
{
	struct bench *b = *state;

	tcp_frame(b, 100);
	wr(b, E1000_CTRL, rd(b, E1000_CTRL) | CTRL_VME);
	put_data(b, TX_BUFFER, 100, TXD_CMD_EOP | TXD_CMD_VLE, 0x2005u << 16);
	kick(b);
	assert_int_equal(b->frames[0].len, 104);
	assert_int_equal(get_be32(b->frames[0].data + 12), 0x81002005);
	assert_memory_equal(b->frames[0].data + 16, bench_ram(b, TX_BUFFER + 12), 88);
}

static void a_full_peer_stops_the_ring_and_ready_resumes(void **state)
{
	struct bench *b = *state;

	tcp_frame(b, 100);
	b->refuse = true;
	put_data(b, TX_BUFFER, 100, TXD_CMD_EOP | TXD_CMD_RS, 0);
	put_data(b, TX_BUFFER, 90, TXD_CMD_EOP | TXD_CMD_RS, 0);
	kick(b);
	assert_int_equal(rd(b, E1000_TDH), 0);
	b->refuse = false;
	port_ready(&b->peer);
	bench_run(b, 100000);
	assert_int_equal(b->count, 2);
	assert_int_equal(rd(b, E1000_TDH), 2);
}

static void loopback_comes_back_and_not_out(void **state)
{
	struct bench *b = *state;

	tcp_frame(b, 100);
	memset(bench_ram(b, TX_BUFFER), 0xff, 6);
	wr(b, E1000_MDIC, MDIC_OP_WRITE | 1u << MDIC_PHY_SHIFT | 0x4140);
	put_le64(bench_ram(b, 0x8000), BENCH_RAM_BASE + 0x9000);
	wr(b, E1000_RDBAL, BENCH_RAM_BASE + 0x8000);
	wr(b, E1000_RDLEN, 128);
	wr(b, E1000_RDT, 1);
	wr(b, E1000_RCTL, RCTL_EN | RCTL_BAM);
	for (int i = 0; i < 5; i++)
		put_desc(b, BENCH_RAM_BASE + TX_BUFFER,
			 100 | TXD_CMD_EOP | TXD_CMD_IFCS | TXD_CMD_RPS, 0);
	kick(b);
	assert_int_equal(b->count, 0);
	assert_int_equal(rd(b, E1000_TDH), 5);
	assert_memory_equal(bench_ram(b, 0x9000), bench_ram(b, TX_BUFFER), 100);
}

static void tso_cuts_udp_and_ipv6_by_its_context(void **state)
{
	struct bench *b = *state;
	struct e1000_context c = {
		.ipcss = 14, .tucss = 54, .tucso = 60, .hdrlen = 62, .mss = 1000, .paylen = 2500};
	uint8_t *f = bench_ram(b, TX_BUFFER);
	uint16_t seed;

	tcp_frame(b, 62 + 2500);
	memset(f + 12, 0, 50);
	put_be16(f + 12, ETH_TYPE_IPV6);
	f[14] = 0x60;
	f[20] = IP_PROTO_UDP;
	f[37] = 1;
	f[53] = 2;
	seed = checksum_fold(checksum_pseudo(f + 14, IP_PROTO_UDP, 0));
	memcpy(f + 60, &seed, 2);
	put_context(b, &c, true);
	put_data(b, TX_BUFFER, 62 + 2500, TXD_CMD_TSE | TXD_CMD_EOP, TXD_POPTS_TXSM);
	kick(b);
	assert_int_equal(b->count, 3);
	for (int k = 0; k < 3; k++) {
		const uint8_t *out = b->frames[k].data;
		uint32_t n = k < 2 ? 1000 : 500;
		uint64_t sum = checksum_pseudo(out + 14, IP_PROTO_UDP, 8 + n);

		assert_int_equal(b->frames[k].len, 62 + n);
		assert_int_equal(get_be16(out + 18), 8 + n);
		assert_int_equal(get_be16(out + 58), 8 + n);
		assert_int_equal(checksum_fold(checksum_add(sum, out + 54, 8 + n)), 0xffff);
		assert_memory_equal(out + 62, f + 62 + k * 1000, n);
	}
	assert_int_equal(rd(b, E1000_TSCTC), 1);
	c.paylen = 2400; /* not what comes: an error-terminated send */
	put_context(b, &c, true);
	put_data(b, TX_BUFFER, 62 + 2500, TXD_CMD_TSE | TXD_CMD_EOP, TXD_POPTS_TXSM);
	kick(b);
	assert_int_equal(rd(b, E1000_TSCTFC), 1);
}

/* TCP over IPv6 as FreeBSD and Windows ask for it travels whole as well. */
static void tso_over_ipv6_travels_whole(void **state)
{
	struct bench *b = *state;
	struct e1000_context c = {.ipcss = 14,
				  .tucss = 54,
				  .tucso = 70,
				  .tcp = 1,
				  .hdrlen = 74,
				  .mss = 1440,
				  .paylen = 10000};
	uint8_t *f = bench_ram(b, TX_BUFFER);

	tcp_frame(b, 74 + 10000);
	memset(f + 12, 0, 62);
	put_be16(f + 12, ETH_TYPE_IPV6);
	f[14] = 0x60;
	f[20] = IP_PROTO_TCP;
	f[66] = 5 << 4;
	put_context(b, &c, true);
	put_data(b, TX_BUFFER, 74 + 10000, TXD_CMD_TSE | TXD_CMD_EOP, TXD_POPTS_TXSM);
	kick(b);
	assert_int_equal(b->count, 1);
	assert_int_equal(b->frames[0].offload.gso_type, GSO_TCPV6);
	assert_int_equal(get_be16(b->frames[0].data + 18), 10020);
	assert_int_equal(rd(b, E1000_GPTC), 7);
}

static void without_ifcs_the_buffer_ends_with_the_fcs(void **state)
{
	struct bench *b = *state;

	tcp_frame(b, 104);
	put_desc(b, BENCH_RAM_BASE + TX_BUFFER, 102 | TXD_CMD_RS, 0);
	put_desc(b, BENCH_RAM_BASE + TX_BUFFER + 102, 2 | TXD_CMD_EOP | TXD_CMD_RS, 0);
	kick(b);
	assert_int_equal(b->count, 1);
	assert_int_equal(b->frames[0].len, 100);
	assert_memory_equal(b->frames[0].data, bench_ram(b, TX_BUFFER), 100);
}

static void without_psp_short_frames_go_as_they_are(void **state)
{
	struct bench *b = *state;

	wr(b, E1000_TCTL, TCTL_EN);
	put_data(b, TX_BUFFER, 33, TXD_CMD_EOP, 0);
	kick(b);
	assert_int_equal(b->frames[0].len, 33);
}

static void txd_low_comes_once_at_its_mark(void **state)
{
	struct bench *b = *state;

	tcp_frame(b, 100);
	b->refuse = true;
	for (int i = 0; i < 20; i++)
		put_data(b, TX_BUFFER, 100, TXD_CMD_EOP, 0);
	kick(b);
	wr(b, E1000_TXDCTL, 1u << TXDCTL_LWTHRESH_POS); /* 8 descriptors */
	rd(b, E1000_ICR);
	b->refuse = false;
	wr(b, E1000_TDT, 10); /* 10 to go, then 9, then 8 */
	assert_true(rd(b, E1000_ICR) & INT_TXD_LOW);
	wr(b, E1000_TDT, 14); /* 4 to go: below all the time */
	assert_false(rd(b, E1000_ICR) & INT_TXD_LOW);
	wr(b, E1000_TXDCTL, 0);
	wr(b, E1000_TDT, 34);
	assert_false(rd(b, E1000_ICR) & INT_TXD_LOW);
}

static void tidv_and_tadv_delay_what_ide_lets_them(void **state)
{
	struct bench *b = *state;

	tcp_frame(b, 100);
	wr(b, E1000_TIDV, 500);
	wr(b, E1000_TADV, 1000);
	rd(b, E1000_ICR);
	for (int i = 0; i < 3; i++) {
		put_data(b, TX_BUFFER, 100, TXD_CMD_EOP | TXD_CMD_RS | TXD_CMD_IDE, 0);
		kick(b);
		assert_false(rd(b, E1000_ICR) & INT_TXDW);
		bench_run(b, 330000);
	}
	bench_run(b, 50000);
	assert_true(rd(b, E1000_ICR) & INT_TXDW);
	put_data(b, TX_BUFFER, 100, TXD_CMD_EOP | TXD_CMD_RS | TXD_CMD_IDE, 0);
	kick(b);
	bench_run(b, 520000);
	assert_true(rd(b, E1000_ICR) & INT_TXDW);
	put_data(b, TX_BUFFER, 100, TXD_CMD_EOP | TXD_CMD_RS, 0);
	kick(b);
	assert_true(rd(b, E1000_ICR) & INT_TXDW);
}

static void a_context_of_its_own_is_written_back(void **state)
{
	struct bench *b = *state;

	put_desc(b, 0, TXD_CMD_DEXT | TXD_CMD_RS, 0);
	kick(b);
	assert_int_equal(txd(b, 0)[12], TXD_STA_DD);
	assert_int_equal(rd(b, E1000_TDH), 1);
	assert_true(rd(b, E1000_ICR) & INT_TXQE);
}

/* Row 9: tiny segments make thousands of frames of each send; the loop turns between them. */
static void a_flood_of_segments_is_done_in_turns(void **state)
{
	struct bench *b = *state;
	struct e1000_context c = tso_context;
	const uint32_t sends = 40;
	uint32_t turns = 0;

	tcp_frame(b, 60000);
	c.mss = 32;
	put_context(b, &c, true);
	for (uint32_t i = 0; i < sends; i++)
		put_data(b, TX_BUFFER, 60000, TXD_CMD_TSE | TXD_CMD_EOP,
			 TXD_POPTS_IXSM | TXD_POPTS_TXSM);
	wr(b, E1000_RCTL, RCTL_LBM);
	kick(b);
	assert_in_range(rd(b, E1000_GPTC), 1, 8000);
	while (rd(b, E1000_TDH) != sends + 1 && turns++ < 100)
		bench_run(b, 1000);
	assert_int_equal(rd(b, E1000_TDH), sends + 1);
}

#define CASE(f)       cmocka_unit_test_setup_teardown(f, setup, bench_stop)
#define CASE_PLAIN(f) cmocka_unit_test_setup_teardown(f, setup_plain_peer, bench_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(legacy_frame_goes_out_as_it_is),
		CASE(a_frame_without_its_end_waits),
		CASE(short_frames_are_padded),
		CASE(tso_travels_whole_in_normal_form),
		CASE_PLAIN(tso_is_cut_for_a_peer_that_takes_frames),
		CASE_PLAIN(tso_by_the_letter_gives_the_same_frames),
		CASE_PLAIN(checksums_are_inserted),
		CASE_PLAIN(tags_are_inserted_with_vme),
		CASE(a_full_peer_stops_the_ring_and_ready_resumes),
		CASE(loopback_comes_back_and_not_out),
		CASE_PLAIN(tso_cuts_udp_and_ipv6_by_its_context),
		CASE(tso_over_ipv6_travels_whole),
		CASE(without_ifcs_the_buffer_ends_with_the_fcs),
		CASE(without_psp_short_frames_go_as_they_are),
		CASE(txd_low_comes_once_at_its_mark),
		CASE(tidv_and_tadv_delay_what_ide_lets_them),
		CASE(a_context_of_its_own_is_written_back),
		CASE_PLAIN(a_flood_of_segments_is_done_in_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
