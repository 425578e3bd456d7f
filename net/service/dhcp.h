/* SPDX-License-Identifier: BSD-2-Clause */
/* A network's DHCP server: a station on the switch that gives out addresses. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "net/service/leases.h"
#include "net/service/station.h"

struct error;

/*
 * Theory of operation
 *
 * The server is authoritative for its network: a client that asks for an address it can't have is
 * told so at once (NAK) and starts over, so that a card that was moved from another network has an
 * address here within a second. One that comes back with an address that is free gets it, even if
 * this server has never heard of it.
 *
 * A client is its MAC address (leases.h), and must send from it: a message for another card's
 * address is dropped (DROP_SPOOFED). Client identifiers are echoed (RFC 6842), not used.
 *
 * Mask, router and name servers are always told, other options when the client's parameter list
 * asks for them, or when it has none. What does not fit into the message the client takes is left
 * out, the important ones come first.
 *
 * The address of the server (option 54) is one of its own: it answers ARP and ping there, and
 * clients send their renewals to it.
 */

#define DHCP_MAX_SERVERS   4
#define DHCP_MAX_SEARCH    8
#define DHCP_MAX_ROUTES    16
#define DHCP_MAX_FIXED     256
#define DHCP_TEXT_SIZE     256
#define DHCP_LEASE_S       86400
#define DHCP_LEASE_MIN_S   60
#define DHCP_LEASE_ENDLESS UINT32_MAX

/**
 * struct dhcp_route - a route that clients are told (option 121, RFC 3442)
 * @net:	destination
 * @prefix_len:	its length, 0 to 32
 * @via:	the router; 0.0.0.0: on this network itself
 */
struct dhcp_route {
	struct in_addr net;
	uint8_t prefix_len;
	struct in_addr via;
};

/**
 * struct dhcp_config - what the server tells
 * @mac:	its own hardware address
 * @address:	its own address
 * @mask:	of the network (1)
 * @start:	first address of the pool; 0: fixed ones only
 * @end:	last of the pool
 * @lease_s:	lease time in seconds (51); 0: DHCP_LEASE_S; DHCP_LEASE_ENDLESS: for ever
 * @router:	way out (3), or 0
 * @dns:	name servers (6)
 * @dns_count:	their number
 * @ntp:	time servers (42)
 * @ntp_count:	their number
 * @mtu:	of the network (26), 0: not told
 * @domain:	domain (15), or ""
 * @search:	domains to search (119)
 * @search_count: their number
 * @routes:	routes (121); with @router, a default route is added, since clients that take
 *		option 121 ignore option 3
 * @route_count: their number
 * @tftp:	boot server, name or address (66), or ""
 * @bootfile:	boot file (67), or ""
 * @fixed:	addresses that are one client's
 * @fixed_count: their number
 */
struct dhcp_config {
	uint8_t mac[ETH_ADDR_LEN];
	struct in_addr address;
	struct in_addr mask;
	struct in_addr start;
	struct in_addr end;
	uint32_t lease_s;
	struct in_addr router;
	struct in_addr dns[DHCP_MAX_SERVERS];
	int dns_count;
	struct in_addr ntp[DHCP_MAX_SERVERS];
	int ntp_count;
	uint16_t mtu;
	char domain[DHCP_TEXT_SIZE];
	char search[DHCP_MAX_SEARCH][DHCP_TEXT_SIZE];
	int search_count;
	struct dhcp_route routes[DHCP_MAX_ROUTES];
	int route_count;
	char tftp[DHCP_TEXT_SIZE];
	char bootfile[DHCP_TEXT_SIZE];
	struct fixed_lease fixed[DHCP_MAX_FIXED];
	int fixed_count;
};

/**
 * struct dhcp_events - what the owner hears; not to free the server in there
 * @lease:	a lease was bound or prolonged (LEASE_BOUND), released or ended (LEASE_FREE, with
 *		the client it was of), or declined; to be kept where it outlives this process
 * @exhausted:	a client asked, and there is no address left; once a minute at most
 */
struct dhcp_events {
	void (*lease)(void *context, const struct lease *lease);
	void (*exhausted)(void *context);
};

/**
 * struct dhcp_server - a running server
 * @station:	its place on the network: plug @station.port into a member of the switch
 * @config:	what it tells
 * @leases:	its addresses
 * @events:	what the owner hears
 * @context:	argument of @events
 * @exhausted_ns: when @exhausted was called last
 */
struct dhcp_server {
	struct station station;
	struct dhcp_config config;
	struct leases *leases;
	const struct dhcp_events *events;
	void *context;
	int64_t exhausted_ns;
};

/**
 * dhcp_check() - the rules between the members of a configuration
 * @config:	the configuration
 * @err:	names the member at fault as one of a network's `dhcp`: "#/dhcp/start"
 *
 * Return: 0 or -EINVAL
 */
int dhcp_check(const struct dhcp_config *config, struct error *err);

/**
 * dhcp_server_new() - start a server
 * @loop:	its loop
 * @config:	passed dhcp_check(); copied
 * @events:	what the owner hears; lives as long as the server
 * @context:	their argument
 * @err:	says why not
 *
 * Leases of before are put back with leases_restore(server->leases, ...).
 *
 * Return: the server, or NULL
 */
struct dhcp_server *dhcp_server_new(struct loop *loop, const struct dhcp_config *config,
				    const struct dhcp_events *events, void *context,
				    struct error *err);

/**
 * dhcp_server_free() - unplug and stop; NULL is allowed
 * @server:	the server
 */
void dhcp_server_free(struct dhcp_server *server);
