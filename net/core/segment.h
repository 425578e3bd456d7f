/* SPDX-License-Identifier: BSD-2-Clause */
/* Doing the work that a packet carries along: segmentation, checksum, VLAN tag. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "net/core/ether.h"
#include "net/core/packet.h"

/**
 * struct segmenter - turns one packet into packets that a receiver with given caps takes
 * @in:		the packet, borrowed
 * @caps:	enum port_cap bits of the receiver
 * @split:	@in is cut into TCP segments
 * @count:	packets it will give
 * @index:	packets given so far
 * @out:	the packet given last
 * @iov:	its pieces
 * @head:	its private first piece: headers, with a tag if one was inserted
 *
 * Lives on the stack or in its user; no clean-up.
 */
struct segmenter {
	const struct packet *in;
	uint32_t caps;
	bool split;
	uint32_t count;
	uint32_t index;
	struct packet out;
	struct iovec iov[PACKET_MAX_IOV + 1];
	uint8_t head[PACKET_HEAD + ETH_VLAN_LEN];
};

/**
 * segment_needed() - does a packet carry work that a receiver can't take?
 * @p:		the packet
 * @caps:	enum port_cap bits of the receiver
 */
bool segment_needed(const struct packet *p, uint32_t caps);

/**
 * segment_count() - how many TCP segments a GSO packet is
 * @p:		the packet, in normal form (packet.h)
 *
 * Return: 1 at least
 */
uint32_t segment_count(const struct packet *p);

/**
 * segment_start() - begin with a packet
 * @s:		the segmenter
 * @in:		the packet; must stay valid until the last segment_next()
 * @caps:	enum port_cap bits of the receiver
 * @skip:	segments to leave out at the front (they were delivered before)
 *
 * Return: 0, or -EINVAL when the packet's offload members lie outside of it
 */
int segment_start(struct segmenter *s, const struct packet *in, uint32_t caps, uint32_t skip);

/**
 * segment_next() - the next packet
 * @s:		the segmenter
 *
 * Segments carry the TCP sequence number, IPv4 id and lengths of their place; FIN and PSH only on
 * the last, CWR only on the first. Checksums are complete unless the receiver has PORT_CAP_CSUM.
 *
 * Return: the packet, valid until the next call; NULL after the last
 */
const struct packet *segment_next(struct segmenter *s);
