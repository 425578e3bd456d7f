/* SPDX-License-Identifier: BSD-2-Clause */
/* The cable: both framings, hostile bytes, full sockets, a peer that goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/base/bytes.h"
#include "net/base/error.h"
#include "net/core/cable.h"
#include "tests/support/sink.h"

/**
 * struct rig - two cables back to back, each with a station
 * @loop:	the loop
 * @cable:	the ends
 * @station:	what is plugged into them
 * @lost:	times that an end was lost
 * @why:	the reason of the last
 */
struct rig {
	struct loop *loop;
	struct cable cable[2];
	struct sink station[2];
	int lost;
	struct error why;
};

static struct rig *current;

/** on_lost() - notes it */
static void on_lost(struct cable *cable, const struct error *why)
{
	(void)cable;
	current->lost++;
	current->why = *why;
}

/** make() - a rig */
static struct rig *make(enum cable_framing framing)
{
	struct rig *r = calloc(1, sizeof(*r));
	int fds[2];

	current = r;
	r->loop = loop_new();
	assert_int_equal(cable_pair(fds), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(cable_init(&r->cable[i], r->loop, framing, NULL), 0);
		r->cable[i].lost = on_lost;
		sink_init(&r->station[i], r->cable[i].port.caps);
		port_connect(&r->cable[i].port, &r->station[i].port);
		assert_false(r->station[i].link);
		assert_int_equal(cable_attach(&r->cable[i], fds[i]), 0);
		assert_true(r->station[i].link);
	}
	return r;
}

/** unmake() - frees it */
static void unmake(struct rig *r)
{
	cable_done(&r->cable[0]);
	cable_done(&r->cable[1]);
	loop_free(r->loop);
	free(r);
}

/** turn() - let the loop work until nothing is left to do */
static void turn(struct rig *r)
{
	while (loop_turn(r->loop, 0) > 0)
		;
}

static void test_frames_cross(void **state)
{
	(void)state;
	for (int framing = CABLE_STREAM; framing <= CABLE_WORKERS; framing++) {
		struct rig *r = make((enum cable_framing)framing);
		uint8_t frame[9000];
		uint64_t sum[2] = {0};

		for (uint32_t i = 0; i < sizeof(frame); i++)
			frame[i] = (uint8_t)(i * 7);
		for (uint32_t len = 14; len < sizeof(frame); len += 61) {
			int from = len & 1;

			assert_int_equal(sink_send(&r->station[from], frame, len), 1);
			sum[!from] = sink_hash(sum[!from], frame, len);
			if (len % 5 == 0)
				turn(r);
		}
		turn(r);
		assert_int_equal(r->station[0].sum, sum[0]);
		assert_int_equal(r->station[1].sum, sum[1]);
		assert_int_equal(r->station[0].count + r->station[1].count, 148);
		assert_int_equal(r->lost, 0);
		unmake(r);
	}
}

static void test_peer_goes(void **state)
{
	struct rig *r = make(CABLE_WORKERS);
	uint8_t frame[60] = {0};

	(void)state;
	sink_send(&r->station[0], frame, sizeof(frame));
	turn(r);
	cable_detach(&r->cable[0]);
	assert_false(r->station[0].link);
	turn(r);
	assert_int_equal(r->lost, 1);
	assert_int_equal(r->why.code, EPIPE);
	assert_false(r->station[1].link);
	assert_int_equal(r->station[1].count, 1);
	unmake(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frames_cross),
		cmocka_unit_test(test_peer_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
