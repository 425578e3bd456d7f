/* SPDX-License-Identifier: BSD-2-Clause */
/* The Internet checksum, eight bytes at a time. */
#include "net/core/checksum.h"

#include <stdbool.h>
#include <string.h>

#include "net/base/bytes.h"
#include "net/core/packet.h"

uint64_t checksum_add(uint64_t sum, const void *buf, size_t len)
{
	const uint8_t *p = buf;
	uint64_t a = 0, b = 0;
	uint32_t w[4];
	uint16_t h;

	/* 32-bit words into 64-bit sums: 2^32 of them fit before a carry is lost. */
	for (; len >= sizeof(w); len -= sizeof(w), p += sizeof(w)) {
		memcpy(w, p, sizeof(w));
		a += (uint64_t)w[0] + w[1];
		b += (uint64_t)w[2] + w[3];
	}
	for (; len >= 2; len -= 2, p += 2) {
		memcpy(&h, p, sizeof(h));
		a += h;
	}
	if (len) {
		uint8_t last[2] = {*p, 0};

		memcpy(&h, last, sizeof(h));
		a += h;
	}
	sum += checksum_fold(a);
	return sum + checksum_fold(b);
}

uint16_t checksum_fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

uint64_t checksum_add16(uint64_t sum, uint16_t value)
{
	return sum + htobe16(value);
}

uint64_t checksum_packet(uint64_t sum, const struct packet *p, uint32_t offset, uint32_t len)
{
	bool odd = false;

	for (int i = 0; i < p->iovcnt && len > 0; i++) {
		uint32_t piece = (uint32_t)p->iov[i].iov_len;
		uint32_t n;
		uint16_t part;

		if (offset >= piece) {
			offset -= piece;
			continue;
		}
		n = MIN(piece - offset, len);
		part = checksum_fold(checksum_add(0, (uint8_t *)p->iov[i].iov_base + offset, n));
		/* A piece that begins at an odd offset adds its bytes swapped (RFC 1071). */
		sum += odd ? __builtin_bswap16(part) : part;
		odd ^= n & 1;
		len -= n;
		offset = 0;
	}
	return sum;
}

uint64_t checksum_pseudo(const uint8_t *ip, uint8_t protocol, uint32_t len)
{
	uint64_t sum = ip[0] >> 4 == 6 ? checksum_add(0, ip + 8, 32) : checksum_add(0, ip + 12, 8);

	sum = checksum_add16(sum, protocol);
	sum = checksum_add16(sum, (uint16_t)(len >> 16));
	return checksum_add16(sum, (uint16_t)len);
}

void checksum_replace16(uint8_t *field, uint16_t from, uint16_t to)
{
	uint16_t old, new;

	memcpy(&old, field, sizeof(old));
	new = (uint16_t)~checksum_fold((uint64_t)(uint16_t)~old + (uint16_t)~from + to);
	memcpy(field, &new, sizeof(new));
}
