/* SPDX-License-Identifier: BSD-2-Clause */
/* Sending and receiving JSON objects with descriptors over SOCK_SEQPACKET. */
#include "daemon/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/base/bytes.h"
#include "net/base/error.h"

#define RETRY_NS 10000000LL

/**
 * struct wire_queued - a message that waits to be sent
 * @next:	the next one
 * @len:	bytes of text
 * @fds:	duplicated descriptors, owned
 * @fd_count:	their number
 * @text:	the JSON text
 */
struct wire_queued {
	struct wire_queued *next;
	size_t len;
	int fds[WIRE_MAX_FDS];
	int fd_count;
	char text[];
};

/** union control_buffer - room for SCM_RIGHTS, aligned as cmsg wants it */
union control_buffer {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int) * WIRE_MAX_FDS)];
};

/* One packet in or out, used only between two calls; pages that are not used cost nothing. */
static char buffer[WIRE_MAX_BYTES];

int wire_pair(int fds[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
		return -errno;
	return 0;
}

bool wire_is_open(const struct wire *wire)
{
	return wire->source.loop != NULL;
}

/**
 * close_all() - close descriptors
 * @fds:	the descriptors; negative ones are skipped
 * @n:		their number
 */
static void close_all(const int *fds, int n)
{
	for (int i = 0; i < n; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
}

/**
 * queued_pop() - free the oldest message that waits
 * @wire:	the wire; its queue is not empty
 */
static void queued_pop(struct wire *wire)
{
	struct wire_queued *q = wire->head;

	wire->head = q->next;
	if (!wire->head)
		wire->tail = &wire->head;
	wire->queued--;
	close_all(q->fds, q->fd_count);
	free(q);
}

void wire_close(struct wire *wire)
{
	int fd = wire->source.fd;

	if (!wire_is_open(wire))
		return;
	loop_fd_remove(&wire->source);
	loop_timer_cancel(&wire->retry);
	close(fd);
	while (wire->head)
		queued_pop(wire);
}

/**
 * transmit() - one sendmsg()
 * @fd:		the socket
 * @text:	the message
 * @len:	its length
 * @fds:	descriptors to send along
 * @n:		their number
 *
 * Return: 0 or -errno
 */
static int transmit(int fd, const char *text, size_t len, const int *fds, int n)
{
	union control_buffer control = {0};
	struct iovec iov = {.iov_base = (void *)text, .iov_len = len};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (n > 0) {
		struct cmsghdr *cmsg = &control.align;

		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)n);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)n);
		memcpy(CMSG_DATA(cmsg), fds, sizeof(int) * (size_t)n);
	}
	if (sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return -errno;
	return 0;
}

/**
 * enqueue() - keep the message in the buffer until the socket takes it
 * @wire:	the wire
 * @len:	bytes in the buffer
 * @fds:	descriptors, duplicated here
 * @n:		their number
 *
 * Return: 0 or -errno
 */
static int enqueue(struct wire *wire, size_t len, const int *fds, int n)
{
	struct wire_queued *q;

	if (wire->queued >= (wire->max_queue ? wire->max_queue : WIRE_MAX_QUEUE))
		return -ENOBUFS;
	q = malloc(sizeof(*q) + len);
	if (!q)
		return -ENOMEM;
	*q = (struct wire_queued){.len = len};
	memcpy(q->text, buffer, len);
	while (q->fd_count < n) {
		int fd = fcntl(fds[q->fd_count], F_DUPFD_CLOEXEC, 0);

		if (fd < 0) {
			int ret = -errno;

			close_all(q->fds, q->fd_count);
			free(q);
			return ret;
		}
		q->fds[q->fd_count++] = fd;
	}
	*wire->tail = q;
	wire->tail = &q->next;
	wire->queued++;
	return 0;
}

/**
 * wait_to_send() - there is a queue: go on when the socket, or the kernel, has room again
 * @wire:	the wire
 * @why:	-EAGAIN for the socket; -ETOOMANYREFS: the receivers of earlier descriptors are slow
 */
static void wait_to_send(struct wire *wire, int why)
{
	struct loop *loop = wire->source.loop;

	loop_fd_events(&wire->source, why == -EAGAIN ? EPOLLIN | EPOLLOUT : EPOLLIN);
	if (why == -ETOOMANYREFS)
		loop_timer_set(loop, &wire->retry, loop_now(loop) + RETRY_NS);
}

int wire_send(struct wire *wire, const json_t *body, const int *fds, int fd_count)
{
	size_t len = json_dumpb(body, buffer, sizeof(buffer), JSON_COMPACT);
	int ret;

	if (!wire_is_open(wire))
		return -EPIPE;
	if (len == 0 || len > sizeof(buffer) || fd_count > WIRE_MAX_FDS)
		return -EMSGSIZE;
	if (wire->head)
		return enqueue(wire, len, fds, fd_count);
	ret = transmit(wire->source.fd, buffer, len, fds, fd_count);
	if (ret != -EAGAIN && ret != -ETOOMANYREFS)
		return ret;
	if (enqueue(wire, len, fds, fd_count) < 0)
		return -ENOBUFS;
	wait_to_send(wire, ret);
	return 0;
}

/**
 * flush() - send what waits, as far as the socket takes it
 * @wire:	the wire
 *
 * Return: 0 or -errno; a peer that is gone is no error, receiving finds that out
 */
static int flush(struct wire *wire)
{
	while (wire->head) {
		struct wire_queued *q = wire->head;
		int ret = transmit(wire->source.fd, q->text, q->len, q->fds, q->fd_count);

		if (ret == -EAGAIN || ret == -ETOOMANYREFS) {
			wait_to_send(wire, ret);
			return 0;
		}
		if (ret < 0 && ret != -EPIPE && ret != -ECONNRESET)
			return ret;
		queued_pop(wire);
	}
	loop_fd_events(&wire->source, EPOLLIN);
	return 0;
}

/**
 * on_retry() - try again to send
 * @timer:	the wire's timer
 */
static void on_retry(struct loop_timer *timer)
{
	struct wire *wire = container_of(timer, struct wire, retry);

	/* Should it fail for good, EPOLLOUT comes at once, and on_event() gives up. */
	if (flush(wire) < 0)
		loop_fd_events(&wire->source, EPOLLIN | EPOLLOUT);
}

/**
 * too_deep() - is a value nested deeper than a message may be?
 * @value:	the value
 * @left:	levels that are still allowed
 */
static bool too_deep(const json_t *value, int left)
{
	const char *key;
	json_t *item;
	size_t i;

	if (!json_is_object(value) && !json_is_array(value))
		return false;
	if (left == 0)
		return true;
	json_array_foreach (value, i, item) {
		if (too_deep(item, left - 1))
			return true;
	}
	json_object_foreach ((json_t *)value, key, item) {
		if (too_deep(item, left - 1))
			return true;
	}
	return false;
}

json_t *wire_parse(const char *text, size_t len, struct error *err)
{
	json_error_t why;
	json_t *body;

	if (len > WIRE_MAX_BYTES) {
		error_set(err, EMSGSIZE, "a message of %zu bytes is too long", len);
		return NULL;
	}
	body = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
	if (!body) {
		error_set(err, EPROTO, "a message is not JSON: %s", why.text);
		return NULL;
	}
	if (!json_is_object(body) || too_deep(body, WIRE_MAX_DEPTH)) {
		error_set(err, EPROTO, "a message is not an object of at most %d levels",
			  WIRE_MAX_DEPTH);
		json_decref(body);
		return NULL;
	}
	return body;
}

/**
 * take_fds() - copy the descriptors out of the control data
 * @msg:	what recvmsg() filled
 * @message:	gets them
 */
static void take_fds(struct msghdr *msg, struct wire_message *message)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t bytes = c->cmsg_len - CMSG_LEN(0);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		/* The kernel joins all descriptors of a packet into one header, which fits. */
		memcpy(message->fds, CMSG_DATA(c), bytes);
		message->fd_count = (int)(bytes / sizeof(int));
	}
}

/**
 * receive() - take one packet off the socket
 * @fd:		the socket
 * @message:	filled; @message->fds has to be closed also on failure
 * @err:	says why there is no message
 *
 * Return: 0; -EAGAIN when there is none; another -errno when the wire is at its end
 */
static int receive(int fd, struct wire_message *message, struct error *err)
{
	union control_buffer control;
	struct iovec iov = {.iov_base = buffer, .iov_len = sizeof(buffer)};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	/* A peer that left unread messages shows ECONNRESET once, before what it sent last. */
	if (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNRESET))
		return -EAGAIN;
	if (n < 0)
		return error_set(err, errno, "receiving failed: %s", strerror(errno));
	take_fds(&msg, message);
	if (n == 0)
		return error_set(err, EPIPE, "the other end is gone");
	if (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		return error_set(err, EMSGSIZE, "a message is too long");
	message->body = wire_parse(buffer, (size_t)n, err);
	return message->body ? 0 : -EPROTO;
}

/**
 * give_up() - close the wire and tell its owner
 * @wire:	the wire; its owner may be gone afterwards
 * @why:	the reason
 */
static void give_up(struct wire *wire, const struct error *why)
{
	wire_close(wire);
	wire->closed(wire, why);
}

/**
 * on_event() - the socket is ready
 * @source:	the wire's source
 * @events:	what for
 *
 * One message a call: the callback may free the wire, and the loop calls again.
 */
static void on_event(struct loop_fd *source, uint32_t events)
{
	struct wire *wire = container_of(source, struct wire, source);
	struct wire_message message = {.body = NULL};
	struct error err = {0};
	int ret = events & EPOLLOUT ? flush(wire) : 0;

	if (ret < 0) {
		error_set(&err, -ret, "sending failed: %s", strerror(-ret));
		give_up(wire, &err);
		return;
	}
	if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return;
	ret = receive(source->fd, &message, &err);
	if (ret == 0)
		wire->message(wire, &message);
	else if (ret != -EAGAIN)
		give_up(wire, &err);
	close_all(message.fds, message.fd_count);
	json_decref(message.body);
}

int wire_open(struct wire *wire, struct loop *loop, int fd)
{
	int ret;

	wire->source.callback = on_event;
	wire->retry.callback = on_retry;
	wire->head = NULL;
	wire->tail = &wire->head;
	wire->queued = 0;
	ret = loop_fd_add(loop, &wire->source, fd, EPOLLIN);
	if (ret < 0)
		close(fd);
	return ret;
}
