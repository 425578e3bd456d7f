/* SPDX-License-Identifier: BSD-2-Clause */
/* vfio-user: going on where a worker that is gone had stopped. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "devices/nic.h"
#include "devices/vfio_user/server.h"
#include "devices/vfio_user/state.h"
#include "net/base/bytes.h"

#define LEVEL_BITS 20
#define LEVEL_MASK ((1u << LEVEL_BITS) - 1)

/**
 * struct legacy - what was kept
 * @fd:		one descriptor of each kind, or -1
 * @files:	memory files by number, or -1
 */
struct legacy {
	int fd[NIC_FD_KINDS];
	int files[VFIO_USER_MAX_FILES];
};

/**
 * sort() - find out what is there
 * @kept:	the descriptors, taken over
 * @count:	their number
 * @legacy:	filled
 */
static void sort(const struct nic_kept *kept, int count, struct legacy *legacy)
{
	memset(legacy, 0xff, sizeof(*legacy)); /* -1 everywhere */
	for (int i = 0; i < count; i++) {
		const struct nic_kept *k = &kept[i];
		int *place = NULL;

		if (k->kind == NIC_FD_MEMORY && k->index < VFIO_USER_MAX_FILES)
			place = &legacy->files[k->index];
		else if (k->kind < NIC_FD_KINDS && k->index == 0)
			place = &legacy->fd[k->kind];
		if (!place || *place >= 0)
			close(k->fd);
		else
			*place = k->fd;
	}
}

/**
 * take() - take a descriptor out of what was kept
 * @fd:		its place
 *
 * Return: the descriptor, or -1
 */
static int take(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/**
 * close_rest() - close what nobody took
 * @legacy:	what is left
 */
static void close_rest(struct legacy *legacy)
{
	for (size_t i = 0; i < ARRAY_SIZE(legacy->fd); i++) {
		if (legacy->fd[i] >= 0)
			close(legacy->fd[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(legacy->files); i++) {
		if (legacy->files[i] >= 0)
			close(legacy->files[i]);
	}
}

/**
 * load_command() - how far did the command get?
 * @server:	the server; @again is set when its message has to be executed once more
 *
 * Return: false when no worker writes that
 */
static bool load_command(struct vfio_user_server *server)
{
	struct vfio_user_progress *progress = &server->state->progress;
	struct vfio_user_position *at = &server->at;

	if (progress->phase == VFIO_USER_IDLE)
		return true;
	if (progress->phase > VFIO_USER_REPLYING || progress->next < at->consumed ||
	    progress->next > at->fill)
		return false;
	if (progress->phase == VFIO_USER_REPLYING) {
		at->consumed = progress->next;
	} else if (progress->next == at->consumed) {
		progress->phase = VFIO_USER_IDLE;
	} else {
		server->again = true;
		progress->deaths++;
	}
	return true;
}

/**
 * load_position() - bring buffer and socket to an agreement
 * @server:	the server
 * @fd:		the client's socket
 *
 * What was not executed and is still in the socket is forgotten here and received again.
 *
 * Return: false when no worker writes that
 */
static bool load_position(struct vfio_user_server *server, int fd)
{
	uint64_t word = server->state->position;
	struct vfio_user_position *at = &server->at;
	socklen_t size = sizeof(int);
	uint32_t again;
	int peeked, held;

	at->fill = word & LEVEL_MASK;
	at->consumed = (word >> LEVEL_BITS) & LEVEL_MASK;
	at->held = (uint32_t)(word >> 2 * LEVEL_BITS);
	if (at->fill > VFIO_USER_RECEIVE || at->consumed > at->fill || at->held > at->fill)
		return false;
	if (getsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &peeked, &size) < 0 || peeked < 0)
		return false;
	if (!load_command(server))
		return false;
	at->held = MIN(at->held, (uint32_t)peeked);
	again = MIN(at->held, at->fill - at->consumed);
	at->fill -= again;
	at->held -= again;
	held = (int)at->held;
	if (setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &held, sizeof(held)) < 0)
		return false;
	vfio_user_commit(server);
	return true;
}

/**
 * load_reply() - how much of the reply was sent?
 * @server:	the server, with its pipe
 *
 * Return: false when no worker writes that
 */
static bool load_reply(struct vfio_user_server *server)
{
	struct vfio_user_state *state = server->state;
	int piped = 0;

	if (server->pipe[0] >= 0 && ioctl(server->pipe[0], FIONREAD, &piped) < 0)
		return false;
	if (state->progress.phase != VFIO_USER_REPLYING) {
		state->reply_len = 0;
		state->reply_piped = 0;
		state->reply_sent = 0;
		return piped == 0;
	}
	if (state->reply_len > VFIO_USER_MAX_MESSAGE || state->reply_sent > state->reply_len)
		return false;
	if (server->pipe[0] < 0)
		return true;
	if (state->reply_piped == state->reply_sent)
		state->reply_piped += (uint32_t)piped;
	else
		state->reply_sent = state->reply_piped - (uint32_t)piped;
	return state->reply_sent <= state->reply_piped && state->reply_piped <= state->reply_len;
}

/**
 * load_irqs() - take the eventfds over, and fire: the worker may have been gone just before it did
 * @server:	the server
 * @legacy:	has the eventfds
 */
static void load_irqs(struct vfio_user_server *server, struct legacy *legacy)
{
	struct intx *pin = &server->nic->intx;
	uint8_t masked = pin->state->masked;

	intx_set_eventfd(pin, take(&legacy->fd[NIC_FD_INTX]));
	if (!pin->state->level)
		pin->state->masked = masked;
	if (legacy->fd[NIC_FD_RESAMPLE] >= 0)
		intx_set_resample(pin, take(&legacy->fd[NIC_FD_RESAMPLE]));
	msi_set_eventfd(&server->nic->msi, take(&legacy->fd[NIC_FD_MSI]));
	if (pin->state->level)
		msi_send(&server->nic->msi);
}

/**
 * load_settling() - is the work behind the messages what workers die of?
 * @server:	the server
 */
static void load_settling(struct vfio_user_server *server)
{
	struct vfio_user_settling *settling = &server->state->settling;

	if (!settling->now)
		return;
	settling->now = 0;
	settling->deaths = settling->done == settling->seen ? settling->deaths + 1 : 1;
	settling->seen = settling->done;
	if (settling->deaths < VFIO_USER_MAX_DEATHS)
		return;
	log_error("%u workers died of what the guest made the card do: it is reset",
		  settling->deaths);
	settling->deaths = 0;
	nic_reset_chip(server->nic);
}

/**
 * go_on() - bring the connection back to life
 * @server:	the server
 * @legacy:	what was kept, with a client
 *
 * Return: false when the state is none that a worker writes
 */
static bool go_on(struct vfio_user_server *server, struct legacy *legacy)
{
	int client = legacy->fd[NIC_FD_CLIENT];

	server->pipe[0] = take(&legacy->fd[NIC_FD_PIPE_READ]);
	server->pipe[1] = take(&legacy->fd[NIC_FD_PIPE_WRITE]);
	if (!load_position(server, client) || !load_reply(server) ||
	    loop_fd_add(server->loop, &server->client, client, EPOLLIN) < 0)
		return false;
	legacy->fd[NIC_FD_CLIENT] = -1;
	vfio_user_remap(server, legacy->files);
	load_irqs(server, legacy);
	load_settling(server);
	server->attached = true;
	return true;
}

void vfio_user_resume(struct vfio_user_server *server, const struct nic_kept *kept, int count)
{
	struct legacy legacy;

	sort(kept, count, &legacy);
	if (legacy.fd[NIC_FD_CLIENT] < 0 || !go_on(server, &legacy)) {
		if (legacy.fd[NIC_FD_CLIENT] >= 0)
			log_error("vfio-user: the guest is lost: its connection's state is broken");
		vfio_user_forget_client(server);
		for (unsigned i = 0; i < VFIO_USER_MAX_FILES; i++)
			nic_keep(server->nic, NIC_FD_MEMORY, i, -1);
		memset(server->state->maps, 0, sizeof(server->state->maps));
		nic_set_attached(server->nic, false);
		close_rest(&legacy);
		return;
	}
	close_rest(&legacy);
	log_info("vfio-user: the guest has a new worker");
	vfio_user_work(server);
	if (server->attached)
		vfio_user_settle(server);
}
