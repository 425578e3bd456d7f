/* SPDX-License-Identifier: BSD-2-Clause */
/* Unaligned little- and big-endian loads and stores, and small arithmetic that everybody needs. */
#pragma once

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ARRAY_SIZE(a)            (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)                ((a) < (b) ? (a) : (b))
#define MAX(a, b)                ((a) > (b) ? (a) : (b))
#define container_of(p, type, m) ((type *)((char *)(p)-offsetof(type, m)))

/** get_be16() - 16 bits, big endian, from any address */
static inline uint16_t get_be16(const void *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return be16toh(v);
}

/** get_be32() - 32 bits, big endian, from any address */
static inline uint32_t get_be32(const void *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return be32toh(v);
}

/** get_le16() - 16 bits, little endian, from any address */
static inline uint16_t get_le16(const void *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return le16toh(v);
}

/** get_le32() - 32 bits, little endian, from any address */
static inline uint32_t get_le32(const void *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

/** get_le64() - 64 bits, little endian, from any address */
static inline uint64_t get_le64(const void *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

/** put_be16() - store 16 bits, big endian, at any address */
static inline void put_be16(void *p, uint16_t v)
{
	v = htobe16(v);
	memcpy(p, &v, sizeof(v));
}

/** put_be32() - store 32 bits, big endian, at any address */
static inline void put_be32(void *p, uint32_t v)
{
	v = htobe32(v);
	memcpy(p, &v, sizeof(v));
}

/** put_le16() - store 16 bits, little endian, at any address */
static inline void put_le16(void *p, uint16_t v)
{
	v = htole16(v);
	memcpy(p, &v, sizeof(v));
}

/** put_le32() - store 32 bits, little endian, at any address */
static inline void put_le32(void *p, uint32_t v)
{
	v = htole32(v);
	memcpy(p, &v, sizeof(v));
}

/** put_le64() - store 64 bits, little endian, at any address */
static inline void put_le64(void *p, uint64_t v)
{
	v = htole64(v);
	memcpy(p, &v, sizeof(v));
}
