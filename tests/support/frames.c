/* SPDX-License-Identifier: BSD-2-Clause */
/* Building frames. */
#include "tests/support/frames.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

#include "net/base/bytes.h"
#include "net/core/checksum.h"

static const uint8_t guest_mac[6] = {0x52, 0x54, 0, 1, 2, 3};
static const uint8_t other_mac[6] = {0x52, 0x55, 10, 0, 2, 2};

/**
 * l4_of() - where the transport header is, and how long it all is
 * @frame:	the frame
 * @protocol:	filled
 * @len:	filled with the length from there
 *
 * Return: offset in the frame
 */
static uint32_t l4_of(const uint8_t *frame, uint8_t *protocol, uint32_t *len)
{
	const uint8_t *ip = frame + 14;

	if (ip[0] >> 4 == 6) {
		*protocol = ip[6];
		*len = get_be16(ip + 4);
		return 54;
	}
	*protocol = ip[9];
	*len = get_be16(ip + 2) - (ip[0] & 15u) * 4;
	return 14 + (ip[0] & 15u) * 4;
}

/**
 * sum_offset() - where a transport header has its checksum
 * @protocol:	the protocol
 */
static uint32_t sum_offset(uint8_t protocol)
{
	return protocol == IP_PROTO_TCP ? 16 : protocol == IP_PROTO_UDP ? 6 : 2;
}

/**
 * l4_sum() - folded sum over pseudo header (if any) and transport part
 * @frame:	the frame
 */
static uint16_t l4_sum(const uint8_t *frame)
{
	uint8_t protocol;
	uint32_t len, at = l4_of(frame, &protocol, &len);
	uint64_t sum = protocol == IP_PROTO_ICMP ? 0 : checksum_pseudo(frame + 14, protocol, len);

	return checksum_fold(checksum_add(sum, frame + at, len));
}

void frame_fix_ip(uint8_t *frame)
{
	uint8_t *ip = frame + 14;
	uint16_t sum;

	put_be16(ip + 10, 0);
	sum = (uint16_t)~checksum_fold(checksum_add(0, ip, (ip[0] & 15u) * 4));
	memcpy(ip + 10, &sum, 2);
}

void frame_fix(uint8_t *frame)
{
	uint8_t protocol;
	uint32_t len, at = l4_of(frame, &protocol, &len);
	uint16_t sum;

	if (frame[14] >> 4 == 4)
		frame_fix_ip(frame);
	put_be16(frame + at + sum_offset(protocol), 0);
	sum = (uint16_t)~l4_sum(frame);
	if (sum == 0 && protocol == IP_PROTO_UDP)
		sum = 0xffff;
	memcpy(frame + at + sum_offset(protocol), &sum, 2);
}

int frame_sums_ok(const uint8_t *frame)
{
	const uint8_t *ip = frame + 14;

	if (ip[0] >> 4 == 4 && checksum_fold(checksum_add(0, ip, (ip[0] & 15u) * 4)) != 0xffff)
		return 0;
	return l4_sum(frame) == 0xffff;
}

/**
 * put_ip() - the IP header
 * @ip:		where to
 * @spec:	the frame
 * @l4_len:	length behind the header
 *
 * Return: length of the header
 */
static uint32_t put_ip(uint8_t *ip, const struct frame_spec *spec, size_t l4_len)
{
	static uint16_t id;

	if (strchr(spec->src, ':')) {
		memset(ip, 0, 40);
		ip[0] = 0x60;
		put_be16(ip + 4, (uint16_t)l4_len);
		ip[6] = spec->protocol;
		ip[7] = 255;
		inet_pton(AF_INET6, spec->src, ip + 8);
		inet_pton(AF_INET6, spec->dst, ip + 24);
		return 40;
	}
	memset(ip, 0, 20);
	ip[0] = 0x45;
	put_be16(ip + 2, (uint16_t)(20 + l4_len));
	put_be16(ip + 4, ++id);
	ip[8] = 64;
	ip[9] = spec->protocol;
	inet_pton(AF_INET, spec->src, ip + 12);
	inet_pton(AF_INET, spec->dst, ip + 16);
	return 20;
}

/**
 * put_l4() - the transport header without checksum
 * @p:		where to
 * @spec:	the frame
 *
 * Return: length of the header
 */
static size_t put_l4(uint8_t *p, const struct frame_spec *spec)
{
	memset(p, 0, 20);
	if (spec->protocol == IP_PROTO_ICMP || spec->protocol == IP_PROTO_ICMPV6) {
		p[0] = (uint8_t)spec->sport;
		p[1] = (uint8_t)spec->dport;
		return 8;
	}
	put_be16(p, spec->sport);
	put_be16(p + 2, spec->dport);
	if (spec->protocol == IP_PROTO_UDP) {
		put_be16(p + 4, (uint16_t)(8 + spec->len));
		return 8;
	}
	put_be32(p + 4, spec->seq);
	put_be32(p + 8, spec->ack);
	p[12] = 0x50;
	p[13] = spec->flags;
	put_be16(p + 14, spec->window ? spec->window : 64240);
	put_be16(p + 18, spec->urgent);
	return 20;
}

uint32_t frame_make(uint8_t *buf, const struct frame_spec *spec)
{
	bool v6 = strchr(spec->src, ':');
	uint32_t ip_len = v6 ? 40 : 20;
	size_t l4_len = put_l4(buf + 14 + ip_len, spec);

	memcpy(buf, other_mac, 6);
	memcpy(buf + 6, guest_mac, 6);
	put_be16(buf + 12, v6 ? ETH_TYPE_IPV6 : ETH_TYPE_IPV4);
	put_ip(buf + 14, spec, l4_len + spec->len);
	if (spec->data)
		memcpy(buf + 14 + ip_len + l4_len, spec->data, spec->len);
	else
		memset(buf + 14 + ip_len + l4_len, 0, spec->len);
	frame_fix(buf);
	return (uint32_t)(14 + ip_len + l4_len + spec->len);
}

uint32_t frame_arp(uint8_t *buf, const uint8_t mac[6], const char *sender, const char *target)
{
	static const uint8_t fixed[8] = {0, 1, 8, 0, 6, 4, 0, 1};

	memset(buf, 0xff, 6);
	memcpy(buf + 6, mac, 6);
	put_be16(buf + 12, ETH_TYPE_ARP);
	memcpy(buf + 14, fixed, sizeof(fixed));
	memcpy(buf + 22, mac, 6);
	inet_pton(AF_INET, sender, buf + 28);
	memset(buf + 32, 0, 6);
	inet_pton(AF_INET, target, buf + 38);
	return 42;
}
