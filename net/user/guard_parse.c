/* SPDX-License-Identifier: BSD-2-Clause */
/* The guard's parser: headers and lengths; what libslirp must not see. */
#include "net/user/guard_frame.h"

#include "net/core/checksum.h"

#define FRAGMENT_RESERVED 0x8000
#define FRAGMENT_ANY      0x3fff /* more fragments, or an offset */
#define IPV4_TTL          8
#define ICMP_MIN_LEN      8
#define IPV6_HOP_LIMIT    7
#define IPV6_FRAGMENT     44

/**
 * carried() - does libslirp carry a protocol?
 * @protocol:	the IP header's number
 * @v6:		IPv6
 */
static bool carried(uint8_t protocol, bool v6)
{
	return protocol == IP_PROTO_TCP || protocol == IP_PROTO_UDP ||
	       protocol == (v6 ? IP_PROTO_ICMPV6 : IP_PROTO_ICMP);
}

/**
 * ipv4_source_ok() - is the source an address that the guest may have?
 * @g:		the guard
 * @ip:		IPv4 header
 *
 * 0.0.0.0 is what a guest without an address uses for DHCP; guard_udp() looks that it does no more.
 */
static bool ipv4_source_ok(const struct guard *g, const uint8_t *ip)
{
	const struct user_config *c = g->config;
	struct in_addr src;

	memcpy(&src, ip + IPV4_SRC, sizeof(src));
	if (src.s_addr == 0)
		return ip[IPV4_PROTOCOL] == IP_PROTO_UDP;
	return user_is_station(c, src) && src.s_addr != c->host.s_addr &&
	       src.s_addr != c->dns.s_addr;
}

/**
 * cut_options() - remove the IPv4 options by moving the headers up to the payload
 * @f:		the frame; @ip is set
 * @options:	length of the options
 */
static void cut_options(struct guard_frame *f, uint32_t options)
{
	uint16_t total = get_be16(f->ip + IPV4_LEN);
	uint16_t sum;

	memmove(f->frame + options, f->frame, ETH_HEADER_LEN + IPV4_MIN_HEADER_LEN);
	f->frame += options;
	f->ip += options;
	f->len -= options;
	f->ip[0] = 0x45;
	put_be16(f->ip + IPV4_LEN, (uint16_t)(total - options));
	put_be16(f->ip + IPV4_SUM, 0);
	sum = (uint16_t)~checksum_fold(checksum_add(0, f->ip, IPV4_MIN_HEADER_LEN));
	memcpy(f->ip + IPV4_SUM, &sum, sizeof(sum));
}

/**
 * ipv4_header() - check the IPv4 header and bring it to 20 bytes
 * @g:		the guard
 * @f:		@frame and @len are set; @ip is filled
 *
 * Return: false when it was dropped
 */
static bool ipv4_header(struct guard *g, struct guard_frame *f)
{
	uint32_t room = f->len - ETH_HEADER_LEN;
	uint32_t header, total;

	f->ip = f->frame + ETH_HEADER_LEN;
	if (room < IPV4_MIN_HEADER_LEN || f->ip[0] >> 4 != 4)
		return guard_drop(g, DROP_MALFORMED);
	header = (uint32_t)(f->ip[0] & 0xf) * 4;
	total = get_be16(f->ip + IPV4_LEN);
	if (header < IPV4_MIN_HEADER_LEN || total < header || total > room ||
	    checksum_fold(checksum_add(0, f->ip, header)) != 0xffff || f->ip[IPV4_TTL] == 0)
		return guard_drop(g, DROP_MALFORMED);
	f->len = ETH_HEADER_LEN + total;
	if (header > IPV4_MIN_HEADER_LEN)
		cut_options(f, header - IPV4_MIN_HEADER_LEN);
	return true;
}

/**
 * reassemble() - a fragment
 * @g:		the guard
 * @f:		the frame; becomes the whole datagram
 * @now_ns:	monotonic time
 *
 * Return: false when it was dropped, or others must come first
 */
static bool reassemble(struct guard *g, struct guard_frame *f, int64_t now_ns)
{
	uint64_t evicted = g->fragments.evicted;
	enum fragment_result result;

	result = fragment_add(&g->fragments, f->frame, &f->len, now_ns, &f->frame);
	if (g->fragments.evicted != evicted)
		port_drop(g->port, DROP_FRAGMENT_LIMIT);
	if (result == FRAGMENT_BAD)
		return guard_drop(g, DROP_FRAGMENT);
	f->ip = f->frame + ETH_HEADER_LEN;
	return result == FRAGMENT_WHOLE;
}

bool guard_parse_ipv4(struct guard *g, struct guard_frame *f, int64_t now_ns)
{
	uint16_t fragment;

	if (!ipv4_header(g, f))
		return false;
	if (!carried(f->ip[IPV4_PROTOCOL], false))
		return guard_drop(g, DROP_PROTOCOL);
	if (!ipv4_source_ok(g, f->ip))
		return guard_drop(g, DROP_SPOOFED);
	fragment = get_be16(f->ip + IPV4_FRAGMENT);
	if (fragment & FRAGMENT_RESERVED)
		return guard_drop(g, DROP_MALFORMED);
	if ((fragment & FRAGMENT_ANY) && !reassemble(g, f, now_ns))
		return false;
	f->protocol = f->ip[IPV4_PROTOCOL];
	f->l4 = f->ip + IPV4_MIN_HEADER_LEN;
	f->l4_len = f->len - ETH_HEADER_LEN - IPV4_MIN_HEADER_LEN;
	if (f->l4_len < ICMP_MIN_LEN)
		return guard_drop(g, DROP_MALFORMED);
	return true;
}

/**
 * ipv6_source_ok() - is the source an address that the guest may have?
 * @g:		the guard
 * @ip:		IPv6 header
 *
 * :: is for neighbour discovery before there is an address (RFC 4862 section 5.4.2).
 */
static bool ipv6_source_ok(const struct guard *g, const uint8_t *ip)
{
	const struct user_config *c = g->config;
	struct in6_addr src;

	memcpy(&src, ip + IPV6_SRC, sizeof(src));
	if (IN6_IS_ADDR_UNSPECIFIED(&src))
		return ip[IPV6_NEXT] == IP_PROTO_ICMPV6;
	if (IN6_IS_ADDR_LINKLOCAL(&src))
		return true;
	return user_in_prefix(c, &src) && memcmp(&src, &c->host6, sizeof(src)) != 0 &&
	       memcmp(&src, &c->dns6, sizeof(src)) != 0;
}

bool guard_parse_ipv6(struct guard *g, struct guard_frame *f)
{
	uint32_t room = f->len - ETH_HEADER_LEN;
	uint32_t payload;

	f->ip = f->frame + ETH_HEADER_LEN;
	if (room < IPV6_HEADER_LEN || f->ip[0] >> 4 != 6)
		return guard_drop(g, DROP_MALFORMED);
	payload = get_be16(f->ip + IPV6_LEN);
	if (payload > room - IPV6_HEADER_LEN || f->ip[IPV6_HOP_LIMIT] == 0)
		return guard_drop(g, DROP_MALFORMED);
	/* libslirp understands no extension header; so MLD, for one, ends here. */
	f->protocol = f->ip[IPV6_NEXT];
	if (f->protocol == IPV6_FRAGMENT)
		return guard_drop(g, DROP_FRAGMENT);
	if (!carried(f->protocol, true))
		return guard_drop(g, DROP_PROTOCOL);
	if (!ipv6_source_ok(g, f->ip))
		return guard_drop(g, DROP_SPOOFED);
	f->len = ETH_HEADER_LEN + IPV6_HEADER_LEN + payload;
	f->l4 = f->ip + IPV6_HEADER_LEN;
	f->l4_len = payload;
	if (f->l4_len < ICMP_MIN_LEN)
		return guard_drop(g, DROP_MALFORMED);
	return true;
}

/**
 * replace() - change a 16-bit word of the TCP header, and the checksum with it
 * @tcp:	TCP header
 * @offset:	where the word lies
 * @value:	new value
 */
static void replace(uint8_t *tcp, int offset, uint16_t value)
{
	uint16_t from, to;

	memcpy(&from, tcp + offset, sizeof(from));
	put_be16(tcp + offset, value);
	memcpy(&to, tcp + offset, sizeof(to));
	checksum_replace16(tcp + TCP_SUM, from, to);
}

/**
 * clear_urgent() - make urgent data ordinary
 * @tcp:	TCP header
 *
 * CVE-2026-9539: with URG set libslirp 4.7 sends the host's memory to the peer. The data stays in
 * the stream, as it does for every receiver with SO_OOBINLINE.
 */
static void clear_urgent(uint8_t *tcp)
{
	if (tcp[TCP_FLAGS] & TCP_URG)
		replace(tcp, TCP_DATA_OFFSET, get_be16(tcp + TCP_DATA_OFFSET) & (uint16_t)~TCP_URG);
	if (get_be16(tcp + TCP_URGENT) != 0)
		replace(tcp, TCP_URGENT, 0);
}

bool guard_parse_transport(struct guard *g, struct guard_frame *f)
{
	f->src_port = get_be16(f->l4 + L4_SRC_PORT);
	f->dst_port = get_be16(f->l4 + L4_DST_PORT);
	if (f->protocol == IP_PROTO_TCP) {
		uint32_t header = f->l4_len < TCP_MIN_HEADER_LEN
					  ? 0
					  : (uint32_t)(f->l4[TCP_DATA_OFFSET] >> 4) * 4;

		if (header < TCP_MIN_HEADER_LEN || header > f->l4_len)
			return guard_drop(g, DROP_MALFORMED);
		clear_urgent(f->l4);
	} else {
		uint32_t len = get_be16(f->l4 + UDP_LEN);

		if (len < UDP_HEADER_LEN || len > f->l4_len)
			return guard_drop(g, DROP_MALFORMED);
	}
	if (f->src_port == 0 || f->dst_port == 0)
		return guard_drop(g, DROP_MALFORMED);
	return true;
}
