/* SPDX-License-Identifier: BSD-2-Clause */
/* A host on a network: an address that answers ARP and ping, and takes and sends datagrams. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "net/base/loop.h"
#include "net/core/ether.h"
#include "net/core/port.h"
#include "net/core/queue.h"

/*
 * Theory of operation
 *
 * Services of a network (DHCP, router advertisements) are hosts on it: a station is plugged into a
 * member of the switch. What comes is copied once and then looked at: every length is checked
 * against the copy. What is said in answer waits in a bounded queue and goes out in the next turn
 * of the loop, since a port never sends from within receive(); when the queue is full, answers are
 * dropped and counted, and clients ask again.
 *
 * Broadcasts that are not for the station are not its drops: it only overheard them.
 */

#define STATION_MAX_FRAME 1514
#define STATION_MAX_DATA  1432 /* of a datagram: an IPv6 packet of 1500 bytes holds it */

struct station;

/**
 * struct datagram - UDP data that came in, or is to be sent
 * @v6:		IPv6
 * @mac:	hardware address of the other side
 * @src:	source address; an IPv4 address is its first 4 bytes
 * @dst:	destination address
 * @sport:	source port
 * @dport:	destination port
 * @data:	the data
 * @len:	its length
 */
struct datagram {
	bool v6;
	uint8_t mac[ETH_ADDR_LEN];
	struct in6_addr src;
	struct in6_addr dst;
	uint16_t sport;
	uint16_t dport;
	const uint8_t *data;
	uint32_t len;
};

/**
 * struct station_ops - what a station serves
 * @datagram:	a datagram came for it, or for all. Return: false: no such service
 */
struct station_ops {
	bool (*datagram)(struct station *station, const struct datagram *d);
};

/**
 * struct station - a host; embedded in the service
 * @port:	to be plugged into a member of a switch
 * @ops:	what it serves
 * @loop:	its loop
 * @mac:	its hardware address
 * @address:	its IPv4 address; 0: none
 * @output:	frames that wait
 * @sending:	fires when they are to be sent
 * @in:		the frame that is looked at
 * @out:	the frame that is being made
 */
struct station {
	struct port port;
	const struct station_ops *ops;
	struct loop *loop;
	uint8_t mac[ETH_ADDR_LEN];
	struct in_addr address;
	struct packet_queue output;
	struct loop_timer sending;
	uint8_t in[STATION_MAX_FRAME];
	uint8_t out[STATION_MAX_FRAME];
};

/**
 * station_init() - a station without a cable
 * @s:		the station; @mac and @address are set, all else is zero
 * @loop:	its loop
 * @ops:	what it serves
 * @stats:	where its port counts, or NULL
 *
 * Return: 0 or -ENOMEM
 */
int station_init(struct station *s, struct loop *loop, const struct station_ops *ops,
		 struct port_stats *stats);

/**
 * station_done() - unplug, free what waits; a zeroed station is allowed
 * @s:		the station
 */
void station_done(struct station *s);

/**
 * station_send() - send a datagram
 * @s:		the station
 * @d:		the datagram; @mac is where it goes, at most STATION_MAX_DATA bytes
 */
void station_send(struct station *s, const struct datagram *d);
