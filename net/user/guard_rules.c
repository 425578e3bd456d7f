/* SPDX-License-Identifier: BSD-2-Clause */
/* The guard's rules: where a guest may send to. */
#include "net/user/guard_frame.h"

#define FLAGS_OF_SYN   (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK)
#define MAX_EARLY      64 /* segments out of order that libslirp may hold of one connection */
#define UDP_ALIVE_NS   (9 * 1000000000LL) /* libslirp keeps a UDP socket 10 s at least */
#define MULTICAST_OCT  224
#define LOOPBACK_OCT   127
#define NO_REASON      DROP_REASON_COUNT
#define ICMP6_ECHO     128
#define ICMP6_RS       133
#define ICMP6_NS       135
#define ICMP6_NA       136
#define DHCP_MIN_LEN   (UDP_HEADER_LEN + 240) /* BOOTP and the cookie (RFC 2131 section 3) */
#define NEIGHBOUR_LEN  24                     /* type to target address */
#define BROADCAST_ADDR "\xff\xff\xff\xff"

static const uint8_t mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};
static const uint8_t zero_prefix[12];
static const uint8_t link_local[8] = {0xfe, 0x80};
static const uint8_t dhcpv6_servers[16] = {0xff, 0x02, [13] = 1, [15] = 2}; /* ff02::1:2 */

/**
 * ipv4_reason() - what is wrong with an IPv4 destination
 * @g:		the guard
 * @dst:	the address
 *
 * libslirp 4.7 lets 127.0.0.1 and 0.0.0.0 through although it was told to bar the loopback, and
 * takes 255.255.255.255 for it.
 *
 * Return: a reason to drop, or NO_REASON
 */
static enum drop_reason ipv4_reason(const struct guard *g, const uint8_t *dst)
{
	const struct user_config *c = g->config;
	struct in_addr addr;

	memcpy(&addr, dst, sizeof(addr));
	if (dst[0] == 0 || dst[0] == LOOPBACK_OCT)
		return DROP_LOOPBACK;
	if (dst[0] >= MULTICAST_OCT || addr.s_addr == c->net.s_addr ||
	    addr.s_addr == (c->net.s_addr | ~c->mask.s_addr))
		return DROP_PROTOCOL;
	return NO_REASON;
}

/**
 * ipv6_reason() - what is wrong with an IPv6 destination
 * @dst:	the address
 *
 * ::/96 has the unspecified and the loopback address, ::ffff:0:0/96 all IPv4 ones over again.
 *
 * Return: a reason to drop, or NO_REASON
 */
static enum drop_reason ipv6_reason(const uint8_t *dst)
{
	if (memcmp(dst, zero_prefix, sizeof(zero_prefix)) == 0 ||
	    memcmp(dst, mapped_prefix, sizeof(mapped_prefix)) == 0)
		return DROP_LOOPBACK;
	if (dst[0] == 0xff || (dst[0] == 0xfe && (dst[1] & 0xc0) == 0x80))
		return DROP_PROTOCOL;
	return NO_REASON;
}

/**
 * is_alias() - does libslirp take the destination for the host itself?
 * @g:		the guard
 * @f:		the frame
 *
 * With IPv6 it does so for the whole prefix.
 */
static bool is_alias(const struct guard *g, const struct guard_frame *f)
{
	struct in6_addr dst;

	if (!f->v6)
		return memcmp(guard_dst(f), &g->config->host, 4) == 0;
	memcpy(&dst, guard_dst(f), sizeof(dst));
	return user_in_prefix(g->config, &dst);
}

/**
 * is_host() - is the destination the address that stands for the host?
 * @g:		the guard
 * @f:		the frame
 */
static bool is_host(const struct guard *g, const struct guard_frame *f)
{
	return f->v6 ? memcmp(guard_dst(f), &g->config->host6, 16) == 0
		     : memcmp(guard_dst(f), &g->config->host, 4) == 0;
}

/**
 * is_api() - does a TCP segment go to a port of the API on this host?
 * @g:		the guard
 * @addr:	destination
 * @alias:	it is known to be the host
 */
static bool is_api(const struct guard *g, const union host_addr *addr, bool alias)
{
	for (int i = 0; i < g->api_port_count; i++) {
		if (g->api_ports[i] == host_addr_port(addr))
			return alias || g->is_local(addr);
	}
	return false;
}

/**
 * destination() - a frame's destination as a socket address
 * @f:		the frame
 */
static union host_addr destination(const struct guard_frame *f)
{
	union host_addr addr = {0};

	addr.sa.sa_family = f->v6 ? AF_INET6 : AF_INET;
	if (f->v6)
		memcpy(&addr.in6.sin6_addr, guard_dst(f), 16);
	else
		memcpy(&addr.in.sin_addr, guard_dst(f), 4);
	host_addr_set_port(&addr, f->dst_port);
	return addr;
}

/**
 * dns_reason() - what is wrong with a packet to the DNS address
 * @g:		the guard
 * @f:		the frame
 *
 * Return: a reason to drop, or NO_REASON
 */
static enum drop_reason dns_reason(const struct guard *g, const struct guard_frame *f)
{
	const union host_addr *upstream = guard_upstream(g, f);

	if (f->dst_port != PORT_DNS)
		return DROP_RESERVED_PORT;
	if (!upstream)
		return DROP_NO_DNS;
	if (f->protocol == IP_PROTO_TCP && is_api(g, upstream, false))
		return DROP_API_PORT;
	return NO_REASON;
}

/**
 * tcp_reason() - what is wrong with the destination of a TCP segment
 * @g:		the guard
 * @f:		the frame, not to the DNS address
 * @opens:	it would open a connection; only then it matters that the host is behind its alias,
 *		as segments of forwarded connections go there too
 *
 * Return: a reason to drop, or NO_REASON
 */
static enum drop_reason tcp_reason(const struct guard *g, const struct guard_frame *f, bool opens)
{
	enum drop_reason reason = f->v6 ? ipv6_reason(guard_dst(f)) : ipv4_reason(g, guard_dst(f));
	union host_addr dst = destination(f);

	if (reason != NO_REASON)
		return reason;
	if (is_api(g, &dst, is_alias(g, f)))
		return DROP_API_PORT;
	if (!opens || !is_alias(g, f))
		return NO_REASON;
	if (f->dst_port == PORT_IDENT)
		return DROP_RESERVED_PORT;
	return g->config->host_loopback && is_host(g, f) ? NO_REASON : DROP_LOOPBACK;
}

/**
 * too_early() - would libslirp have to hold too many segments of a connection?
 * @flow:	the connection
 * @f:		a segment of it
 *
 * libslirp keeps what is out of order, a buffer for each segment however short it is.
 */
static bool too_early(struct flow *flow, const struct guard_frame *f)
{
	uint32_t header = (uint32_t)(f->l4[TCP_DATA_OFFSET] >> 4) * 4;

	if (!flow->has_acked || f->l4_len == header ||
	    (int32_t)(get_be32(f->l4 + TCP_SEQ) - flow->acked) <= 0)
		return false;
	if (flow->early >= MAX_EARLY)
		return true;
	flow->early++;
	return false;
}

/**
 * to_dns() - send a frame on to the upstream server
 * @g:		the guard
 * @f:		the frame, allowed by dns_reason()
 */
static void to_dns(const struct guard *g, struct guard_frame *f)
{
	const union host_addr *up = guard_upstream(g, f);

	guard_rewrite(f, false,
		      f->v6 ? (const void *)&up->in6.sin6_addr : (const void *)&up->in.sin_addr,
		      host_addr_port(up));
}

/**
 * new_tcp() - a segment of a connection that is not in the cache, or one that opens it
 * @g:		the guard
 * @f:		the frame
 * @flow:	the connection, or NULL
 * @now_ns:	monotonic time
 *
 * Return: the connection, or NULL when the segment was dropped
 */
static struct flow *new_tcp(struct guard *g, struct guard_frame *f, struct flow *flow,
			    int64_t now_ns)
{
	bool opens = (f->l4[TCP_FLAGS] & FLAGS_OF_SYN) == TCP_SYN;
	bool dns = guard_is_dns(g, f, guard_dst(f));
	enum drop_reason reason = dns ? dns_reason(g, f) : tcp_reason(g, f, opens);
	struct flow_key key;

	/* What opens nothing may pass: libslirp knows the forwarded connections, we may forget. */
	if (opens && g->config->restricted)
		reason = DROP_RESTRICTED;
	if (reason != NO_REASON) {
		guard_drop(g, reason);
		return NULL;
	}
	if (opens && !guard_new_flow(g, GUARD_TCP, now_ns))
		return NULL;
	guard_key(f, true, FLOW_TCP, &key);
	if (!flow)
		flow = flow_add(&g->flows, &key, now_ns);
	flow->dns = dns;
	flow->has_acked = false;
	flow->early = 0;
	return flow;
}

bool guard_tcp(struct guard *g, struct guard_frame *f, int64_t now_ns)
{
	struct flow_key key;
	struct flow *flow;

	guard_key(f, true, FLOW_TCP, &key);
	flow = flow_find(&g->flows, &key);
	if (!flow || (f->l4[TCP_FLAGS] & FLAGS_OF_SYN) == TCP_SYN)
		flow = new_tcp(g, f, flow, now_ns);
	if (!flow)
		return false;
	flow_touch(&g->flows, flow, now_ns);
	if (too_early(flow, f))
		return guard_drop(g, DROP_FLOW_LIMIT);
	if (flow->dns)
		to_dns(g, f);
	return true;
}

/**
 * is_dhcp() - a DHCP or DHCPv6 message? libslirp answers them itself.
 * @g:		the guard
 * @f:		the frame
 */
static bool is_dhcp(const struct guard *g, const struct guard_frame *f)
{
	if (f->v6)
		return f->dst_port == PORT_DHCPV6 &&
		       (is_host(g, f) || memcmp(guard_dst(f), dhcpv6_servers, 16) == 0);
	return f->dst_port == PORT_DHCP_SERVER && f->src_port == PORT_DHCP_CLIENT &&
	       (is_host(g, f) || memcmp(guard_dst(f), BROADCAST_ADDR, 4) == 0);
}

/**
 * answers_peer() - does the guest answer somebody who sent to a forwarded port?
 * @g:		the guard
 * @f:		the frame
 * @now_ns:	monotonic time
 */
static bool answers_peer(struct guard *g, const struct guard_frame *f, int64_t now_ns)
{
	struct flow_key key;
	struct flow *flow;

	guard_key(f, true, FLOW_PEER, &key);
	flow = flow_find(&g->flows, &key);
	if (flow)
		flow_touch(&g->flows, flow, now_ns);
	return flow;
}

/**
 * udp_reason() - what is wrong with the destination of a UDP datagram
 * @g:		the guard
 * @f:		the frame, not to the DNS address
 *
 * Return: a reason to drop, or NO_REASON
 */
static enum drop_reason udp_reason(const struct guard *g, const struct guard_frame *f)
{
	enum drop_reason reason = f->v6 ? ipv6_reason(guard_dst(f)) : ipv4_reason(g, guard_dst(f));

	if (reason != NO_REASON || !is_alias(g, f))
		return reason;
	if (f->dst_port == PORT_TFTP || f->dst_port == PORT_DHCP_SERVER)
		return DROP_RESERVED_PORT;
	return g->config->host_loopback && is_host(g, f) ? NO_REASON : DROP_LOOPBACK;
}

/**
 * udp_flow() - account for a datagram that may make libslirp open a socket
 * @g:		the guard
 * @f:		the frame
 * @now_ns:	monotonic time
 *
 * libslirp has one socket for each port of the guest. Whether it still has it is not known here,
 * only that it does not close it within UDP_ALIVE_NS.
 *
 * Return: the flow, or NULL when the datagram was dropped
 */
static struct flow *udp_flow(struct guard *g, const struct guard_frame *f, int64_t now_ns)
{
	struct flow_key key;
	struct flow *flow;

	guard_key(f, true, FLOW_UDP, &key);
	flow = flow_find(&g->flows, &key);
	if (!flow)
		return guard_new_flow(g, GUARD_UDP, now_ns) ? flow_add(&g->flows, &key, now_ns)
							    : NULL;
	if (g->sockets[GUARD_UDP] >= GUARD_MAX_UDP && now_ns - flow->last_ns > UDP_ALIVE_NS) {
		guard_drop(g, DROP_FLOW_LIMIT);
		return NULL;
	}
	flow_touch(&g->flows, flow, now_ns);
	return flow;
}

bool guard_udp(struct guard *g, struct guard_frame *f, int64_t now_ns)
{
	bool dns = guard_is_dns(g, f, guard_dst(f));
	enum drop_reason reason;
	struct flow *flow;

	if (is_dhcp(g, f)) /* libslirp reads the cookie without looking at the length */
		return f->v6 || get_be16(f->l4 + UDP_LEN) >= DHCP_MIN_LEN
			       ? true
			       : guard_drop(g, DROP_MALFORMED);
	if (!f->v6 && get_be32(guard_src(f)) == 0)
		return guard_drop(g, DROP_SPOOFED);
	if (!dns && (is_host(g, f) || g->config->restricted) && answers_peer(g, f, now_ns))
		return true;
	if (g->config->restricted)
		return guard_drop(g, DROP_RESTRICTED);
	reason = dns ? dns_reason(g, f) : udp_reason(g, f);
	if (reason != NO_REASON)
		return guard_drop(g, reason);
	flow = udp_flow(g, f, now_ns);
	if (!flow)
		return false;
	flow->dns |= dns;
	if (dns)
		to_dns(g, f);
	return true;
}

/**
 * icmp4() - the rules for ICMP: echo requests only
 * @g:		the guard
 * @f:		the frame
 * @now_ns:	monotonic time
 *
 * Those to its own two addresses libslirp answers itself; for others it needs a ping socket.
 * Without one it would send a UDP datagram instead and make up an answer (CVE-2026-115449).
 *
 * Return: false when it was dropped
 */
static bool icmp4(struct guard *g, struct guard_frame *f, int64_t now_ns)
{
	enum drop_reason reason = ipv4_reason(g, guard_dst(f));

	if (f->l4[0] != ICMP_ECHO)
		return guard_drop(g, DROP_ICMP);
	if (is_host(g, f) || guard_is_dns(g, f, guard_dst(f)))
		return true;
	if (g->config->restricted)
		return guard_drop(g, DROP_RESTRICTED);
	if (reason != NO_REASON)
		return guard_drop(g, reason);
	if (!g->ping)
		return guard_drop(g, DROP_ICMP);
	return guard_new_flow(g, GUARD_ICMP, now_ns);
}

/**
 * is_router() - does libslirp take an IPv6 destination for itself?
 * @g:		the guard
 * @f:		the frame
 *
 * It has its two addresses in the prefix, and those with the same last half in fe80::/64.
 */
static bool is_router(const struct guard *g, const struct guard_frame *f)
{
	const uint8_t *dst = guard_dst(f);

	if (is_host(g, f) || guard_is_dns(g, f, dst))
		return true;
	return memcmp(dst, link_local, sizeof(link_local)) == 0 &&
	       (memcmp(dst + 8, g->config->host6.s6_addr + 8, 8) == 0 ||
		memcmp(dst + 8, g->config->dns6.s6_addr + 8, 8) == 0);
}

/**
 * icmp6() - the rules for ICMPv6: neighbour discovery, and echo requests to libslirp itself
 * @g:		the guard
 * @f:		the frame
 *
 * libslirp 4.7 does not forward others, but prints a message for each.
 *
 * Return: false when it was dropped
 */
static bool icmp6(struct guard *g, struct guard_frame *f)
{
	switch (f->l4[0]) {
	case ICMP6_RS:
		return true;
	case ICMP6_NS:
	case ICMP6_NA:
		return f->l4_len >= NEIGHBOUR_LEN ? true : guard_drop(g, DROP_MALFORMED);
	case ICMP6_ECHO:
		/* A source of :: begins with zeros, which no guest's prefix does. */
		if (get_be32(guard_src(f)) != 0 && is_router(g, f))
			return true;
		return guard_drop(g, DROP_ICMP);
	default:
		return guard_drop(g, DROP_ICMP);
	}
}

bool guard_icmp(struct guard *g, struct guard_frame *f, int64_t now_ns)
{
	return f->v6 ? icmp6(g, f) : icmp4(g, f, now_ns);
}
