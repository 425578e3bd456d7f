/* SPDX-License-Identifier: BSD-2-Clause */
/* Comparing offload members with the headers they speak of. */
#include "net/core/offload.h"

#include <string.h>

#include "net/base/bytes.h"
#include "net/core/checksum.h"
#include "net/core/ether.h"
#include "net/core/packet.h"

#define MAX_SEGMENTS       2048 /* of one packet: more cost more than they bring */
#define IPV4_FRAGMENT_BITS 0x3fff
#define TCP_CSUM_OFFSET    16
#define TCP_DOFF_OFFSET    12

/**
 * csum_fits() - does a checksum request lie inside the bytes that may be parsed?
 * @p:		the packet
 */
static bool csum_fits(const struct packet *p)
{
	const struct offload *o = &p->offload;
	uint32_t head = MIN(p->len, PACKET_HEAD);

	return o->csum_start < p->len && (uint32_t)o->csum_start + o->csum_offset + 2 <= head;
}

/**
 * ip_offset() - where the IP header of a frame begins
 * @head:	the frame, 18 bytes at least
 * @type:	the Ethernet type that it must have, behind one tag at most
 *
 * Return: the offset, or 0 when it is of another type
 */
static uint32_t ip_offset(const uint8_t *head, uint16_t type)
{
	uint32_t at = ETH_TYPE_OFFSET;

	if (get_be16(head + at) == ETH_TYPE_VLAN)
		at += ETH_VLAN_LEN;
	return get_be16(head + at) == type ? at + 2 : 0;
}

/**
 * ipv4_fits() - an IPv4 header that covers the whole packet and ends where TCP begins?
 * @ip:		the header; all of it is there
 * @header:	its length
 * @len:	bytes from it to the packet's end
 */
static bool ipv4_fits(const uint8_t *ip, uint32_t header, uint32_t len)
{
	return header >= IPV4_MIN_HEADER_LEN && ip[0] >> 4 == 4 && (ip[0] & 15) * 4u == header &&
	       get_be16(ip + 2) == len && ip[9] == IP_PROTO_TCP &&
	       !(get_be16(ip + 6) & IPV4_FRAGMENT_BITS) &&
	       checksum_fold(checksum_add(0, ip, header)) == 0xffff;
}

/**
 * ipv6_fits() - an IPv6 header that covers the whole packet, with TCP right behind it?
 * @ip:		the header; all of it is there
 * @header:	its length
 * @len:	bytes from it to the packet's end
 */
static bool ipv6_fits(const uint8_t *ip, uint32_t header, uint32_t len)
{
	return header == IPV6_HEADER_LEN && ip[0] >> 4 == 6 && ip[6] == IP_PROTO_TCP &&
	       get_be16(ip + 4) == len - header;
}

/**
 * seed_fits() - does the TCP checksum field hold the pseudo header's sum?
 * @ip:		the IP header
 * @tcp:	the TCP header
 * @len:	length from there to the packet's end
 */
static bool seed_fits(const uint8_t *ip, const uint8_t *tcp, uint32_t len)
{
	uint16_t seed = checksum_fold(checksum_pseudo(ip, IP_PROTO_TCP, len));

	return memcmp(tcp + TCP_CSUM_OFFSET, &seed, sizeof(seed)) == 0;
}

/**
 * gso_fits() - does a segmentation request agree with the headers?
 * @p:		the packet; its checksum request fits
 */
static bool gso_fits(const struct packet *p)
{
	const struct offload *o = &p->offload;
	const uint8_t *head = packet_head(p);
	bool v4 = o->gso_type == GSO_TCPV4;
	uint32_t tcp = o->csum_start;
	uint32_t ip;

	if (!v4 && o->gso_type != GSO_TCPV6)
		return false;
	if (!o->needs_csum || o->csum_offset != TCP_CSUM_OFFSET || o->gso_size == 0 ||
	    o->hdr_len > PACKET_HEAD || o->hdr_len >= p->len ||
	    tcp + TCP_MIN_HEADER_LEN > o->hdr_len || tcp < ETH_HEADER_LEN + IPV4_MIN_HEADER_LEN ||
	    (p->len - o->hdr_len) / o->gso_size >= MAX_SEGMENTS)
		return false;
	ip = ip_offset(head, v4 ? ETH_TYPE_IPV4 : ETH_TYPE_IPV6);
	if (ip == 0 || ip >= tcp || p->len - ip > UINT16_MAX)
		return false;
	if (v4 ? !ipv4_fits(head + ip, tcp - ip, p->len - ip)
	       : !ipv6_fits(head + ip, tcp - ip, p->len - ip))
		return false;
	return (head[tcp + TCP_DOFF_OFFSET] >> 4) * 4u == o->hdr_len - tcp &&
	       seed_fits(head + ip, head + tcp, p->len - tcp);
}

bool offload_check(const struct packet *p)
{
	if (p->vlan && p->len < ETH_HEADER_LEN)
		return false;
	if (p->offload.needs_csum && !csum_fits(p))
		return false;
	return p->offload.gso_type == GSO_NONE || gso_fits(p);
}
