/* SPDX-License-Identifier: BSD-2-Clause */
/* resolv.conf: what is read of it, and that every way to change it is noticed. */
#include "daemon/control/resolv.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "daemon/facts.h"
#include "net/base/log.h"
#include "net/base/loop.h"

#define SECONDS 1000000000LL

static struct loop *loop;
static struct resolv_servers seen;
static int calls;
static char dir[64], file[128], link_path[128];

static void on_changed(void *context, const struct resolv_servers *servers)
{
	assert_ptr_equal(context, &seen);
	seen = *servers;
	calls++;
}

/** put() - write a file, by rename or in place */
static void put(const char *text, bool replace)
{
	char temporary[160];
	FILE *f;

	snprintf(temporary, sizeof(temporary), "%s/new", dir);
	f = fopen(replace ? temporary : file, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	if (replace)
		assert_int_equal(rename(temporary, file), 0);
}

/** expect_server() - the first server becomes this one within five seconds */
static void expect_server(const char *text)
{
	int64_t end = loop_now(loop) + 5 * SECONDS;
	char got[HOST_ADDR_TEXT] = "";

	do {
		loop_turn(loop, SECONDS / 50);
		if (seen.count > 0)
			host_addr_format(&seen.addr[0], got);
	} while (strcmp(got, text) != 0 && loop_now(loop) < end);
	assert_string_equal(got, text);
}

static void test_parse(void **state)
{
	char text[] = "# nameserver 1.1.1.1\nsearch x\nnameserver\t192.0.2.1 \r\nnameserver\n"
		      "nameserver bogus\n  nameserver 2001:db8::1\nnameserver fe80::1%lo\n"
		      "nameserver 192.0.2.3\nnameserver 192.0.2.4";
	char none[] = "";
	char got[HOST_ADDR_TEXT];
	struct resolv_servers s;

	(void)state;
	resolv_parse(text, &s);
	assert_int_equal(s.count, 4);
	assert_string_equal(host_addr_format(&s.addr[0], got), "192.0.2.1:53");
	assert_string_equal(host_addr_format(&s.addr[1], got), "[2001:db8::1]:53");
	assert_int_equal(s.addr[2].in6.sin6_scope_id, 1);
	assert_string_equal(host_addr_format(&s.addr[3], got), "192.0.2.3:53");
	resolv_parse(none, &s);
	assert_int_equal(s.count, 0);
}

static void test_watch(void **state)
{
	struct resolv *r;

	(void)state;
	put("nameserver 192.0.2.1\n", false);
	r = resolv_start(loop, link_path, on_changed, &seen);
	assert_int_equal(calls, 1);
	expect_server("192.0.2.1:53");
	put("nameserver 192.0.2.2\n", false);
	expect_server("192.0.2.2:53");
	put("nameserver 192.0.2.3\n", true);
	expect_server("192.0.2.3:53");
	put("nameserver 192.0.2.4\n", true);
	expect_server("192.0.2.4:53");
	unlink(file);
	for (int i = 0; i < 100 && seen.count > 0; i++)
		loop_turn(loop, SECONDS / 50);
	assert_int_equal(seen.count, 0);
	put("nameserver 192.0.2.5\n", false);
	expect_server("192.0.2.5:53");
	unlink(link_path);
	put("nameserver 192.0.2.6\n", false);
	assert_int_equal(symlink(file, link_path), 0);
	expect_server("192.0.2.6:53");
	calls = 0;
	put("nameserver 192.0.2.6\n# the same\n", true);
	for (int i = 0; i < 20; i++)
		loop_turn(loop, SECONDS / 50);
	assert_int_equal(calls, 0);
	resolv_stop(r);
	resolv_stop(NULL);
}

static void test_facts(void **state)
{
	struct host_facts facts = {.dns_count = 2, .api_port_count = 2, .api_ports = {80, 65535}};
	struct host_facts back;
	json_t *json;

	(void)state;
	host_addr_parse_port("192.0.2.1:5353", 53, &facts.dns[0]);
	host_addr_parse_port("[fe80::1]:53", 53, &facts.dns[1]);
	facts.dns[1].in6.sin6_scope_id = 3;
	json = facts_to_json(&facts);
	facts_from_json(json, &back);
	json_decref(json);
	assert_int_equal(back.dns_count, 2);
	assert_memory_equal(&back.dns[0].in, &facts.dns[0].in, sizeof(facts.dns[0].in));
	assert_memory_equal(&back.dns[1].in6, &facts.dns[1].in6, sizeof(facts.dns[1].in6));
	assert_int_equal(back.api_port_count, 2);
	assert_int_equal(back.api_ports[1], 65535);
	json = json_loads("{\"dns\":[1,{},{\"addr\":\"x\"}],\"api_ports\":7}", 0, NULL);
	facts_from_json(json, &back);
	json_decref(json);
	assert_int_equal(back.dns_count + back.api_port_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_watch),
		cmocka_unit_test(test_facts),
	};
	char links[96];
	int ret;

	log_set_level(LOG_LEVEL_ERROR);
	snprintf(dir, sizeof(dir), "/tmp/patchbay-resolv.XXXXXX");
	if (!mkdtemp(dir))
		return 1;
	snprintf(links, sizeof(links), "%s/links", dir);
	snprintf(file, sizeof(file), "%s/resolv.conf", dir);
	snprintf(link_path, sizeof(link_path), "%s/resolv.conf", links);
	if (mkdir(links, 0700) < 0 || symlink(file, link_path) < 0)
		return 1;
	loop = loop_new();
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	loop_free(loop);
	unlink(link_path);
	unlink(file);
	rmdir(links);
	rmdir(dir);
	return ret;
}
