/* SPDX-License-Identifier: BSD-2-Clause */
/* rtl8139: registers, EEPROM, PHY, cable, counters, reset. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "devices/rtl8139/class.h"
#include "tests/support/rtl8139_driver.h"

/**
 * struct where - a register of a card, to be checked
 * @rig:	the card
 * @reg:	its row
 * @offset:	where it lies
 */
struct where {
	struct rig *rig;
	const struct reg *reg;
	uint32_t offset;
};

/** rd() - read it */
static uint32_t rd(const struct where *w)
{
	return (uint32_t)w->rig->nic->class->bar_read(w->rig->nic, 1, w->offset, w->reg->width);
}

/** wr() - write it, with a width */
static void wr(const struct where *w, uint32_t offset, unsigned width, uint32_t value)
{
	w->rig->nic->class->bar_write(w->rig->nic, 0, offset, width, value);
}

/** stored() - what is kept */
static uint32_t stored(const struct where *w)
{
	return reg_load(w->rig->card->state->regs + w->offset - w->reg->offset, w->reg, 0);
}

/** store() - keep something */
static void store(const struct where *w, uint32_t value)
{
	reg_store(w->rig->card->state->regs + w->offset - w->reg->offset, w->reg, 0, value);
}

/** walk() - check every register of every row that is there (or is not) */
static void walk(struct rig *rig, void (*check)(const struct where *), bool present)
{
	const struct reg_bank *bank = rig->nic->class->banks[1];

	for (unsigned i = 0; i < bank->count; i++) {
		const struct reg *reg = &bank->regs[i];

		if (reg_present(bank, reg) != present)
			continue;
		for (unsigned k = 0; k < reg_count(reg); k++) {
			struct where w = {rig, reg, reg->offset + k * reg_stride(reg)};

			check(&w);
		}
	}
}

/* After a reset each register has the value of its row; the station address is the board's. */
static void check_reset(const struct where *w)
{
	if (w->offset >= ETH_ADDR_LEN)
		assert_int_equal(stored(w) & ~(w->reg->offset == RTL_ISR ? RTL_INT_ALL : 0u),
				 reg_reset_value(w->rig->nic->class->banks[1], w->reg));
}

/* Ones, zeros and single bytes change what the mask says; hooks that compute are tested by name. */
static void check_masks(const struct where *w)
{
	uint32_t ones = (uint32_t)((1ull << (8 * w->reg->width)) - 1);
	uint32_t mask = w->reg->writable;
	uint32_t fixed;

	if (w->reg->write || w->reg->flags & REG_LOCKED)
		return;
	store(w, 0x5a5a5a5a & ones);
	fixed = stored(w) & ~mask & ~w->reg->w1c;
	wr(w, w->offset, w->reg->width, ones);
	assert_int_equal(stored(w), fixed | mask);
	wr(w, w->offset, w->reg->width, 0);
	assert_int_equal(stored(w), fixed);
	for (unsigned i = 0; i < w->reg->width; i++) {
		uint32_t lane = 0xffu << (8 * i);

		wr(w, w->offset + i, 1, 0xff);
		assert_int_equal(stored(w), fixed | (mask & lane));
		wr(w, w->offset + i, 1, 0);
	}
}

/* Locked registers open with 9346CR alone. */
static void check_lock(const struct where *w)
{
	uint32_t before = stored(w);

	if (!(w->reg->flags & REG_LOCKED))
		return;
	wr(w, RTL_9346CR, 1, RTL_EEM_NORMAL);
	wr(w, w->offset, w->reg->width, ~before);
	assert_int_equal(stored(w), before);
	wr(w, RTL_9346CR, 1, RTL_EEM_CONFIG);
	wr(w, w->offset, w->reg->width, ~before);
	assert_int_equal(stored(w), before ^ w->reg->writable);
	wr(w, w->offset, w->reg->width, before);
	wr(w, RTL_9346CR, 1, RTL_EEM_NORMAL);
}

/* Reads of all widths show what is kept, and clear what they are to clear. */
static void check_reads(const struct where *w)
{
	uint32_t ones = (uint32_t)((1ull << (8 * w->reg->width)) - 1);
	uint32_t value = 0x89abcdef & ones;

	if (w->reg->read || w->reg->flags & REG_WRITE_ONLY)
		return;
	for (unsigned i = 0; i < w->reg->width; i++) {
		store(w, value);
		assert_int_equal(w->rig->nic->class->bar_read(w->rig->nic, 0, w->offset + i, 1),
				 value >> (8 * i) & 0xff);
	}
	store(w, value);
	assert_int_equal(rd(w), value);
	assert_int_equal(rd(w), value & ~w->reg->read_clear);
}

static void check_w1c(const struct where *w)
{
	if (!w->reg->w1c || w->reg->write)
		return;
	store(w, w->reg->w1c);
	wr(w, w->offset, w->reg->width, w->reg->w1c & 0x0f0f0f0f);
	assert_int_equal(stored(w), w->reg->w1c & 0xf0f0f0f0);
}

static void check_write_only(const struct where *w)
{
	if (w->reg->flags & REG_WRITE_ONLY)
		assert_int_equal(rd(w), 0);
}

/* What a model does not have reads 0 and takes nothing. */
static void check_absent(const struct where *w)
{
	wr(w, w->offset, w->reg->width, 0xffffffff);
	assert_int_equal(rd(w), 0);
}

static void test_every_row_of_every_model(void **state)
{
	static const struct nic_class *const models[] = {&rtl8139_class, &rtl8139c_class};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(models); i++) {
		struct rig *rig = rtl_new_model(models[i], 0);

		assert_ptr_equal(nic_class(models[i]->model), models[i]);
		assert_null(reg_bank_check(models[i]->banks[1]));
		rtl_wr8(rig, RTL_CR, RTL_CR_RST);
		/* The link is there, which these show. */
		rtl_w8(rig->card, RTL_MSR, rtl_r8(rig->card, RTL_MSR) | RTL_MSR_LINKB);
		rtl_w16(rig->card, RTL_BMSR, RTL_BMSR_DEFAULT);
		rtl_w16(rig->card, RTL_ANLPAR, 0);
		rtl_w16(rig->card, RTL_CSCR, 0x01c0);
		walk(rig, check_reset, true);
		walk(rig, check_masks, true);
		walk(rig, check_lock, true);
		walk(rig, check_reads, true);
		walk(rig, check_w1c, true);
		walk(rig, check_write_only, true);
		walk(rig, check_absent, false);
		rtl_free(rig);
	}
}

/* What the datasheet (nic-rtl8139 matrix) says, and not the table. */
static void test_power_up_values(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(rig->nic->class->identity.revision, 0x20);
	assert_int_equal(rtl_rd32(rig, RTL_IDR0), 0xab005452);
	assert_int_equal(rtl_rd16(rig, RTL_IDR0 + 4), 0xefcd);
	assert_int_equal(rtl_rd8(rig, RTL_CR), 0x01);
	assert_int_equal(rtl_rd16(rig, RTL_CAPR), 0xfff0);
	assert_int_equal(rtl_rd16(rig, RTL_CBR), 0);
	for (uint32_t n = 0; n < 4; n++)
		assert_int_equal(rtl_rd32(rig, RTL_TSD0 + 4 * n), 0x2000);
	assert_int_equal(rtl_rd16(rig, RTL_TSAD), 0x000f);
	assert_int_equal(rtl_rd32(rig, RTL_TCR), 0x74800000);
	assert_int_equal(rtl_rd32(rig, RTL_RCR), 0);
	assert_int_equal(rtl_rd8(rig, RTL_CONFIG0), 0x10);
	assert_int_equal(rtl_rd8(rig, RTL_CONFIG1), 0x4d); /* maps, PMEn, as real boards have it */
	assert_int_equal(rtl_rd8(rig, RTL_CONFIG3), 0xe1);
	assert_int_equal(rtl_rd8(rig, RTL_CONFIG4), 0x80);
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

static void test_named_masks(void **state)
{
	struct rig *rig = *state;

	rtl_wr16(rig, RTL_CPCR, 0xffff); /* iPXE: must read back */
	assert_int_equal(rtl_rd16(rig, RTL_CPCR), 0x7b);
	rtl_wr16(rig, RTL_RMS, 0xffff); /* iPXE would take the chip for an 8169 */
	assert_int_equal(rtl_rd16(rig, RTL_RMS), 0);
	rtl_wr32(rig, RTL_MPC, 5);
	assert_int_equal(rtl_rd32(rig, RTL_MPC), 0);
	rtl_wr16(rig, RTL_IMR, 0xffff);
	assert_int_equal(rtl_rd16(rig, RTL_IMR), 0xe1ff);
	rtl_wr16(rig, RTL_IMR, 0);
	rtl_wr32(rig, RTL_TIMERINT, 0xffffffff);
	assert_int_equal(rtl_rd32(rig, RTL_TIMERINT), 0xffffffff);
	rtl_wr32(rig, RTL_TIMERINT, 0);
	rtl_wr16(rig, RTL_CPCR, 0);
	rtl_wr32(rig, RTL_TSD0, 0xffffffff);
	assert_int_equal(rtl_rd32(rig, RTL_TSD0), 0x003f3fff);
	rtl_wr32(rig, RTL_TCR, 0xffffffff);
	assert_int_equal(rtl_rd32(rig, RTL_TCR), 0x778f07f0);
	rtl_wr8(rig, RTL_9346CR, 0xff);
	assert_int_equal(rtl_rd8(rig, RTL_9346CR), 0xce);
	/* MEMMAP and IOMAP can't be written away: U-Boot writes CONFIG1 = 0 with the lock open. */
	rtl_wr8(rig, RTL_CONFIG1, 0);
	assert_int_equal(rtl_rd8(rig, RTL_CONFIG1), RTL_CONFIG1_MAPS);
}

static void test_widths(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(rtl_rd8(rig, RTL_TCR + 3), 0x74); /* Windows looks there */
	rtl_wr8(rig, RTL_TCR + 1, 0xff);
	assert_int_equal(rtl_rd32(rig, RTL_TCR), 0x74800700);
	assert_int_equal(rtl_rd32(rig, RTL_9346CR), 0x004d1000); /* U-Boot's delay */
	for (unsigned i = 0; i < 6; i++)
		rtl_wr8(rig, RTL_IDR0 + i, (uint8_t)(i + 1));
	assert_int_equal(rtl_rd32(rig, RTL_IDR0 + 1), 0x05040302);
	assert_int_equal(rtl_rd32(rig, RTL_CBR), 0);
	rtl_wr32(rig, RTL_IMR, 0xffff00ff); /* IMR and ISR in one */
	assert_int_equal(rtl_rd32(rig, RTL_IMR), 0x000000ff);
	for (uint32_t offset = 0; offset < RTL_BAR_SIZE; offset++)
		rtl_rd32(rig, MIN(offset, RTL_BAR_SIZE - 4));
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

/** eeprom_command() - send a start bit and some bits, then take CS away */
static void eeprom_command(struct rig *rig, uint32_t bits, int count)
{
	rtl_wr8(rig, RTL_9346CR, RTL_EEM_PINS);
	rtl_wr8(rig, RTL_9346CR, RTL_EEM_PINS | RTL_EE_CS);
	for (int i = count - 1; i >= 0; i--) {
		uint8_t pins = RTL_EEM_PINS | RTL_EE_CS | (bits >> i & 1 ? RTL_EE_DI : 0);

		rtl_wr8(rig, RTL_9346CR, pins);
		rtl_wr8(rig, RTL_9346CR, pins | RTL_EE_SK);
	}
	rtl_wr8(rig, RTL_9346CR, RTL_EEM_PINS);
}

/* As `ethtool -E` of 8139cp writes: EWEN, WRITE, poll, EWDS. Resets and autoload see it. */
static void test_eeprom_write(void **state)
{
	struct rig *rig = *state;

	eeprom_command(rig, 0x140 << 16 | 0x7 << 16 | 0x1234, 25); /* WRITE 7 before EWEN */
	assert_int_equal(eeprom_read(rig, 7), 0x5452);
	eeprom_command(rig, 0x130, 9); /* EWEN */
	eeprom_command(rig, 0x147 << 16 | 0x1252, 25);
	rtl_wr8(rig, RTL_9346CR, RTL_EEM_PINS | RTL_EE_CS);
	assert_int_equal(rtl_rd8(rig, RTL_9346CR) & RTL_EE_DO, RTL_EE_DO); /* ready */
	eeprom_command(rig, 0x14a << 16 | 0x0c05, 25);
	eeprom_command(rig, 0x100, 9); /* EWDS */
	eeprom_command(rig, 0x148 << 16, 25);
	assert_int_equal(eeprom_read(rig, 7), 0x1252);
	assert_int_equal(eeprom_read(rig, 8), 0xab00);
	assert_int_equal(rtl_rd8(rig, RTL_IDR0 + 1), 0x54);
	rtl_wr8(rig, RTL_9346CR, RTL_EEM_LOAD);
	assert_int_equal(rtl_rd8(rig, RTL_9346CR), 0);
	assert_int_equal(rtl_rd32(rig, RTL_IDR0), 0xab001252);
	assert_int_equal(rtl_rd8(rig, RTL_CONFIG0), 0x05);
	assert_int_equal(rtl_rd8(rig, RTL_CONFIG1), 0x0c);
	nic_reset(rig->nic);
	rtl_master(rig, true);
	assert_int_equal(rtl_rd32(rig, RTL_IDR0), 0xab001252);
	assert_int_equal(eeprom_read(rig, 7), 0x1252);
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
#define T(name) cmocka_unit_test_setup_teardown(name, rtl_setup, rtl_teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_row_of_every_model),
		T(test_power_up_values),
		T(test_named_masks),
		T(test_widths),
		T(test_eeprom),
		T(test_eeprom_write),
		T(test_soft_reset),
		T(test_software_interrupt),
		T(test_dump),
		T(test_pci_reset),
		T(test_hostile_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
