/* SPDX-License-Identifier: BSD-2-Clause */
/* The loop: timers in order, sources that die while they are dispatched, hooks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "net/base/bytes.h"
#include "net/base/loop.h"

#define TIMERS 500
#define FDS    100
#define MS     1000000LL

static int64_t fake_now;
static int64_t last_deadline;
static int fired;
static struct loop *the_loop;

static int64_t fake_clock(void *context)
{
	assert_ptr_equal(context, &fake_now);
	return fake_now;
}

static int setup(void **state)
{
	the_loop = loop_new();
	loop_set_clock(the_loop, fake_clock, &fake_now);
	fake_now = 1000;
	last_deadline = 0;
	fired = 0;
	*state = NULL;
	return the_loop ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	loop_free(the_loop);
	return 0;
}

static void on_timer(struct loop_timer *timer)
{
	assert_false(loop_timer_running(timer));
	assert_true(timer->deadline_ns >= last_deadline);
	assert_true(timer->deadline_ns <= fake_now);
	last_deadline = timer->deadline_ns;
	fired++;
}

/** Timers set, moved and cancelled at random fire once each, in order, not before their time. */
static void test_timer_order(void **state)
{
	static struct loop_timer timers[TIMERS];
	int running = 0, before;

	(void)state;
	memset(timers, 0, sizeof(timers));
	srand(1);
	for (int i = 0; i < TIMERS; i++)
		timers[i].callback = on_timer;
	for (int i = 0; i < 4 * TIMERS; i++) {
		struct loop_timer *t = &timers[rand() % TIMERS];

		if (rand() % 3)
			loop_timer_set(the_loop, t, 1000 + rand() % 10000);
		else
			loop_timer_cancel(t);
	}
	for (int i = 0; i < TIMERS; i++)
		running += loop_timer_running(&timers[i]);
	assert_in_range(running, TIMERS / 4, TIMERS);
	for (fake_now = 1000; fake_now < 11500; fake_now += 500) {
		int due = 0;

		for (int i = 0; i < TIMERS; i++)
			due += loop_timer_running(&timers[i]) && timers[i].deadline_ns <= fake_now;
		before = fired;
		assert_int_equal(loop_turn(the_loop, 0), due);
		assert_int_equal(fired - before, due);
	}
	assert_int_equal(fired, running);
	assert_int_equal(loop_turn(the_loop, 0), 0);
}

static struct loop_timer first, second, third;

static void on_again(struct loop_timer *timer)
{
	fired++;
	loop_timer_set(the_loop, timer, 0);
}

static void on_cancel_others(struct loop_timer *timer)
{
	(void)timer;
	fired++;
	loop_timer_cancel(&second);
	loop_timer_set(the_loop, &third, fake_now + 1);
}

/** A timer may set itself into the past for ever without starving the rest, and cancel others. */
static void test_timers_that_meddle(void **state)
{
	(void)state;
	first = (struct loop_timer){.callback = on_again};
	loop_timer_set(the_loop, &first, 0);
	for (int i = 1; i <= 5; i++) {
		assert_int_equal(loop_turn(the_loop, 0), 1);
		assert_int_equal(fired, i);
	}
	loop_timer_cancel(&first);
	loop_timer_cancel(&first);
	fired = 0;
	first = (struct loop_timer){.callback = on_cancel_others};
	second = third = (struct loop_timer){.callback = on_timer};
	loop_timer_set(the_loop, &first, 10);
	loop_timer_set(the_loop, &second, 20);
	loop_timer_set(the_loop, &third, 30);
	assert_int_equal(loop_turn(the_loop, 0), 1);
	assert_false(loop_timer_running(&second));
	fake_now++;
	assert_int_equal(loop_turn(the_loop, 0), 1);
	assert_int_equal(fired, 2);
}

/** struct ready - a source that is always ready */
struct ready {
	struct loop_fd source;
	int calls;
};

static struct ready *sources[FDS];

/** drop_source() - remove a source and free its memory */
static void drop_source(int i)
{
	if (!sources[i])
		return;
	loop_fd_remove(&sources[i]->source);
	free(sources[i]);
	sources[i] = NULL;
}

/** on_kill() - whoever is called first ends all others, and itself */
static void on_kill(struct loop_fd *source, uint32_t events)
{
	(void)source;
	assert_true(events & EPOLLIN);
	fired++;
	for (int i = 0; i < FDS; i++)
		drop_source(i);
}

/** Sources that are removed and freed during the batch are not called any more (ASan watches). */
static void test_removal_during_dispatch(void **state)
{
	int fds[FDS];

	(void)state;
	for (int i = 0; i < FDS; i++) {
		fds[i] = eventfd(1, EFD_NONBLOCK);
		sources[i] = calloc(1, sizeof(*sources[i]));
		sources[i]->source.callback = on_kill;
		assert_int_equal(loop_fd_add(the_loop, &sources[i]->source, fds[i], EPOLLIN), 0);
	}
	assert_int_equal(loop_turn(the_loop, 0), 1);
	assert_int_equal(fired, 1);
	assert_int_equal(loop_turn(the_loop, 0), 0);
	for (int i = 0; i < FDS; i++)
		close(fds[i]);
}

static void on_count(struct loop_fd *source, uint32_t events)
{
	(void)events;
	container_of(source, struct ready, source)->calls++;
}

static void test_fd_events(void **state)
{
	struct ready r = {.source.callback = on_count};
	int fd = eventfd(0, EFD_NONBLOCK);

	(void)state;
	assert_true(loop_fd_add(the_loop, &r.source, -1, EPOLLIN) < 0);
	assert_null(r.source.loop);
	assert_int_equal(loop_fd_add(the_loop, &r.source, fd, EPOLLIN), 0);
	assert_int_equal(loop_turn(the_loop, 0), 0);
	loop_fd_events(&r.source, EPOLLIN | EPOLLOUT);
	assert_int_equal(loop_turn(the_loop, 0), 1);
	loop_fd_events(&r.source, 0);
	assert_int_equal(loop_turn(the_loop, 0), 0);
	loop_fd_remove(&r.source);
	loop_fd_remove(&r.source);
	assert_int_equal(r.source.fd, -1);
	loop_fd_events(&r.source, EPOLLOUT); /* in no loop: nothing happens */
	assert_int_equal(loop_turn(the_loop, 0), 0);
	assert_int_equal(r.calls, 1);
	close(fd);
}

/** struct counter_hook - a hook that counts, and removes another one */
struct counter_hook {
	struct loop_hook hook;
	int calls;
	int64_t wish;
	struct counter_hook *victim;
};

static void on_prepare(struct loop_hook *hook, int64_t *timeout_ns)
{
	struct counter_hook *h = container_of(hook, struct counter_hook, hook);

	h->calls++;
	if (h->victim)
		loop_hook_remove(&h->victim->hook);
	if (h->wish >= 0)
		*timeout_ns = h->wish;
}

static void test_hooks(void **state)
{
	struct counter_hook h[3];
	int64_t begin;

	(void)state;
	for (int i = 0; i < 3; i++) {
		h[i] = (struct counter_hook){.hook.prepare = on_prepare, .wish = -1};
		loop_hook_add(the_loop, &h[i].hook);
	}
	loop_turn(the_loop, 0);
	assert_int_equal(h[0].calls + h[1].calls + h[2].calls, 3);
	/* The newest runs first; it may remove the one after it, or itself. */
	h[2].victim = &h[1];
	loop_turn(the_loop, 0);
	assert_int_equal(h[1].calls, 1);
	h[2].victim = &h[2];
	loop_turn(the_loop, 0);
	assert_int_equal(h[2].calls, 3);
	loop_turn(the_loop, 0);
	assert_int_equal(h[2].calls, 3);
	assert_int_equal(h[0].calls, 4);
	/* A hook shortens the sleep, never makes it longer. */
	loop_set_clock(the_loop, NULL, NULL);
	h[0].wish = 0;
	begin = loop_now(the_loop);
	loop_turn(the_loop, -1);
	assert_true(loop_now(the_loop) - begin < 200 * MS);
	h[0].wish = 3600 * 1000 * MS;
	loop_turn(the_loop, 2 * MS);
	assert_true(loop_now(the_loop) - begin < 400 * MS);
	assert_true(loop_now(the_loop) - begin >= 2 * MS);
	loop_hook_remove(&h[0].hook);
	loop_hook_remove(&h[0].hook);
}

static void on_stop(struct loop_timer *timer)
{
	(void)timer;
	loop_stop(the_loop);
}

static void test_run_and_stop(void **state)
{
	struct loop_timer t = {.callback = on_stop};
	int64_t begin;

	(void)state;
	loop_set_clock(the_loop, NULL, NULL);
	begin = loop_now(the_loop);
	loop_timer_set(the_loop, &t, begin + 3 * MS);
	loop_run(the_loop);
	assert_true(loop_now(the_loop) - begin >= 3 * MS);
	assert_true(loop_now(the_loop) - begin < 500 * MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_timer_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_timers_that_meddle, setup, teardown),
		cmocka_unit_test_setup_teardown(test_removal_during_dispatch, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fd_events, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hooks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_run_and_stop, setup, teardown),
	};

	return cmocka_run_group_tests_name("base_loop", tests, NULL, NULL);
}
