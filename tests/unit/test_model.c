/* SPDX-License-Identifier: BSD-2-Clause */
/* The model: ids, references, what may change, what is in use, what a failure leaves behind. */
#include "daemon/control/model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "daemon/control/macs.h"
#include "daemon/control/nics.h"
#include "net/base/log.h"
#include "tests/support/model_fixture.h"

static struct model_fixture f;

static int set_up(void **state)
{
	(void)state;
	log_set_level(LOG_LEVEL_ERROR);
	model_fixture_new(&f);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	model_fixture_free(&f);
	return 0;
}

/** made() - the object is made, and gets this id */
static void made(enum collection c, const char *body, const char *id)
{
	json_t *object = model_fixture_create(&f, c, body);

	if (!object)
		fail_msg("%s: %s", body, f.problem.detail);
	assert_string_equal(json_string_value(json_object_get(object, "id")), id);
	json_decref(object);
	model_fixture_turn(&f);
}

/** has_error() - is there an error with this code at this member? */
static bool has_error(const char *pointer, const char *code)
{
	json_t *error;
	size_t i;

	json_array_foreach (f.problem.errors, i, error) {
		if (strcmp(json_string_value(json_object_get(error, "pointer")), pointer) == 0 &&
		    strcmp(json_string_value(json_object_get(error, "code")), code) == 0)
			return true;
	}
	return false;
}

/** refused() - the object is not made, and nothing is left of it */
static void refused(enum collection c, const char *body, enum problem_type type)
{
	size_t count = f.model->objects[c].count;
	uint64_t revision = f.model->revision;

	assert_null(model_fixture_create(&f, c, body));
	assert_int_equal(f.problem.type, type);
	assert_int_equal(f.model->objects[c].count, count);
	assert_int_equal(f.model->revision, revision);
}

/** patch() - model_update() with JSON text; Return: the object, or NULL with f.problem set */
static json_t *patch(enum collection c, const char *id, const char *body)
{
	char text[256];
	json_t *json, *object;

	snprintf(text, sizeof(text), "%s", body);
	for (char *p = text; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	json = json_loads(text, 0, NULL);
	problem_done(&f.problem);
	object = model_update(f.model, c, id, json, &f.problem);
	json_decref(json);
	model_fixture_turn(&f);
	return object;
}

/** member() - a member of an object as text; static buffer */
static const char *member(enum collection c, const char *id, const char *key)
{
	static char text[512];
	json_t *object = model_get(f.model, c, id);
	json_t *value = json_object_get(object, key);
	char *dump = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : strdup("");

	snprintf(text, sizeof(text), "%s", dump);
	free(dump);
	json_decref(object);
	return text;
}

/** changed() - the patch is taken, and the object's revision is new if @really */
static void changed(const char *id, const char *body, bool really)
{
	uint64_t revision = f.model->revision;
	json_t *object = patch(COLLECTION_NICS, id, body);

	if (!object)
		fail_msg("%s: %s", body, f.problem.detail);
	assert_int_equal(f.model->revision > revision, really);
	json_decref(object);
}

static void test_ids(void **state)
{
	(void)state;
	made(COLLECTION_NETDEVS, "{'type':'user'}", "user0");
	made(COLLECTION_NETDEVS, "{'type':'user'}", "user1");
	assert_int_equal(model_delete(f.model, COLLECTION_NETDEVS, "user1", false, &f.problem), 0);
	made(COLLECTION_NETDEVS, "{'type':'user'}", "user2");
	made(COLLECTION_NETDEVS, "{'type':'user','id':'user7'}", "user7");
	assert_int_equal(model_delete(f.model, COLLECTION_NETDEVS, "user7", false, &f.problem), 0);
	made(COLLECTION_NETDEVS, "{'type':'user'}", "user8");
	made(COLLECTION_NETDEVS, "{'type':'user','id':'user08'}", "user08");
	made(COLLECTION_NICS, "{}", "nic0");
	refused(COLLECTION_NETDEVS, "{'type':'user','id':'user0'}", PROBLEM_EXISTS);
	assert_true(has_error("#/id", "exists"));
	refused(COLLECTION_NETDEVS, "{'type':'user','net':'nonsense'}", PROBLEM_VALIDATION);
	made(COLLECTION_NETDEVS, "{'type':'user'}", "user9");
}

static void test_references(void **state)
{
	(void)state;
	made(COLLECTION_NETDEVS, "{'type':'user','id':'a'}", "a");
	assert_string_equal(member(COLLECTION_NETDEVS, "a", "used_by"), "null");
	refused(COLLECTION_NICS, "{'netdev':'nope','id':'api','mac':'01:00:00:00:00:01'}",
		PROBLEM_VALIDATION);
	assert_true(has_error("#/netdev", "no-such-object"));
	assert_true(has_error("#/id", "reserved"));
	assert_true(has_error("#/mac", "multicast"));
	made(COLLECTION_NICS, "{'netdev':'a'}", "nic0");
	assert_string_equal(member(COLLECTION_NETDEVS, "a", "used_by"), "\"/nics/nic0\"");
	refused(COLLECTION_NICS, "{'netdev':'a'}", PROBLEM_IN_USE);
	assert_true(has_error("#/netdev", "in-use"));
	assert_string_equal(
		json_string_value(json_array_get(json_object_get(f.problem.extra, "users"), 0)),
		"/nics/nic0");
	made(COLLECTION_NICS, "{}", "nic1");
	assert_string_equal(member(COLLECTION_NICS, "nic1", "netdev"), "null");
}

static void test_delete(void **state)
{
	(void)state;
	made(COLLECTION_NETDEVS, "{'type':'user','id':'a'}", "a");
	made(COLLECTION_NICS, "{'netdev':'a'}", "nic0");
	assert_int_equal(model_delete(f.model, COLLECTION_NETDEVS, "a", false, &f.problem), -1);
	assert_int_equal(f.problem.type, PROBLEM_IN_USE);
	problem_done(&f.problem);
	assert_int_equal(model_delete(f.model, COLLECTION_NETDEVS, "a", true, &f.problem), 0);
	assert_string_equal(member(COLLECTION_NICS, "nic0", "netdev"), "null");
	assert_int_equal(model_delete(f.model, COLLECTION_NETDEVS, "a", true, &f.problem), -1);
	assert_int_equal(f.problem.type, PROBLEM_NOT_FOUND);
	problem_done(&f.problem);
	made(COLLECTION_NETDEVS, "{'type':'user','id':'a'}", "a");
	changed("nic0", "{'netdev':'a'}", true);
	assert_int_equal(model_delete(f.model, COLLECTION_NICS, "nic0", false, &f.problem), 0);
	assert_string_equal(member(COLLECTION_NETDEVS, "a", "used_by"), "null");
	assert_int_equal(model_delete(f.model, COLLECTION_NETDEVS, "a", false, &f.problem), 0);
}

static void test_patch_nic(void **state)
{
	(void)state;
	made(COLLECTION_NETDEVS, "{'type':'user','id':'a'}", "a");
	made(COLLECTION_NETDEVS, "{'type':'user','id':'b'}", "b");
	made(COLLECTION_NICS, "{'netdev':'a','mac':'52:54:00:00:00:aa'}", "nic0");
	changed("nic0", "{'link':'down'}", true);
	changed("nic0", "{'link':'down'}", false);
	assert_string_equal(member(COLLECTION_NICS, "nic0", "link"), "\"down\"");
	changed("nic0", "{'netdev':'b','guest':'web'}", true);
	assert_string_equal(member(COLLECTION_NETDEVS, "a", "used_by"), "null");
	assert_string_equal(member(COLLECTION_NETDEVS, "b", "used_by"), "\"/nics/nic0\"");
	assert_string_equal(member(COLLECTION_NICS, "nic0", "guest"), "\"web\"");
	changed("nic0", "{'netdev':null,'guest':null}", true);
	assert_string_equal(member(COLLECTION_NICS, "nic0", "netdev"), "null");
	assert_string_equal(member(COLLECTION_NICS, "nic0", "guest"), "");
	changed("nic0", "{'netdev':null,'guest':null}", false);
	changed("nic0", "{'id':'nic0','model':'e1000','mac':'52:54:00:00:00:AA'}", false);
}

static void test_patch_is_all_or_nothing(void **state)
{
	(void)state;
	made(COLLECTION_NETDEVS, "{'type':'user','id':'a'}", "a");
	made(COLLECTION_NICS, "{'netdev':'a'}", "nic0");
	made(COLLECTION_NICS, "{}", "nic1");
	assert_null(patch(COLLECTION_NICS, "nic0",
			  "{'link':'down','mac':'52:54:00:00:00:01',"
			  "'model':'rtl8139'}"));
	assert_int_equal(f.problem.type, PROBLEM_IMMUTABLE);
	assert_true(has_error("#/mac", "immutable"));
	assert_true(has_error("#/model", "immutable"));
	assert_string_equal(member(COLLECTION_NICS, "nic0", "link"), "\"up\"");
	assert_null(patch(COLLECTION_NICS, "nic1", "{'link':'down','netdev':'a'}"));
	assert_int_equal(f.problem.type, PROBLEM_IN_USE);
	assert_null(patch(COLLECTION_NICS, "nic1", "{'link':'down','netdev':'x'}"));
	assert_true(has_error("#/netdev", "no-such-object"));
	assert_string_equal(member(COLLECTION_NICS, "nic1", "link"), "\"up\"");
	assert_null(patch(COLLECTION_NICS, "nic9", "{}"));
	assert_int_equal(f.problem.type, PROBLEM_NOT_FOUND);
}

static void test_patch_netdev(void **state)
{
	json_t *object;

	(void)state;
	made(COLLECTION_NETDEVS, "{'type':'user','id':'a','restrict':true}", "a");
	object = patch(COLLECTION_NETDEVS, "a", "{'type':'user','restrict':true,'hostname':null}");
	assert_non_null(object);
	json_decref(object);
	assert_null(patch(COLLECTION_NETDEVS, "a", "{'restrict':false}"));
	assert_int_equal(f.problem.type, PROBLEM_IMMUTABLE);
	assert_true(has_error("#/restrict", "immutable"));
}

static void test_limits(void **state)
{
	char body[128], id[80];

	(void)state;
	for (int i = 0; i < 8; i++) {
		snprintf(id, sizeof(id), "user%d", i);
		made(COLLECTION_NETDEVS, "{'type':'user'}", id);
	}
	refused(COLLECTION_NETDEVS, "{'type':'user'}", PROBLEM_LIMIT_REACHED);
	memset(id, 'x', 64);
	id[64] = '\0';
	snprintf(body, sizeof(body), "{'id':'%s'}", id);
	made(COLLECTION_NICS, body, id);
	f.config.socket_dir = "/tmp/a-folder-whose-name-is-so-long-that-the-path-is";
	id[0] = 'y';
	snprintf(body, sizeof(body), "{'id':'%s'}", id);
	refused(COLLECTION_NICS, body, PROBLEM_VALIDATION);
	assert_true(has_error("#/id", "too-long"));
	f.config.socket_dir = f.dir;
}

static void test_socket(void **state)
{
	struct stat st;
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/card.sock", f.dir);
	made(COLLECTION_NICS, "{'id':'card'}", "card");
	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(model_delete(f.model, COLLECTION_NICS, "card", false, &f.problem), 0);
	assert_int_equal(stat(path, &st), -1);
	assert_int_equal(mkdir(path, 0700), 0);
	refused(COLLECTION_NICS, "{'id':'card'}", PROBLEM_HOST_STATE);
	assert_string_equal(json_string_value(json_object_get(f.problem.extra, "errno")), "EEXIST");
	assert_int_equal(rmdir(path), 0);
}

static void test_attached(void **state)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	made(COLLECTION_NICS, "{'id':'card'}", "card");
	assert_string_equal(member(COLLECTION_NICS, "card", "status"), "{\"state\":\"waiting\"}");
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/card.sock", f.dir);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	model_fixture_turn(&f);
	assert_string_equal(member(COLLECTION_NICS, "card", "status"), "{\"state\":\"attached\"}");
	assert_int_equal(model_delete(f.model, COLLECTION_NICS, "card", false, &f.problem), -1);
	assert_int_equal(f.problem.type, PROBLEM_IN_USE);
	problem_done(&f.problem);
	close(fd);
	model_fixture_turn(&f);
	assert_string_equal(member(COLLECTION_NICS, "card", "status"), "{\"state\":\"waiting\"}");
	assert_int_equal(model_delete(f.model, COLLECTION_NICS, "card", false, &f.problem), 0);
}

/** test_netdev_that_does_not_start() - the worker refuses it: it says so until it is pulled */
static void test_netdev_that_does_not_start(void **state)
{
	struct object *netdev;

	(void)state;
	made(COLLECTION_NETDEVS, "{'type':'user','id':'a'}", "a");
	netdev = model_find(f.model, COLLECTION_NETDEVS, "a");
	json_object_set_new(netdev->config, "net", json_string("nonsense"));
	made(COLLECTION_NICS, "{'netdev':'a'}", "nic0");
	assert_non_null(strstr(member(COLLECTION_NETDEVS, "a", "status"), "{\"state\":\"error\""));
	assert_string_equal(member(COLLECTION_NICS, "nic0", "status"), "{\"state\":\"waiting\"}");
	json_object_set_new(netdev->config, "net", json_string("10.0.2.0/24"));
	changed("nic0", "{'netdev':null}", true);
	assert_string_equal(member(COLLECTION_NETDEVS, "a", "status"), "{\"state\":\"up\"}");
	changed("nic0", "{'netdev':'a'}", true);
	assert_string_equal(member(COLLECTION_NETDEVS, "a", "status"), "{\"state\":\"up\"}");
}

static void test_macs(void **state)
{
	static const uint8_t qemu[] = {0x52, 0x54, 0x00};
	uint8_t a[6], b[6], c[6];
	char first[64];

	(void)state;
	macs_choose(f.model, "x", a);
	macs_choose(f.model, "x", b);
	macs_choose(f.model, "y", c);
	assert_memory_equal(a, b, 6);
	assert_memory_not_equal(a, c, 6);
	assert_memory_equal(a, qemu, 3);
	made(COLLECTION_NICS, "{'id':'x'}", "x");
	macs_choose(f.model, "x", b);
	assert_memory_not_equal(a, b, 6);
	snprintf(first, sizeof(first), "{'mac':%s}", member(COLLECTION_NICS, "x", "mac"));
	for (char *p = first; *p; p++)
		*p = *p == '"' ? '\'' : *p;
	refused(COLLECTION_NICS, first, PROBLEM_EXISTS);
	assert_true(has_error("#/mac", "duplicate"));
	refused(COLLECTION_NICS, "{'mac':'00:00:00:00:00:00'}", PROBLEM_VALIDATION);
	made(COLLECTION_NICS, "{'mac':'52:54:00:AB:00:01'}", "nic0");
	assert_string_equal(member(COLLECTION_NICS, "nic0", "mac"), "\"52:54:00:ab:00:01\"");
}

static void test_lists(void **state)
{
	json_t *list, *first;

	(void)state;
	made(COLLECTION_NICS, "{}", "nic0");
	made(COLLECTION_NICS, "{'status':{'state':'error'},'revision':99,'stats':{}}", "nic1");
	list = model_list(f.model, COLLECTION_NICS, false);
	first = json_array_get(json_object_get(list, "items"), 0);
	assert_int_equal(json_array_size(json_object_get(list, "items")), 2);
	assert_int_equal(json_integer_value(json_object_get(list, "revision")), 2);
	assert_string_equal(json_string_value(json_object_get(first, "id")), "nic0");
	assert_null(json_object_get(first, "stats"));
	json_decref(list);
	list = model_list(f.model, COLLECTION_NICS, true);
	first = json_array_get(json_object_get(list, "items"), 1);
	assert_int_equal(json_integer_value(json_object_get(first, "revision")), 2);
	assert_non_null(json_object_get(json_object_get(first, "stats"), "rx_packets"));
	json_decref(list);
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_ids),
		test(test_references),
		test(test_delete),
		test(test_patch_nic),
		test(test_patch_is_all_or_nothing),
		test(test_patch_netdev),
		test(test_limits),
		test(test_socket),
		test(test_attached),
		test(test_netdev_that_does_not_start),
		test(test_macs),
		test(test_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
