/* SPDX-License-Identifier: BSD-2-Clause */
/* The Internet checksum, 32 bytes at a time where the processor can, else 16. */
#include "net/core/checksum.h"

#include <stdbool.h>
#include <string.h>

#include "net/base/bytes.h"
#include "net/core/packet.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(__x86_64__)

/**
 * add_blocks() - sum of whole blocks of 32 bytes
 * @p:		the bytes
 * @len:	their number, a multiple of 32
 *
 * 32-bit words go into 64-bit lanes, as below.
 *
 * Return: the sum, which does not wrap for up to 2^32 blocks
 */
__attribute__((target("avx2"))) static uint64_t add_blocks(const uint8_t *p, size_t len)
{
	const __m256i zero = _mm256_setzero_si256();
	__m256i low = zero, high = zero;
	uint64_t lanes[4];

	for (size_t at = 0; at < len; at += sizeof(__m256i)) {
		__m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(p + at));

		low = _mm256_add_epi64(low, _mm256_unpacklo_epi32(v, zero));
		high = _mm256_add_epi64(high, _mm256_unpackhi_epi32(v, zero));
	}
	_mm256_storeu_si256((__m256i *)(void *)lanes, _mm256_add_epi64(low, high));
	return (uint64_t)checksum_fold(lanes[0]) + checksum_fold(lanes[1]) +
	       checksum_fold(lanes[2]) + checksum_fold(lanes[3]);
}

/**
 * block_bytes() - how many of the first bytes add_blocks() takes
 * @len:	bytes there are
 */
static size_t block_bytes(size_t len)
{
	return len >= 2 * sizeof(__m256i) && __builtin_cpu_supports("avx2")
		       ? len - len % sizeof(__m256i)
		       : 0;
}

#else

/** add_blocks() - not on this machine */
static uint64_t add_blocks(const uint8_t *p, size_t len)
{
	(void)p;
	(void)len;
	return 0;
}

/** block_bytes() - none, here */
static size_t block_bytes(size_t len)
{
	(void)len;
	return 0;
}

#endif

uint64_t checksum_add(uint64_t sum, const void *buf, size_t len)
{
	const uint8_t *p = buf;
	size_t blocks = block_bytes(len);
	uint64_t a = 0, b = 0;
	uint32_t w[4];
	uint16_t h;

	if (blocks > 0) {
		sum += add_blocks(p, blocks);
		p += blocks;
		len -= blocks;
	}
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
