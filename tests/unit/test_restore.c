/* SPDX-License-Identifier: BSD-2-Clause */
/* A model with a state folder: saving, undoing what can't be saved, restoring. */
#include "daemon/control/restore.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/base/bytes.h"
#include "net/base/log.h"
#include "tests/support/model_fixture.h"
#include "tests/support/state_faults.h"

static struct model_fixture f;
static char path[64];

static int set_up(void **state)
{
	(void)state;
	log_set_level(LOG_LEVEL_ERROR);
	state_folder_new(path);
	state_faults_set(0, false);
	model_fixture_start(&f, path, &state_faulty);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	model_fixture_free(&f);
	state_folder_remove(path);
	return 0;
}

/** restart() - as if the daemon was started again */
static void restart(void)
{
	model_fixture_free(&f);
	model_fixture_start(&f, path, &state_faulty);
}

/** made() - make an object */
static void made(enum collection c, const char *body)
{
	json_t *object = model_fixture_create(&f, c, body);

	if (!object)
		fail_msg("%s: %s", body, f.problem.detail);
	json_decref(object);
	model_fixture_turn(&f);
}

/** patched() - change an object; Return: was it done? */
static bool patched(enum collection c, const char *id, json_t *patch)
{
	json_t *object;

	problem_done(&f.problem);
	object = model_update(f.model, c, id, patch, &f.problem);
	json_decref(patch);
	json_decref(object);
	return object != NULL;
}

/** deleted() - delete an object; Return: was it done? */
static bool deleted(enum collection c, const char *id, bool force)
{
	problem_done(&f.problem);
	return model_delete(f.model, c, id, force, &f.problem) == 0;
}

/** hush() - log to nowhere; false: as before */
static void hush(bool quiet)
{
	static int old = -1;
	int null;

	if (!quiet) {
		dup2(old, STDERR_FILENO);
		close(old);
		return;
	}
	old = dup(STDERR_FILENO);
	null = open("/dev/null", O_WRONLY);
	dup2(null, STDERR_FILENO);
	close(null);
}

/** member() - a member of an object as GET shows it; "" when there is none, borrowed */
static const char *member(enum collection c, const char *id, const char *key)
{
	static char text[512];
	json_t *object = model_get(f.model, c, id);
	json_t *value = json_object_get(object, key);
	char *dump = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

	snprintf(text, sizeof(text), "%s", dump ? dump : "");
	free(dump);
	json_decref(object);
	return text;
}

/** everything() - all objects as GET shows them but for revisions and sockets; text, to be freed */
static char *everything(void)
{
	json_t *all = json_array();
	char *text;

	for (int c = 0; c < COLLECTION_COUNT; c++) {
		json_t *list = model_list(f.model, (enum collection)c, false), *item;
		size_t i;

		json_array_foreach (json_object_get(list, "items"), i, item) {
			json_object_del(item, "revision");
			json_object_del(item, "socket"); /* each start has another folder */
			json_array_append(all, item);
		}
		json_decref(list);
	}
	text = json_dumps(all, JSON_INDENT(1) | JSON_SORT_KEYS);
	json_decref(all);
	return text;
}

/** scene_objects() - what the tests below begin with */
static void scene_objects(void)
{
	made(COLLECTION_NETDEVS, "{'type':'user','id':'one'}");
	made(COLLECTION_NETDEVS, "{'type':'user','id':'two'}");
	made(COLLECTION_NICS, "{'netdev':'one','guest':'web'}");
}

static void test_restart(void **state)
{
	char *before, *after;
	uint64_t revision;

	(void)state;
	scene_objects();
	assert_true(patched(COLLECTION_NICS, "nic0", json_pack("{s:s}", "netdev", "two")));
	assert_true(patched(COLLECTION_NICS, "nic0", json_pack("{s:n}", "guest")));
	before = everything();
	revision = f.model->revision;
	restart();
	after = everything();
	assert_string_equal(before, after);
	assert_true(f.model->revision <= revision);
	assert_string_equal(member(COLLECTION_NETDEVS, "two", "used_by"), "\"/nics/nic0\"");
	made(COLLECTION_NICS, "{}"); /* ids that were given are not given again */
	assert_string_not_equal(member(COLLECTION_NICS, "nic1", "id"), "");
	assert_true(deleted(COLLECTION_NETDEVS, "two", true));
	restart();
	assert_string_equal(member(COLLECTION_NETDEVS, "two", "id"), "");
	assert_string_equal(member(COLLECTION_NICS, "nic0", "netdev"), "null");
	free(before);
	free(after);
}

/** step_create() and others: requests of the test below. Return: was it done? */
static bool step_create(void)
{
	json_t *object = model_fixture_create(&f, COLLECTION_NICS, "{'netdev':'two'}");

	json_decref(object);
	return object != NULL;
}

static bool step_patch(void)
{
	return patched(COLLECTION_NICS, "nic0",
		       json_pack("{s:s,s:s,s:n}", "link", "down", "netdev", "two", "guest"));
}

static bool step_delete(void)
{
	return deleted(COLLECTION_NICS, "nic0", false);
}

static bool step_force(void)
{
	return deleted(COLLECTION_NETDEVS, "one", true);
}

static void test_each_call_fails(void **state)
{
	static bool (*const steps[])(void) = {step_create, step_patch, step_delete, step_force};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		bool done = false;

		for (int at = 1; !done; at++) {
			char *before, *after, *disk, *now;
			bool failed;

			tear_down(NULL);
			set_up(NULL);
			scene_objects();
			before = everything();
			disk = state_folder_text(path);
			state_faults_set(at, false);
			failed = !steps[i]();
			done = state_faults.calls < at;
			state_faults_set(0, false);
			model_fixture_turn(&f);
			after = everything();
			now = state_folder_text(path);
			if (failed) {
				assert_int_equal(f.problem.type, PROBLEM_NOT_SAVED);
				assert_string_equal(json_string_value(json_object_get(
							    f.problem.extra, "errno")),
						    "ENOSPC");
				assert_string_equal(before, after);
				assert_string_equal(disk, now);
			}
			free(before);
			before = failed ? NULL : everything();
			restart();
			if (before) {
				free(after);
				after = everything();
				assert_string_equal(before, after);
			}
			assert_true(at < 100);
			free(before);
			free(after);
			free(disk);
			free(now);
		}
	}
}

static void test_every_damage(void **state)
{
	char file[128], text[1024];
	ssize_t len;
	int fd;

	(void)state;
	made(COLLECTION_NICS, "{}");
	snprintf(file, sizeof(file), "%s/nics/nic0.json", path);
	fd = open(file, O_RDONLY);
	len = read(fd, text, sizeof(text));
	close(fd);
	assert_true(len > 50);
	hush(true);
	for (ssize_t at = 0; at < len; at++) {
		model_fixture_free(&f);
		fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		text[at] ^= 1;
		assert_int_equal(write(fd, text, (size_t)(at % 2 ? len : at + 1)),
				 at % 2 ? len : at + 1);
		text[at] ^= 1;
		close(fd);
		model_fixture_start(&f, path, &state_faulty);
		assert_int_equal(f.model->objects[COLLECTION_NICS].count, 0);
		assert_int_equal(json_array_size(f.model->damaged), 1);
		assert_int_equal(access(file, F_OK), -1);
	}
	hush(false);
}

/** busy_port() - a socket on a port of 127.0.0.1 that others can't have then */
static int busy_port(uint16_t *port, uint16_t wanted)
{
	struct sockaddr_in addr = {.sin_family = AF_INET,
				   .sin_port = htons(wanted),
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, len), 0);
	assert_int_equal(listen(fd, 1), 0);
	getsockname(fd, (struct sockaddr *)&addr, &len);
	*port = ntohs(addr.sin_port);
	return fd;
}

/** start_with_busy_port() - restart while somebody else has netdev "fwd"'s port; its socket */
static int start_with_busy_port(void)
{
	char body[128];
	uint16_t port;
	int fd = busy_port(&port, 0);

	close(fd);
	snprintf(body, sizeof(body),
		 "{'type':'user','id':'fwd','hostfwd':['tcp:127.0.0.1:%u-:22']}", port);
	made(COLLECTION_NETDEVS, body);
	made(COLLECTION_NICS, "{'netdev':'fwd','link':'down'}");
	model_fixture_free(&f);
	fd = busy_port(&port, port);
	hush(true);
	model_fixture_start(&f, path, &state_faulty);
	hush(false);
	return fd;
}

static void test_busy_port(void **state)
{
	int fd = start_with_busy_port();

	(void)state;
	assert_non_null(strstr(member(COLLECTION_NETDEVS, "fwd", "status"), "EADDRINUSE"));
	assert_string_equal(member(COLLECTION_NETDEVS, "fwd", "stats"), "{}");
	assert_non_null(strstr(member(COLLECTION_NICS, "nic0", "status"), "waiting"));
	assert_non_null(strstr(member(COLLECTION_NICS, "nic0", "status"), "does not work"));
	assert_string_equal(member(COLLECTION_NICS, "nic0", "netdev"), "\"fwd\"");
	assert_false(patched(COLLECTION_NETDEVS, "fwd", json_pack("{s:b}", "restrict", 1)));
	assert_int_equal(f.problem.type, PROBLEM_HOST_STATE);
	restore_retry(f.model);
	assert_non_null(strstr(member(COLLECTION_NETDEVS, "fwd", "status"), "EADDRINUSE"));
	/* What waits can be changed, and still waits afterwards, over a restart too. */
	assert_true(patched(COLLECTION_NICS, "nic0", json_pack("{s:s}", "link", "up")));
	restart();
	assert_string_equal(member(COLLECTION_NICS, "nic0", "link"), "\"up\"");
	assert_string_equal(member(COLLECTION_NICS, "nic0", "netdev"), "\"fwd\"");
	close(fd);
	restore_retry(f.model);
	model_fixture_turn(&f);
	assert_string_equal(member(COLLECTION_NETDEVS, "fwd", "status"), "{\"state\":\"up\"}");
	assert_string_equal(member(COLLECTION_NETDEVS, "fwd", "used_by"), "\"/nics/nic0\"");
	assert_string_equal(member(COLLECTION_NICS, "nic0", "status"), "{\"state\":\"waiting\"}");
}

static void test_retry_by_time(void **state)
{
	int fd = start_with_busy_port();

	(void)state;
	close(fd);
	assert_true(loop_timer_running(&f.model->retry));
	for (int i = 0; i < 100 && loop_timer_running(&f.model->retry); i++)
		loop_turn(f.loop, 50000000);
	assert_string_equal(member(COLLECTION_NETDEVS, "fwd", "used_by"), "\"/nics/nic0\"");
}

static void test_waits_for_new(void **state)
{
	int fd = start_with_busy_port();

	(void)state;
	assert_true(deleted(COLLECTION_NETDEVS, "fwd", false));
	made(COLLECTION_NETDEVS, "{'type':'user','id':'fwd'}"); /* what the NIC waits for */
	assert_string_equal(member(COLLECTION_NETDEVS, "fwd", "used_by"), "\"/nics/nic0\"");
	close(fd);
}

static void test_gives_up_waiting(void **state)
{
	int fd = start_with_busy_port();

	(void)state;
	state_faults_set(1, false);
	assert_false(patched(COLLECTION_NICS, "nic0", json_pack("{s:n}", "netdev")));
	assert_string_equal(member(COLLECTION_NICS, "nic0", "netdev"), "\"fwd\"");
	assert_true(patched(COLLECTION_NICS, "nic0", json_pack("{s:n}", "netdev")));
	assert_string_equal(member(COLLECTION_NICS, "nic0", "netdev"), "null");
	assert_string_equal(member(COLLECTION_NICS, "nic0", "status"), "{\"state\":\"waiting\"}");
	assert_true(deleted(COLLECTION_NETDEVS, "fwd", false));
	restart();
	assert_string_equal(member(COLLECTION_NICS, "nic0", "netdev"), "null");
	assert_string_equal(member(COLLECTION_NETDEVS, "fwd", "id"), "");
	close(fd);
}

static void test_command_line(void **state)
{
	(void)state;
	scene_objects();
	f.model->from_cli = true;
	made(COLLECTION_NETDEVS, "{'type':'user','id':'cli'}");
	f.model->from_cli = false;
	assert_string_equal(member(COLLECTION_NETDEVS, "cli", "origin"), "\"cli\"");
	assert_string_equal(member(COLLECTION_NETDEVS, "one", "origin"), "\"api\"");
	/* A saved NIC in a netdev of the command line waits for it when that is not there. */
	assert_true(patched(COLLECTION_NICS, "nic0", json_pack("{s:s}", "netdev", "cli")));
	restart();
	assert_string_equal(member(COLLECTION_NETDEVS, "cli", "id"), "");
	assert_string_equal(member(COLLECTION_NICS, "nic0", "netdev"), "\"cli\"");
	assert_non_null(strstr(member(COLLECTION_NICS, "nic0", "status"), "there is no netdev"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_restart),          TEST(test_each_call_fails), TEST(test_every_damage),
		TEST(test_busy_port),        TEST(test_retry_by_time),   TEST(test_waits_for_new),
		TEST(test_gives_up_waiting), TEST(test_command_line),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
