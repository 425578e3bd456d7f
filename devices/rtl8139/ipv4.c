/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding the IPv4 header of a frame. */
#include "devices/rtl8139/rtl8139.h"

#define FRAGMENT_BITS 0x3fff /* more fragments, offset */

/**
 * type_offset() - where the EtherType lies that a tag does not hide
 * @head:	at least 18 bytes of the frame
 */
static uint16_t type_offset(const uint8_t *head)
{
	return get_be16(head + ETH_TYPE_OFFSET) == ETH_TYPE_VLAN ? ETH_TYPE_OFFSET + ETH_VLAN_LEN
								 : ETH_TYPE_OFFSET;
}

bool rtl8139_ipv4(const struct packet *p, struct rtl8139_ipv4 *ip)
{
	const uint8_t *head = packet_head(p);
	uint32_t have = MIN(packet_head_len(p), PACKET_HEAD);
	uint16_t type, total;

	if (have < ETH_HEADER_LEN + IPV4_MIN_HEADER_LEN)
		return false;
	type = type_offset(head);
	ip->at = type + 2;
	if (get_be16(head + type) != ETH_TYPE_IPV4 || have < (uint32_t)ip->at + IPV4_MIN_HEADER_LEN)
		return false;
	head += ip->at;
	total = get_be16(head + 2);
	ip->header = (head[0] & 0xf) * 4;
	ip->protocol = head[9];
	ip->fragment = get_be16(head + 6) & FRAGMENT_BITS;
	if (head[0] >> 4 != 4 || ip->header < IPV4_MIN_HEADER_LEN)
		return false;
	if (total < ip->header || (uint32_t)ip->at + total > p->len)
		return false;
	ip->l4 = total - ip->header;
	return true;
}
