/* SPDX-License-Identifier: BSD-2-Clause */
/* Receive checksums: the status bits IPCS and TCPCS with their errors, and the packet checksum. */
#include "devices/e1000/e1000.h"

#include "net/core/checksum.h"

#define IP_FRAGMENT_BITS 0x3fff

/** ip_checksum_bad() - is the checksum of an IPv4 header wrong? */
static bool ip_checksum_bad(const uint8_t *ip, uint32_t ihl)
{
	return checksum_fold(checksum_add(0, ip, ihl)) != 0xffff;
}

/**
 * l4_checksum() - TCPCS and TCPE of a frame
 * @f:		the frame
 * @l3:		offset of the IP header
 * @l4:		offset of the TCP or UDP header
 * @protocol:	IP protocol
 * @end:	offset behind the IP datagram
 */
static void l4_checksum(struct rx_frame *f, uint32_t l3, uint32_t l4, uint8_t protocol,
			uint32_t end)
{
	const struct packet *p = f->packet;
	const uint8_t *head = packet_head(p);
	uint64_t sum;

	if (protocol == IP_PROTO_UDP) {
		if (l4 + UDP_HEADER_LEN > end || get_be16(head + l4 + 6) == 0)
			return; /* UDP without checksum: nothing to say */
	} else if (protocol != IP_PROTO_TCP || l4 + TCP_MIN_HEADER_LEN > end) {
		return;
	}
	f->status |= RXD_STA_TCPCS;
	if (p->offload.csum_valid)
		return;
	sum = checksum_pseudo(head + l3, protocol, end - l4);
	if (checksum_fold(checksum_packet(sum, p, l4, end - l4)) != 0xffff)
		f->errors |= RXD_ERR_TCPE;
}

/** check_ipv4() - IPCS/IPE and TCPCS/TCPE of an IPv4 frame, as RXCSUM asks */
static void check_ipv4(struct e1000 *e, struct rx_frame *f, uint32_t l3)
{
	const uint8_t *ip = packet_head(f->packet) + l3;
	uint32_t rxcsum = e1000_get(e, E1000_RXCSUM);
	uint32_t ihl = (ip[0] & 15) * 4;
	uint32_t total = get_be16(ip + 2);

	if (ip[0] >> 4 != 4 || ihl < IPV4_MIN_HEADER_LEN || total < ihl ||
	    l3 + total > f->packet->len ||
	    l3 + ihl + TCP_MIN_HEADER_LEN > packet_head_len(f->packet))
		return;
	if (rxcsum & RXCSUM_IPOFL) {
		f->status |= RXD_STA_IPCS;
		if (ip_checksum_bad(ip, ihl))
			f->errors |= RXD_ERR_IPE;
	}
	if ((rxcsum & RXCSUM_TUOFL) && !(get_be16(ip + 6) & IP_FRAGMENT_BITS))
		l4_checksum(f, l3, l3 + ihl, ip[9], l3 + total);
}

/** check_ipv6() - TCPCS/TCPE of an IPv6 frame without extension headers */
static void check_ipv6(struct e1000 *e, struct rx_frame *f, uint32_t l3)
{
	const uint8_t *ip = packet_head(f->packet) + l3;
	uint32_t rxcsum = e1000_get(e, E1000_RXCSUM);
	uint32_t l4 = l3 + IPV6_HEADER_LEN;
	uint32_t end;

	if (l4 + TCP_MIN_HEADER_LEN > packet_head_len(f->packet))
		return;
	end = l4 + get_be16(ip + 4);
	if (ip[0] >> 4 == 6 && end <= f->packet->len && (rxcsum & RXCSUM_TUOFL) &&
	    (rxcsum & RXCSUM_IPV6OFL))
		l4_checksum(f, l3, l4, ip[6], end);
}

void rx_checksums(struct e1000 *e, struct rx_frame *f)
{
	const uint8_t *head = packet_head(f->packet);
	uint32_t type_at = ETH_TYPE_OFFSET;
	uint16_t type = get_be16(head + type_at);

	if (type == ETH_TYPE_VLAN && packet_head_len(f->packet) >= ETH_HEADER_LEN + ETH_VLAN_LEN) {
		type_at += ETH_VLAN_LEN;
		type = get_be16(head + type_at);
	}
	if (packet_head_len(f->packet) >= type_at + 2 + IPV4_MIN_HEADER_LEN) {
		if (type == ETH_TYPE_IPV4)
			check_ipv4(e, f, type_at + 2);
		else if (type == ETH_TYPE_IPV6)
			check_ipv6(e, f, type_at + 2);
	}
	if (!(f->status & (RXD_STA_IPCS | RXD_STA_TCPCS)))
		f->status |= RXD_STA_IXSM;
}

uint16_t rx_packet_checksum(const struct e1000 *e, const struct packet *p)
{
	uint32_t start = e1000_get(e, E1000_RXCSUM) & RXCSUM_PCSS;
	uint16_t sum;

	if (start >= p->len)
		return 0xffff;
	sum = checksum_fold(checksum_packet(0, p, start, p->len - start));
	return (uint16_t)~be16toh(sum);
}
