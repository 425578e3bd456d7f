/* SPDX-License-Identifier: BSD-2-Clause */
/* A port whose other side is a byte stream: a cable between workers, or QEMU's stream netdev. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "net/base/loop.h"
#include "net/core/port.h"

struct error;

/*
 * Theory of operation
 *
 * Packets cross a stream socket one behind the other, each with its length in front. There are two
 * framings:
 *
 *	CABLE_STREAM	QEMU's: the length in 32 bits, big endian, then the frame. All work is done
 *			before (caps are 0).
 *	CABLE_WORKERS	between two of our workers: the length, then 12 bytes with the packet's
 *			offload members, then the frame. A send of 64 KiB crosses whole.
 *
 * Out: receive() copies packets behind each other into one block, which goes out in one system call
 * when it is large enough, and at the next turn of the loop at the latest. Long packets do not take
 * that way: what waits and the packet's own pieces go out together, uncopied. When the socket is
 * full and the block too, receive() takes no more, and calls port_ready() when half of the block is
 * free.
 *
 * In: one read takes as much as there is, and packets are views into that block, sent on up to
 * CABLE_BATCH at once. When the peer takes fewer, nothing is read until its port_ready(): the
 * socket fills, and the other side feels it.
 *
 * The other side is hostile. A length beyond CABLE_MAX_LEN ends the connection, since nobody knows
 * where the next frame begins; anything else that is wrong costs that packet (a counted drop). File
 * descriptors sent along are never received.
 *
 * A cable without a socket is a port whose link is down. cable_attach() gives it a socket; when
 * that is lost, the link goes down, and @lost is told.
 */

#define CABLE_BATCH   64
#define CABLE_MAX_LEN (4096 + 65536) /* QEMU's own limit */

/** enum cable_framing - see above */
enum cable_framing {
	CABLE_STREAM,
	CABLE_WORKERS,
};

/**
 * struct cable_block - bytes on their way; from @start to @end
 * @bytes:	the block
 * @start:	first byte
 * @end:	behind the last byte
 */
struct cable_block {
	uint8_t *bytes;
	uint32_t start;
	uint32_t end;
};

/**
 * struct cable - a port on a stream socket; embedded in its owner
 * @port:	the port
 * @loop:	the loop
 * @framing:	how packets lie in the stream
 * @fd:		the socket, owned by the cable; -1 without one
 * @source:	watches it
 * @work:	fires in the next turn of the loop: there is something to send, or to hand on
 * @in:		what was read and not sent on
 * @out:	what was taken and not written
 * @held:	the peer took fewer than given: nothing is read
 * @full:	receive() took fewer than given
 * @writable:	the socket took all of the last write
 * @error:	errno of a write that failed, 0 for none
 * @lost:	the socket is gone, for the reason in @why; the cable may be attached anew or freed
 *		in there. Never called from within port operations.
 */
struct cable {
	struct port port;
	struct loop *loop;
	enum cable_framing framing;
	int fd;
	struct loop_fd source;
	struct loop_timer work;
	struct cable_block in;
	struct cable_block out;
	bool held;
	bool full;
	bool writable;
	int error;
	void (*lost)(struct cable *cable, const struct error *why);
};

/**
 * cable_pair() - make the two sockets of a cable between workers
 * @fds:	filled; non-blocking, close-on-exec
 *
 * Return: 0 or -errno
 */
int cable_pair(int fds[2]);

/**
 * cable_init() - a cable without a socket, link down
 * @cable:	@lost is set by the caller afterwards, before it is attached
 * @loop:	the loop
 * @framing:	see there
 * @stats:	where its port counts, or NULL
 *
 * Return: 0 or -ENOMEM; then there is nothing to clean up
 */
int cable_init(struct cable *cable, struct loop *loop, enum cable_framing framing,
	       struct port_stats *stats);

/**
 * cable_done() - unplug the port, close the socket, free the blocks
 * @cable:	the cable
 */
void cable_done(struct cable *cable);

/**
 * cable_attach() - give it a socket; link up
 * @cable:	a cable without a socket
 * @fd:		connected stream socket, taken over (also on failure)
 *
 * Return: 0 or -errno
 */
int cable_attach(struct cable *cable, int fd);

/**
 * cable_detach() - close the socket; link down; what is under way is lost
 * @cable:	the cable; nothing happens when it has no socket
 */
void cable_detach(struct cable *cable);

/**
 * cable_attached() - has it a socket?
 * @cable:	the cable
 */
static inline bool cable_attached(const struct cable *cable)
{
	return cable->fd >= 0;
}
