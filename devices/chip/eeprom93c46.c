/* SPDX-License-Identifier: BSD-2-Clause */
/* The 93C46: a shift register, a decoder, 64 words. */
#include "devices/chip/eeprom93c46.h"

#define COMMAND_BITS 8
#define WORD_BITS    16
#define ADDRESS_MASK (EEPROM93C46_WORDS - 1)

/** enum phase - what a bit is part of */
enum phase {
	PHASE_START,   /* zeros until a one begins a command */
	PHASE_COMMAND, /* operation and address */
	PHASE_READ,    /* bits go out */
	PHASE_DATA,    /* the word of WRITE and WRAL */
	PHASE_EXECUTE, /* complete: done when CS falls now */
	PHASE_IGNORE,  /* a bit too many: nothing until CS falls */
};

/** enum operation - bits 7:6 of a command */
enum operation {
	OP_EXTENDED = 0,
	OP_WRITE = 1,
	OP_READ = 2,
	OP_ERASE = 3,
};

/** enum extended - bits 5:4 of a command whose operation is OP_EXTENDED */
enum extended {
	EXT_EWDS = 0,
	EXT_WRAL = 1,
	EXT_ERAL = 2,
	EXT_EWEN = 3,
};

void eeprom93c46_init(struct eeprom93c46 *e)
{
	e->shift = 0;
	e->phase = PHASE_START;
	e->bits = 0;
	e->command = 0;
	e->cs = 0;
	e->sk = 0;
	e->dout = 1;
	e->enabled = 0;
}

/**
 * enter() - begin a phase
 * @e:		the EEPROM
 * @phase:	enum phase
 */
static void enter(struct eeprom93c46 *e, enum phase phase)
{
	e->phase = (uint8_t)phase;
	e->bits = 0;
	e->shift = 0;
}

/**
 * operation() - operation of the current command
 * @e:		the EEPROM
 */
static enum operation operation(const struct eeprom93c46 *e)
{
	return e->command >> 6;
}

/**
 * extended() - extended operation of the current command
 * @e:		the EEPROM
 */
static enum extended extended(const struct eeprom93c46 *e)
{
	return e->command >> 4 & 3;
}

/**
 * decode() - the last bit of a command came in
 * @e:		the EEPROM
 */
static void decode(struct eeprom93c46 *e)
{
	e->command = (uint8_t)e->shift;
	if (operation(e) == OP_READ) {
		enter(e, PHASE_READ);
		e->dout = 0; /* the dummy bit */
	} else if (operation(e) == OP_WRITE ||
		   (operation(e) == OP_EXTENDED && extended(e) == EXT_WRAL)) {
		enter(e, PHASE_DATA);
	} else {
		enter(e, PHASE_EXECUTE);
	}
}

/**
 * shift_in() - take one bit in
 * @e:		the EEPROM
 * @di:		the bit
 *
 * Return: bits of this phase, with this one
 */
static unsigned shift_in(struct eeprom93c46 *e, bool di)
{
	e->shift = (uint16_t)(e->shift << 1 | di);
	return ++e->bits;
}

/**
 * shift_out() - put the next bit of a READ on DO
 * @e:		the EEPROM
 */
static void shift_out(struct eeprom93c46 *e)
{
	uint16_t word = e->words[e->command & ADDRESS_MASK];

	e->dout = word >> (WORD_BITS - 1 - e->bits % WORD_BITS) & 1;
	if (++e->bits >= WORD_BITS) {
		e->bits = 0;
		e->command++;
	}
}

/**
 * clock_bit() - SK rose while CS is high
 * @e:		the EEPROM
 * @di:		level of DI
 */
static void clock_bit(struct eeprom93c46 *e, bool di)
{
	switch (e->phase) {
	case PHASE_START:
		if (di)
			enter(e, PHASE_COMMAND);
		break;
	case PHASE_COMMAND:
		if (shift_in(e, di) == COMMAND_BITS)
			decode(e);
		break;
	case PHASE_READ:
		shift_out(e);
		break;
	case PHASE_DATA:
		if (shift_in(e, di) == WORD_BITS)
			e->phase = PHASE_EXECUTE;
		break;
	default:
		e->phase = PHASE_IGNORE;
	}
}

/**
 * fill() - put a value into all words, if writing is enabled
 * @e:		the EEPROM
 * @value:	the value
 */
static void fill(struct eeprom93c46 *e, uint16_t value)
{
	for (unsigned i = 0; e->enabled && i < EEPROM93C46_WORDS; i++)
		e->words[i] = value;
}

/**
 * execute() - do a complete command
 * @e:		the EEPROM
 */
static void execute(struct eeprom93c46 *e)
{
	uint16_t *word = &e->words[e->command & ADDRESS_MASK];

	if (operation(e) != OP_EXTENDED) {
		if (e->enabled)
			*word = operation(e) == OP_WRITE ? e->shift : 0xffff;
		return;
	}
	switch (extended(e)) {
	case EXT_EWDS:
		e->enabled = 0;
		break;
	case EXT_WRAL:
		fill(e, e->shift);
		break;
	case EXT_ERAL:
		fill(e, 0xffff);
		break;
	case EXT_EWEN:
		e->enabled = 1;
		break;
	}
}

void eeprom93c46_pins(struct eeprom93c46 *e, bool cs, bool sk, bool di)
{
	bool rises = sk && !e->sk;

	if (e->cs && !cs) {
		if (e->phase == PHASE_EXECUTE)
			execute(e);
		enter(e, PHASE_START);
		e->dout = 1;
	} else if (cs && rises) {
		clock_bit(e, di);
	}
	e->cs = cs;
	e->sk = sk;
}

bool eeprom93c46_do(const struct eeprom93c46 *e)
{
	return e->dout;
}

uint16_t eeprom93c46_word(const struct eeprom93c46 *e, unsigned addr)
{
	return addr < EEPROM93C46_WORDS ? e->words[addr] : 0xffff;
}
