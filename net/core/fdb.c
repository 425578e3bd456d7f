/* SPDX-License-Identifier: BSD-2-Clause */
/* Learning, looking up, ageing of stations. */
#include "net/core/fdb.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "net/core/switch.h"

#define END        FDB_SIZE
#define HASH_SHIFT (64 - 13)
#define SWEEP_NS   1000000000LL /* aged entries are looked for at most this often */

_Static_assert(FDB_SIZE == 1 << (64 - HASH_SHIFT), "a bucket for each value of the hash");

void fdb_init(struct fdb *fdb, int64_t ageing_ns)
{
	*fdb = (struct fdb){.ageing_ns = ageing_ns};
	/* Early in a machine's life there may be no randomness yet: then it is a known one. */
	if (getrandom(&fdb->factor, sizeof(fdb->factor), GRND_NONBLOCK) != sizeof(fdb->factor))
		fdb->factor = 0x9e3779b97f4a7c15ULL;
	fdb->factor |= 1;
	for (unsigned i = 0; i < FDB_SIZE; i++) {
		fdb->buckets[i] = END;
		fdb->entries[i].next = (uint16_t)(i + 1);
	}
}

/**
 * bucket_of() - the bucket of an address
 * @fdb:	the table
 * @mac:	the address
 */
static unsigned bucket_of(const struct fdb *fdb, const uint8_t *mac)
{
	uint64_t key = 0;

	memcpy(&key, mac, ETH_ADDR_LEN);
	return (unsigned)((key * fdb->factor) >> HASH_SHIFT);
}

/**
 * find() - the entry of an address
 * @fdb:	the table
 * @mac:	the address
 *
 * Return: its index, or END
 */
static unsigned find(const struct fdb *fdb, const uint8_t *mac)
{
	unsigned i = fdb->buckets[bucket_of(fdb, mac)];

	while (i != END && memcmp(fdb->entries[i].mac, mac, ETH_ADDR_LEN) != 0)
		i = fdb->entries[i].next;
	return i;
}

/**
 * aged() - is it too long ago that a station was heard?
 * @fdb:	the table
 * @e:		its entry
 * @now_ns:	time
 */
static bool aged(const struct fdb *fdb, const struct fdb_entry *e, int64_t now_ns)
{
	return !e->pinned && now_ns - e->seen_ns > fdb->ageing_ns;
}

/**
 * assign() - give an entry to a member
 * @e:		the entry
 * @member:	the member, or NULL for none
 */
static void assign(struct fdb_entry *e, struct switch_member *member)
{
	if (e->member)
		e->member->stations--;
	e->member = member;
	if (member)
		member->stations++;
}

/**
 * take_out() - free an entry
 * @fdb:	the table
 * @i:		its index
 */
static void take_out(struct fdb *fdb, unsigned i)
{
	struct fdb_entry *e = &fdb->entries[i];
	uint16_t *link = &fdb->buckets[bucket_of(fdb, e->mac)];

	while (*link != i)
		link = &fdb->entries[*link].next;
	*link = e->next;
	assign(e, NULL);
	e->next = fdb->free;
	fdb->free = (uint16_t)i;
	fdb->count--;
}

/**
 * put_in() - make an entry
 * @fdb:	the table; it has a free one
 * @mac:	its address
 *
 * Return: the entry, without a member
 */
static struct fdb_entry *put_in(struct fdb *fdb, const uint8_t *mac)
{
	unsigned i = fdb->free;
	struct fdb_entry *e = &fdb->entries[i];
	uint16_t *bucket = &fdb->buckets[bucket_of(fdb, mac)];

	fdb->free = e->next;
	fdb->count++;
	memcpy(e->mac, mac, ETH_ADDR_LEN);
	e->next = *bucket;
	*bucket = (uint16_t)i;
	return e;
}

/**
 * may_learn() - has a member room for one more address?
 * @fdb:	the table
 * @member:	the member
 */
static bool may_learn(const struct fdb *fdb, const struct switch_member *member)
{
	bool crowded = fdb->count >= FDB_SIZE / 2;

	return fdb->count < FDB_SIZE &&
	       member->stations < (crowded ? FDB_MEMBER_FEW : FDB_MEMBER_MAX);
}

/**
 * sweep() - free aged entries, if that was not done a moment ago
 * @fdb:	the table
 * @now_ns:	time
 */
static void sweep(struct fdb *fdb, int64_t now_ns)
{
	if (fdb->swept_ns && now_ns - fdb->swept_ns < SWEEP_NS)
		return;
	fdb->swept_ns = now_ns;
	for (unsigned i = 0; i < FDB_SIZE; i++) {
		struct fdb_entry *e = &fdb->entries[i];

		if (e->member && aged(fdb, e, now_ns))
			take_out(fdb, i);
	}
}

/**
 * learn_new() - a station that is not in the table
 * @fdb:	the table
 * @member:	where it was heard
 * @mac:	its address
 * @now_ns:	time
 */
static enum fdb_result learn_new(struct fdb *fdb, struct switch_member *member, const uint8_t *mac,
				 int64_t now_ns)
{
	struct fdb_entry *e;

	if (!may_learn(fdb, member)) {
		sweep(fdb, now_ns);
		if (!may_learn(fdb, member))
			return FDB_FULL;
	}
	e = put_in(fdb, mac);
	e->pinned = false;
	e->seen_ns = now_ns;
	assign(e, member);
	return FDB_KNOWN;
}

enum fdb_result fdb_learn(struct fdb *fdb, struct switch_member *member, const uint8_t *mac,
			  int64_t now_ns)
{
	unsigned i = find(fdb, mac);
	struct fdb_entry *e;

	if (i == END)
		return learn_new(fdb, member, mac, now_ns);
	e = &fdb->entries[i];
	if (e->member != member) {
		if (e->pinned)
			return FDB_PINNED;
		if (now_ns - e->seen_ns < FDB_HOLD_NS)
			return FDB_HELD;
		assign(e, member);
	}
	e->seen_ns = now_ns;
	return FDB_KNOWN;
}

struct switch_member *fdb_find(const struct fdb *fdb, const uint8_t *mac, int64_t now_ns)
{
	unsigned i = find(fdb, mac);

	if (i == END || aged(fdb, &fdb->entries[i], now_ns))
		return NULL;
	return fdb->entries[i].member;
}

int fdb_pin(struct fdb *fdb, struct switch_member *member, const uint8_t *mac)
{
	unsigned i = find(fdb, mac);
	struct fdb_entry *e;

	if (i == END && fdb->count == FDB_SIZE)
		return -ENOSPC;
	e = i == END ? put_in(fdb, mac) : &fdb->entries[i];
	e->pinned = true;
	assign(e, member);
	return 0;
}

void fdb_remove(struct fdb *fdb, struct switch_member *member, const uint8_t *mac)
{
	unsigned i = find(fdb, mac);

	if (i != END && fdb->entries[i].member == member)
		take_out(fdb, i);
}

void fdb_flush(struct fdb *fdb, struct switch_member *member, bool pinned)
{
	if (member->stations == 0)
		return;
	for (unsigned i = 0; i < FDB_SIZE; i++) {
		struct fdb_entry *e = &fdb->entries[i];

		if (e->member == member && (pinned || !e->pinned))
			take_out(fdb, i);
	}
}
