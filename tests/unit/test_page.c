/* SPDX-License-Identifier: BSD-2-Clause */
/* The page's files: which Accept gets them, and whether modes.json is what openapi.yaml says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "api/page.h"
#include "api/schema.h"
#include "daemon/control/problem.h"

static void test_accept(void **state)
{
	(void)state;
	assert_true(page_wanted("text/html,application/xhtml+xml,*/*;q=0.8"));
	assert_true(page_wanted("application/json;q=0.5, text/html;q=0.9"));
	assert_true(page_wanted("TEXT/HTML"));
	assert_false(page_wanted(NULL));
	assert_false(page_wanted(""));
	assert_false(page_wanted("*/*"));
	assert_false(page_wanted("application/json"));
	assert_false(page_wanted("application/json, text/html;q=0.9"));
	assert_false(page_wanted("text/html;q=0"));
	assert_false(page_wanted("text/htmlx"));
	assert_false(page_wanted(",,;q=,text/"));
}

/** file() - a file of the page */
static const struct web_file *file(const char *name)
{
	for (size_t i = 0; i < web_file_count; i++) {
		if (strcmp(web_files[i].name, name) == 0)
			return &web_files[i];
	}
	fail_msg("there is no %s", name);
	return NULL;
}

static void test_modes(void **state)
{
	const struct web_file *modes = file("modes.json");
	json_t *json = json_loadb(modes->bytes, modes->len, JSON_REJECT_DUPLICATES, NULL);
	struct problem p = {0};

	(void)state;
	assert_non_null(json);
	if (schema_check_response("Modes", json, &p) < 0)
		fail_msg("%s", json_dumps(p.errors, 0));
	json_decref(json);
}

static void test_files(void **state)
{
	(void)state;
	assert_string_equal(file("index.html")->media, "text/html; charset=utf-8");
	assert_string_equal(file("app.js")->media, "text/javascript; charset=utf-8");
	for (size_t i = 0; i < web_file_count; i++) {
		assert_int_equal(strlen(web_files[i].bytes), web_files[i].len);
		assert_int_equal(strlen(web_files[i].etag), 18);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accept),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests_name("page", tests, NULL, NULL);
}
