/* SPDX-License-Identifier: BSD-2-Clause */
/* A learning switch: members are ports, made and removed while it runs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/base/loop.h"
#include "net/core/fdb.h"
#include "net/core/port.h"

/*
 * Theory of operation
 *
 * A switch holds no packets. What a member's receive() is given is sent on to other members before
 * it returns, runs of packets for the same destination in one call: it is the one port that sends
 * from within receive(), and nobody notices, because everything that may be plugged into a member
 * keeps to the rule. Two switches plugged into each other back to back do not, so a switch that is
 * entered while it forwards drops what comes (DROP_LOOP).
 *
 * A full member must not stop the others.
 * - What is flooded is dropped for a full member alone (DROP_BACKPRESSURE, counted there).
 * - What is for that member alone holds up its sender, if that is a guest: nothing is lost, and the
 *   sender's ring fills, as on a cable between the two. Patience is limited, SWITCH_PATIENCE_NS at
 *   once, and half of the time in the long run. Whoever uses it up is stalled: what is for it is
 *   dropped, until it takes packets again.
 * - Senders that are no guests serve many (an uplink): they are never held up, packets are dropped.
 *
 * Loops do no harm: an address that was just heard on one member is not believed on another
 * (fdb.h), so what comes back is dropped (DROP_LOOP), and flooding has a limit for each member
 * (DROP_STORM).
 *
 * All memory is taken when the switch and a member are made. Time is the loop's, so tests set it.
 */

#define SWITCH_AGEING_NS   (300 * 1000000000LL)
#define SWITCH_STORM_PPS   20000
#define SWITCH_STORM_BURST 4096
#define SWITCH_PATIENCE_NS 100000000LL
#define SWITCH_MAX_MEMBERS 1024

struct net_switch;

/** enum promisc - what a member sees of unicast between others; VirtualBox's words */
enum promisc {
	PROMISC_DENY,         /* nothing */
	PROMISC_ALLOW_GUESTS, /* what guests send each other */
	PROMISC_ALLOW_ALL,    /* that, and what goes to and comes from others: host, outside */
};

/**
 * struct switch_config - how a switch is
 * @ageing_ns:	learned addresses are forgotten after so long; 0: SWITCH_AGEING_NS
 * @storm_pps:	flooded packets a second that one member may send; 0: SWITCH_STORM_PPS
 */
struct switch_config {
	int64_t ageing_ns;
	uint32_t storm_pps;
};

/**
 * struct member_config - how a member is
 * @guest:	a guest's card or QEMU, not a service or a way out
 * @isolated:	does not talk to other isolated members
 * @promisc:	see there
 * @context:	the owner's, for his use
 */
struct member_config {
	bool guest;
	bool isolated;
	enum promisc promisc;
	void *context;
};

/**
 * struct switch_member - one socket of a switch
 * @port:	to be plugged with port_connect() into a card, a cable, a netdev, a service
 * @net:	its switch
 * @config:	how it is; net_switch_configure() changes it
 * @stations:	addresses in the table that are behind it
 * @waits_for:	the full member that holds it up, or NULL
 * @waiters:	members that it holds up
 * @woken:	was held up, and is about to be told to go on
 * @stalled:	it used up its patience: packets for it alone are dropped while it is full
 * @patience_ns: how long it may still hold others up
 * @patience_at: when that was true; while it holds up: since when
 * @patience:	fires when it is used up
 * @storm_ns:	when what it flooded is paid for (a token bucket, counted in time)
 */
struct switch_member {
	struct port port;
	struct net_switch *net;
	struct member_config config;
	unsigned stations;
	struct switch_member *waits_for;
	unsigned waiters;
	bool woken;
	bool stalled;
	int64_t patience_ns;
	int64_t patience_at;
	struct loop_timer patience;
	int64_t storm_ns;
};

/**
 * struct switch_stats - counters of a whole switch
 * @unicast:	packets for one known member
 * @flooded:	packets that went to all
 * @not_learned: packets whose source address found no room in the table
 */
struct switch_stats {
	uint64_t unicast;
	uint64_t flooded;
	uint64_t not_learned;
};

/**
 * struct switch_station - a row of the table, as it is shown
 * @member:	where the station is
 * @mac:	its address
 * @pinned:	it was pinned
 * @age_ns:	since it was heard; 0 if pinned
 */
struct switch_station {
	const struct switch_member *member;
	uint8_t mac[ETH_ADDR_LEN];
	bool pinned;
	int64_t age_ns;
};

/**
 * net_switch_new() - a switch without members
 * @loop:	its clock and timers
 * @config:	how it is; copied; NULL: the defaults
 *
 * Return: the switch, or NULL without memory
 */
struct net_switch *net_switch_new(struct loop *loop, const struct switch_config *config);

/**
 * net_switch_free() - unplug and free members and switch; NULL is allowed
 * @net:	the switch
 */
void net_switch_free(struct net_switch *net);

/**
 * net_switch_join() - make a member
 * @net:	the switch
 * @config:	how it is; copied
 * @stats:	where its port counts, or NULL
 *
 * Return: the member, unplugged; NULL without memory or when there are SWITCH_MAX_MEMBERS
 */
struct switch_member *net_switch_join(struct net_switch *net, const struct member_config *config,
				      struct port_stats *stats);

/**
 * net_switch_configure() - change how a member is
 * @member:	the member
 * @config:	copied
 */
void net_switch_configure(struct switch_member *member, const struct member_config *config);

/**
 * net_switch_leave() - unplug and free a member; not from within port operations
 * @member:	the member; NULL is allowed
 */
void net_switch_leave(struct switch_member *member);

/**
 * net_switch_pin() - a static entry: this address is behind this member, and nowhere else
 * @member:	the member
 * @mac:	the address; what comes with it from others is dropped (DROP_SPOOFED)
 *
 * Return: 0, or -ENOSPC when the table is full
 */
int net_switch_pin(struct switch_member *member, const uint8_t mac[ETH_ADDR_LEN]);

/**
 * net_switch_unpin() - forget an address of a member
 * @member:	the member
 * @mac:	the address
 */
void net_switch_unpin(struct switch_member *member, const uint8_t mac[ETH_ADDR_LEN]);

/**
 * net_switch_fdb() - the table as it is shown, without what is aged
 * @net:	the switch
 * @stations:	filled, in no order
 * @max:	room in it; there are never more than FDB_SIZE
 *
 * Return: number of stations filled in
 */
size_t net_switch_fdb(const struct net_switch *net, struct switch_station *stations, size_t max);

/**
 * net_switch_stats() - counters of the whole switch
 * @net:	the switch
 *
 * Return: its counters; they lie in the switch
 */
const struct switch_stats *net_switch_stats(const struct net_switch *net);
