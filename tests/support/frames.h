/* SPDX-License-Identifier: BSD-2-Clause */
/* Well-formed frames for tests, to be bent afterwards. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "net/core/ether.h"

#define FRAME_ROOM (14 + 65535)

/**
 * struct frame_spec - what a frame shall be
 * @src:	source address; its family makes the frame IPv4 or IPv6
 * @dst:	destination address
 * @protocol:	IP_PROTO_TCP, IP_PROTO_UDP, IP_PROTO_ICMP or IP_PROTO_ICMPV6
 * @sport:	source port; of ICMP: the type
 * @dport:	destination port; of ICMP: the code
 * @flags:	TCP flags
 * @seq:	TCP sequence number
 * @ack:	TCP acknowledgement
 * @urgent:	TCP urgent pointer
 * @window:	TCP window; 0 means 64240
 * @data:	payload (of ICMP: what is behind the first 8 bytes), or NULL for zeros
 * @len:	length of the payload
 */
struct frame_spec {
	const char *src;
	const char *dst;
	uint8_t protocol;
	uint16_t sport;
	uint16_t dport;
	uint8_t flags;
	uint32_t seq;
	uint32_t ack;
	uint16_t urgent;
	uint16_t window;
	const void *data;
	size_t len;
};

/**
 * frame_make() - build a frame with right lengths and checksums
 * @buf:	room for FRAME_ROOM bytes
 * @spec:	what it shall be
 *
 * Return: its length
 */
uint32_t frame_make(uint8_t *buf, const struct frame_spec *spec);

/**
 * frame_arp() - build an ARP request
 * @buf:	room for 42 bytes
 * @mac:	sender's hardware address
 * @sender:	sender's IPv4 address
 * @target:	whose hardware address is asked for
 *
 * Return: its length
 */
uint32_t frame_arp(uint8_t *buf, const uint8_t mac[6], const char *sender, const char *target);

/**
 * frame_fix_ip() - make the IPv4 header checksum right again
 * @frame:	the frame
 */
void frame_fix_ip(uint8_t *frame);

/**
 * frame_fix() - make all checksums right again
 * @frame:	the frame, not a fragment
 */
void frame_fix(uint8_t *frame);

/**
 * frame_sums_ok() - are all checksums of a frame right?
 * @frame:	the frame, not a fragment
 *
 * Return: 1 or 0
 */
int frame_sums_ok(const uint8_t *frame);
