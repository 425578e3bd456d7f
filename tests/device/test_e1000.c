/* SPDX-License-Identifier: BSD-2-Clause */
/* The e1000 as a driver meets it: registers, EEPROM, PHY, resets, interrupts, receive. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/e1000_driver.h"

static int setup(void **state)
{
	*state = e1000_bench(E1000_82540EM, 0);
	return 0;
}

static void tables_are_well_formed(void **state)
{
	(void)state;
	assert_null(reg_bank_check(&e1000_bank));
	assert_null(reg_bank_check(&e1000_phy_bank));
}

/* The register test of Linux's ethtool -t, rows 1 to 165 of nic-e1000.md 4.1 (patterns). */
static void pattern(struct bench *b, uint32_t reg, uint32_t mask, uint32_t write)
{
	static const uint32_t patterns[] = {0x5a5a5a5a, 0xa5a5a5a5, 0, 0xffffffff};

	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
		wr(b, reg, patterns[i] & write);
		assert_int_equal(rd(b, reg), patterns[i] & write & mask);
	}
}

static void ethtool_register_test_passes(void **state)
{
	struct bench *b = *state;
	uint32_t before = rd(b, E1000_STATUS);

	wr(b, E1000_STATUS, 0xfffff833);
	assert_int_equal(rd(b, E1000_STATUS), before);
	pattern(b, E1000_FCAL, 0xffffffff, 0xffffffff);
	pattern(b, E1000_FCAH, 0x0000ffff, 0xffffffff);
	pattern(b, E1000_FCT, 0x0000ffff, 0xffffffff);
	pattern(b, E1000_VET, 0x0000ffff, 0xffffffff);
	pattern(b, E1000_RDTR, 0x0000ffff, 0xffffffff);
	pattern(b, E1000_RDBAH, 0xffffffff, 0xffffffff);
	pattern(b, E1000_RDLEN, 0x000fff80, 0x000fffff);
	pattern(b, E1000_RDH, 0x0000ffff, 0x0000ffff);
	pattern(b, E1000_RDT, 0x0000ffff, 0x0000ffff);
	pattern(b, E1000_FCRTH, 0x0000fff8, 0x0000fff8);
	pattern(b, E1000_FCTTV, 0x0000ffff, 0x0000ffff);
	pattern(b, E1000_TIPG, 0x3fffffff, 0x3fffffff);
	pattern(b, E1000_TDBAH, 0xffffffff, 0xffffffff);
	pattern(b, E1000_TDLEN, 0x000fff80, 0x000fffff);
	wr(b, E1000_RCTL, 0);
	assert_int_equal(rd(b, E1000_RCTL), 0);
	wr(b, E1000_RCTL, 0x003ffffb);
	assert_int_equal(rd(b, E1000_RCTL) & 0x06dfb3fe, 0x003ffffb & 0x06dfb3fe);
	wr(b, E1000_TCTL, 0);
	assert_int_equal(rd(b, E1000_TCTL), 0);
	wr(b, E1000_RCTL, 0x06dfb3fe);
	assert_int_equal(rd(b, E1000_RCTL) & 0x06dfb3fe, 0x06dfb3fe);
	pattern(b, E1000_RDBAL, 0xfffffff0, 0xffffffff);
	pattern(b, E1000_TXCW, 0xc000ffff, 0x0000ffff);
	pattern(b, E1000_TDBAL, 0xfffffff0, 0xffffffff);
	pattern(b, E1000_TIDV, 0x0000ffff, 0x0000ffff);
	for (uint32_t i = 0; i < 15; i++)
		pattern(b, E1000_RAH + 8 * i, 0x8003ffff, 0xffffffff);
	for (uint32_t i = 0; i < 128; i++)
		pattern(b, E1000_MTA + 4 * i, 0xffffffff, 0xffffffff);
}

static void narrow_writes_are_dropped_and_reads_take_lanes(void **state)
{
	struct bench *b = *state;

	wr(b, E1000_RDBAH, 0x11223344);
	b->nic->class->bar_write(b->nic, 0, E1000_RDBAH, 1, 0xff);
	b->nic->class->bar_write(b->nic, 0, E1000_RDBAH + 2, 2, 0xffff);
	assert_int_equal(rd(b, E1000_RDBAH), 0x11223344);
	assert_int_equal(b->nic->class->bar_read(b->nic, 0, E1000_RDBAH + 1, 1), 0x33);
	b->nic->class->bar_write(b->nic, 0, E1000_RDBAL, 8, 0x8877665544332210);
	assert_int_equal(b->nic->class->bar_read(b->nic, 0, E1000_RDBAL, 8), 0x8877665544332210);
	assert_int_equal(rd(b, 0x5b50), 0); /* no such register on this chip */
}

static void mmio_beyond_the_table_is_harmless(void **state)
{
	struct bench *b = *state;

	for (uint32_t offset = 0; offset < E1000_BAR0_SIZE; offset += 4) {
		wr(b, offset, 0xffffffff);
		rd(b, offset);
	}
	bench_run(b, 1000000);
}

static uint16_t microwire_read(struct bench *b, unsigned addr)
{
	uint32_t command = 6u << 6 | addr; /* start, READ, six address bits */
	uint16_t word = 0;

	wr(b, E1000_EECD, EECD_REQ);
	assert_true(rd(b, E1000_EECD) & EECD_GNT);
	wr(b, E1000_EECD, EECD_REQ | EECD_CS);
	for (int i = 8; i >= 0; i--) {
		uint32_t di = command >> i & 1 ? EECD_DI : 0;

		wr(b, E1000_EECD, EECD_REQ | EECD_CS | di);
		wr(b, E1000_EECD, EECD_REQ | EECD_CS | di | EECD_SK);
		wr(b, E1000_EECD, EECD_REQ | EECD_CS | di);
	}
	for (int i = 0; i < 16; i++) {
		wr(b, E1000_EECD, EECD_REQ | EECD_CS | EECD_SK);
		word = (uint16_t)(word << 1 | ((rd(b, E1000_EECD) & EECD_DO) ? 1 : 0));
		wr(b, E1000_EECD, EECD_REQ | EECD_CS);
	}
	wr(b, E1000_EECD, 0);
	return word;
}

static void eeprom_sums_to_baba_and_holds_the_mac(void **state)
{
	struct bench *b = *state;
	uint16_t sum = 0;

	for (unsigned i = 0; i < 64; i++) {
		uint16_t word = microwire_read(b, i);

		sum = (uint16_t)(sum + word);
		wr(b, E1000_EERD, EERD_START | i << EERD_ADDR_SHIFT);
		assert_int_equal(rd(b, E1000_EERD) >> EERD_DATA_SHIFT, word);
	}
	assert_int_equal(sum, 0xbaba);
	assert_int_equal(microwire_read(b, 0), 0x5452);
	assert_int_equal(rd(b, E1000_RAL), 0x01005452);
	assert_int_equal(rd(b, E1000_RAH), 0x80000302);
}

static void phy_answers_at_address_one_only(void **state)
{
	struct bench *b = *state;

	assert_int_equal(phy_rd(b, 2), 0x0141);
	assert_int_equal(phy_rd(b, 3) & 0xfff0, 0x0c20);
	wr(b, E1000_MDIC, MDIC_OP_READ | 2u << MDIC_PHY_SHIFT);
	assert_true(rd(b, E1000_MDIC) & MDIC_ERROR);
}

static void link_follows_cable_and_slu(void **state)
{
	struct bench *b = *state;

	assert_false(rd(b, E1000_STATUS) & STATUS_LU);
	wr(b, E1000_CTRL, rd(b, E1000_CTRL) | CTRL_SLU);
	assert_true(rd(b, E1000_STATUS) & STATUS_LU);
	assert_true(rd(b, E1000_ICR) & INT_LSC);
	phy_rd(b, PHY_BMSR);
	assert_true(phy_rd(b, PHY_BMSR) & BMSR_LINK);
	nic_set_link(b->nic, false);
	assert_false(rd(b, E1000_STATUS) & STATUS_LU);
	assert_true(rd(b, E1000_ICR) & INT_LSC);
	nic_set_link(b->nic, true);
	assert_false(rd(b, E1000_STATUS) & STATUS_LU);
	bench_run(b, NIC_REPLUG_NS + 400000000); /* the card waits, the PHY negotiates */
	assert_true(rd(b, E1000_STATUS) & STATUS_LU);
	assert_false(phy_rd(b, PHY_BMSR) & BMSR_LINK); /* latched low */
	assert_true(phy_rd(b, PHY_BMSR) & BMSR_LINK);
}

static void reset_through_the_io_bar(void **state)
{
	struct bench *b = *state;

	wr(b, E1000_IMS, 0x55);
	wr(b, E1000_RCTL, RCTL_UPE);
	wr(b, E1000_MTA, 0x1234);
	bench_write(b, 2, E1000_IOADDR, E1000_CTRL);
	bench_write(b, 2, E1000_IODATA, rd(b, E1000_CTRL) | CTRL_RST);
	assert_int_equal(rd(b, E1000_IMS), 0);
	assert_int_equal(rd(b, E1000_RCTL), 0);
	assert_int_equal(rd(b, E1000_CTRL) & CTRL_RST, 0);
	assert_int_equal(rd(b, E1000_MTA), 0x1234);
	assert_int_equal(rd(b, E1000_RAH), 0x80000302);
}

/* ethtool's interrupt test: every bit 0 to 9, reserved ones too (nic-e1000.md 4.3). */
static void every_cause_latches_masks_and_fires(void **state)
{
	struct bench *b = *state;

	for (int i = 0; i < 10; i++) {
		uint32_t bit = 1u << i;

		wr(b, E1000_IMC, 0xffffffff);
		rd(b, E1000_ICR);
		bench_interrupts(b);
		wr(b, E1000_ICS, bit);
		bench_run(b, 1000000);
		assert_int_equal(bench_interrupts(b), 0);
		wr(b, E1000_IMS, bit);
		bench_run(b, 1000000);
		assert_int_equal(bench_interrupts(b), 1);
		assert_int_equal(rd(b, E1000_ICR), bit);
		assert_int_equal(rd(b, E1000_ICR), 0);
	}
}

/* What Linux's handler does: ICR, IMC, then (polling over) IMS. Returns whether it was called. */
static bool handle_interrupt(struct bench *b)
{
	uint32_t mask = rd(b, E1000_IMS);
	uint64_t fired = 0;

	if (read(b->irq_fd, &fired, sizeof(fired)) < 0)
		return false;
	rd(b, E1000_ICR);
	wr(b, E1000_IMC, 0xffffffff);
	intx_unmask(&b->nic->intx);
	wr(b, E1000_IMS, mask);
	return true;
}

static void itr_spaces_interrupts(void **state)
{
	struct bench *b = *state;

	wr(b, E1000_ITR, 4000); /* 1.024 ms */
	wr(b, E1000_IMS, INT_RXT0);
	for (int i = 0; i < 100; i++) {
		wr(b, E1000_ICS, INT_RXT0);
		bench_run(b, 100000);
		handle_interrupt(b);
	}
	assert_in_range(b->nic->mem.shared->counters.interrupts, 8, 11); /* in 10 ms */
}

static void a_frame_lands_in_the_first_buffer(void **state)
{
	struct bench *b = *state;
	uint8_t frame[100];

	open_receiver(b, 0, 7);
	wr(b, E1000_IMS, INT_RXT0);
	bench_interrupts(b);
	fill_frame(frame, sizeof(frame), own);
	assert_true(bench_deliver(b, frame, sizeof(frame)));
	assert_memory_equal(bench_ram(b, RX_BUFFER), frame, sizeof(frame));
	assert_int_equal(get_le16(rxd(b, 0) + 8), sizeof(frame) + 4);
	assert_int_equal(rxd(b, 0)[12], RXD_STA_DD | RXD_STA_EOP | RXD_STA_IXSM);
	assert_int_equal(rxd(b, 0)[13], 0);
	assert_int_equal(rd(b, E1000_RDH), 1);
	assert_int_equal(bench_interrupts(b), 1);
	assert_int_equal(rd(b, E1000_GPRC), 1);
	assert_int_equal(rd(b, E1000_GPRC), 0);
}

static void short_frames_are_padded_and_secrc_strips(void **state)
{
	struct bench *b = *state;
	uint8_t frame[20];

	open_receiver(b, RCTL_SECRC, 7);
	memset(bench_ram(b, RX_BUFFER), 0xee, 100);
	fill_frame(frame, sizeof(frame), own);
	assert_true(bench_deliver(b, frame, sizeof(frame)));
	assert_int_equal(get_le16(rxd(b, 0) + 8), 60);
	assert_int_equal(bench_ram(b, RX_BUFFER)[59], 0);
	assert_int_equal(bench_ram(b, RX_BUFFER)[60], 0xee);
}

static void filters_take_what_they_should(void **state)
{
	struct bench *b = *state;
	uint8_t frame[64];

	open_receiver(b, 0, 7);
	fill_frame(frame, sizeof(frame), other);
	assert_true(bench_deliver(b, frame, sizeof(frame)));
	fill_frame(frame, sizeof(frame), group);
	assert_true(bench_deliver(b, frame, sizeof(frame)));
	assert_int_equal(rd(b, E1000_RDH), 0);
	assert_int_equal(b->nic->port.stats->drops[DROP_FILTERED], 2);
	/* MO = 0: bits 47:36 of the address, here 0x010: word 0, bit 16 */
	wr(b, E1000_MTA, 1u << 16);
	assert_true(bench_deliver(b, frame, sizeof(frame)));
	assert_int_equal(rd(b, E1000_RDH), 1);
	assert_true(rxd(b, 0)[12] & RXD_STA_PIF);
	wr(b, E1000_RCTL, rd(b, E1000_RCTL) | RCTL_UPE);
	fill_frame(frame, sizeof(frame), other);
	assert_true(bench_deliver(b, frame, sizeof(frame)));
	assert_int_equal(rd(b, E1000_RDH), 2);
}

static void vlan_is_filtered_and_stripped(void **state)
{
	struct bench *b = *state;
	uint8_t frame[64];

	open_receiver(b, RCTL_VFE, 7);
	wr(b, E1000_CTRL, rd(b, E1000_CTRL) | CTRL_VME);
	fill_frame(frame, sizeof(frame), own);
	put_be16(frame + 12, 0x8100);
	put_be16(frame + 14, 0x2005);
	put_be16(frame + 16, 0x88b5);
	assert_true(bench_deliver(b, frame, sizeof(frame)));
	assert_int_equal(rd(b, E1000_RDH), 0);
	wr(b, E1000_VFTA, 1u << 5);
	assert_true(bench_deliver(b, frame, sizeof(frame)));
	assert_int_equal(rd(b, E1000_RDH), 1);
	assert_true(rxd(b, 0)[12] & RXD_STA_VP);
	assert_int_equal(get_le16(rxd(b, 0) + 14), 0x2005);
	assert_memory_equal(bench_ram(b, RX_BUFFER + 12), frame + 16, 48);
}

static void long_frames_need_lpe(void **state)
{
	struct bench *b = *state;
	static uint8_t frame[9000];

	open_receiver(b, 0, 7);
	fill_frame(frame, sizeof(frame), own);
	assert_true(bench_deliver(b, frame, 1519));
	assert_int_equal(rd(b, E1000_RDH), 0);
	assert_int_equal(rd(b, E1000_ROC), 1);
	wr(b, E1000_RCTL, rd(b, E1000_RCTL) | RCTL_LPE);
	assert_true(bench_deliver(b, frame, 9000));
	assert_int_equal(rd(b, E1000_RDH), 5); /* 9004 bytes in buffers of 2048 */
	assert_int_equal(rxd(b, 3)[12], RXD_STA_DD);
	assert_true(rxd(b, 4)[12] & RXD_STA_EOP);
	assert_int_equal(get_le16(rxd(b, 4) + 8), 9004 - 4 * 2048);
	assert_memory_equal(bench_ram(b, RX_BUFFER + 3 * 2048), frame + 3 * 2048, 2048);
}

/* What the whole ring has no room for is lost; those behind it are not. */
static void a_frame_longer_than_the_ring_is_dropped(void **state)
{
	struct bench *b = *state;
	static uint8_t frame[15000];

	open_receiver(b, RCTL_LPE, 7);
	fill_frame(frame, sizeof(frame), own);
	assert_true(bench_deliver(b, frame, 7 * 2048 - 3)); /* with its FCS one byte too long */
	assert_int_equal(rd(b, E1000_RDH), 0);
	assert_int_equal(rd(b, E1000_MPC), 1);
	assert_int_equal(b->nic->port.stats->drops[DROP_NO_DESCRIPTOR], 1);
	assert_true(bench_deliver(b, frame, 7 * 2048 - 4));
	assert_int_equal(rd(b, E1000_RDH), 7);
	assert_true(bench_deliver(b, frame, 64)); /* no buffers now: it waits */
	assert_int_equal(rd(b, E1000_RDH), 7);
	refill(b);
	assert_int_equal(rd(b, E1000_RDH), 0);
	assert_int_equal(b->nic->port.stats->drops[DROP_NO_DESCRIPTOR], 1);
}

static void packets_wait_for_buffers_and_come_in_order(void **state)
{
	struct bench *b = *state;
	uint8_t frame[64];

	open_receiver(b, 0, 0);
	for (uint8_t i = 0; i < 10; i++) {
		fill_frame(frame, sizeof(frame), own);
		frame[20] = i;
		assert_true(bench_deliver(b, frame, sizeof(frame)));
	}
	assert_int_equal(rd(b, E1000_RDH), 0);
	assert_int_equal(rd(b, E1000_RNBC), 1);
	assert_false(rd(b, E1000_ICR) & INT_RXO); /* nothing is lost, nobody was stopped */
	wr(b, E1000_RDT, 5);
	assert_int_equal(rd(b, E1000_RDH), 5);
	wr(b, E1000_RDT, 2);
	assert_int_equal(rd(b, E1000_RDH), 2);
	for (uint32_t i = 2; i < 10; i++) /* the first two were overwritten when the ring wrapped */
		assert_int_equal(bench_ram(b, RX_BUFFER + (i % 8) * 2048)[20], i);
}

static void a_full_queue_stops_the_peer_until_there_is_room(void **state)
{
	struct bench *b = *state;
	uint8_t frame[64];
	int sent = 0;

	open_receiver(b, 0, 0);
	fill_frame(frame, sizeof(frame), own);
	while (sent < 5000 && bench_deliver(b, frame, sizeof(frame)))
		sent++;
	assert_int_equal(sent, 1024);
	assert_true(rd(b, E1000_ICR) & INT_RXO);
	assert_int_equal(b->ready_calls, 0);
	for (int i = 0; i < 200; i++)
		refill(b);
	assert_true(b->ready_calls > 0);
	assert_true(bench_deliver(b, frame, sizeof(frame)));
}

static void hostile_rings_do_no_harm(void **state)
{
	struct bench *b = *state;
	uint8_t frame[64];

	open_receiver(b, 0, 7);
	fill_frame(frame, sizeof(frame), own);
	wr(b, E1000_RDH, 0x100); /* head beyond the ring (CVE-2016-1981) */
	assert_true(bench_deliver(b, frame, sizeof(frame)));
	wr(b, E1000_RDH, 0);
	wr(b, E1000_RDT, 0xffff);
	for (int i = 0; i < 20; i++)
		assert_true(bench_deliver(b, frame, sizeof(frame)));
	wr(b, E1000_RDLEN, 0);
	assert_true(bench_deliver(b, frame, sizeof(frame)));
	wr(b, E1000_RDLEN, RX_COUNT * 16);
	wr(b, E1000_RDBAH, 0xffffffff); /* a ring that is not there */
	wr(b, E1000_RDT, 5);
	assert_true(bench_deliver(b, frame, sizeof(frame)));
	wr(b, E1000_RDBAH, 0);
	for (uint32_t i = 0; i < RX_COUNT; i++) /* buffers in the card's own BAR (CVE-2023-3019) */
		put_le64(bench_ram(b, RX_RING + i * 16), 0xfebc0000);
	wr(b, E1000_RDH, 0);
	wr(b, E1000_RDT, 7);
	assert_true(bench_deliver(b, frame, sizeof(frame)));
	assert_true(b->nic->port.stats->drops[DROP_DMA] > 0);
}

static void rdtr_delays_and_fpd_flushes(void **state)
{
	struct bench *b = *state;
	uint8_t frame[64];

	open_receiver(b, 0, 7);
	wr(b, E1000_RDTR, 1000); /* 1.024 ms */
	fill_frame(frame, sizeof(frame), own);
	rd(b, E1000_ICR);
	assert_true(bench_deliver(b, frame, sizeof(frame)));
	bench_run(b, 500000);
	assert_false(rd(b, E1000_ICR) & INT_RXT0);
	bench_run(b, 600000);
	assert_true(rd(b, E1000_ICR) & INT_RXT0);
	assert_true(bench_deliver(b, frame, sizeof(frame)));
	wr(b, E1000_RDTR, 1000 | RDTR_FPD);
	assert_true(rd(b, E1000_ICR) & INT_RXT0);
	assert_int_equal(rd(b, E1000_RDTR), 1000);
}

static void bulk_work_spreads_interrupts_and_single_frames_do_not_wait(void **state)
{
	struct bench *b = *state;
	uint64_t before;
	uint8_t frame[64];

	open_receiver(b, 0, 7);
	fill_frame(frame, sizeof(frame), own);
	wr(b, E1000_IMS, INT_RXT0);
	before = b->nic->mem.shared->counters.interrupts;
	for (int i = 0; i < 400; i++) { /* 50 frames an interrupt */
		for (int k = 0; k < 50; k++) {
			refill(b);
			assert_true(bench_deliver(b, frame, sizeof(frame)));
		}
		bench_run(b, 50000);
		handle_interrupt(b);
	}
	/* 20 ms of steady work: a gap of 700 us leaves at most some 30 interrupts. */
	assert_in_range(b->nic->mem.shared->counters.interrupts - before, 10, 60);
	bench_run(b, 10000000);
	for (int i = 0; i < 40; i++) { /* lone frames bring the load down */
		assert_true(bench_deliver(b, frame, sizeof(frame)));
		bench_run(b, 1000000);
		refill(b);
		assert_true(handle_interrupt(b));
	}
	before = b->nic->mem.shared->counters.interrupts;
	assert_true(bench_deliver(b, frame, sizeof(frame)));
	assert_int_equal(b->nic->mem.shared->counters.interrupts - before, 1);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, bench_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_are_well_formed),
		CASE(ethtool_register_test_passes),
		CASE(narrow_writes_are_dropped_and_reads_take_lanes),
		CASE(mmio_beyond_the_table_is_harmless),
		CASE(eeprom_sums_to_baba_and_holds_the_mac),
		CASE(phy_answers_at_address_one_only),
		CASE(link_follows_cable_and_slu),
		CASE(reset_through_the_io_bar),
		CASE(every_cause_latches_masks_and_fires),
		CASE(itr_spaces_interrupts),
		CASE(a_frame_lands_in_the_first_buffer),
		CASE(short_frames_are_padded_and_secrc_strips),
		CASE(filters_take_what_they_should),
		CASE(vlan_is_filtered_and_stripped),
		CASE(long_frames_need_lpe),
		CASE(a_frame_longer_than_the_ring_is_dropped),
		CASE(packets_wait_for_buffers_and_come_in_order),
		CASE(a_full_queue_stops_the_peer_until_there_is_room),
		CASE(hostile_rings_do_no_harm),
		CASE(rdtr_delays_and_fpd_flushes),
		CASE(bulk_work_spreads_interrupts_and_single_frames_do_not_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
