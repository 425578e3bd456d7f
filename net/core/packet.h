/* SPDX-License-Identifier: BSD-2-Clause */
/* The one packet type: a borrowed view of an Ethernet frame, and the work left to be done on it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

/*
 * Theory of operation
 *
 * A packet is valid during the call it is passed to. Who wants to keep it copies it
 * (packet_queue_push() or packet_copy()).
 *
 * The first piece, iov[0], is memory of this process that nobody else writes and holds the first
 * min(len, PACKET_HEAD) bytes at least; later pieces may be guest memory, which its owner can
 * rewrite at any moment. So headers are parsed in iov[0] only, and no decision is taken on bytes
 * of later pieces.
 *
 * The offload members mean what those of Linux's struct virtio_net_hdr mean, in host byte order,
 * in this normal form: with GSO_TCPV4 the IPv4 total length and header checksum are right for the
 * whole packet, and the TCP checksum field holds the folded sum of the pseudo header with the whole
 * TCP length (GSO_TCPV6: payload length and field likewise). hdr_len covers Ethernet to TCP and is
 * at most PACKET_HEAD. Whoever makes a packet makes it so; whoever takes one relies on it.
 */

#define PACKET_HEAD    256              /* bytes of iov[0] that may be parsed */
#define PACKET_MAX_LEN (14 + 4 + 65535) /* longest packet, tag included */
#define PACKET_MAX_IOV 64               /* most pieces of a packet */

/** enum gso_type - what a packet must be cut into; values of virtio_net_hdr.gso_type */
enum gso_type {
	GSO_NONE = 0,
	GSO_TCPV4 = 1,
	GSO_TCPV6 = 4,
};

/**
 * struct offload - work that was left to a later stage
 * @needs_csum:	the checksum field at csum_start + csum_offset holds a seed, to be completed with
 *		the sum from csum_start to the end
 * @csum_valid:	the sender vouches for the checksums (they came over memory, or were verified)
 * @gso_type:	enum gso_type
 * @gso_size:	TCP payload bytes a segment; > 0 when gso_type is set
 * @hdr_len:	bytes of headers that each segment repeats; set with gso_type
 * @csum_start:	offset from the start of the frame
 * @csum_offset: offset from csum_start
 */
struct offload {
	bool needs_csum;
	bool csum_valid;
	uint8_t gso_type;
	uint16_t gso_size;
	uint16_t hdr_len;
	uint16_t csum_start;
	uint16_t csum_offset;
};

/**
 * struct packet - a borrowed view of a frame without FCS
 * @iov:	pieces; iov[0] as told above
 * @iovcnt:	number of pieces, 1 to PACKET_MAX_IOV
 * @len:	sum of the pieces, in bytes
 * @offload:	work left to do
 * @vlan:	@vlan_tci is to be inserted behind the addresses (offsets do not count it)
 * @vlan_tci:	priority, CFI and VLAN id, host byte order
 */
struct packet {
	const struct iovec *iov;
	int iovcnt;
	uint32_t len;
	struct offload offload;
	bool vlan;
	uint16_t vlan_tci;
};

/**
 * packet_head() - the bytes that may be parsed
 * @p:		the packet
 *
 * Return: iov[0]'s start; packet_head_len() bytes are there
 */
static inline const uint8_t *packet_head(const struct packet *p)
{
	return p->iov[0].iov_base;
}

/**
 * packet_head_len() - how many bytes packet_head() has
 * @p:		the packet
 */
static inline uint32_t packet_head_len(const struct packet *p)
{
	return (uint32_t)p->iov[0].iov_len;
}

/**
 * packet_from_buffer() - view one contiguous private buffer as a packet without offload work
 * @p:		packet to fill
 * @iov:	its only piece, filled; lives as long as the packet
 * @buf:	the frame
 * @len:	its length
 */
void packet_from_buffer(struct packet *p, struct iovec *iov, const void *buf, uint32_t len);

/**
 * packet_copy() - copy frame bytes out of a packet
 * @p:		the packet
 * @offset:	first byte
 * @dst:	where to
 * @len:	how many; stops at the packet's end
 *
 * Return: bytes copied
 */
uint32_t packet_copy(const struct packet *p, uint32_t offset, void *dst, uint32_t len);

/**
 * packet_slice() - pieces that cover a range of a packet
 * @p:		the packet
 * @offset:	first byte
 * @len:	length of the range; must lie inside the packet
 * @iov:	filled
 * @max:	room in @iov
 *
 * Return: number of pieces, or -EMSGSIZE when @max is too small
 */
int packet_slice(const struct packet *p, uint32_t offset, uint32_t len, struct iovec *iov, int max);
