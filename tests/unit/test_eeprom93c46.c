/* SPDX-License-Identifier: BSD-2-Clause */
/* The EEPROM, driven pin by pin in the orders in which drivers of both chips do it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "devices/chip/eeprom93c46.h"

#define CMD_READ  0x180 /* start bit, operation, address: 9 bits */
#define CMD_WRITE 0x140
#define CMD_ERASE 0x1c0
#define CMD_EWEN  0x130
#define CMD_ERAL  0x120
#define CMD_WRAL  0x110
#define CMD_EWDS  0x100
#define CMD_BITS  9

/**
 * struct driver - how a driver moves the pins
 * @start:	from wherever to CS high, SK low
 * @bit:	one bit with SK high and low again; Return: DO while SK was high
 * @end:	CS low
 */
struct driver {
	void (*start)(struct eeprom93c46 *e);
	bool (*bit)(struct eeprom93c46 *e, bool di);
	void (*end)(struct eeprom93c46 *e);
};

/** e1000_start() - Linux e1000: CS and SK low, SK, CS while SK is high, SK low */
static void e1000_start(struct eeprom93c46 *e)
{
	eeprom93c46_pins(e, false, false, false);
	eeprom93c46_pins(e, false, true, false);
	eeprom93c46_pins(e, true, true, false);
	eeprom93c46_pins(e, true, false, false);
}

/** e1000_bit() - Linux e1000: DI first, then SK up and down with DI held */
static bool e1000_bit(struct eeprom93c46 *e, bool di)
{
	bool level;

	eeprom93c46_pins(e, true, false, di);
	eeprom93c46_pins(e, true, true, di);
	level = eeprom93c46_do(e);
	eeprom93c46_pins(e, true, false, di);
	return level;
}

/** cs_low() - all pins low */
static void cs_low(struct eeprom93c46 *e)
{
	eeprom93c46_pins(e, false, false, false);
}

/** cp_start() - Linux 8139cp: CS low, CS high */
static void cp_start(struct eeprom93c46 *e)
{
	eeprom93c46_pins(e, false, false, false);
	eeprom93c46_pins(e, true, false, false);
}

/** cp_bit() - Linux 8139cp: DI with SK low, then SK; SK falls together with the next DI */
static bool cp_bit(struct eeprom93c46 *e, bool di)
{
	eeprom93c46_pins(e, true, false, di);
	eeprom93c46_pins(e, true, true, di);
	return eeprom93c46_do(e);
}

static const struct driver drivers[] = {
	{e1000_start, e1000_bit, cs_low},
	{cp_start, cp_bit, cs_low},
};

/** send() - shift bits out, the highest first */
static void send(struct eeprom93c46 *e, const struct driver *d, unsigned value, int bits)
{
	while (bits-- > 0)
		d->bit(e, value >> bits & 1);
}

/** receive() - shift a word in */
static uint16_t receive(struct eeprom93c46 *e, const struct driver *d)
{
	unsigned value = 0;

	for (int i = 0; i < 16; i++)
		value = value << 1 | d->bit(e, false);
	return (uint16_t)value;
}

/** read_word() - a whole READ */
static uint16_t read_word(struct eeprom93c46 *e, const struct driver *d, unsigned addr)
{
	uint16_t value;

	d->start(e);
	send(e, d, CMD_READ | addr, CMD_BITS);
	value = receive(e, d);
	d->end(e);
	return value;
}

/** command() - a command without data */
static void command(struct eeprom93c46 *e, const struct driver *d, unsigned cmd)
{
	d->start(e);
	send(e, d, cmd, CMD_BITS);
	d->end(e);
}

/** command_data() - a command with data; Return: ready when CS is high again */
static bool command_data(struct eeprom93c46 *e, const struct driver *d, unsigned cmd, uint16_t data)
{
	bool ready;

	d->start(e);
	send(e, d, cmd, CMD_BITS);
	send(e, d, data, 16);
	d->end(e);
	d->start(e);
	ready = eeprom93c46_do(e);
	d->end(e);
	return ready;
}

/** fresh() - an EEPROM whose words tell their address */
static void fresh(struct eeprom93c46 *e)
{
	memset(e, 0, sizeof(*e));
	for (unsigned i = 0; i < EEPROM93C46_WORDS; i++)
		e->words[i] = (uint16_t)(0x8129 + i * 0x0101);
	eeprom93c46_init(e);
}

static void test_read(void **state)
{
	struct eeprom93c46 e;

	(void)state;
	for (unsigned k = 0; k < 2; k++) {
		fresh(&e);
		for (unsigned i = 0; i < EEPROM93C46_WORDS; i++) {
			assert_int_equal(read_word(&e, &drivers[k], i), e.words[i]);
			assert_int_equal(eeprom93c46_word(&e, i), e.words[i]);
		}
	}
	assert_int_equal(eeprom93c46_word(&e, EEPROM93C46_WORDS), 0xffff);
}

static void test_read_dummy_and_sequence(void **state)
{
	struct eeprom93c46 e;

	(void)state;
	for (unsigned k = 0; k < 2; k++) {
		const struct driver *d = &drivers[k];

		fresh(&e);
		d->start(&e);
		send(&e, d, 0, 3); /* zeros before the start bit mean nothing */
		send(&e, d, CMD_READ | 62, CMD_BITS);
		assert_false(eeprom93c46_do(&e)); /* dummy bit */
		assert_int_equal(receive(&e, d), e.words[62]);
		assert_int_equal(receive(&e, d), e.words[63]);
		assert_int_equal(receive(&e, d), e.words[0]);
		d->end(&e);
		assert_true(eeprom93c46_do(&e));
	}
}

/* 8139 drivers ask for word 0 with 8 address bits; only a 93C56 may answer 8129. */
static void test_width_probe(void **state)
{
	const struct driver *d = &drivers[1];
	struct eeprom93c46 e;

	(void)state;
	fresh(&e);
	d->start(&e);
	send(&e, d, CMD_READ << 2, CMD_BITS + 2);
	assert_int_not_equal(receive(&e, d), 0x8129);
	d->end(&e);
	assert_int_equal(read_word(&e, d, 0), 0x8129);
}

static void test_write_needs_ewen(void **state)
{
	struct eeprom93c46 e;

	(void)state;
	for (unsigned k = 0; k < 2; k++) {
		const struct driver *d = &drivers[k];

		fresh(&e);
		assert_true(command_data(&e, d, CMD_WRITE | 5, 0xbeef));
		assert_int_equal(e.words[5], 0x8129 + 0x505);
		command(&e, d, CMD_EWEN);
		assert_true(command_data(&e, d, CMD_WRITE | 5, 0xbeef));
		assert_int_equal(read_word(&e, d, 5), 0xbeef);
		command(&e, d, CMD_ERASE | 6);
		assert_int_equal(read_word(&e, d, 6), 0xffff);
		assert_int_equal(read_word(&e, d, 7), 0x8129 + 0x707);
		command(&e, d, CMD_EWDS);
		command_data(&e, d, CMD_WRITE | 5, 0x1234);
		command(&e, d, CMD_ERASE | 5);
		assert_int_equal(read_word(&e, d, 5), 0xbeef);
	}
}

static void test_all_words(void **state)
{
	const struct driver *d = &drivers[0];
	struct eeprom93c46 e;

	(void)state;
	fresh(&e);
	command(&e, d, CMD_ERAL);
	command_data(&e, d, CMD_WRAL, 0x5aa5);
	assert_int_equal(e.words[63], 0x8129 + 63 * 0x101);
	command(&e, d, CMD_EWEN);
	command_data(&e, d, CMD_WRAL, 0x5aa5);
	for (unsigned i = 0; i < EEPROM93C46_WORDS; i++)
		assert_int_equal(e.words[i], 0x5aa5);
	command(&e, d, CMD_ERAL);
	for (unsigned i = 0; i < EEPROM93C46_WORDS; i++)
		assert_int_equal(e.words[i], 0xffff);
}

/* A write happens only when CS falls right behind its last bit. */
static void test_wrong_length(void **state)
{
	const struct driver *d = &drivers[0];
	struct eeprom93c46 e;

	(void)state;
	fresh(&e);
	command(&e, d, CMD_EWEN);
	for (int bits = 0; bits < 40; bits++) {
		d->start(&e);
		send(&e, d, CMD_WRITE | 9, CMD_BITS);
		for (int i = 0; i < bits; i++)
			d->bit(&e, true);
		d->end(&e);
		assert_int_equal(e.words[9], bits == 16 ? 0xffff : 0x8129 + 0x909);
		e.words[9] = 0x8129 + 0x909;
	}
}

static void test_clock_without_select(void **state)
{
	struct eeprom93c46 e;

	(void)state;
	fresh(&e);
	for (int i = 0; i < 9; i++) {
		eeprom93c46_pins(&e, false, false, true);
		eeprom93c46_pins(&e, false, true, true);
	}
	assert_int_equal(read_word(&e, &drivers[1], 3), e.words[3]);
}

/* Every value of every byte of the bus state is survived, and CS low heals it. */
static void test_hostile_state(void **state)
{
	struct eeprom93c46 e;

	(void)state;
	for (unsigned v = 0; v < 0x10000; v++) {
		fresh(&e);
		e.phase = (uint8_t)v;
		e.bits = (uint8_t)(v >> 8);
		e.command = (uint8_t)(v * 7);
		e.shift = (uint16_t)(v * 31);
		e.cs = e.sk = e.dout = e.enabled = (uint8_t)v;
		for (int i = 0; i < 20; i++)
			drivers[v & 1].bit(&e, i & 1);
		cs_low(&e);
		assert_int_equal(read_word(&e, &drivers[v & 1], 1), e.words[1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_read_dummy_and_sequence),
		cmocka_unit_test(test_width_probe),
		cmocka_unit_test(test_write_needs_ewen),
		cmocka_unit_test(test_all_words),
		cmocka_unit_test(test_wrong_length),
		cmocka_unit_test(test_clock_without_select),
		cmocka_unit_test(test_hostile_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
