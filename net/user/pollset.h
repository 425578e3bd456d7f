/* SPDX-License-Identifier: BSD-2-Clause */
/* libslirp's sockets, mirrored into the loop's epoll. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "net/base/loop.h"

/*
 * Theory of operation
 *
 * libslirp names the sockets it waits for anew each turn (slirp_pollfds_fill()) and asks later what
 * became of each (slirp_pollfds_poll()), as for poll(2). The set keeps a watch for each socket and
 * tells epoll about changes only.
 *
 * A socket that is not asked for must leave epoll altogether, as it reports errors unasked. That
 * would be two system calls each time a send buffer fills and empties, which in a transfer to the
 * guest is once a window. So a socket that is asked for again after a pause is first simply said to
 * be readable (its TCP sockets are non-blocking, it looks and finds nothing at worst), and goes
 * back into epoll only when it is still asked for after that. (Its UDP sockets do block: no
 * guessing about them.)
 *
 * What libslirp did not ask for it is not told: it asserts that there is room to read into.
 */

struct pollset;

/**
 * struct watch - one socket
 * @source:	in epoll while @source.loop is set; its @fd is -1 while not
 * @set:	the set it belongs to
 * @fd:		the socket, or -1 for a free watch
 * @asked:	SLIRP_POLL_* asked for in the last round
 * @ready:	SLIRP_POLL_* to be told, out of @asked
 * @round:	round in which it was last asked for
 * @kind:	what the owner noted at pollset_opened()
 * @listener:	a forward's TCP socket: left out while pollset.pause_accept
 * @may_guess:	a non-blocking stream: nothing happens if it is said to be readable and is not
 * @known:	has been in epoll
 * @guessed:	was said to be readable without epoll, this time
 * @uses:	counts how often libslirp was told that there is something to read, or NULL
 * @next_free:	next free watch, plus 1
 */
struct watch {
	struct loop_fd source;
	struct pollset *set;
	int fd;
	int asked;
	int ready;
	uint32_t round;
	uint8_t kind;
	bool listener;
	bool may_guess;
	bool known;
	bool guessed;
	uint64_t *uses;
	int next_free;
};

/**
 * struct pollset - all sockets of a libslirp instance
 * @loop:	the loop
 * @watches:	the watches; the first @used have been in use
 * @size:	room in @watches
 * @used:	watches ever used
 * @free:	first free watch, plus 1
 * @by_fd:	watch of a descriptor, plus 1
 * @fds:	room in @by_fd
 * @round:	number of the round
 * @pending:	some watch is ready
 * @pause_accept: do not wait for new connections now
 */
struct pollset {
	struct loop *loop;
	struct watch *watches;
	int size;
	int used;
	int free;
	uint16_t *by_fd;
	int fds;
	uint32_t round;
	bool pending;
	bool pause_accept;
};

/**
 * pollset_init() - make an empty set
 * @set:	the set
 * @loop:	the loop
 * @size:	most sockets it will have; more are not waited for
 *
 * Return: 0 or -ENOMEM
 */
int pollset_init(struct pollset *set, struct loop *loop, int size);

/**
 * pollset_done() - leave the loop and free all; a zeroed set is allowed
 * @set:	the set
 */
void pollset_done(struct pollset *set);

/**
 * pollset_opened() - a socket was opened
 * @set:	the set
 * @fd:		the socket
 * @kind:	anything that pollset_closed() shall return
 *
 * Return: its watch, or NULL when there is no room
 */
struct watch *pollset_opened(struct pollset *set, int fd, uint8_t kind);

/**
 * pollset_closed() - a socket is about to be closed
 * @set:	the set
 * @fd:		the socket; one that is not known is allowed
 *
 * Return: the kind given when it was opened, or 0
 */
uint8_t pollset_closed(struct pollset *set, int fd);

/**
 * pollset_begin() - a new round of asking
 * @set:	the set
 */
void pollset_begin(struct pollset *set);

/**
 * pollset_ask() - libslirp waits for a socket
 * @set:	the set
 * @fd:		the socket; one that is not known is added with kind 0
 * @events:	SLIRP_POLL_*
 *
 * Return: number for pollset_ready(), or -1
 */
int pollset_ask(struct pollset *set, int fd, int events);

/**
 * pollset_end() - the round is over: bring epoll up to date
 * @set:	the set
 *
 * Return: true when sockets were guessed readable, to be told right now
 */
bool pollset_end(struct pollset *set);

/**
 * pollset_ready() - what became of a socket; told once
 * @set:	the set
 * @number:	from pollset_ask()
 *
 * Return: SLIRP_POLL_*
 */
int pollset_ready(struct pollset *set, int number);
