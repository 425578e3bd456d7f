/* SPDX-License-Identifier: BSD-2-Clause */
/* Forwards of sockets that control opened. */
#include "net/user/slirp_forward.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/base/error.h"

/*
 * Theory of operation
 *
 * libslirp only knows to open a forward's socket itself, but control must do that: it can say why
 * a port is busy, and the socket survives a worker. So libslirp is made to listen on a port of the
 * loopback that the kernel chooses, and control's socket is put over that descriptor with dup2().
 * From the throw-away socket libslirp has kept its address only, to know the peer's family; on the
 * loopback that makes it take local clients for the host's alias, as it should.
 *
 * It does not tell the descriptor either. It is the one that it waits for afterwards and did not
 * wait for before; between the two there is nothing that could open another one.
 */

/**
 * struct fd_list - the sockets that libslirp waits for
 * @fd:		the sockets
 * @count:	their number
 * @size:	room in @fd
 * @failed:	there was no memory for all
 */
struct fd_list {
	int *fd;
	int count;
	int size;
	bool failed;
};

/** collect() - SlirpAddPollCb: put a socket on the list */
static int collect(int fd, int events, void *opaque)
{
	struct fd_list *list = opaque;

	(void)events;
	if (list->count == list->size) {
		int size = list->size ? list->size * 2 : 64;
		int *grown = reallocarray(list->fd, (size_t)size, sizeof(*grown));

		if (!grown) {
			list->failed = true;
			return -1;
		}
		list->fd = grown;
		list->size = size;
	}
	list->fd[list->count++] = fd;
	return -1; /* nothing is polled before the stack asks again */
}

/**
 * list_sockets() - what libslirp waits for
 * @slirp:	libslirp's instance
 * @list:	filled; @fd is to be freed
 */
static void list_sockets(Slirp *slirp, struct fd_list *list)
{
	uint32_t timeout_ms = UINT32_MAX;

	*list = (struct fd_list){0};
	slirp_pollfds_fill(slirp, &timeout_ms, collect, list);
}

/**
 * find_new() - the first socket of a list that is not on another
 * @after:	one list
 * @before:	the other
 *
 * Return: the socket, or -ENOENT
 */
static int find_new(const struct fd_list *after, const struct fd_list *before)
{
	for (int i = 0; i < after->count; i++) {
		bool old = false;

		for (int k = 0; k < before->count && !old; k++)
			old = before->fd[k] == after->fd[i];
		if (!old)
			return after->fd[i];
	}
	return -ENOENT;
}

/**
 * listen_throwaway() - make libslirp listen where it does no harm
 * @slirp:	libslirp's instance
 * @fwd:	the rule
 *
 * Return: 0 or -errno
 */
static int listen_throwaway(Slirp *slirp, const struct user_forward *fwd)
{
	bool v6 = fwd->host.sa.sa_family == AF_INET6;
	union host_addr host;

	host_addr_parse(v6 ? "::1" : "127.0.0.1", &host);
	if (slirp_add_hostxfwd(slirp, &host.sa, host_addr_len(&host), &fwd->guest.sa,
			       host_addr_len(&fwd->guest),
			       (fwd->udp ? SLIRP_HOSTFWD_UDP : 0) |
				       (v6 ? SLIRP_HOSTFWD_V6ONLY : 0)) < 0)
		return errno ? -errno : -EIO;
	return 0;
}

int slirp_forward_add(Slirp *slirp, const struct user_forward *fwd, int fd, struct error *err)
{
	struct fd_list before, after = {0};
	int found;

	list_sockets(slirp, &before);
	found = listen_throwaway(slirp, fwd);
	if (found == 0) {
		list_sockets(slirp, &after);
		found = before.failed || after.failed ? -ENOMEM : find_new(&after, &before);
	}
	if (found >= 0 && (dup2(fd, found) < 0 || fcntl(found, F_SETFD, FD_CLOEXEC) < 0))
		found = -errno;
	free(before.fd);
	free(after.fd);
	close(fd);
	if (found < 0)
		error_set(err, -found, "A forwarded port could not be handed to libslirp: %s",
			  strerror(-found));
	return found;
}

void slirp_forward_remove(Slirp *slirp, const struct user_forward *fwd)
{
	/* libslirp asks the socket for its name, so the rule's real address finds it. */
	slirp_remove_hostxfwd(slirp, &fwd->host.sa, host_addr_len(&fwd->host),
			      fwd->udp ? SLIRP_HOSTFWD_UDP : 0);
}
