/* SPDX-License-Identifier: BSD-2-Clause */
/* A card on the test bench: guest memory, a peer port that collects, time that is moved by hand. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/nic.h"

#define BENCH_RAM_SIZE   (4u << 20)
#define BENCH_RAM_BASE   0x100000ull
#define BENCH_MAX_FRAMES 512
#define BENCH_MAX_FRAME  70000

/**
 * struct bench_frame - a packet that the card sent
 * @offload:	its offload members
 * @vlan:	it had a tag beside the frame
 * @vlan_tci:	the tag
 * @len:	its length
 * @data:	its bytes, allocated
 */
struct bench_frame {
	struct offload offload;
	bool vlan;
	uint16_t vlan_tci;
	uint32_t len;
	uint8_t *data;
};

/**
 * struct bench - a card with all that surrounds it
 * @loop:	the loop, with @now_ns as its clock
 * @now_ns:	the time
 * @nic:	the card, bus mastering on
 * @peer:	what it is plugged into
 * @refuse:	the peer takes nothing
 * @forget:	the peer takes packets and keeps none
 * @ram:	guest memory at BENCH_RAM_BASE
 * @frames:	what the card sent
 * @count:	number of @frames
 * @irq_fd:	eventfd of the pin
 * @ready_calls: times the card told the peer that it has room again
 */
struct bench {
	struct loop *loop;
	int64_t now_ns;
	struct nic *nic;
	struct port peer;
	bool refuse;
	bool forget;
	uint8_t *ram;
	struct bench_frame frames[BENCH_MAX_FRAMES];
	int count;
	int irq_fd;
	int ready_calls;
};

/**
 * bench_start() - a card of a model, plugged into a peer with given caps
 * @class:	model
 * @peer_caps:	enum port_cap bits of the peer
 *
 * Return: the bench, allocated; a failed step fails the test
 */
struct bench *bench_start(const struct nic_class *class, uint32_t peer_caps);

/**
 * bench_stop() - free all of it; fits cmocka's teardown
 * @state:	the bench
 */
int bench_stop(void **state);

/**
 * bench_run() - let time pass and the loop turn
 * @b:		the bench
 * @ns:		how much time
 */
void bench_run(struct bench *b, int64_t ns);

/**
 * bench_read() - 32-bit register read of a BAR
 * @b:		the bench
 * @bar:	BAR
 * @offset:	register
 */
uint32_t bench_read(struct bench *b, int bar, uint32_t offset);

/**
 * bench_write() - 32-bit register write of a BAR, then the card settles
 * @b:		the bench
 * @bar:	BAR
 * @offset:	register
 * @value:	value
 */
void bench_write(struct bench *b, int bar, uint32_t offset, uint32_t value);

/**
 * bench_ram() - host pointer to guest memory
 * @b:		the bench
 * @offset:	from BENCH_RAM_BASE
 */
static inline uint8_t *bench_ram(struct bench *b, uint32_t offset)
{
	return b->ram + offset;
}

/**
 * bench_deliver() - the peer sends one frame without offload work to the card
 * @b:		the bench
 * @frame:	its bytes
 * @len:	their number
 *
 * Return: true when the card took it
 */
bool bench_deliver(struct bench *b, const void *frame, uint32_t len);

/**
 * bench_clear() - forget the frames the card sent
 * @b:		the bench
 */
void bench_clear(struct bench *b);

/**
 * bench_interrupts() - how often the pin fired since the last call; the pin is unmasked again
 * @b:		the bench
 */
uint64_t bench_interrupts(struct bench *b);
