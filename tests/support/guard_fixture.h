/* SPDX-License-Identifier: BSD-2-Clause */
/* A guard on its own, for tests: 10.0.2.0/24 and fec0::/64, an API port, DNS servers. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "net/user/guard.h"
#include "tests/support/frames.h"

#define PASSES         DROP_REASON_COUNT /* what guard_feed() returns for a frame that passed */
#define GUARD_API_PORT 8080
#define G4             "10.0.2.15"
#define G6             "fec0::15"

/**
 * struct guard_fixture - a guard and what it needs
 * @config:	the netdev
 * @port:	counts drops
 * @guard:	the guard; its host has 192.0.2.7, 2001:db8::7 and 127/8; its DNS servers are
 *		127.0.0.53 and [2001:db8::53]:5353
 * @frame:	a frame
 * @now_ns:	the time
 */
struct guard_fixture {
	struct user_config config;
	struct port port;
	struct guard guard;
	uint8_t frame[FRAME_ROOM + 64];
	int64_t now_ns;
};

/**
 * guard_setup() - setup function of cmocka
 * @state:	filled with a struct guard_fixture
 *
 * Return: 0
 */
int guard_setup(void **state);

/**
 * guard_teardown() - teardown function of cmocka
 * @state:	the struct guard_fixture
 *
 * Return: 0
 */
int guard_teardown(void **state);

/**
 * guard_feed() - give the guard a frame in a buffer of its exact length
 * @fx:		the fixture
 * @len:	length of @fx->frame
 * @pass:	filled; what passed is copied back to @fx->frame
 *
 * Return: PASSES, or the reason that was counted; -1 when it was kept
 */
int guard_feed(struct guard_fixture *fx, uint32_t len, struct guard_pass *pass);
