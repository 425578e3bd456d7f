/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys of flows, addresses rewritten with their checksums, and what is an address of the host. */
#include "net/user/guard_frame.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/core/checksum.h"

#define ICMPV6_SUM 2

/**
 * map_addr() - an address of a frame with 16 bytes
 * @f:		the frame
 * @addr:	the address
 * @mapped:	filled; IPv4 as ::ffff:a.b.c.d
 */
static void map_addr(const struct guard_frame *f, const uint8_t *addr, uint8_t mapped[16])
{
	if (f->v6) {
		memcpy(mapped, addr, 16);
		return;
	}
	memset(mapped, 0, 10);
	memset(mapped + 10, 0xff, 2);
	memcpy(mapped + 12, addr, 4);
}

void guard_key(const struct guard_frame *f, bool from_guest, enum flow_kind kind,
	       struct flow_key *key)
{
	*key = (struct flow_key){
		.guest_port = from_guest ? f->src_port : f->dst_port,
		.remote_port = from_guest ? f->dst_port : f->src_port,
		.kind = kind,
	};
	map_addr(f, from_guest ? guard_src(f) : guard_dst(f), key->guest);
	if (kind == FLOW_UDP)
		key->remote_port = 0;
	else
		map_addr(f, from_guest ? guard_dst(f) : guard_src(f), key->remote);
}

const union host_addr *guard_upstream(const struct guard *g, const struct guard_frame *f)
{
	const union host_addr *up = f->v6 ? &g->dns6 : &g->dns4;

	return host_addr_port(up) ? up : NULL;
}

/**
 * sum_of() - where the checksum over addresses and ports lies
 * @f:		the frame
 *
 * Return: the field, or NULL when there is none
 */
static uint8_t *sum_of(const struct guard_frame *f)
{
	if (f->l4_len == 0)
		return NULL;
	switch (f->protocol) {
	case IP_PROTO_TCP:
		return f->l4 + TCP_SUM;
	case IP_PROTO_UDP:
		return get_be16(f->l4 + UDP_SUM) ? f->l4 + UDP_SUM : NULL;
	case IP_PROTO_ICMPV6:
		return f->l4 + ICMPV6_SUM;
	default:
		return NULL;
	}
}

/**
 * replace() - change bytes that checksums cover
 * @at:		the bytes
 * @with:	new ones
 * @len:	their number, even
 * @sum:	a checksum over them, or NULL
 * @sum2:	another one, or NULL
 */
static void replace(uint8_t *at, const void *with, size_t len, uint8_t *sum, uint8_t *sum2)
{
	for (size_t i = 0; i < len; i += 2) {
		uint16_t from, to;

		memcpy(&from, at + i, sizeof(from));
		memcpy(&to, (const uint8_t *)with + i, sizeof(to));
		if (sum)
			checksum_replace16(sum, from, to);
		if (sum2)
			checksum_replace16(sum2, from, to);
	}
	memcpy(at, with, len);
}

void guard_rewrite(struct guard_frame *f, bool source, const void *addr, uint16_t port)
{
	uint8_t *sum = sum_of(f);
	uint16_t wire_port = htobe16(port);

	replace(source ? guard_src(f) : guard_dst(f), addr, guard_addr_len(f), sum,
		f->v6 ? NULL : f->ip + IPV4_SUM);
	if (port) {
		replace(f->l4 + (source ? L4_SRC_PORT : L4_DST_PORT), &wire_port, 2, sum, NULL);
		*(source ? &f->src_port : &f->dst_port) = port;
	}
	/* In UDP a sum of 0 would mean that there is none (RFC 768). */
	if (sum && f->protocol == IP_PROTO_UDP && get_be16(sum) == 0)
		put_be16(sum, 0xffff);
}

bool guard_is_local(const union host_addr *addr)
{
	union host_addr own = {0};
	socklen_t len = sizeof(own);
	bool local;
	int fd = socket(addr->sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno != EAFNOSUPPORT;
	if (connect(fd, &addr->sa, host_addr_len(addr)) < 0)
		local = false; /* no way there, for libslirp neither */
	else if (getsockname(fd, &own.sa, &len) < 0)
		local = true;
	else if (addr->sa.sa_family == AF_INET6)
		local = memcmp(&own.in6.sin6_addr, &addr->in6.sin6_addr, 16) == 0;
	else
		local = own.in.sin_addr.s_addr == addr->in.sin_addr.s_addr ||
			get_be32(&addr->in.sin_addr) >> 24 == 127;
	close(fd);
	return local;
}
