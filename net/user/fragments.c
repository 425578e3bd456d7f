/* SPDX-License-Identifier: BSD-2-Clause */
/* Bounded reassembly of IPv4 fragments (RFC 791 section 3.2, stricter on overlaps). */
#include "net/user/fragments.h"

#include <string.h>

#include "net/base/bytes.h"
#include "net/core/checksum.h"
#include "net/core/ether.h"

#define IP_LEN      2
#define IP_ID       4
#define IP_OFFSET   6
#define IP_PROTOCOL 9
#define IP_SUM      10
#define IP_SRC      12
#define MORE        0x2000
#define OFFSET_MASK 0x1fff

/**
 * get_id() - what the fragments of a datagram have in common
 * @ip:		IPv4 header
 * @id:		filled
 */
static void get_id(const uint8_t *ip, uint8_t id[11])
{
	memcpy(id, ip + IP_SRC, 8);
	memcpy(id + 8, ip + IP_ID, 2);
	id[10] = ip[IP_PROTOCOL];
}

/**
 * find_slot() - the buffer of a datagram, or one for it
 * @t:		the table
 * @id:		its id
 * @now_ns:	monotonic time
 *
 * Return: the buffer; the one begun first if all others are busy
 */
static struct fragment_slot *find_slot(struct fragments *t, const uint8_t id[11], int64_t now_ns)
{
	struct fragment_slot *best = &t->slots[0];

	for (int i = 0; i < FRAGMENT_SLOTS; i++) {
		struct fragment_slot *s = &t->slots[i];

		if (s->busy && s->deadline_ns <= now_ns)
			s->busy = false;
		if (s->busy && memcmp(s->id, id, sizeof(s->id)) == 0)
			return s;
		if (best->busy && (!s->busy || s->deadline_ns < best->deadline_ns))
			best = s;
	}
	t->evicted += best->busy;
	best->busy = true;
	memcpy(best->id, id, sizeof(best->id));
	best->deadline_ns = now_ns + FRAGMENT_LIFETIME;
	best->end = 0;
	best->received = 0;
	best->top = 0;
	memset(best->map, 0, sizeof(best->map));
	return best;
}

/**
 * mark() - note a range as received
 * @s:		the datagram
 * @offset:	first byte, a multiple of 8
 * @len:	bytes
 *
 * Return: false when some of it is there already
 */
static bool mark(struct fragment_slot *s, uint32_t offset, uint32_t len)
{
	uint32_t first = offset / 8, last = (offset + len + 7) / 8;

	for (uint32_t i = first; i < last; i++) {
		if (s->map[i / 8] & (1 << i % 8))
			return false;
		s->map[i / 8] |= (uint8_t)(1 << i % 8);
	}
	return true;
}

/**
 * place() - put a fragment's payload into its datagram
 * @s:		the datagram
 * @frame:	the fragment
 * @offset:	where its payload belongs
 * @len:	length of that
 * @more:	it is not the last one
 *
 * Return: false when it contradicts what is there
 */
static bool place(struct fragment_slot *s, const uint8_t *frame, uint32_t offset, uint32_t len,
		  bool more)
{
	if (len == 0 || offset + len > FRAGMENT_MAX || (more && len % 8 != 0))
		return false;
	if (s->end ? (!more || offset + len > s->end) : (!more && s->top > offset))
		return false;
	if (!mark(s, offset, len))
		return false;
	if (!more)
		s->end = offset + len;
	if (offset == 0)
		memcpy(s->frame, frame, FRAGMENT_HEAD);
	memcpy(s->frame + FRAGMENT_HEAD + offset, frame + FRAGMENT_HEAD, len);
	s->received += len;
	s->top = MAX(s->top, offset + len);
	return true;
}

/**
 * finish() - make the header of the complete datagram
 * @s:		the datagram
 */
static void finish(struct fragment_slot *s)
{
	uint8_t *ip = s->frame + ETH_HEADER_LEN;
	uint16_t sum;

	put_be16(ip + IP_LEN, (uint16_t)(IPV4_MIN_HEADER_LEN + s->end));
	put_be16(ip + IP_OFFSET, 0);
	put_be16(ip + IP_SUM, 0);
	sum = (uint16_t)~checksum_fold(checksum_add(0, ip, IPV4_MIN_HEADER_LEN));
	memcpy(ip + IP_SUM, &sum, sizeof(sum));
}

enum fragment_result fragment_add(struct fragments *t, const uint8_t *frame, uint32_t *len,
				  int64_t now_ns, uint8_t **whole)
{
	const uint8_t *ip = frame + ETH_HEADER_LEN;
	uint16_t field = get_be16(ip + IP_OFFSET);
	uint32_t offset = (uint32_t)(field & OFFSET_MASK) * 8;
	struct fragment_slot *s;
	uint8_t id[11];

	get_id(ip, id);
	s = find_slot(t, id, now_ns);
	if (!place(s, frame, offset, *len - FRAGMENT_HEAD, field & MORE)) {
		s->busy = false;
		return FRAGMENT_BAD;
	}
	if (s->end == 0 || s->received != s->end)
		return FRAGMENT_HELD;
	finish(s);
	s->busy = false;
	*whole = s->frame;
	*len = FRAGMENT_HEAD + s->end;
	return FRAGMENT_WHOLE;
}
