/* SPDX-License-Identifier: BSD-2-Clause */
/* The register engine. */
#include "devices/chip/regs.h"

#include <stdlib.h>
#include <string.h>

#include "net/base/bytes.h"

/**
 * reg_at() - where a register lies
 * @reg:	its row
 * @index:	index in an array
 */
static uint32_t reg_at(const struct reg *reg, unsigned index)
{
	return reg->offset + index * reg_stride(reg);
}

/**
 * covers() - does a row have a register that covers a byte?
 * @reg:	the row
 * @offset:	byte offset, not below the row's
 * @ret_index:	filled with the index
 */
static bool covers(const struct reg *reg, uint32_t offset, unsigned *ret_index)
{
	uint32_t distance = offset - reg->offset;
	uint32_t index = distance / reg_stride(reg);

	*ret_index = index;
	return index < reg_count(reg) && distance % reg_stride(reg) < reg->width;
}

const struct reg *reg_find(const struct reg_bank *bank, uint32_t offset, unsigned *ret_index)
{
	unsigned low = 0, high = bank->count;
	unsigned index;

	/* The last row that begins at or before the byte ... */
	while (low < high) {
		unsigned mid = (low + high) / 2;

		if (bank->regs[mid].offset <= offset)
			low = mid + 1;
		else
			high = mid;
	}
	/* ... or the one before it, where two arrays interleave (RAL and RAH). */
	for (unsigned i = low; i > 0 && i + 2 > low; i--) {
		const struct reg *reg = &bank->regs[i - 1];

		if (covers(reg, offset, &index)) {
			if (ret_index)
				*ret_index = index;
			return reg_present(bank, reg) ? reg : NULL;
		}
	}
	return NULL;
}

bool reg_next_field(const char **cursor, struct reg_field *field)
{
	const char *at = *cursor;
	char *end;
	unsigned long high, low;

	if (!at || !*at)
		return false;
	high = low = strtoul(at, &end, 10);
	if (*end == '-')
		low = strtoul(end + 1, &end, 10);
	if (*end != ':' || high > 31 || low > high)
		return false;
	field->name = end + 1;
	field->name_len = (int)strcspn(end + 1, " ");
	field->shift = (unsigned)low;
	field->width = (unsigned)(high - low + 1);
	if (field->name_len == 0)
		return false;
	at = field->name + field->name_len;
	*cursor = *at ? at + 1 : at;
	return true;
}

uint32_t reg_load(const uint8_t *file, const struct reg *reg, unsigned index)
{
	const uint8_t *p = file + reg_at(reg, index);

	switch (reg->width) {
	case 1:
		return *p;
	case 2:
		return get_le16(p);
	default:
		return get_le32(p);
	}
}

void reg_store(uint8_t *file, const struct reg *reg, unsigned index, uint32_t value)
{
	uint8_t *p = file + reg_at(reg, index);

	switch (reg->width) {
	case 1:
		*p = (uint8_t)value;
		break;
	case 2:
		put_le16(p, (uint16_t)value);
		break;
	default:
		put_le32(p, value);
	}
}

/**
 * read_whole() - a whole register, with side effects
 * @file:	the register file
 * @dev:	argument of the hook
 * @reg:	its row
 * @index:	index in an array
 */
static uint32_t read_whole(uint8_t *file, void *dev, const struct reg *reg, unsigned index)
{
	uint32_t value;

	if (reg->read)
		return reg->read(dev, index);
	if (reg->flags & REG_WRITE_ONLY)
		return 0;
	value = reg_load(file, reg, index);
	if (reg->read_clear)
		reg_store(file, reg, index, value & ~reg->read_clear);
	return value;
}

/**
 * struct span - the part of an access that falls on one register
 * @reg:	the register's row, or NULL for bytes without one
 * @index:	index in an array
 * @first:	first byte within the register
 * @len:	bytes
 */
struct span {
	const struct reg *reg;
	unsigned index;
	unsigned first;
	unsigned len;
};

/**
 * next_span() - cut an access at the borders of registers
 * @bank:	the bank
 * @offset:	where the rest of the access begins
 * @left:	bytes left
 *
 * Return: the part at @offset
 */
static struct span next_span(const struct reg_bank *bank, uint32_t offset, unsigned left)
{
	struct span s = {.len = 1};

	s.reg = reg_find(bank, offset, &s.index);
	if (s.reg) {
		s.first = offset - reg_at(s.reg, s.index);
		s.len = MIN(left, s.reg->width - s.first);
	}
	return s;
}

/**
 * lanes() - mask of some bytes of a register
 * @first:	first byte
 * @len:	bytes, 1 to 4
 */
static uint32_t lanes(unsigned first, unsigned len)
{
	return (uint32_t)((((uint64_t)1 << (8 * len)) - 1) << (8 * first));
}

uint64_t reg_read(const struct reg_bank *bank, uint8_t *file, void *dev, uint32_t offset,
		  unsigned size)
{
	uint64_t value = 0;

	for (unsigned done = 0; done < size;) {
		struct span s = next_span(bank, offset + done, size - done);

		if (s.reg) {
			uint32_t whole = read_whole(file, dev, s.reg, s.index);

			whole = (whole & lanes(s.first, s.len)) >> (8 * s.first);
			value |= (uint64_t)whole << (8 * done);
		}
		done += s.len;
	}
	return value;
}

/**
 * write_span() - write some bytes of a register
 * @file:	the register file
 * @dev:	argument of the hook
 * @s:		which
 * @value:	the bytes, the first in bits 7:0
 */
static void write_span(uint8_t *file, void *dev, const struct span *s, uint32_t value)
{
	const struct reg *reg = s->reg;
	uint32_t mask = lanes(s->first, s->len);
	uint32_t old = reg_load(file, reg, s->index);
	uint32_t written = (value << (8 * s->first)) & mask;
	uint32_t stored;

	stored = (old & ~(mask & reg->writable)) | (written & reg->writable);
	stored &= ~(written & reg->w1c);
	reg_store(file, reg, s->index, stored);
	if (reg->write) /* bits the row does not store reach the hook too: commands, W1S masks */
		reg->write(dev, s->index, (old & ~mask) | written, old);
}

/**
 * is_locked() - is a write of a register dropped?
 * @bank:	the bank
 * @dev:	argument of its hook
 * @reg:	the register
 */
static bool is_locked(const struct reg_bank *bank, void *dev, const struct reg *reg)
{
	return (reg->flags & REG_LOCKED) && bank->locked && bank->locked(dev);
}

void reg_write(const struct reg_bank *bank, uint8_t *file, void *dev,
	       const struct reg_access *access)
{
	if (bank->dword_only && (access->size < 4 || access->offset % 4))
		return;
	for (unsigned done = 0; done < access->size;) {
		struct span s = next_span(bank, access->offset + done, access->size - done);

		if (s.reg && !is_locked(bank, dev, s.reg))
			write_span(file, dev, &s, (uint32_t)(access->value >> (8 * done)));
		done += s.len;
	}
}

void reg_reset(const struct reg_bank *bank, uint8_t *file, bool power_up)
{
	for (unsigned i = 0; i < bank->count; i++) {
		const struct reg *reg = &bank->regs[i];

		if ((reg->flags & REG_STICKY) || ((reg->flags & REG_KEEP) && !power_up))
			continue;
		for (unsigned k = 0; k < reg_count(reg); k++)
			reg_store(file, reg, k, reg_reset_value(bank, reg));
	}
}

/**
 * fields_are_good() - are the fields of a register in order, within it and apart?
 * @reg:	its row
 */
static bool fields_are_good(const struct reg *reg)
{
	const char *cursor = reg->fields;
	struct reg_field field;
	unsigned next = 0;

	while (reg_next_field(&cursor, &field)) {
		if (field.shift < next || field.shift + field.width > 8u * reg->width)
			return false;
		next = field.shift + field.width;
	}
	return !cursor || !*cursor;
}

/**
 * row_is_good() - is one row in bounds, sorted and unique?
 * @bank:	the bank
 * @i:		index of the row
 */
static bool row_is_good(const struct reg_bank *bank, unsigned i)
{
	const struct reg *reg = &bank->regs[i];
	uint32_t all = reg->writable | reg->w1c | reg->read_clear | reg->reset | reg->early_reset;
	unsigned index;

	if (reg->width != 1 && reg->width != 2 && reg->width != 4)
		return false;
	if (i > 0 && bank->regs[i - 1].offset >= reg->offset)
		return false;
	if (reg_at(reg, reg_count(reg) - 1) + reg->width > bank->size)
		return false;
	if (all & ~lanes(0, reg->width))
		return false;
	for (unsigned k = 0; k < reg_count(reg) && reg_present(bank, reg); k++) {
		if (reg_find(bank, reg_at(reg, k), &index) != reg || index != k)
			return false;
	}
	return fields_are_good(reg);
}

const char *reg_bank_check(const struct reg_bank *bank)
{
	for (unsigned i = 0; i < bank->count; i++) {
		if (!row_is_good(bank, i))
			return bank->regs[i].name;
	}
	return NULL;
}
