/* SPDX-License-Identifier: BSD-2-Clause */
/* Request targets: what is refused, which operation they name, their query parameters. */
#include "api/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/control/problem.h"
#include "net/base/bytes.h"

/** parse() - target_parse() of one target; returns the kind of problem */
static enum problem_type parse(const char *raw, struct target *t)
{
	struct problem p = {0};
	enum problem_type type;
	int rc = target_parse(raw, t, &p);

	type = p.type;
	assert_int_equal(rc, type == PROBLEM_NONE ? 0 : -1);
	problem_done(&p);
	return type;
}

static void test_targets_refused(void **state)
{
	static const char *const raws[] = {
		"",         "nics",      "http://evil/x", "*",        "/a b",     "/a\tb",
		"/a\nb",    "/\x7f",     "/\xc3\xa4",     "/a\\b",    "/a#b",     "/%",
		"/%4",      "/%zz",      "/%00",          "/x%2f",    "/x%2F..",  "/x%5c",
		"/x%5C",    "/%0a",      "/%1f",          "/%7f",     "/n?a=%00", "/n?a=%0d",
		"/n?a=%5c", "/n?a=\x01", "/n?%",          "/n?a=b#c", "/..%2f..", "?a=b",
	};
	struct target t;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(raws); i++)
		assert_int_equal(parse(raws[i], &t), PROBLEM_BAD_PARAMETER);
}

static void test_targets_decoded(void **state)
{
	static const char *const raws[][3] = {
		{"/", "/", ""},
		{"/nics", "/nics", ""},
		{"/nics?a=b", "/nics", "a=b"},
		{"/nics?", "/nics", ""},
		{"/nics??", "/nics", "?"},
		{"/n%69cs", "/nics", ""},
		{"/%2e%2E/x", "/../x", ""},
		{"/a+b?c=%2f", "/a+b", "c=%2f"},
		{"/netdevs/n%30?x=/", "/netdevs/n0", "x=/"},
	};
	struct target t;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(raws); i++) {
		assert_int_equal(parse(raws[i][0], &t), PROBLEM_NONE);
		assert_string_equal(t.path, raws[i][1]);
		assert_string_equal(t.query, raws[i][2]);
	}
}

static void test_long_target(void **state)
{
	char raw[ROUTE_MAX_PATH + 1];
	struct target t;

	(void)state;
	memset(raw, 'a', sizeof(raw));
	raw[0] = '/';
	raw[ROUTE_MAX_PATH - 1] = '\0';
	assert_int_equal(parse(raw, &t), PROBLEM_NONE);
	raw[ROUTE_MAX_PATH - 1] = 'a';
	raw[ROUTE_MAX_PATH] = '\0';
	assert_int_equal(parse(raw, &t), PROBLEM_NOT_FOUND);
}

/** match() - route_match(); returns the kind of problem */
static enum problem_type match(const char *method, const char *path, struct match *m)
{
	struct problem p = {0};
	enum problem_type type;
	int rc = route_match(path, method, m, &p);

	type = p.type;
	assert_int_equal(rc, type == PROBLEM_NONE ? 0 : -1);
	problem_done(&p);
	return type;
}

static void test_operations_found(void **state)
{
	static const char *const found[][4] = {
		{"GET", "/", "getIndex", ""},
		{"GET", "/netdevs", "listNetdevs", ""},
		{"HEAD", "/netdevs", "listNetdevs", ""},
		{"POST", "/netdevs", "createNetdev", ""},
		{"PATCH", "/netdevs/user0", "updateNetdev", "user0"},
		{"DELETE", "/nics/a.b-c_9", "deleteNic", "a.b-c_9"},
		{"GET", "/nics/nic0/qemu-args", "getNicQemuArgs", "nic0"},
		{"GET", "/problems/validation", "getProblemType", "validation"},
		{"GET", "/openapi.json", "getOpenapiJson", ""},
	};
	struct match m;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(found); i++) {
		assert_int_equal(match(found[i][0], found[i][1], &m), PROBLEM_NONE);
		assert_string_equal(m.route->operation, found[i][2]);
		assert_string_equal(m.param, found[i][3]);
	}
}

static void test_paths_not_found(void **state)
{
	static const char *const paths[] = {
		"",
		"//",
		"/nic",
		"/nics/",
		"/nics//",
		"/nicss",
		"/nics/a/",
		"/nics/a/b",
		"/nics/../x",
		"/nics/a b",
		"/nics/<img>",
		"/../nics",
		"/nics/a\xff",
		"/netdevs/user0/qemu-args",
		"/nics//qemu-args",
		"/NICS",
	};
	char long_id[] = "/nics/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	struct match m;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		assert_int_equal(match("GET", paths[i], &m), PROBLEM_NOT_FOUND);
		assert_int_equal(match("FOO", paths[i], &m), PROBLEM_NOT_FOUND);
		assert_string_equal(m.allow, "");
	}
	assert_int_equal(strlen(long_id), 6 + ROUTE_MAX_PARAM + 1);
	assert_int_equal(match("GET", long_id, &m), PROBLEM_NOT_FOUND);
	long_id[6 + ROUTE_MAX_PARAM] = '\0';
	assert_int_equal(match("GET", long_id, &m), PROBLEM_NONE);
}

static void test_methods_not_allowed(void **state)
{
	struct match m;

	(void)state;
	assert_int_equal(match("DELETE", "/", &m), PROBLEM_METHOD_NOT_ALLOWED);
	assert_string_equal(m.allow, "GET, HEAD, OPTIONS");
	assert_int_equal(match("PUT", "/nics", &m), PROBLEM_METHOD_NOT_ALLOWED);
	assert_string_equal(m.allow, "GET, HEAD, POST, OPTIONS");
	assert_int_equal(match("OPTIONS", "/nics/x", &m), PROBLEM_METHOD_NOT_ALLOWED);
	assert_string_equal(m.allow, "GET, HEAD, PATCH, DELETE, OPTIONS");
	assert_int_equal(match("FOO", "/nics", &m), PROBLEM_NOT_IMPLEMENTED);
	assert_int_equal(match("get", "/nics", &m), PROBLEM_NOT_IMPLEMENTED);
	assert_string_equal(m.allow, "GET, HEAD, POST, OPTIONS");
}

/** query() - route_query() of an operation; NULL when refused, with the parameter's name checked */
static json_t *query(const char *method, const char *path, const char *text, const char *parameter)
{
	struct problem p = {0};
	struct match m;
	json_t *values;

	assert_int_equal(match(method, path, &m), PROBLEM_NONE);
	values = route_query(m.route, text, &p);
	if (!values) {
		json_t *name = json_object_get(p.extra, "parameter");

		assert_int_equal(p.type, PROBLEM_BAD_PARAMETER);
		assert_true(p.detail[0]);
		if (parameter)
			assert_string_equal(json_string_value(name), parameter);
	}
	problem_done(&p);
	return values;
}

static void test_query(void **state)
{
	json_t *q = query("GET", "/nics", "", NULL);

	(void)state;
	assert_true(json_is_false(json_object_get(q, "stats")));
	json_decref(q);
	q = query("GET", "/nics", "stats=true", NULL);
	assert_true(json_is_true(json_object_get(q, "stats")));
	json_decref(q);
	q = query("GET", "/nics", "&stats=%74rue&&", NULL);
	assert_null(q); /* a parameter without a name is unknown */
	q = query("GET", "/nics/n/qemu-args", "memory=2G", NULL);
	assert_string_equal(json_string_value(json_object_get(q, "memory")), "2G");
	json_decref(q);
	q = query("GET", "/nics/n/qemu-args", "", NULL);
	assert_string_equal(json_string_value(json_object_get(q, "memory")), "512M");
	json_decref(q);
}

static void test_query_refused(void **state)
{
	static const char *const bad[][2] = {
		{"foo=1", "foo"},        {"stats", "stats"},
		{"stats=", "stats"},     {"stats=1", "stats"},
		{"stats=TRUE", "stats"}, {"stats=true&stats=true", "stats"},
		{"stats=true&x=1", "x"}, {"=true", ""},
		{"force=true", "force"}, {"%ff=1", "?"},
		{"stats=%ff", "stats"},  {"a+b=1", "a b"},
	};
	char long_one[700];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_null(query("GET", "/nics", bad[i][0], bad[i][1]));
	assert_null(query("GET", "/nics/n/qemu-args", "memory=1%20G", "memory"));
	memset(long_one, 'a', sizeof(long_one));
	long_one[sizeof(long_one) - 1] = '\0';
	assert_null(query("GET", "/nics", long_one, NULL));
	memcpy(long_one, "stats=", 6);
	assert_null(query("GET", "/nics", long_one, NULL));
}

/* What openapi.yaml promises and what the table says about success can't differ: both are made from
 * it. This looks at what the table is used for. */
static void test_table(void **state)
{
	(void)state;
	assert_true(route_count >= 17);
	for (size_t i = 0; i < route_count; i++) {
		const struct route *r = &routes[i];

		assert_true(r->status >= 200 && r->status < 300);
		assert_int_equal(r->status == 204, r->media == NULL);
		assert_int_equal(strcmp(r->method, "POST") == 0 || strcmp(r->method, "PATCH") == 0,
				 r->request != NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_targets_refused), cmocka_unit_test(test_targets_decoded),
		cmocka_unit_test(test_long_target),     cmocka_unit_test(test_operations_found),
		cmocka_unit_test(test_paths_not_found), cmocka_unit_test(test_methods_not_allowed),
		cmocka_unit_test(test_query),           cmocka_unit_test(test_query_refused),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
