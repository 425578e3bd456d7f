/* SPDX-License-Identifier: BSD-2-Clause */
/* A bounded FIFO of copied packets, in one block of memory. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/core/packet.h"

/*
 * Theory of operation
 *
 * The queue is one ring of bytes that is mapped once, so keeping a packet allocates nothing. A
 * record is a header (struct queued) followed by the frame; records never wrap: a record that does
 * not fit before the end of the ring leaves a gap there and begins at 0. Pages that were never
 * used cost no memory.
 */

struct queued;

/**
 * struct packet_queue - FIFO of copied packets; embedded in its owner
 * @ring:	the memory, mapped by packet_queue_init()
 * @size:	its size in bytes
 * @head:	offset of the oldest record
 * @tail:	offset behind the newest record
 * @gap:	where the gap at the ring's end begins, while one is there
 * @count:	packets in the queue
 * @bytes:	their bytes
 * @max_count:	most packets it takes
 */
struct packet_queue {
	uint8_t *ring;
	size_t size;
	size_t head;
	size_t tail;
	size_t gap;
	unsigned count;
	size_t bytes;
	unsigned max_count;
};

/**
 * packet_queue_init() - make an empty queue
 * @q:		the queue
 * @size:	bytes of ring; a multiple of the page size
 * @max_count:	most packets it takes
 *
 * Return: 0 or -ENOMEM
 */
int packet_queue_init(struct packet_queue *q, size_t size, unsigned max_count);

/**
 * packet_queue_done() - free the ring; a zeroed queue is allowed
 * @q:		the queue
 */
void packet_queue_done(struct packet_queue *q);

/**
 * packet_queue_push() - copy a packet to the end
 * @q:		the queue
 * @p:		the packet
 *
 * Return: false when there is no room
 */
bool packet_queue_push(struct packet_queue *q, const struct packet *p);

/**
 * packet_queue_peek() - view the oldest packet
 * @q:		the queue
 * @p:		filled; valid until the packet is popped
 *
 * Return: false when the queue is empty
 */
bool packet_queue_peek(const struct packet_queue *q, struct packet *p);

/**
 * packet_queue_pop() - remove the oldest packet
 * @q:		the queue, not empty
 */
void packet_queue_pop(struct packet_queue *q);

/**
 * packet_queue_clear() - remove all
 * @q:		the queue
 */
void packet_queue_clear(struct packet_queue *q);

/**
 * packet_queue_bytes() - bytes of the packets in the queue
 * @q:		the queue
 */
static inline size_t packet_queue_bytes(const struct packet_queue *q)
{
	return q->bytes;
}
