/* SPDX-License-Identifier: BSD-2-Clause */
/* The register engine: one table a chip says what its registers are, the engine does the rest. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Theory of operation
 *
 * A chip describes its registers as rows of a table, sorted by offset. The register file is plain
 * bytes in the chip's flat state, little endian, addressed by the same offsets. An access of any
 * width at any offset is cut at the borders of rows: a read takes each register's value and picks
 * the bytes that were asked for, a write merges them into the old value. So hooks always see whole
 * registers, and byte lanes are nobody's concern but the engine's.
 *
 * A write changes the bits of `writable`, clears those of `w1c` that are written as 1, and then
 * calls the hook with the old value. A read returns the stored value (or what the hook returns)
 * and clears the bits of `read_clear`. Offsets without a row read 0 and ignore writes.
 */

/** enum reg_flags - properties of a row */
enum reg_flags {
	REG_KEEP = 1 << 0,       /* survives a software reset */
	REG_WRITE_ONLY = 1 << 1, /* reads 0 unless a read hook says otherwise */
	REG_STICKY = 1 << 2,     /* survives every reset; 0 in new memory */
	REG_LATER = 1 << 3,      /* not on the early parts of the family */
	REG_LOCKED = 1 << 4,     /* writes are dropped while the bank says so */
};

/**
 * struct reg - one register, or an array of equal ones
 * @offset:	byte offset of the first
 * @width:	1, 2 or 4 bytes
 * @flags:	enum reg_flags bits
 * @count:	number of registers; 0 means 1
 * @stride:	distance between them in bytes; 0 means @width
 * @name:	the datasheet's name
 * @section:	where the datasheet describes it
 * @reset:	value after reset
 * @early_reset: value after reset on an early part of the family; 0: the same
 * @writable:	bits that a write stores
 * @w1c:	bits that writing 1 clears
 * @read_clear:	bits that a read clears
 * @fields:	its bits, "0:FD 9-8:SPEED", lowest first; NULL for a plain number
 * @write:	called after a write was stored; @index counts in an array, @old is the value before
 * @read:	called for the value; without it the stored one is read
 *
 * @dev of the hooks is what the access function was given.
 */
struct reg {
	uint32_t offset;
	uint8_t width;
	uint8_t flags;
	uint16_t count;
	uint16_t stride;
	const char *name;
	const char *section;
	uint32_t reset;
	uint32_t writable;
	uint32_t w1c;
	uint32_t read_clear;
	uint32_t early_reset;
	const char *fields;
	void (*write)(void *dev, unsigned index, uint32_t value, uint32_t old);
	uint32_t (*read)(void *dev, unsigned index);
};

/**
 * struct reg_bank - the registers behind one address window
 * @name:	"e1000"
 * @regs:	rows, sorted by offset; arrays with a stride may interleave with their neighbours
 * @count:	number of rows
 * @size:	bytes of the register file
 * @early:	an early part of the family: rows with REG_LATER are not there
 * @dword_only:	writes of less than 4 aligned bytes are dropped (8254x SDM 13.2)
 * @locked:	are rows with REG_LOCKED locked now? May be NULL
 */
struct reg_bank {
	const char *name;
	const struct reg *regs;
	unsigned count;
	uint32_t size;
	bool early;
	bool dword_only;
	bool (*locked)(void *dev);
};

/**
 * reg_count() - registers of a row
 * @reg:	the row
 */
static inline unsigned reg_count(const struct reg *reg)
{
	return reg->count ? reg->count : 1;
}

/**
 * reg_stride() - distance between the registers of a row, in bytes
 * @reg:	the row
 */
static inline uint32_t reg_stride(const struct reg *reg)
{
	return reg->stride ? reg->stride : reg->width;
}

/**
 * reg_present() - is a row of the family's table there on this part?
 * @bank:	the part's bank
 * @reg:	the row
 */
static inline bool reg_present(const struct reg_bank *bank, const struct reg *reg)
{
	return !(bank->early && (reg->flags & REG_LATER));
}

/**
 * reg_reset_value() - value of a row after reset, on this part
 * @bank:	the part's bank
 * @reg:	the row
 */
static inline uint32_t reg_reset_value(const struct reg_bank *bank, const struct reg *reg)
{
	return bank->early && reg->early_reset ? reg->early_reset : reg->reset;
}

/**
 * struct reg_field - some bits of a register with a name of their own
 * @name:	not terminated
 * @name_len:	its length
 * @shift:	the lowest bit
 * @width:	number of bits
 */
struct reg_field {
	const char *name;
	int name_len;
	unsigned shift;
	unsigned width;
};

/**
 * reg_next_field() - walk the fields of a register
 * @cursor:	@reg->fields at first; moved on
 * @field:	filled
 *
 * Return: false behind the last one (or at a malformed one, which reg_bank_check() finds)
 */
bool reg_next_field(const char **cursor, struct reg_field *field);

/**
 * reg_find() - the register that covers a byte
 * @bank:	the bank
 * @offset:	byte offset
 * @ret_index:	filled with the index in an array; may be NULL
 *
 * Return: its row, or NULL
 */
const struct reg *reg_find(const struct reg_bank *bank, uint32_t offset, unsigned *ret_index);

/**
 * reg_load() - the stored value of a register, without side effects
 * @file:	the register file
 * @reg:	its row
 * @index:	index in an array
 */
uint32_t reg_load(const uint8_t *file, const struct reg *reg, unsigned index);

/**
 * reg_store() - set the stored value of a register, without masks or side effects
 * @file:	the register file
 * @reg:	its row
 * @index:	index in an array
 * @value:	new value
 */
void reg_store(uint8_t *file, const struct reg *reg, unsigned index, uint32_t value);

/**
 * reg_read() - an access by the guest
 * @bank:	the bank
 * @file:	the register file
 * @dev:	argument of the hooks
 * @offset:	any offset
 * @size:	1, 2, 4 or 8
 *
 * Return: the value, little endian lanes; bytes without a register are 0
 */
uint64_t reg_read(const struct reg_bank *bank, uint8_t *file, void *dev, uint32_t offset,
		  unsigned size);

/**
 * struct reg_access - a write by the guest
 * @offset:	any offset
 * @size:	1, 2, 4 or 8
 * @value:	the value, little endian lanes
 */
struct reg_access {
	uint32_t offset;
	unsigned size;
	uint64_t value;
};

/**
 * reg_write() - an access by the guest
 * @bank:	the bank
 * @file:	the register file
 * @dev:	argument of the hooks
 * @access:	what is written where
 */
void reg_write(const struct reg_bank *bank, uint8_t *file, void *dev,
	       const struct reg_access *access);

/**
 * reg_reset() - put reset values into the register file; calls no hook
 * @bank:	the bank
 * @file:	the register file
 * @power_up:	also the rows with REG_KEEP
 */
void reg_reset(const struct reg_bank *bank, uint8_t *file, bool power_up);

/**
 * reg_bank_check() - is a table well formed (sorted, in bounds, no overlap, masks within width)?
 * @bank:	the bank
 *
 * Return: NULL, or the name of the first bad row (for the unit test of every bank)
 */
const char *reg_bank_check(const struct reg_bank *bank);
