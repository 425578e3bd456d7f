/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules between the members of a DHCP server's configuration. */
#include "net/service/dhcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "net/base/error.h"
#include "net/service/dhcp_message.h"

#define POINTER_LEN 64

/**
 * is_usable() - can a host of the network have an address?
 * @c:		the configuration
 * @a:		the address
 */
static bool is_usable(const struct dhcp_config *c, struct in_addr a)
{
	in_addr_t net = c->address.s_addr & c->mask.s_addr;

	return (a.s_addr & c->mask.s_addr) == net && a.s_addr != net &&
	       a.s_addr != (net | ~c->mask.s_addr);
}

/**
 * in_pool() - does an address lie in the pool?
 * @c:		the configuration
 * @a:		the address
 */
static bool in_pool(const struct dhcp_config *c, struct in_addr a)
{
	return c->start.s_addr && ntohl(a.s_addr) >= ntohl(c->start.s_addr) &&
	       ntohl(a.s_addr) <= ntohl(c->end.s_addr);
}

/**
 * check_pool() - the first and the last address
 * @c:		the configuration
 * @err:	names the member at fault
 *
 * Return: 0 or -EINVAL
 */
static int check_pool(const struct dhcp_config *c, struct error *err)
{
	char start[INET_ADDRSTRLEN], end[INET_ADDRSTRLEN], own[INET_ADDRSTRLEN];

	if (!c->start.s_addr)
		return 0;
	inet_ntop(AF_INET, &c->start, start, sizeof(start));
	inet_ntop(AF_INET, &c->end, end, sizeof(end));
	inet_ntop(AF_INET, &c->address, own, sizeof(own));
	if (!is_usable(c, c->start))
		return error_at(err, EINVAL, "#/dhcp/start",
				"%s is no address for a host of this network.", start);
	if (!is_usable(c, c->end))
		return error_at(err, EINVAL, "#/dhcp/end",
				"%s is no address for a host of this network.", end);
	if (ntohl(c->end.s_addr) < ntohl(c->start.s_addr))
		return error_at(err, EINVAL, "#/dhcp/end", "The pool ends at %s, before %s.", end,
				start);
	if (ntohl(c->end.s_addr) - ntohl(c->start.s_addr) >= LEASES_MAX_POOL)
		return error_at(err, EINVAL, "#/dhcp/end", "A pool has %d addresses at most.",
				LEASES_MAX_POOL);
	if (in_pool(c, c->address) || in_pool(c, c->router))
		return error_at(err, EINVAL, "#/dhcp/start",
				"The pool from %s to %s must not hold the addresses of the DHCP "
				"server (%s) and the router.",
				start, end, own);
	return 0;
}

/**
 * check_fixed() - one fixed address
 * @c:		the configuration
 * @i:		its index
 * @err:	names the member at fault
 *
 * Return: 0 or -EINVAL
 */
static int check_fixed(const struct dhcp_config *c, int i, struct error *err)
{
	static const uint8_t nobody[ETH_ADDR_LEN];
	const struct fixed_lease *f = &c->fixed[i];
	char pointer[POINTER_LEN], text[INET_ADDRSTRLEN];

	snprintf(pointer, sizeof(pointer), "#/dhcp/static/%d", i);
	inet_ntop(AF_INET, &f->address, text, sizeof(text));
	if (eth_is_multicast(f->mac) || memcmp(f->mac, nobody, ETH_ADDR_LEN) == 0)
		return error_at(err, EINVAL, pointer, "No card can have this MAC address.");
	if (!is_usable(c, f->address) || f->address.s_addr == c->address.s_addr ||
	    f->address.s_addr == c->router.s_addr)
		return error_at(err, EINVAL, pointer,
				"%s is no address for a client of this network.", text);
	for (int k = 0; k < i; k++) {
		if (c->fixed[k].address.s_addr == f->address.s_addr)
			return error_at(err, EINVAL, pointer, "%s is given to two clients.", text);
		if (memcmp(c->fixed[k].mac, f->mac, ETH_ADDR_LEN) == 0)
			return error_at(err, EINVAL, pointer,
					"The client of %s has another fixed address.", text);
	}
	return 0;
}

int dhcp_check(const struct dhcp_config *c, struct error *err)
{
	uint8_t encoded[DHCP_TEXT_SIZE];
	char pointer[POINTER_LEN];

	if (check_pool(c, err) < 0)
		return -EINVAL;
	if (c->lease_s != 0 && c->lease_s < DHCP_LEASE_MIN_S)
		return error_at(err, EINVAL, "#/dhcp/lease_time",
				"A lease has %d seconds at least.", DHCP_LEASE_MIN_S);
	for (int i = 0; i < c->search_count; i++) {
		snprintf(pointer, sizeof(pointer), "#/dhcp/search/%d", i);
		if (dhcp_encode_name(c->search[i], encoded, sizeof(encoded)) == 0)
			return error_at(err, EINVAL, pointer, "\"%s\" is no domain name.",
					c->search[i]);
	}
	for (int i = 0; i < c->route_count; i++) {
		snprintf(pointer, sizeof(pointer), "#/dhcp/routes/%d", i);
		if (c->routes[i].prefix_len > 32)
			return error_at(err, EINVAL, pointer, "A prefix has 32 bits at most.");
	}
	for (int i = 0; i < c->fixed_count; i++) {
		if (check_fixed(c, i, err) < 0)
			return -EINVAL;
	}
	return 0;
}
