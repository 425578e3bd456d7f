/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of the guard: a parsed frame, and what its files call in each other. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "net/base/bytes.h"
#include "net/core/ether.h"
#include "net/user/guard.h"

#define IPV4_LEN         2
#define IPV4_ID          4
#define IPV4_FRAGMENT    6
#define IPV4_PROTOCOL    9
#define IPV4_SUM         10
#define IPV4_SRC         12
#define IPV4_DST         16
#define IPV6_LEN         4
#define IPV6_NEXT        6
#define IPV6_SRC         8
#define IPV6_DST         24
#define L4_SRC_PORT      0
#define L4_DST_PORT      2
#define UDP_LEN          4
#define UDP_SUM          6
#define TCP_SEQ          4
#define TCP_ACKED        8
#define TCP_DATA_OFFSET  12
#define TCP_FLAGS        13
#define TCP_SUM          16
#define TCP_URGENT       18
#define PORT_DNS         53
#define PORT_DHCP_SERVER 67
#define PORT_DHCP_CLIENT 68
#define PORT_TFTP        69
#define PORT_IDENT       113
#define PORT_DHCPV6      547
#define ICMP_UNREACHABLE 3
#define ICMP_ECHO        8
#define ICMP_EXCEEDED    11

/**
 * struct guard_frame - a frame whose IP header and lengths were checked
 * @frame:	Ethernet header
 * @len:	length of the frame, exactly as the IP header says
 * @ip:		IP header, 20 or 40 bytes long
 * @l4:		transport header
 * @l4_len:	bytes from there to the end
 * @v6:		IPv6
 * @protocol:	transport protocol
 * @src_port:	source port of TCP and UDP, host byte order
 * @dst_port:	destination port of TCP and UDP, host byte order
 */
struct guard_frame {
	uint8_t *frame;
	uint32_t len;
	uint8_t *ip;
	uint8_t *l4;
	uint32_t l4_len;
	bool v6;
	uint8_t protocol;
	uint16_t src_port;
	uint16_t dst_port;
};

/**
 * guard_drop() - count a dropped frame
 * @g:		the guard
 * @reason:	why
 *
 * Return: false, so that `return guard_drop(...)` reads well
 */
static inline bool guard_drop(struct guard *g, enum drop_reason reason)
{
	port_drop(g->port, reason);
	return false;
}

/** guard_src() - source address in the IP header */
static inline uint8_t *guard_src(const struct guard_frame *f)
{
	return f->ip + (f->v6 ? IPV6_SRC : IPV4_SRC);
}

/** guard_dst() - destination address in the IP header */
static inline uint8_t *guard_dst(const struct guard_frame *f)
{
	return f->ip + (f->v6 ? IPV6_DST : IPV4_DST);
}

/** guard_addr_len() - length of the addresses in the IP header */
static inline size_t guard_addr_len(const struct guard_frame *f)
{
	return f->v6 ? 16 : 4;
}

/** guard_is_dns() - is this the address that the guest asks its DNS questions? */
static inline bool guard_is_dns(const struct guard *g, const struct guard_frame *f,
				const uint8_t *addr)
{
	return f->v6 ? memcmp(addr, &g->config->dns6, 16) == 0
		     : memcmp(addr, &g->config->dns, 4) == 0;
}

/**
 * guard_parse_ipv4() - check an IPv4 frame down to its transport header
 * @g:		the guard
 * @f:		@frame and @len are set; the rest is filled, options are cut out, padding cut off
 * @now_ns:	monotonic time
 *
 * Return: false when it was dropped, or kept as a fragment
 */
bool guard_parse_ipv4(struct guard *g, struct guard_frame *f, int64_t now_ns);

/**
 * guard_parse_ipv6() - check an IPv6 frame down to its transport header
 * @g:		the guard
 * @f:		@frame and @len are set; the rest is filled, padding cut off
 *
 * Return: false when it was dropped
 */
bool guard_parse_ipv6(struct guard *g, struct guard_frame *f);

/**
 * guard_parse_transport() - check the TCP or UDP header, clear urgent data
 * @g:		the guard
 * @f:		the frame; the ports are filled
 *
 * Return: false when it was dropped
 */
bool guard_parse_transport(struct guard *g, struct guard_frame *f);

/**
 * guard_tcp() - the rules for a TCP segment
 * @g:		the guard
 * @f:		the frame; rewritten when it goes to the DNS address
 * @now_ns:	monotonic time
 *
 * Return: false when it was dropped
 */
bool guard_tcp(struct guard *g, struct guard_frame *f, int64_t now_ns);

/**
 * guard_udp() - the rules for a UDP datagram
 * @g:		the guard
 * @f:		the frame; rewritten when it goes to the DNS address
 * @now_ns:	monotonic time
 *
 * Return: false when it was dropped
 */
bool guard_udp(struct guard *g, struct guard_frame *f, int64_t now_ns);

/**
 * guard_icmp() - the rules for ICMP and ICMPv6
 * @g:		the guard
 * @f:		the frame
 * @now_ns:	monotonic time
 *
 * Return: false when it was dropped
 */
bool guard_icmp(struct guard *g, struct guard_frame *f, int64_t now_ns);

/**
 * guard_new_flow() - may the guest make libslirp open one more socket now?
 * @g:		the guard
 * @kind:	for what
 * @now_ns:	monotonic time
 *
 * Return: false when the frame was dropped
 */
bool guard_new_flow(struct guard *g, enum guard_kind kind, int64_t now_ns);

/**
 * guard_key() - key of a frame's flow
 * @f:		the frame
 * @from_guest:	its source is the guest
 * @kind:	kind of flow; with FLOW_UDP the remote side is left out
 * @key:	filled
 */
void guard_key(const struct guard_frame *f, bool from_guest, enum flow_kind kind,
	       struct flow_key *key);

/**
 * guard_upstream() - the server that DNS questions of a frame's family go to
 * @g:		the guard
 * @f:		the frame
 *
 * Return: its address, or NULL when none is known
 */
const union host_addr *guard_upstream(const struct guard *g, const struct guard_frame *f);

/**
 * guard_rewrite() - change address and port in a frame, with its checksums (RFC 1624)
 * @f:		the frame
 * @source:	the source, else the destination
 * @addr:	new address, as long as those of the frame
 * @port:	new port, host byte order; 0: leave it, and the transport checksum too when there
 *		is no transport header (@l4_len 0)
 */
void guard_rewrite(struct guard_frame *f, bool source, const void *addr, uint16_t port);
