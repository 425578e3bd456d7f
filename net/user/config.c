/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules between the addresses of a user netdev, with the words of QEMU's errors. */
#include "net/user/config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "net/base/error.h"

#define DEFAULT_HOST    0x0202 /* 10.0.2.2 of 10.0.2.0/24, 10.0.2.2 of 10.0.0.0/8 */
#define DEFAULT_DNS     0x0203
#define DEFAULT_DHCP    0x020f
#define SMALL_NET_DHCP  4  /* where the default would not lie in a small network */
#define SMALLEST_NET    29 /* host, DNS server, a lease, network and broadcast address */
#define DEFAULT_PREFIX  "fec0::"
#define DEFAULT_BITS6   64
#define MULTICAST_CLASS 0xe0000000u
#define LOOPBACK_NET    127

/**
 * parse_mask() - "24" or "255.255.255.0" to a mask
 * @text:	the text
 * @ret_mask:	filled, host byte order
 *
 * Return: number of bits, -1 when it is no mask, -2 when it has bits outside 4 to 32
 */
static int parse_mask(const char *text, uint32_t *ret_mask)
{
	struct in_addr dotted;
	uint16_t bits;
	uint32_t mask;

	if (host_port_parse(text, &bits) == 0) {
		if (bits < 4 || bits > 32)
			return -2;
		mask = 0xffffffffu << (32 - bits);
	} else if (inet_pton(AF_INET, text, &dotted) == 1) {
		mask = ntohl(dotted.s_addr);
		if ((~mask & (~mask + 1)) != 0)
			return -1;
		bits = (uint16_t)__builtin_popcount(mask);
		if (bits < 4)
			return -2;
	} else {
		return -1;
	}
	*ret_mask = mask;
	return bits;
}

int user_parse_net(const char *text, struct user_config *cfg, struct error *err)
{
	char copy[INET_ADDRSTRLEN];
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	struct in_addr addr;
	uint32_t mask;
	int bits;

	if (!slash)
		return error_at(err, EINVAL, "#/net",
				"Failed to parse netmask: '%s' has no prefix; write '%s/24', say",
				text, text);
	if (len >= sizeof(copy))
		len = sizeof(copy) - 1;
	memcpy(copy, text, len);
	copy[len] = '\0';
	bits = parse_mask(slash + 1, &mask);
	if (inet_pton(AF_INET, copy, &addr) != 1 || bits == -1)
		return error_at(err, EINVAL, "#/net",
				"Failed to parse netmask: '%s' is no network like 10.0.2.0/24",
				text);
	if (bits == -2)
		return error_at(err, EINVAL, "#/net",
				"Invalid netmask provided (must be in range 4-32): '%s'", text);
	if (bits > SMALLEST_NET)
		return error_at(err, EINVAL, "#/net",
				"'%s' has no room for host, DNS server and a guest; /%d is the "
				"smallest network",
				text, SMALLEST_NET);
	cfg->mask.s_addr = htonl(mask);
	cfg->net.s_addr = addr.s_addr & cfg->mask.s_addr;
	mask = ntohl(addr.s_addr);
	if (mask >= MULTICAST_CLASS || mask >> 24 == 0 || mask >> 24 == LOOPBACK_NET)
		return error_at(err, EINVAL, "#/net", "'%s' can't be a guest's network", text);
	return 0;
}

/**
 * derive() - an address that was not given
 * @cfg:	the configuration
 * @addr:	the address; left alone when it was given
 * @number:	its number in the network, as far as that has bits
 */
static void derive(const struct user_config *cfg, struct in_addr *addr, uint32_t number)
{
	if (addr->s_addr == 0)
		addr->s_addr = cfg->net.s_addr | (htonl(number) & ~cfg->mask.s_addr);
}

bool user_is_station(const struct user_config *cfg, struct in_addr addr)
{
	return user_in_net(cfg, addr) && addr.s_addr != cfg->net.s_addr &&
	       addr.s_addr != (cfg->net.s_addr | ~cfg->mask.s_addr);
}

int user_finish_ipv4(struct user_config *cfg, struct error *err)
{
	uint32_t room = ~ntohl(cfg->mask.s_addr);

	derive(cfg, &cfg->host, DEFAULT_HOST);
	derive(cfg, &cfg->dns, DEFAULT_DNS);
	derive(cfg, &cfg->dhcpstart, room > (DEFAULT_DHCP & 0xff) ? DEFAULT_DHCP : SMALL_NET_DHCP);
	if (!user_is_station(cfg, cfg->host))
		return error_at(err, EINVAL, "#/host", "Host doesn't belong to network");
	if (!user_is_station(cfg, cfg->dns))
		return error_at(err, EINVAL, "#/dns", "DNS doesn't belong to network");
	if (cfg->dns.s_addr == cfg->host.s_addr)
		return error_at(err, EINVAL, "#/dns", "DNS must be different from host");
	if (!user_is_station(cfg, cfg->dhcpstart))
		return error_at(err, EINVAL, "#/dhcpstart", "DHCP doesn't belong to network");
	if (cfg->dhcpstart.s_addr == cfg->host.s_addr || cfg->dhcpstart.s_addr == cfg->dns.s_addr)
		return error_at(err, EINVAL, "#/dhcpstart",
				"DHCP must be different from host and DNS");
	return 0;
}

bool user_in_prefix(const struct user_config *cfg, const struct in6_addr *addr)
{
	int whole = cfg->prefix_len / 8;
	int rest = cfg->prefix_len % 8;

	if (memcmp(addr, &cfg->prefix, (size_t)whole) != 0)
		return false;
	return rest == 0 ||
	       ((addr->s6_addr[whole] ^ cfg->prefix.s6_addr[whole]) >> (8 - rest)) == 0;
}

/**
 * mask_prefix() - clear the bits behind the prefix length
 * @cfg:	the configuration
 */
static void mask_prefix(struct user_config *cfg)
{
	for (int i = 0; i < 16; i++) {
		int bits = cfg->prefix_len - 8 * i;

		if (bits <= 0)
			cfg->prefix.s6_addr[i] = 0;
		else if (bits < 8)
			cfg->prefix.s6_addr[i] &= (uint8_t)(0xff << (8 - bits));
	}
}

/**
 * derive6() - an address that was not given
 * @cfg:	the configuration
 * @addr:	the address; left alone when it was given
 * @number:	its number in the prefix
 */
static void derive6(const struct user_config *cfg, struct in6_addr *addr, uint8_t number)
{
	if (!IN6_IS_ADDR_UNSPECIFIED(addr))
		return;
	*addr = cfg->prefix;
	addr->s6_addr[15] |= number;
}

int user_finish_ipv6(struct user_config *cfg, struct error *err)
{
	if (cfg->prefix_len == 0)
		cfg->prefix_len = DEFAULT_BITS6;
	if (cfg->prefix_len > 126)
		return error_at(
			err, EINVAL, "#/ipv6-prefixlen",
			"Invalid IPv6 prefix provided (IPv6 prefix length must be between 0 "
			"and 126)");
	if (IN6_IS_ADDR_UNSPECIFIED(&cfg->prefix))
		inet_pton(AF_INET6, DEFAULT_PREFIX, &cfg->prefix);
	mask_prefix(cfg);
	if (IN6_IS_ADDR_MULTICAST(&cfg->prefix) || IN6_IS_ADDR_LINKLOCAL(&cfg->prefix) ||
	    cfg->prefix.s6_addr[0] == 0)
		return error_at(err, EINVAL, "#/ipv6-prefix",
				"Invalid IPv6 prefix provided (it can't be a guest's network)");
	derive6(cfg, &cfg->host6, 2);
	derive6(cfg, &cfg->dns6, 3);
	if (!user_in_prefix(cfg, &cfg->host6))
		return error_at(err, EINVAL, "#/ipv6-host", "IPv6 Host doesn't belong to network");
	if (!user_in_prefix(cfg, &cfg->dns6))
		return error_at(err, EINVAL, "#/ipv6-dns", "IPv6 DNS doesn't belong to network");
	if (memcmp(&cfg->dns6, &cfg->host6, sizeof(cfg->dns6)) == 0)
		return error_at(err, EINVAL, "#/ipv6-dns", "DNS must be different from host");
	return 0;
}
