/* SPDX-License-Identifier: BSD-2-Clause */
/* A user netdev's JSON body to struct user_config and back. */
#include "net/backend/user_body.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "net/base/error.h"

#define DEFAULT_NET "10.0.2.0/24"
#define DNS_PORT    53
#define POINTER_LEN 64

/**
 * text_of() - a string member
 * @body:	the netdev
 * @name:	member
 *
 * Return: its text, or NULL when it is not there
 */
static const char *text_of(const json_t *body, const char *name)
{
	return json_string_value(json_object_get(body, name));
}

/**
 * read_address() - an IPv4 address member
 * @body:	the netdev
 * @name:	member; absent: @addr is left 0
 * @addr:	filled
 * @err:	names the member
 *
 * Return: 0 or -EINVAL
 */
static int read_address(const json_t *body, const char *name, struct in_addr *addr,
			struct error *err)
{
	const char *text = text_of(body, name);
	char pointer[POINTER_LEN];

	if (!text || inet_pton(AF_INET, text, addr) == 1)
		return 0;
	snprintf(pointer, sizeof(pointer), "#/%s", name);
	return error_at(err, EINVAL, pointer, "'%s' is not an IPv4 address", text);
}

/**
 * read_address6() - an IPv6 address member
 * @body:	the netdev
 * @name:	member; absent: @addr is left ::
 * @addr:	filled
 * @what:	what QEMU calls it
 * @err:	names the member
 *
 * Return: 0 or -EINVAL
 */
static int read_address6(const json_t *body, const char *name, struct in6_addr *addr,
			 const char *what, struct error *err)
{
	const char *text = text_of(body, name);
	char pointer[POINTER_LEN];

	if (!text || inet_pton(AF_INET6, text, addr) == 1)
		return 0;
	snprintf(pointer, sizeof(pointer), "#/%s", name);
	return error_at(err, EINVAL, pointer, "Failed to parse IPv6 %s: '%s'", what, text);
}

/**
 * refuse_members() - members of a family that is off
 * @body:	the netdev
 * @names:	members, NULL at the end
 * @message:	QEMU's words
 * @err:	names the member
 *
 * Return: 0, or -EINVAL when one is there
 */
static int refuse_members(const json_t *body, const char *const *names, const char *message,
			  struct error *err)
{
	char pointer[POINTER_LEN];

	for (; *names; names++) {
		if (!json_object_get(body, *names))
			continue;
		snprintf(pointer, sizeof(pointer), "#/%s", *names);
		return error_at(err, EINVAL, pointer, "%s", message);
	}
	return 0;
}

/**
 * read_families() - which of IPv4 and IPv6 are on
 * @body:	the netdev
 * @cfg:	@ipv4 and @ipv6 are filled
 * @err:	names the member
 *
 * Each is on, unless it is off, or only the other was asked for.
 *
 * Return: 0 or -EINVAL
 */
static int read_families(const json_t *body, struct user_config *cfg, struct error *err)
{
	const json_t *ipv4 = json_object_get(body, "ipv4");
	const json_t *ipv6 = json_object_get(body, "ipv6");

	cfg->ipv4 = ipv4 ? json_is_true(ipv4) : !json_is_true(ipv6);
	cfg->ipv6 = ipv6 ? json_is_true(ipv6) : !json_is_true(ipv4);
	if (!cfg->ipv4 && !cfg->ipv6)
		return error_at(err, EINVAL, "#/ipv4", "IPv4 and IPv6 disabled");
	return 0;
}

/**
 * read_ipv4() - the IPv4 members
 * @body:	the netdev
 * @cfg:	filled
 * @err:	names the member
 *
 * Return: 0 or -EINVAL
 */
static int read_ipv4(const json_t *body, struct user_config *cfg, struct error *err)
{
	static const char *const members[] = {"net", "host", "dns", "dhcpstart", NULL};
	const char *net = text_of(body, "net");

	if (!cfg->ipv4)
		return refuse_members(body, members, "IPv4 disabled but netmask/host/dns provided",
				      err);
	if (user_parse_net(net ? net : DEFAULT_NET, cfg, err) < 0 ||
	    read_address(body, "host", &cfg->host, err) < 0 ||
	    read_address(body, "dns", &cfg->dns, err) < 0 ||
	    read_address(body, "dhcpstart", &cfg->dhcpstart, err) < 0)
		return -EINVAL;
	return user_finish_ipv4(cfg, err);
}

/**
 * read_ipv6() - the IPv6 members
 * @body:	the netdev
 * @cfg:	filled
 * @err:	names the member
 *
 * Return: 0 or -EINVAL
 */
static int read_ipv6(const json_t *body, struct user_config *cfg, struct error *err)
{
	static const char *const members[] = {"ipv6-prefix", "ipv6-prefixlen", "ipv6-host",
					      "ipv6-dns", NULL};
	json_int_t len = json_integer_value(json_object_get(body, "ipv6-prefixlen"));

	if (!cfg->ipv6)
		return refuse_members(body, members, "IPv6 disabled but prefix/host6/dns6 provided",
				      err);
	if (read_address6(body, "ipv6-prefix", &cfg->prefix, "prefix", err) < 0 ||
	    read_address6(body, "ipv6-host", &cfg->host6, "host", err) < 0 ||
	    read_address6(body, "ipv6-dns", &cfg->dns6, "DNS", err) < 0)
		return -EINVAL;
	cfg->prefix_len = len < 0 || len > 128 ? 128 : (uint8_t)len;
	return user_finish_ipv6(cfg, err);
}

/**
 * read_hostname() - the name that DHCP gives to the guest
 * @body:	the netdev
 * @cfg:	filled
 * @err:	names the member
 *
 * Return: 0 or -EINVAL
 */
static int read_hostname(const json_t *body, struct user_config *cfg, struct error *err)
{
	const char *name = text_of(body, "hostname");

	if (!name)
		return 0;
	if (strlen(name) > USER_HOSTNAME_LEN)
		return error_at(err, EINVAL, "#/hostname",
				"'hostname' parameter cannot be longer than %d characters",
				USER_HOSTNAME_LEN);
	strcpy(cfg->hostname, name);
	return 0;
}

/**
 * upstream_reason() - why questions can't be sent to a DNS server
 * @text:	what was given
 * @addr:	filled
 *
 * Return: NULL, or the reason
 */
static const char *upstream_reason(const char *text, union host_addr *addr)
{
	if (host_addr_parse_port(text, DNS_PORT, addr) < 0 || host_addr_port(addr) == 0)
		return "expected: address, address:port or [IPv6 address]:port";
	if (host_addr_is_any(addr) || host_addr_is_group(addr))
		return "it is not the address of one host";
	if (addr->sa.sa_family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&addr->in6.sin6_addr))
		return "a link-local address needs its interface (scope), which cannot be given";
	return NULL;
}

/**
 * read_upstream() - DNS servers that were given
 * @body:	the netdev
 * @cfg:	filled
 * @err:	names the member
 *
 * Return: 0 or -EINVAL
 */
static int read_upstream(const json_t *body, struct user_config *cfg, struct error *err)
{
	const json_t *list = json_object_get(body, "dns-upstream");
	size_t count = json_array_size(list);
	char pointer[POINTER_LEN];

	if (count > USER_MAX_DNS)
		return error_at(err, EINVAL, "#/dns-upstream", "More than %d DNS servers",
				USER_MAX_DNS);
	for (size_t i = 0; i < count; i++) {
		const char *item = json_string_value(json_array_get(list, i));
		const char *text = item ? item : "";
		const char *reason = upstream_reason(text, &cfg->upstream[i]);

		if (!reason)
			continue;
		snprintf(pointer, sizeof(pointer), "#/dns-upstream/%zu", i);
		return error_at(err, EINVAL, pointer, "'%s' is not a DNS server: %s", text, reason);
	}
	cfg->upstream_count = (int)count;
	return 0;
}

/**
 * read_forwards() - the hostfwd rules
 * @body:	the netdev
 * @cfg:	filled; everything else must be there already
 * @err:	names the rule
 *
 * Return: 0 or -EINVAL
 */
static int read_forwards(const json_t *body, struct user_config *cfg, struct error *err)
{
	const json_t *list = json_object_get(body, "hostfwd");
	size_t count = json_array_size(list);
	char pointer[POINTER_LEN];
	const char *reason;

	if (count > USER_MAX_FORWARDS)
		return error_at(err, EINVAL, "#/hostfwd", "More than %d host forwarding rules",
				USER_MAX_FORWARDS);
	for (size_t i = 0; i < count; i++) {
		const char *rule = json_string_value(json_array_get(list, i));

		if (user_parse_forward(cfg, rule ? rule : "", &cfg->forwards[i], &reason) == 0)
			continue;
		snprintf(pointer, sizeof(pointer), "#/hostfwd/%zu", i);
		return error_at(err, EINVAL, pointer, "Invalid host forwarding rule '%s' (%s)",
				rule ? rule : "", reason);
	}
	cfg->forward_count = (int)count;
	return 0;
}

int user_body_read(const json_t *body, struct user_config *cfg, struct error *err)
{
	*cfg = (struct user_config){
		.restricted = json_is_true(json_object_get(body, "restrict")),
		.host_loopback = json_is_true(json_object_get(body, "host-loopback")),
	};
	if (read_families(body, cfg, err) < 0 || read_ipv4(body, cfg, err) < 0 ||
	    read_ipv6(body, cfg, err) < 0 || read_hostname(body, cfg, err) < 0 ||
	    read_upstream(body, cfg, err) < 0 || read_forwards(body, cfg, err) < 0)
		return -EINVAL;
	return 0;
}

/**
 * write_address() - an address member
 * @body:	the netdev
 * @name:	member
 * @family:	AF_INET or AF_INET6
 * @addr:	struct in_addr or struct in6_addr
 */
static void write_address(json_t *body, const char *name, int family, const void *addr)
{
	char text[INET6_ADDRSTRLEN] = "";

	inet_ntop(family, addr, text, sizeof(text));
	json_object_set_new(body, name, json_string(text));
}

/**
 * write_ipv4() - the IPv4 members
 * @body:	the netdev
 * @cfg:	its configuration
 */
static void write_ipv4(json_t *body, const struct user_config *cfg)
{
	char net[INET_ADDRSTRLEN] = "", text[INET_ADDRSTRLEN + 4];

	json_object_set_new(body, "ipv4", json_boolean(cfg->ipv4));
	if (!cfg->ipv4)
		return;
	inet_ntop(AF_INET, &cfg->net, net, sizeof(net));
	snprintf(text, sizeof(text), "%s/%d", net, __builtin_popcount(cfg->mask.s_addr));
	json_object_set_new(body, "net", json_string(text));
	write_address(body, "host", AF_INET, &cfg->host);
	write_address(body, "dns", AF_INET, &cfg->dns);
	write_address(body, "dhcpstart", AF_INET, &cfg->dhcpstart);
}

/**
 * write_ipv6() - the IPv6 members
 * @body:	the netdev
 * @cfg:	its configuration
 */
static void write_ipv6(json_t *body, const struct user_config *cfg)
{
	json_object_set_new(body, "ipv6", json_boolean(cfg->ipv6));
	if (!cfg->ipv6)
		return;
	write_address(body, "ipv6-prefix", AF_INET6, &cfg->prefix);
	json_object_set_new(body, "ipv6-prefixlen", json_integer(cfg->prefix_len));
	write_address(body, "ipv6-host", AF_INET6, &cfg->host6);
	write_address(body, "ipv6-dns", AF_INET6, &cfg->dns6);
}

void user_body_write(json_t *body, const struct user_config *cfg)
{
	write_ipv4(body, cfg);
	write_ipv6(body, cfg);
}
