/* SPDX-License-Identifier: BSD-2-Clause */
/* 93C46: the Microwire EEPROM of 64 words of 16 bits that both chips have on their board. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define EEPROM93C46_WORDS 64

/*
 * Theory of operation
 *
 * The driver moves three pins by writes to a register of the chip and reads the fourth. DI is
 * sampled when SK rises while CS is high: a start bit 1, two bits of operation, six of address,
 * then the data. READ answers on DO with a dummy 0 at the last address bit and one bit, the most
 * significant first, at each further rise of SK; it goes on with the next word as long as CS stays
 * high. The other operations are done when CS falls right behind their last bit, and not at all
 * when it falls earlier or later. They take no time here, so when CS rises again DO says ready.
 *
 * The struct lies in the card's memory and may come from a predecessor that was hurt: no value in
 * it can make these functions leave it.
 */

/**
 * struct eeprom93c46 - contents and state of the bus; flat, all zeros is valid
 * @words:	the contents, host byte order
 * @shift:	bits taken in so far
 * @phase:	what the next bit is part of
 * @bits:	bits moved in this phase
 * @command:	operation (7:6) and address (5:0)
 * @cs:		level of CS
 * @sk:		level of SK
 * @dout:	level of DO
 * @enabled:	EWEN was given: contents may be changed
 */
struct eeprom93c46 {
	uint16_t words[EEPROM93C46_WORDS];
	uint16_t shift;
	uint8_t phase;
	uint8_t bits;
	uint8_t command;
	uint8_t cs;
	uint8_t sk;
	uint8_t dout;
	uint8_t enabled;
	uint8_t reserved[5];
};

/**
 * eeprom93c46_init() - power-up: idle bus, writing disabled, contents untouched
 * @e:		the EEPROM
 */
void eeprom93c46_init(struct eeprom93c46 *e);

/**
 * eeprom93c46_pins() - drive the pins
 * @e:		the EEPROM
 * @cs:		chip select
 * @sk:		clock
 * @di:		data in, sampled when @sk rises
 */
void eeprom93c46_pins(struct eeprom93c46 *e, bool cs, bool sk, bool di);

/**
 * eeprom93c46_do() - level of data out; high (pulled up) while it is not driven
 * @e:		the EEPROM
 */
bool eeprom93c46_do(const struct eeprom93c46 *e);

/**
 * eeprom93c46_word() - a word, not by the bus
 * @e:		the EEPROM
 * @addr:	its number
 *
 * Return: the word, 0xffff outside
 */
uint16_t eeprom93c46_word(const struct eeprom93c46 *e, unsigned addr);
