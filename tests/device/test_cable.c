/* SPDX-License-Identifier: BSD-2-Clause */
/* The cable as the guest sees it while the API plugs, pulls and plugs it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "net/base/log.h"
#include "net/base/loop.h"
#include "tests/support/fake_client.h"
#include "tests/support/model_fixture.h"

#define BAR_MEMORY 1
#define MSR        0x58 /* media status */
#define MSR_LINKB  0x04 /* no link */
#define MS         1000000LL

static struct model_fixture f;
static struct fake_client client;
static int64_t now_ns = 1;

static int64_t clock_ns(void *context)
{
	(void)context;
	return now_ns;
}

/** pass() - let this much time pass, a little at a time */
static void pass(int64_t ms)
{
	for (int64_t end = now_ns + ms * MS; now_ns < end; now_ns += 50 * MS)
		model_fixture_turn(&f);
}

/** link_is_up() - what the guest's driver reads */
static bool link_is_up(void)
{
	model_fixture_turn(&f);
	return !(fake_read(&client, BAR_MEMORY, MSR, 1) & MSR_LINKB);
}

/** patch() - PATCH /nics/nic0 */
static void patch(const char *key, json_t *value)
{
	json_t *body = json_pack("{s:o}", key, value);
	json_t *object = model_update(f.model, COLLECTION_NICS, "nic0", body, &f.problem);

	assert_non_null(object);
	json_decref(object);
	json_decref(body);
}

static int set_up(void **state)
{
	struct fake_address address = {.sun.sun_family = AF_UNIX, .len = sizeof(address.sun)};

	(void)state;
	log_set_level(LOG_LEVEL_ERROR);
	model_fixture_new(&f);
	loop_set_clock(f.loop, clock_ns, NULL);
	json_decref(model_fixture_create(&f, COLLECTION_NETDEVS, "{'type':'user','id':'a'}"));
	json_decref(model_fixture_create(&f, COLLECTION_NETDEVS, "{'type':'user','id':'b'}"));
	json_decref(model_fixture_create(&f, COLLECTION_NICS, "{'model':'rtl8139','netdev':'a'}"));
	snprintf(address.sun.sun_path, sizeof(address.sun.sun_path), "%s/nic0.sock", f.dir);
	model_fixture_turn(&f);
	fake_connect(&client, f.loop, &address);
	fake_version(&client);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fake_close(&client);
	model_fixture_free(&f);
	return 0;
}

static void test_up_from_the_start(void **state)
{
	(void)state;
	pass(500);
	assert_true(link_is_up());
}

static void test_another_netdev_is_noticed(void **state)
{
	(void)state;
	pass(500);
	patch("netdev", json_string("b"));
	assert_false(link_is_up());
	pass(2500);
	assert_false(link_is_up());
	pass(1000);
	assert_true(link_is_up());
}

static void test_link_is_noticed(void **state)
{
	(void)state;
	pass(500);
	patch("link", json_string("down"));
	patch("link", json_string("up"));
	assert_false(link_is_up());
	pass(3500);
	assert_true(link_is_up());
	patch("link", json_string("down"));
	assert_false(link_is_up());
	pass(10000);
	assert_false(link_is_up());
	patch("link", json_string("up"));
	pass(500);
	assert_true(link_is_up());
}

static void test_pulled_while_down(void **state)
{
	(void)state;
	pass(500);
	patch("link", json_string("down"));
	pass(5000);
	patch("netdev", json_string("b"));
	patch("link", json_string("up"));
	pass(500);
	assert_true(link_is_up());
	patch("netdev", json_null());
	pass(10000);
	assert_false(link_is_up());
	patch("netdev", json_string("a"));
	pass(500);
	assert_true(link_is_up());
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_up_from_the_start),
		test(test_another_netdev_is_noticed),
		test(test_link_is_noticed),
		test(test_pulled_while_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
