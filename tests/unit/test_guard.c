/* SPDX-License-Identifier: BSD-2-Clause */
/* Host, Origin, Sec-Fetch-Site, Content-Type, peers. */
#include "api/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>

#include "api/http.h"
#include "api/listener.h"
#include "daemon/control/problem.h"
#include "net/base/bytes.h"

static const uint16_t ports[] = {8080, 9090};
static const char *const allowed[] = {"box.lan", "proxy.example:443"};
static const struct guard guard = {ports, 2, allowed, 2};

/** local() - a request of a local TCP client with that Host */
static struct http_request local(const char *host)
{
	static const struct peer peer = {.local = true, .text = "127.0.0.1:1"};
	struct http_request req = {.method = "GET", .target = "/", .peer = &peer};

	req.headers[HTTP_HOST] = host;
	req.counts[HTTP_HOST] = host ? 1 : 0;
	return req;
}

/** set() - give a request one more header */
static void set(struct http_request *req, enum http_header header, const char *value)
{
	if (req->counts[header]++ == 0)
		req->headers[header] = value;
}

/** verdict() - guard_check(): the kind of problem */
static enum problem_type verdict(const struct http_request *req)
{
	struct problem p = {0};
	enum problem_type type;
	int rc = guard_check(&guard, req, &p);

	type = p.type;
	assert_int_equal(rc, type == PROBLEM_NONE ? 0 : -1);
	problem_done(&p);
	return type;
}

static void test_host(void **state)
{
	static const char *const good[] = {"localhost:8080",   "127.0.0.1:8080", "[::1]:9090",
					   "LocalHost:9090",   "box.lan:8080",   "BOX.LAN:9090",
					   "proxy.example:443"};
	static const char *const bad[] = {"",
					  "localhost",
					  "localhost:",
					  "localhost:80",
					  "evil.com",
					  "evil.com:8080",
					  "localhost:8081",
					  "localhost.evil.com:8080",
					  "127.0.0.2:8080",
					  "[::1]",
					  "[::1]:",
					  "::1:8080",
					  "[::2]:8080",
					  "box.lan",
					  "box.lan:443",
					  "proxy.example",
					  "proxy.example:8080",
					  "localhost:8080 ",
					  "localhost: 8080",
					  "localhost:+8080",
					  "localhost:8080:8080",
					  "localhost:08080x",
					  "xlocalhost:8080",
					  "[localhost]:8080"};
	struct http_request req;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		req = local(good[i]);
		assert_int_equal(verdict(&req), PROBLEM_NONE);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		req = local(bad[i]);
		assert_int_equal(verdict(&req), PROBLEM_FORBIDDEN_HOST);
	}
	req = local(NULL);
	assert_int_equal(verdict(&req), PROBLEM_FORBIDDEN_HOST);
	req = local("localhost:8080");
	set(&req, HTTP_HOST, "localhost:8080");
	assert_int_equal(verdict(&req), PROBLEM_BAD_PARAMETER);
}

static void test_port_80_may_be_left_out(void **state)
{
	static const uint16_t port = 80;
	static const struct guard at_80 = {&port, 1, NULL, 0};
	struct http_request req = local("localhost");
	struct problem p = {0};

	(void)state;
	assert_int_equal(guard_check(&at_80, &req, &p), 0);
}

static void test_unix_socket_takes_any_host(void **state)
{
	static const struct peer peer = {.unix_socket = true, .local = true, .text = "unix"};
	struct http_request req = local("whatever");

	(void)state;
	req.peer = &peer;
	assert_int_equal(verdict(&req), PROBLEM_NONE);
	set(&req, HTTP_ORIGIN, "http://evil.com");
	assert_int_equal(verdict(&req), PROBLEM_FORBIDDEN_ORIGIN);
}

static void test_origin(void **state)
{
	static const char *const bad[] = {"http://evil.com",
					  "null",
					  "",
					  "https://localhost:8080",
					  "http://localhost",
					  "http://127.0.0.1:8080",
					  "http://localhost:8080/",
					  "http://localhost:9090",
					  "localhost:8080"};
	struct http_request req;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		req = local("localhost:8080");
		set(&req, HTTP_ORIGIN, bad[i]);
		assert_int_equal(verdict(&req), PROBLEM_FORBIDDEN_ORIGIN);
	}
	req = local("localhost:8080");
	set(&req, HTTP_ORIGIN, "http://localhost:8080");
	assert_int_equal(verdict(&req), PROBLEM_NONE);
	set(&req, HTTP_ORIGIN, "http://localhost:8080");
	assert_int_equal(verdict(&req), PROBLEM_FORBIDDEN_ORIGIN);
}

static void test_fetch_site(void **state)
{
	static const char *const bad[] = {"cross-site", "same-site", "", "Same-Origin "};
	struct http_request req;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		req = local("localhost:8080");
		set(&req, HTTP_SEC_FETCH_SITE, bad[i]);
		assert_int_equal(verdict(&req), PROBLEM_FORBIDDEN_ORIGIN);
	}
	req = local("localhost:8080");
	set(&req, HTTP_SEC_FETCH_SITE, "none");
	assert_int_equal(verdict(&req), PROBLEM_NONE);
	req = local("localhost:8080");
	set(&req, HTTP_SEC_FETCH_SITE, "same-origin");
	assert_int_equal(verdict(&req), PROBLEM_NONE);
}

static void test_peer(void **state)
{
	static const struct {
		const char *addr;
		bool is_local;
	} peers[] = {
		{"127.0.0.1", true}, {"127.9.9.9", true},        {"192.0.2.1", false},
		{"0.0.0.0", false},  {"128.0.0.1", false},       {"::1", true},
		{"::", false},       {"::ffff:127.0.0.1", true}, {"::ffff:192.0.2.1", false},
		{"fe80::1", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(peers); i++) {
		struct sockaddr_storage addr = {0};
		struct sockaddr_in *in = (struct sockaddr_in *)&addr;
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&addr;
		bool v6 = strchr(peers[i].addr, ':') != NULL;
		struct http_request req = local("localhost:8080");
		struct peer peer;

		addr.ss_family = v6 ? AF_INET6 : AF_INET;
		assert_int_equal(inet_pton(addr.ss_family, peers[i].addr,
					   v6 ? (void *)&in6->sin6_addr : (void *)&in->sin_addr),
				 1);
		peer_init(&peer, &addr);
		assert_int_equal(peer.local, peers[i].is_local);
		assert_false(peer.unix_socket);
		req.peer = &peer;
		assert_int_equal(verdict(&req), peer.local ? PROBLEM_NONE : PROBLEM_UNAUTHORIZED);
	}
}

/** media() - guard_check_media() for a Content-Type; page: the request has an Origin */
static enum problem_type media(const char *type, bool page)
{
	struct http_request req = local("localhost:8080");
	struct problem p = {0};
	enum problem_type result;
	int rc;

	if (type)
		set(&req, HTTP_CONTENT_TYPE, type);
	if (page)
		set(&req, HTTP_ORIGIN, "http://localhost:8080");
	rc = guard_check_media(&req, &p);
	result = p.type;
	assert_int_equal(rc, result == PROBLEM_NONE ? 0 : -1);
	problem_done(&p);
	return result;
}

static void test_media(void **state)
{
	static const char *const json[] = {"application/json", "Application/JSON; charset=utf-8",
					   "application/merge-patch+json", "application/json;x"};
	static const char *const others[] = {"text/plain",        "",
					     "application/jsonx", "multipart/form-data",
					     "application/xml",   "application/json-patch+json"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(json); i++) {
		assert_int_equal(media(json[i], false), PROBLEM_NONE);
		assert_int_equal(media(json[i], true), PROBLEM_NONE);
	}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		assert_int_equal(media(others[i], false), PROBLEM_MEDIA_TYPE);
		assert_int_equal(media(others[i], true), PROBLEM_MEDIA_TYPE);
	}
	/* What curl -d sends, and what a form of another site's page would. */
	assert_int_equal(media("application/x-www-form-urlencoded", false), PROBLEM_NONE);
	assert_int_equal(media("application/x-www-form-urlencoded", true), PROBLEM_MEDIA_TYPE);
	assert_int_equal(media(NULL, false), PROBLEM_NONE);
	assert_int_equal(media(NULL, true), PROBLEM_MEDIA_TYPE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_host),
		cmocka_unit_test(test_port_80_may_be_left_out),
		cmocka_unit_test(test_unix_socket_takes_any_host),
		cmocka_unit_test(test_origin),
		cmocka_unit_test(test_fetch_site),
		cmocka_unit_test(test_peer),
		cmocka_unit_test(test_media),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
