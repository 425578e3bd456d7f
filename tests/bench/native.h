/* SPDX-License-Identifier: BSD-2-Clause */
/* The native benchmark: a card driven without a guest, ours and QEMU's, by the same driver. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "net/base/bytes.h"

#define NATIVE_RAM     (32u << 20)
#define NATIVE_HEADERS 54u /* Ethernet, IPv4, TCP */

/**
 * struct machine - a card with its guest memory, ours or QEMU's
 * @name:	"patchbay" or "qemu"
 * @ram:	guest memory at guest address 0, NATIVE_RAM bytes
 * @memory_bar:	BAR with the registers
 * @write:	write a register; ours posts it
 * @read:	read one
 * @turn:	let the card work until it has nothing to do
 * @wait:	let the card's time pass
 * @clock:	CPU time of the process that the card runs in
 */
struct machine {
	const char *name;
	uint8_t *ram;
	int memory_bar;
	void (*write)(struct machine *m, uint32_t offset, unsigned size, uint32_t value);
	uint32_t (*read)(struct machine *m, uint32_t offset, unsigned size);
	void (*turn)(struct machine *m);
	void (*wait)(struct machine *m, int64_t ns);
	int clock;
};

/**
 * struct native_case - one thing that is measured
 * @name:	what
 * @model:	our model
 * @device:	QEMU's card, as `-device` has it
 * @memory_bar:	BAR with the registers, of both
 * @frames:	frames a batch
 * @bytes:	bytes a frame
 * @start:	what a driver does at open
 * @fill:	prepare a batch in guest memory, not measured
 * @kick:	doorbells, measured
 * @done:	is the whole batch done?
 * @idle:	as many accesses as @kick and @done make, which give the card nothing to do
 */
struct native_case {
	const char *name;
	const char *model;
	const char *device;
	int memory_bar;
	uint32_t frames;
	uint32_t bytes;
	void (*start)(struct machine *m, const struct native_case *c);
	void (*fill)(struct machine *m, const struct native_case *c);
	void (*kick)(struct machine *m, const struct native_case *c);
	bool (*done)(struct machine *m, const struct native_case *c);
	void (*idle)(struct machine *m, const struct native_case *c);
};

/** native_write8() - register write */
static inline void native_write8(struct machine *m, uint32_t offset, uint8_t value)
{
	m->write(m, offset, 1, value);
}

/** native_write16() - register write */
static inline void native_write16(struct machine *m, uint32_t offset, uint16_t value)
{
	m->write(m, offset, 2, value);
}

/** native_write32() - register write */
static inline void native_write32(struct machine *m, uint32_t offset, uint32_t value)
{
	m->write(m, offset, 4, value);
}

/* The card's own address. */
extern const uint8_t native_mac[6];

/**
 * native_headers() - a frame of TCP over IPv4 to the card itself
 * @frame:	NATIVE_HEADERS bytes, filled
 * @ip_len:	IPv4's total length; 0 where the card is to write it
 */
void native_headers(uint8_t *frame, uint16_t ip_len);

/* One file a chip; each list ends with a case without name. */
extern const struct native_case native_e1000[];
extern const struct native_case native_rtl8139[];
