/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages between control, template and workers: one JSON object and some descriptors each. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "net/base/loop.h"

struct error;

/*
 * Theory of operation
 *
 * A wire is one end of a SOCK_SEQPACKET pair: a message is a packet, so there is no framing, and a
 * peer can neither stall in the middle of a message nor glue two together. The other end may be a
 * worker that a guest has taken over. So a message is bounded in bytes, depth and descriptors, and
 * whatever breaks a bound closes the wire.
 *
 * Nothing here ever blocks. What the kernel does not take at once waits in a bounded queue; a peer
 * that does not read until the queue is full is given up.
 */

#define WIRE_MAX_BYTES 65536
#define WIRE_MAX_FDS   128 /* the kernel takes up to 253 */
#define WIRE_MAX_DEPTH 16
#define WIRE_MAX_QUEUE 64 /* unless the owner allows more */

/**
 * struct wire_message - a message that has come in
 * @body:	JSON object; borrowed by the receiver
 * @fds:	descriptors, close-on-exec; the receiver sets those it keeps to -1, the others are
 *		closed after the call
 * @fd_count:	their number
 */
struct wire_message {
	json_t *body;
	int fds[WIRE_MAX_FDS];
	int fd_count;
};

struct wire_queued;

/**
 * struct wire - one end; embedded in its owner, zeroed before use
 * @source:	the socket, owned by the wire while it is open
 * @retry:	sends again what the kernel refused because too many descriptors are under way
 * @message:	called for each message; may close the wire and free its owner
 * @closed:	the peer is gone or broke a rule (@why); the wire is closed, its owner may be freed
 * @head:	oldest message that waits to be sent
 * @tail:	where the next one is linked
 * @queued:	messages that wait
 * @max_queue:	most that may wait; 0 means WIRE_MAX_QUEUE
 */
struct wire {
	struct loop_fd source;
	struct loop_timer retry;
	void (*message)(struct wire *wire, struct wire_message *message);
	void (*closed)(struct wire *wire, const struct error *why);
	struct wire_queued *head;
	struct wire_queued **tail;
	int queued;
	int max_queue;
};

/**
 * wire_pair() - make the two ends
 * @fds:	filled; non-blocking, close-on-exec
 *
 * Return: 0 or -errno
 */
int wire_pair(int fds[2]);

/**
 * wire_open() - begin to receive
 * @wire:	@message and @closed are set
 * @loop:	the loop
 * @fd:		one end, taken over (also on failure)
 *
 * Return: 0 or -errno
 */
int wire_open(struct wire *wire, struct loop *loop, int fd);

/**
 * wire_close() - close the socket, forget what was not sent; a closed or zeroed wire is allowed
 * @wire:	the wire
 */
void wire_close(struct wire *wire);

/**
 * wire_is_open() - can messages be sent?
 * @wire:	the wire
 */
bool wire_is_open(const struct wire *wire);

/**
 * wire_send() - send a message, or queue it
 * @wire:	an open wire
 * @body:	JSON object; borrowed
 * @fds:	descriptors to send along; duplicated, they stay the caller's
 * @fd_count:	their number
 *
 * Return: 0; -EMSGSIZE when the message is too large; -ENOBUFS when too many wait; -EPIPE when the
 * wire is closed; or another -errno. The wire stays as it is.
 */
int wire_send(struct wire *wire, const json_t *body, const int *fds, int fd_count);

/**
 * wire_parse() - text of a message to JSON, within the bounds
 * @text:	the bytes, as received
 * @len:	their number
 * @err:	says what is wrong
 *
 * Return: new reference to an object, or NULL
 */
json_t *wire_parse(const char *text, size_t len, struct error *err);
