/* SPDX-License-Identifier: BSD-2-Clause */
/* The addresses of a DHCP server: who has which, since when, until when. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "net/base/loop.h"
#include "net/core/ether.h"

struct error;

/*
 * Theory of operation
 *
 * There is a lease for each address of the pool and each fixed address, all made at the start, so
 * nothing is allocated for a client. A client is its MAC address: a machine that boots by PXE and
 * then its system is one card, whatever client identifiers the two send, and two clones of a disk
 * are two.
 *
 * A lease that ended keeps the client's address, so that a client that comes back gets it again.
 * Addresses are given out in turn, so the one that was free longest is next.
 *
 * The owner keeps leases where they outlive this process: it hears of each change that a client
 * or the clock made, and puts leases back with leases_restore() after a restart.
 */

#define LEASE_NAME_SIZE 64
#define LEASES_MAX_POOL 65536

/** enum lease_state - what an address is */
enum lease_state {
	LEASE_FREE,     /* of nobody; with @mac: that client had it last */
	LEASE_OFFERED,  /* held for a client for a moment; the owner is not told of these */
	LEASE_BOUND,    /* a client's, until it ends */
	LEASE_DECLINED, /* a client found somebody else using it: not given out for a while */
};

/**
 * struct lease - one address
 * @address:	the address
 * @mac:	client that has it, or had it last; all zeros: none yet
 * @state:	see there
 * @fixed:	it is for @fixed_mac alone
 * @fixed_mac:	see @fixed
 * @expires_ns:	when @state ends, in the loop's time; INT64_MAX: never
 * @name:	host name as the client gave it: hostile text, but printable ASCII
 * @next:	next lease in the chain of clients with the same hash, -1 at the end
 */
struct lease {
	struct in_addr address;
	uint8_t mac[ETH_ADDR_LEN];
	enum lease_state state;
	bool fixed;
	uint8_t fixed_mac[ETH_ADDR_LEN];
	int64_t expires_ns;
	char name[LEASE_NAME_SIZE];
	int next;
};

/**
 * struct fixed_lease - an address that is for one client
 * @mac:	the client
 * @address:	its address; inside of the pool or not
 * @name:	host name that it is told, or ""
 */
struct fixed_lease {
	uint8_t mac[ETH_ADDR_LEN];
	struct in_addr address;
	char name[LEASE_NAME_SIZE];
};

/**
 * struct lease_config - which addresses there are
 * @start:	first of the pool; 0: there are only fixed ones
 * @end:	last of the pool
 * @fixed:	fixed ones, borrowed; each address and each MAC once
 * @fixed_count: their number
 */
struct lease_config {
	struct in_addr start;
	struct in_addr end;
	const struct fixed_lease *fixed;
	int fixed_count;
};

struct leases;

/**
 * leases_new() - a table in which all is free
 * @loop:	its clock
 * @config:	its addresses
 * @changed:	a lease was bound, prolonged, released, declined, or ended
 * @context:	argument of @changed
 * @err:	says why not
 *
 * Return: the table, or NULL
 */
struct leases *leases_new(struct loop *loop, const struct lease_config *config,
			  void (*changed)(void *context, const struct lease *lease), void *context,
			  struct error *err);

/**
 * leases_free() - free a table; NULL is allowed
 * @leases:	the table
 */
void leases_free(struct leases *leases);

/**
 * leases_offer() - hold an address for a client
 * @leases:	the table
 * @mac:	the client
 * @wish:	address that it would like, 0: none
 * @hold_ns:	how long it is held, unless it is bound already
 *
 * Return: its lease, or NULL when there is no address left
 */
const struct lease *leases_offer(struct leases *leases, const uint8_t *mac, struct in_addr wish,
				 int64_t hold_ns);

/**
 * leases_bind() - a client takes an address, or prolongs it
 * @leases:	the table
 * @mac:	the client
 * @address:	the address
 * @lease_ns:	how long it may have it; INT64_MAX: for ever
 * @name:	its host name, or NULL: it gave none
 *
 * Return: the lease, or NULL when that client can't have that address
 */
const struct lease *leases_bind(struct leases *leases, const uint8_t *mac, struct in_addr address,
				int64_t lease_ns, const char *name);

/**
 * leases_release() - a client gives an address back, or does not want what it was offered
 * @leases:	the table
 * @mac:	the client
 * @address:	the address; 0: whatever it was offered
 */
void leases_release(struct leases *leases, const uint8_t *mac, struct in_addr address);

/**
 * leases_decline() - a client says that somebody else uses the address it was given
 * @leases:	the table
 * @mac:	the client
 * @address:	the address
 * @hold_ns:	for how long it is not given to anybody
 *
 * No more than a quarter of the pool is held so: clients may lie.
 */
void leases_decline(struct leases *leases, const uint8_t *mac, struct in_addr address,
		    int64_t hold_ns);

/**
 * leases_restore() - put back what the owner kept; @changed is not called
 * @leases:	the table
 * @lease:	@address, @mac, @state, @expires_ns and @name count
 *
 * Return: false when there is no such address here, or it is for another client
 */
bool leases_restore(struct leases *leases, const struct lease *lease);

/**
 * leases_forget() - the owner ends a lease; @changed is not called
 * @leases:	the table
 * @address:	its address
 *
 * Return: false when there is none
 */
bool leases_forget(struct leases *leases, struct in_addr address);

/**
 * leases_find() - the lease of an address
 * @leases:	the table
 * @address:	the address
 *
 * Return: the lease, or NULL when the address is not one of the table's
 */
const struct lease *leases_find(const struct leases *leases, struct in_addr address);
