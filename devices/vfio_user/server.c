/* SPDX-License-Identifier: BSD-2-Clause */
/* vfio-user: the listening socket, the one client, its beginning and end. */
#include "devices/vfio_user/server.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "devices/nic.h"
#include "devices/vfio_user/state.h"
#include "net/base/bytes.h"
#include "net/base/error.h"

#define MAX_ACCEPTS    16                     /* a turn */
#define ACCEPT_REST_NS (1000 * 1000 * 1000LL) /* after the process ran out of descriptors */

static_assert(sizeof(struct vfio_user_state) <= NIC_PART_SIZE, "the part is too small");

void vfio_user_complain(struct vfio_user_server *server, const struct vfio_user_message *message,
			const char *what)
{
	if (server->complaints++ == 0)
		log_warn("vfio-user: command %u of %u bytes: %s", message->header.command,
			 message->header.size, what);
}

/**
 * clear_connection() - the state of a server without client
 * @server:	the server
 *
 * The buffers need no clearing: nothing reads beyond their fill levels.
 */
static void clear_connection(struct vfio_user_server *server)
{
	struct vfio_user_state *state = server->state;

	state->negotiated = 0;
	state->reply_len = 0;
	state->reply_piped = 0;
	state->reply_sent = 0;
	state->progress = (struct vfio_user_progress){.phase = VFIO_USER_IDLE};
	state->settling = (struct vfio_user_settling){0};
	server->at = (struct vfio_user_position){0};
	vfio_user_commit(server);
	server->again = false;
	server->broken = NULL;
}

/**
 * on_stall() - a message was begun long ago and not finished
 * @timer:	the server's
 */
static void on_stall(struct loop_timer *timer)
{
	vfio_user_detach(container_of(timer, struct vfio_user_server, stall),
			 "it left a message unfinished");
}

/**
 * on_client() - the client's socket is ready
 * @source:	the socket
 * @events:	which way does not matter: all is tried that can be done
 */
static void on_client(struct loop_fd *source, uint32_t events)
{
	(void)events;
	vfio_user_work(container_of(source, struct vfio_user_server, client));
}

void vfio_user_init(struct vfio_user_server *server, struct loop *loop, struct nic *nic,
		    const struct vfio_user_transport *transport)
{
	*server = (struct vfio_user_server){.loop = loop,
					    .nic = nic,
					    .state = nic->mem.vfio_user,
					    .transport = transport,
					    .listener = {.fd = -1},
					    .client = {.fd = -1, .callback = on_client},
					    .pipe = {-1, -1},
					    .stall = {.callback = on_stall}};
}

void vfio_user_keep_client(struct vfio_user_server *server)
{
	if (server->nic->host && pipe2(server->pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		server->pipe[0] = server->pipe[1] = -1;
	nic_keep(server->nic, NIC_FD_PIPE_READ, 0, server->pipe[0]);
	nic_keep(server->nic, NIC_FD_PIPE_WRITE, 0, server->pipe[1]);
	nic_keep(server->nic, NIC_FD_CLIENT, 0, server->client.fd);
}

void vfio_user_forget_client(struct vfio_user_server *server)
{
	static const enum nic_fd kinds[] = {NIC_FD_CLIENT,   NIC_FD_PIPE_READ, NIC_FD_PIPE_WRITE,
					    NIC_FD_RESAMPLE, NIC_FD_INTX,      NIC_FD_MSI};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		nic_keep(server->nic, kinds[i], 0, -1);
	for (int i = 0; i < 2; i++) {
		if (server->pipe[i] >= 0)
			close(server->pipe[i]);
		server->pipe[i] = -1;
	}
}

void vfio_user_attach(struct vfio_user_server *server)
{
	clear_connection(server);
	server->attached = true;
	server->complaints = 0;
	server->told_unshared = false;
	server->unreachable = server->nic->dma.unreachable;
	nic_set_attached(server->nic, true);
	if (log_allowed(&server->log_limit, loop_now(server->loop)))
		log_info("vfio-user: a guest is attached");
}

void vfio_user_detach(struct vfio_user_server *server, const char *why)
{
	int fd = server->client.fd;

	if (!server->attached)
		return;
	if (log_allowed(&server->log_limit, loop_now(server->loop)))
		log_info("vfio-user: the guest is detached: %s (bad commands: %llu)", why,
			 (unsigned long long)server->complaints);
	loop_timer_cancel(&server->stall);
	loop_fd_remove(&server->client);
	if (fd >= 0)
		close(fd);
	for (int i = 0; i < server->fd_count; i++)
		close(server->fds[i].fd);
	server->fd_count = 0;
	vfio_user_unmap_all(server);
	intx_set_eventfd(&server->nic->intx, -1);
	msi_set_eventfd(&server->nic->msi, -1);
	vfio_user_forget_client(server);
	clear_connection(server);
	server->attached = false;
	nic_set_attached(server->nic, false);
}

/**
 * client_is_gone() - did the client close its end, and the loop has not come to tell us yet?
 * @server:	a server with a client
 */
static bool client_is_gone(const struct vfio_user_server *server)
{
	struct pollfd p = {.fd = server->client.fd, .events = POLLRDHUP};

	return poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

/**
 * take_client() - a client connected
 * @server:	the server
 * @fd:		its socket, taken over
 *
 * A second one is closed at once: waiting in the backlog, it would freeze its guest.
 */
static void take_client(struct vfio_user_server *server, int fd)
{
	static const int begin = 0;

	if (server->attached && client_is_gone(server))
		vfio_user_detach(server, "it closed the connection");
	if (server->attached ||
	    setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &begin, sizeof(begin)) < 0 ||
	    loop_fd_add(server->loop, &server->client, fd, EPOLLIN) < 0) {
		if (log_allowed(&server->log_limit, loop_now(server->loop)))
			log_warn("vfio-user: a second client was turned away");
		close(fd);
		return;
	}
	vfio_user_attach(server);
	vfio_user_keep_client(server);
}

/**
 * on_accept_again() - perhaps there are descriptors again
 * @timer:	the server's
 */
static void on_accept_again(struct loop_timer *timer)
{
	loop_fd_events(&container_of(timer, struct vfio_user_server, accept_again)->listener,
		       EPOLLIN);
}

/**
 * on_listener() - clients connected
 * @source:	the listening socket
 * @events:	ready events
 */
static void on_listener(struct loop_fd *source, uint32_t events)
{
	struct vfio_user_server *server = container_of(source, struct vfio_user_server, listener);

	(void)events;
	for (int i = 0; i < MAX_ACCEPTS; i++) {
		int fd = accept4(source->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			take_client(server, fd);
			continue;
		}
		if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
			return;
		log_warn("vfio-user: a client can't be accepted: %s", strerror(errno));
		loop_fd_events(source, 0);
		loop_timer_set(server->loop, &server->accept_again,
			       loop_now(server->loop) + ACCEPT_REST_NS);
		return;
	}
}

/**
 * listen_on() - watch the listening socket
 * @server:	the server
 * @fd:		the socket
 *
 * Return: 0 or -errno
 */
static int listen_on(struct vfio_user_server *server, int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	server->listener.callback = on_listener;
	server->accept_again.callback = on_accept_again;
	return loop_fd_add(server->loop, &server->listener, fd, EPOLLIN);
}

struct vfio_user_server *vfio_user_start(struct loop *loop, struct nic *nic, int listen_fd,
					 struct error *err)
{
	struct vfio_user_server *server = calloc(1, sizeof(*server));
	int ret = -ENOMEM;

	if (server) {
		vfio_user_init(server, loop, nic, &vfio_user_socket);
		ret = listen_on(server, listen_fd);
	}
	if (ret < 0) {
		error_set(err, -ret, "The card's socket can't be served: %s.", strerror(-ret));
		close(listen_fd);
		free(server);
		return NULL;
	}
	return server;
}

void vfio_user_stop(struct vfio_user_server *server)
{
	int fd;

	if (!server)
		return;
	vfio_user_detach(server, "the card is removed");
	fd = server->listener.fd;
	loop_timer_cancel(&server->accept_again);
	loop_fd_remove(&server->listener);
	close(fd);
	free(server);
}
