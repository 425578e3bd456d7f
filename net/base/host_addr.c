/* SPDX-License-Identifier: BSD-2-Clause */
/* Socket addresses of either family as text. */
#include "net/base/host_addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

socklen_t host_addr_len(const union host_addr *addr)
{
	return addr->sa.sa_family == AF_INET6 ? sizeof(addr->in6) : sizeof(addr->in);
}

uint16_t host_addr_port(const union host_addr *addr)
{
	return ntohs(addr->sa.sa_family == AF_INET6 ? addr->in6.sin6_port : addr->in.sin_port);
}

void host_addr_set_port(union host_addr *addr, uint16_t port)
{
	if (addr->sa.sa_family == AF_INET6)
		addr->in6.sin6_port = htons(port);
	else
		addr->in.sin_port = htons(port);
}

bool host_addr_is_loopback(const union host_addr *addr)
{
	const struct in6_addr *in6 = &addr->in6.sin6_addr;

	if (addr->sa.sa_family == AF_INET)
		return ntohl(addr->in.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	return IN6_IS_ADDR_LOOPBACK(in6) ||
	       (IN6_IS_ADDR_V4MAPPED(in6) && in6->s6_addr[12] == IN_LOOPBACKNET);
}

bool host_addr_is_group(const union host_addr *addr)
{
	if (addr->sa.sa_family == AF_INET6)
		return IN6_IS_ADDR_MULTICAST(&addr->in6.sin6_addr);
	return ntohl(addr->in.sin_addr.s_addr) >= INADDR_UNSPEC_GROUP;
}

bool host_addr_same(const union host_addr *a, const union host_addr *b)
{
	if (a->sa.sa_family != b->sa.sa_family)
		return false;
	if (a->sa.sa_family == AF_INET6)
		return IN6_ARE_ADDR_EQUAL(&a->in6.sin6_addr, &b->in6.sin6_addr);
	return a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
}

bool host_addr_is_any(const union host_addr *addr)
{
	if (addr->sa.sa_family == AF_INET6)
		return IN6_IS_ADDR_UNSPECIFIED(&addr->in6.sin6_addr);
	return addr->in.sin_addr.s_addr == INADDR_ANY;
}

int host_addr_parse(const char *text, union host_addr *addr)
{
	union host_addr a = {0};

	if (inet_pton(AF_INET, text, &a.in.sin_addr) == 1)
		a.sa.sa_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &a.in6.sin6_addr) == 1)
		a.sa.sa_family = AF_INET6;
	else
		return -EINVAL;
	*addr = a;
	return 0;
}

int host_port_parse(const char *text, uint16_t *ret_port)
{
	unsigned value = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		value = value * 10 + (unsigned)(*text - '0');
		if (value > UINT16_MAX)
			return -EINVAL;
	}
	*ret_port = (uint16_t)value;
	return 0;
}

int host_addr_parse_port(const char *text, uint16_t port, union host_addr *addr)
{
	char copy[HOST_ADDR_TEXT];
	char *start = copy;
	char *colon = NULL;

	if (strlen(text) >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, strlen(text) + 1);
	if (copy[0] == '[') {
		char *end = strchr(copy, ']');

		if (!end || (end[1] != '\0' && end[1] != ':'))
			return -EINVAL;
		colon = end[1] ? end + 1 : NULL;
		*end = '\0';
		start = copy + 1;
		if (!strchr(start, ':'))
			return -EINVAL;
	} else if (strchr(copy, ':') == strrchr(copy, ':')) {
		colon = strchr(copy, ':');
	}
	if (colon) {
		*colon = '\0';
		if (host_port_parse(colon + 1, &port) < 0)
			return -EINVAL;
	}
	if (host_addr_parse(start, addr) < 0)
		return -EINVAL;
	host_addr_set_port(addr, port);
	return 0;
}

const char *host_addr_format(const union host_addr *addr, char text[HOST_ADDR_TEXT])
{
	char ip[INET6_ADDRSTRLEN] = "?";
	bool v6 = addr->sa.sa_family == AF_INET6;

	inet_ntop(addr->sa.sa_family,
		  v6 ? (const void *)&addr->in6.sin6_addr : (const void *)&addr->in.sin_addr, ip,
		  sizeof(ip));
	snprintf(text, HOST_ADDR_TEXT, v6 ? "[%s]:%u" : "%s:%u", ip, host_addr_port(addr));
	return text;
}
