/* SPDX-License-Identifier: BSD-2-Clause */
/* Accepting: as many clients as there is room for, the others wait in the backlog. */
#include "api/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "net/base/bytes.h"
#include "net/base/log.h"
#include "net/base/loop.h"

#define BATCH    16
#define RETRY_NS 1000000000LL /* after the host had no descriptor left */

/**
 * struct listener - a socket that we accept from
 * @source:	in the loop
 * @all:	what it belongs to
 */
struct listener {
	struct loop_fd source;
	struct listeners *all;
};

/**
 * struct listeners - several of them
 * @loop:	the loop
 * @ops:	whom to tell
 * @context:	first argument of @ops
 * @retry:	runs while the host has no descriptor left
 * @paused:	nothing is accepted
 * @count:	length of @one
 * @one:	the listeners
 */
struct listeners {
	struct loop *loop;
	const struct listener_ops *ops;
	void *context;
	struct loop_timer retry;
	bool paused;
	size_t count;
	struct listener one[];
};

/** set_paused() - accept, or leave clients in the backlog */
static void set_paused(struct listeners *l, bool paused)
{
	l->paused = paused;
	for (size_t i = 0; i < l->count; i++)
		loop_fd_events(&l->one[i].source, paused ? 0 : EPOLLIN);
}

/** on_retry() - perhaps the host has a descriptor now */
static void on_retry(struct loop_timer *timer)
{
	set_paused(container_of(timer, struct listeners, retry), false);
}

/**
 * refused() - accept4() failed
 * @l:		the listeners
 * @code:	errno
 *
 * Without a free descriptor the socket stays readable: trying at once would be an endless loop.
 */
static void refused(struct listeners *l, int code)
{
	if (code != EMFILE && code != ENFILE && code != ENOMEM && code != ENOBUFS)
		return;
	log_warn("api: cannot accept a connection: %s", strerror(code));
	set_paused(l, true);
	loop_timer_set(l->loop, &l->retry, loop_now(l->loop) + RETRY_NS);
}

/** on_clients() - clients are waiting */
static void on_clients(struct loop_fd *source, uint32_t events)
{
	struct listeners *l = container_of(source, struct listener, source)->all;

	(void)events;
	for (int i = 0; i < BATCH && l->ops->room(l->context) > 0; i++) {
		struct sockaddr_storage addr = {.ss_family = AF_UNSPEC};
		socklen_t len = sizeof(addr);
		int fd = accept4(source->fd, (struct sockaddr *)&addr, &len,
				 SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0) {
			refused(l, errno);
			break;
		}
		l->ops->accepted(l->context, fd, &addr, len);
	}
	if (l->ops->room(l->context) == 0)
		set_paused(l, true);
	l->ops->after(l->context);
}

struct listeners *listeners_start(struct loop *loop, const int *fds, size_t count,
				  const struct listener_ops *ops, void *context)
{
	struct listeners *l = calloc(1, sizeof(*l) + count * sizeof(l->one[0]));

	if (!l)
		return NULL;
	l->loop = loop;
	l->ops = ops;
	l->context = context;
	l->retry.callback = on_retry;
	for (; l->count < count; l->count++) {
		struct listener *listener = &l->one[l->count];
		int fd = fds[l->count];

		listener->all = l;
		listener->source.callback = on_clients;
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
		if (loop_fd_add(loop, &listener->source, fd, EPOLLIN) < 0) {
			while (l->count > 0)
				loop_fd_remove(&l->one[--l->count].source);
			free(l);
			return NULL;
		}
	}
	return l;
}

void listeners_resume(struct listeners *l)
{
	if (l->paused && !loop_timer_running(&l->retry))
		set_paused(l, false);
}

void listeners_stop(struct listeners *l)
{
	if (!l)
		return;
	loop_timer_cancel(&l->retry);
	for (size_t i = 0; i < l->count; i++) {
		int fd = l->one[i].source.fd;

		loop_fd_remove(&l->one[i].source);
		close(fd);
	}
	free(l);
}
