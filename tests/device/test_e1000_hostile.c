/* SPDX-License-Identifier: BSD-2-Clause */
/* What hostile drivers and wires have done to other e1000s: each a case, under the sanitizers. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "devices/models.h"
#include "net/base/error.h"
#include "tests/support/e1000_driver.h"
#include "tests/support/served_card.h"

/*
 * A case has the name of the public report that it goes back to. All end with the same look: the
 * card answers, has written nothing outside of what it was given, and still works.
 */

#define OWN_BAR   0xfebc0000ull /* where a guest maps the card itself: no memory */
#define CANARY    0xc5
#define CANARY_AT 0x100000 /* of the bench's memory, from here to its end */
#define TSE_SUMS  (TXD_POPTS_IXSM | TXD_POPTS_TXSM)

static int setup(void **state)
{
	struct bench *b = e1000_bench(E1000_82540EM, 0);
	uint8_t *f = bench_ram(b, TX_BUFFER);

	b->forget = true;
	memset(bench_ram(b, CANARY_AT), CANARY, BENCH_RAM_SIZE - CANARY_AT);
	for (uint32_t i = 0; i < 0x14000; i++)
		f[i] = (uint8_t)(i ^ i >> 8);
	memcpy(f, "\x52\x55\x0a\x00\x02\x02\x52\x54\x00\x01\x02\x03\x08\x00\x45\x00", 16);
	f[23] = IP_PROTO_TCP;
	f[46] = 5 << 4;
	open_transmitter(b, TX_COUNT);
	open_receiver(b, 0, 7);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;
	uint8_t frame[60];

	for (uint32_t i = CANARY_AT; i < BENCH_RAM_SIZE; i++)
		assert_int_equal(bench_ram(b, i)[0], CANARY);
	b->forget = false;
	bench_clear(b);
	wr(b, E1000_CTRL, CTRL_RST);
	phy_wr(b, PHY_BMCR, BMCR_ANENABLE | BMCR_RESTART);
	bench_run(b, 50000000);
	open_transmitter(b, TX_COUNT);
	open_receiver(b, 0, 7);
	put_data(b, TX_BUFFER, 100, TXD_CMD_EOP | TXD_CMD_RS, 0);
	kick(b);
	assert_int_equal(b->count, 1);
	fill_frame(frame, sizeof(frame), own);
	assert_true(bench_deliver(b, frame, sizeof(frame)));
	assert_int_equal(rd(b, E1000_RDH), 1);
	return bench_stop(state);
}

/* Sends what lies in the ring, lets all that follows from it happen, and starts anew. */
static void fire(struct bench *b)
{
	kick(b);
	bench_run(b, 100000);
	open_transmitter(b, TX_COUNT);
}

static void cve_2012_6075_oversized_frames(void **state)
{
	struct bench *b = *state;
	static uint8_t frame[16384];

	fill_frame(frame, sizeof(frame), own);
	for (uint32_t i = 0; i < RX_COUNT; i++)
		put_le64(bench_ram(b, RX_RING + i * 16),
			 BENCH_RAM_BASE + CANARY_AT - 2048); /* the canary begins behind it */
	for (uint32_t len = 1519; len <= sizeof(frame); len += 97)
		assert_true(bench_deliver(b, frame, len));
	assert_int_equal(rd(b, E1000_RDH), 0);
	assert_int_equal(rd(b, E1000_ROC), 154);
	wr(b, E1000_RCTL, rd(b, E1000_RCTL) | RCTL_LPE);
	for (uint32_t len = 1519; len < 7 * 2048 - 4; len += 97) {
		assert_true(bench_deliver(b, frame, len));
		refill(b);
	}
}

static void cve_2015_6815_no_header_no_mss(void **state)
{
	struct bench *b = *state;
	struct e1000_context c = tso_context;

	c.hdrlen = 0;
	c.mss = 0;
	put_context(b, &c, true);
	put_data(b, TX_BUFFER, 1000, TXD_CMD_TSE | TXD_CMD_EOP | TXD_CMD_RS, TSE_SUMS);
	kick(b);
	assert_int_equal(txd(b, 1)[12], TXD_STA_DD);
	assert_int_equal(rd(b, E1000_TDH), 2);
}

/* Also CVE-2017-9310: heads and tails beyond the ring. */
static void cve_2016_1981_heads_outside_the_ring(void **state)
{
	struct bench *b = *state;
	uint8_t frame[60];

	fill_frame(frame, sizeof(frame), own);
	for (uint32_t head = 8; head < 0x10000; head = head * 3 + 1) {
		open_transmitter(b, 8);
		wr(b, E1000_TDH, head);
		wr(b, E1000_TDT, 0);
		wr(b, E1000_TDT, 0xffff);
		wr(b, E1000_RDH, head);
		wr(b, E1000_RDT, head * 5);
		bench_deliver(b, frame, sizeof(frame));
		bench_run(b, 100000);
		assert_int_equal(rd(b, E1000_TDH), head & 0xffff); /* idle until it is rewritten */
	}
}

static void cve_2021_20257_contexts_that_contradict(void **state)
{
	struct bench *b = *state;
	struct e1000_context c = tso_context;

	c.mss = 9000;
	put_context(b, &c, true);
	put_data(b, TX_BUFFER, 8000, TXD_CMD_TSE, TSE_SUMS);
	c.hdrlen = 1;
	c.mss = 16;
	put_context(b, &c, true);
	put_data(b, TX_BUFFER, 0xfffff, TXD_CMD_TSE | TXD_CMD_EOP, TSE_SUMS);
	fire(b);
	assert_int_equal(b->nic->port.stats->drops[DROP_TOO_LONG], 1);
}

/* Also CVE-2023-3019, CVE-2020-15859, QEMU issue 4073: DMA into the card itself goes nowhere. */
static void cve_2021_3416_dma_to_the_own_bar(void **state)
{
	struct bench *b = *state;

	phy_wr(b, PHY_BMCR, BMCR_LOOPBACK | BMCR_SPEED_MSB | BMCR_DUPLEX);
	memset(bench_ram(b, TX_BUFFER), 0xff, 6);
	for (uint32_t i = 0; i < RX_COUNT; i++)
		put_le64(bench_ram(b, RX_RING + i * 16), OWN_BAR + E1000_TDT);
	for (int i = 0; i < 20; i++)
		put_data(b, TX_BUFFER, 64, TXD_CMD_EOP | TXD_CMD_RS, 0);
	put_desc(b, OWN_BAR + E1000_ICR, 64 | TXD_CMD_EOP | TXD_CMD_IFCS | TXD_CMD_RS, 0);
	wr(b, E1000_ICS, INT_LSC);
	kick(b);
	assert_int_equal(rd(b, E1000_TDT), 21); /* nobody wrote the register */
	assert_true(rd(b, E1000_ICR) & INT_LSC);
	assert_true(b->nic->port.stats->drops[DROP_DMA] >= 8);
	wr(b, E1000_TDBAL, (uint32_t)OWN_BAR + 0x3800); /* rings there, too */
	wr(b, E1000_RDBAL, (uint32_t)OWN_BAR + 0x2800);
	wr(b, E1000_TDT, 5);
	bench_run(b, 100000);
}

static void cve_2025_12464_tiny_loopback_frames(void **state)
{
	struct bench *b = *state;

	wr(b, E1000_CTRL, rd(b, E1000_CTRL) | CTRL_VME);
	phy_wr(b, PHY_BMCR, BMCR_LOOPBACK | BMCR_SPEED_MSB | BMCR_DUPLEX);
	wr(b, E1000_RCTL, rd(b, E1000_RCTL) | RCTL_UPE | RCTL_SBP);
	put_be16(bench_ram(b, TX_BUFFER) + 12, 0x8100);
	for (uint32_t psp = 0; psp < 2; psp++) {
		for (uint32_t len = 1; len <= 18; len++) {
			wr(b, E1000_TCTL, TCTL_EN | (psp ? TCTL_PSP : 0));
			put_data(b, TX_BUFFER, len, TXD_CMD_EOP, 0);
			kick(b);
			refill(b);
		}
	}
	assert_true(rd(b, E1000_RUC) > 0);
}

static void cve_2020_28916_buffers_at_zero(void **state)
{
	struct bench *b = *state;
	static uint8_t frame[9000];

	open_receiver(b, RCTL_LPE, 7);
	memset(bench_ram(b, RX_RING), 0, RX_COUNT * 16);
	fill_frame(frame, sizeof(frame), own);
	for (int i = 0; i < 50; i++)
		bench_deliver(b, frame, sizeof(frame));
	assert_int_equal(rd(b, E1000_RDH), 5); /* one of five descriptors, and no room for more */
}

/* Also CVE-2015-3209 and QEMU issue 3335: pieces without end. */
static void cve_2020_16092_thousands_of_pieces(void **state)
{
	struct bench *b = *state;

	for (int turn = 0; turn < 4096 / 63; turn++) {
		for (int i = 0; i < 63; i++)
			put_data(b, TX_BUFFER, 1, TXD_CMD_RS, 0);
		kick(b);
		bench_run(b, 10000);
	}
	wr(b, E1000_TDLEN, 0xfff80); /* 65,528 descriptors, most of them not there */
	wr(b, E1000_TDH, 0);
	wr(b, E1000_TDT, 0xfff7);
	for (int i = 0; i < 400; i++)
		bench_run(b, 10000);
	assert_true(b->nic->port.stats->drops[DROP_TOO_MANY_PIECES] > 0);
}

static void cve_2020_27617_segmentation_of_no_known_type(void **state)
{
	static const uint16_t types[] = {0x88cc, 0x0000, 0x0806, 0x8100, 0xffff};
	struct bench *b = *state;
	struct e1000_context c = tso_context;

	c.paylen = 3000;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		put_be16(bench_ram(b, TX_BUFFER) + 12, types[i]);
		for (c.ipv4 = 0; c.ipv4 < 2; c.ipv4++) {
			put_context(b, &c, true);
			put_data(b, TX_BUFFER, 3054, TXD_CMD_TSE | TXD_CMD_EOP, TSE_SUMS);
			fire(b);
		}
	}
}

/* LP1879531, CVE-2016-2857, CVE-2024-3567: headers that tell of more than there is. */
static void headers_longer_than_the_frame(void **state)
{
	struct bench *b = *state;
	uint8_t *f = bench_ram(b, TX_BUFFER);
	struct e1000_context c = tso_context;
	static const uint8_t protocols[] = {IP_PROTO_TCP, IP_PROTO_UDP, 132, 0x2b, 0, 0x3c};
	wr(b, E1000_RXCSUM, 0x7ff & ~RXCSUM_PCSS);
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
		uint8_t frame[60];

		put_be16(f + 12, i % 2 ? ETH_TYPE_IPV6 : ETH_TYPE_IPV4);
		f[14] = i % 2 ? 0x60 : 0x4f;
		put_be16(f + 16, 1500);
		put_be16(f + 18, 0xffff);
		f[20] = f[23] = protocols[i];
		for (uint32_t len = 14; len <= 60; len++) {
			put_context(b, &c, false);
			put_data(b, TX_BUFFER, len, TXD_CMD_EOP, TSE_SUMS);
			fire(b);
			memcpy(frame, f, sizeof(frame)); /* and the same from the wire */
			memcpy(frame, own, 6);
			bench_deliver(b, frame, len);
			refill(b);
		}
	}
}

static void cve_2016_6834_empty_pieces(void **state)
{
	struct bench *b = *state;

	put_data(b, TX_BUFFER, 0, 0, 0);
	put_data(b, TX_BUFFER, 0, TXD_CMD_EOP, 0);
	put_data(b, TX_BUFFER, 0, 0, 0);
	put_data(b, TX_BUFFER, 100, TXD_CMD_EOP, 0);
	put_desc(b, 0, TXD_CMD_EOP, 0);
	kick(b);
	assert_int_equal(rd(b, E1000_TDH), 5);
}

/* Also CVE-2020-2894, CVE-2022-23087: checksum places in and out of the frame. */
static void offload_field_sweep(void **state)
{
	static const uint32_t lens[] = {1, 14, 34, 54, 60};
	struct bench *b = *state;
	struct e1000_context c = {0};

	b->forget = false;
	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		const uint32_t at[] = {0, 13, 14, lens[i] - 1, lens[i], 255, 0xffff};

		for (uint32_t k = 0; k < 7 * 7 * 7; k++) {
			c.ipcss = c.tucss = (uint8_t)at[k % 7];
			c.ipcso = c.tucso = (uint8_t)at[k / 7 % 7];
			c.ipcse = c.tucse = (uint16_t)at[k / 49];
			put_context(b, &c, false);
			put_data(b, TX_BUFFER, lens[i], TXD_CMD_EOP, TSE_SUMS);
			put_desc(b, BENCH_RAM_BASE + TX_BUFFER,
				 lens[i] | c.tucso << 16 | TXD_CMD_IFCS | TXD_CMD_IC | TXD_CMD_EOP,
				 (uint32_t)c.tucss << 8);
			kick(b);
			assert_int_equal(b->count, lens[i] < 14 ? 0 : 2);
			for (int n = 0; n < b->count; n++)
				assert_int_equal(b->frames[n].len, 60);
			bench_clear(b);
			open_transmitter(b, TX_COUNT);
		}
	}
}

/* Also Zelenyuk's (VirtualBox 5.2.20), CVE-2019-2722, CVE-2019-5609, CVE-2019-5541. */
static void header_length_sweep(void **state)
{
	static const uint8_t hdrlens[] = {0, 1, 13, 14, 33, 53, 54, 74, 255};
	static const uint16_t sizes[] = {0, 1, 0xf, 0x3010, 0x3fff, 0xffff};
	static const uint32_t lens[] = {0, 1, 16, 100, 0x4188, 0xfffff};
	struct bench *b = *state;
	struct e1000_context c = tso_context;

	for (size_t i = 0; i < ARRAY_SIZE(hdrlens) * 6 * 6; i++) {
		c.hdrlen = hdrlens[i / 36];
		c.mss = sizes[i / 6 % 6];
		c.paylen = i % 2 ? 0xfffff : lens[i % 6];
		put_context(b, &c, true);
		put_data(b, TX_BUFFER, 16, TXD_CMD_TSE, TSE_SUMS);
		c.mss = 16; /* a context amid the send does not change it */
		put_context(b, &c, true);
		put_data(b, TX_BUFFER, lens[i % 6], TXD_CMD_TSE | TXD_CMD_EOP, 0);
		fire(b);
	}
}

static void zelenyuk_2018_with_and_without_loopback(void **state)
{
	struct bench *b = *state;
	struct e1000_context c = {.mss = 0x3010, .tcp = 1, .ipv4 = 1};

	for (int loopback = 0; loopback < 2; loopback++) {
		wr(b, E1000_RCTL, RCTL_EN | RCTL_UPE | (loopback ? RCTL_LBM : 0));
		c.mss = 0x3010;
		put_context(b, &c, true);
		put_data(b, TX_BUFFER, 0x10, TXD_CMD_TSE, 0);
		put_data(b, TX_BUFFER, 0, TXD_CMD_TSE | TXD_CMD_EOP, 0);
		c.mss = 0xf;
		put_context(b, &c, true);
		put_data(b, TX_BUFFER, 0x4188, TXD_CMD_TSE | TXD_CMD_EOP, 0);
		put_data(b, TX_BUFFER, 16288, TXD_CMD_EOP, 0); /* the longest there is */
		put_data(b, TX_BUFFER, 0x4188, TXD_CMD_EOP, 0);
		fire(b);
		refill(b);
	}
	assert_true(b->nic->port.stats->drops[DROP_TOO_LONG] >= 2);
}

static void tags_on_frames_too_short_for_them(void **state)
{
	struct bench *b = *state;

	b->forget = false;
	wr(b, E1000_CTRL, rd(b, E1000_CTRL) | CTRL_VME);
	for (uint32_t len = 1; len < 20; len++) {
		memset(bench_ram(b, TX_BUFFER), 0xaa, 20);
		put_data(b, TX_BUFFER, len, TXD_CMD_EOP | TXD_CMD_VLE, 0x2005u << 16);
		kick(b);
		assert_int_equal(b->count, len >= ETH_HEADER_LEN); /* no frame without a header */
		for (uint32_t i = len + 4; b->count && i < b->frames[0].len; i++)
			assert_int_equal(b->frames[0].data[i], 0); /* nothing stale in it */
		bench_clear(b);
	}
}

/* CVE-2021-2145, -2310, -2442: header lengths that do not fit the first piece, or the headers. */
static void gso_members_that_do_not_fit(void **state)
{
	struct bench *b = *state;
	struct e1000_context c = tso_context;
	uint8_t *f = bench_ram(b, TX_BUFFER);

	b->peer.caps = PORT_CAP_CSUM | PORT_CAP_TSO4 | PORT_CAP_TSO6;
	b->forget = false;
	for (uint32_t hdrlen = 40; hdrlen < 90; hdrlen++) {
		for (uint8_t offset = 0; offset < 16; offset++) {
			f[46] = (uint8_t)(offset << 4); /* TCP data offset */
			c.hdrlen = (uint8_t)hdrlen;
			c.mss = 100;
			put_context(b, &c, true);
			put_data(b, TX_BUFFER, 10, TXD_CMD_TSE, TSE_SUMS);
			put_data(b, TX_BUFFER + 10, 500, TXD_CMD_TSE | TXD_CMD_EOP, 0);
			kick(b);
			if (b->count > 0 && b->frames[0].offload.gso_type != GSO_NONE)
				assert_int_equal(b->frames[0].offload.hdr_len, 34 + 4 * offset);
			bench_clear(b);
			open_transmitter(b, TX_COUNT);
		}
	}
}

static void cve_2016_7909_no_ring(void **state)
{
	struct bench *b = *state;
	uint8_t frame[60];

	fill_frame(frame, sizeof(frame), own);
	for (uint32_t len = 0; len < 256; len += 16) { /* 16 to 112 read back as 0 */
		wr(b, E1000_TDLEN, len);
		wr(b, E1000_TDT, 0xffff);
		wr(b, E1000_RDLEN, len);
		wr(b, E1000_RDT, 0xffff);
		bench_deliver(b, frame, sizeof(frame));
		bench_run(b, 10000);
	}
}

/* bhyve D26798: enable first, then the ring; and move it between kicks. */
static void a_ring_that_moves(void **state)
{
	struct bench *b = *state;

	b->forget = false;
	wr(b, E1000_TCTL, TCTL_EN);
	for (uint32_t at = 0; at < 16; at++) {
		uint8_t *d = bench_ram(b, 0x8000 + at * 0x100);

		put_le64(d, BENCH_RAM_BASE + TX_BUFFER);
		put_le32(d + 8, (100 + at) | TXD_CMD_EOP | TXD_CMD_IFCS | TXD_CMD_RS);
		put_le32(d + 12, 0);
		wr(b, E1000_TDH, 0);
		wr(b, E1000_TDBAL, BENCH_RAM_BASE + 0x8000 + at * 0x100);
		wr(b, E1000_TDLEN, 128);
		wr(b, E1000_TDT, 1);
		assert_int_equal(b->count, at + 1);
		assert_int_equal(b->frames[at].len, 100 + at);
		assert_int_equal(d[12], TXD_STA_DD);
		wr(b, E1000_TDLEN, 0); /* the pointers are written while there is no ring */
		wr(b, E1000_TDT, 0);
	}
}

/* A driver that asks for interrupts in a loop gets no more than the card's cap. */
static void an_interrupt_storm_is_capped(void **state)
{
	struct bench *b = *state;
	uint64_t before = b->nic->mem.shared->counters.interrupts;

	wr(b, E1000_IMS, 0xffffffff);
	for (int i = 0; i < 10000; i++) { /* 100 ms, something every 10 us */
		wr(b, E1000_ICS, 0xffffffff);
		bench_run(b, 10000);
		wr(b, E1000_ICR, 0xffffffff); /* a read would hold the next one off */
		bench_interrupts(b);
	}
	assert_in_range(b->nic->mem.shared->counters.interrupts - before, 1000, 5001);
}

/* CVE-2015-3456's lesson: what nobody uses is not there. */
static void nothing_unused_is_reachable(void **state)
{
	struct bench *b = *state;

	for (uint32_t offset = 0; offset < E1000_BAR0_SIZE; offset += 4) {
		if (reg_find(&e1000_bank, offset, NULL))
			continue;
		wr(b, offset, 0xffffffff); /* the 82542's aliases of ring registers, for one */
		assert_int_equal(rd(b, offset), 0);
	}
	assert_int_equal(rd(b, E1000_TDH), 0);
	assert_int_equal(rd(b, E1000_RDLEN), RX_COUNT * 16);
	for (int i = 0; nic_models[i]; i++)
		assert_ptr_equal(nic_class(nic_models[i]->model), nic_models[i]);
}

/* A second processor of the guest that rewrites the rings while the card reads them. */
struct flipper {
	uint8_t *ram;
	volatile bool stop;
};

static void *flip(void *context)
{
	struct flipper *f = context;
	uint32_t seed = 1;

	while (!f->stop) {
		seed = seed * 1664525 + 1013904223;
		f->ram[TX_RING + (seed >> 8) % (TX_COUNT * 16)] = (uint8_t)(seed >> 24);
		f->ram[RX_RING + (seed >> 9) % (RX_COUNT * 16)] = (uint8_t)(seed >> 25);
	}
	return NULL;
}

static void descriptors_that_change_while_they_are_read(void **state)
{
	struct bench *b = *state;
	struct flipper f = {.ram = b->ram};
	uint8_t frame[1000];
	pthread_t thread;

	fill_frame(frame, sizeof(frame), own);
	assert_int_equal(pthread_create(&thread, NULL, flip, &f), 0);
	for (int i = 0; i < 3000; i++) {
		wr(b, E1000_TDT, (uint32_t)(i * 7) % TX_COUNT);
		bench_deliver(b, frame, sizeof(frame));
		refill(b);
		if (i % 100 == 0) {
			wr(b, E1000_CTRL, CTRL_RST);
			open_transmitter(b, TX_COUNT);
			open_receiver(b, RCTL_LPE, 7);
		}
	}
	f.stop = true;
	pthread_join(thread, NULL);
	memset(bench_ram(b, CANARY_AT), CANARY, BENCH_RAM_SIZE - CANARY_AT);
}

extern void __asan_init(void) __attribute__((weak));

/* Resident memory. The address sanitizer keeps what is freed, and looks for leaks by itself. */
static long resident_kib(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return __asan_init ? 0 : usage.ru_maxrss;
}

/* CVE-2016-9101: plugging in and out leaves nothing behind. */
static void cve_2016_9101_plug_and_unplug(void **state)
{
	static const uint8_t mac[6] = {0x52, 0x54, 0, 9, 9, 9};
	struct bench *b = *state;
	struct error err = {0};
	int before = count_fds();
	long size = 0;

	for (int i = 0; i < 10000; i++) {
		const struct nic_class *class = &e1000_models[i % E1000_PARTS].class;
		int memfd = nic_memory_create(class, &err);
		struct nic *nic = nic_new(class, b->loop, memfd, mac, &err);

		assert_non_null(nic);
		close(memfd);
		nic_free(nic);
		if (i == 1000)
			size = resident_kib();
	}
	assert_int_equal(count_fds(), before);
	assert_true(resident_kib() - size < 4096);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(cve_2012_6075_oversized_frames),
		CASE(cve_2015_6815_no_header_no_mss),
		CASE(cve_2016_1981_heads_outside_the_ring),
		CASE(cve_2021_20257_contexts_that_contradict),
		CASE(cve_2021_3416_dma_to_the_own_bar),
		CASE(cve_2025_12464_tiny_loopback_frames),
		CASE(cve_2020_28916_buffers_at_zero),
		CASE(cve_2020_16092_thousands_of_pieces),
		CASE(cve_2020_27617_segmentation_of_no_known_type),
		CASE(headers_longer_than_the_frame),
		CASE(cve_2016_6834_empty_pieces),
		CASE(offload_field_sweep),
		CASE(header_length_sweep),
		CASE(zelenyuk_2018_with_and_without_loopback),
		CASE(tags_on_frames_too_short_for_them),
		CASE(gso_members_that_do_not_fit),
		CASE(cve_2016_7909_no_ring),
		CASE(a_ring_that_moves),
		CASE(an_interrupt_storm_is_capped),
		CASE(nothing_unused_is_reachable),
		CASE(descriptors_that_change_while_they_are_read),
		CASE(cve_2016_9101_plug_and_unplug),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
