/* SPDX-License-Identifier: BSD-2-Clause */
/* The Internet checksum (RFC 1071) over buffers and pieces. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct packet;

/*
 * Sums are kept in memory order: 16-bit words are added as they lie in memory, so a folded sum is
 * stored with memcpy() and is in network order on any host. RFC 1071 section 2 (B) shows why.
 */

/**
 * checksum_add() - add bytes to a running sum
 * @sum:	sum so far; 0 to begin
 * @buf:	bytes, the first of which is at an even offset of what is summed
 * @len:	their number; an odd last byte is padded with zero
 *
 * Return: new running sum
 */
uint64_t checksum_add(uint64_t sum, const void *buf, size_t len);

/**
 * checksum_packet() - add a range of a packet to a running sum, across pieces of any length
 * @sum:	sum so far
 * @p:		the packet
 * @offset:	first byte
 * @len:	length of the range; what lies outside the packet is ignored
 *
 * Return: new running sum
 */
uint64_t checksum_packet(uint64_t sum, const struct packet *p, uint32_t offset, uint32_t len);

/**
 * checksum_fold() - fold a running sum to 16 bits, not complemented
 * @sum:	running sum
 *
 * Return: the sum, to be stored with memcpy()
 */
uint16_t checksum_fold(uint64_t sum);

/**
 * checksum_add16() - add one 16-bit number given in host order
 * @sum:	sum so far
 * @value:	the number, a length or a protocol
 *
 * Return: new running sum
 */
uint64_t checksum_add16(uint64_t sum, uint16_t value);

/**
 * checksum_pseudo() - sum of the TCP or UDP pseudo header
 * @ip:		IPv4 or IPv6 header (the version nibble decides), at least 20 or 40 bytes
 * @protocol:	IP_PROTO_TCP or IP_PROTO_UDP
 * @len:	length of transport header and payload
 *
 * Return: running sum
 */
uint64_t checksum_pseudo(const uint8_t *ip, uint8_t protocol, uint32_t len);

/**
 * checksum_replace16() - RFC 1624 update of a checksum for one changed 16-bit word
 * @field:	the two bytes of the checksum field
 * @from:	old word, as in memory
 * @to:		new word, as in memory
 */
void checksum_replace16(uint8_t *field, uint16_t from, uint16_t to);
