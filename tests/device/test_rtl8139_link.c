/* SPDX-License-Identifier: BSD-2-Clause */
/* rtl8139: cable, PHY and negotiation, timer, wake-up, power states. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "devices/rtl8139/class.h"
#include "tests/support/rtl8139_driver.h"

#define MS    1000000LL
#define PMCSR (0x50 + 4)

/** pass() - let time pass */
static void pass(struct rig *rig, int64_t ns)
{
	rig->now += ns;
	rtl_turns(rig, 2);
}

/** plug() - plug the cable in, and let the guest see it */
static void plug(struct rig *rig)
{
	nic_set_link(rig->nic, true);
	pass(rig, NIC_REPLUG_NS);
	pass(rig, 100 * MS);
}

/** events() - what ISR tells, cleared */
static uint16_t events(struct rig *rig)
{
	uint16_t isr = rtl_rd16(rig, RTL_ISR);

	rtl_wr16(rig, RTL_ISR, isr);
	return isr;
}

static void test_cable(void **state)
{
	struct rig *rig = *state;

	rtl_start(rig, 0);
	rtl_wr16(rig, RTL_ISR, 0xffff);
	rtl_wr16(rig, RTL_CSCR, 0xffff);
	rtl_rd16(rig, RTL_DIS);
	rtl_irqs(rig);
	nic_set_link(rig->nic, false);
	assert_int_equal(rtl_irqs(rig), 1);
	assert_int_equal(events(rig), RTL_INT_LINKCHG);
	assert_int_equal(rtl_rd8(rig, RTL_MSR) & RTL_MSR_LINKB, RTL_MSR_LINKB);
	assert_int_equal(rtl_rd16(rig, RTL_ANLPAR), 0);
	/* 8139too takes the event for an underrun unless CSCR says so. */
	assert_int_equal(rtl_rd16(rig, RTL_CSCR) & (RTL_CSCR_LINK_CHANGED | RTL_CSCR_LINK_OK),
			 RTL_CSCR_LINK_CHANGED);
	rtl_wr16(rig, RTL_CSCR, rtl_rd16(rig, RTL_CSCR));
	assert_int_equal(rtl_rd16(rig, RTL_CSCR) & RTL_CSCR_LINK_CHANGED, 0);
	assert_int_equal(rtl_rd16(rig, RTL_DIS), 1);
	assert_int_equal(rtl_rd16(rig, RTL_DIS), 0);
	plug(rig);
	assert_int_equal(events(rig), RTL_INT_LINKCHG | RTL_INT_LENCHG);
	assert_int_equal(rtl_rd8(rig, RTL_MSR) & RTL_MSR_LINKB, 0);
	assert_int_equal(rtl_rd16(rig, RTL_CSCR) & (RTL_CSCR_LINK_CHANGED | RTL_CSCR_LINK_OK),
			 RTL_CSCR_LINK_CHANGED | RTL_CSCR_LINK_OK);
	assert_int_equal(rtl_rd16(rig, RTL_BMSR) & RTL_BMSR_LINK, 0); /* latched */
	assert_int_equal(rtl_rd16(rig, RTL_BMSR) & RTL_BMSR_LINK, RTL_BMSR_LINK);
	port_set_link(&rig->peer, false);
	assert_int_equal(rtl_rd16(rig, RTL_BMSR), RTL_BMSR_DEFAULT);
	assert_int_equal(rtl_rd16(rig, RTL_BMSR), RTL_BMSR_DEFAULT);
}

static void test_negotiation(void **state)
{
	struct rig *rig = *state;

	rtl_wr16(rig, RTL_ISR, 0xffff);
	rtl_rd16(rig, RTL_BMSR);
	rtl_wr16(rig, RTL_BMCR, 0x1200); /* restart: clears itself, the link goes and comes */
	assert_int_equal(rtl_rd16(rig, RTL_BMCR) & RTL_BMCR_RESTART, 0);
	assert_int_equal(rtl_rd16(rig, RTL_BMSR), RTL_BMSR_DEFAULT);
	assert_int_equal(rtl_rd8(rig, RTL_MSR) & RTL_MSR_LINKB, RTL_MSR_LINKB);
	assert_int_equal(events(rig), RTL_INT_LINKCHG);
	pass(rig, 100 * MS);
	assert_int_equal(events(rig), RTL_INT_LINKCHG);
	assert_int_equal(rtl_rd16(rig, RTL_BMSR), 0x782d);
	assert_int_equal(rtl_rd16(rig, RTL_BMCR), 0x3100);
	/* A reset of the PHY negotiates too, and puts back what is advertised. */
	rtl_wr16(rig, RTL_ANAR, 0x0041);
	rtl_wr8(rig, RTL_CR, RTL_CR_RST); /* not the PHY's business */
	assert_int_equal(rtl_rd16(rig, RTL_ANAR), 0x0041);
	rtl_wr16(rig, RTL_BMCR, 0x8000);
	assert_int_equal(rtl_rd16(rig, RTL_ANAR), 0x05e1);
	assert_int_equal(rtl_rd8(rig, RTL_MSR) & RTL_MSR_LINKB, RTL_MSR_LINKB);
	pass(rig, 100 * MS);
	assert_int_equal(rtl_rd8(rig, RTL_MSR) & RTL_MSR_LINKB, 0);
	/* The cable is pulled in the middle of it. */
	rtl_wr16(rig, RTL_BMCR, 0x1200);
	nic_set_link(rig->nic, false);
	pass(rig, 100 * MS);
	assert_int_equal(rtl_rd8(rig, RTL_MSR) & RTL_MSR_LINKB, RTL_MSR_LINKB);
}

/** link_with() - negotiate with an ANAR; Return: BMCR's speed and duplex, or 0xffff without link */
static uint16_t link_with(struct rig *rig, uint16_t anar)
{
	rtl_wr16(rig, RTL_ANAR, anar);
	rtl_wr16(rig, RTL_BMCR, 0x1200);
	pass(rig, 100 * MS);
	if (rtl_rd8(rig, RTL_MSR) & RTL_MSR_LINKB)
		return 0xffff;
	assert_int_equal(!!(rtl_rd8(rig, RTL_MSR) & RTL_MSR_SPEED_10),
			 !(rtl_rd16(rig, RTL_BMCR) & RTL_BMCR_SPEED_100));
	return rtl_rd16(rig, RTL_BMCR) & (RTL_BMCR_SPEED_100 | RTL_BMCR_FULL);
}

static void test_modes(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(link_with(rig, 0x05e1), 0x2100);
	assert_int_equal(link_with(rig, 0x00e1), 0x2000);
	assert_int_equal(link_with(rig, 0x0061), 0x0100);
	assert_int_equal(link_with(rig, 0x0021), 0x0000);
	assert_int_equal(link_with(rig, 0x0001), 0xffff);
	/* Forced: at once, and nobody negotiates. */
	rtl_wr16(rig, RTL_BMCR, 0x2000);
	assert_int_equal(rtl_rd8(rig, RTL_MSR) & (RTL_MSR_LINKB | RTL_MSR_SPEED_10), 0);
	assert_int_equal(rtl_rd16(rig, RTL_BMCR), 0x2000);
	assert_int_equal(rtl_rd16(rig, RTL_ANLPAR), 0);
	rtl_rd16(rig, RTL_BMSR);
	assert_int_equal(rtl_rd16(rig, RTL_BMSR), RTL_BMSR_DEFAULT | RTL_BMSR_LINK);
	rtl_wr16(rig, RTL_BMCR, 0x0100);
	assert_int_equal(rtl_rd8(rig, RTL_MSR) & (RTL_MSR_LINKB | RTL_MSR_SPEED_10),
			 RTL_MSR_SPEED_10);
}

/* A successor of a worker that died while its PHY negotiated. */
static void test_successor_negotiates(void **state)
{
	struct rig *rig = *state;

	rig->card->state->negotiated = 0;
	loop_timer_cancel(&rig->card->negotiation);
	rtl8139_link_start(rig->card);
	assert_int_equal(rtl_rd8(rig, RTL_MSR) & RTL_MSR_LINKB, RTL_MSR_LINKB);
	pass(rig, 100 * MS);
	assert_int_equal(rtl_rd8(rig, RTL_MSR) & RTL_MSR_LINKB, 0);
}

static void test_timer(void **state)
{
	struct rig *rig = *state;
	uint32_t ticks;

	rtl_wr16(rig, RTL_IMR, RTL_INT_TIMEOUT);
	rtl_wr32(rig, RTL_TCTR, 12345);
	assert_int_equal(rtl_rd32(rig, RTL_TCTR), 0);
	rig->now += 1000 * MS;
	ticks = rtl_rd32(rig, RTL_TCTR);
	assert_in_range(ticks, 32670000, 33330000); /* 33 MHz, within 1 % */
	assert_int_equal(rtl_rd8(rig, RTL_TCTR + 3), ticks >> 24);
	rtl_irqs(rig);
	rtl_wr32(rig, RTL_TIMERINT, 33000); /* it is past that: comes around in 129 s */
	pass(rig, 100000 * MS);
	assert_int_equal(rtl_rd16(rig, RTL_ISR) & RTL_INT_TIMEOUT, 0);
	pass(rig, 30000 * MS);
	assert_int_equal(events(rig) & RTL_INT_TIMEOUT, RTL_INT_TIMEOUT);
	assert_int_equal(rtl_irqs(rig), 1);
	rtl_wr32(rig, RTL_TCTR, 0);
	pass(rig, 999000); /* a hair before 33,000 clocks */
	assert_int_equal(rtl_rd16(rig, RTL_ISR) & RTL_INT_TIMEOUT, 0);
	pass(rig, 1001);
	assert_int_equal(events(rig) & RTL_INT_TIMEOUT, RTL_INT_TIMEOUT);
	pass(rig, 1000 * MS); /* once a passage */
	assert_int_equal(rtl_rd16(rig, RTL_ISR) & RTL_INT_TIMEOUT, 0);
	rtl_wr32(rig, RTL_TCTR, 0);
	rtl_wr32(rig, RTL_TIMERINT, 0); /* off */
	pass(rig, 1000 * MS);
	assert_int_equal(rtl_rd16(rig, RTL_ISR) & RTL_INT_TIMEOUT, 0);
	assert_false(loop_timer_running(&rig->card->timeout));
}

/* A1 row 42: the guest asks for one interrupt a clock, over and over. */
static void test_timer_storm(void **state)
{
	struct rig *rig = *state;
	unsigned count = 0;

	rtl_wr16(rig, RTL_IMR, RTL_INT_TIMEOUT);
	rtl_wr32(rig, RTL_TIMERINT, 1);
	for (int i = 0; i < 100000; i++) { /* 1 s */
		rtl_wr32(rig, RTL_TCTR, 0);
		pass(rig, 10000);
		rtl_wr16(rig, RTL_ISR, 0xffff);
		count += (unsigned)rtl_irqs(rig);
	}
	assert_in_range(count, 1000, 8000);
}

/** config() - write a byte of configuration space, as the client does; events are acted on */
static void power(struct rig *rig, uint8_t csr_low, uint8_t csr_high)
{
	const uint8_t csr[2] = {csr_low, csr_high};
	unsigned what = pci_config_write(rig->nic->mem.pci, &rig->nic->class->identity, PMCSR, csr,
					 sizeof(csr));

	if (what & PCI_EVENT_TO_D0)
		nic_wake(rig->nic);
}

/** woke() - put the card to sleep, send a frame: is PME set? */
static bool woke(struct rig *rig, uint8_t config3, uint8_t config5, const uint8_t *frame,
		 uint32_t len)
{
	rtl_wr8(rig, RTL_9346CR, RTL_EEM_CONFIG);
	rtl_wr8(rig, RTL_CONFIG3, config3);
	rtl_wr8(rig, RTL_CONFIG5, config5 | RTL_CONFIG5_PME_STS);
	power(rig, 3, 1);
	assert_true(rtl_peer_send_frame(rig, frame, len));
	return rtl_rd8(rig, RTL_CONFIG5) & RTL_CONFIG5_PME_STS;
}

static void test_wake_up(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[200] = {0}, magic[200] = {0};

	rtl_make_frame(rig, frame, sizeof(frame));
	memset(magic, 0xff, ETH_ADDR_LEN);
	memset(magic + 60, 0xff, 6);
	for (int i = 0; i < 16; i++)
		memcpy(magic + 66 + 6 * i, rig->card->state->regs + RTL_IDR0, 6);
	assert_false(woke(rig, 0, 0, frame, sizeof(frame)));
	assert_true(woke(rig, 0, RTL_CONFIG5_UWF, frame, sizeof(frame)));
	assert_false(woke(rig, 0, RTL_CONFIG5_BWF, frame, sizeof(frame)));
	assert_true(woke(rig, RTL_CONFIG3_MAGIC, 0, magic, sizeof(magic)));
	assert_false(woke(rig, 0, 0, magic, sizeof(magic)));
	assert_true(woke(rig, 0, RTL_CONFIG5_BWF, magic, sizeof(magic)));
	magic[100] ^= 1;
	assert_false(woke(rig, RTL_CONFIG3_MAGIC, 0, magic, sizeof(magic)));
	frame[0] = 0x03;
	assert_false(woke(rig, 0, RTL_CONFIG5_UWF, frame, sizeof(frame)));
	assert_true(woke(rig, 0, RTL_CONFIG5_MWF, frame, sizeof(frame)));
	frame[0] = 0x02; /* another station */
	assert_false(woke(rig, 0, 0x70, frame, sizeof(frame)));
	assert_false(woke(rig, 0, 0x70, frame, 10));
	/* Without PMEn in CONFIG1, or PME_En, nothing wakes. */
	rtl_make_frame(rig, frame, sizeof(frame));
	power(rig, 3, 0);
	rtl_wr8(rig, RTL_CONFIG5, 0x70 | RTL_CONFIG5_PME_STS);
	assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
	assert_int_equal(rtl_rd8(rig, RTL_CONFIG5) & RTL_CONFIG5_PME_STS, 0);
	/* A link that comes up. */
	nic_set_link(rig->nic, false);
	power(rig, 3, 1);
	rtl_wr8(rig, RTL_CONFIG3, RTL_CONFIG3_LINKUP);
	plug(rig);
	assert_int_equal(rtl_rd8(rig, RTL_CONFIG5) & RTL_CONFIG5_PME_STS, RTL_CONFIG5_PME_STS);
	/* Awake again: the chip is reset, why it woke is still to be seen, until it is cleared. */
	power(rig, 0, 1);
	assert_int_equal(rtl_rd8(rig, RTL_CONFIG3), 0xe1);
	assert_int_equal(rtl_rd8(rig, RTL_CONFIG5) & RTL_CONFIG5_PME_STS, RTL_CONFIG5_PME_STS);
	rtl_wr8(rig, RTL_CONFIG5, rtl_rd8(rig, RTL_CONFIG5) & RTL_CONFIG5_PME_STS);
	assert_int_equal(rtl_rd8(rig, RTL_CONFIG5) & RTL_CONFIG5_PME_STS, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, rtl_setup, rtl_teardown)
	const struct CMUnitTest tests[] = {
		T(test_cable), T(test_negotiation), T(test_modes),   T(test_successor_negotiates),
		T(test_timer), T(test_timer_storm), T(test_wake_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
