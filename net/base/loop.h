/* SPDX-License-Identifier: BSD-2-Clause */
/* The event loop of a process: level-triggered epoll, timers, hooks; no threads. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Theory of operation
 *
 * Every process of the daemon has one loop. A source (struct loop_fd, loop_timer, loop_hook) is
 * embedded in the object that owns it: adding one allocates nothing but a slot in the timer heap.
 *
 * A turn is: hooks' prepare, wait, expired timers, ready fds. Timers run before fds so that an fd's
 * callback never cancels a timer that had already expired.
 *
 * A callback may remove and free any source, itself included. epoll_wait() hands out a batch, so a
 * source that dies during the batch could still be named in its rest: loop_fd_remove() therefore
 * clears its entries from the batch that is being worked off.
 *
 * The clock is a function, so that tests and fuzzers can move time by hand.
 */

struct loop;

/**
 * struct loop_fd - a file descriptor that is watched; embedded in its owner
 * @fd:		the descriptor, or -1 while not in a loop; stays the owner's, who closes it
 * @events:	EPOLLIN, EPOLLOUT ... that are asked for
 * @callback:	called with the ready events (EPOLLERR and EPOLLHUP come unasked)
 * @loop:	the loop it is in, or NULL
 */
struct loop_fd {
	int fd;
	uint32_t events;
	void (*callback)(struct loop_fd *source, uint32_t events);
	struct loop *loop;
};

/**
 * struct loop_timer - a one-shot timer; embedded in its owner
 * @deadline_ns: when it fires, by loop_now()
 * @callback:	called once, after the timer was taken out of the loop; it may set it again
 * @loop:	the loop it is in, or NULL
 * @slot:	its place in the loop's heap
 */
struct loop_timer {
	int64_t deadline_ns;
	void (*callback)(struct loop_timer *timer);
	struct loop *loop;
	int slot;
};

/**
 * struct loop_hook - something to do before the loop sleeps; embedded in its owner
 * @prepare:	called each turn; may shorten the sleep by lowering *@timeout_ns (0: do not sleep)
 * @next:	next hook of the loop
 * @loop:	the loop it is in, or NULL
 */
struct loop_hook {
	void (*prepare)(struct loop_hook *hook, int64_t *timeout_ns);
	struct loop_hook *next;
	struct loop *loop;
};

/**
 * loop_new() - make a loop
 *
 * Return: the loop, or NULL when the host has no memory or descriptor left
 */
struct loop *loop_new(void);

/**
 * loop_free() - free a loop; its sources must have been removed, NULL is allowed
 * @loop:	the loop
 */
void loop_free(struct loop *loop);

/**
 * loop_set_clock() - take the time from elsewhere than CLOCK_MONOTONIC
 * @loop:	the loop
 * @now_ns:	returns nanoseconds, never decreasing; NULL: CLOCK_MONOTONIC again
 * @context:	handed to @now_ns
 */
void loop_set_clock(struct loop *loop, int64_t (*now_ns)(void *context), void *context);

/**
 * loop_now() - the time
 * @loop:	the loop
 *
 * Return: monotonic nanoseconds
 */
int64_t loop_now(const struct loop *loop);

/**
 * loop_fd_add() - watch a descriptor
 * @loop:	the loop
 * @source:	the source, with @callback set; not in a loop
 * @fd:		the descriptor
 * @events:	EPOLLIN, EPOLLOUT, or 0
 *
 * Return: 0 or -errno of epoll_ctl()
 */
int loop_fd_add(struct loop *loop, struct loop_fd *source, int fd, uint32_t events);

/**
 * loop_fd_events() - change what is asked for; cheap when it is the same
 * @source:	a source in a loop
 * @events:	new events
 */
void loop_fd_events(struct loop_fd *source, uint32_t events);

/**
 * loop_fd_remove() - stop watching; call it before closing the descriptor
 * @source:	the source; nothing happens when it is in no loop
 */
void loop_fd_remove(struct loop_fd *source);

/**
 * loop_timer_set() - (re)start a one-shot timer
 * @loop:	the loop
 * @timer:	the timer, with @callback set
 * @deadline_ns: when; in the past means at the next turn
 */
void loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t deadline_ns);

/**
 * loop_timer_cancel() - stop a timer; nothing happens when it is not running
 * @timer:	the timer
 */
void loop_timer_cancel(struct loop_timer *timer);

/**
 * loop_timer_running() - is the timer set?
 * @timer:	the timer
 */
static inline bool loop_timer_running(const struct loop_timer *timer)
{
	return timer->loop != NULL;
}

/**
 * loop_hook_add() - call a hook before each sleep
 * @loop:	the loop
 * @hook:	the hook, with @prepare set
 */
void loop_hook_add(struct loop *loop, struct loop_hook *hook);

/**
 * loop_hook_remove() - call it no more; nothing happens when it is in no loop
 * @hook:	the hook
 */
void loop_hook_remove(struct loop_hook *hook);

/**
 * loop_turn() - one turn
 * @loop:	the loop
 * @max_wait_ns: sleep no longer than this; negative: until something happens
 *
 * Return: number of callbacks that were called
 */
int loop_turn(struct loop *loop, int64_t max_wait_ns);

/**
 * loop_run() - turn until loop_stop()
 * @loop:	the loop
 */
void loop_run(struct loop *loop);

/**
 * loop_stop() - make loop_run() return after this turn
 * @loop:	the loop
 */
void loop_stop(struct loop *loop);
