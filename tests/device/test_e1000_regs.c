/* SPDX-License-Identifier: BSD-2-Clause */
/* Every register row of every e1000 model: reset value, masks, read-clear, W1C, widths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/e1000_driver.h"

/* Rows whose value is not what lies in the register file; each has a test of its own. */
static const uint32_t hooked[] = {
	E1000_CTRL,     E1000_CTRL_DUP, E1000_STATUS, E1000_EECD, E1000_EERD,
	E1000_CTRL_EXT, E1000_MDIC,     E1000_ICR,    E1000_ICS,  E1000_IMS,
	E1000_IMC,      E1000_PBA,      E1000_WUC,
};

static bool is_hooked(uint32_t offset)
{
	for (size_t i = 0; i < ARRAY_SIZE(hooked); i++) {
		if (hooked[i] == offset)
			return true;
	}
	return false;
}

/* A register of a row, seen through the bus. */
struct where {
	struct bench *b;
	const struct reg *reg;
	uint32_t offset;
};

static void store(const struct where *w, uint32_t value)
{
	put_le32(((struct e1000_state *)w->b->nic->mem.chip)->regs + w->offset, value);
}

static uint32_t stored(const struct where *w)
{
	return get_le32(((struct e1000_state *)w->b->nic->mem.chip)->regs + w->offset);
}

/* Writes go through the mask, and only as whole dwords. */
static void check_masks(const struct where *w)
{
	static const uint32_t patterns[] = {0xffffffff, 0, 0x5a5a5a5a, 0xa5a5a5a5};
	uint32_t fixed = stored(w) & ~w->reg->writable;

	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
		uint32_t w1c = patterns[i] & w->reg->w1c;

		wr(w->b, w->offset, patterns[i]);
		assert_int_equal(stored(w), (fixed & ~w1c) | (patterns[i] & w->reg->writable));
	}
	store(w, fixed);
	w->b->nic->class->bar_write(w->b->nic, 0, w->offset, 2, 0xffff);
	w->b->nic->class->bar_write(w->b->nic, 0, w->offset + 3, 1, 0xff);
	assert_int_equal(stored(w), fixed);
}

/* Reads show the value, any lane of it, and clear what they are to clear. */
static void check_reads(const struct where *w)
{
	store(w, 0x89abcdef);
	if (w->reg->read) { /* high half of a 64-bit counter: clears both */
		assert_int_equal(rd(w->b, w->offset), 0x89abcdef);
		assert_int_equal(rd(w->b, w->offset), 0);
		assert_int_equal(rd(w->b, w->offset - 4), 0);
		return;
	}
	assert_int_equal(w->b->nic->class->bar_read(w->b->nic, 0, w->offset + 1, 1), 0xcd);
	store(w, 0x89abcdef);
	assert_int_equal(w->b->nic->class->bar_read(w->b->nic, 0, w->offset + 2, 2), 0x89ab);
	store(w, 0x89abcdef);
	assert_int_equal(rd(w->b, w->offset), 0x89abcdef);
	assert_int_equal(rd(w->b, w->offset), 0x89abcdef & ~w->reg->read_clear);
}

static void check_w1c(const struct where *w)
{
	if (!w->reg->w1c)
		return;
	store(w, w->reg->w1c);
	wr(w->b, w->offset, w->reg->w1c & 0x0f0f0f0f);
	assert_int_equal(stored(w), w->reg->w1c & 0xf0f0f0f0);
}

/* A part that lacks the register reads 0 and takes nothing. */
static void check_absent(const struct where *w)
{
	wr(w->b, w->offset, 0xffffffff);
	assert_int_equal(rd(w->b, w->offset), 0);
}

static void walk(struct bench *b, const struct reg_bank *bank, void (*check)(const struct where *),
		 bool present)
{
	for (unsigned i = 0; i < bank->count; i++) {
		const struct reg *reg = &bank->regs[i];

		if (reg_present(bank, reg) != present || is_hooked(reg->offset))
			continue;
		for (unsigned k = 0; k < reg_count(reg); k += 1 + k / 8) {
			struct where w = {b, reg, reg->offset + k * reg_stride(reg)};

			check(&w);
		}
	}
}

static void check_reset(const struct where *w)
{
	bool station = w->offset == E1000_RAL || w->offset == E1000_RAH;

	if (!station)
		assert_int_equal(stored(w), w->reg->reset);
}

static void every_row_of_every_model(void **state)
{
	(void)state;
	for (int part = 0; part < E1000_PARTS; part++) {
		struct bench *b = e1000_bench((enum e1000_part)part, 0);
		const struct reg_bank *bank = e1000_models[part].class.banks[0];

		assert_null(reg_bank_check(bank));
		walk(b, bank, check_reset, true);
		walk(b, bank, check_masks, true);
		walk(b, bank, check_reads, true);
		walk(b, bank, check_w1c, true);
		walk(b, bank, check_absent, false);
		bench_stop((void **)&b);
	}
}

/* What the datasheet (nic-e1000 matrix) says, and not the table: one line a register and part. */
static const struct {
	uint32_t offset;
	uint32_t value[E1000_PARTS];
} power_up[] = {
	{E1000_STATUS, {0x00000e81, 0x0000b681, 0x00001e81}},
	{E1000_EECD, {0x00000118, 0x00000118, 0x00000118}}, /* DO is pulled up */
	{E1000_FCAL, {0x00c28001, 0x00c28001, 0x00c28001}},
	{E1000_FCAH, {0x00000100, 0x00000100, 0x00000100}},
	{E1000_FCT, {0x00008808, 0x00008808, 0x00008808}},
	{E1000_VET, {0x00008100, 0x00008100, 0x00008100}},
	{E1000_PBA, {0x00100030, 0x00100030, 0x00100030}},
	{E1000_LEDCTL, {0x07068302, 0x07068302, 0}},
	{E1000_RXDCTL, {0x01010000, 0x01010000, 0x01010000}},
	{E1000_RAL, {0x01005452, 0x01005452, 0x01005452}},
	{E1000_RAH, {0x80000302, 0x80000302, 0x80000302}},
	{E1000_WUC, {0x00000001, 0x00000001, 0x00000001}},
	{0x2008, {0, 0, 0}}, /* ERT, TARC0, SWSM: later chips, but `ethtool -d` reads them */
	{0x3840, {0, 0, 0}},
	{0x5b50, {0, 0, 0}},
};

static void power_up_values(void **state)
{
	(void)state;
	for (int part = 0; part < E1000_PARTS; part++) {
		struct bench *b = e1000_bench((enum e1000_part)part, 0);

		for (size_t i = 0; i < ARRAY_SIZE(power_up); i++)
			assert_int_equal(rd(b, power_up[i].offset), power_up[i].value[part]);
		assert_int_equal(phy_rd(b, 2), 0x0141);
		assert_int_equal(phy_rd(b, 3) & 0xfff0, part == E1000_82544GC ? 0x0c30 : 0x0c20);
		assert_int_equal(phy_rd(b, 0), 0x1140);
		assert_int_equal(phy_rd(b, 15), 0x3000);
		bench_stop((void **)&b);
	}
}

static void hooked_rows_have_masks_too(void **state)
{
	struct bench *b = e1000_bench(E1000_82540EM, 0);

	(void)state;
	wr(b, E1000_CTRL, 0x5bfc1be9); /* all but RST and PHY_RST */
	assert_int_equal(rd(b, E1000_CTRL), 0x5bfc1be9);
	assert_int_equal(rd(b, E1000_CTRL_DUP), 0x5bfc1be9);
	wr(b, E1000_CTRL_DUP, 0x00000041);
	assert_int_equal(rd(b, E1000_CTRL), 0x00000041);
	wr(b, E1000_CTRL_EXT, 0xffffffff);
	assert_int_equal(rd(b, E1000_CTRL_EXT), 0x00c2cfff);
	wr(b, E1000_PBA, 0xffffffff);
	assert_int_equal(rd(b, E1000_PBA), 0x00000078); /* no more than 64 KiB in all */
	wr(b, E1000_PBA, 0x20);
	assert_int_equal(rd(b, E1000_PBA), 0x00200020);
	wr(b, E1000_CTRL, CTRL_RST);
	assert_int_equal(rd(b, E1000_PBA), 0x00200020); /* Linux writes it, then resets */
	wr(b, E1000_IMS, 0xffffffff);
	assert_int_equal(rd(b, E1000_IMS), 0x0001ffff);
	wr(b, E1000_IMC, 0x0000fff0);
	assert_int_equal(rd(b, E1000_IMS), 0x0001000f);
	assert_int_equal(rd(b, E1000_IMC), 0);
	wr(b, E1000_ICS, 0x00018081);
	assert_int_equal(rd(b, E1000_ICS), 0x00018081); /* shows, clears nothing */
	wr(b, E1000_ICR, 0x00000080);
	assert_int_equal(rd(b, E1000_ICR), 0x00018001);
	assert_int_equal(rd(b, E1000_ICR), 0);
	wr(b, E1000_TCTL, 0xffffffff);
	assert_int_equal(rd(b, E1000_TCTL), 0x033ffffa);
	assert_int_equal(rd(b, E1000_XOFFTXC), 1); /* SWXOFF acted and is 0 again */
	bench_stop((void **)&b);
}

static void the_early_part_has_fewer_causes_and_no_handshake(void **state)
{
	struct bench *b = e1000_bench(E1000_82544GC, 0);

	(void)state;
	wr(b, E1000_ICS, 0xffffffff);
	assert_int_equal(rd(b, E1000_ICR), 0x00007fff);
	wr(b, E1000_EECD, EECD_REQ);
	assert_int_equal(rd(b, E1000_EECD) & (EECD_REQ | EECD_GNT), 0);
	bench_stop((void **)&b);
}

static void counters_stick_at_their_maximum(void **state)
{
	struct bench *b = e1000_bench(E1000_82540EM, 0);
	struct e1000 *e = container_of(b->nic, struct e1000, nic);

	(void)state;
	e1000_set(e, E1000_GPTC, 0xfffffffe);
	put_le64(e->s->regs + E1000_GOTCL, UINT64_MAX - 10);
	stats_sent(e, own, 60, 5);
	assert_int_equal(rd(b, E1000_GPTC), 0xffffffff);
	assert_int_equal(rd(b, E1000_GPTC), 0);
	assert_int_equal(rd(b, E1000_GOTCL), 0xffffffff); /* the low half clears nothing */
	assert_int_equal(rd(b, E1000_GOTCL), 0xffffffff);
	assert_int_equal(rd(b, E1000_GOTCH), 0xffffffff);
	assert_int_equal(rd(b, E1000_GOTCL), 0);
	bench_stop((void **)&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_of_every_model),
		cmocka_unit_test(power_up_values),
		cmocka_unit_test(hooked_rows_have_masks_too),
		cmocka_unit_test(the_early_part_has_fewer_causes_and_no_handshake),
		cmocka_unit_test(counters_stick_at_their_maximum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
