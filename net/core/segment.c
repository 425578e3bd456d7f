/* SPDX-License-Identifier: BSD-2-Clause */
/* Software segmentation, checksum completion and tag insertion. */
#include "net/core/segment.h"

#include <errno.h>
#include <string.h>

#include "net/base/bytes.h"
#include "net/core/checksum.h"
#include "net/core/port.h"

#define TCP_CWR          0x80
#define TCP_FLAGS_OFFSET 13
#define TCP_SEQ_OFFSET   4
#define IPV4_LEN_OFFSET  2
#define IPV4_ID_OFFSET   4
#define IPV4_SUM_OFFSET  10
#define IPV6_LEN_OFFSET  4

/**
 * takes_gso() - does a receiver take packets of a GSO type whole?
 * @caps:	its caps
 * @gso_type:	enum gso_type
 */
static bool takes_gso(uint32_t caps, uint8_t gso_type)
{
	return gso_type == GSO_NONE ||
	       (caps & (gso_type == GSO_TCPV4 ? PORT_CAP_TSO4 : PORT_CAP_TSO6));
}

bool segment_needed(const struct packet *p, uint32_t caps)
{
	return (p->vlan && !(caps & PORT_CAP_VLAN)) ||
	       (p->offload.needs_csum && !(caps & PORT_CAP_CSUM)) ||
	       !takes_gso(caps, p->offload.gso_type);
}

uint32_t segment_count(const struct packet *p)
{
	uint32_t payload;

	if (p->offload.gso_type == GSO_NONE || p->offload.gso_size == 0 ||
	    p->len <= p->offload.hdr_len)
		return 1;
	payload = p->len - p->offload.hdr_len;
	return (payload + p->offload.gso_size - 1) / p->offload.gso_size;
}

/**
 * offload_is_sane() - do the offload members lie inside the packet's private head?
 * @p:		the packet
 *
 * Makers of packets promise it; this is the second line, for memory safety alone.
 */
static bool offload_is_sane(const struct packet *p)
{
	const struct offload *o = &p->offload;
	uint32_t head = MIN(packet_head_len(p), PACKET_HEAD);

	if (p->vlan && head < ETH_TYPE_OFFSET)
		return false;
	if (o->needs_csum &&
	    (o->csum_start > head || (uint32_t)o->csum_start + o->csum_offset + 2 > head))
		return false;
	if (o->gso_type == GSO_NONE)
		return true;
	return o->gso_size > 0 && o->needs_csum && o->hdr_len <= head && o->hdr_len < p->len &&
	       o->csum_start + TCP_MIN_HEADER_LEN <= o->hdr_len &&
	       o->csum_start >= ETH_HEADER_LEN + IPV4_MIN_HEADER_LEN;
}

int segment_start(struct segmenter *s, const struct packet *in, uint32_t caps, uint32_t skip)
{
	if (!offload_is_sane(in))
		return -EINVAL;
	s->in = in;
	s->caps = caps;
	s->split = !takes_gso(caps, in->offload.gso_type);
	s->count = s->split ? segment_count(in) : 1;
	s->index = skip;
	return 0;
}

/**
 * ip_offset() - where the IP header of a GSO packet's head begins
 * @head:	the frame's first bytes
 *
 * Return: 14, or 18 behind a tag that lies in the frame
 */
static uint32_t ip_offset(const uint8_t *head)
{
	return get_be16(head + ETH_TYPE_OFFSET) == ETH_TYPE_VLAN ? ETH_HEADER_LEN + ETH_VLAN_LEN
								 : ETH_HEADER_LEN;
}

/**
 * fix_ip() - lengths, id and header checksum of a segment
 * @s:		segmenter; @s->head holds the copied headers
 * @l4_len:	TCP header and payload bytes of the segment
 */
static void fix_ip(struct segmenter *s, uint32_t l4_len)
{
	const struct offload *o = &s->in->offload;
	uint32_t at = ip_offset(s->head);
	uint8_t *ip = s->head + at;
	uint16_t sum;

	if (o->gso_type == GSO_TCPV6) {
		put_be16(ip + IPV6_LEN_OFFSET,
			 (uint16_t)(o->csum_start - at - IPV6_HEADER_LEN + l4_len));
		return;
	}
	put_be16(ip + IPV4_LEN_OFFSET, (uint16_t)(o->csum_start - at + l4_len));
	put_be16(ip + IPV4_ID_OFFSET, (uint16_t)(get_be16(ip + IPV4_ID_OFFSET) + s->index));
	memset(ip + IPV4_SUM_OFFSET, 0, 2);
	sum = (uint16_t)~checksum_fold(checksum_add(0, ip, o->csum_start - at));
	memcpy(ip + IPV4_SUM_OFFSET, &sum, sizeof(sum));
}

/**
 * fix_tcp() - sequence number, flags and checksum seed of a segment
 * @s:		segmenter; @s->head holds the copied headers
 * @l4_len:	TCP header and payload bytes of the segment
 */
static void fix_tcp(struct segmenter *s, uint32_t l4_len)
{
	const struct offload *o = &s->in->offload;
	uint8_t *tcp = s->head + o->csum_start;
	uint16_t seed;

	put_be32(tcp + TCP_SEQ_OFFSET,
		 get_be32(tcp + TCP_SEQ_OFFSET) + s->index * (uint32_t)o->gso_size);
	if (s->index > 0)
		tcp[TCP_FLAGS_OFFSET] &= (uint8_t)~TCP_CWR;
	if (s->index + 1 < s->count)
		tcp[TCP_FLAGS_OFFSET] &= (uint8_t) ~(TCP_FIN | TCP_PSH);
	seed = checksum_fold(checksum_pseudo(s->head + ip_offset(s->head), IP_PROTO_TCP, l4_len));
	memcpy(tcp + o->csum_offset, &seed, sizeof(seed));
}

/**
 * complete_csum() - replace the seed by the checksum
 * @s:		segmenter; @s->out is whole but for that
 */
static void complete_csum(struct segmenter *s)
{
	const struct offload *o = &s->out.offload;
	uint8_t *field = s->head + o->csum_start + o->csum_offset;
	uint16_t sum;

	sum = (uint16_t)~checksum_fold(
		checksum_packet(0, &s->out, o->csum_start, s->out.len - o->csum_start));
	if (sum == 0) /* 0 means "none" in UDP; in TCP both verify (RFC 768) */
		sum = 0xffff;
	memcpy(field, &sum, sizeof(sum));
	s->out.offload.needs_csum = false;
	s->out.offload.csum_valid = true;
}

/**
 * insert_tag() - move the tag from beside the frame into it
 * @s:		segmenter; @s->out is whole but for that
 */
static void insert_tag(struct segmenter *s)
{
	uint8_t *at = s->head + ETH_TYPE_OFFSET;
	struct offload *o = &s->out.offload;

	memmove(at + ETH_VLAN_LEN, at, s->iov[0].iov_len - ETH_TYPE_OFFSET);
	put_be16(at, ETH_TYPE_VLAN);
	put_be16(at + 2, s->out.vlan_tci);
	s->iov[0].iov_len += ETH_VLAN_LEN;
	s->out.len += ETH_VLAN_LEN;
	s->out.vlan = false;
	if (o->needs_csum)
		o->csum_start += ETH_VLAN_LEN;
	if (o->gso_type != GSO_NONE)
		o->hdr_len += ETH_VLAN_LEN;
}

/**
 * build() - the pieces of an output packet: @head_len private bytes, then a range of the input
 * @s:		segmenter
 * @head_len:	bytes copied to @s->head
 * @offset:	where the rest begins in the input
 * @len:	length of the rest
 *
 * Return: false when the input has too many pieces
 */
static bool build(struct segmenter *s, uint32_t head_len, uint32_t offset, uint32_t len)
{
	int n;

	packet_copy(s->in, 0, s->head, head_len);
	s->iov[0] = (struct iovec){.iov_base = s->head, .iov_len = head_len};
	n = packet_slice(s->in, offset, len, s->iov + 1, PACKET_MAX_IOV);
	if (n < 0)
		return false;
	s->out = *s->in;
	s->out.iov = s->iov;
	s->out.iovcnt = 1 + n;
	s->out.len = head_len + len;
	return true;
}

/**
 * build_segment() - the next TCP segment
 * @s:		segmenter that splits
 *
 * Return: false when the input has too many pieces
 */
static bool build_segment(struct segmenter *s)
{
	const struct offload *o = &s->in->offload;
	uint32_t offset = o->hdr_len + s->index * (uint32_t)o->gso_size;
	uint32_t len = MIN(s->in->len - offset, (uint32_t)o->gso_size);
	uint32_t l4_len = o->hdr_len - o->csum_start + len;

	if (!build(s, o->hdr_len, offset, len))
		return false;
	fix_ip(s, l4_len);
	fix_tcp(s, l4_len);
	s->out.offload.gso_type = GSO_NONE;
	s->out.offload.gso_size = 0;
	s->out.offload.hdr_len = 0;
	return true;
}

const struct packet *segment_next(struct segmenter *s)
{
	uint32_t head_len = MIN(packet_head_len(s->in), PACKET_HEAD);
	bool built;

	if (s->index >= s->count)
		return NULL;
	built = s->split ? build_segment(s) : build(s, head_len, head_len, s->in->len - head_len);
	if (!built)
		return NULL;
	if (s->out.offload.needs_csum && !(s->caps & PORT_CAP_CSUM))
		complete_csum(s);
	if (s->out.vlan && !(s->caps & PORT_CAP_VLAN))
		insert_tag(s);
	s->index++;
	return &s->out;
}
