/* SPDX-License-Identifier: BSD-2-Clause */
/* The guard in front of libslirp: what it lets through is well-formed, allowed and bounded. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "net/base/host_addr.h"
#include "net/core/port.h"
#include "net/user/config.h"
#include "net/user/flows.h"
#include "net/user/fragments.h"

/*
 * Theory of operation
 *
 * libslirp was written for a guest that means well. Its released versions have holes that a guest
 * can use (urgent data, fragments, ICMP errors), it opens a socket for every SYN, and it lets a
 * guest reach the host's loopback. The guard stands between the card and libslirp and sees every
 * frame in both directions, in a private copy that nobody rewrites meanwhile.
 *
 * From the guest (guard_ingress()) it takes only ARP, IPv4 and IPv6 whose lengths and headers agree
 * with each other; what it passes on has no IP options, no fragments (it reassembles them itself),
 * no urgent data, and is exactly as long as its header says. Then come the rules: a source address
 * of the guest's network, a destination that is not the host itself or its API, and a limit on
 * sockets and on new flows a second. A restricted guest may open nothing: it answers who came
 * through a forward. Every frame that does not pass is counted with its reason.
 *
 * Questions to the guest's DNS address are sent on to the host's servers by rewriting the
 * destination here, after the rules: so a resolver on 127.0.0.53 works while the guest can't reach
 * the loopback, and libslirp need not read resolv.conf, which its sandbox forbids. Answers are
 * rewritten back (guard_egress()), which needs to know what was asked: the flow's @dns.
 *
 * How many sockets libslirp holds is told by its caller as they come and go (guard_opened(),
 * guard_closed()), so the limits are exact whatever its timers do.
 */

#define GUARD_MAX_API_PORTS 8
#define GUARD_MAX_TCP       1024
#define GUARD_MAX_UDP       512
#define GUARD_MAX_ICMP      256 /* an unanswered ping has its socket for 240 s: one a second fits */
#define GUARD_EGRESS_ROOM   2048

/** enum guard_kind - for what libslirp opens a socket while it handles a frame */
enum guard_kind {
	GUARD_OTHER,
	GUARD_TCP,
	GUARD_UDP,
	GUARD_ICMP,
	GUARD_KIND_COUNT,
};

/**
 * struct guard - the guard of one user netdev
 * @config:	the netdev; outlives the guard
 * @port:	its port, where drops are counted
 * @is_local:	is this an address of the host? guard_is_local(), but for tests
 * @ping:	the host lets us send echo requests
 * @dns4:	IPv4 upstream server; port 0: none known
 * @dns6:	IPv6 upstream server; port 0: none known
 * @api_ports:	TCP ports of the API, host byte order
 * @api_port_count: their number
 * @sockets:	sockets that libslirp holds, by kind
 * @rates:	new flows a second, by kind
 * @flows:	what is known of the guest's flows
 * @dns_fragments: IPv4 id of the answer whose first fragment was rewritten last, plus 1
 * @fragments:	datagrams in the making
 * @egress:	copy of a frame to the guest that had to be rewritten
 */
struct guard {
	const struct user_config *config;
	struct port *port;
	bool (*is_local)(const union host_addr *addr);
	bool ping;
	union host_addr dns4;
	union host_addr dns6;
	uint16_t api_ports[GUARD_MAX_API_PORTS];
	int api_port_count;
	unsigned sockets[GUARD_KIND_COUNT];
	struct rate rates[GUARD_KIND_COUNT];
	uint32_t dns_fragments;
	struct flow_table flows;
	struct fragments fragments;
	uint8_t egress[GUARD_EGRESS_ROOM];
};

/**
 * struct guard_pass - a frame that passed
 * @frame:	the frame; in the buffer that was given, or in the guard, until the next call
 * @len:	its length
 * @kind:	what a socket is for that libslirp opens because of it
 * @resolves:	it may tell an address that packets wait for (ARP, neighbour discovery)
 */
struct guard_pass {
	uint8_t *frame;
	uint32_t len;
	enum guard_kind kind;
	bool resolves;
};

/**
 * guard_init() - make a guard that knows no DNS server and no API port
 * @g:		the guard, zeroed memory
 * @config:	the netdev; outlives the guard
 * @port:	where drops are counted
 */
void guard_init(struct guard *g, const struct user_config *config, struct port *port);

/**
 * guard_set_dns() - the servers that the guest's questions go to
 * @g:		the guard
 * @servers:	servers; the first of each family is used
 * @count:	their number
 */
void guard_set_dns(struct guard *g, const union host_addr *servers, int count);

/**
 * guard_set_api_ports() - the ports that no guest may reach
 * @g:		the guard
 * @ports:	TCP ports, host byte order
 * @count:	their number; more than GUARD_MAX_API_PORTS are cut
 */
void guard_set_api_ports(struct guard *g, const uint16_t *ports, int count);

/**
 * guard_ingress() - a frame from the guest
 * @g:		the guard
 * @frame:	the frame in private memory, which may be edited
 * @len:	its length
 * @now_ns:	monotonic time
 * @pass:	filled when it passes
 *
 * Return: true when @pass goes to libslirp; false when it was dropped (and counted) or is a
 * fragment that waits for others
 */
bool guard_ingress(struct guard *g, uint8_t *frame, uint32_t len, int64_t now_ns,
		   struct guard_pass *pass);

/**
 * guard_egress() - a frame from libslirp to the guest
 * @g:		the guard
 * @frame:	the frame
 * @len:	its length
 * @now_ns:	monotonic time
 *
 * Return: @frame, or a rewritten copy of it (valid until the next call), or NULL when the guest
 * must not see it (counted)
 */
const uint8_t *guard_egress(struct guard *g, const uint8_t *frame, uint32_t len, int64_t now_ns);

/**
 * guard_opened() - libslirp opened a socket
 * @g:		the guard
 * @kind:	for what
 */
static inline void guard_opened(struct guard *g, enum guard_kind kind)
{
	g->sockets[kind]++;
}

/**
 * guard_closed() - libslirp closed a socket
 * @g:		the guard
 * @kind:	as it was opened
 */
static inline void guard_closed(struct guard *g, enum guard_kind kind)
{
	g->sockets[kind]--;
}

/**
 * guard_is_local() - is this an address of the host?
 * @addr:	the address; its port does not matter
 *
 * Asks the kernel by connecting a UDP socket, which sends nothing: it takes the destination itself
 * as source only if that is its own. Allowed in the sandbox, unlike reading the address list.
 *
 * Return: true also when it can't be told
 */
bool guard_is_local(const union host_addr *addr);
