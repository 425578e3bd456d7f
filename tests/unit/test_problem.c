/* SPDX-License-Identifier: BSD-2-Clause */
/* Problems: what the model and the validator fill, as the API prints it. */
#include "api/problem.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api/schema.h"
#include "net/base/error.h"

/** text_of() - the value of a string member */
static const char *text_of(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	assert_non_null(text);
	return text;
}

/** print() - the problem as JSON, which must be a Problem of openapi.yaml; frees the problem */
static json_t *print(struct problem *p, const char *instance)
{
	json_t *out = problem_to_json(p, instance);
	struct problem check = {0};

	assert_int_equal(schema_check_response("Problem", out, &check), 0);
	problem_done(p);
	return out;
}

static void test_every_type_has_words(void **state)
{
	(void)state;
	for (int type = PROBLEM_NONE + 1; type < PROBLEM_TYPE_COUNT; type++) {
		struct problem p = {0};
		json_t *out;
		char *text;

		problem_set(&p, type, "%s", "");
		assert_in_range(problem_status(type), 400, 599);
		out = print(&p, "/x");
		assert_int_equal(json_integer_value(json_object_get(out, "status")),
				 problem_status(type));
		assert_string_not_equal(text_of(out, "detail"), "");
		text = problem_text(text_of(out, "type") + strlen("/problems/"));
		assert_non_null(text);
		free(text);
		json_decref(out);
	}
	assert_null(problem_text("nope"));
}

static void test_details(void **state)
{
	struct problem p = {0};
	json_t *out;

	(void)state;
	assert_int_equal(problem_add(&p, "#/net", "invalid", "Failed to parse %s", "netmask"), -1);
	assert_int_equal(p.type, PROBLEM_VALIDATION);
	out = problem_to_json(&p, "/netdevs?x=1");
	assert_string_equal(text_of(out, "detail"), "Failed to parse netmask");
	assert_string_equal(text_of(out, "instance"), "/netdevs");
	json_decref(out);
	problem_add(&p, "#/host", "invalid", "Host doesn't belong to network");
	out = print(&p, "/netdevs");
	assert_string_equal(text_of(out, "detail"), "2 members are not valid.");
	assert_int_equal(json_array_size(json_object_get(out, "errors")), 2);
	json_decref(out);
	assert_int_equal(p.type, PROBLEM_NONE);
	assert_null(p.errors);
}

/* An error at a member does not change what the problem already is. */
static void test_add_keeps_type(void **state)
{
	struct problem p = {0};

	(void)state;
	problem_set(&p, PROBLEM_IMMUTABLE, "no");
	problem_add(&p, "#/mac", "immutable", "no");
	assert_int_equal(p.type, PROBLEM_IMMUTABLE);
	problem_done(&p);
}

static void test_from_error(void **state)
{
	struct problem p = {0};
	struct error err;
	json_t *out;

	(void)state;
	error_at(&err, EADDRINUSE, "#/hostfwd/1", "Could not set up host forwarding rule 'x'");
	assert_int_equal(problem_from_error(&p, &err), -1);
	assert_int_equal(p.type, PROBLEM_HOST_STATE);
	out = print(&p, "/netdevs");
	assert_string_equal(text_of(out, "errno"), "EADDRINUSE");
	assert_string_equal(text_of(json_array_get(json_object_get(out, "errors"), 0), "pointer"),
			    "#/hostfwd/1");
	json_decref(out);

	error_set(&err, EMFILE, "out of descriptors");
	problem_from_error(&p, &err);
	assert_int_equal(p.type, PROBLEM_HOST_STATE);
	assert_null(p.errors);
	problem_done(&p);

	error_at(&err, EINVAL, "#/net", "Failed to parse netmask");
	problem_from_error(&p, &err);
	assert_int_equal(p.type, PROBLEM_VALIDATION);
	problem_done(&p);

	error_set(&err, 99999, "no such errno");
	problem_from_error(&p, &err);
	out = print(&p, "/");
	assert_string_equal(text_of(out, "errno"), "EIO");
	json_decref(out);
}

static void test_extra_does_not_replace(void **state)
{
	struct problem p = {0};
	json_t *out;

	(void)state;
	problem_set(&p, PROBLEM_IN_USE, "used");
	problem_extra(&p, "users", json_pack("[s]", "/nics/nic0"));
	problem_extra(&p, "status", json_integer(200));
	out = print(&p, "/netdevs/n0");
	assert_int_equal(json_integer_value(json_object_get(out, "status")), 409);
	assert_int_equal(json_array_size(json_object_get(out, "users")), 1);
	json_decref(out);
}

/* Whatever bytes end up in a text, the answer has it, as UTF-8. */
static void test_bytes(void **state)
{
	static const char *const texts[][2] = {
		{"ok \xc3\xa4", "ok \xc3\xa4"},      {"cut \xe2\x82", "cut "},
		{"cut \xf0\x9f\x98", "cut "},        {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
		{"bad \xff\xc3\xa4 x", "bad ??? x"}, {"\x80\x80\x80\x80\x80", "?????"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct problem p = {0};
		json_t *out;

		problem_set(&p, PROBLEM_NOT_FOUND, "%s", texts[i][0]);
		problem_add(&p, texts[i][0], "x", "%s", texts[i][0]);
		out = print(&p, "/");
		assert_string_equal(text_of(out, "detail"), texts[i][1]);
		assert_string_equal(
			text_of(json_array_get(json_object_get(out, "errors"), 0), "detail"),
			texts[i][1]);
		json_decref(out);
	}
}

static void test_long_texts_are_cut(void **state)
{
	struct problem p = {0};
	char text[4001], instance[2000];
	json_t *out;

	(void)state;
	for (int i = 0; i < 4000; i += 2)
		memcpy(text + i, "\xc3\xa4", 3);
	memset(instance, '\xa4', sizeof(instance));
	instance[0] = '/';
	instance[sizeof(instance) - 1] = '\0';
	problem_set(&p, PROBLEM_NOT_FOUND, "x%s", text);
	problem_add(&p, text, "x", "x%s", text);
	out = print(&p, instance);
	assert_in_range(strlen(text_of(out, "detail")), 500, 511);
	assert_in_range(strlen(text_of(out, "instance")), 0, 256);
	json_decref(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_type_has_words),   cmocka_unit_test(test_details),
		cmocka_unit_test(test_add_keeps_type),         cmocka_unit_test(test_from_error),
		cmocka_unit_test(test_extra_does_not_replace), cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_long_texts_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
