/* SPDX-License-Identifier: BSD-2-Clause */
/* The e1000's link: PHY and negotiation, loopback, PAUSE frames, wake-up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/e1000_driver.h"

#define PMCSR 0xe0

static int setup(void **state)
{
	*state = e1000_bench(E1000_82540EM, PORT_CAP_PAUSE);
	wr(*state, E1000_CTRL, CTRL_SLU | CTRL_RFCE | CTRL_TFCE);
	return 0;
}

static void settle_link(struct bench *b)
{
	bench_run(b, 30000000);
}

static uint32_t speed(struct bench *b)
{
	return (rd(b, E1000_STATUS) & STATUS_SPEED_MASK) >> STATUS_SPEED_POS;
}

static void negotiation_finds_the_best_that_is_advertised(void **state)
{
	static const struct {
		uint16_t anar;
		uint16_t gigabit;
		uint32_t speed;
		bool full;
	} cases[] = {
		{0x0de1, 0x0300, PHY_SPEED_1000, true}, {0x0de1, 0x0100, PHY_SPEED_1000, false},
		{0x0de1, 0, PHY_SPEED_100, true},       {0x00e1, 0, PHY_SPEED_100, false},
		{0x0061, 0, PHY_SPEED_10, true},        {0x0021, 0, PHY_SPEED_10, false},
	};
	struct bench *b = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		phy_wr(b, PHY_ANAR, cases[i].anar);
		phy_wr(b, PHY_1000T_CTRL, cases[i].gigabit);
		phy_wr(b, PHY_BMCR, BMCR_ANENABLE | BMCR_RESTART);
		assert_int_equal(phy_rd(b, PHY_BMCR) & BMCR_RESTART, 0);
		assert_int_equal(phy_rd(b, PHY_BMSR) & (BMSR_LINK | BMSR_AN_DONE), 0);
		assert_int_equal(phy_rd(b, PHY_ANLPAR), 0);
		settle_link(b);
		assert_int_equal(speed(b), cases[i].speed);
		assert_int_equal(rd(b, E1000_STATUS) & STATUS_FD, cases[i].full ? STATUS_FD : 0);
		assert_int_equal(phy_rd(b, PHY_PSSR),
				 cases[i].speed << 14 | (cases[i].full ? 0x2000 : 0) | 0x0c00);
		phy_rd(b, PHY_BMSR);
		assert_true(phy_rd(b, PHY_BMSR) & BMSR_LINK);
		assert_int_equal(phy_rd(b, PHY_ANLPAR), ANLPAR_PARTNER);
	}
	phy_wr(b, PHY_ANAR, 1); /* nothing is advertised: no link */
	phy_wr(b, PHY_BMCR, BMCR_ANENABLE | BMCR_RESTART);
	settle_link(b);
	assert_false(rd(b, E1000_STATUS) & STATUS_LU);
}

/* Linux forces a speed by BMCR with RESET, and by CTRL. */
static void forced_speed_survives_the_reset_that_makes_it_real(void **state)
{
	struct bench *b = *state;

	phy_wr(b, 16, 0x0808);
	phy_wr(b, PHY_BMCR, BMCR_RESET | BMCR_SPEED_LSB);
	assert_int_equal(phy_rd(b, PHY_BMCR), BMCR_SPEED_LSB);
	assert_int_equal(phy_rd(b, 16), 0x0808);
	assert_int_equal(phy_rd(b, PHY_PSSR), 0x4c00);
	assert_false(phy_rd(b, PHY_BMSR) & BMSR_AN_DONE);
	assert_int_equal(speed(b), PHY_SPEED_100);
	wr(b, E1000_CTRL, CTRL_SLU | CTRL_FRCSPD | CTRL_FRCDPX | CTRL_FD);
	assert_int_equal(speed(b), PHY_SPEED_10);
	assert_true(rd(b, E1000_STATUS) & STATUS_FD);
	assert_int_equal((rd(b, E1000_STATUS) & STATUS_ASDV_MASK) >> STATUS_ASDV_POS,
			 PHY_SPEED_100);
}

static void the_phy_can_be_held_in_reset_and_powered_down(void **state)
{
	struct bench *b = *state;

	phy_wr(b, PHY_ANAR, 0x0021);
	rd(b, E1000_ICR);
	wr(b, E1000_CTRL, CTRL_SLU | CTRL_PHY_RST);
	settle_link(b);
	assert_false(rd(b, E1000_STATUS) & STATUS_LU);
	assert_true(rd(b, E1000_ICR) & INT_LSC);
	assert_int_equal(phy_rd(b, PHY_ANAR), 0x0de1);
	wr(b, E1000_CTRL, CTRL_SLU);
	settle_link(b);
	assert_true(rd(b, E1000_STATUS) & STATUS_LU);
	assert_true(rd(b, E1000_ICR) & INT_LSC);
	assert_int_equal(phy_rd(b, PHY_INT_STATUS), 0x6c00);
	assert_int_equal(phy_rd(b, PHY_INT_STATUS), 0);
	phy_wr(b, PHY_BMCR, BMCR_ANENABLE | BMCR_PDOWN);
	settle_link(b);
	assert_false(rd(b, E1000_STATUS) & STATUS_LU);
	phy_wr(b, PHY_BMCR, BMCR_ANENABLE);
	settle_link(b);
	assert_true(rd(b, E1000_STATUS) & STATUS_LU);
}

static void mdio_tells_ready_error_and_interrupts(void **state)
{
	struct bench *b = *state;

	rd(b, E1000_ICR);
	assert_true(mdic(b, MDIC_OP_READ | MDIC_INT_EN, 2, 0) & MDIC_READY);
	assert_true(rd(b, E1000_ICR) & INT_MDAC);
	wr(b, E1000_MDIC, 1u << MDIC_PHY_SHIFT); /* neither read nor write */
	assert_true(rd(b, E1000_MDIC) & MDIC_ERROR);
	phy_wr(b, 29, 0x1f); /* undocumented pages that ethtool's loopback test writes */
	phy_wr(b, 30, 0x8ffc);
	for (uint32_t reg = 0; reg < PHY_COUNT; reg++)
		assert_false(mdic(b, MDIC_OP_READ, reg, 0) & MDIC_ERROR);
}

static void mac_loopback_filters_and_cuts_the_wire_off(void **state)
{
	struct bench *b = *state;
	uint8_t frame[100];

	nic_set_link(b->nic, false); /* needs no link */
	open_receiver(b, RCTL_LBM & (1u << 6), 7);
	open_transmitter(b, 8);
	fill_frame(bench_ram(b, TX_BUFFER), 100, own);
	fill_frame(bench_ram(b, TX_BUFFER) + 0x1000, 100, other);
	put_data(b, TX_BUFFER + 0x1000, 100, TXD_CMD_EOP, 0);
	put_data(b, TX_BUFFER, 100, TXD_CMD_EOP, 0);
	kick(b);
	assert_int_equal(b->count, 0);
	assert_int_equal(rd(b, E1000_RDH), 1);
	assert_memory_equal(bench_ram(b, RX_BUFFER), bench_ram(b, TX_BUFFER), 100);
	fill_frame(frame, sizeof(frame), own);
	nic_set_link(b->nic, true);
	bench_deliver(b, frame, sizeof(frame));
	assert_int_equal(rd(b, E1000_RDH), 1);
	wr(b, E1000_TCTL, TCTL_EN); /* no padding: a runt on the wire */
	put_data(b, TX_BUFFER, 40, TXD_CMD_EOP, 0);
	kick(b);
	assert_int_equal(rd(b, E1000_RDH), 1);
	assert_int_equal(rd(b, E1000_RUC), 1);
	wr(b, E1000_RCTL, rd(b, E1000_RCTL) | RCTL_SBP);
	put_data(b, TX_BUFFER, 40, TXD_CMD_EOP, 0);
	kick(b);
	assert_int_equal(rd(b, E1000_RDH), 2);
	assert_int_equal(get_le16(rxd(b, 1) + 8), 44);
}

static void pause_frame(uint8_t *frame, uint16_t timer)
{
	static const uint8_t head[] = {0x01, 0x80, 0xc2, 0, 0,    0x01, 0x52, 0x54,
				       0,    9,    9,    9, 0x88, 0x08, 0,    1};

	memset(frame, 0, 60);
	memcpy(frame, head, sizeof(head));
	put_be16(frame + 16, timer);
}

static void a_pause_frame_stops_the_transmitter_for_its_time(void **state)
{
	struct bench *b = *state;
	uint8_t frame[60];

	open_receiver(b, 0, 7);
	open_transmitter(b, 8);
	fill_frame(bench_ram(b, TX_BUFFER), 100, other);
	pause_frame(frame, 1000); /* 512 us at 1000 Mb/s */
	bench_deliver(b, frame, sizeof(frame));
	assert_true(rd(b, E1000_STATUS) & STATUS_TXOFF);
	assert_int_equal(rd(b, E1000_XOFFRXC), 1);
	put_data(b, TX_BUFFER, 100, TXD_CMD_EOP, 0);
	kick(b);
	bench_run(b, 500000);
	assert_int_equal(b->count, 0);
	bench_run(b, 30000);
	assert_int_equal(b->count, 1);
	assert_int_equal(rd(b, E1000_DC), 1);
	assert_false(rd(b, E1000_STATUS) & STATUS_TXOFF);
	bench_deliver(b, frame, sizeof(frame));
	put_data(b, TX_BUFFER, 100, TXD_CMD_EOP, 0);
	kick(b);
	pause_frame(frame, 0); /* XON: at once */
	bench_deliver(b, frame, sizeof(frame));
	bench_run(b, 10000);
	assert_int_equal(b->count, 2);
	assert_int_equal(rd(b, E1000_XONRXC), 1);
	assert_int_equal(rd(b, E1000_RDH), 0); /* the filter does not let the group pass */
	wr(b, E1000_RCTL, rd(b, E1000_RCTL) | RCTL_MPE);
	bench_deliver(b, frame, sizeof(frame));
	assert_int_equal(rd(b, E1000_RDH), 1);
	wr(b, E1000_RCTL, rd(b, E1000_RCTL) | RCTL_DPF);
	bench_deliver(b, frame, sizeof(frame));
	assert_int_equal(rd(b, E1000_RDH), 1);
	frame[15] = 2; /* MAC control, but no PAUSE: as any frame, unless PMCF lets it pass */
	wr(b, E1000_RCTL, rd(b, E1000_RCTL) & ~RCTL_MPE);
	bench_deliver(b, frame, sizeof(frame));
	assert_int_equal(rd(b, E1000_RDH), 1);
	wr(b, E1000_RCTL, rd(b, E1000_RCTL) | RCTL_PMCF);
	bench_deliver(b, frame, sizeof(frame));
	assert_int_equal(rd(b, E1000_RDH), 2);
	assert_int_equal(rd(b, E1000_FCRUC), 2);
	wr(b, E1000_CTRL, CTRL_SLU); /* without RFCE nothing stops */
	pause_frame(frame, 1000);
	bench_deliver(b, frame, sizeof(frame));
	assert_false(rd(b, E1000_STATUS) & STATUS_TXOFF);
}

static void a_filling_queue_sends_xoff_and_an_empty_one_xon(void **state)
{
	struct bench *b = *state;
	uint8_t frame[1000];

	wr(b, E1000_FCRTH, 4000);
	wr(b, E1000_FCRTL, 1000 | FCRTL_XONE);
	wr(b, E1000_FCTTV, 0x1234);
	open_receiver(b, 0, 0);
	fill_frame(frame, sizeof(frame), own);
	for (int i = 0; i < 6; i++)
		assert_true(bench_deliver(b, frame, sizeof(frame)));
	assert_int_equal(b->count, 0); /* never from within receive() */
	bench_run(b, 10000);
	assert_int_equal(b->count, 1);
	assert_int_equal(get_be32(b->frames[0].data + 14), 0x00011234);
	assert_memory_equal(b->frames[0].data + 6, own, 6);
	wr(b, E1000_RDT, 7);
	bench_run(b, 10000);
	assert_int_equal(b->count, 2);
	assert_int_equal(get_be32(b->frames[1].data + 14), 0x00010000);
	assert_int_equal(rd(b, E1000_XOFFTXC), 1);
	assert_int_equal(rd(b, E1000_XONTXC), 1);
	b->peer.caps = 0; /* a host's netdev: the event is counted, no frame goes out */
	wr(b, E1000_TCTL, TCTL_SWXOFF);
	bench_run(b, 10000);
	assert_int_equal(b->count, 2);
	assert_int_equal(rd(b, E1000_XOFFTXC), 1);
}

/* Configuration writes as QEMU forwards them. */
static void put_power(struct bench *b, uint16_t pmcsr)
{
	const uint8_t raw[2] = {(uint8_t)pmcsr, (uint8_t)(pmcsr >> 8)};

	if (pci_config_write(b->nic->mem.pci, &b->nic->class->identity, PMCSR, raw, 2) &
	    PCI_EVENT_TO_D0)
		nic_wake(b->nic);
}

static bool pme_status(struct bench *b)
{
	uint8_t upper;

	pci_config_read(b->nic->mem.pci, PMCSR + 1, &upper, 1);
	return upper & 0x80;
}

/* Sleeps with a filter, takes a frame, wakes up; WUS as the driver finds it. */
static uint32_t sleep_and_take(struct bench *b, uint32_t filters, const uint8_t *frame,
			       uint32_t len)
{
	uint32_t wus;

	wr(b, E1000_WUFC, filters);
	wr(b, E1000_WUC, WUC_PME_EN);
	put_power(b, 0x0103);
	assert_true(bench_deliver(b, frame, len));
	assert_int_equal(pme_status(b), rd(b, E1000_WUS) != 0);
	wus = rd(b, E1000_WUS);
	assert_int_equal(rd(b, E1000_WUC) & WUC_PME_STATUS, wus ? WUC_PME_STATUS : 0);
	wr(b, E1000_WUC, WUC_PME_STATUS);
	assert_false(pme_status(b));
	wr(b, E1000_WUS, 0xffffffff);
	assert_int_equal(rd(b, E1000_WUS), 0);
	return wus;
}

static void frames_wake_as_the_filters_say(void **state)
{
	struct bench *b = *state;
	uint8_t frame[200];

	open_receiver(b, 0, 7);
	fill_frame(frame, sizeof(frame), own);
	assert_int_equal(sleep_and_take(b, WAKE_EX | WAKE_BC, frame, 100), WAKE_EX);
	assert_int_equal(sleep_and_take(b, WAKE_BC, frame, 100), 0);
	assert_int_equal(rd(b, E1000_WUPL), 100);
	assert_memory_equal(bench_ram(b, RX_BUFFER), "\0\0\0\0", 4); /* asleep: no DMA */
	memset(frame, 0xff, 6);
	assert_int_equal(sleep_and_take(b, WAKE_BC, frame, 100), WAKE_BC);
	memset(frame + 50, 0xff, 6);
	for (int i = 0; i < 16; i++)
		memcpy(frame + 56 + i * 6, own, 6);
	assert_int_equal(sleep_and_take(b, WAKE_MAG, frame, 152), WAKE_MAG);
	assert_int_equal(sleep_and_take(b, WAKE_MAG, frame, 151), 0);
	put_be16(frame + 12, 0x0806);
	put_be32(frame + 38, 0x0a00020f);
	wr(b, E1000_IP4AT + 8, 0x0f02000a);
	assert_int_equal(sleep_and_take(b, WAKE_ARP, frame, 60), 0);
	wr(b, E1000_IPAV, 2);
	assert_int_equal(sleep_and_take(b, WAKE_ARP, frame, 60), WAKE_ARP);
	put_be16(frame + 12, 0x0800);
	put_be32(frame + 30, 0x0a00020f);
	assert_int_equal(sleep_and_take(b, WAKE_IPV4, frame, 60), WAKE_IPV4);
	put_be16(frame + 12, 0x86dd);
	for (uint32_t i = 0; i < 4; i++)
		wr(b, E1000_IP6AT + 4 * i, get_le32(frame + 38 + 4 * i));
	assert_int_equal(sleep_and_take(b, WAKE_IPV6, frame, 60), 0);
	wr(b, E1000_IPAV, IPAV_V6);
	assert_int_equal(sleep_and_take(b, WAKE_IPV6, frame, 60), WAKE_IPV6);
	put_be16(frame + 12, 0x88b5);
	assert_int_equal(sleep_and_take(b, WAKE_ARP | WAKE_IPV4 | WAKE_IPV6, frame, 60), 0);
	memcpy(frame, group, 6);
	wr(b, E1000_MTA, 1u << 16);
	assert_int_equal(sleep_and_take(b, WAKE_MC, frame, 60), WAKE_MC);
}

static void flexible_filters_compare_masked_bytes(void **state)
{
	struct bench *b = *state;
	uint8_t frame[100];

	open_receiver(b, 0, 7);
	fill_frame(frame, sizeof(frame), other); /* not for us: flexible filters look even so */
	wr(b, E1000_FFLT + 16, 40);
	wr(b, E1000_FFMT + 8 * 30, 4);
	wr(b, E1000_FFVT + 8 * 30, (uint32_t)frame[30] << 16);
	assert_int_equal(sleep_and_take(b, WAKE_FLX0 << 2, frame, 100), WAKE_FLX0 << 2);
	assert_int_equal(sleep_and_take(b, WAKE_FLX0 << 2, frame, 39), 0);
	frame[30] ^= 1;
	assert_int_equal(sleep_and_take(b, WAKE_FLX0 << 2, frame, 100), 0);
}

static void wake_up_status_survives_the_way_back_to_d0(void **state)
{
	struct bench *b = *state;

	wr(b, E1000_WUFC, WAKE_LNKC);
	wr(b, E1000_WUC, WUC_PME_EN);
	put_power(b, 0x0103);
	nic_set_link(b->nic, false);
	assert_true(pme_status(b));
	put_power(b, 0x0100);
	assert_int_equal(rd(b, E1000_CTRL), 0x00000a09); /* the card was reset */
	assert_int_equal(rd(b, E1000_WUS), WAKE_LNKC);
	assert_true(pme_status(b));
	put_power(b, 0x8000);
	assert_false(pme_status(b));
	/* APME alone, as after power-up: the magic packet */
	assert_int_equal(rd(b, E1000_WUC), WUC_APME);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, bench_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(negotiation_finds_the_best_that_is_advertised),
		CASE(forced_speed_survives_the_reset_that_makes_it_real),
		CASE(the_phy_can_be_held_in_reset_and_powered_down),
		CASE(mdio_tells_ready_error_and_interrupts),
		CASE(mac_loopback_filters_and_cuts_the_wire_off),
		CASE(a_pause_frame_stops_the_transmitter_for_its_time),
		CASE(a_filling_queue_sends_xoff_and_an_empty_one_xon),
		CASE(frames_wake_as_the_filters_say),
		CASE(flexible_filters_compare_masked_bytes),
		CASE(wake_up_status_survives_the_way_back_to_d0),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
