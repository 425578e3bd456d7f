/* SPDX-License-Identifier: BSD-2-Clause */
/* The switch: learning, ageing, bounds, storms, isolation, promiscuity, loops, who waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "net/base/bytes.h"
#include "net/core/switch.h"
#include "tests/support/sink.h"

#define MS       1000000LL
#define SECOND   (1000 * MS)
#define STATIONS 5

/**
 * struct rig - a switch with stations and a clock that the test moves
 * @now:	the time
 * @loop:	the loop
 * @net:	the switch
 * @member:	its members
 * @station:	what is plugged into them: @station[i] has address 02:00:00:00:00:0i
 */
struct rig {
	int64_t now;
	struct loop *loop;
	struct net_switch *net;
	struct switch_member *member[STATIONS];
	struct sink station[STATIONS];
};

/** clock_of() - the test's clock */
static int64_t clock_of(void *context)
{
	return ((struct rig *)context)->now;
}

/** setup() - a switch with five guests */
static int setup(void **state)
{
	const struct member_config guest = {.guest = true};
	struct rig *r = calloc(1, sizeof(*r));

	r->now = SECOND;
	r->loop = loop_new();
	loop_set_clock(r->loop, clock_of, r);
	r->net = net_switch_new(r->loop, NULL);
	assert_non_null(r->net);
	for (int i = 0; i < STATIONS; i++) {
		r->member[i] = net_switch_join(r->net, &guest, NULL);
		sink_init(&r->station[i], 0);
		port_connect(&r->member[i]->port, &r->station[i].port);
	}
	*state = r;
	return 0;
}

/** teardown() - frees it */
static int teardown(void **state)
{
	struct rig *r = *state;

	net_switch_free(r->net);
	loop_free(r->loop);
	free(r);
	return 0;
}

/** put_mac() - the address of station @i */
static void put_mac(uint8_t *mac, uint32_t i)
{
	memcpy(mac, "\x02\x00", 2);
	put_be32(mac + 2, i);
}

/** frame_of() - a frame between two stations; 0xff.. as @to is broadcast */
static void frame_of(uint8_t frame[60], uint32_t from, uint32_t to)
{
	memset(frame, 0, 60);
	put_mac(frame, to);
	if (to == UINT32_MAX)
		memset(frame, 0xff, 6);
	put_mac(frame + 6, from);
	put_be16(frame + 12, 0x88b5);
}

/** send_as() - station @at sends a frame with any addresses; returns what port_send() does */
static int send_as(struct rig *r, int at, uint32_t from, uint32_t to)
{
	uint8_t frame[60];

	frame_of(frame, from, to);
	return sink_send(&r->station[at], frame, sizeof(frame));
}

/** send() - station @from sends a frame to station @to (-1: all) */
static int send(struct rig *r, int from, int to)
{
	return send_as(r, from, (uint32_t)from, to < 0 ? UINT32_MAX : (uint32_t)to);
}

/** counts() - do the stations have these numbers of packets, one digit each? */
static void counts(const struct rig *r, const char *digits)
{
	for (int i = 0; i < STATIONS; i++)
		assert_int_equal(r->station[i].count, digits[i] - '0');
}

/** drops() - a member's drops for a reason */
static uint64_t drops(const struct rig *r, int i, enum drop_reason reason)
{
	return r->member[i]->port.stats->drops[reason];
}

static void test_learning(void **state)
{
	struct rig *r = *state;

	send(r, 0, 1); /* unknown: to all but the sender */
	counts(r, "01111");
	send(r, 1, 0); /* known by now */
	counts(r, "11111");
	send(r, 0, 1);
	counts(r, "12111");
	send(r, 0, -1);
	counts(r, "13222");
	assert_int_equal(net_switch_stats(r->net)->unicast, 2);
	assert_int_equal(net_switch_stats(r->net)->flooded, 2);
	send_as(r, 0, 0, 0); /* to itself */
	assert_int_equal(drops(r, 0, DROP_SAME_MEMBER), 1);
	counts(r, "13222");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_learning, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
