/* SPDX-License-Identifier: BSD-2-Clause */
/* A card without a chip: records what reaches it, for tests of everything in front of chips. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "devices/nic.h"

#define TEST_CARD_BAR_SIZE 4096
#define TEST_CARD_IO_SIZE  64
#define TEST_CARD_PM       0xdc
#define TEST_CARD_MSI      0xf0

/* Registers of BAR 0; everything else in the BARs is plain memory. */
#define TEST_CARD_IRQ      0x00 /* bit 0: level of the interrupt pin */
#define TEST_CARD_DOORBELL 0x08 /* the value is written to guest memory at settle */
#define TEST_CARD_ADDRESS  0x10 /* 64 bits: guest address for that */

/**
 * struct test_card_state - the flat state
 * @bar:	registers of BAR 0
 * @io:		registers of BAR 2
 */
struct test_card_state {
	uint8_t bar[TEST_CARD_BAR_SIZE];
	uint8_t io[TEST_CARD_IO_SIZE];
};

/**
 * struct test_card - the card
 * @nic:	what all cards have
 * @rung:	the doorbell was written since the last settle
 * @settles:	calls of settle
 * @resets:	calls of reset
 * @reads:	calls of bar_read
 * @writes:	calls of bar_write
 * @last_bar:	of the last access
 * @last_offset: of the last access
 * @last_size:	of the last access
 * @last_value:	of the last write
 * @dma_result:	of the last doorbell's DMA
 * @cables:	calls of cable
 * @cable:	argument of the last
 * @on_settle:	called at each settle, or NULL
 * @on_access:	called at each access to a BAR, or NULL
 * @context:	for both
 */
struct test_card {
	struct nic nic;
	bool rung;
	int settles;
	int resets;
	int reads;
	int writes;
	int last_bar;
	uint32_t last_offset;
	unsigned last_size;
	uint64_t last_value;
	int dma_result;
	int cables;
	bool cable;
	void (*on_settle)(struct test_card *card);
	void (*on_access)(struct test_card *card);
	void *context;
};

/** test_card_class - its model, "test" */
extern const struct nic_class test_card_class;

/**
 * test_card_new() - a test card on new memory
 * @loop:	its loop
 *
 * Return: the card; a failure ends the test
 */
struct test_card *test_card_new(struct loop *loop);
