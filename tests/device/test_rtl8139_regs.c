/* SPDX-License-Identifier: BSD-2-Clause */
/* rtl8139: registers, EEPROM, PHY, cable, counters, reset. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "devices/rtl8139/class.h"
#include "tests/support/rtl8139_driver.h"

static void test_table(void **state)
{
	const char *bad = reg_bank_check(&rtl8139_bank);

	(void)state;
	if (bad)
		fail_msg("row %s", bad);
	assert_ptr_equal(nic_class("rtl8139"), &rtl8139_class);
	assert_int_equal(rtl8139_class.identity.revision, 0x20);
}

static void test_reset_values(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(rtl_rd32(rig, RTL_IDR0), 0xab005452);
	assert_int_equal(rtl_rd16(rig, RTL_IDR0 + 4), 0xefcd);
	assert_int_equal(rtl_rd8(rig, RTL_CR), 0x01);
	assert_int_equal(rtl_rd16(rig, RTL_CAPR), 0xfff0);
	assert_int_equal(rtl_rd16(rig, RTL_CBR), 0);
	assert_int_equal(rtl_rd32(rig, RTL_TSD0), 0x2000);
	assert_int_equal(rtl_rd32(rig, RTL_TCR) & 0x7cc00000, 0x74800000);
	assert_int_equal(rtl_rd32(rig, RTL_RCR), 0);
	assert_int_equal(rtl_rd8(rig, RTL_CONFIG1), 0x0c);
	assert_int_equal(rtl_rd8(rig, RTL_MSR), 0xd0);
	assert_int_equal(rtl_rd8(rig, RTL_RERID), 0x20);
	assert_int_equal(rtl_rd16(rig, RTL_BMCR), 0x3100);
	assert_int_equal(rtl_rd16(rig, RTL_BMSR), 0x7829); /* the link went up since power-up */
	assert_int_equal(rtl_rd16(rig, RTL_BMSR), 0x782d);
	assert_int_equal(rtl_rd16(rig, RTL_ANAR), 0x05e1);
	assert_int_equal(rtl_rd16(rig, RTL_ANLPAR), 0x45e1);
	assert_int_equal(rtl_rd16(rig, RTL_CPCR), 0);
	assert_int_equal(rtl_rd16(rig, RTL_RMS), 0);
}

/** expect_masks() - write ones and zeros to all registers of a row and look what stays */
static void expect_masks(struct rig *rig, const struct reg *reg)
{
	uint32_t ones = (uint32_t)((1ull << (8 * reg->width)) - 1);

	for (unsigned i = 0; i < reg_count(reg); i++) {
		const struct nic_class *class = rig->nic->class;
		uint32_t at = reg->offset + i * reg_stride(reg);
		uint32_t before = (uint32_t) class->bar_read(rig->nic, 1, at, reg->width);

		class->bar_write(rig->nic, 1, at, reg->width, ones);
		assert_int_equal(class->bar_read(rig->nic, 1, at, reg->width),
				 (before | reg->writable) & ~reg->w1c);
		class->bar_write(rig->nic, 1, at, reg->width, 0);
		assert_int_equal(class->bar_read(rig->nic, 1, at, reg->width),
				 before & ~reg->writable & ~reg->w1c);
	}
}

static void test_masks(void **state)
{
	struct rig *rig = *state;
	unsigned checked = 0;

	for (unsigned i = 0; i < rtl8139_bank.count; i++) {
		const struct reg *reg = &rtl8139_bank.regs[i];

		if (reg->write || reg->read || reg->read_clear || reg->flags & REG_WRITE_ONLY)
			continue;
		expect_masks(rig, reg);
		checked++;
	}
	assert_true(checked > 30);
	rtl_wr16(rig, RTL_CPCR, 0xffff);
	assert_int_equal(rtl_rd16(rig, RTL_CPCR), 0x7b);
	rtl_wr16(rig, RTL_RMS, 0xffff); /* iPXE would take the chip for an 8169 */
	assert_int_equal(rtl_rd16(rig, RTL_RMS), 0);
	rtl_wr16(rig, RTL_INTRMIT, 0xffff);
	assert_int_equal(rtl_rd16(rig, RTL_INTRMIT), 0);
	rtl_wr32(rig, RTL_MPC, 5);
	assert_int_equal(rtl_rd32(rig, RTL_MPC), 0);
}

static void test_widths(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(rtl_rd8(rig, RTL_TCR + 3), 0x74);
	rtl_wr8(rig, RTL_TCR + 1, 0xff);
	assert_int_equal(rtl_rd32(rig, RTL_TCR), 0x74800700);
	assert_int_equal(rtl_rd32(rig, RTL_9346CR),
			 0x000c0000); /* 9346CR, CONFIG0, CONFIG1, nothing */
	for (unsigned i = 0; i < 6; i++)
		rtl_wr8(rig, RTL_IDR0 + i, (uint8_t)(i + 1));
	assert_int_equal(rtl_rd32(rig, RTL_IDR0 + 1), 0x05040302);
	for (uint32_t offset = 0; offset < RTL_BAR_SIZE; offset++)
		rtl_rd32(rig, MIN(offset, RTL_BAR_SIZE - 4));
}

static void test_config_lock(void **state)
{
	struct rig *rig = *state;
	const uint32_t locked[] = {RTL_CONFIG0, RTL_CONFIG1, RTL_CONFIG3, RTL_CONFIG4, RTL_MSR};

	for (unsigned i = 0; i < ARRAY_SIZE(locked); i++) {
		uint8_t before = rtl_rd8(rig, locked[i]);
		uint32_t writable = reg_find(&rtl8139_bank, locked[i], NULL)->writable;

		rtl_wr8(rig, locked[i], (uint8_t)~before);
		assert_int_equal(rtl_rd8(rig, locked[i]), before);
		rtl_wr8(rig, RTL_9346CR, RTL_EEM_CONFIG);
		rtl_wr8(rig, locked[i], (uint8_t)~before);
		assert_int_equal(rtl_rd8(rig, locked[i]), before ^ writable);
		rtl_wr8(rig, RTL_9346CR, RTL_EEM_NORMAL);
	}
	assert_int_equal(rtl_rd8(rig, RTL_CONFIG1) & RTL_CONFIG1_MAPS, RTL_CONFIG1_MAPS);
}

/** eeprom_read_selected() - read a word without having taken CS low before */
static uint16_t eeprom_read_selected(struct rig *rig, unsigned addr)
{
	uint16_t value = 0;

	rtl_wr8(rig, RTL_9346CR, RTL_EEM_PINS | RTL_EE_CS);
	for (int i = 8; i >= 0; i--) {
		uint8_t pins = RTL_EEM_PINS | RTL_EE_CS | ((0x180 | addr) >> i & 1 ? RTL_EE_DI : 0);

		rtl_wr8(rig, RTL_9346CR, pins);
		rtl_wr8(rig, RTL_9346CR, pins | RTL_EE_SK);
	}
	rtl_wr8(rig, RTL_9346CR, RTL_EEM_PINS | RTL_EE_CS);
	for (int i = 0; i < 16; i++) {
		rtl_wr8(rig, RTL_9346CR, RTL_EEM_PINS | RTL_EE_CS | RTL_EE_SK);
		value = (uint16_t)(value << 1 | (rtl_rd8(rig, RTL_9346CR) & RTL_EE_DO));
		rtl_wr8(rig, RTL_9346CR, RTL_EEM_PINS | RTL_EE_CS);
	}
	rtl_wr8(rig, RTL_9346CR, RTL_EEM_NORMAL);
	return value;
}

/** eeprom_read() - as 8139cp reads a word */
static uint16_t eeprom_read(struct rig *rig, unsigned addr)
{
	rtl_wr8(rig, RTL_9346CR, RTL_EEM_PINS);
	return eeprom_read_selected(rig, addr);
}

static void test_eeprom(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(eeprom_read(rig, 0), 0x8129);
	assert_int_equal(eeprom_read(rig, 1), 0x10ec);
	assert_int_equal(eeprom_read(rig, 2), 0x8139);
	assert_int_equal(eeprom_read(rig, 7), 0x5452);
	assert_int_equal(eeprom_read(rig, 8), 0xab00);
	assert_int_equal(eeprom_read(rig, 9), 0xefcd);
	/* In another mode the chip has the pins: a command that was begun is lost. */
	for (uint8_t sk = 0; sk < 4; sk++)
		rtl_wr8(rig, RTL_9346CR,
			RTL_EEM_PINS | RTL_EE_CS | RTL_EE_DI | (sk & 1 ? RTL_EE_SK : 0));
	rtl_wr8(rig, RTL_9346CR, RTL_EEM_CONFIG | RTL_EE_CS);
	assert_int_equal(eeprom_read_selected(rig, 7), 0x5452);
	rtl_wr32(rig, RTL_IDR0, 0);
	rtl_wr8(rig, RTL_9346CR, RTL_EEM_LOAD);
	assert_int_equal(rtl_rd8(rig, RTL_9346CR), 0);
	assert_int_equal(rtl_rd32(rig, RTL_IDR0), 0xab005452);
}

static void test_cable(void **state)
{
	struct rig *rig = *state;

	rtl_start(rig, 0);
	rtl_wr16(rig, RTL_ISR, 0xffff);
	rtl_irqs(rig);
	nic_set_link(rig->nic, false);
	assert_int_equal(rtl_irqs(rig), 1);
	assert_int_equal(rtl_rd16(rig, RTL_ISR), RTL_INT_LINKCHG);
	assert_int_equal(rtl_rd8(rig, RTL_MSR) & RTL_MSR_LINKB, RTL_MSR_LINKB);
	assert_int_equal(rtl_rd16(rig, RTL_ANLPAR), 0);
	rtl_wr16(rig, RTL_ISR, RTL_INT_LINKCHG);
	assert_int_equal(rtl_rd16(rig, RTL_ISR), 0);
	nic_set_link(rig->nic, true);
	rig->now += NIC_REPLUG_NS;
	rtl_turns(rig, 1);
	assert_int_equal(rtl_irqs(rig), 1);
	assert_int_equal(rtl_rd8(rig, RTL_MSR) & RTL_MSR_LINKB, 0);
	assert_int_equal(rtl_rd16(rig, RTL_BMSR) & RTL_BMSR_LINK, 0); /* latched */
	assert_int_equal(rtl_rd16(rig, RTL_BMSR) & RTL_BMSR_LINK, RTL_BMSR_LINK);
	port_set_link(&rig->peer, false);
	assert_int_equal(rtl_rd16(rig, RTL_BMSR), RTL_BMSR_DEFAULT);
	assert_int_equal(rtl_rd16(rig, RTL_BMSR), RTL_BMSR_DEFAULT);
}

static void test_phy_reset(void **state)
{
	struct rig *rig = *state;

	rtl_wr16(rig, RTL_BMCR, 0);
	rtl_wr16(rig, RTL_ANAR, 0x0021);
	assert_int_equal(rtl_rd16(rig, RTL_BMCR), 0);
	rtl_wr8(rig, RTL_CR, RTL_CR_RST); /* not the PHY's business */
	assert_int_equal(rtl_rd16(rig, RTL_ANAR), 0x0021);
	rtl_wr16(rig, RTL_BMCR, 0x8000);
	assert_int_equal(rtl_rd16(rig, RTL_BMCR), 0x3100);
	assert_int_equal(rtl_rd16(rig, RTL_ANAR), 0x05e1);
	rtl_wr16(rig, RTL_BMCR, 0x3300); /* restart of autonegotiation clears itself */
	assert_int_equal(rtl_rd16(rig, RTL_BMCR), 0x3100);
}

static void test_soft_reset(void **state)
{
	struct rig *rig = *state;

	rtl_start(rig, RTL_CPCR_RXCSUM);
	rtl_wr8(rig, RTL_IDR0, 0xee);
	rtl_wr8(rig, RTL_CR, RTL_CR_RST);
	assert_int_equal(rtl_rd8(rig, RTL_CR), RTL_CR_BUFE);
	assert_int_equal(rtl_rd16(rig, RTL_IMR), 0);
	assert_int_equal(rtl_rd16(rig, RTL_CPCR), 0);
	assert_int_equal(rtl_rd32(rig, RTL_TCR), RTL_TCR_HWVERID_CPLUS);
	assert_int_equal(rtl_rd8(rig, RTL_IDR0), 0x52);
	assert_int_equal(rtl_rd8(rig, RTL_MSR) & RTL_MSR_LINKB, 0);
}

static void test_software_interrupt(void **state)
{
	struct rig *rig = *state;

	rtl_wr8(rig, RTL_TPPOLL, RTL_TPPOLL_FSWINT);
	assert_int_equal(rtl_irqs(rig), 0);
	assert_int_equal(rtl_rd16(rig, RTL_ISR) & RTL_INT_SWINT, RTL_INT_SWINT);
	rtl_wr16(rig, RTL_IMR, RTL_INT_SWINT);
	assert_int_equal(rtl_irqs(rig), 1);
	assert_int_equal(rtl_irqs(rig), 1); /* a level: it fires again after each unmask */
	rtl_wr16(rig, RTL_IMR, 0);
	rtl_irqs(rig);
	assert_int_equal(rtl_irqs(rig), 0);
	rtl_wr16(rig, RTL_IMR, RTL_INT_SWINT);
	rtl_wr16(rig, RTL_ISR, RTL_INT_SWINT);
	rtl_irqs(rig);
	assert_int_equal(rtl_irqs(rig), 0);
}

static void test_dump(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[100];

	rtl_start(rig, 0);
	rtl_make_frame(rig, frame, sizeof(frame));
	assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
	memset(frame, 0xff, ETH_ADDR_LEN);
	assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
	rtl_put_tx(rig, 0, frame, sizeof(frame), RTL_EOR);
	rtl_wr8(rig, RTL_TPPOLL, RTL_TPPOLL_NPQ);
	memset(rtl_guest(rig, DUMP), 0xaa, RTL_TALLY_SIZE + 1);
	rtl_wr32(rig, RTL_DTCCR + 4, 0);
	rtl_wr32(rig, RTL_DTCCR, DUMP | RTL_DTCCR_DUMP);
	assert_int_equal(rtl_rd32(rig, RTL_DTCCR), DUMP);
	assert_int_equal(get_le64(rtl_guest(rig, DUMP)), 1);      /* TxOk */
	assert_int_equal(get_le64(rtl_guest(rig, DUMP + 8)), 2);  /* RxOk */
	assert_int_equal(get_le64(rtl_guest(rig, DUMP + 40)), 1); /* RxOkPhy */
	assert_int_equal(get_le64(rtl_guest(rig, DUMP + 48)), 1); /* RxOkBrd */
	assert_int_equal(get_le32(rtl_guest(rig, DUMP + 60)), 0);
	assert_int_equal(*rtl_guest(rig, DUMP + RTL_TALLY_SIZE), 0xaa);
	rtl_wr32(rig, RTL_DTCCR, RTL_DTCCR_DUMP | (uint32_t)UNMAPPED);
	assert_int_equal(rtl_rd16(rig, RTL_ISR) & RTL_INT_SERR, RTL_INT_SERR);
}

static void test_pci_reset(void **state)
{
	struct rig *rig = *state;

	rtl_start(rig, 0);
	rtl_wr16(rig, RTL_ANAR, 0x0021);
	rtl_wr8(rig, RTL_TPPOLL, RTL_TPPOLL_FSWINT);
	nic_reset(rig->nic);
	assert_int_equal(rtl_rd16(rig, RTL_ANAR), 0x05e1);
	assert_int_equal(rtl_rd16(rig, RTL_ISR), 0);
	assert_int_equal(rtl_rd8(rig, RTL_MSR) & RTL_MSR_LINKB, 0);
	assert_int_equal(rtl_rd32(rig, RTL_IDR0), 0xab005452);
}

/* State that a dying predecessor left behind may be anything. */
static void test_hostile_state(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[1000];

	rtl_make_frame(rig, frame, sizeof(frame));
	for (unsigned v = 0; v < 256; v++) {
		rtl_start(rig, (uint16_t)v);
		rig->card->state->tx_index[0] = (uint8_t)v;
		rig->card->state->tx_index[1] = (uint8_t)v;
		rig->card->state->rx_index = (uint8_t)v;
		rig->card->state->tx_pending = (uint8_t)v;
		rtl8139_work_soon(rig->card);
		rtl_turns(rig, 3);
		rtl_peer_send_frame(rig, frame, sizeof(frame));
		eeprom_read(rig, v % 64);
		assert_false(loop_timer_running(&rig->card->work) && !rig->card->rx_stalled);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test_setup_teardown(test_reset_values, rtl_setup, rtl_teardown),
		cmocka_unit_test_setup_teardown(test_masks, rtl_setup, rtl_teardown),
		cmocka_unit_test_setup_teardown(test_widths, rtl_setup, rtl_teardown),
		cmocka_unit_test_setup_teardown(test_config_lock, rtl_setup, rtl_teardown),
		cmocka_unit_test_setup_teardown(test_eeprom, rtl_setup, rtl_teardown),
		cmocka_unit_test_setup_teardown(test_cable, rtl_setup, rtl_teardown),
		cmocka_unit_test_setup_teardown(test_phy_reset, rtl_setup, rtl_teardown),
		cmocka_unit_test_setup_teardown(test_soft_reset, rtl_setup, rtl_teardown),
		cmocka_unit_test_setup_teardown(test_software_interrupt, rtl_setup, rtl_teardown),
		cmocka_unit_test_setup_teardown(test_dump, rtl_setup, rtl_teardown),
		cmocka_unit_test_setup_teardown(test_pci_reset, rtl_setup, rtl_teardown),
		cmocka_unit_test_setup_teardown(test_hostile_state, rtl_setup, rtl_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
