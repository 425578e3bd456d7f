/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz target: frames through the guard, in both directions. Input is a sequence of a 16-bit
 * big-endian word and as many bytes as its low 11 bits say; its high bits are flags (FLAG_*).
 * What passes to libslirp must be well-formed and allowed, whatever came.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "net/base/bytes.h"
#include "net/core/checksum.h"
#include "net/core/ether.h"
#include "net/user/guard.h"

#define FLAG_EGRESS 0x8000 /* a frame from libslirp */
#define FLAG_FIX    0x4000 /* make the IPv4 header checksum right first */
#define FLAG_CLOSE  0x2000 /* libslirp closes a socket of each kind first */
#define FLAG_LATER  0x1000 /* a second passes first */
#define LEN_MASK    0x07ff
#define API_PORT    8080
#define SECOND      1000000000LL
#define MUST(c)                  \
	do {                     \
		if (!(c))        \
			abort(); \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct port_ops no_ops;
static struct guard guard;
static struct user_config config;
static struct port port;

/** is_local() - half of the world is the host */
static bool is_local(const union host_addr *addr)
{
	return addr->sa.sa_family == AF_INET ? get_be32(&addr->in.sin_addr) & 1
					     : addr->in6.sin6_addr.s6_addr[15] & 1;
}

/** start() - a fresh guard */
static void start(uint8_t options)
{
	const uint16_t api = API_PORT;
	union host_addr dns[2];

	memset(&guard, 0, sizeof(guard));
	config = (struct user_config){.ipv4 = true, .ipv6 = true};
	config.host_loopback = options & 1;
	user_parse_net("10.0.2.0/24", &config, NULL);
	user_finish_ipv4(&config, NULL);
	user_finish_ipv6(&config, NULL);
	port_init(&port, &no_ops, 0, NULL);
	guard.config = &config;
	guard.port = &port;
	guard.is_local = is_local;
	guard.ping = options & 2;
	host_addr_parse_port("127.0.0.53", 53, &dns[0]);
	host_addr_parse_port("[::1]:5353", 53, &dns[1]);
	guard_set_dns(&guard, dns, options & 4 ? 2 : 0);
	guard_set_api_ports(&guard, &api, 1);
}

/** check_tcp() - what must hold of a TCP segment */
static void check_tcp(const uint8_t *tcp, uint32_t len, const uint8_t *dst, bool v6)
{
	uint32_t header;

	MUST(len >= 20);
	header = (uint32_t)(tcp[12] >> 4) * 4;
	MUST(header >= 20 && header <= len);
	MUST(!(tcp[13] & TCP_URG) && get_be16(tcp + 18) == 0);
	if (get_be16(tcp + 2) != API_PORT)
		return;
	if (v6)
		MUST(!(dst[15] & 1) && memcmp(dst, &config.prefix, 8) != 0);
	else
		MUST(!(dst[3] & 1) && memcmp(dst, &config.host, 4) != 0);
}

/** check_v4() - what must hold of an IPv4 packet */
static void check_v4(const uint8_t *ip, uint32_t len)
{
	const uint8_t *dst = ip + 16;
	struct in_addr src;
	bool dns = memcmp(dst, &guard.dns4.in.sin_addr, 4) == 0 && guard.dns4.in.sin_port;

	MUST(len >= 28 && ip[0] == 0x45 && get_be16(ip + 2) == len);
	MUST(!(get_be16(ip + 6) & 0xbfff));
	MUST(checksum_fold(checksum_add(0, ip, 20)) == 0xffff);
	MUST(ip[9] == IP_PROTO_TCP || ip[9] == IP_PROTO_UDP || ip[9] == IP_PROTO_ICMP);
	memcpy(&src, ip + 12, 4);
	if (ip[9] == IP_PROTO_UDP && get_be16(ip + 22) == 67)
		return; /* DHCP */
	MUST(user_in_net(&config, src) && src.s_addr != config.host.s_addr);
	MUST(dst[0] != 0 && dst[0] < 224 && (dst[0] != 127 || dns));
	if (ip[9] == IP_PROTO_TCP) {
		check_tcp(ip + 20, len - 20, dst, false);
	} else if (ip[9] == IP_PROTO_UDP) {
		MUST(get_be16(ip + 24) >= 8 && get_be16(ip + 24) <= len - 20);
		MUST(memcmp(dst, &config.host, 4) != 0 || get_be16(ip + 22) != 69);
	} else {
		MUST(ip[20] == 8);
	}
}

/** check_v6() - what must hold of an IPv6 packet */
static void check_v6(const uint8_t *ip, uint32_t len)
{
	static const uint8_t zeros[12];
	const uint8_t *dst = ip + 24;
	bool dns = memcmp(dst, &guard.dns6.in6.sin6_addr, 16) == 0 && guard.dns6.in6.sin6_port;

	MUST(len >= 48 && ip[0] >> 4 == 6 && get_be16(ip + 4) == len - 40);
	MUST(ip[6] == IP_PROTO_TCP || ip[6] == IP_PROTO_UDP || ip[6] == IP_PROTO_ICMPV6);
	if (ip[6] == IP_PROTO_ICMPV6) {
		MUST(ip[40] == 128 || ip[40] == 133 || ip[40] == 135 || ip[40] == 136);
		return;
	}
	MUST(memcmp(dst, zeros, 12) != 0 || dns);
	MUST(memcmp(dst, zeros, 10) != 0 || dst[10] != 0xff || dst[11] != 0xff);
	MUST(dst[0] != 0xff || (ip[6] == IP_PROTO_UDP && get_be16(ip + 42) == 547));
	if (ip[6] == IP_PROTO_TCP)
		check_tcp(ip + 40, len - 40, dst, true);
	else
		MUST(get_be16(ip + 44) >= 8 && get_be16(ip + 44) <= len - 40);
}

/** check() - what must hold of a frame that passed */
static void check(const struct guard_pass *pass)
{
	switch (get_be16(pass->frame + 12)) {
	case ETH_TYPE_ARP:
		MUST(pass->len == 42);
		break;
	case ETH_TYPE_IPV4:
		check_v4(pass->frame + 14, pass->len - 14);
		break;
	case ETH_TYPE_IPV6:
		check_v6(pass->frame + 14, pass->len - 14);
		break;
	default:
		MUST(false);
	}
}

/** fix() - make the IPv4 header checksum right */
static void fix(uint8_t *frame, uint32_t len)
{
	uint32_t header;
	uint16_t sum;

	if (len < 34 || get_be16(frame + 12) != ETH_TYPE_IPV4)
		return;
	header = (uint32_t)(frame[14] & 15) * 4;
	if (header < 20 || 14 + header > len)
		return;
	put_be16(frame + 24, 0);
	sum = (uint16_t)~checksum_fold(checksum_add(0, frame + 14, header));
	memcpy(frame + 24, &sum, 2);
}

/** ingress() - a frame from the guest; sockets are counted as libslirp would open them */
static void ingress(uint8_t *frame, uint32_t len, int64_t now)
{
	struct guard_pass pass;

	if (!guard_ingress(&guard, frame, len, now, &pass))
		return;
	check(&pass);
	if (pass.kind != GUARD_OTHER)
		guard_opened(&guard, pass.kind);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t now = SECOND;

	if (size < 1)
		return 0;
	start(data[0]);
	data++;
	size--;
	while (size >= 2) {
		uint16_t word = get_be16(data);
		uint32_t len = MIN((uint32_t)(word & LEN_MASK), (uint32_t)(size - 2));
		uint8_t *frame = malloc(len ? len : 1);

		memcpy(frame, data + 2, len);
		data += 2 + len;
		size -= 2 + len;
		now += word & FLAG_LATER ? SECOND : 1000;
		for (int k = GUARD_TCP; k < GUARD_KIND_COUNT && (word & FLAG_CLOSE); k++) {
			if (guard.sockets[k] > 0)
				guard_closed(&guard, (enum guard_kind)k);
		}
		if (word & FLAG_FIX)
			fix(frame, len);
		if (word & FLAG_EGRESS)
			guard_egress(&guard, frame, len, now);
		else
			ingress(frame, len, now);
		free(frame);
	}
	return 0;
}
