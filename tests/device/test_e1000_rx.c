/* SPDX-License-Identifier: BSD-2-Clause */
/* The e1000's receiver in detail: FCS, checksums, filters, sizes, buffers, timers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "devices/chip/fcs.h"
#include "net/core/checksum.h"
#include "tests/support/e1000_driver.h"

static int setup(void **state)
{
	*state = e1000_bench(E1000_82540EM, 0);
	return 0;
}

static void the_fcs_is_real_and_secrc_leaves_it_out(void **state)
{
	struct bench *b = *state;
	uint8_t frame[200];
	uint8_t want[4];

	open_receiver(b, 0, 7);
	fill_frame(frame, sizeof(frame), own);
	assert_true(bench_deliver(b, frame, sizeof(frame)));
	assert_int_equal(get_le16(rxd(b, 0) + 8), 204);
	put_le32(want, fcs_add(0, frame, sizeof(frame)));
	assert_memory_equal(bench_ram(b, RX_BUFFER + 200), want, 4);
	assert_true(bench_deliver(b, frame, 20)); /* padded first */
	memset(frame + 20, 0, 40);
	put_le32(want, fcs_add(0, frame, 60));
	assert_memory_equal(bench_ram(b, RX_BUFFER + 2048), frame, 60);
	assert_memory_equal(bench_ram(b, RX_BUFFER + 2048 + 60), want, 4);
}

/* What the descriptor says of a frame, summed up here in the plainest way. */
static uint16_t plain_sum(const uint8_t *p, uint32_t len)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < len; i++)
		sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void the_packet_checksum_begins_at_pcss(void **state)
{
	struct bench *b = *state;
	uint8_t frame[101];

	open_receiver(b, RCTL_SECRC, 7);
	fill_frame(frame, sizeof(frame), own);
	for (uint32_t start = 0; start < 110; start += 13) {
		uint32_t at = rd(b, E1000_RDH);

		wr(b, E1000_RXCSUM, start);
		assert_true(bench_deliver(b, frame, sizeof(frame)));
		assert_int_equal(get_le16(rxd(b, at) + 10),
				 start < 101 ? plain_sum(frame + start, 101 - start) : 0xffff);
		refill(b);
	}
	wr(b, E1000_RXCSUM, 14);
	wr(b, E1000_RCTL, rd(b, E1000_RCTL) & ~RCTL_SECRC); /* the FCS counts */
	wr(b, E1000_RDH, 0);
	refill(b);
	assert_true(bench_deliver(b, frame, sizeof(frame)));
	assert_int_equal(get_le16(rxd(b, 0) + 10), plain_sum(bench_ram(b, RX_BUFFER + 14), 91));
}

/* An IPv4 or IPv6 frame of 40 bytes of payload with right checksums. */
static uint32_t ip_frame(uint8_t *f, bool six, uint8_t protocol)
{
	uint32_t l4 = six ? 54 : 34, l4_len = (protocol == IP_PROTO_TCP ? 20 : 8) + 40;
	uint16_t sum;

	memset(f, 0, 200);
	memcpy(f, own, 6);
	memcpy(f + 6, other, 6);
	put_be16(f + 12, six ? ETH_TYPE_IPV6 : ETH_TYPE_IPV4);
	if (six) {
		f[14] = 0x60;
		put_be16(f + 18, (uint16_t)l4_len);
		f[20] = protocol;
		f[22] = f[38] = 0xfe;
	} else {
		f[14] = 0x45;
		put_be16(f + 16, (uint16_t)(20 + l4_len));
		f[23] = protocol;
		put_be32(f + 26, 0x0a000202);
		put_be32(f + 30, 0x0a00020f);
		sum = (uint16_t)~checksum_fold(checksum_add(0, f + 14, 20));
		memcpy(f + 24, &sum, 2);
	}
	put_be16(f + l4, 80);
	put_be16(f + l4 + (protocol == IP_PROTO_TCP ? 12 : 4),
		 protocol == IP_PROTO_TCP ? 0x5010 : (uint16_t)l4_len);
	for (uint32_t i = l4_len - 40; i < l4_len; i++)
		f[l4 + i] = (uint8_t)(i * 3);
	sum = (uint16_t)~checksum_fold(
		checksum_add(checksum_pseudo(f + 14, protocol, l4_len), f + l4, l4_len));
	memcpy(f + l4 + (protocol == IP_PROTO_TCP ? 16 : 6), &sum, 2);
	return l4 + l4_len;
}

/* Status and errors of a frame: byte 12 and 13 of its descriptor. */
static uint16_t verdict(struct bench *b, const uint8_t *frame, uint32_t len)
{
	uint32_t at = rd(b, E1000_RDH);

	assert_true(bench_deliver(b, frame, len));
	assert_int_equal(rd(b, E1000_RDH), (at + 1) % RX_COUNT);
	refill(b);
	return get_le16(rxd(b, at) + 12);
}

#define DONE      (RXD_STA_DD | RXD_STA_EOP)
#define BAD(bits) ((bits) << 8)

static void checksums_are_judged_as_rxcsum_asks(void **state)
{
	struct bench *b = *state;
	uint8_t f[200];
	uint32_t len = ip_frame(f, false, IP_PROTO_TCP);

	open_receiver(b, 0, 7);
	assert_int_equal(verdict(b, f, len), DONE | RXD_STA_IXSM);
	wr(b, E1000_RXCSUM, RXCSUM_TUOFL);
	assert_int_equal(verdict(b, f, len), DONE | RXD_STA_TCPCS);
	wr(b, E1000_RXCSUM, RXCSUM_IPOFL);
	assert_int_equal(verdict(b, f, len), DONE | RXD_STA_IPCS);
	wr(b, E1000_RXCSUM, RXCSUM_IPOFL | RXCSUM_TUOFL);
	f[60] ^= 1;
	assert_int_equal(verdict(b, f, len),
			 (DONE | RXD_STA_IPCS | RXD_STA_TCPCS) | BAD(RXD_ERR_TCPE));
	f[60] ^= 1;
	f[22] ^= 1; /* TTL */
	assert_int_equal(verdict(b, f, len),
			 (DONE | RXD_STA_IPCS | RXD_STA_TCPCS) | BAD(RXD_ERR_IPE));
	f[20] = 0x20; /* a fragment: the transport checksum says nothing */
	assert_int_equal(verdict(b, f, len), (DONE | RXD_STA_IPCS) | BAD(RXD_ERR_IPE));
	len = ip_frame(f, false, IP_PROTO_UDP);
	assert_int_equal(verdict(b, f, len), DONE | RXD_STA_IPCS | RXD_STA_TCPCS);
	memset(f + 40, 0, 2); /* UDP without checksum */
	assert_int_equal(verdict(b, f, len), DONE | RXD_STA_IPCS);
	len = ip_frame(f, false, 47);
	assert_int_equal(verdict(b, f, len), DONE | RXD_STA_IPCS);
	put_be16(f + 16, 1000); /* longer than the frame */
	assert_int_equal(verdict(b, f, len), DONE | RXD_STA_IXSM);
	len = ip_frame(f, true, IP_PROTO_TCP);
	assert_int_equal(verdict(b, f, len), DONE | RXD_STA_IXSM);
	wr(b, E1000_RXCSUM, RXCSUM_TUOFL | RXCSUM_IPV6OFL);
	assert_int_equal(verdict(b, f, len), DONE | RXD_STA_TCPCS);
	f[80] ^= 1;
	assert_int_equal(verdict(b, f, len), (DONE | RXD_STA_TCPCS) | BAD(RXD_ERR_TCPE));
	f[20] = 0x2b; /* extension header: not looked behind */
	assert_int_equal(verdict(b, f, len), DONE | RXD_STA_IXSM);
}

static void every_hash_offset_and_address_select(void **state)
{
	static const uint8_t shift[] = {4, 3, 2, 0};
	struct bench *b = *state;
	uint8_t frame[60];
	uint8_t addr[6] = {0x01, 0x00, 0x5e, 0x11, 0xa5, 0xc3};

	open_receiver(b, 0, 7);
	fill_frame(frame, sizeof(frame), addr);
	for (uint32_t mo = 0; mo < 4; mo++) {
		uint32_t hash = (0xc3a5u >> shift[mo]) & 0xfff;

		wr(b, E1000_RCTL, RCTL_EN | mo << 12);
		wr(b, E1000_MTA + 4 * (hash >> 5), 1u << (hash & 31));
		assert_int_equal(verdict(b, frame, 60), DONE | RXD_STA_IXSM | RXD_STA_PIF);
		wr(b, E1000_MTA + 4 * (hash >> 5), 0);
		bench_deliver(b, frame, 60);
		assert_int_equal(rd(b, E1000_GPRC), 1);
	}
	assert_int_equal(rd(b, E1000_MPRC), 4);
	wr(b, E1000_RAL + 8 * 15, get_le32(addr)); /* RAR15 exactly, then by source */
	wr(b, E1000_RAH + 8 * 15, RAH_AV | get_le16(addr + 4));
	assert_int_equal(verdict(b, frame, 60), DONE | RXD_STA_IXSM);
	wr(b, E1000_RAL + 8 * 15, get_le32(other));
	wr(b, E1000_RAH + 8 * 15, RAH_AV | 1u << 16 | get_le16(other + 4));
	memcpy(frame + 6, other, 6);
	assert_int_equal(verdict(b, frame, 60), DONE | RXD_STA_IXSM);
	wr(b, E1000_RAH + 8 * 15, 0);
	memset(frame, 0xff, 6); /* broadcast needs BAM, MPE or its hash bit */
	bench_deliver(b, frame, 60);
	wr(b, E1000_RCTL, RCTL_EN | RCTL_BAM);
	assert_int_equal(verdict(b, frame, 60), DONE | RXD_STA_IXSM);
	wr(b, E1000_RCTL, RCTL_EN | RCTL_MPE);
	assert_int_equal(verdict(b, frame, 60), DONE | RXD_STA_IXSM | RXD_STA_PIF);
	assert_int_equal(rd(b, E1000_BPRC), 2);
	assert_int_equal(rd(b, E1000_TPR), 13); /* those that were filtered, too */
	assert_int_equal(rd(b, E1000_TORL), 13 * 64);
}

static void cfi_is_compared_when_asked(void **state)
{
	struct bench *b = *state;
	uint8_t frame[64];

	open_receiver(b, RCTL_VFE, 7);
	wr(b, E1000_VFTA, 1);
	fill_frame(frame, sizeof(frame), own);
	put_be16(frame + 12, 0x8100);
	put_be16(frame + 14, 0x1000);
	/* VME off: the tag stays in the frame, VP is 0 */
	assert_int_equal(verdict(b, frame, 64), DONE | RXD_STA_IXSM);
	assert_memory_equal(bench_ram(b, RX_BUFFER), frame, 64);
	wr(b, E1000_RCTL, rd(b, E1000_RCTL) | RCTL_CFIEN);
	bench_deliver(b, frame, 64);
	assert_int_equal(rd(b, E1000_GPRC), 1);
	wr(b, E1000_RCTL, rd(b, E1000_RCTL) | RCTL_CFI);
	assert_int_equal(verdict(b, frame, 64), DONE | RXD_STA_IXSM);
	put_be16(frame + 12, 0x88b5); /* no tag: never filtered by it */
	assert_int_equal(verdict(b, frame, 64), DONE | RXD_STA_IXSM);
}

static void sizes_are_counted_and_bounded(void **state)
{
	static const uint32_t lens[] = {60, 123, 251, 507, 1019, 1514, 1518};
	struct bench *b = *state;
	static uint8_t frame[17000];

	open_receiver(b, 0, 7);
	fill_frame(frame, sizeof(frame), own);
	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		verdict(b, frame, lens[i]);
		assert_int_equal(rd(b, E1000_PRC64 + 4 * (uint32_t)MIN(i, 5)), 1);
	}
	assert_true(bench_deliver(b, frame, 1519));
	assert_int_equal(rd(b, E1000_ROC), 1);
	assert_int_equal(rd(b, E1000_RLEC), 1);
	wr(b, E1000_RCTL, rd(b, E1000_RCTL) | RCTL_SBP); /* bad, and stored even so */
	verdict(b, frame, 1519);
	assert_int_equal(rd(b, E1000_ROC), 1);
	wr(b, E1000_RCTL, (rd(b, E1000_RCTL) & ~RCTL_SBP) | RCTL_LPE | RCTL_BSEX | 1u << 16);
	verdict(b, frame, 16380);
	assert_true(bench_deliver(b, frame, 16381));
	assert_int_equal(rd(b, E1000_ROC), 1);
	assert_int_equal(rd(b, E1000_GPRC), 9);
}

static void buffers_of_every_size_are_never_overrun(void **state)
{
	static const uint32_t codes[] = {0,
					 1u << 16,
					 2u << 16,
					 RCTL_BSEX | 3u << 16,
					 RCTL_BSEX | 2u << 16,
					 RCTL_BSEX | 1u << 16,
					 3u << 16};
	static const uint32_t sizes[] = {2048, 1024, 512, 4096, 8192, 16384, 256};
	struct bench *b = *state;
	static uint8_t frame[1800];

	open_receiver(b, 0, 7);
	fill_frame(frame, sizeof(frame), own);
	for (uint32_t i = 0; i < RX_COUNT; i++)
		put_le64(bench_ram(b, RX_RING + i * 16), BENCH_RAM_BASE + 0x40000 + i * 0x10000);
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		uint32_t need = (1804 + sizes[i] - 1) / sizes[i];

		memset(bench_ram(b, 0x40000), 0xee, 0x80000);
		wr(b, E1000_RCTL, RCTL_EN | RCTL_LPE | codes[i]);
		wr(b, E1000_RDH, 0);
		wr(b, E1000_RDT, need == 8 ? 0 : need);
		assert_true(bench_deliver(b, frame, sizeof(frame)));
		if (need == 8) /* a ring of 8 holds 7: the frame waits for ever */
			break;
		assert_int_equal(rd(b, E1000_RDH), need);
		for (uint32_t k = 0; k < need; k++) {
			uint32_t n = MIN(sizes[i], 1804 - k * sizes[i]);

			assert_int_equal(get_le16(rxd(b, k) + 8), n);
			assert_int_equal(bench_ram(b, 0x40000 + k * 0x10000)[n], 0xee);
			assert_int_equal(rxd(b, k)[12] & RXD_STA_EOP, k + 1 == need ? 2 : 0);
		}
	}
}

static void radv_bounds_the_wait_and_small_packets_do_not_wait(void **state)
{
	struct bench *b = *state;
	uint8_t frame[200];

	open_receiver(b, 0, 7);
	fill_frame(frame, sizeof(frame), own);
	wr(b, E1000_RDTR, 500); /* 512 us after the last, 1024 us after the first */
	wr(b, E1000_RADV, 1000);
	for (int i = 0; i < 3; i++) {
		assert_true(bench_deliver(b, frame, sizeof(frame)));
		assert_false(rd(b, E1000_ICR) & INT_RXT0);
		bench_run(b, 330000);
	}
	assert_false(rd(b, E1000_ICR) & INT_RXT0);
	bench_run(b, 50000);
	assert_true(rd(b, E1000_ICR) & INT_RXT0);
	bench_run(b, 2000000);
	assert_false(rd(b, E1000_ICR) & INT_RXT0); /* both timers ended */
	wr(b, E1000_RSRPD, 100);
	assert_true(bench_deliver(b, frame, sizeof(frame)));
	assert_int_equal(rd(b, E1000_ICR) & (INT_SRPD | INT_RXT0), 0);
	assert_true(bench_deliver(b, frame, 60));
	assert_int_equal(rd(b, E1000_ICR) & (INT_SRPD | INT_RXT0), INT_SRPD | INT_RXT0);
}

static void rxdmt0_comes_at_the_threshold(void **state)
{
	static const uint32_t left_at[] = {4, 2, 1}; /* a half, a quarter, an eighth of 8 */
	struct bench *b = *state;
	uint8_t frame[60];

	fill_frame(frame, sizeof(frame), own);
	for (uint32_t rdmts = 0; rdmts < 3; rdmts++) {
		open_receiver(b, rdmts << 8, 7);
		rd(b, E1000_ICR);
		for (uint32_t left = 6; left > 0; left--) {
			assert_true(bench_deliver(b, frame, sizeof(frame)));
			assert_int_equal(rd(b, E1000_ICR) & INT_RXDMT0,
					 left <= left_at[rdmts] ? INT_RXDMT0 : 0);
		}
	}
}

static void the_flash_window_is_empty_and_odd_io_is_nothing(void **state)
{
	struct bench *b = *state;

	bench_write(b, 2, E1000_IOADDR, 0x80000);
	assert_int_equal(bench_read(b, 2, E1000_IODATA), 0xffffffff);
	bench_write(b, 2, E1000_IOADDR, 0x20000); /* neither registers nor flash */
	assert_int_equal(bench_read(b, 2, E1000_IODATA), 0);
	bench_write(b, 2, E1000_IODATA, 5);
	bench_write(b, 2, E1000_IOADDR, E1000_FCTTV);
	b->nic->class->bar_write(b->nic, 2, E1000_IODATA, 2, 0xffff);
	assert_int_equal(bench_read(b, 2, E1000_IODATA), 0);
	bench_write(b, 2, E1000_IODATA, 0x4321);
	assert_int_equal(bench_read(b, 2, E1000_IODATA), 0x4321);
	assert_int_equal(bench_read(b, 2, E1000_IOADDR), E1000_FCTTV);
	assert_int_equal(bench_read(b, 2, 8), 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, bench_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_fcs_is_real_and_secrc_leaves_it_out),
		CASE(the_packet_checksum_begins_at_pcss),
		CASE(checksums_are_judged_as_rxcsum_asks),
		CASE(every_hash_offset_and_address_select),
		CASE(cfi_is_compared_when_asked),
		CASE(sizes_are_counted_and_bounded),
		CASE(buffers_of_every_size_are_never_overrun),
		CASE(radv_bounds_the_wait_and_small_packets_do_not_wait),
		CASE(rxdmt0_comes_at_the_threshold),
		CASE(the_flash_window_is_empty_and_odd_io_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
