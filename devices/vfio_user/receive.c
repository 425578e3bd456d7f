/* SPDX-License-Identifier: BSD-2-Clause */
/* vfio-user: bytes to messages. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "devices/nic.h"
#include "devices/vfio_user/state.h"
#include "net/base/bytes.h"

#define MAX_ROUNDS 16 /* receives a turn: a busy client does not starve the rest of the worker */
#define STALL_NS   (30 * 1000000000LL) /* for a message to become whole */

/**
 * socket_receive() - struct vfio_user_transport's receive()
 * @server:	the server
 * @buf:	where to
 * @room:	bytes at most
 * @fds:	filled with up to VFIO_USER_MAX_FDS descriptors; the kernel closes what is more
 * @nfds:	their number
 */
static ssize_t socket_receive(struct vfio_user_server *server, void *buf, size_t room, int *fds,
			      int *nfds)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(VFIO_USER_MAX_FDS * sizeof(int))];
	} control;
	struct iovec iov = {.iov_base = buf, .iov_len = room};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.space,
			     .msg_controllen = sizeof(control.space)};
	ssize_t n = recvmsg(server->client.fd, &msg, MSG_PEEK | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	*nfds = 0;
	if (n < 0)
		return n;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		*nfds = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(fds, CMSG_DATA(c), (size_t)*nfds * sizeof(int));
	}
	return n;
}

/**
 * socket_take() - struct vfio_user_transport's take()
 * @server:	the server
 * @buf:	where the bytes lie already; they are written there once more
 * @len:	their number
 *
 * Without room for descriptors: those came with the peek.
 */
static ssize_t socket_take(struct vfio_user_server *server, void *buf, size_t len)
{
	return recv(server->client.fd, buf, len, MSG_DONTWAIT);
}

const struct vfio_user_transport vfio_user_socket = {
	.receive = socket_receive, .take = socket_take, .send = vfio_user_socket_send};

void vfio_user_commit(struct vfio_user_server *server)
{
	const struct vfio_user_position *at = &server->at;
	uint64_t word = (uint64_t)at->held << 40 | (uint64_t)at->consumed << 20 | at->fill;

	__atomic_store_n(&server->state->position, word, __ATOMIC_RELEASE);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

/**
 * keep_fds() - let descriptors wait for their message
 * @server:	the server, whose receive buffer ends with the bytes they came with
 * @fds:	the descriptors
 * @n:		their number
 */
static void keep_fds(struct vfio_user_server *server, const int *fds, int n)
{
	for (int i = 0; i < n; i++) {
		if (server->fd_count == VFIO_USER_MAX_FDS)
			close(fds[i]);
		else
			server->fds[server->fd_count++] =
				(struct vfio_user_fd){.fd = fds[i], .end = server->at.fill};
	}
}

/**
 * take_fds() - give a message the descriptors that came with its bytes
 * @server:	the server
 * @message:	filled
 * @end:	where the message ends in the receive buffer
 */
static void take_fds(struct vfio_user_server *server, struct vfio_user_message *message,
		     uint32_t end)
{
	int n = 0;

	while (n < server->fd_count && server->fds[n].end <= end) {
		message->fds[n] = server->fds[n].fd;
		n++;
	}
	message->nfds = n;
	server->fd_count -= n;
	memmove(server->fds, server->fds + n, (size_t)server->fd_count * sizeof(server->fds[0]));
}

/**
 * next_message() - the first message that was not executed yet, if it is whole
 * @server:	the server; broken when the header can't be true
 * @message:	filled
 *
 * Return: is there one?
 */
static bool next_message(struct vfio_user_server *server, struct vfio_user_message *message)
{
	const uint8_t *start = server->state->buffer + server->at.consumed;
	uint32_t have = server->at.fill - server->at.consumed;
	uint32_t size;

	if (have < sizeof(message->header))
		return false;
	memcpy(&message->header, start, sizeof(message->header));
	size = message->header.size;
	if (size < sizeof(message->header) || size > VFIO_USER_MAX_MESSAGE) {
		server->broken = "it sent a message of impossible size";
		return false;
	}
	if (have < size)
		return false;
	message->payload = start + sizeof(message->header);
	message->len = size - (uint32_t)sizeof(message->header);
	message->nfds = 0;
	if (server->fd_count > 0)
		take_fds(server, message, server->at.consumed + size);
	return true;
}

/**
 * execute_buffered() - execute the whole messages in the receive buffer
 * @server:	the server
 *
 * Stops at a reply that can't be sent, and when the connection is broken.
 *
 * Return: were there any?
 */
static bool execute_buffered(struct vfio_user_server *server)
{
	struct vfio_user_state *state = server->state;
	struct vfio_user_message message;
	bool any = false;

	while (!server->broken && state->reply_len == 0 && next_message(server, &message)) {
		vfio_user_execute(server, &message);
		if (state->reply_len > 0)
			vfio_user_send_reply(server);
		any = true;
	}
	return any;
}

/**
 * make_room() - copy what is left of the receive buffer to its begin
 * @server:	the server; what is left is less than a message
 *
 * Not onto itself, so that it is whole at either place: the buffer has room for two messages.
 */
static void make_room(struct vfio_user_server *server)
{
	struct vfio_user_position *at = &server->at;
	uint32_t left = at->fill - at->consumed;
	uint8_t *buffer = server->state->buffer;

	if (at->consumed == 0 || left > at->consumed || at->held > 0)
		return;
	memcpy(buffer, buffer + at->consumed, left);
	for (int i = 0; i < server->fd_count; i++)
		server->fds[i].end -= at->consumed;
	at->fill = left;
	at->consumed = 0;
	vfio_user_commit(server);
}

/**
 * receive() - receive once
 * @server:	the server; broken at the end of the stream
 *
 * Return: 1: there is more, probably (descriptors end a receive); 0: who knows; -1: nothing came
 */
static int receive(struct vfio_user_server *server)
{
	struct vfio_user_position *at = &server->at;
	uint8_t *buffer = server->state->buffer;
	int fds[VFIO_USER_MAX_FDS];
	int nfds = 0;
	size_t room;
	ssize_t n;

	make_room(server);
	room = VFIO_USER_RECEIVE - at->fill;
	n = server->transport->receive(server, buffer + at->fill, room, fds, &nfds);
	if (n <= 0) {
		if (n == 0)
			server->broken = "it closed the connection";
		else if (errno != EAGAIN && errno != EINTR)
			server->broken = strerror(errno);
		return -1;
	}
	at->fill += (uint32_t)n;
	if (server->transport->take)
		at->held += (uint32_t)n;
	vfio_user_commit(server);
	keep_fds(server, fds, nfds);
	return nfds > 0 || (size_t)n == room;
}

/**
 * take_held() - take from the socket what was executed, and what was not: it is in the buffer
 * @server:	the server; broken when that fails
 */
static void take_held(struct vfio_user_server *server)
{
	struct vfio_user_position *at = &server->at;

	while (at->held > 0) {
		uint8_t *from = server->state->buffer + at->fill - at->held;
		ssize_t n = server->transport->take(server, from, at->held);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			server->broken = "its bytes can't be taken";
			return;
		}
		at->held -= (uint32_t)n;
		vfio_user_commit(server);
	}
}

/**
 * watch_stall() - a message that has begun must end one day
 * @server:	the server
 * @progress:	a message was finished since the last call
 */
static void watch_stall(struct vfio_user_server *server, bool progress)
{
	if (server->at.fill == server->at.consumed || server->state->reply_len > 0)
		loop_timer_cancel(&server->stall);
	else if (progress || !loop_timer_running(&server->stall))
		loop_timer_set(server->loop, &server->stall, loop_now(server->loop) + STALL_NS);
}

/**
 * tell_memory() - log what the card found out about guest memory
 * @server:	the server
 */
static void tell_memory(struct vfio_user_server *server)
{
	const struct dma *dma = &server->nic->dma;

	if (dma->unreachable != server->unreachable && !server->told_unshared) {
		log_warn("vfio-user: guest memory is not shared: start QEMU with share=on");
		server->told_unshared = true;
	}
	if (dma->faults != server->faults) {
		log_error("vfio-user: the client cut its memory file; the guest lost that memory");
		server->faults = dma->faults;
	}
}

/**
 * receive_all() - receive and execute until the client has no more for now
 * @server:	the server
 *
 * A client that has got a reply is busy with it: looking for more at once costs a system call in
 * vain. One that posts writes is likely to post the next meanwhile: then looking saves one.
 *
 * Return: were there any messages?
 */
static bool receive_all(struct vfio_user_server *server)
{
	bool any = false;

	for (int round = 0; round < MAX_ROUNDS; round++) {
		int more;

		if (server->broken || server->state->reply_len > 0)
			break;
		more = receive(server);
		if (more < 0)
			break;
		server->answered = false;
		any |= execute_buffered(server);
		take_held(server);
		if (server->answered && more == 0)
			break;
	}
	return any;
}

void vfio_user_settle(struct vfio_user_server *server)
{
	struct vfio_user_settling *settling = &server->state->settling;

	if (!server->nic->class->settle)
		return;
	__atomic_store_n(&settling->now, 1, __ATOMIC_RELEASE);
	server->nic->class->settle(server->nic);
	settling->done++;
	__atomic_store_n(&settling->now, 0, __ATOMIC_RELEASE);
}

void vfio_user_work(struct vfio_user_server *server)
{
	struct vfio_user_state *state = server->state;
	bool worked;

	if (state->reply_len > 0)
		vfio_user_send_reply(server);
	worked = execute_buffered(server); /* what waited for that reply to go out */
	take_held(server);
	worked |= receive_all(server);
	if (worked)
		vfio_user_settle(server);
	tell_memory(server);
	if (server->broken) {
		vfio_user_detach(server, server->broken);
		return;
	}
	loop_fd_events(&server->client, state->reply_len > 0 ? EPOLLOUT : EPOLLIN);
	watch_stall(server, worked);
}
