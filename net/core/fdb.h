/* SPDX-License-Identifier: BSD-2-Clause */
/* A switch's forwarding table: which station is behind which member. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/core/ether.h"

/*
 * Theory of operation
 *
 * Stations choose their addresses, so the table is built for hostile ones. It is one block with a
 * fixed number of entries, chained from buckets by a hash with a random factor: nobody can aim at
 * one bucket. A member may teach FDB_MEMBER_MAX addresses, and only FDB_MEMBER_FEW once the table
 * is half full, so that a member that invents addresses spends its own share: others still learn,
 * and what is known stays known. Nothing is evicted but by age.
 *
 * An address that was heard on its member less than FDB_HOLD_NS ago does not move to another one.
 * A frame that comes back through a loop always meets that rule, and so does a thief while the
 * owner talks; a station that really moved is silent for that long, or its old member lost its link
 * (which forgets what it had taught). Addresses that the owner of the switch pinned never move and
 * never age.
 */

#define FDB_SIZE       8192
#define FDB_MEMBER_MAX 1024
#define FDB_MEMBER_FEW 32
#define FDB_HOLD_NS    100000000LL

struct switch_member;

/**
 * struct fdb_entry - one station
 * @member:	where it is; NULL: the entry is free
 * @seen_ns:	when it was heard last
 * @mac:	its address
 * @pinned:	set by the owner of the switch
 * @next:	next entry of the bucket or of the free list, FDB_SIZE at the end
 */
struct fdb_entry {
	struct switch_member *member;
	int64_t seen_ns;
	uint8_t mac[ETH_ADDR_LEN];
	bool pinned;
	uint16_t next;
};

/**
 * struct fdb - the table
 * @ageing_ns:	learned addresses that were not heard for so long are forgotten
 * @swept_ns:	when aged entries were last looked for
 * @factor:	of the hash, random and odd
 * @count:	entries in use
 * @free:	first free entry
 * @buckets:	first entry of each chain
 * @entries:	the entries
 */
struct fdb {
	int64_t ageing_ns;
	int64_t swept_ns;
	uint64_t factor;
	unsigned count;
	uint16_t free;
	uint16_t buckets[FDB_SIZE];
	struct fdb_entry entries[FDB_SIZE];
};

/** enum fdb_result - what fdb_learn() made of a source address */
enum fdb_result {
	FDB_KNOWN,  /* it is where it was, or it is new, or it moved */
	FDB_HELD,   /* it was heard on another member a moment ago */
	FDB_PINNED, /* it is pinned to another member */
	FDB_FULL,   /* it is new, and there is no room for it */
};

/**
 * fdb_init() - an empty table
 * @fdb:	the table
 * @ageing_ns:	see struct fdb
 */
void fdb_init(struct fdb *fdb, int64_t ageing_ns);

/**
 * fdb_learn() - a station was heard
 * @fdb:	the table
 * @member:	on this member
 * @mac:	its address, not a group's
 * @now_ns:	time
 */
enum fdb_result fdb_learn(struct fdb *fdb, struct switch_member *member, const uint8_t *mac,
			  int64_t now_ns);

/**
 * fdb_find() - where is a station?
 * @fdb:	the table
 * @mac:	its address
 * @now_ns:	time
 *
 * Return: its member, or NULL when it is not known (any more)
 */
struct switch_member *fdb_find(const struct fdb *fdb, const uint8_t *mac, int64_t now_ns);

/**
 * fdb_pin() - tie an address to a member, whoever had it
 * @fdb:	the table
 * @member:	the member
 * @mac:	the address
 *
 * Return: 0, or -ENOSPC when the table is full
 */
int fdb_pin(struct fdb *fdb, struct switch_member *member, const uint8_t *mac);

/**
 * fdb_remove() - forget an address, pinned or not
 * @fdb:	the table
 * @member:	its member; nothing happens when it has another one
 * @mac:	the address
 */
void fdb_remove(struct fdb *fdb, struct switch_member *member, const uint8_t *mac);

/**
 * fdb_flush() - forget a member's addresses
 * @fdb:	the table
 * @member:	the member
 * @pinned:	those that are pinned, too
 */
void fdb_flush(struct fdb *fdb, struct switch_member *member, bool pinned);
