/* SPDX-License-Identifier: BSD-2-Clause */
/* What the transmit descriptor asks to be done to a frame (RTL8139C+: C+ mode transmit). */
#include "devices/rtl8139/rtl8139.h"

#include "net/core/checksum.h"

/*
 * Theory of operation
 *
 * The chip computes whole checksums itself and looks at no seed of the driver: header checksum,
 * pseudo header and lengths are made here from the headers, in the private head of the frame. The
 * sum over the data is left to whoever needs it (packet.h). Headers that contradict the frame are
 * left alone: nothing is computed, and the frame goes out as the guest made it.
 */

#define IPV4_CHECKSUM  10
#define TCP_CHECKSUM   16
#define TCP_DATAOFFSET 12
#define UDP_CHECKSUM   6

/**
 * put_ip_checksum() - the IPv4 header checksum
 * @header:	the header
 * @len:	its length
 */
static void put_ip_checksum(uint8_t *header, uint32_t len)
{
	uint16_t sum;

	memset(header + IPV4_CHECKSUM, 0, sizeof(sum));
	sum = (uint16_t)~checksum_fold(checksum_add(0, header, len));
	memcpy(header + IPV4_CHECKSUM, &sum, sizeof(sum));
}

/**
 * tcp_header() - length of a TCP header
 * @head:	the frame's head
 * @ip:		its IPv4 packet, TCP
 * @have:	bytes of the frame that may be parsed
 *
 * Return: bytes, or 0 when it does not fit into the packet
 */
static uint32_t tcp_header(const uint8_t *head, const struct rtl8139_ipv4 *ip, uint32_t have)
{
	uint32_t at = (uint32_t)ip->at + ip->header;
	uint32_t len;

	if (ip->l4 < TCP_MIN_HEADER_LEN || at + TCP_MIN_HEADER_LEN > have)
		return 0;
	len = (head[at + TCP_DATAOFFSET] >> 4) * 4;
	return len >= TCP_MIN_HEADER_LEN && len <= ip->l4 && at + len <= have ? len : 0;
}

/**
 * seed() - leave the transport checksum to a later stage
 * @p:		the frame
 * @head:	its head
 * @ip:		its IPv4 packet
 * @field:	offset of the checksum in the transport header
 */
static void seed(struct packet *p, uint8_t *head, const struct rtl8139_ipv4 *ip, uint16_t field)
{
	uint32_t at = (uint32_t)ip->at + ip->header;
	uint64_t sum = checksum_pseudo(head + ip->at, ip->protocol, ip->l4);
	uint16_t value = checksum_fold(sum);

	memcpy(head + at + field, &value, sizeof(value));
	p->offload.needs_csum = true;
	p->offload.csum_start = (uint16_t)at;
	p->offload.csum_offset = field;
	if (at + ip->l4 == p->len)
		return;
	/* Bytes behind the datagram don't belong to the sum: do it here. */
	sum = checksum_packet(0, p, at, ip->l4);
	value = (uint16_t)~checksum_fold(sum);
	value = value ? value : 0xffff; /* RFC 768; for TCP both mean the same */
	memcpy(head + at + field, &value, sizeof(value));
	p->offload = (struct offload){0};
}

/**
 * checksums() - IPCS, TCPCS, UDPCS
 * @p:		the frame
 * @head:	its head
 * @command:	first word of the descriptor
 */
static void checksums(struct packet *p, uint8_t *head, uint32_t command)
{
	uint32_t have = MIN(packet_head_len(p), PACKET_HEAD);
	struct rtl8139_ipv4 ip;

	if (!rtl8139_ipv4(p, &ip))
		return;
	if (command & RTL_TX_IPCS)
		put_ip_checksum(head + ip.at, ip.header);
	if (ip.fragment)
		return;
	if (command & RTL_TX_TCPCS && ip.protocol == IP_PROTO_TCP && tcp_header(head, &ip, have))
		seed(p, head, &ip, TCP_CHECKSUM);
	if (command & RTL_TX_UDPCS && ip.protocol == IP_PROTO_UDP && ip.l4 >= UDP_HEADER_LEN &&
	    (uint32_t)ip.at + ip.header + UDP_HEADER_LEN <= have)
		seed(p, head, &ip, UDP_CHECKSUM);
}

/**
 * large_send() - LGSEN: a TCP segment to be cut into pieces of MSS bytes
 * @p:		the frame
 * @head:	its head
 * @mss:	payload bytes a piece
 *
 * Return: false when it is no TCP over IPv4 that fills the frame
 */
static bool large_send(struct packet *p, uint8_t *head, uint16_t mss)
{
	uint32_t have = MIN(packet_head_len(p), PACKET_HEAD);
	struct rtl8139_ipv4 ip;
	uint32_t tcp, headers;

	if (mss == 0 || !rtl8139_ipv4(p, &ip) || ip.fragment || ip.protocol != IP_PROTO_TCP)
		return false;
	tcp = tcp_header(head, &ip, have);
	if (tcp == 0 || (uint32_t)ip.at + ip.header + ip.l4 != p->len)
		return false;
	put_ip_checksum(head + ip.at, ip.header);
	seed(p, head, &ip, TCP_CHECKSUM);
	headers = (uint32_t)ip.at + ip.header + tcp;
	if (p->len - headers <= mss)
		return true;
	p->offload.gso_type = GSO_TCPV4;
	p->offload.gso_size = mss;
	p->offload.hdr_len = (uint16_t)headers;
	return true;
}

bool rtl8139_offload(struct packet *p, uint8_t *head, uint32_t command)
{
	if (command & RTL_TX_LGSEN)
		return large_send(p, head, command >> RTL_TX_MSS_SHIFT & RTL_TX_MSS_MASK);
	checksums(p, head, command);
	return true;
}
