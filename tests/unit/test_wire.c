/* SPDX-License-Identifier: BSD-2-Clause */
/* The wire between control and workers: bounds, descriptors, queue, hostile peers. */
#include "daemon/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "net/base/bytes.h"
#include "net/base/error.h"

/**
 * struct peer - a wire that remembers what came
 * @wire:	the wire
 * @messages:	number of messages
 * @last:	body of the last one
 * @fd:		a descriptor it kept, or -1
 * @fds:	descriptors of the last message
 * @closed:	times closed() was called
 * @why:	its reason
 */
struct peer {
	struct wire wire;
	int messages;
	json_t *last;
	int fd;
	int fds;
	int closed;
	struct error why;
};

static struct loop *loop;

static void on_message(struct wire *wire, struct wire_message *message)
{
	struct peer *peer = container_of(wire, struct peer, wire);

	json_decref(peer->last);
	peer->last = json_incref(message->body);
	peer->messages++;
	peer->fds = message->fd_count;
	if (message->fd_count > 0) {
		peer->fd = message->fds[0];
		message->fds[0] = -1;
	}
}

static void on_closed(struct wire *wire, const struct error *why)
{
	struct peer *peer = container_of(wire, struct peer, wire);

	peer->closed++;
	peer->why = *why;
}

static void peer_open(struct peer *peer, int fd)
{
	*peer = (struct peer){.wire = {.message = on_message, .closed = on_closed}, .fd = -1};
	assert_int_equal(wire_open(&peer->wire, loop, fd), 0);
}

static void peer_done(struct peer *peer)
{
	wire_close(&peer->wire);
	json_decref(peer->last);
	if (peer->fd >= 0)
		close(peer->fd);
}

static void turns(int n)
{
	while (n-- > 0)
		loop_turn(loop, 0);
}

static int count_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void test_message_and_fds(void **state)
{
	struct peer a, b;
	int fds[2], pipes[2];
	json_t *body = json_pack("{s:s}", "op", "plug");
	struct stat s1, s2;

	(void)state;
	assert_int_equal(wire_pair(fds), 0);
	peer_open(&a, fds[0]);
	peer_open(&b, fds[1]);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(wire_send(&a.wire, body, pipes, 2), 0);
	turns(2);
	assert_int_equal(b.messages, 1);
	assert_true(json_equal(b.last, body));
	assert_int_equal(b.fds, 2);
	fstat(b.fd, &s1);
	fstat(pipes[0], &s2);
	assert_true(s1.st_ino == s2.st_ino);
	assert_true(fcntl(b.fd, F_GETFD) & FD_CLOEXEC);
	close(pipes[0]);
	close(pipes[1]);
	json_decref(body);
	peer_done(&a);
	turns(2);
	assert_int_equal(b.closed, 1);
	assert_int_equal(b.why.code, EPIPE);
	assert_false(wire_is_open(&b.wire));
	peer_done(&b);
}

static void test_queue_is_bounded_and_ordered(void **state)
{
	struct peer a, b;
	int fds[2], before = count_fds(), sent = 0, ret;
	char *filler = malloc(60000);

	(void)state;
	memset(filler, 'x', 59999);
	filler[59999] = '\0';
	assert_int_equal(wire_pair(fds), 0);
	peer_open(&a, fds[0]);
	peer_open(&b, fds[1]);
	do {
		json_t *body = json_pack("{s:i,s:s}", "n", sent, "filler", filler);

		ret = wire_send(&a.wire, body, (int[]){STDIN_FILENO}, 1);
		sent += ret == 0;
		json_decref(body);
	} while (ret == 0 && sent < 1000);
	assert_int_equal(ret, -ENOBUFS);
	assert_true(sent > WIRE_MAX_QUEUE);
	for (int i = 0; i < sent; i++) {
		while (b.messages == i)
			turns(1);
		assert_int_equal(json_integer_value(json_object_get(b.last, "n")), i);
		close(b.fd);
		b.fd = -1;
	}
	assert_int_equal(a.wire.queued, 0);
	peer_done(&a);
	peer_done(&b);
	free(filler);
	assert_int_equal(count_fds(), before);
}

static void test_too_large_is_refused(void **state)
{
	struct peer a, b;
	int fds[2], many[WIRE_MAX_FDS + 1] = {0};
	char *filler = malloc(WIRE_MAX_BYTES + 1);
	json_t *body, *small = json_object();

	(void)state;
	memset(filler, 'x', WIRE_MAX_BYTES);
	filler[WIRE_MAX_BYTES] = '\0';
	body = json_pack("{s:s}", "filler", filler);
	assert_int_equal(wire_pair(fds), 0);
	peer_open(&a, fds[0]);
	peer_open(&b, fds[1]);
	assert_int_equal(wire_send(&a.wire, body, NULL, 0), -EMSGSIZE);
	assert_int_equal(wire_send(&a.wire, small, many, WIRE_MAX_FDS + 1), -EMSGSIZE);
	assert_int_equal(wire_send(&a.wire, small, many, WIRE_MAX_FDS), 0);
	turns(2);
	assert_int_equal(b.fds, WIRE_MAX_FDS);
	wire_close(&a.wire);
	assert_int_equal(wire_send(&a.wire, small, NULL, 0), -EPIPE);
	peer_done(&a);
	peer_done(&b);
	json_decref(body);
	json_decref(small);
	free(filler);
}

/** hostile() - bytes that close the wire, with @n descriptors along, none of which may leak */
static void hostile(const char *text, size_t len, int n)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int) * 253)];
	} control = {0};
	struct iovec iov = {.iov_base = (void *)text, .iov_len = len};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	int fds[2], before = count_fds();
	struct peer b;

	assert_int_equal(wire_pair(fds), 0);
	peer_open(&b, fds[1]);
	if (n > 0) {
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)n);
		control.align = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
						 .cmsg_type = SCM_RIGHTS,
						 .cmsg_len = CMSG_LEN(sizeof(int) * (size_t)n)};
	}
	assert_true(sendmsg(fds[0], &msg, 0) >= 0);
	turns(3);
	assert_int_equal(b.messages, 0);
	assert_int_equal(b.closed, 1);
	assert_true(b.why.message[0] != '\0');
	close(fds[0]);
	peer_done(&b);
	assert_int_equal(count_fds(), before);
}

static void test_hostile_messages_close_the_wire(void **state)
{
	char *large = malloc(WIRE_MAX_BYTES + 2);

	(void)state;
	memset(large, ' ', WIRE_MAX_BYTES + 2);
	memcpy(large, "{}", 2);
	hostile("{", 1, 0);
	hostile("[]", 2, 3);
	hostile("{\"a\":1,\"a\":2}", 13, 253);
	hostile("{}", 2, 253);
	hostile("\0\xff\xfe", 3, 1);
	hostile("", 0, 0);
	hostile(large, WIRE_MAX_BYTES + 1, 2);
	free(large);
}

static void test_parse_bounds_depth(void **state)
{
	char text[256] = "{\"a\":";
	struct error err = {0};
	json_t *body;

	(void)state;
	for (int depth = 2; depth <= WIRE_MAX_DEPTH + 1; depth++) {
		size_t n = 5;

		for (int i = 1; i < depth; i++)
			text[n++] = '[';
		for (int i = 1; i < depth; i++)
			text[n++] = ']';
		text[n++] = '}';
		body = wire_parse(text, n, &err);
		assert_int_equal(body != NULL, depth <= WIRE_MAX_DEPTH);
		json_decref(body);
	}
	assert_int_equal(err.code, EPROTO);
}

/** test_last_words() - what a peer sent before it left, without reading, still arrives */
static void test_last_words(void **state)
{
	struct peer a, b;
	int fds[2];
	json_t *body = json_pack("{s:s}", "event", "failed");

	(void)state;
	assert_int_equal(wire_pair(fds), 0);
	peer_open(&a, fds[0]);
	peer_open(&b, fds[1]);
	assert_int_equal(wire_send(&a.wire, body, NULL, 0), 0);
	assert_int_equal(wire_send(&b.wire, body, NULL, 0), 0);
	wire_close(&a.wire);
	turns(4);
	assert_int_equal(b.messages, 1);
	assert_int_equal(b.closed, 1);
	json_decref(body);
	peer_done(&a);
	peer_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_message_and_fds),
		cmocka_unit_test(test_queue_is_bounded_and_ordered),
		cmocka_unit_test(test_too_large_is_refused),
		cmocka_unit_test(test_hostile_messages_close_the_wire),
		cmocka_unit_test(test_parse_bounds_depth),
		cmocka_unit_test(test_last_words),
	};
	int ret;

	loop = loop_new();
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	loop_free(loop);
	return ret;
}
