/* SPDX-License-Identifier: BSD-2-Clause */
/* Giving out addresses, taking them back, letting them end. */
#include "net/service/leases.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "net/base/bytes.h"
#include "net/base/error.h"

#define BUCKETS    1024
#define HASH_SHIFT (64 - 10)
#define NONE       (-1)

_Static_assert(BUCKETS == 1 << (64 - HASH_SHIFT), "a bucket for each value of the hash");

/**
 * struct leases - the table
 * @loop:	its clock
 * @changed:	see leases_new()
 * @context:	its argument
 * @start:	first address of the pool, host byte order
 * @pool:	leases of the pool: the first of @all
 * @count:	all leases: the pool's, then those of fixed addresses outside of it
 * @free:	leases of the pool that can be given to anybody
 * @declined:	leases of the pool that are declined
 * @cursor:	where the next free one is looked for
 * @factor:	of the hash, random and odd
 * @buckets:	first lease of each chain of clients, or NONE
 * @ending:	fires when the next lease may end
 * @all:	the leases
 */
struct leases {
	struct loop *loop;
	void (*changed)(void *context, const struct lease *lease);
	void *context;
	uint32_t start;
	int pool;
	int count;
	int free;
	int declined;
	int cursor;
	uint64_t factor;
	int buckets[BUCKETS];
	struct loop_timer ending;
	struct lease all[];
};

/**
 * same_mac() - are two addresses the same?
 */
static bool same_mac(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, ETH_ADDR_LEN) == 0;
}

/**
 * bucket_of() - the chain of a client
 * @t:		the table
 * @mac:	the client
 */
static int *bucket_of(struct leases *t, const uint8_t *mac)
{
	uint64_t key = 0;

	memcpy(&key, mac, ETH_ADDR_LEN);
	return &t->buckets[(key * t->factor) >> HASH_SHIFT];
}

/**
 * has_client() - does or did a lease belong to a client?
 * @l:		the lease
 */
static bool has_client(const struct lease *l)
{
	static const uint8_t nobody[ETH_ADDR_LEN];

	return !same_mac(l->mac, nobody);
}

/**
 * of_client() - the lease that a client has, or had
 * @t:		the table
 * @mac:	the client
 *
 * Return: the lease, or NULL
 */
static struct lease *of_client(struct leases *t, const uint8_t *mac)
{
	for (int i = *bucket_of(t, mac); i != NONE; i = t->all[i].next) {
		if (same_mac(t->all[i].mac, mac))
			return &t->all[i];
	}
	return NULL;
}

/**
 * fixed_for() - the address that is for a client alone
 * @t:		the table
 * @mac:	the client
 *
 * Return: the lease, or NULL. Fixed ones are few, and in their chains from the start: see
 * leases_new().
 */
static struct lease *fixed_for(struct leases *t, const uint8_t *mac)
{
	struct lease *l = of_client(t, mac);

	return l && l->fixed && same_mac(l->fixed_mac, mac) ? l : NULL;
}

/**
 * clear_client() - a lease is nobody's
 * @t:		the table
 * @l:		the lease
 */
static void clear_client(struct leases *t, struct lease *l)
{
	int *link = bucket_of(t, l->mac);

	if (!has_client(l))
		return;
	while (&t->all[*link] != l)
		link = &t->all[*link].next;
	*link = l->next;
	memset(l->mac, 0, ETH_ADDR_LEN);
	l->name[0] = '\0';
}

/**
 * set_client() - a lease is a client's
 * @t:		the table
 * @l:		the lease
 * @mac:	the client, which has no other lease
 */
static void set_client(struct leases *t, struct lease *l, const uint8_t *mac)
{
	int *bucket = bucket_of(t, mac);

	if (same_mac(l->mac, mac))
		return;
	clear_client(t, l);
	memcpy(l->mac, mac, ETH_ADDR_LEN);
	l->next = *bucket;
	*bucket = (int)(l - t->all);
}

/**
 * find() - the lease of an address
 * @t:		the table
 * @address:	the address
 *
 * Return: the lease, or NULL
 */
static struct lease *find(struct leases *t, struct in_addr address)
{
	uint32_t i = ntohl(address.s_addr) - t->start;

	if (i < (uint32_t)t->pool)
		return &t->all[i];
	for (int k = t->pool; k < t->count; k++) {
		if (t->all[k].address.s_addr == address.s_addr)
			return &t->all[k];
	}
	return NULL;
}

/**
 * is_for_anybody() - is it a lease of the pool that no client is sure to have?
 * @t:		the table
 * @l:		the lease
 */
static bool is_for_anybody(const struct leases *t, const struct lease *l)
{
	return l - t->all < t->pool && !l->fixed;
}

/**
 * set_state() - change a lease's state
 * @t:		the table
 * @l:		the lease
 * @state:	new state
 * @expires_ns:	when that ends
 */
static void set_state(struct leases *t, struct lease *l, enum lease_state state, int64_t expires_ns)
{
	if (is_for_anybody(t, l)) {
		t->free += (state == LEASE_FREE) - (l->state == LEASE_FREE);
		t->declined += (state == LEASE_DECLINED) - (l->state == LEASE_DECLINED);
	}
	l->state = state;
	l->expires_ns = expires_ns;
	if (state != LEASE_FREE && expires_ns != INT64_MAX &&
	    (!loop_timer_running(&t->ending) || expires_ns < t->ending.deadline_ns))
		loop_timer_set(t->loop, &t->ending, expires_ns);
}

/** on_ending() - at least one lease may have ended */
static void on_ending(struct loop_timer *timer)
{
	struct leases *t = container_of(timer, struct leases, ending);
	int64_t now = loop_now(t->loop);
	int64_t next = INT64_MAX;

	for (int i = 0; i < t->count; i++) {
		struct lease *l = &t->all[i];
		enum lease_state was = l->state;

		if (was == LEASE_FREE)
			continue;
		if (l->expires_ns > now) {
			next = MIN(next, l->expires_ns);
			continue;
		}
		set_state(t, l, LEASE_FREE, 0);
		if (was != LEASE_OFFERED)
			t->changed(t->context, l);
	}
	if (next != INT64_MAX)
		loop_timer_set(t->loop, timer, next);
}

/**
 * may_have() - may a client get an address now?
 * @t:		the table
 * @l:		its lease
 * @mac:	the client
 */
static bool may_have(struct leases *t, const struct lease *l, const uint8_t *mac)
{
	const struct lease *own = fixed_for(t, mac);

	if (own)
		return own == l && l->state != LEASE_DECLINED;
	if (l->fixed || l->state == LEASE_DECLINED)
		return false;
	return l->state == LEASE_FREE || same_mac(l->mac, mac);
}

/**
 * next_free() - the pool's address that was free longest, more or less
 * @t:		the table
 *
 * Return: its lease, or NULL
 */
static struct lease *next_free(struct leases *t)
{
	if (t->free == 0)
		return NULL;
	for (;;) {
		struct lease *l = &t->all[t->cursor];

		t->cursor = (t->cursor + 1) % t->pool;
		if (!l->fixed && l->state == LEASE_FREE)
			return l;
	}
}

/**
 * choose() - the lease that a client should get
 * @t:		the table
 * @mac:	the client
 * @wish:	address that it would like, 0: none
 *
 * Return: the lease, or NULL
 */
static struct lease *choose(struct leases *t, const uint8_t *mac, struct in_addr wish)
{
	struct lease *l = of_client(t, mac);

	if (l && may_have(t, l, mac))
		return l;
	if (fixed_for(t, mac))
		return NULL; /* it declined it */
	l = wish.s_addr ? find(t, wish) : NULL;
	if (l && may_have(t, l, mac))
		return l;
	return next_free(t);
}

/**
 * add_fixed() - make an address one client's
 * @t:		the table, with all leases of the pool and those of earlier fixed ones
 * @fixed:	address and client
 */
static void add_fixed(struct leases *t, const struct fixed_lease *fixed)
{
	struct lease *l = find(t, fixed->address);

	if (l)
		t->free--;
	else
		l = &t->all[t->count++];
	l->address = fixed->address;
	l->fixed = true;
	memcpy(l->fixed_mac, fixed->mac, ETH_ADDR_LEN);
	set_client(t, l, fixed->mac);
}

struct leases *leases_new(struct loop *loop, const struct lease_config *config,
			  void (*changed)(void *context, const struct lease *lease), void *context,
			  struct error *err)
{
	uint32_t start = ntohl(config->start.s_addr);
	uint32_t pool = start ? ntohl(config->end.s_addr) - start + 1 : 0;
	struct leases *t;

	if (pool > LEASES_MAX_POOL || (start && pool == 0)) {
		error_set(err, EINVAL, "A pool has %d addresses at most.", LEASES_MAX_POOL);
		return NULL;
	}
	t = calloc(1, sizeof(*t) + (pool + (size_t)config->fixed_count) * sizeof(t->all[0]));
	if (!t) {
		error_set(err, ENOMEM, "There is no memory for %u leases.", pool);
		return NULL;
	}
	t->loop = loop;
	t->changed = changed;
	t->context = context;
	t->start = start;
	t->pool = t->count = t->free = (int)pool;
	t->ending.callback = on_ending;
	if (getrandom(&t->factor, sizeof(t->factor), GRND_NONBLOCK) != sizeof(t->factor))
		t->factor = 0x9e3779b97f4a7c15ULL;
	t->factor |= 1;
	for (int i = 0; i < BUCKETS; i++)
		t->buckets[i] = NONE;
	for (uint32_t i = 0; i < pool; i++)
		t->all[i].address.s_addr = htonl(start + i);
	for (int i = 0; i < config->fixed_count; i++)
		add_fixed(t, &config->fixed[i]);
	return t;
}

void leases_free(struct leases *t)
{
	if (!t)
		return;
	loop_timer_cancel(&t->ending);
	free(t);
}

const struct lease *leases_offer(struct leases *t, const uint8_t *mac, struct in_addr wish,
				 int64_t hold_ns)
{
	struct lease *l = choose(t, mac, wish);

	if (!l)
		return NULL;
	set_client(t, l, mac);
	if (l->state != LEASE_BOUND)
		set_state(t, l, LEASE_OFFERED, loop_now(t->loop) + hold_ns);
	return l;
}

const struct lease *leases_bind(struct leases *t, const uint8_t *mac, struct in_addr address,
				int64_t lease_ns, const char *name)
{
	struct lease *l = find(t, address);
	struct lease *old = of_client(t, mac);
	int64_t now = loop_now(t->loop);

	if (!l || !may_have(t, l, mac))
		return NULL;
	if (old && old != l) {
		leases_release(t, mac, old->address);
		clear_client(t, old);
	}
	set_client(t, l, mac);
	if (name)
		snprintf(l->name, sizeof(l->name), "%s", name);
	set_state(t, l, LEASE_BOUND, lease_ns > INT64_MAX - now ? INT64_MAX : now + lease_ns);
	t->changed(t->context, l);
	return l;
}

void leases_release(struct leases *t, const uint8_t *mac, struct in_addr address)
{
	struct lease *l = of_client(t, mac);

	if (!l)
		return;
	if (l->state == LEASE_OFFERED && (!address.s_addr || l->address.s_addr == address.s_addr)) {
		set_state(t, l, LEASE_FREE, 0);
	} else if (l->state == LEASE_BOUND && l->address.s_addr == address.s_addr) {
		set_state(t, l, LEASE_FREE, 0);
		t->changed(t->context, l);
	}
}

void leases_decline(struct leases *t, const uint8_t *mac, struct in_addr address, int64_t hold_ns)
{
	struct lease *l = of_client(t, mac);
	bool anybody;

	if (!l || l->address.s_addr != address.s_addr ||
	    (l->state != LEASE_BOUND && l->state != LEASE_OFFERED))
		return;
	anybody = is_for_anybody(t, l);
	if (anybody && (t->declined + 1) * 4 > t->pool)
		set_state(t, l, LEASE_FREE, 0);
	else
		set_state(t, l, LEASE_DECLINED, loop_now(t->loop) + hold_ns);
	t->changed(t->context, l);
	if (anybody)
		clear_client(t, l);
}

bool leases_restore(struct leases *t, const struct lease *kept)
{
	struct lease *l = find(t, kept->address);
	struct lease *old = of_client(t, kept->mac);

	if (!l || !has_client(kept) || !may_have(t, l, kept->mac) || (old && old != l))
		return false;
	set_client(t, l, kept->mac);
	snprintf(l->name, sizeof(l->name), "%s", kept->name);
	set_state(t, l, kept->state == LEASE_OFFERED ? LEASE_FREE : kept->state, kept->expires_ns);
	return true;
}

bool leases_forget(struct leases *t, struct in_addr address)
{
	struct lease *l = find(t, address);

	if (!l || l->state == LEASE_FREE)
		return false;
	set_state(t, l, LEASE_FREE, 0);
	return true;
}

const struct lease *leases_find(const struct leases *leases, struct in_addr address)
{
	return find((struct leases *)leases, address);
}
