/* SPDX-License-Identifier: BSD-2-Clause */
/* The HTTP server: what comes in as a request, what goes out as an answer. */
#include "tests/unit/http_fixture.h"

static void test_keep_alive(void **state)
{
	char text[4096];
	int fd = dial();

	(void)state;
	for (unsigned i = 1; i <= 3; i++) {
		assert_int_equal(ask(fd, GET, text, sizeof(text)), 200);
		assert_non_null(strstr(text, "\r\n\r\nGET /x?y=1"));
		assert_non_null(strstr(text, "X-Test: 7\r\n"));
		assert_non_null(strstr(text, "X-Content-Type-Options: nosniff\r\n"));
		assert_non_null(strstr(text, "Content-Security-Policy: default-src 'none'"));
		assert_null(strstr(text, "Access-Control"));
		assert_int_equal(f.requests, i);
	}
	assert_int_equal(f.peer.kind, PEER_LOOPBACK);
	assert_true(f.peer.owner.inode != 0);
	assert_int_equal(f.peer.owner.uid, getuid());
	assert_string_equal(f.target, "/x?y=1");
	close(fd);
}

static void test_unix_socket(void **state)
{
	struct sockaddr_un addr = unix_address();
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	assert_int_equal(ask(fd, GET, NULL, 0), 200);
	assert_int_equal(f.peer.kind, PEER_UNIX);
	close(fd);
}

static void test_head_and_204(void **state)
{
	static const char head[] = "HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n";
	char text[4096];
	int fd = dial();

	(void)state;
	assert_int_equal(ask(fd, GET, NULL, 0), 200);
	send_all(fd, head, strlen(head));
	for (int i = 0; i < 50; i++)
		loop_turn(f.loop, SECOND / 1000);
	assert_in_range(recv(fd, text, sizeof(text) - 1, 0), 50, 1000);
	assert_int_equal(f.requests, 2);
	f.status = 204;
	assert_int_equal(ask(fd, "DELETE /x HTTP/1.1\r\nHost: a\r\n\r\n", text, sizeof(text)), 204);
	assert_null(strstr(text, "Content-Length"));
	assert_true(is_open(fd));
	close(fd);
}

static void test_body(void **state)
{
	static char body[HTTP_MAX_BODY + 200], text[HTTP_MAX_BODY + 2000];
	int fd = dial(),
	    n = sprintf(body, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n",
			HTTP_MAX_BODY);

	(void)state;
	memset(body + n, 'b', HTTP_MAX_BODY);
	assert_true(send_all(fd, body, (size_t)n + HTTP_MAX_BODY));
	assert_int_equal(receive(fd, text, sizeof(text)), 200);
	assert_int_equal(f.last.body_len, HTTP_MAX_BODY);
	assert_memory_equal(strstr(text, "\r\n\r\n") + 4, body + n, HTTP_MAX_BODY);
	assert_int_equal(ask(fd,
			     "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
			     "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: x\r\n\r\n",
			     text, sizeof(text)),
			 200);
	assert_non_null(strstr(text, "\r\n\r\nabcde"));
	close(fd);
}

static void test_announced_body_too_large(void **state)
{
	char text[4096], request[128];
	int fd = dial();

	(void)state;
	snprintf(request, sizeof(request),
		 "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", HTTP_MAX_BODY + 1);
	assert_int_equal(ask(fd, request, text, sizeof(text)), 400 + HTTP_FAULT_TOO_LARGE);
	assert_non_null(strstr(text, "Connection: close\r\n"));
	assert_false(is_open(fd));
	close(fd);
}

/** send_chunks() - a chunked POST of that many KiB; false when the server hangs up */
static bool send_chunks(int fd, int kib, bool end)
{
	static const char head[] =
		"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
	char chunk[5 + 1024 + 2];

	memcpy(chunk, "400\r\n", 5);
	memset(chunk + 5, 'c', 1024);
	memcpy(chunk + 5 + 1024, "\r\n", 2);
	if (!send_all(fd, head, strlen(head)))
		return false;
	for (int i = 0; i < kib; i++) {
		if (!send_all(fd, chunk, sizeof(chunk)))
			return false;
	}
	return !end || send_all(fd, "0\r\n\r\n", 5);
}

static void test_chunked_body_too_large(void **state)
{
	char text[4096];
	int fd = dial();

	(void)state;
	assert_true(send_chunks(fd, 65, true));
	assert_int_equal(receive(fd, text, sizeof(text)), 400 + HTTP_FAULT_TOO_LARGE);
	assert_null(f.last.body);
	close(fd);
	fd = dial();
	assert_false(send_chunks(fd, 4096, false)); /* does not read on for ever */
	assert_int_equal(f.requests, 1);
	close(fd);
}

static void test_ambiguous_requests(void **state)
{
	static const char *const requests[] = {
		"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: "
		"chunked\r\n\r\n"
		"0\r\n\r\n",
		"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
		"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
		"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
		"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
		"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: -3\r\n\r\nabc",
		"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\nabc",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		int fd = dial(), status = ask(fd, requests[i], NULL, 0);

		assert_in_range(status, 400, 499);
		assert_false(is_open(fd));
		close(fd);
		if (f.requests)
			assert_int_not_equal(f.last.fault, HTTP_FAULT_NONE);
	}
}

static void test_nul_in_target(void **state)
{
	static const char request[] = "GET /x\0y HTTP/1.1\r\nHost: a\r\n\r\n";
	char text[4096];
	int fd = dial();

	(void)state;
	send_all(fd, request, sizeof(request) - 1);
	assert_in_range(receive(fd, text, sizeof(text)), 400, 499);
	if (f.requests)
		assert_int_equal(f.last.fault, HTTP_FAULT_TARGET);
	close(fd);
}

static void test_headers_are_counted(void **state)
{
	int fd = dial();

	(void)state;
	assert_int_equal(ask(fd,
			     "GET / HTTP/1.1\r\nHost: a\r\nhOST: b\r\nOrigin: o\r\n"
			     "Content-Type: c\r\nX-Other: d\r\n\r\n",
			     NULL, 0),
			 200);
	assert_int_equal(f.last.counts[HTTP_HOST], 2);
	assert_int_equal(f.last.counts[HTTP_ORIGIN], 1);
	assert_int_equal(f.last.counts[HTTP_SEC_FETCH_SITE], 0);
	close(fd);
}

static void test_headers_too_large(void **state)
{
	static char request[40000];
	char text[4096];
	int fd = dial(), n = sprintf(request, "GET / HTTP/1.1\r\nHost: a\r\nX: ");

	(void)state;
	memset(request + n, 'h', sizeof(request) - (size_t)n);
	send_all(fd, request, sizeof(request));
	assert_in_range(receive(fd, text, sizeof(text)), 0, 499);
	assert_false(is_open(fd));
	assert_int_equal(f.requests, 0);
	close(fd);
}

static void test_pipeline(void **state)
{
	char requests[10 * sizeof(GET)] = "", text[8192];
	int fd = dial();
	size_t len = 0;

	(void)state;
	for (int i = 0; i < 10; i++)
		strcat(requests, GET);
	send_all(fd, requests, strlen(requests));
	for (int i = 0; i < 200 && f.requests < 10; i++)
		loop_turn(f.loop, SECOND / 1000);
	for (int i = 0; i < 200 && len < 10; i++) {
		ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

		text[n > 0 ? n : 0] = '\0';
		for (const char *s = text; (s = strstr(s, "HTTP/1.1 200")); s++)
			len++;
		loop_turn(f.loop, SECOND / 1000);
	}
	assert_int_equal(f.requests, 10);
	assert_int_equal(len, 10);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_keep_alive),
		TEST(test_unix_socket),
		TEST(test_head_and_204),
		TEST(test_body),
		TEST(test_announced_body_too_large),
		TEST(test_chunked_body_too_large),
		TEST(test_ambiguous_requests),
		TEST(test_nul_in_target),
		TEST(test_headers_are_counted),
		TEST(test_headers_too_large),
		TEST(test_pipeline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
