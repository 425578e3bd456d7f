/* SPDX-License-Identifier: BSD-2-Clause */
/* The flow cache: a hash table with chains and a list in order of use, in fixed memory. */
#include "net/user/flows.h"

#include <assert.h>
#include <string.h>

#include "net/base/bytes.h"

static_assert(sizeof(struct flow_key) == 40, "keys are compared as bytes");
static_assert(FLOW_SLOTS < UINT16_MAX, "slots are numbered with 16 bits");

/**
 * bucket_of() - hash of a key
 * @key:	the key
 *
 * Spreads well enough for a table that gives the guest nothing to gain from collisions: the chain
 * of all 2048 flows takes microseconds.
 */
static unsigned bucket_of(const struct flow_key *key)
{
	uint64_t words[5], h = 0;

	memcpy(words, key, sizeof(words));
	for (int i = 0; i < 5; i++)
		h = (h ^ words[i]) * 0x9e3779b97f4a7c15u + (h >> 29);
	return (unsigned)(h >> 40) % FLOW_BUCKETS;
}

/**
 * number() - slot number of a flow, plus 1
 * @t:		the table
 * @flow:	a flow of it
 */
static uint16_t number(const struct flow_table *t, const struct flow *flow)
{
	return (uint16_t)(flow - t->slots + 1);
}

struct flow *flow_find(struct flow_table *t, const struct flow_key *key)
{
	for (uint16_t n = t->buckets[bucket_of(key)]; n; n = t->slots[n - 1].next) {
		if (memcmp(&t->slots[n - 1].key, key, sizeof(*key)) == 0)
			return &t->slots[n - 1];
	}
	return NULL;
}

/**
 * unlist() - take a flow out of the list in order of use
 * @t:		the table
 * @flow:	a flow in the list
 */
static void unlist(struct flow_table *t, struct flow *flow)
{
	if (flow->newer)
		t->slots[flow->newer - 1].older = flow->older;
	else
		t->newest = flow->older;
	if (flow->older)
		t->slots[flow->older - 1].newer = flow->newer;
	else
		t->oldest = flow->newer;
}

/**
 * list_newest() - put a flow to the new end of the list
 * @t:		the table
 * @flow:	a flow outside of the list
 */
static void list_newest(struct flow_table *t, struct flow *flow)
{
	flow->newer = 0;
	flow->older = t->newest;
	if (t->newest)
		t->slots[t->newest - 1].newer = number(t, flow);
	else
		t->oldest = number(t, flow);
	t->newest = number(t, flow);
}

void flow_touch(struct flow_table *t, struct flow *flow, int64_t now_ns)
{
	flow->last_ns = now_ns;
	if (t->newest == number(t, flow))
		return;
	unlist(t, flow);
	list_newest(t, flow);
}

/**
 * forget() - take a flow out of its bucket and the list
 * @t:		the table
 * @flow:	a flow of it
 */
static void forget(struct flow_table *t, struct flow *flow)
{
	uint16_t *p = &t->buckets[bucket_of(&flow->key)];

	while (*p != number(t, flow))
		p = &t->slots[*p - 1].next;
	*p = flow->next;
	unlist(t, flow);
}

struct flow *flow_add(struct flow_table *t, const struct flow_key *key, int64_t now_ns)
{
	unsigned bucket = bucket_of(key);
	struct flow *flow;

	if (t->used < FLOW_SLOTS) {
		flow = &t->slots[t->used++];
	} else {
		flow = &t->slots[t->oldest - 1];
		forget(t, flow);
	}
	*flow = (struct flow){.key = *key, .last_ns = now_ns, .next = t->buckets[bucket]};
	t->buckets[bucket] = number(t, flow);
	list_newest(t, flow);
	return flow;
}

void flow_clear(struct flow_table *t)
{
	memset(t->buckets, 0, sizeof(t->buckets));
	t->used = 0;
	t->newest = 0;
	t->oldest = 0;
}

bool rate_allow(struct rate *rate, int64_t interval_ns, int burst, int64_t now_ns)
{
	int64_t due = MAX(rate->next_ns, now_ns);

	if (due - now_ns > interval_ns * (burst - 1))
		return false;
	rate->next_ns = due + interval_ns;
	return true;
}
