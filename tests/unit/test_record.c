/* SPDX-License-Identifier: BSD-2-Clause */
/* Saved objects as text: there and back, and every way to damage one. */
#include "daemon/control/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include "net/base/error.h"

#define CONFIG                                                                            \
	"{\"id\":\"nic0\",\"guest\":\"caf\\u00e9 \\\"1\\\"\",\"n\":-9223372036854775808," \
	"\"list\":[true,null,\"x\"]}"

/** sample() - the text of a record */
static char *sample(void)
{
	struct record record = {7, 1ull << 62, json_loads(CONFIG, 0, NULL)};
	char *text = record_format(&record);

	assert_non_null(text);
	json_decref(record.config);
	return text;
}

/** parse() - record_parse() of a copy that ends where the text ends; Return: what it returned */
static int parse(const char *text, size_t len, struct record *record)
{
	char *copy = malloc(len ? len : 1);
	struct error err = {0};
	int ret;

	memcpy(copy, text, len);
	memset(record, 0, sizeof(*record));
	ret = record_parse(copy, len, record, &err);
	free(copy);
	if (ret < 0) {
		assert_null(record->config);
		assert_true(err.message[0] != '\0');
	}
	return ret;
}

static void test_there_and_back(void **state)
{
	json_t *config = json_loads(CONFIG, 0, NULL);
	char *text = sample();
	struct record record;

	(void)state;
	assert_int_equal(text[strlen(text) - 1], '\n');
	assert_ptr_equal(strchr(text, '\n'), &text[strlen(text) - 1]);
	assert_int_equal(parse(text, strlen(text), &record), 0);
	assert_int_equal(record.order, 7);
	assert_true(record.revision == 1ull << 62);
	assert_true(json_equal(record.config, config));
	json_decref(record.config);
	json_decref(config);
	free(text);
}

static void test_truncated(void **state)
{
	char *text = sample();
	struct record record;

	(void)state;
	for (size_t len = 0; len + 1 < strlen(text); len++)
		assert_true(parse(text, len, &record) < 0);
	free(text);
}

static void test_flipped(void **state)
{
	char *text = sample();
	size_t len = strlen(text);
	struct record record;

	(void)state;
	for (size_t bit = 0; bit < 8 * len; bit++) {
		text[bit / 8] ^= (char)(1 << bit % 8);
		if (parse(text, len, &record) == 0)
			fail_msg("bit %zu of byte %zu", bit % 8, bit / 8);
		text[bit / 8] ^= (char)(1 << bit % 8);
	}
	free(text);
}

/** resealed() - a record with its sum made right after a member was changed */
static int resealed(const char *key, json_t *value)
{
	struct record good = {1, 2, json_pack("{s:s}", "id", "a")}, record;
	char *text = record_format(&good), *sealed;
	json_t *body = json_loads(text, 0, NULL), *sum;
	char *unsealed;
	uint64_t hash = 0xcbf29ce484222325u;
	int ret;

	json_object_del(body, "sum");
	json_object_set_new(body, key, value);
	unsealed = json_dumps(body, JSON_COMPACT);
	for (const char *c = unsealed; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 0x100000001b3u;
	sum = json_sprintf("%016llx", (unsigned long long)hash);
	json_object_set_new(body, "sum", sum);
	sealed = json_dumps(body, JSON_COMPACT);
	ret = parse(sealed, strlen(sealed), &record);
	json_decref(record.config);
	json_decref(good.config);
	json_decref(body);
	free(text);
	free(unsealed);
	free(sealed);
	return ret;
}

static void test_versions(void **state)
{
	(void)state;
	assert_int_equal(resealed("format", json_integer(RECORD_FORMAT)), 0);
	assert_int_equal(resealed("format", json_integer(RECORD_FORMAT + 1)), -EPROTONOSUPPORT);
	assert_int_equal(resealed("format", json_integer(0)), -EBADMSG);
	assert_int_equal(resealed("format", json_string("1")), -EBADMSG);
	assert_int_equal(resealed("order", json_integer(-1)), -EBADMSG);
	assert_int_equal(resealed("revision", json_integer(-1)), -EBADMSG);
	assert_int_equal(resealed("config", json_array()), -EBADMSG);
}

static void test_not_ours(void **state)
{
	static const char *const texts[] = {
		"", "\n", "[]", "{}", "null", "\xff", "{\"sum\":1}", "{\"a\":1,\"a\":2}", "\0\0\0"};
	struct record record;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(parse(texts[i], strlen(texts[i]), &record), -EBADMSG);
	assert_int_equal(parse("\0\0\0", 3, &record), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back), cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_flipped),        cmocka_unit_test(test_versions),
		cmocka_unit_test(test_not_ours),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
