/* SPDX-License-Identifier: BSD-2-Clause */
/* A port for tests that keeps what it is sent, has as much room as the test gives it, and sends. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "net/core/port.h"

#define SINK_ROOM 1000000000

/**
 * struct sink - a port that notes what it was sent
 * @port:	the port
 * @room:	packets it still takes
 * @count:	packets it took
 * @bytes:	their bytes
 * @sum:	a hash over the bytes of all of them, in order
 * @last:	the last one's offload members and length; its pieces are not valid
 * @head:	the last one's bytes, as far as they fit
 * @calls:	calls of receive
 * @ready:	calls of ready
 * @link:	the link it was told of last
 */
struct sink {
	struct port port;
	int room;
	int count;
	uint64_t bytes;
	uint64_t sum;
	struct packet last;
	uint8_t head[2048];
	int calls;
	int ready;
	bool link;
};

/**
 * sink_init() - an empty sink with SINK_ROOM
 * @s:		the sink
 * @caps:	enum port_cap bits
 */
void sink_init(struct sink *s, uint32_t caps);

/**
 * sink_send() - send one plain frame out of a sink's port
 * @s:		the sink
 * @frame:	the frame
 * @len:	its length
 *
 * Return: what port_send() returned
 */
int sink_send(struct sink *s, const void *frame, uint32_t len);

/**
 * sink_hash() - go on with a hash as @sum is made
 * @sum:	so far
 * @buf:	bytes
 * @len:	their number
 */
uint64_t sink_hash(uint64_t sum, const void *buf, uint32_t len);
