/* SPDX-License-Identifier: BSD-2-Clause */
/* The validator against the embedded openapi.yaml: verdicts, pointers, codes, defaults. */
#include "api/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api/nearest.h"
#include "daemon/control/problem.h"
#include "net/base/bytes.h"

/** parse() - JSON text, with ' for " so that C can be read */
static json_t *parse(const char *text)
{
	char *copy = strdup(text);
	json_t *value;

	for (char *c = copy; *c; c++) {
		if (*c == '\'')
			*c = '"';
	}
	value = json_loads(copy, JSON_DECODE_ANY, NULL);
	assert_non_null(value);
	free(copy);
	return value;
}

/** find_error() - the error of a problem at a pointer, or NULL */
static json_t *find_error(const struct problem *p, const char *pointer)
{
	json_t *error;
	size_t i;

	json_array_foreach (p->errors, i, error) {
		if (strcmp(json_string_value(json_object_get(error, "pointer")), pointer) == 0)
			return error;
	}
	return NULL;
}

/** expect_valid() - the body passes; returns it, completed */
static json_t *expect_valid(const char *schema, const char *text)
{
	struct problem p = {0};
	json_t *body = parse(text);
	int rc = schema_check(schema, body, &p);

	if (rc)
		print_error("%s: %s\n", text, json_dumps(p.errors, JSON_COMPACT));
	assert_int_equal(rc, 0);
	assert_int_equal(p.type, PROBLEM_NONE);
	assert_null(p.errors);
	return body;
}

/** expect_errors() - the body fails with `count` errors, one of them at `pointer` with `code` */
static void expect_errors(const char *schema, const char *text, size_t count, const char *pointer,
			  const char *code)
{
	struct problem p = {0};
	json_t *body = parse(text), *error;

	assert_int_equal(schema_check(schema, body, &p), -1);
	assert_int_equal(p.type, PROBLEM_VALIDATION);
	error = find_error(&p, pointer);
	if (!error || json_array_size(p.errors) != count)
		print_error("%s: %s\n", text, json_dumps(p.errors, JSON_COMPACT));
	assert_non_null(error);
	assert_string_equal(json_string_value(json_object_get(error, "code")), code);
	assert_true(json_string_length(json_object_get(error, "detail")) > 0);
	assert_int_equal(json_array_size(p.errors), count);
	json_decref(body);
	problem_done(&p);
}

/** struct bad - a body that is wrong in one place */
struct bad {
	const char *schema;
	const char *body;
	const char *pointer;
	const char *code;
};

static const struct bad bad[] = {
	{"NetdevCreate", "{}", "#/type", "required"},
	{"NetdevCreate", "{'type':'nope'}", "#/type", "enum"},
	{"NetdevCreate", "{'type':''}", "#/type", "enum"},
	{"NetdevCreate", "{'type':7}", "#/type", "type"},
	{"NetdevCreate", "{'type':null}", "#/type", "type"},
	{"NetdevCreate", "[]", "#", "type"},
	{"NetdevCreate", "5", "#", "type"},
	{"NetdevCreate", "null", "#", "type"},
	{"NetdevCreate", "{'type':'user','bogus':1}", "#/bogus", "unknown-member"},
	{"NetdevCreate", "{'type':'user','':1}", "#/", "unknown-member"},
	{"NetdevCreate", "{'type':'user','a/b~c':1}", "#/a~1b~0c", "unknown-member"},
	{"NetdevCreate", "{'type':'user','net':7}", "#/net", "type"},
	{"NetdevCreate", "{'type':'user','net':''}", "#/net", "minLength"},
	{"NetdevCreate", "{'type':'user','restrict':'on'}", "#/restrict", "type"},
	{"NetdevCreate", "{'type':'user','restrict':1}", "#/restrict", "type"},
	{"NetdevCreate", "{'type':'user','restrict':null}", "#/restrict", "type"},
	{"NetdevCreate", "{'type':'user','ipv6-prefixlen':127}", "#/ipv6-prefixlen", "maximum"},
	{"NetdevCreate", "{'type':'user','ipv6-prefixlen':-1}", "#/ipv6-prefixlen", "minimum"},
	{"NetdevCreate", "{'type':'user','ipv6-prefixlen':64.0}", "#/ipv6-prefixlen", "type"},
	{"NetdevCreate", "{'type':'user','ipv6-prefixlen':1e1}", "#/ipv6-prefixlen", "type"},
	{"NetdevCreate", "{'type':'user','ipv6-prefixlen':'64'}", "#/ipv6-prefixlen", "type"},
	{"NetdevCreate", "{'type':'user','id':'1a'}", "#/id", "pattern"},
	{"NetdevCreate", "{'type':'user','id':'a b'}", "#/id", "pattern"},
	{"NetdevCreate", "{'type':'user','id':'a\\n'}", "#/id", "pattern"},
	{"NetdevCreate", "{'type':'user','hostfwd':'tcp::1-:2'}", "#/hostfwd", "type"},
	{"NetdevCreate", "{'type':'user','hostfwd':['tcp::1-:2',7]}", "#/hostfwd/1", "type"},
	{"NetdevCreate", "{'type':'user','dns-upstream':['a.example']}", "#/dns-upstream/0",
	 "pattern"},
	{"NetdevCreate", "{'type':'user','hostname':'-x'}", "#/hostname", "pattern"},
	{"Nic", "{'model':'ne2k'}", "#/model", "enum"},
	{"Nic", "{'mac':'zz'}", "#/mac", "pattern"},
	{"Nic", "{'mac':'52:54:00:12:34:56:78'}", "#/mac", "pattern"},
	{"Nic", "{'link':true}", "#/link", "type"},
	{"Nic", "{'link':'sideways'}", "#/link", "enum"},
	{"Nic", "{'netdev':''}", "#/netdev", "pattern"},
	{"Nic", "{'guest':''}", "#/guest", "minLength"},
	{"NicUpdate", "{'link':null}", "#/link", "type"},
	{"NicUpdate", "{'lnik':'up'}", "#/lnik", "unknown-member"},
	{"NetdevUpdate", "{'type':'nope'}", "#/type", "enum"},
};

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		expect_errors(bad[i].schema, bad[i].body, 1, bad[i].pointer, bad[i].code);
}

static const char *const good[][2] = {
	{"NetdevCreate", "{'type':'user'}"},
	{"NetdevCreate", "{'type':'user','id':'a.b-c_9'}"},
	{"NetdevCreate", "{'type':'user','ipv6-prefixlen':0}"},
	{"NetdevCreate", "{'type':'user','ipv6-prefixlen':126}"},
	{"NetdevCreate", "{'type':'user','hostfwd':[]}"},
	{"NetdevCreate",
	 "{'type':'user','hostfwd':['::1-:2','tcp::0-:2','udp:127.0.0.1:1-10.0.2.15:2',"
	 "'tcp:[::1]:5-[fec0::15]:65535']}"},
	{"NetdevCreate",
	 "{'type':'user','dns-upstream':['192.0.2.1','192.0.2.1:5353','::1','[::1]:53',"
	 "'[2001:db8::1]']}"},
	{"NetdevCreate", "{'type':'user','status':7,'stats':[],'used_by':{},'revision':'x'}"},
	{"Nic", "{}"},
	{"Nic", "{'mac':'52:54:00:AB:cd:ef','netdev':'n0','guest':'\xc3\xa4\xe2\x82\xac'}"},
	{"Nic", "{'netdev':null}"},
	{"NicUpdate", "{}"},
	{"NicUpdate", "{'netdev':null,'guest':null}"},
	{"NetdevUpdate", "{'net':null,'hostfwd':null}"},
};

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		json_decref(expect_valid(good[i][0], good[i][1]));
}

static void test_all_errors_are_reported(void **state)
{
	static const char body[] =
		"{'type':'user','dns-upstream':['1.1.1.1','x',3],'net':7,'bogus':1}";

	(void)state;
	expect_errors("NetdevCreate", body, 4, "#/net", "type");
	expect_errors("NetdevCreate", body, 4, "#/dns-upstream/1", "pattern");
	expect_errors("NetdevCreate", body, 4, "#/dns-upstream/2", "type");
	expect_errors("NetdevCreate", body, 4, "#/bogus", "unknown-member");
}

static void test_defaults(void **state)
{
	json_t *body = expect_valid("NetdevCreate", "{'type':'user','restrict':true}");

	(void)state;
	assert_true(json_is_true(json_object_get(body, "restrict")));
	assert_true(json_is_false(json_object_get(body, "host-loopback")));
	assert_null(json_object_get(body, "ipv4")); /* decided by the model, with ipv6 */
	assert_null(json_object_get(body, "net"));  /* so that a given one is told from none */
	assert_null(json_object_get(body, "host"));
	json_decref(body);
	body = expect_valid("Nic", "{}");
	assert_string_equal(json_string_value(json_object_get(body, "model")), "e1000");
	assert_string_equal(json_string_value(json_object_get(body, "link")), "up");
	assert_int_equal(json_object_size(body), 2);
	json_decref(body);
}

static void test_defaults_are_copies(void **state)
{
	json_t *first = expect_valid("Nic", "{}"), *second;

	(void)state;
	json_string_set(json_object_get(first, "model"), "changed");
	second = expect_valid("Nic", "{}");
	assert_string_equal(json_string_value(json_object_get(second, "model")), "e1000");
	json_decref(first);
	json_decref(second);
}

static void test_patch_gets_no_defaults(void **state)
{
	json_t *body = expect_valid("NicUpdate", "{'guest':'x'}");

	(void)state;
	assert_int_equal(json_object_size(body), 1);
	json_decref(body);
	body = expect_valid("NetdevUpdate", "{}");
	assert_int_equal(json_object_size(body), 0);
	json_decref(body);
}

static void test_read_only_is_dropped(void **state)
{
	json_t *body = expect_valid("Nic", "{'id':'a','socket':'/x','status':{'state':'waiting'},"
					   "'stats':{'rx_packets':1},'revision':4}");

	(void)state;
	assert_int_equal(json_object_size(body), 3); /* id, model, link */
	assert_null(json_object_get(body, "socket"));
	json_decref(body);
}

static void test_did_you_mean(void **state)
{
	static const char *const pairs[][2] = {
		{"restrikt", "restrict"},
		{"hostfw", "hostfwd"},
		{"dhcp", ""},
		{"dhcpstar", "dhcpstart"},
		{"IPV4", ""},
		{"ipv7", "ipv4"},
		{"zzzzzzzzz", ""},
		{"x", ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		struct problem p = {0};
		json_t *body = json_pack("{s:s, s:i}", "type", "user", pairs[i][0], 1), *near;

		assert_int_equal(schema_check("NetdevCreate", body, &p), -1);
		near = json_object_get(json_array_get(p.errors, 0), "did_you_mean");
		if (*pairs[i][1])
			assert_string_equal(json_string_value(near), pairs[i][1]);
		else
			assert_null(near);
		json_decref(body);
		problem_done(&p);
	}
	assert_null(nearest_key(NULL, "x"));
}

static void test_max_items(void **state)
{
	json_t *list = json_array(),
	       *body = json_pack("{s:s, s:o}", "type", "user", "hostfwd", list);
	struct problem p = {0};

	(void)state;
	for (int i = 0; i < 64; i++)
		json_array_append_new(list, json_sprintf("tcp::%d-:22", 1000 + i));
	assert_int_equal(schema_check("NetdevCreate", body, &p), 0);
	json_array_append_new(list, json_string("tcp::2000-:22"));
	assert_int_equal(schema_check("NetdevCreate", body, &p), -1);
	assert_non_null(find_error(&p, "#/hostfwd"));
	json_decref(body);
	problem_done(&p);
}

/* Lengths are of characters: 64 of them may be 192 bytes. */
static void test_length_in_characters(void **state)
{
	char name[65 * 3 + 1] = "";
	struct problem p = {0};
	json_t *body;

	(void)state;
	for (int i = 0; i < 64; i++)
		strcat(name, "\xe2\x82\xac");
	body = json_pack("{s:s}", "guest", name);
	assert_int_equal(schema_check("Nic", body, &p), 0);
	json_decref(body);
	strcat(name, "\xe2\x82\xac");
	body = json_pack("{s:s}", "guest", name);
	assert_int_equal(schema_check("Nic", body, &p), -1);
	assert_non_null(find_error(&p, "#/guest"));
	json_decref(body);
	problem_done(&p);
}

static void test_id_length(void **state)
{
	char id[66];
	json_t *body;
	struct problem p = {0};

	(void)state;
	memset(id, 'a', sizeof(id));
	id[64] = '\0';
	body = json_pack("{s:s}", "id", id);
	assert_int_equal(schema_check("Nic", body, &p), 0);
	json_decref(body);
	id[64] = 'a';
	id[65] = '\0';
	body = json_pack("{s:s}", "id", id);
	assert_int_equal(schema_check("Nic", body, &p), -1);
	json_decref(body);
	problem_done(&p);
}

/* What a hostile body names comes back cut, escaped and as UTF-8. */
static void test_hostile_names(void **state)
{
	char key[1000];
	struct problem p = {0};
	json_t *body = json_object();
	const char *pointer;

	(void)state;
	for (size_t i = 0; i + 2 < sizeof(key); i += 2)
		memcpy(key + i, "\xc3\xa4", 2);
	key[998] = '\0';
	json_object_set_new(body, key, json_true());
	memset(key, '~', 500);
	key[500] = '\0';
	json_object_set_new(body, key, json_true());
	assert_int_equal(schema_check("Nic", body, &p), -1);
	assert_int_equal(json_array_size(p.errors), 2);
	for (size_t i = 0; i < 2; i++) {
		pointer =
			json_string_value(json_object_get(json_array_get(p.errors, i), "pointer"));
		assert_non_null(pointer);
		assert_in_range(strlen(pointer), 20, 200);
		assert_non_null(json_object_get(json_array_get(p.errors, i), "detail"));
	}
	json_decref(body);
	problem_done(&p);
}

static void test_many_errors_are_capped(void **state)
{
	json_t *body = json_object();
	struct problem p = {0};
	char key[16];

	(void)state;
	for (int i = 0; i < 5000; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		json_object_set_new(body, key, json_null());
	}
	assert_int_equal(schema_check("Nic", body, &p), -1);
	assert_int_equal(json_array_size(p.errors), 64);
	json_decref(body);
	problem_done(&p);
}

static void test_response(void **state)
{
	struct problem p = {0};
	json_t *nic = parse("{'id':'nic0','model':'e1000','mac':'52:54:00:00:00:01','netdev':null,"
			    "'link':'up','socket':'/x','status':{'state':'waiting'},'revision':1,"
			    "'stats':{'rx_packets':1,'drops':{'no-buffer':2},'other':3}}");
	json_t *list = json_pack("{s:[O], s:i}", "items", nic, "revision", 3);

	(void)state;
	assert_int_equal(schema_check_response("Nic", nic, &p), 0);
	assert_int_equal(schema_check_response("NicList", list, &p), 0);
	assert_non_null(json_object_get(nic, "socket")); /* nothing is dropped */
	json_object_set_new(json_object_get(nic, "stats"), "bad", json_string("x"));
	json_object_set_new(json_object_get(nic, "status"), "state", json_string("flying"));
	assert_int_equal(schema_check_response("NicList", list, &p), -1);
	assert_int_equal(json_array_size(p.errors), 2);
	assert_non_null(find_error(&p, "#/items/0/stats/bad"));
	assert_non_null(find_error(&p, "#/items/0/status/state"));
	problem_done(&p);
	json_decref(list);
	json_decref(nic);
}

/* A union in a response is checked as one in a request. */
static void test_response_union(void **state)
{
	struct problem p = {0};
	json_t *list = parse("{'items':[{'type':'user','status':{}},{'type':'x'}],'revision':-1}");

	(void)state;
	assert_int_equal(schema_check_response("NetdevList", list, &p), -1);
	assert_int_equal(json_array_size(p.errors), 3);
	assert_non_null(find_error(&p, "#/items/0/status/state"));
	assert_non_null(find_error(&p, "#/items/1/type"));
	assert_non_null(find_error(&p, "#/revision"));
	problem_done(&p);
	json_decref(list);
}

/** check_text() - a query parameter of a type; returns the value's JSON, or NULL */
static json_t *check_text(const char *schema_text, const char *text)
{
	json_t *schema = parse(schema_text), *value;
	struct problem p = {0};

	value = schema_check_text(schema, "q", text, &p);
	assert_int_equal(value == NULL, p.type == PROBLEM_VALIDATION);
	problem_done(&p);
	json_decref(schema);
	return value;
}

static void test_text(void **state)
{
	json_t *value;

	(void)state;
	assert_true(json_is_true(check_text("{'type':'boolean'}", "true")));
	assert_true(json_is_false(check_text("{'type':'boolean'}", "false")));
	assert_null(check_text("{'type':'boolean'}", "1"));
	assert_null(check_text("{'type':'boolean'}", ""));
	value = check_text("{'type':'integer'}", "-5");
	assert_int_equal(json_integer_value(value), -5);
	json_decref(value);
	assert_null(check_text("{'type':'integer'}", "5x"));
	assert_null(check_text("{'type':'integer'}", ""));
	assert_null(check_text("{'type':'integer'}", "1-"));
	assert_null(check_text("{'type':'string'}", "\xff"));
	value = check_text("{'type':'string'}", "7");
	assert_string_equal(json_string_value(value), "7");
	json_decref(value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_all_errors_are_reported),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_defaults_are_copies),
		cmocka_unit_test(test_patch_gets_no_defaults),
		cmocka_unit_test(test_read_only_is_dropped),
		cmocka_unit_test(test_did_you_mean),
		cmocka_unit_test(test_max_items),
		cmocka_unit_test(test_length_in_characters),
		cmocka_unit_test(test_id_length),
		cmocka_unit_test(test_hostile_names),
		cmocka_unit_test(test_many_errors_are_capped),
		cmocka_unit_test(test_response),
		cmocka_unit_test(test_response_union),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
