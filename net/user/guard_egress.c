/* SPDX-License-Identifier: BSD-2-Clause */
/* The guard towards the guest: answers get the address that was asked, and flows are learned. */
#include "net/user/guard_frame.h"

#define MORE_FRAGMENTS 0x2000
#define OFFSET_MASK    0x1fff
#define ERROR_QUOTE    8 /* ICMP error: where the packet it is about begins */
#define DHCP_YOUR_ADDR (UDP_HEADER_LEN + 16)
#define DHCP_OPTIONS   240 /* behind the cookie */
#define DHCP_PAD       0
#define DHCP_ROUTER    3
#define DHCP_DNS       6
#define DHCP_END       255
#define ICMP6_UNREACH  1
#define ICMP6_EXCEEDED 3
#define LOOPBACK_OCT   127

static const uint8_t loopback6[16] = {[15] = 1};

/**
 * parse() - find the headers of a frame that libslirp made
 * @f:		@frame and @len are set; the rest is filled
 *
 * Return: false when it is no IP
 */
static bool parse(struct guard_frame *f)
{
	uint16_t type = f->len >= ETH_HEADER_LEN ? get_be16(f->frame + ETH_TYPE_OFFSET) : 0;
	uint32_t header = type == ETH_TYPE_IPV6 ? IPV6_HEADER_LEN : IPV4_MIN_HEADER_LEN;

	if ((type != ETH_TYPE_IPV4 && type != ETH_TYPE_IPV6) || f->len < ETH_HEADER_LEN + header)
		return false;
	f->v6 = type == ETH_TYPE_IPV6;
	f->ip = f->frame + ETH_HEADER_LEN;
	f->protocol = f->ip[f->v6 ? IPV6_NEXT : IPV4_PROTOCOL];
	f->l4 = f->ip + header;
	f->l4_len = f->len - ETH_HEADER_LEN - header;
	if (!f->v6 && (get_be16(f->ip + IPV4_FRAGMENT) & OFFSET_MASK))
		f->l4_len = 0; /* no transport header in here */
	if (f->l4_len < UDP_HEADER_LEN ||
	    (f->protocol == IP_PROTO_TCP && f->l4_len < TCP_MIN_HEADER_LEN))
		f->l4_len = 0;
	if (f->l4_len && (f->protocol == IP_PROTO_TCP || f->protocol == IP_PROTO_UDP)) {
		f->src_port = get_be16(f->l4 + L4_SRC_PORT);
		f->dst_port = get_be16(f->l4 + L4_DST_PORT);
	}
	return true;
}

/**
 * copy() - put a copy in a frame's place, which may be changed
 * @g:		the guard
 * @f:		the frame; becomes the copy
 *
 * Return: false when the frame was too long for that, and dropped
 */
static bool copy(struct guard *g, struct guard_frame *f)
{
	if (f->len > sizeof(g->egress))
		return guard_drop(g, DROP_TOO_LONG);
	memcpy(g->egress, f->frame, f->len);
	f->ip = g->egress + (f->ip - f->frame);
	f->l4 = g->egress + (f->l4 - f->frame);
	f->frame = g->egress;
	return true;
}

/**
 * rewrite_source() - give a frame another source, in a copy
 * @g:		the guard
 * @f:		the frame; becomes the copy
 * @addr:	new address
 * @port:	new port, or 0 to leave it
 *
 * Return: false when it was dropped
 */
static bool rewrite_source(struct guard *g, struct guard_frame *f, const void *addr, uint16_t port)
{
	if (!copy(g, f))
		return false;
	guard_rewrite(f, true, addr, port);
	return true;
}

/**
 * from_upstream() - does a frame come from the server that DNS questions go to?
 * @g:		the guard
 * @f:		the frame
 */
static bool from_upstream(const struct guard *g, const struct guard_frame *f)
{
	const union host_addr *up = guard_upstream(g, f);

	if (!up || f->src_port != host_addr_port(up))
		return false;
	return f->v6 ? memcmp(guard_src(f), &up->in6.sin6_addr, 16) == 0
		     : memcmp(guard_src(f), &up->in.sin_addr, 4) == 0;
}

/**
 * dns_addr() - the address that the guest asks
 * @g:		the guard
 * @f:		the frame, for its family
 */
static const void *dns_addr(const struct guard *g, const struct guard_frame *f)
{
	return f->v6 ? (const void *)&g->config->dns6 : (const void *)&g->config->dns;
}

/**
 * dns_connection() - the connection to the DNS address that a segment from a server belongs to
 * @g:		the guard
 * @f:		the frame
 *
 * Return: the flow, or NULL
 */
static struct flow *dns_connection(struct guard *g, const struct guard_frame *f)
{
	struct flow_key key;

	guard_key(f, false, FLOW_TCP, &key);
	memcpy(key.remote + (f->v6 ? 0 : 12), dns_addr(g, f), guard_addr_len(f));
	key.remote_port = PORT_DNS;
	return flow_find(&g->flows, &key);
}

/**
 * egress_tcp() - learn of a connection, and what libslirp has taken of it
 * @g:		the guard
 * @f:		the frame
 * @now_ns:	monotonic time
 *
 * Return: false when it was dropped
 */
static bool egress_tcp(struct guard *g, struct guard_frame *f, int64_t now_ns)
{
	struct flow *flow = from_upstream(g, f) ? dns_connection(g, f) : NULL;
	uint8_t flags = f->l4[TCP_FLAGS];
	uint32_t acked = get_be32(f->l4 + TCP_ACKED);
	struct flow_key key;

	if (flow) {
		if (!rewrite_source(g, f, dns_addr(g, f), PORT_DNS))
			return false;
	} else {
		guard_key(f, false, FLOW_TCP, &key);
		flow = flow_find(&g->flows, &key);
		if (!flow && (flags & (TCP_SYN | TCP_ACK)) == TCP_SYN)
			flow = flow_add(&g->flows, &key, now_ns); /* a forwarded connection */
	}
	if (flow && (flags & TCP_ACK) && (!flow->has_acked || flow->acked != acked)) {
		flow->has_acked = true;
		flow->acked = acked;
		flow->early = 0;
	}
	return true;
}

/**
 * learn_peer() - the guest may answer who sent to it from the host's alias
 * @g:		the guard
 * @f:		the frame
 * @now_ns:	monotonic time
 *
 * A restricted guest may send to nobody but those, so they are learned wherever they are.
 */
static void learn_peer(struct guard *g, const struct guard_frame *f, int64_t now_ns)
{
	const void *host = f->v6 ? (const void *)&g->config->host6 : (const void *)&g->config->host;
	struct flow_key key;
	struct flow *flow;

	if (f->src_port == PORT_DHCP_SERVER || f->src_port == PORT_DHCPV6 ||
	    (!g->config->restricted && memcmp(guard_src(f), host, guard_addr_len(f)) != 0))
		return;
	guard_key(f, false, FLOW_PEER, &key);
	flow = flow_find(&g->flows, &key);
	if (flow)
		flow_touch(&g->flows, flow, now_ns);
	else
		flow_add(&g->flows, &key, now_ns);
}

/**
 * lease_ok() - does DHCP offer an address that the guest can have?
 * @g:		the guard
 * @f:		a datagram from the DHCP port
 *
 * libslirp counts up from the first lease, whatever lies there: in a small network it reaches the
 * broadcast address, the host, or the next network.
 */
static bool lease_ok(const struct guard *g, const struct guard_frame *f)
{
	const struct user_config *c = g->config;
	struct in_addr addr;

	if (f->l4_len < DHCP_YOUR_ADDR + sizeof(addr))
		return false;
	memcpy(&addr, f->l4 + DHCP_YOUR_ADDR, sizeof(addr));
	if (addr.s_addr == 0 || addr.s_addr == 0xffffffff) /* refusal */
		return true;
	return user_is_station(c, addr) && addr.s_addr != c->host.s_addr &&
	       addr.s_addr != c->dns.s_addr;
}

/**
 * hide_routes() - a restricted guest is told of no router and no DNS server
 * @g:		the guard
 * @f:		a datagram from the DHCP port
 *
 * QEMU does so too: a second card of the guest may have the way out.
 *
 * Return: false when it was dropped
 */
static bool hide_routes(struct guard *g, struct guard_frame *f)
{
	uint32_t at = UDP_HEADER_LEN + DHCP_OPTIONS, len;

	if (!copy(g, f))
		return false;
	while (at + 1 < f->l4_len && f->l4[at] != DHCP_END) {
		if (f->l4[at] == DHCP_PAD) {
			at++;
			continue;
		}
		len = MIN(2u + f->l4[at + 1], f->l4_len - at);
		if (f->l4[at] == DHCP_ROUTER || f->l4[at] == DHCP_DNS)
			memset(f->l4 + at, DHCP_PAD, len);
		at += len;
	}
	put_be16(f->l4 + UDP_SUM, 0); /* none (RFC 768) */
	return true;
}

/**
 * from_dhcp() - what libslirp's DHCP server says
 * @g:		the guard
 * @f:		the frame
 *
 * Return: false when it was dropped
 */
static bool from_dhcp(struct guard *g, struct guard_frame *f)
{
	if (!lease_ok(g, f))
		return guard_drop(g, DROP_SPOOFED);
	return !g->config->restricted || hide_routes(g, f);
}

/**
 * hide_loopback() - a frame from the host's loopback comes from the host's alias
 * @g:		the guard
 * @f:		the frame
 *
 * libslirp forgets to say so when a forwarded UDP port has clients here and elsewhere.
 *
 * Return: false when it was dropped
 */
static bool hide_loopback(struct guard *g, struct guard_frame *f)
{
	if (f->v6 ? memcmp(guard_src(f), loopback6, 16) != 0 : guard_src(f)[0] != LOOPBACK_OCT)
		return true;
	return rewrite_source(
		g, f, f->v6 ? (const void *)&g->config->host6 : (const void *)&g->config->host, 0);
}

/**
 * egress_udp() - answers from DNS servers; leases; who may be answered
 * @g:		the guard
 * @f:		the frame
 * @now_ns:	monotonic time
 *
 * Return: false when it was dropped
 */
static bool egress_udp(struct guard *g, struct guard_frame *f, int64_t now_ns)
{
	struct flow_key key;
	struct flow *flow;

	if (!f->v6 && f->src_port == PORT_DHCP_SERVER && f->dst_port == PORT_DHCP_CLIENT)
		return from_dhcp(g, f);
	if (from_upstream(g, f)) {
		guard_key(f, false, FLOW_UDP, &key);
		flow = flow_find(&g->flows, &key);
		if (flow && flow->dns) {
			if (!f->v6 && (get_be16(f->ip + IPV4_FRAGMENT) & MORE_FRAGMENTS))
				g->dns_fragments = get_be16(f->ip + IPV4_ID) + 1u;
			return rewrite_source(g, f, dns_addr(g, f), PORT_DNS);
		}
	}
	if (!hide_loopback(g, f))
		return false;
	learn_peer(g, f, now_ns);
	return true;
}

/**
 * is_dns_error() - an ICMP error about a question that was sent on to a server?
 * @g:		the guard
 * @f:		an ICMP or ICMPv6 frame
 *
 * It quotes an address that the guest never sent to and need not know.
 */
static bool is_dns_error(const struct guard *g, const struct guard_frame *f)
{
	const union host_addr *up = guard_upstream(g, f);
	uint32_t header = f->v6 ? IPV6_HEADER_LEN : IPV4_MIN_HEADER_LEN;
	const uint8_t *quote = f->l4 + ERROR_QUOTE;
	uint8_t unreachable = f->v6 ? ICMP6_UNREACH : ICMP_UNREACHABLE;
	uint8_t exceeded = f->v6 ? ICMP6_EXCEEDED : ICMP_EXCEEDED;

	if (!up || f->l4_len < ERROR_QUOTE + header + 4 ||
	    (f->l4[0] != unreachable && f->l4[0] != exceeded))
		return false;
	if (get_be16(quote + header + L4_DST_PORT) != host_addr_port(up))
		return false;
	return f->v6 ? memcmp(quote + IPV6_DST, &up->in6.sin6_addr, 16) == 0
		     : memcmp(quote + IPV4_DST, &up->in.sin_addr, 4) == 0;
}

/**
 * later_fragment() - the rest of an answer that libslirp had to cut
 * @g:		the guard
 * @f:		an IPv4 fragment without transport header
 *
 * Return: false when it was dropped
 */
static bool later_fragment(struct guard *g, struct guard_frame *f)
{
	if (get_be16(f->ip + IPV4_ID) + 1u == g->dns_fragments &&
	    memcmp(guard_src(f), &g->dns4.in.sin_addr, 4) == 0)
		return rewrite_source(g, f, &g->config->dns, 0);
	return hide_loopback(g, f);
}

const uint8_t *guard_egress(struct guard *g, const uint8_t *frame, uint32_t len, int64_t now_ns)
{
	/* Only read through, until rewrite_source() puts a copy in its place. */
	struct guard_frame f = {.frame = (uint8_t *)frame, .len = len};
	bool passes;

	if (!parse(&f))
		return frame;
	if (f.l4_len == 0)
		return later_fragment(g, &f) ? f.frame : NULL;
	if (f.protocol == IP_PROTO_TCP)
		passes = egress_tcp(g, &f, now_ns);
	else if (f.protocol == IP_PROTO_UDP)
		passes = egress_udp(g, &f, now_ns);
	else
		passes = is_dns_error(g, &f) ? guard_drop(g, DROP_ICMP) : true;
	if (!passes || (f.frame == frame && !hide_loopback(g, &f)))
		return NULL;
	return f.frame;
}
