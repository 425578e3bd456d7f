/* SPDX-License-Identifier: BSD-2-Clause */
/* Frame check sequence: 64 bytes at a time where the processor multiplies polynomials, else 8. */
#include "devices/chip/fcs.h"

#include <stdbool.h>

#include "net/base/bytes.h"
#include "net/core/packet.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/*
 * Theory of operation
 *
 * The sequence is the remainder of a division of polynomials over GF(2), bits reflected. A block
 * can be replaced by its product with x^n mod P, n being its distance to where it is added: so four
 * lanes of 16 bytes swallow the frame, are folded into one, and those 16 bytes, which have the same
 * remainder as all that was swallowed, go through the table.
 */

#define POLYNOMIAL 0xedb88320u /* 802.3, reflected */
#define LANE       16
#define LANES      4
#define SLICES     8

static uint32_t table[SLICES][256];

/** make_table() - table[s][b]: what byte b does to the remainder, s bytes later */
static void make_table(void)
{
	for (uint32_t b = 0; b < 256; b++) {
		uint32_t r = b;

		for (int bit = 0; bit < 8; bit++)
			r = r >> 1 ^ (r & 1 ? POLYNOMIAL : 0);
		table[0][b] = r;
	}
	for (uint32_t b = 0; b < 256; b++) {
		for (int s = 1; s < SLICES; s++)
			table[s][b] = table[s - 1][b] >> 8 ^ table[0][table[s - 1][b] & 0xff];
	}
}

/** by_table() - go on with a remainder, not complemented */
static uint32_t by_table(uint32_t r, const uint8_t *p, size_t len)
{
	for (; len >= SLICES; len -= SLICES, p += SLICES) {
		uint64_t in = get_le64(p) ^ r;

		r = 0;
		for (int s = 0; s < SLICES; s++)
			r ^= table[SLICES - 1 - s][in >> (8 * s) & 0xff];
	}
	for (; len > 0; len--, p++)
		r = r >> 8 ^ table[0][(r ^ *p) & 0xff];
	return r;
}

#if defined(__x86_64__)

/** load() - a lane */
__attribute__((target("pclmul,sse4.1"))) static inline __m128i load(const uint8_t *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

/** fold() - move a lane forward by the distance that @k stands for, and add @next */
__attribute__((target("pclmul,sse4.1"))) static inline __m128i fold(__m128i lane, __m128i k,
								    __m128i next)
{
	__m128i low = _mm_clmulepi64_si128(lane, k, 0x00);
	__m128i high = _mm_clmulepi64_si128(lane, k, 0x11);

	return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

/**
 * by_lanes() - go on with a remainder over whole blocks of 64 bytes
 * @r:		remainder so far, not complemented
 * @p:		the bytes
 * @len:	their number, a multiple of 64, not 0
 */
__attribute__((target("pclmul,sse4.1"))) static uint32_t by_lanes(uint32_t r, const uint8_t *p,
								  size_t len)
{
	/* x^(512+32), x^(512-32) and x^(128+32), x^(128-32), each mod P, reflected */
	const __m128i by_64 = _mm_set_epi64x(0x1c6e41596, 0x154442bd4);
	const __m128i by_16 = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
	__m128i lane[LANES];
	uint8_t rest[LANE];

	for (int i = 0; i < LANES; i++)
		lane[i] = load(p + i * LANE);
	lane[0] = _mm_xor_si128(lane[0], _mm_cvtsi32_si128((int)r));
	for (size_t at = LANES * LANE; at < len; at += LANES * LANE) {
		for (int i = 0; i < LANES; i++)
			lane[i] = fold(lane[i], by_64, load(p + at + i * LANE));
	}
	for (int i = 1; i < LANES; i++)
		lane[i] = fold(lane[i - 1], by_16, lane[i]);
	_mm_storeu_si128((__m128i *)(void *)rest, lane[LANES - 1]);
	return by_table(0, rest, sizeof(rest));
}

/** can_multiply() - has this processor what by_lanes() needs? */
static bool can_multiply(void)
{
	return __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
}

#else

/** by_lanes() - not on this machine */
static uint32_t by_lanes(uint32_t r, const uint8_t *p, size_t len)
{
	return by_table(r, p, len);
}

/** can_multiply() - never, here */
static bool can_multiply(void)
{
	return false;
}

#endif

uint32_t fcs_add(uint32_t fcs, const void *buf, size_t len)
{
	const uint8_t *p = buf;
	uint32_t r = ~fcs;
	size_t blocks = len - len % (LANES * LANE);

	if (!table[0][1])
		make_table();
	if (blocks > 0 && can_multiply()) {
		r = by_lanes(r, p, blocks);
		p += blocks;
		len -= blocks;
	}
	return ~by_table(r, p, len);
}

uint32_t fcs_packet(const struct packet *p)
{
	uint32_t fcs = 0;

	for (int i = 0; i < p->iovcnt; i++)
		fcs = fcs_add(fcs, p->iov[i].iov_base, p->iov[i].iov_len);
	return fcs;
}
