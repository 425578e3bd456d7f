/* SPDX-License-Identifier: BSD-2-Clause */
/* For tests of api/http.c: server and clients in one process, a clock moved by hand. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "api/http.h"
#include "api/peer.h"
#include "net/base/error.h"
#include "net/base/loop.h"

#define SECOND   1000000000LL
#define MAX_TURN 20000 /* turns of at most 1 ms until a test gives up */

/**
 * struct fixture - a server and what it was asked
 * @loop:	the loop
 * @http:	the server
 * @port:	of its TCP listener
 * @path:	of its UNIX listener
 * @now_ns:	the clock
 * @requests:	number of requests that were answered
 * @last:	the last one; its pointers are stale
 * @target:	its target
 * @status:	what to answer
 */
static struct fixture {
	struct loop *loop;
	struct http *http;
	uint16_t port;
	char path[64];
	int64_t now_ns;
	unsigned requests;
	struct http_request last;
	struct peer peer;
	char target[64];
	int status;
} f;

/** clock_ns() - the loop's clock */
static inline int64_t clock_ns(void *context)
{
	(void)context;
	return f.now_ns;
}

/** handle() - echo the body, or a line about the request */
static inline void handle(void *context, const struct http_request *req, struct http_response *res)
{
	char line[256];

	assert_ptr_equal(context, &f);
	f.requests++;
	f.last = *req;
	f.peer = *req->peer;
	snprintf(f.target, sizeof(f.target), "%s", req->target);
	res->status = req->fault ? 400 + (int)req->fault : f.status;
	http_response_header(res, "X-Test", "%d", 7);
	if (res->status == 204)
		return;
	res->media = "text/plain";
	snprintf(line, sizeof(line), "%s %s", req->method, req->target);
	if (req->body_len) {
		char *copy = malloc(req->body_len);

		memcpy(copy, req->body, req->body_len);
		res->body = copy;
		res->body_len = req->body_len;
	} else {
		res->body = strdup(line);
		res->body_len = strlen(line);
	}
}

/** listen_tcp() - a listener on a free port of 127.0.0.1 */
static inline int listen_tcp(uint16_t *ret_port)
{
	struct sockaddr_in addr = {.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&addr, len), 0);
	assert_int_equal(listen(fd, 512), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
	*ret_port = ntohs(addr.sin_port);
	return fd;
}

/** listen_unix() - a listener in the abstract name space */
static inline int listen_unix(struct sockaddr_un *addr)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)addr, sizeof(*addr)), 0);
	assert_int_equal(listen(fd, 16), 0);
	return fd;
}

/** unix_address() - where the UNIX listener is */
static inline struct sockaddr_un unix_address(void)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	snprintf(addr.sun_path + 1, sizeof(addr.sun_path) - 1, "patchbay-test-%d", getpid());
	return addr;
}

/** setup() - start a server; teardown() stops it */
static inline int setup(void **state)
{
	struct sockaddr_un addr = unix_address();
	struct http_config config = {.handle = handle, .context = &f};
	int fds[2];

	(void)state;
	memset(&f, 0, sizeof(f));
	f.status = 200;
	f.now_ns = 1000 * SECOND;
	f.loop = loop_new();
	loop_set_clock(f.loop, clock_ns, NULL);
	fds[0] = listen_tcp(&f.port);
	fds[1] = listen_unix(&addr);
	config.listeners = fds;
	config.listener_count = 2;
	f.http = http_start(f.loop, &config, NULL);
	return f.http ? 0 : -1;
}

static inline int teardown(void **state)
{
	(void)state;
	http_stop(f.http);
	loop_free(f.loop);
	return 0;
}

/** dial() - a client; the kernel completes the connection before anybody accepts it */
static inline int dial(void)
{
	struct sockaddr_in addr = {.sin_family = AF_INET,
				   .sin_port = htons(f.port),
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

/** send_all() - send bytes while the server reads them; false when it has hung up */
static inline bool send_all(int fd, const char *data, size_t len)
{
	for (int i = 0; len > 0 && i < MAX_TURN; i++) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN)
			return false;
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
		loop_turn(f.loop, n > 0 ? 0 : SECOND / 1000);
	}
	return len == 0;
}

/** is_whole() - is there a complete answer in the text? */
static inline bool is_whole(const char *text)
{
	const char *end = strstr(text, "\r\n\r\n");
	const char *length = strstr(text, "Content-Length: ");

	if (!end)
		return false;
	return !length || length > end || strlen(end + 4) >= strtoul(length + 16, NULL, 10);
}

/**
 * receive() - let the loop turn until there is an answer or the server hangs up
 * @fd:		the client
 * @text:	gets the answer
 * @size:	of @text
 *
 * Return: the status; 0 when there was none
 */
static inline int receive(int fd, char *text, size_t size)
{
	size_t len = 0;

	text[0] = '\0';
	for (int i = 0; i < MAX_TURN && !is_whole(text); i++) {
		ssize_t n = recv(fd, text + len, size - 1 - len, 0);

		if (n == 0 || (n < 0 && errno != EAGAIN))
			break;
		if (n > 0) {
			len += (size_t)n;
			text[len] = '\0';
		} else {
			loop_turn(f.loop, SECOND / 1000);
		}
	}
	return strncmp(text, "HTTP/1.1 ", 9) == 0 ? atoi(text + 9) : 0;
}

/** is_open() - has the server not hung up? */
static inline bool is_open(int fd)
{
	char c;

	for (int i = 0; i < 20; i++)
		loop_turn(f.loop, SECOND / 1000);
	return recv(fd, &c, 1, MSG_PEEK) < 0 && errno == EAGAIN;
}

/** ask() - send a request, get the status and perhaps the answer */
static inline int ask(int fd, const char *request, char *text, size_t size)
{
	char own[4096];

	send_all(fd, request, strlen(request));
	return receive(fd, text ? text : own, text ? size : sizeof(own));
}

#define GET "GET /x?y=1 HTTP/1.1\r\nHost: localhost\r\n\r\n"

/** advance() - let seconds pass, one by one */
static inline void advance(int seconds)
{
	for (int i = 0; i < seconds; i++) {
		f.now_ns += SECOND;
		loop_turn(f.loop, SECOND / 1000);
		loop_turn(f.loop, SECOND / 1000);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
