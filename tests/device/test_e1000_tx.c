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

static const struct e1000_context tso = {
	.ipcss = 14,
	.ipcso = 24,
	.ipcse = 33,
	.tucss = 34,
	.tucso = 50,
	.tcp = 1,
	.ipv4 = 1,
	.hdrlen = HDRLEN,
	.mss = 1460,
};

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
	struct e1000_context c = tso;
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
	struct e1000_context c = tso;

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
	struct e1000_context c = tso;

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
	struct e1000_context c = tso;
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

/* security-and-performance.md A1: rows 2, 4, 18, 23, 29. Loops end, nothing is written outside. */
static void hostile_tso_contexts_end(void **state)
{
	static const uint8_t hdrlens[] = {0, 1, 13, 14, 33, 53, 54, 255};
	static const uint16_t msss[] = {0, 1, 0xf, 0x3010, 0x3fff, 0xffff};
	static const uint32_t lens[] = {0, 1, 16, 100, 0x4188, 0xfffff};
	struct bench *b = *state;
	struct e1000_context c = tso;

	tcp_frame(b, 70000);
	b->refuse = true; /* count nothing, but take the path up to the port */
	for (size_t i = 0; i < ARRAY_SIZE(hdrlens); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(msss) * ARRAY_SIZE(lens); k++) {
			open_transmitter(b, TX_COUNT);
			c.hdrlen = hdrlens[i];
			c.mss = msss[k % ARRAY_SIZE(msss)];
			put_context(b, &c, true);
			put_data(b, TX_BUFFER, 16, TXD_CMD_TSE, TXD_POPTS_IXSM | TXD_POPTS_TXSM);
			c.mss = 16; /* a context amid the frame does not change it */
			put_context(b, &c, true);
			put_data(b, TX_BUFFER, lens[k / ARRAY_SIZE(msss)],
				 TXD_CMD_TSE | TXD_CMD_EOP, 0);
			kick(b);
			wr(b, E1000_TCTL, 0);
		}
	}
}

/* Row 17: every combination of offsets; row 26: nothing but guest bytes leaves. */
static void hostile_checksum_offsets_stay_inside(void **state)
{
	static const uint32_t offsets[] = {0, 13, 14, 59, 60, 255, 0xffff};
	static const uint32_t lens[] = {14, 34, 54, 60};
	struct bench *b = *state;
	struct e1000_context c = {0};

	tcp_frame(b, 300);
	for (size_t i = 0; i < 7 * 7 * 7 * 4; i++) {
		uint32_t popts = TXD_POPTS_IXSM | TXD_POPTS_TXSM;

		bench_clear(b);
		open_transmitter(b, TX_COUNT);
		c.ipcss = c.tucss = (uint8_t)offsets[i % 7];
		c.ipcso = c.tucso = (uint8_t)offsets[i / 7 % 7];
		c.ipcse = c.tucse = (uint16_t)offsets[i / 49 % 7];
		put_context(b, &c, false);
		put_data(b, TX_BUFFER, lens[i / 343], TXD_CMD_EOP, popts);
		kick(b);
		assert_int_equal(b->count, 1);
		assert_int_equal(b->frames[0].len, 60);
	}
}

/* Rows 3, 11, 21: heads and tails beyond the ring, no ring, a ring full of pieces without end. */
static void hostile_rings_end(void **state)
{
	struct bench *b = *state;

	tcp_frame(b, 300);
	for (uint32_t i = 0; i < TX_COUNT; i++)
		put_data(b, TX_BUFFER, 1, 0, 0);
	for (uint32_t tail = 0; tail < 0x10000; tail += 0x0fff) {
		wr(b, E1000_TDH, 0x100);
		wr(b, E1000_TDT, tail);
		wr(b, E1000_TDH, 3);
		wr(b, E1000_TDT, tail);
		bench_run(b, 100000);
	}
	wr(b, E1000_TDLEN, 0);
	wr(b, E1000_TDH, 0);
	wr(b, E1000_TDT, 5);
	wr(b, E1000_TDLEN, 0xfff80); /* a megabyte of ring, most of it not there */
	wr(b, E1000_TDT, 0xfff7);
	for (int i = 0; i < 400; i++)
		bench_run(b, 10000);
	assert_int_equal(b->count, 0);
	assert_true(b->nic->port.stats->drops[DROP_TOO_MANY_PIECES] > 0);
	open_transmitter(b, TX_COUNT);
	wr(b, E1000_CTRL, CTRL_RST);
	open_transmitter(b, TX_COUNT);
	put_data(b, TX_BUFFER, 300, TXD_CMD_EOP | TXD_CMD_RS, 0);
	kick(b);
	assert_int_equal(b->count, 1); /* and the card still works */
}

static void buffers_that_are_not_there_drop_the_frame(void **state)
{
	struct bench *b = *state;

	put_desc(b, 0xfebc0000, 100 | TXD_CMD_EOP | TXD_CMD_RS | TXD_CMD_IFCS, 0);
	put_desc(b, 0xfffffffffffffff0, 100 | TXD_CMD_EOP | TXD_CMD_RS | TXD_CMD_IFCS, 0);
	put_desc(b, BENCH_RAM_BASE + BENCH_RAM_SIZE - 50,
		 100 | TXD_CMD_EOP | TXD_CMD_RS | TXD_CMD_IFCS, 0);
	kick(b);
	assert_int_equal(b->count, 0);
	assert_int_equal(b->nic->port.stats->drops[DROP_DMA], 3);
	assert_int_equal(txd(b, 2)[12], TXD_STA_DD);
	assert_int_equal(rd(b, E1000_TDH), 3);
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
		CASE_PLAIN(hostile_tso_contexts_end),
		CASE(hostile_checksum_offsets_stay_inside),
		CASE(hostile_rings_end),
		CASE(buffers_that_are_not_there_drop_the_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
