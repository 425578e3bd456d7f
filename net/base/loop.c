/* SPDX-License-Identifier: BSD-2-Clause */
/* The event loop: epoll, a binary heap of timers, a list of hooks. */
#include "net/base/loop.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "net/base/bytes.h"

#define BATCH         64
#define NS_PER_SECOND 1000000000LL

/**
 * struct loop - an event loop
 * @epoll:	epoll descriptor
 * @stop:	loop_stop() was called
 * @now_ns:	injected clock, or NULL
 * @context:	argument of @now_ns
 * @hooks:	first hook
 * @next_hook:	the hook that the running prepare round calls next
 * @heap:	timers, the earliest first (binary heap)
 * @timers:	number of timers in @heap
 * @heap_size:	slots allocated
 * @batch:	events being worked off
 * @batch_len:	their number
 */
struct loop {
	int epoll;
	bool stop;
	int64_t (*now_ns)(void *context);
	void *context;
	struct loop_hook *hooks;
	struct loop_hook *next_hook;
	struct loop_timer **heap;
	int timers;
	int heap_size;
	struct epoll_event batch[BATCH];
	int batch_len;
};

struct loop *loop_new(void)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (!loop)
		return NULL;
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll < 0) {
		free(loop);
		return NULL;
	}
	return loop;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	close(loop->epoll);
	free(loop->heap);
	free(loop);
}

void loop_set_clock(struct loop *loop, int64_t (*now_ns)(void *context), void *context)
{
	loop->now_ns = now_ns;
	loop->context = context;
}

int64_t loop_now(const struct loop *loop)
{
	struct timespec ts;

	if (loop->now_ns)
		return loop->now_ns(loop->context);
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_SECOND + ts.tv_nsec;
}

int loop_fd_add(struct loop *loop, struct loop_fd *source, int fd, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = source};

	assert(!source->loop);
	if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &ev) < 0)
		return -errno;
	source->fd = fd;
	source->events = events;
	source->loop = loop;
	return 0;
}

void loop_fd_events(struct loop_fd *source, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = source};

	if (!source->loop || source->events == events)
		return;
	epoll_ctl(source->loop->epoll, EPOLL_CTL_MOD, source->fd, &ev);
	source->events = events;
}

void loop_fd_remove(struct loop_fd *source)
{
	struct loop *loop = source->loop;

	if (!loop)
		return;
	epoll_ctl(loop->epoll, EPOLL_CTL_DEL, source->fd, NULL);
	for (int i = 0; i < loop->batch_len; i++) {
		if (loop->batch[i].data.ptr == source)
			loop->batch[i].data.ptr = NULL;
	}
	source->loop = NULL;
	source->fd = -1;
}

/**
 * heap_place() - put a timer into a slot of the heap
 * @loop:	the loop
 * @slot:	index
 * @timer:	the timer
 */
static void heap_place(struct loop *loop, int slot, struct loop_timer *timer)
{
	loop->heap[slot] = timer;
	timer->slot = slot;
}

/**
 * heap_up() - move a timer towards the root until its parent is earlier
 * @loop:	the loop
 * @timer:	a timer in the heap
 */
static void heap_up(struct loop *loop, struct loop_timer *timer)
{
	int slot = timer->slot;

	while (slot > 0) {
		struct loop_timer *parent = loop->heap[(slot - 1) / 2];

		if (parent->deadline_ns <= timer->deadline_ns)
			break;
		heap_place(loop, slot, parent);
		slot = (slot - 1) / 2;
	}
	heap_place(loop, slot, timer);
}

/**
 * heap_down() - move a timer away from the root until both children are later
 * @loop:	the loop
 * @timer:	a timer in the heap
 */
static void heap_down(struct loop *loop, struct loop_timer *timer)
{
	int slot = timer->slot;

	for (;;) {
		int child = 2 * slot + 1;

		if (child + 1 < loop->timers &&
		    loop->heap[child + 1]->deadline_ns < loop->heap[child]->deadline_ns)
			child++;
		if (child >= loop->timers || loop->heap[child]->deadline_ns >= timer->deadline_ns)
			break;
		heap_place(loop, slot, loop->heap[child]);
		slot = child;
	}
	heap_place(loop, slot, timer);
}

/**
 * heap_grow() - make room for one more timer
 * @loop:	the loop
 *
 * There are a handful of timers an object; running out of memory here leaves nothing to go on with.
 */
static void heap_grow(struct loop *loop)
{
	if (loop->timers < loop->heap_size)
		return;
	loop->heap_size = loop->heap_size ? loop->heap_size * 2 : 16;
	loop->heap = reallocarray(loop->heap, (size_t)loop->heap_size, sizeof(*loop->heap));
	if (!loop->heap)
		abort();
}

void loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t deadline_ns)
{
	if (timer->loop == loop && timer->deadline_ns == deadline_ns)
		return;
	loop_timer_cancel(timer);
	heap_grow(loop);
	timer->deadline_ns = deadline_ns;
	timer->loop = loop;
	heap_place(loop, loop->timers++, timer);
	heap_up(loop, timer);
}

void loop_timer_cancel(struct loop_timer *timer)
{
	struct loop *loop = timer->loop;
	struct loop_timer *last;

	if (!loop)
		return;
	timer->loop = NULL;
	last = loop->heap[--loop->timers];
	if (last == timer)
		return;
	heap_place(loop, timer->slot, last);
	heap_up(loop, last);
	heap_down(loop, last);
}

void loop_hook_add(struct loop *loop, struct loop_hook *hook)
{
	assert(!hook->loop);
	hook->loop = loop;
	hook->next = loop->hooks;
	loop->hooks = hook;
}

void loop_hook_remove(struct loop_hook *hook)
{
	struct loop *loop = hook->loop;

	if (!loop)
		return;
	for (struct loop_hook **p = &loop->hooks; *p; p = &(*p)->next) {
		if (*p == hook) {
			*p = hook->next;
			break;
		}
	}
	if (loop->next_hook == hook)
		loop->next_hook = hook->next;
	hook->loop = NULL;
}

/**
 * run_hooks() - call every hook
 * @loop:	the loop
 * @timeout_ns:	sleep they may shorten; negative is endless
 */
static void run_hooks(struct loop *loop, int64_t *timeout_ns)
{
	struct loop_hook *hook = loop->hooks;

	while (hook) {
		int64_t wish = INT64_MAX;

		loop->next_hook = hook->next;
		hook->prepare(hook, &wish);
		if (wish != INT64_MAX && (*timeout_ns < 0 || wish < *timeout_ns))
			*timeout_ns = MAX(wish, 0);
		hook = loop->next_hook;
	}
}

/**
 * run_timers() - call the timers that had expired when this began
 * @loop:	the loop
 *
 * A timer that sets itself into the past again runs in the next turn, so fds are never starved.
 *
 * Return: number of timers called
 */
static int run_timers(struct loop *loop)
{
	int64_t now;
	int n = 0;

	if (loop->timers == 0)
		return 0;
	now = loop_now(loop);
	for (int budget = loop->timers; budget > 0 && loop->timers > 0; budget--) {
		struct loop_timer *timer = loop->heap[0];

		if (timer->deadline_ns > now)
			break;
		loop_timer_cancel(timer);
		timer->callback(timer);
		n++;
	}
	return n;
}

/**
 * wait_events() - epoll_wait with nanoseconds
 * @loop:	the loop
 * @timeout_ns:	longest sleep; negative is endless
 */
static void wait_events(struct loop *loop, int64_t timeout_ns)
{
	struct timespec ts = {.tv_sec = timeout_ns / NS_PER_SECOND,
			      .tv_nsec = timeout_ns % NS_PER_SECOND};
	int n = epoll_pwait2(loop->epoll, loop->batch, BATCH, timeout_ns < 0 ? NULL : &ts, NULL);

	if (n < 0 && errno == ENOSYS) /* Linux before 5.11 */
		n = epoll_wait(loop->epoll, loop->batch, BATCH,
			       timeout_ns < 0 ? -1
					      : (int)MIN((timeout_ns + 999999) / 1000000, 60000));
	loop->batch_len = MAX(n, 0);
}

/**
 * timer_timeout() - how long to sleep until the earliest timer
 * @loop:	the loop
 * @timeout_ns:	sleep that was asked for; negative is endless
 *
 * Return: the shorter of both, in nanoseconds
 */
static int64_t timer_timeout(struct loop *loop, int64_t timeout_ns)
{
	int64_t left;

	if (loop->timers == 0)
		return timeout_ns;
	left = MAX(loop->heap[0]->deadline_ns - loop_now(loop), 0);
	return timeout_ns < 0 ? left : MIN(timeout_ns, left);
}

int loop_turn(struct loop *loop, int64_t max_wait_ns)
{
	int64_t timeout_ns = max_wait_ns;
	int n;

	run_hooks(loop, &timeout_ns);
	wait_events(loop, timer_timeout(loop, timeout_ns));
	n = run_timers(loop);
	for (int i = 0; i < loop->batch_len; i++) {
		struct loop_fd *source = loop->batch[i].data.ptr;

		if (!source)
			continue;
		source->callback(source, loop->batch[i].events);
		n++;
	}
	loop->batch_len = 0;
	return n;
}

void loop_run(struct loop *loop)
{
	loop->stop = false;
	while (!loop->stop)
		loop_turn(loop, -1);
}

void loop_stop(struct loop *loop)
{
	loop->stop = true;
}
