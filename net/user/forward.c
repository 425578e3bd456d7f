/* SPDX-License-Identifier: BSD-2-Clause */
/* The grammar of a hostfwd rule: QEMU's, and IPv6 addresses in brackets. */
#include "net/user/config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FIELD_LEN 64

/**
 * next_field() - cut the text up to a separator off
 * @text:	rest of the rule; moved behind the separator
 * @separator:	the separator; colons inside of brackets are none
 * @field:	filled
 *
 * Return: false when there is no separator, or the field is too long to be anything
 */
static bool next_field(const char **text, char separator, char field[FIELD_LEN])
{
	const char *p = *text;
	size_t len;

	if (*p == '[')
		p += strcspn(p, "]");
	p = strchr(p, separator);
	if (!p)
		return false;
	len = (size_t)(p - *text);
	if (len >= FIELD_LEN)
		return false;
	memcpy(field, *text, len);
	field[len] = '\0';
	*text = p + 1;
	return true;
}

/**
 * parse_address() - an address of a rule
 * @field:	"192.0.2.1", "[2001:db8::1]"; not empty
 * @addr:	filled
 *
 * Return: false when it is none
 */
static bool parse_address(char *field, union host_addr *addr)
{
	size_t len = strlen(field);
	bool v6 = field[0] == '[' && field[len - 1] == ']';

	if (v6) {
		field[len - 1] = '\0';
		field++;
	}
	return host_addr_parse(field, addr) == 0 && (addr->sa.sa_family == AF_INET6) == v6;
}

const char *user_check_host(const struct user_config *cfg, const union host_addr *addr)
{
	bool v6 = addr->sa.sa_family == AF_INET6;

	if (!(v6 ? cfg->ipv6 : cfg->ipv4))
		return "Bad host address: the guest has no address of that family";
	if (host_addr_is_group(addr))
		return "Bad host address: nobody can listen at a multicast or broadcast address";
	if (v6 && IN6_IS_ADDR_LINKLOCAL(&addr->in6.sin6_addr))
		return "Bad host address: a link-local address needs its interface (scope), which "
		       "a rule has no place for; use another address of that interface, or ::";
	return NULL;
}

/**
 * parse_host() - the host half of a rule
 * @cfg:	the configuration
 * @text:	the rule; moved behind the dash
 * @fwd:	@host is filled
 *
 * Return: NULL, or QEMU's words for what is wrong
 */
static const char *parse_host(const struct user_config *cfg, const char **text,
			      struct user_forward *fwd)
{
	char field[FIELD_LEN];
	const char *reason;
	uint16_t port;

	if (!next_field(text, ':', field))
		return "Missing : separator";
	if (!field[0])
		strcpy(field, cfg->ipv4 ? "127.0.0.1" : "[::1]");
	if (!parse_address(field, &fwd->host))
		return "Bad host address";
	reason = user_check_host(cfg, &fwd->host);
	if (reason)
		return reason;
	if (!next_field(text, '-', field))
		return "Bad host port separator";
	if (host_port_parse(field, &port) < 0)
		return "Bad host port";
	host_addr_set_port(&fwd->host, port);
	return NULL;
}

const char *user_check_forward(const struct user_config *cfg, const struct user_forward *fwd)
{
	const struct in6_addr *guest6 = &fwd->guest.in6.sin6_addr;
	struct in_addr guest = fwd->guest.in.sin_addr;

	if (fwd->guest.sa.sa_family != fwd->host.sa.sa_family)
		return "Bad guest address: host and guest address must be of the same family";
	if (fwd->guest.sa.sa_family == AF_INET6) {
		if (IN6_IS_ADDR_UNSPECIFIED(guest6))
			return NULL;
		if (!user_in_prefix(cfg, guest6) || memcmp(guest6, &cfg->host6, 16) == 0 ||
		    memcmp(guest6, &cfg->dns6, 16) == 0)
			return "Bad guest address: it is not the guest's";
		return NULL;
	}
	if (!user_is_station(cfg, guest) || guest.s_addr == cfg->host.s_addr ||
	    guest.s_addr == cfg->dns.s_addr)
		return "Bad guest address: it is not the guest's";
	return NULL;
}

void user_default_guest(const struct user_config *cfg, struct user_forward *fwd)
{
	uint16_t port = fwd->guest.sa.sa_family ? host_addr_port(&fwd->guest) : 0;

	if (fwd->host.sa.sa_family == AF_INET6)
		fwd->guest.in6 = (struct sockaddr_in6){.sin6_family = AF_INET6};
	else
		fwd->guest.in =
			(struct sockaddr_in){.sin_family = AF_INET, .sin_addr = cfg->dhcpstart};
	host_addr_set_port(&fwd->guest, port);
}

/**
 * parse_guest() - the guest half of a rule
 * @cfg:	the configuration
 * @text:	rest of the rule
 * @fwd:	@guest is filled
 *
 * Return: NULL, or QEMU's words for what is wrong
 */
static const char *parse_guest(const struct user_config *cfg, const char *text,
			       struct user_forward *fwd)
{
	char field[FIELD_LEN];
	const char *reason;
	uint16_t port;

	if (!next_field(&text, ':', field))
		return "Missing guest address";
	if (field[0]) {
		if (!parse_address(field, &fwd->guest))
			return "Bad guest address";
	} else {
		user_default_guest(cfg, fwd);
	}
	reason = user_check_forward(cfg, fwd);
	if (reason)
		return reason;
	if (host_port_parse(text, &port) < 0 || port == 0)
		return "Bad guest port";
	host_addr_set_port(&fwd->guest, port);
	return NULL;
}

int user_parse_forward(const struct user_config *cfg, const char *text, struct user_forward *fwd,
		       const char **reason)
{
	char field[FIELD_LEN];

	*fwd = (struct user_forward){0};
	*reason = NULL;
	if (!strchr(text, ':'))
		*reason = "No : separators";
	else if (!next_field(&text, ':', field) ||
		 (field[0] && strcmp(field, "tcp") != 0 && strcmp(field, "udp") != 0))
		*reason = "Bad protocol name";
	if (*reason)
		return -EINVAL;
	fwd->udp = strcmp(field, "udp") == 0;
	*reason = parse_host(cfg, &text, fwd);
	if (!*reason)
		*reason = parse_guest(cfg, text, fwd);
	return *reason ? -EINVAL : 0;
}

void user_format_forward(const struct user_forward *fwd, char *text, size_t size)
{
	char host[HOST_ADDR_TEXT], guest[HOST_ADDR_TEXT];

	host_addr_format(&fwd->host, host);
	if (fwd->guest.sa.sa_family == AF_INET6 &&
	    IN6_IS_ADDR_UNSPECIFIED(&fwd->guest.in6.sin6_addr))
		snprintf(guest, sizeof(guest), ":%u", host_addr_port(&fwd->guest));
	else
		host_addr_format(&fwd->guest, guest);
	snprintf(text, size, "%s:%s-%s", fwd->udp ? "udp" : "tcp", host, guest);
}
