/* SPDX-License-Identifier: BSD-2-Clause */
/* A port on a tap descriptor, whoever made it: tap, bridge helper, macvtap. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "net/base/loop.h"
#include "net/core/port.h"

/*
 * Theory of operation
 *
 * Each read of the descriptor is one frame, each write is one; with vnet_hdr both have a struct
 * virtio_net_hdr in front. The kernel then takes a guest's send of 64 KiB whole, and gives what it
 * merged itself (GRO) whole: see packet.h, whose offload members mean the same.
 *
 * In: frames are read into slots, TUN_BATCH at once, and sent on together. When the peer takes
 * fewer, the rest stays in the slots and nothing is read until its ready(): frames then wait in
 * the interface's own queue, which is where the host counts what it drops.
 *
 * Out: a packet is written at once, from where its pieces are. When the interface's send buffer is
 * full, receive() takes no more until the descriptor is writable.
 *
 * Who is on the other side of the interface is not trusted, so what comes in is checked as if it
 * came from a guest (offload_check()).
 */

#define TUN_BATCH     16
#define TUN_VNET_SIZE 10 /* struct virtio_net_hdr, the kernel's default for a tap */

/**
 * struct tun_port - a port on a tap descriptor; embedded in its owner
 * @port:	the port; link down once the interface is gone
 * @loop:	the loop
 * @source:	watches the descriptor, which the port owns
 * @fd:		the descriptor
 * @vnet:	a struct virtio_net_hdr stands in front of each frame
 * @work:	the peer is ready again; the next turn goes on
 * @bytes:	TUN_BATCH slots
 * @packets:	views of the slots that were read
 * @iov:	their pieces
 * @first:	first packet that was not sent on
 * @count:	packets that were read
 * @full:	receive() took fewer than given
 * @lost:	the interface is gone; called from the loop, never from within port operations
 */
struct tun_port {
	struct port port;
	struct loop *loop;
	struct loop_fd source;
	int fd;
	bool vnet;
	struct loop_timer work;
	uint8_t *bytes;
	struct packet packets[TUN_BATCH];
	struct iovec iov[TUN_BATCH];
	int first;
	int count;
	bool full;
	void (*lost)(struct tun_port *tun);
};

/**
 * tun_port_init() - a port on a descriptor
 * @tun:	the port
 * @loop:	the loop
 * @fd:		the descriptor, taken over (also on failure)
 * @vnet:	its frames have a struct virtio_net_hdr in front
 * @stats:	where the port counts, or NULL
 *
 * The owner sets @lost afterwards.
 *
 * Return: 0 or -errno; then there is nothing to clean up
 */
int tun_port_init(struct tun_port *tun, struct loop *loop, int fd, bool vnet,
		  struct port_stats *stats);

/**
 * tun_port_done() - unplug the port, close the descriptor
 * @tun:	the port
 */
void tun_port_done(struct tun_port *tun);
