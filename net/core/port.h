/* SPDX-License-Identifier: BSD-2-Clause */
/* The one contract between cards, netdevs and switches: two ports, plugged into each other. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "net/core/drop.h"
#include "net/core/packet.h"

/*
 * Theory of operation
 *
 * A port is one attachment point; a card is a port like any other. port_connect() makes two ports
 * peers. A sender calls port_send(); its peer's receive() takes packets and returns how many. Fewer
 * taken than given means: stop, I am full; the receiver calls port_ready() when it has room again,
 * and the sender, told by its ready(), goes on. So a lossless sender leaves what it has where it is
 * (descriptors in the guest's ring, bytes in a socket), and there is no queue in the middle. A
 * lossy sender counts what was not taken with a reason (port_drop()).
 *
 * Work that a packet still needs (checksum, segmentation, tag) and that the receiver can't take is
 * done inside port_send(), as late as possible: a receiver only sees packets that its caps allow.
 *
 * receive() may be called while the receiver itself is inside port_send() (two cards back to back):
 * a receiver never sends from within receive(), it marks work and does it from its loop.
 */

struct port;

/** enum port_cap - what a port's receive() takes */
enum port_cap {
	PORT_CAP_CSUM = 1 << 0,  /* packets with offload.needs_csum */
	PORT_CAP_TSO4 = 1 << 1,  /* GSO_TCPV4 packets, up to PACKET_MAX_LEN */
	PORT_CAP_TSO6 = 1 << 2,  /* GSO_TCPV6 packets */
	PORT_CAP_VLAN = 1 << 3,  /* packets with a tag beside the frame */
	PORT_CAP_PAUSE = 1 << 5, /* obeys PAUSE frames, as a chip does */
	PORT_LATENCY_BOUND =
		1 << 4, /* moves one window a round trip: a late interrupt costs rate */
};

/**
 * struct port_ops - what a kind of port does
 * @receive:	take packets that the peer sends. Return: how many of @n were taken, from the
 *		first on. A dropped packet counts as taken (and is counted with port_drop()).
 * @ready:	the peer, which had taken fewer than it was given, has room again; may be NULL
 * @link:	the peer's link went up or down, or a peer came or went (link down); may be NULL
 * @detach:	the port was disconnected: the peer is gone when this is called; may be NULL
 */
struct port_ops {
	int (*receive)(struct port *port, const struct packet *packets, int n);
	void (*ready)(struct port *port);
	void (*link)(struct port *port, bool up);
	void (*detach)(struct port *port);
};

/**
 * struct port_stats - counters of a port; may lie in memory shared with control, which only reads
 * @sent_packets: packets the peer took from this port (a GSO packet counts once)
 * @sent_bytes:	their bytes, without FCS
 * @taken_packets: packets this port took from its peer
 * @taken_bytes: their bytes
 * @drops:	packets dropped by this port, by reason
 */
struct port_stats {
	uint64_t sent_packets;
	uint64_t sent_bytes;
	uint64_t taken_packets;
	uint64_t taken_bytes;
	uint64_t drops[DROP_REASON_COUNT];
};

/**
 * struct port - one attachment point; embedded in its owner
 * @ops:	what it does
 * @caps:	enum port_cap bits
 * @link_up:	its own side of the cable; port_set_link() changes it
 * @blocked:	its peer took fewer than given and has not called port_ready() since
 * @peer:	the port it is plugged into, or NULL
 * @stats:	its counters: @own_stats, or shared memory of the owner's choice
 * @own_stats:	counters of a port that has no shared memory
 */
struct port {
	const struct port_ops *ops;
	uint32_t caps;
	bool link_up;
	bool blocked;
	struct port *peer;
	struct port_stats *stats;
	struct port_stats own_stats;
};

/**
 * port_init() - make a port, link up, no peer
 * @port:	the port
 * @ops:	its operations; lives as long as the port
 * @caps:	enum port_cap bits
 * @stats:	where it counts, or NULL for counters of its own
 */
void port_init(struct port *port, const struct port_ops *ops, uint32_t caps,
	       struct port_stats *stats);

/**
 * port_connect() - plug two ports into each other; neither may have a peer
 * @a:		one port
 * @b:		the other
 *
 * Each is told the other's link.
 */
void port_connect(struct port *a, struct port *b);

/**
 * port_disconnect() - unplug a port; both sides get link (down) and detach
 * @port:	the port; nothing happens when it has no peer
 */
void port_disconnect(struct port *port);

/**
 * port_set_link() - raise or cut this side of the cable, and tell the peer
 * @port:	the port
 * @up:		new state
 */
void port_set_link(struct port *port, bool up);

/**
 * port_connected() - would a packet sent now reach somebody?
 * @port:	the port
 *
 * Return: true with a peer and both links up
 */
bool port_connected(const struct port *port);

/**
 * port_send() - give packets to the peer
 * @port:	the sender
 * @packets:	the packets
 * @n:		their number
 *
 * Packets for which there is no peer or no link are dropped and counted, and count as taken.
 *
 * Return: how many were taken; fewer than @n: wait for ops->ready
 */
int port_send(struct port *port, const struct packet *packets, int n);

/**
 * port_ready() - tell the peer, if it was stopped, that there is room again
 * @port:	the receiver
 */
void port_ready(struct port *port);

/**
 * port_drop() - count dropped packets
 * @port:	the port that drops them
 * @reason:	why
 */
static inline void port_drop(struct port *port, enum drop_reason reason)
{
	port->stats->drops[reason]++;
}
