/* SPDX-License-Identifier: BSD-2-Clause */
/* libslirp's sockets in epoll: asked for, told, guessed, closed, numbers used again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <slirp/libslirp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/base/loop.h"
#include "net/user/pollset.h"

#define READ (SLIRP_POLL_IN | SLIRP_POLL_HUP | SLIRP_POLL_ERR)

static struct loop *loop;
static struct pollset set;
static int pair[2];

static int setup(void **state)
{
	*state = NULL;
	loop = loop_new();
	assert_int_equal(pollset_init(&set, loop, 4), 0);
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair);
}

static int teardown(void **state)
{
	(void)state;
	pollset_done(&set);
	pollset_done(&set);
	loop_free(loop);
	close(pair[0]);
	close(pair[1]);
	return 0;
}

/** ask() - a round that asks for one socket; 0 asks for none */
static bool ask(int events, int *number)
{
	pollset_begin(&set);
	if (events)
		*number = pollset_ask(&set, pair[0], events);
	return pollset_end(&set);
}

/** told() - what is told after a turn of the loop */
static int told(int number)
{
	loop_turn(loop, 0);
	return pollset_ready(&set, number);
}

static void test_asked_and_told(void **state)
{
	int n = -1;

	(void)state;
	assert_false(ask(READ, &n));
	assert_int_equal(told(n), 0);
	assert_false(set.pending);
	assert_int_equal(write(pair[1], "x", 1), 1);
	assert_int_equal(told(n), SLIRP_POLL_IN);
	assert_true(set.pending);
	assert_int_equal(pollset_ready(&set, n), 0); /* once */
	assert_int_equal(told(n), SLIRP_POLL_IN);    /* again while it is so */
	assert_false(ask(SLIRP_POLL_OUT | SLIRP_POLL_ERR, &n));
	assert_int_equal(told(n), SLIRP_POLL_OUT); /* not what was not asked for */
	ask(0, &n);
	assert_int_equal(loop_turn(loop, 0), 0);
}

/** A peer that is gone: told as what was asked for; and nobody is woken when nothing was. */
static void test_hang_up(void **state)
{
	int n = -1;

	(void)state;
	ask(SLIRP_POLL_OUT | SLIRP_POLL_ERR, &n);
	close(pair[1]);
	pair[1] = dup(pair[0]);
	assert_int_equal(told(n), SLIRP_POLL_OUT);
	ask(READ, &n);
	assert_int_equal(told(n) & READ, told(n));
	ask(0, &n);
	assert_int_equal(loop_turn(loop, 0), 0);
}

/** A stream that is asked for again after a pause is guessed readable once, then watched. */
static void test_guess(void **state)
{
	int n = -1;

	(void)state;
	pollset_opened(&set, pair[0], 7)->may_guess = true;
	assert_false(ask(READ, &n)); /* new: no guess */
	assert_false(ask(0, &n));
	assert_true(ask(READ, &n));
	assert_int_equal(pollset_ready(&set, n), SLIRP_POLL_IN);
	assert_int_equal(write(pair[1], "x", 1), 1);
	assert_int_equal(loop_turn(loop, 0), 0); /* not in epoll */
	assert_false(ask(READ, &n));
	assert_int_equal(told(n), SLIRP_POLL_IN);
	ask(0, &n);
	assert_false(ask(SLIRP_POLL_OUT | SLIRP_POLL_ERR, &n)); /* nothing to guess */
	assert_int_equal(pollset_closed(&set, pair[0]), 7);
	ask(READ, &n);
	ask(0, &n);
	assert_false(ask(READ, &n)); /* kind 0 may not be guessed: it may block */
}

/** Closed sockets are out at once; their numbers and places serve again; places have an end. */
static void test_places(void **state)
{
	int extra[4], n = -1;

	(void)state;
	assert_null(pollset_opened(&set, -1, 1));
	assert_int_equal(pollset_closed(&set, -1), 0);
	assert_int_equal(pollset_closed(&set, 900), 0);
	for (int i = 0; i < 50; i++) {
		assert_non_null(pollset_opened(&set, pair[0], 1));
		ask(READ, &n);
		assert_int_equal(pollset_closed(&set, pair[0]), 1);
		assert_int_equal(pollset_closed(&set, pair[0]), 0);
	}
	assert_int_equal(write(pair[1], "x", 1), 1);
	assert_int_equal(loop_turn(loop, 0), 0);
	for (int i = 0; i < 4; i++) {
		extra[i] = dup(pair[0]);
		assert_non_null(pollset_opened(&set, extra[i], 2));
	}
	assert_null(pollset_opened(&set, pair[0], 2));
	assert_int_equal(pollset_ask(&set, pair[0], READ), -1);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pollset_closed(&set, extra[i]), 2);
		close(extra[i]);
	}
}

/** While there are too many connections no new ones are waited for. */
static void test_pause_accept(void **state)
{
	int n = -1;

	(void)state;
	pollset_opened(&set, pair[0], 0)->listener = true;
	assert_int_equal(write(pair[1], "x", 1), 1);
	ask(READ, &n);
	assert_int_equal(told(n), SLIRP_POLL_IN);
	set.pause_accept = true;
	ask(READ, &n);
	assert_int_equal(n, -1);
	assert_int_equal(loop_turn(loop, 0), 0);
	set.pause_accept = false;
	ask(READ, &n);
	assert_int_equal(told(n), SLIRP_POLL_IN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_asked_and_told, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hang_up, setup, teardown),
		cmocka_unit_test_setup_teardown(test_guess, setup, teardown),
		cmocka_unit_test_setup_teardown(test_places, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pause_accept, setup, teardown),
	};

	return cmocka_run_group_tests_name("user_pollset", tests, NULL, NULL);
}
