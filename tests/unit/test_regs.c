/* SPDX-License-Identifier: BSD-2-Clause */
/* The register engine: lanes, masks, hooks, arrays, resets, and its check of tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "devices/chip/regs.h"
#include "net/base/bytes.h"

/** struct chip - what the hooks see */
struct chip {
	uint8_t file[256];
	unsigned writes;
	unsigned index;
	uint32_t value;
	uint32_t old;
	unsigned reads;
};

static void on_write(void *dev, unsigned index, uint32_t value, uint32_t old)
{
	struct chip *chip = dev;

	chip->writes++;
	chip->index = index;
	chip->value = value;
	chip->old = old;
}

static uint32_t on_read(void *dev, unsigned index)
{
	struct chip *chip = dev;

	chip->reads++;
	return 0x10000000 + index;
}

enum { CTRL, PAIR_LOW, PAIR_HIGH, CAUSE, COUNTER, SECRET, HOOKED, BYTES, WORD, LAST };

#define ROW(at, bytes, text, ...)                                             \
	{                                                                     \
		.offset = (at), .width = (bytes), .name = (text), __VA_ARGS__ \
	}

static const struct reg rows[] = {
	[CTRL] = ROW(0x00, 4, "CTRL", .reset = 0x80000001, .writable = 0x00ff00ff,
		     .write = on_write),
	/* As RAL and RAH: two arrays that interleave. */
	[PAIR_LOW] = ROW(0x10, 4, "LOW", .count = 4, .stride = 8, .writable = 0xffffffff,
			 .flags = REG_KEEP, .write = on_write),
	[PAIR_HIGH] = ROW(0x14, 4, "HIGH", .count = 4, .stride = 8, .writable = 0x8000ffff),
	[CAUSE] = ROW(0x30, 4, "CAUSE", .w1c = 0xff, .write = on_write),
	[COUNTER] = ROW(0x34, 4, "COUNTER", .read_clear = 0xffffffff),
	[SECRET] = ROW(0x38, 4, "SECRET", .flags = REG_WRITE_ONLY, .writable = 0xffffffff),
	[HOOKED] = ROW(0x3c, 4, "HOOKED", .count = 2, .read = on_read),
	[BYTES] = ROW(0x50, 1, "BYTES", .count = 6, .writable = 0xff, .write = on_write),
	[WORD] = ROW(0x56, 2, "WORD", .reset = 0x1234, .writable = 0x0ff0),
	[LAST] = ROW(0xfc, 4, "LAST", .writable = 0xffffffff),
};

static const struct reg_bank bank = {
	.name = "test", .regs = rows, .count = ARRAY_SIZE(rows), .size = 256};

static struct chip chip;

static int setup(void **state)
{
	(void)state;
	memset(&chip, 0, sizeof(chip));
	reg_reset(&bank, chip.file, true);
	return 0;
}

static uint64_t get(uint32_t offset, unsigned size)
{
	return reg_read(&bank, chip.file, &chip, offset, size);
}

static void put(uint32_t offset, unsigned size, uint64_t value)
{
	const struct reg_access access = {.offset = offset, .size = size, .value = value};

	reg_write(&bank, chip.file, &chip, &access);
}

static void test_finds_rows(void **state)
{
	unsigned index = 99;

	(void)state;
	assert_ptr_equal(reg_find(&bank, 0, &index), &rows[CTRL]);
	assert_int_equal(index, 0);
	assert_ptr_equal(reg_find(&bank, 3, NULL), &rows[CTRL]);
	assert_null(reg_find(&bank, 4, NULL));
	for (unsigned i = 0; i < 4; i++) {
		assert_ptr_equal(reg_find(&bank, 0x10 + 8 * i + 3, &index), &rows[PAIR_LOW]);
		assert_int_equal(index, i);
		assert_ptr_equal(reg_find(&bank, 0x14 + 8 * i, &index), &rows[PAIR_HIGH]);
		assert_int_equal(index, i);
	}
	assert_ptr_equal(reg_find(&bank, 0x55, &index), &rows[BYTES]);
	assert_int_equal(index, 5);
	assert_ptr_equal(reg_find(&bank, 0x57, NULL), &rows[WORD]);
	assert_null(reg_find(&bank, 0x58, NULL));
	assert_null(reg_find(&bank, 0x100, NULL));
	assert_null(reg_find(&bank, UINT32_MAX, NULL));
}

static void test_masks(void **state)
{
	(void)state;
	put(0, 4, 0xffffffff);
	assert_int_equal(get(0, 4), 0x80ff00ff); /* bit 31 is not writable and was set */
	put(0, 4, 0);
	assert_int_equal(get(0, 4), 0x80000000);
	assert_int_equal(chip.value, 0); /* the hook gets all that was written ... */
	assert_int_equal(chip.old, 0x80ff00ff);
	reg_store(chip.file, &rows[CAUSE], 0, 0x1ff);
	put(0x30, 4, 0xffffff0f);
	assert_int_equal(get(0x30, 4), 0x1f0);
	assert_int_equal(chip.value, 0xffffff0f); /* ... also bits that are not stored */
	reg_store(chip.file, &rows[COUNTER], 0, 77);
	assert_int_equal(get(0x34, 4), 77);
	assert_int_equal(get(0x34, 4), 0);
	put(0x38, 4, 0x5555);
	assert_int_equal(get(0x38, 4), 0);
	assert_int_equal(reg_load(chip.file, &rows[SECRET], 0), 0x5555);
	put(0x34, 4, 9);
	assert_int_equal(get(0x34, 4), 0);
}

static void test_lanes(void **state)
{
	(void)state;
	put(0x10, 4, 0x44332211);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(get(0x10 + i, 1), 0x11 * (i + 1));
	assert_int_equal(get(0x11, 2), 0x3322);
	chip.writes = 0;
	put(0x12, 1, 0xaa);
	assert_int_equal(chip.writes, 1);
	assert_int_equal(chip.value, 0x44aa2211); /* the hook sees the whole register */
	assert_int_equal(chip.old, 0x44332211);
	assert_int_equal(get(0x10, 4), 0x44aa2211);
	/* A partial write clears only W1C bits of its own lanes. */
	reg_store(chip.file, &rows[CAUSE], 0, 0xff);
	put(0x31, 1, 0xff);
	assert_int_equal(get(0x30, 4), 0xff);
	put(0x30, 1, 0x80);
	assert_int_equal(get(0x30, 4), 0x7f);
}

static void test_accesses_across_registers(void **state)
{
	(void)state;
	put(0x18, 8, 0x8000123455667788); /* LOW1 and HIGH1 */
	assert_int_equal(get(0x18, 4), 0x55667788);
	assert_int_equal(get(0x1c, 4), 0x80001234);
	assert_int_equal(get(0x1a, 4), 0x12345566);
	assert_true(get(0x18, 8) == 0x8000123455667788);
	chip.writes = 0;
	put(0x50, 8, 0x0807060504030201); /* six bytes and a word */
	assert_int_equal(chip.writes, 6);
	assert_int_equal(chip.index, 5);
	assert_int_equal(get(0x50, 4), 0x04030201);
	assert_int_equal(get(0x54, 2), 0x0605);
	assert_int_equal(get(0x56, 2), 0x1804); /* 0x1234 with 0x0807 under the mask 0x0ff0 */
	put(0x02, 4, 0xffffffff);               /* the second half of CTRL, and nothing */
	assert_int_equal(get(0x02, 4), 0x80ff);
}

static void test_hooks(void **state)
{
	(void)state;
	assert_int_equal(get(0x40, 4), 0x10000001);
	assert_int_equal(get(0x43, 1), 0x10);
	assert_true(get(0x3c, 8) == 0x1000000110000000);
	assert_int_equal(chip.reads, 4);
	put(0x28, 4, 1);
	assert_int_equal(chip.index, 3);
}

static void test_nothing_there(void **state)
{
	struct chip before;

	(void)state;
	before = chip;
	put(0x80, 8, UINT64_MAX);
	put(0x08, 4, UINT64_MAX);
	put(0x100, 4, UINT64_MAX);
	put(UINT32_MAX, 1, UINT64_MAX);
	assert_memory_equal(&chip, &before, sizeof(chip));
	assert_int_equal(get(0x80, 8), 0);
	assert_int_equal(get(0x100, 4), 0);
	put(0xfe, 8, UINT64_MAX); /* over the end of the bank */
	assert_int_equal(get(0xfc, 4), 0xffff0000);
	assert_true(get(0xfc, 8) == 0xffff0000);
}

static void test_dword_only(void **state)
{
	struct reg_bank strict = bank;
	struct reg_access access = {.offset = 0x10, .size = 4, .value = 0x01020304};

	(void)state;
	strict.dword_only = true;
	reg_write(&strict, chip.file, &chip, &access);
	access = (struct reg_access){.offset = 0x10, .size = 2, .value = 0xffff};
	reg_write(&strict, chip.file, &chip, &access);
	access = (struct reg_access){.offset = 0x12, .size = 4, .value = 0xffffffff};
	reg_write(&strict, chip.file, &chip, &access);
	assert_int_equal(reg_read(&strict, chip.file, &chip, 0x10, 4), 0x01020304);
	assert_int_equal(reg_read(&strict, chip.file, &chip, 0x11, 1),
			 3); /* reads are not strict */
	access = (struct reg_access){.offset = 0x20, .size = 8, .value = 0x0000000700000008};
	reg_write(&strict, chip.file, &chip, &access);
	assert_int_equal(reg_read(&strict, chip.file, &chip, 0x24, 4), 7);
}

static void test_resets(void **state)
{
	(void)state;
	assert_int_equal(get(0, 4), 0x80000001);
	assert_int_equal(get(0x56, 2), 0x1234);
	put(0, 4, 0xff);
	put(0x28, 8, 0x0000000500000006);
	chip.writes = 0;
	reg_reset(&bank, chip.file, false);
	assert_int_equal(get(0, 4), 0x80000001);
	assert_int_equal(get(0x28, 4), 6); /* REG_KEEP, also the fourth of the array */
	assert_int_equal(get(0x2c, 4), 0);
	reg_reset(&bank, chip.file, true);
	assert_int_equal(get(0x28, 4), 0);
	assert_int_equal(chip.writes, 0);
}

/* What the check says of the table with one row spoilt. */
static const char *spoilt(unsigned row, const struct reg *bad)
{
	struct reg copy[ARRAY_SIZE(rows)];
	struct reg_bank other = bank;

	memcpy(copy, rows, sizeof(rows));
	copy[row] = *bad;
	other.regs = copy;
	return reg_bank_check(&other);
}

/* The check names the one row that is bad in itself. */
static void spoil(unsigned row, const struct reg *bad)
{
	assert_string_equal(spoilt(row, bad), "bad");
}

static void test_check_of_tables(void **state)
{
	(void)state;
	assert_null(reg_bank_check(&bank));
	spoil(CTRL, &(struct reg){.offset = 0, .width = 3, .name = "bad"});
	spoil(CTRL, &(struct reg){.offset = 0, .width = 0, .name = "bad"});
	spoil(LAST, &(struct reg){.offset = 0xfd, .width = 4, .name = "bad"});
	spoil(LAST, &(struct reg){.offset = 0xf0, .width = 4, .count = 5, .name = "bad"});
	spoil(WORD, &(struct reg){.offset = 0x56, .width = 2, .reset = 0x10000, .name = "bad"});
	spoil(WORD, &(struct reg){.offset = 0x56, .width = 2, .w1c = 0x10000, .name = "bad"});
	spoil(WORD, &(struct reg){.offset = 0x56, .width = 1, .writable = 0x100, .name = "bad"});
	spoil(CTRL,
	      &(struct reg){.offset = 0, .width = 4, .count = 8, .name = "bad"}); /* overlap */
	/* Out of order or twice: the neighbour may be named. */
	assert_non_null(spoilt(SECRET, &(struct reg){.offset = 0x34, .width = 4, .name = "bad"}));
	assert_non_null(spoilt(CAUSE, &(struct reg){.offset = 0x14, .width = 4, .name = "bad"}));
	assert_non_null(spoilt(LAST, &(struct reg){.offset = 0x30, .width = 4, .name = "bad"}));
}

static void test_family(void **state)
{
	static const struct reg family[] = {
		ROW(0, 4, "OLD", .writable = 0xff),
		ROW(4, 4, "NEW", .writable = 0xff, .reset = 7, .flags = REG_LATER),
		ROW(8, 4, "FIRM", .writable = 0xff, .reset = 0, .flags = REG_STICKY),
	};
	const struct reg_bank late = {.regs = family, .count = 3, .size = 12};
	const struct reg_bank early = {.regs = family, .count = 3, .size = 12, .early = true};
	uint8_t file[12] = {0};

	(void)state;
	assert_null(reg_bank_check(&early));
	reg_reset(&late, file, true);
	assert_int_equal(reg_read(&late, file, NULL, 4, 4), 7);
	assert_int_equal(reg_read(&early, file, NULL, 4, 4), 0);
	reg_write(&early, file, NULL, &(struct reg_access){.offset = 4, .size = 4, .value = 1});
	assert_int_equal(reg_read(&late, file, NULL, 4, 4), 7);
	reg_write(&late, file, NULL, &(struct reg_access){.offset = 8, .size = 4, .value = 1});
	reg_reset(&late, file, true);
	assert_int_equal(reg_read(&late, file, NULL, 8, 4), 1);
}

static void test_fields(void **state)
{
	static const char *const good[] = {"", "0:A", "3-0:LOW 4:BIT 31-16:HIGH"};
	static const char *const bad[] = {"4:B 0:A", "0-3:A",     "1-0:A 1:B", "32:A",
					  "x:A",     "0:A,1:B 1", "0:"};
	const char *cursor = good[2];
	struct reg_field f;
	struct reg row = ROW(0, 4, "R", );
	const struct reg_bank one = {.regs = &row, .count = 1, .size = 4};

	(void)state;
	assert_true(reg_next_field(&cursor, &f));
	assert_int_equal(f.shift, 0);
	assert_int_equal(f.width, 4);
	assert_int_equal(f.name_len, 3);
	assert_true(reg_next_field(&cursor, &f) && reg_next_field(&cursor, &f));
	assert_memory_equal(f.name, "HIGH", 4);
	assert_false(reg_next_field(&cursor, &f));
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		row.fields = good[i];
		assert_null(reg_bank_check(&one));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		row.fields = bad[i];
		assert_non_null(reg_bank_check(&one));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_family),
		cmocka_unit_test(test_fields),
		cmocka_unit_test_setup(test_finds_rows, setup),
		cmocka_unit_test_setup(test_masks, setup),
		cmocka_unit_test_setup(test_lanes, setup),
		cmocka_unit_test_setup(test_accesses_across_registers, setup),
		cmocka_unit_test_setup(test_hooks, setup),
		cmocka_unit_test_setup(test_nothing_there, setup),
		cmocka_unit_test_setup(test_dword_only, setup),
		cmocka_unit_test_setup(test_resets, setup),
		cmocka_unit_test_setup(test_check_of_tables, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
