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

#include <stdio.h>

#include "api/http.h"
#include "api/peer.h"
#include "daemon/control/problem.h"
#include "net/base/bytes.h"

static const uint16_t ports[] = {8080, 9090};
static const char *const allowed[] = {"box.lan", "proxy.example:443"};
static struct guard guard = {ports, 2, allowed, 2, {.uid = 1000}, {.token = "sesame, open wide"}};

/** local() - a request of a local TCP client with that Host */
static struct http_request local(const char *host)
{
	static struct peer peer = {.kind = PEER_LOOPBACK, .text = "127.0.0.1:1"};
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
	struct peer peer = {.kind = PEER_UNIX, .text = "unix"};
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

/* The address itself is a good Host, whatever it is; and with TLS pages have another scheme. */
static void test_own_address(void **state)
{
	struct peer peer = {.kind = PEER_REMOTE, .here = "192.0.2.7:8080"};
	struct http_request req = local("192.0.2.7:8080");

	(void)state;
	req.peer = &peer;
	assert_int_equal(verdict(&req), PROBLEM_NONE);
	req.headers[HTTP_HOST] = "192.0.2.8:8080";
	assert_int_equal(verdict(&req), PROBLEM_FORBIDDEN_HOST);
	req = local("192.0.2.7:8080");
	req.peer = &peer;
	req.tls = true;
	set(&req, HTTP_ORIGIN, "https://192.0.2.7:8080");
	assert_int_equal(verdict(&req), PROBLEM_NONE);
	req.headers[HTTP_ORIGIN] = "http://192.0.2.7:8080";
	assert_int_equal(verdict(&req), PROBLEM_FORBIDDEN_ORIGIN);
}

/** admitted() - guard_admit() */
static bool admitted(const struct http_request *req)
{
	struct problem p = {0};
	int rc = guard_admit(&guard, req, 1000, &p);

	assert_int_equal(p.type, rc == 0 ? PROBLEM_NONE : PROBLEM_UNAUTHORIZED);
	problem_done(&p);
	return rc == 0;
}

static void test_admit(void **state)
{
	struct peer user = {.kind = PEER_UNIX, .owner.uid = 1000};
	struct peer other = {.kind = PEER_UNIX, .owner.uid = 1001};
	struct peer remote = {.kind = PEER_REMOTE, .owner.uid = 0, .owner.inode = 7};
	struct http_request req = local("localhost:8080");
	char cookie[64];

	(void)state;
	req.peer = &user;
	assert_true(admitted(&req));
	req.peer = &other;
	assert_false(admitted(&req));
	req.peer = &remote;
	assert_false(admitted(&req));
	set(&req, HTTP_AUTHORIZATION, "Bearer sesame, open wide");
	assert_true(admitted(&req));
	req.headers[HTTP_AUTHORIZATION] = "Bearer sesame, open";
	assert_false(admitted(&req));
	snprintf(cookie, sizeof(cookie), AUTH_COOKIE "=%s", auth_session_open(&guard.auth, 900));
	set(&req, HTTP_COOKIE, cookie);
	assert_true(admitted(&req));
	cookie[sizeof(AUTH_COOKIE) + 3] ^= 1;
	assert_false(admitted(&req));
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
		cmocka_unit_test(test_own_address),
		cmocka_unit_test(test_admit),
		cmocka_unit_test(test_media),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
