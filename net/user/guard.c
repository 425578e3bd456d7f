/* SPDX-License-Identifier: BSD-2-Clause */
/* The guard: what comes in, by ethertype; ARP; the limits on new flows. */
#include "net/user/guard.h"

#include <sys/socket.h>
#include <unistd.h>

#include "net/base/bytes.h"
#include "net/core/ether.h"
#include "net/user/guard_frame.h"

#define ETH_TYPE_QINQ     0x88a8
#define ARP_LEN           28
#define ARP_HARDWARE      0
#define ARP_PROTOCOL      2
#define ARP_HARDWARE_LEN  4
#define ARP_PROTOCOL_LEN  5
#define ARP_SENDER        14
#define HARDWARE_ETHERNET 1
#define NEW_FLOW_INTERVAL 2000000 /* 500 new flows a second in the long run ... */
#define NEW_FLOW_BURST    1000    /* ... and this many at once: a page, not a flood */

void guard_init(struct guard *g, const struct user_config *config, struct port *port)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP);

	g->config = config;
	g->port = port;
	g->is_local = guard_is_local;
	g->ping = fd >= 0;
	if (fd >= 0)
		close(fd);
}

void guard_set_dns(struct guard *g, const union host_addr *servers, int count)
{
	g->dns4 = (union host_addr){0};
	g->dns6 = (union host_addr){0};
	for (int i = count - 1; i >= 0; i--) {
		if (servers[i].sa.sa_family == AF_INET6)
			g->dns6 = servers[i];
		else
			g->dns4 = servers[i];
	}
	flow_clear(&g->flows);
}

void guard_set_api_ports(struct guard *g, const uint16_t *ports, int count)
{
	g->api_port_count = MIN(count, GUARD_MAX_API_PORTS);
	for (int i = 0; i < g->api_port_count; i++)
		g->api_ports[i] = ports[i];
	flow_clear(&g->flows);
}

bool guard_new_flow(struct guard *g, enum guard_kind kind, int64_t now_ns)
{
	static const unsigned limits[GUARD_KIND_COUNT] = {
		[GUARD_TCP] = GUARD_MAX_TCP,
		[GUARD_UDP] = GUARD_MAX_UDP,
		[GUARD_ICMP] = GUARD_MAX_ICMP,
	};

	if (g->sockets[kind] >= limits[kind])
		return guard_drop(g, DROP_FLOW_LIMIT);
	if (!rate_allow(&g->rates[kind], NEW_FLOW_INTERVAL, NEW_FLOW_BURST, now_ns))
		return guard_drop(g, DROP_FLOW_RATE);
	return true;
}

/**
 * arp_is_sane() - does an ARP frame speak of Ethernet, IPv4 and the guest's own address?
 * @g:		the guard
 * @arp:	the packet, ARP_LEN bytes
 *
 * An address of 0 is a probe (RFC 5227 section 2.1.1).
 *
 * Return: false when it was dropped
 */
static bool arp_is_sane(struct guard *g, const uint8_t *arp)
{
	const struct user_config *c = g->config;
	struct in_addr sender;

	if (get_be16(arp + ARP_HARDWARE) != HARDWARE_ETHERNET ||
	    get_be16(arp + ARP_PROTOCOL) != ETH_TYPE_IPV4 ||
	    arp[ARP_HARDWARE_LEN] != ETH_ADDR_LEN || arp[ARP_PROTOCOL_LEN] != 4)
		return guard_drop(g, DROP_MALFORMED);
	memcpy(&sender, arp + ARP_SENDER, sizeof(sender));
	if (sender.s_addr != 0 && (!user_in_net(c, sender) || sender.s_addr == c->host.s_addr ||
				   sender.s_addr == c->dns.s_addr))
		return guard_drop(g, DROP_SPOOFED);
	return true;
}

/**
 * ingress_arp() - an ARP frame from the guest
 * @g:		the guard
 * @pass:	@frame and @len are set
 *
 * Return: false when it was dropped
 */
static bool ingress_arp(struct guard *g, struct guard_pass *pass)
{
	if (!g->config->ipv4)
		return guard_drop(g, DROP_ETHERTYPE);
	if (pass->len < ETH_HEADER_LEN + ARP_LEN)
		return guard_drop(g, DROP_MALFORMED);
	if (!arp_is_sane(g, pass->frame + ETH_HEADER_LEN))
		return false;
	pass->len = ETH_HEADER_LEN + ARP_LEN;
	pass->resolves = true;
	return true;
}

/**
 * transport() - the rules for what an IP header carries
 * @g:		the guard
 * @f:		the frame, parsed
 * @now_ns:	monotonic time
 * @pass:	@kind is set
 *
 * Return: false when it was dropped
 */
static bool transport(struct guard *g, struct guard_frame *f, int64_t now_ns,
		      struct guard_pass *pass)
{
	switch (f->protocol) {
	case IP_PROTO_TCP:
		pass->kind = GUARD_TCP;
		return guard_parse_transport(g, f) && guard_tcp(g, f, now_ns);
	case IP_PROTO_UDP:
		pass->kind = GUARD_UDP;
		return guard_parse_transport(g, f) && guard_udp(g, f, now_ns);
	default:
		pass->kind = GUARD_ICMP;
		pass->resolves = f->v6;
		return guard_icmp(g, f, now_ns);
	}
}

/**
 * ingress_ip() - an IPv4 or IPv6 frame from the guest
 * @g:		the guard
 * @v6:		IPv6
 * @now_ns:	monotonic time
 * @pass:	@frame and @len are set
 *
 * Return: false when it does not pass (now)
 */
static bool ingress_ip(struct guard *g, bool v6, int64_t now_ns, struct guard_pass *pass)
{
	struct guard_frame f = {.frame = pass->frame, .len = pass->len, .v6 = v6};

	if (v6 ? !guard_parse_ipv6(g, &f) : !guard_parse_ipv4(g, &f, now_ns))
		return false;
	if (!transport(g, &f, now_ns, pass))
		return false;
	pass->frame = f.frame;
	pass->len = f.len;
	return true;
}

bool guard_ingress(struct guard *g, uint8_t *frame, uint32_t len, int64_t now_ns,
		   struct guard_pass *pass)
{
	*pass = (struct guard_pass){.frame = frame, .len = len};
	if (len < ETH_HEADER_LEN)
		return guard_drop(g, DROP_RUNT);
	if (len > PACKET_MAX_LEN)
		return guard_drop(g, DROP_TOO_LONG);
	switch (get_be16(frame + ETH_TYPE_OFFSET)) {
	case ETH_TYPE_ARP:
		return ingress_arp(g, pass);
	case ETH_TYPE_IPV4:
		if (!g->config->ipv4)
			return guard_drop(g, DROP_ETHERTYPE);
		return ingress_ip(g, false, now_ns, pass);
	case ETH_TYPE_IPV6:
		if (!g->config->ipv6)
			return guard_drop(g, DROP_ETHERTYPE);
		return ingress_ip(g, true, now_ns, pass);
	case ETH_TYPE_VLAN:
	case ETH_TYPE_QINQ:
		return guard_drop(g, DROP_VLAN);
	default:
		return guard_drop(g, DROP_ETHERTYPE);
	}
}
