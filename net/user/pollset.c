/* SPDX-License-Identifier: BSD-2-Clause */
/* Mirroring libslirp's sockets into epoll. */
#include "net/user/pollset.h"

#include <errno.h>
#include <slirp/libslirp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>

#include "net/base/bytes.h"

#define FIRST_FDS 64

int pollset_init(struct pollset *set, struct loop *loop, int size)
{
	/* Mapped, not allocated: pages of watches that are never used cost nothing. */
	void *watches = mmap(NULL, (size_t)size * sizeof(*set->watches), PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (watches == MAP_FAILED)
		return -ENOMEM;
	*set = (struct pollset){.loop = loop, .size = size, .watches = watches};
	return 0;
}

void pollset_done(struct pollset *set)
{
	for (int i = 0; i < set->used; i++)
		loop_fd_remove(&set->watches[i].source);
	if (set->watches)
		munmap(set->watches, (size_t)set->size * sizeof(*set->watches));
	free(set->by_fd);
	*set = (struct pollset){0};
}

/**
 * find() - the watch of a socket
 * @set:	the set
 * @fd:		the socket
 *
 * Return: the watch, or NULL
 */
static struct watch *find(struct pollset *set, int fd)
{
	if (fd < 0 || fd >= set->fds || set->by_fd[fd] == 0)
		return NULL;
	return &set->watches[set->by_fd[fd] - 1];
}

/**
 * grow() - make room for a descriptor
 * @set:	the set
 * @fd:		the descriptor
 *
 * Return: false without memory
 */
static bool grow(struct pollset *set, int fd)
{
	int fds = MAX(set->fds, FIRST_FDS);
	uint16_t *by_fd;

	if (fd < set->fds)
		return true;
	while (fds <= fd)
		fds *= 2;
	by_fd = reallocarray(set->by_fd, (size_t)fds, sizeof(*by_fd));
	if (!by_fd)
		return false;
	memset(by_fd + set->fds, 0, (size_t)(fds - set->fds) * sizeof(*by_fd));
	set->by_fd = by_fd;
	set->fds = fds;
	return true;
}

/**
 * to_slirp() - epoll's events as libslirp's
 * @events:	EPOLLIN ...
 */
static int to_slirp(uint32_t events)
{
	return (events & EPOLLIN ? SLIRP_POLL_IN : 0) | (events & EPOLLOUT ? SLIRP_POLL_OUT : 0) |
	       (events & EPOLLPRI ? SLIRP_POLL_PRI : 0) | (events & EPOLLERR ? SLIRP_POLL_ERR : 0) |
	       (events & EPOLLHUP ? SLIRP_POLL_HUP : 0);
}

/**
 * to_epoll() - libslirp's events as epoll's
 * @events:	SLIRP_POLL_*
 */
static uint32_t to_epoll(int events)
{
	return (events & SLIRP_POLL_IN ? (uint32_t)EPOLLIN : 0) |
	       (events & SLIRP_POLL_OUT ? (uint32_t)EPOLLOUT : 0) |
	       (events & SLIRP_POLL_PRI ? (uint32_t)EPOLLPRI : 0);
}

/**
 * on_event() - epoll says that a socket is ready
 * @source:	source of the watch
 * @events:	EPOLLIN ...
 *
 * An error of a socket that only waits to be written to is told as writable: libslirp would read
 * from it otherwise, and sees the error when it writes.
 */
static void on_event(struct loop_fd *source, uint32_t events)
{
	struct watch *w = container_of(source, struct watch, source);

	w->ready = to_slirp(events) & w->asked;
	if (!(w->asked & SLIRP_POLL_IN))
		w->ready = SLIRP_POLL_OUT & w->asked;
	if (w->ready == 0)
		w->ready = w->asked & SLIRP_POLL_IN;
	w->set->pending = true;
}

struct watch *pollset_opened(struct pollset *set, int fd, uint8_t kind)
{
	struct watch *w = find(set, fd);

	if (fd < 0 || w || !grow(set, fd))
		return w;
	if (set->free) {
		w = &set->watches[set->free - 1];
		set->free = w->next_free;
	} else if (set->used < set->size) {
		w = &set->watches[set->used++];
	} else {
		return NULL;
	}
	*w = (struct watch){.source = {.fd = -1, .callback = on_event},
			    .set = set,
			    .fd = fd,
			    .kind = kind,
			    .round = set->round - 1};
	set->by_fd[fd] = (uint16_t)(w - set->watches + 1);
	return w;
}

uint8_t pollset_closed(struct pollset *set, int fd)
{
	struct watch *w = find(set, fd);

	if (!w)
		return 0;
	loop_fd_remove(&w->source);
	set->by_fd[fd] = 0;
	w->fd = -1;
	w->ready = 0;
	w->next_free = set->free;
	set->free = (int)(w - set->watches + 1);
	return w->kind;
}

void pollset_begin(struct pollset *set)
{
	set->round++;
}

int pollset_ask(struct pollset *set, int fd, int events)
{
	struct watch *w = pollset_opened(set, fd, 0);

	if (!w || (w->listener && set->pause_accept))
		return -1;
	w->asked = events;
	w->round = set->round;
	return (int)(w - set->watches);
}

/**
 * update() - bring epoll up to date about a socket
 * @set:	the set
 * @w:		its watch, in use
 *
 * Return: true when it was guessed readable
 */
static bool update(struct pollset *set, struct watch *w)
{
	if (w->round != set->round) {
		loop_fd_remove(&w->source);
		w->asked = 0;
		w->ready = 0;
		w->guessed = false;
		return false;
	}
	if (w->source.loop) {
		loop_fd_events(&w->source, to_epoll(w->asked));
		return false;
	}
	if (w->may_guess && w->known && !w->guessed && (w->asked & SLIRP_POLL_IN)) {
		w->guessed = true;
		w->ready = SLIRP_POLL_IN;
		return true;
	}
	if (loop_fd_add(set->loop, &w->source, w->fd, to_epoll(w->asked)) == 0)
		w->known = true;
	w->guessed = false;
	return false;
}

bool pollset_end(struct pollset *set)
{
	bool guessed = false;

	for (int i = 0; i < set->used; i++) {
		if (set->watches[i].fd >= 0)
			guessed |= update(set, &set->watches[i]);
	}
	return guessed;
}

int pollset_ready(struct pollset *set, int number)
{
	struct watch *w = &set->watches[number];
	int ready = w->ready;

	w->ready = 0;
	if (w->uses && (ready & SLIRP_POLL_IN))
		(*w->uses)++; /* of a forward's socket libslirp reads one thing each time */
	return ready;
}
