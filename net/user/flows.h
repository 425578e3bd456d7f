/* SPDX-License-Identifier: BSD-2-Clause */
/* What the guard remembers of a guest's flows: a bounded cache, and a rate limit for new ones. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Theory of operation
 *
 * The table is a cache, not the book of open connections: the guard knows how many sockets libslirp
 * holds from libslirp itself (guard_opened(), guard_closed()) and limits those. So a flow may be
 * forgotten at any time; its next packet takes the long way through all rules again. When the table
 * is full, the flow that was silent for longest makes room, found by a list in order of use.
 *
 * All memory is in the table; a zeroed table is empty.
 */

#define FLOW_SLOTS   2048
#define FLOW_BUCKETS 4096

/** enum flow_kind - what a flow stands for */
enum flow_kind {
	FLOW_TCP = 1, /* a connection; the rules allowed its destination */
	FLOW_UDP,     /* a guest port (@remote is zero): one socket of libslirp */
	FLOW_PEER,    /* somebody who sent to a forwarded UDP port: may be answered */
};

/**
 * struct flow_key - whose packets belong to a flow; no padding, compared as bytes
 * @guest:	the guest's address, IPv4 as ::ffff:a.b.c.d
 * @remote:	the other address as the guest sees it
 * @guest_port:	as in the packet
 * @remote_port: as in the packet
 * @kind:	enum flow_kind
 */
struct flow_key {
	uint8_t guest[16];
	uint8_t remote[16];
	uint16_t guest_port;
	uint16_t remote_port;
	uint32_t kind;
};

/**
 * struct flow - one flow
 * @key:	its packets
 * @last_ns:	when it was last used
 * @acked:	(TCP) the last acknowledgement that libslirp sent to the guest, host byte order
 * @early:	(TCP) segments since then that do not continue there: libslirp keeps each of them
 * @has_acked:	@acked is set
 * @dns:	the guest talks to its DNS address, libslirp to an upstream server
 * @next:	next slot of the hash bucket, plus 1
 * @newer:	slot used next after this one, plus 1
 * @older:	slot used last before this one, plus 1
 */
struct flow {
	struct flow_key key;
	int64_t last_ns;
	uint32_t acked;
	uint16_t early;
	bool has_acked;
	bool dns;
	uint16_t next;
	uint16_t newer;
	uint16_t older;
};

/**
 * struct flow_table - the cache
 * @slots:	flows; the first @used have been in use
 * @buckets:	first slot of each bucket, plus 1
 * @used:	slots ever used
 * @newest:	slot used last, plus 1
 * @oldest:	slot used longest ago, plus 1
 */
struct flow_table {
	struct flow slots[FLOW_SLOTS];
	uint16_t buckets[FLOW_BUCKETS];
	uint16_t used;
	uint16_t newest;
	uint16_t oldest;
};

/**
 * flow_find() - look a flow up
 * @t:		the table
 * @key:	its key
 *
 * Return: the flow, or NULL
 */
struct flow *flow_find(struct flow_table *t, const struct flow_key *key);

/**
 * flow_touch() - note that a flow is in use
 * @t:		the table
 * @flow:	a flow of it
 * @now_ns:	monotonic time
 */
void flow_touch(struct flow_table *t, struct flow *flow, int64_t now_ns);

/**
 * flow_add() - a new flow; the one that was silent for longest is forgotten if need be
 * @t:		the table
 * @key:	its key, not in the table
 * @now_ns:	monotonic time
 *
 * Return: the flow
 */
struct flow *flow_add(struct flow_table *t, const struct flow_key *key, int64_t now_ns);

/**
 * flow_clear() - forget all
 * @t:		the table
 */
void flow_clear(struct flow_table *t);

/**
 * struct rate - a limit: so many a second, and a burst of so many
 * @next_ns:	when the next one would be due if there were no burst
 *
 * Zeroed is ready to use.
 */
struct rate {
	int64_t next_ns;
};

/**
 * rate_allow() - may one more pass?
 * @rate:	the limit
 * @interval_ns: time between two in the long run
 * @burst:	how many may come at once
 * @now_ns:	monotonic time
 */
bool rate_allow(struct rate *rate, int64_t interval_ns, int burst, int64_t now_ns);
