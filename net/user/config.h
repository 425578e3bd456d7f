/* SPDX-License-Identifier: BSD-2-Clause */
/* What a user netdev is told, in binary; and the rules between its members. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "net/base/host_addr.h"

struct error;

#define USER_MAX_FORWARDS  64  /* hostfwd rules of a netdev */
#define USER_MAX_LISTENERS 512 /* forwarded ports of a stack, whoever asked for them */
#define USER_MAX_DNS       8
#define USER_HOSTNAME_LEN  255
#define USER_LEASES        16 /* addresses that libslirp's DHCP hands out */

/**
 * struct user_forward - one hostfwd rule
 * @udp:	UDP, else TCP
 * @host:	where the host listens; port 0 lets the kernel choose
 * @guest:	where it leads to; same family as @host. An IPv6 address of :: is the guest's
 *		first address that the stack hears of
 */
struct user_forward {
	bool udp;
	union host_addr host;
	union host_addr guest;
};

/**
 * struct user_config - a user netdev
 * @ipv4:	the guest gets IPv4
 * @net:	its network
 * @mask:	network mask
 * @host:	address in @net that stands for the host
 * @dhcpstart:	first of USER_LEASES leases
 * @dns:	address in @net that the guest sends its DNS questions to
 * @ipv6:	the guest gets IPv6
 * @prefix:	its prefix
 * @prefix_len:	bits of it
 * @host6:	as @host
 * @dns6:	as @dns
 * @restricted:	nothing but forwards
 * @host_loopback: the guest may reach the host's loopback at @host and @host6
 * @hostname:	what DHCP tells the guest, or ""
 * @upstream:	DNS servers that were given; none: those of the host
 * @upstream_count: their number
 * @forwards:	hostfwd rules; a stack does not look at them
 * @forward_count: their number
 *
 * IPv4 addresses are in network byte order; one that is 0 was not given.
 */
struct user_config {
	bool ipv4;
	struct in_addr net;
	struct in_addr mask;
	struct in_addr host;
	struct in_addr dhcpstart;
	struct in_addr dns;
	bool ipv6;
	struct in6_addr prefix;
	uint8_t prefix_len;
	struct in6_addr host6;
	struct in6_addr dns6;
	bool restricted;
	bool host_loopback;
	char hostname[USER_HOSTNAME_LEN + 1];
	union host_addr upstream[USER_MAX_DNS];
	int upstream_count;
	struct user_forward forwards[USER_MAX_FORWARDS];
	int forward_count;
};

/**
 * user_parse_net() - "10.0.2.0/24" or "10.0.2.0/255.255.255.0"
 * @text:	the text; a mask is demanded
 * @cfg:	@net and @mask are filled, host bits cleared
 * @err:	names "#/net"
 *
 * Return: 0 or -EINVAL
 */
int user_parse_net(const char *text, struct user_config *cfg, struct error *err);

/**
 * user_finish_ipv4() - derive what was not given from the network, then check all
 * @cfg:	the configuration; @net and @mask are set
 * @err:	names the member at fault
 *
 * Return: 0 or -EINVAL
 */
int user_finish_ipv4(struct user_config *cfg, struct error *err);

/**
 * user_finish_ipv6() - as user_finish_ipv4()
 * @cfg:	the configuration; an unset prefix becomes fec0::, a length of 0 becomes 64
 * @err:	names the member at fault
 *
 * Return: 0 or -EINVAL
 */
int user_finish_ipv6(struct user_config *cfg, struct error *err);

/**
 * user_parse_forward() - "[tcp|udp]:[hostaddr]:hostport-[guestaddr]:guestport"
 * @cfg:	the configuration, families and networks already checked
 * @text:	the rule
 * @fwd:	filled
 * @reason:	QEMU's words for what is wrong with it
 *
 * Return: 0 or -EINVAL
 */
int user_parse_forward(const struct user_config *cfg, const char *text, struct user_forward *fwd,
		       const char **reason);

/**
 * user_check_forward() - can a rule lead to its guest address?
 * @cfg:	the configuration
 * @fwd:	the rule
 *
 * libslirp makes the guest's packets from both addresses, so their families must agree.
 *
 * Return: NULL, or what is wrong
 */
const char *user_check_forward(const struct user_config *cfg, const struct user_forward *fwd);

/**
 * user_check_host() - can this host listen at a rule's address?
 * @cfg:	the configuration
 * @addr:	the address
 *
 * Return: NULL, or what is wrong
 */
const char *user_check_host(const struct user_config *cfg, const union host_addr *addr);

/**
 * user_default_guest() - where a rule leads to that names no guest address
 * @cfg:	the configuration
 * @fwd:	the rule, with @host; @guest is filled, its port stays
 */
void user_default_guest(const struct user_config *cfg, struct user_forward *fwd);

/**
 * user_format_forward() - a rule in full
 * @fwd:	the rule
 * @text:	filled
 * @size:	room in @text; 128 always do
 */
void user_format_forward(const struct user_forward *fwd, char *text, size_t size);

/**
 * user_in_net() - does an address belong to the guest's network?
 * @cfg:	the configuration
 * @addr:	IPv4 address
 */
static inline bool user_in_net(const struct user_config *cfg, struct in_addr addr)
{
	return (addr.s_addr & cfg->mask.s_addr) == cfg->net.s_addr;
}

/**
 * user_is_station() - in the guest's network, and neither its first nor its last address?
 * @cfg:	the configuration
 * @addr:	IPv4 address
 */
bool user_is_station(const struct user_config *cfg, struct in_addr addr);

/**
 * user_in_prefix() - does an address belong to the guest's prefix?
 * @cfg:	the configuration
 * @addr:	IPv6 address
 */
bool user_in_prefix(const struct user_config *cfg, const struct in6_addr *addr);
