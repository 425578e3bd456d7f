/* SPDX-License-Identifier: BSD-2-Clause */
/* Putting IPv4 fragments together before libslirp sees them, in bounded memory. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Theory of operation
 *
 * libslirp's own reassembly has no limit and a history of holes (CVE-2019-14378, CVE-2019-15890,
 * CVE-2020-1983, CVE-2018-11806). So it never sees a fragment: the guard collects them here and
 * passes on one whole datagram. There are FRAGMENT_SLOTS buffers; a fragment of a further datagram
 * takes the buffer of the one that was begun first. An overlap of any kind ends the datagram, as
 * RFC 5722 demands for IPv6: no honest guest makes any.
 */

#define FRAGMENT_SLOTS    4
#define FRAGMENT_MAX      65515 /* payload of the longest IPv4 datagram without options */
#define FRAGMENT_ROOM     65536
#define FRAGMENT_HEAD     34                  /* Ethernet and IPv4 header in front of the payload */
#define FRAGMENT_LIFETIME (30 * 1000000000LL) /* RFC 791 suggests 15 s, Linux waits 30 s */

/** enum fragment_result - what became of a fragment */
enum fragment_result {
	FRAGMENT_HELD,  /* kept; more are to come */
	FRAGMENT_WHOLE, /* the datagram is complete */
	FRAGMENT_BAD,   /* overlapping or malformed: dropped, with all of its datagram */
};

/**
 * struct fragment_slot - a datagram in the making
 * @busy:	in use
 * @id:		source, destination, id and protocol, as in the header
 * @deadline_ns: when it is given up
 * @end:	payload length, once the last fragment told it; else 0
 * @received:	payload bytes so far
 * @top:	end of the payload byte farthest out
 * @map:	one bit for each 8 bytes that are there
 * @frame:	Ethernet header, IPv4 header (from the first fragment), payload
 */
struct fragment_slot {
	bool busy;
	uint8_t id[11];
	int64_t deadline_ns;
	uint32_t end;
	uint32_t received;
	uint32_t top;
	uint8_t map[FRAGMENT_ROOM / 64];
	uint8_t frame[FRAGMENT_HEAD + FRAGMENT_ROOM];
};

/**
 * struct fragments - all datagrams in the making; zeroed is empty
 * @slots:	the buffers
 * @evicted:	datagrams that lost their buffer to another
 */
struct fragments {
	struct fragment_slot slots[FRAGMENT_SLOTS];
	uint64_t evicted;
};

/**
 * fragment_add() - take a fragment
 * @t:		the table
 * @frame:	Ethernet header, IPv4 header without options, payload; header and lengths checked
 * @len:	its length, Ethernet header included; with FRAGMENT_WHOLE set to the whole's
 * @now_ns:	monotonic time
 * @whole:	with FRAGMENT_WHOLE the complete frame, header fields set; valid until the next call
 *
 * Return: what became of it
 */
enum fragment_result fragment_add(struct fragments *t, const uint8_t *frame, uint32_t *len,
				  int64_t now_ns, uint8_t **whole);
