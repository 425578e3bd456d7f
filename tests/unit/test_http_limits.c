/* SPDX-License-Identifier: BSD-2-Clause */
/* The HTTP server: slow, idle, vanishing and too many clients. */
#include "tests/unit/http_fixture.h"

#include <sys/resource.h>

static void test_silent_client_is_cut(void **state)
{
	int fd = dial();

	(void)state;
	assert_true(is_open(fd));
	advance(8);
	assert_true(is_open(fd));
	advance(4);
	assert_false(is_open(fd));
	close(fd);
}

/* A byte a second keeps nothing alive: not in the headers, not in the body, not in the trailers. */
static void test_slow_client_is_cut(void **state)
{
	static const char *const starts[] = {
		"G", "GET /", "GET / HTTP/1.1\r\nHost: a\r\nX",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		int fd = dial(), second;

		send_all(fd, starts[i], strlen(starts[i]));
		for (second = 0; second < 15 && is_open(fd); second++) {
			send(fd, "a", 1, MSG_NOSIGNAL);
			advance(1);
		}
		assert_in_range(second, 9, 12);
		assert_int_equal(f.requests, 0);
		close(fd);
	}
}

static void test_idle_connection_is_cut_later(void **state)
{
	int fd = dial();

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(ask(fd, GET, NULL, 0), 200);
		advance(28);
		assert_true(is_open(fd));
	}
	advance(4);
	assert_false(is_open(fd));
	close(fd);
}

/* The 257th client waits in the backlog and is served when another one leaves. */
static void test_full_house(void **state)
{
	struct rlimit limit = {.rlim_cur = 2048, .rlim_max = 2048};
	int fds[HTTP_MAX_CONNECTIONS], late;
	char text[4096];

	(void)state;
	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < 1024) {
		limit.rlim_cur = limit.rlim_max < 2048 ? limit.rlim_max : 2048;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	for (int i = 0; i < HTTP_MAX_CONNECTIONS; i++)
		fds[i] = dial();
	late = dial();
	send_all(late, GET, strlen(GET));
	assert_true(is_open(late));
	assert_int_equal(f.requests, 0);
	assert_int_equal(ask(fds[200], GET, NULL, 0), 200);
	close(fds[17]);
	assert_int_equal(receive(late, text, sizeof(text)), 200);
	for (int i = 0; i < HTTP_MAX_CONNECTIONS; i++) {
		if (i != 17)
			close(fds[i]);
	}
	close(late);
}

/* Idle clients that fill the house are cut, and the next one gets in. */
static void test_full_house_empties(void **state)
{
	int fds[HTTP_MAX_CONNECTIONS], late;
	char text[4096];

	(void)state;
	for (int i = 0; i < HTTP_MAX_CONNECTIONS; i++)
		fds[i] = dial();
	late = dial();
	send_all(late, GET, strlen(GET));
	assert_true(is_open(late));
	advance(12);
	assert_int_equal(receive(late, text, sizeof(text)), 200);
	for (int i = 0; i < HTTP_MAX_CONNECTIONS; i++)
		close(fds[i]);
	close(late);
}

/* Without a free descriptor there is no endless loop, and later clients are served. */
static void test_no_descriptor_left(void **state)
{
	struct rlimit old, none;
	char text[4096];
	int fd = dial(), turns = 0;

	(void)state;
	getrlimit(RLIMIT_NOFILE, &old);
	none = old;
	none.rlim_cur = 3;
	send_all(fd, "", 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	for (int i = 0; i < 50; i++)
		turns += loop_turn(f.loop, SECOND / 1000);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_in_range(turns, 1, 5);
	send(fd, GET, strlen(GET), MSG_NOSIGNAL);
	advance(2);
	assert_int_equal(receive(fd, text, sizeof(text)), 200);
	close(fd);
}

/* Clients that go away in the middle of everything leave nothing behind (ASan looks). */
static void test_clients_vanish(void **state)
{
	static const char request[] =
		"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n0123456789";

	(void)state;
	for (size_t n = 0; n < sizeof(request); n += 7) {
		int fd = dial();

		send_all(fd, request, n);
		loop_turn(f.loop, SECOND / 1000);
		close(fd);
		loop_turn(f.loop, SECOND / 1000);
	}
	assert_int_equal(f.requests, 0);
	dial(); /* and one that is there when the server stops; its descriptor dies with the test */
	loop_turn(f.loop, SECOND / 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_silent_client_is_cut),
		TEST(test_slow_client_is_cut),
		TEST(test_idle_connection_is_cut_later),
		TEST(test_full_house),
		TEST(test_full_house_empties),
		TEST(test_no_descriptor_left),
		TEST(test_clients_vanish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
