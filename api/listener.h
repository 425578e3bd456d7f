/* SPDX-License-Identifier: BSD-2-Clause */
/* Accepting clients on several listening sockets. */
#pragma once

#include <stddef.h>
#include <sys/socket.h>

struct error;
struct listeners;
struct loop;

/**
 * struct listener_ops - what listeners want to know and tell
 * @room:	how many more clients may come now
 * @accepted:	one came; the descriptor (non-blocking) is the callee's
 * @after:	that was all for now
 */
struct listener_ops {
	unsigned (*room)(void *context);
	void (*accepted)(void *context, int fd, const struct sockaddr_storage *addr, socklen_t len);
	void (*after)(void *context);
};

/**
 * listeners_start() - accept from sockets
 * @loop:	the loop
 * @fds:	sockets that are bound and listen; taken on success
 * @count:	their number
 * @ops:	whom to tell; stays
 * @context:	first argument of @ops
 *
 * Return: the listeners, or NULL when memory or descriptors are short
 */
struct listeners *listeners_start(struct loop *loop, const int *fds, size_t count,
				  const struct listener_ops *ops, void *context);

/**
 * listeners_resume() - there is room again; nothing happens when there was all the time
 * @l:		the listeners
 */
void listeners_resume(struct listeners *l);

/**
 * listeners_stop() - close them
 * @l:		the listeners; NULL is allowed
 */
void listeners_stop(struct listeners *l);
