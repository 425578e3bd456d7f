/* SPDX-License-Identifier: BSD-2-Clause */
/* Ethernet, IP and TCP numbers that more than one file needs. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define ETH_ADDR_LEN    6
#define ETH_HEADER_LEN  14
#define ETH_VLAN_LEN    4
#define ETH_FCS_LEN     4
#define ETH_MIN_LEN     60   /* without FCS */
#define ETH_MAX_LEN     1514 /* without FCS and tag */
#define ETH_TYPE_OFFSET 12

#define ETH_TYPE_IPV4 0x0800
#define ETH_TYPE_ARP  0x0806
#define ETH_TYPE_VLAN 0x8100
#define ETH_TYPE_IPV6 0x86dd

#define IP_PROTO_ICMP   1
#define IP_PROTO_TCP    6
#define IP_PROTO_UDP    17
#define IP_PROTO_ICMPV6 58

#define IPV4_MIN_HEADER_LEN 20
#define IPV6_HEADER_LEN     40
#define TCP_MIN_HEADER_LEN  20
#define UDP_HEADER_LEN      8

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_PSH 0x08
#define TCP_ACK 0x10
#define TCP_URG 0x20

/** eth_is_multicast() - group address (broadcast included)? */
static inline bool eth_is_multicast(const uint8_t *addr)
{
	return addr[0] & 1;
}

/** eth_is_broadcast() - ff:ff:ff:ff:ff:ff? */
static inline bool eth_is_broadcast(const uint8_t *addr)
{
	return (addr[0] & addr[1] & addr[2] & addr[3] & addr[4] & addr[5]) == 0xff;
}
