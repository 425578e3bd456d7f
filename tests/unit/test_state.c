/* SPDX-License-Identifier: BSD-2-Clause */
/* The state folder: commits that fail or are cut off anywhere, damaged files, read-only disks. */
#include "daemon/control/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "net/base/bytes.h"
#include "net/base/error.h"
#include "net/base/log.h"
#include "tests/support/state_faults.h"

static const char *const folders[] = {"netdevs", "nics", NULL};
static char path[64];

static int set_up(void **state)
{
	(void)state;
	log_set_level(LOG_LEVEL_ERROR);
	state_folder_new(path);
	state_faults_set(0, false);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	state_folder_remove(path);
	return 0;
}

/** reopened() - the state after a start, which nothing disturbs */
static struct state *reopened(void)
{
	struct state *s = state_open(path, folders, &state_posix, NULL);

	assert_non_null(s);
	assert_null(state_saves(s));
	return s;
}

/** struct seen - what state_load() has shown: ids, and "!" behind one that can't be read */
struct seen {
	char text[256];
};

/** see() - note a file (state_load()) */
static void see(void *context, const char *id, const char *text, size_t len)
{
	struct seen *seen = context;
	size_t used = strlen(seen->text);

	snprintf(seen->text + used, sizeof(seen->text) - used, "%s%s ", id,
		 text           ? ""
		 : len == EFBIG ? "!big"
				: "!");
}

/** what_is_there() - the folder's files after a start */
static char *what_is_there(void)
{
	struct seen seen = {""};
	struct state *s = reopened();

	state_load(s, 0, see, &seen);
	state_load(s, 1, see, &seen);
	assert_null(strchr(seen.text, '!'));
	state_close(s);
	return state_folder_text(path);
}

/** put_file() - write a file as somebody else would */
static void put_file(const char *name, const char *text)
{
	char full[128];
	int fd;

	snprintf(full, sizeof(full), "%s/%s", path, name);
	fd = open(full, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/** exists() - is there a file of that name? */
static bool exists(const char *name)
{
	char full[128];
	struct stat st;

	snprintf(full, sizeof(full), "%s/%s", path, name);
	return stat(full, &st) == 0;
}

#define A "first text that is long enough to be written in several pieces, I hope, or so it seems\n"
#define B "second text\n"

/**
 * struct scene - a commit
 * @name:	for messages
 * @changes:	what changes
 * @count:	their number
 */
struct scene {
	const char *name;
	struct state_change changes[3];
	size_t count;
};

static const struct scene scenes[] = {
	{"create", {{0, "new", NULL, A}}, 1},
	{"replace", {{0, "old", B, A}}, 1},
	{"remove", {{0, "old", B, NULL}}, 1},
	{"several", {{0, "old", B, NULL}, {1, "nic0", B, A}, {1, "nic1", NULL, A}}, 3},
};

/** begin() - the folder before a scene: two files */
static void begin(void)
{
	static const struct state_change changes[] = {{0, "old", NULL, B}, {1, "nic0", NULL, B}};
	struct state *s;

	state_folder_remove(path);
	state_folder_new(path);
	s = reopened();
	assert_int_equal(state_commit(s, changes, 2, NULL), 0);
	state_close(s);
}

/** play() - a scene in which a call fails; Return: what state_commit() did */
static int play(const struct scene *scene, int fail_at, bool for_ever)
{
	struct state *s = state_open(path, folders, &state_faulty, NULL);
	struct error err = {0};
	int ret;

	assert_non_null(s);
	state_faults_set(fail_at, for_ever);
	ret = state_commit(s, scene->changes, scene->count, &err);
	if (ret < 0)
		assert_true(strlen(err.message) > 20);
	state_faults.fail_at = 0;
	state_close(s);
	return ret;
}

/** every_call() - let each system call of each scene fail, alone or with all behind it */
static void every_call(bool for_ever)
{
	for (size_t i = 0; i < ARRAY_SIZE(scenes); i++) {
		char *before, *after;
		int calls;

		begin();
		before = what_is_there();
		assert_int_equal(play(&scenes[i], 0, false), 0);
		calls = state_faults.calls;
		after = what_is_there();
		assert_string_not_equal(before, after);
		assert_true(calls >= 2);
		for (int at = 1; at <= calls; at++) {
			char *now;
			int ret;

			begin();
			ret = play(&scenes[i], at, for_ever);
			now = what_is_there();
			if (ret == 0)
				assert_string_equal(now, after);
			else if (!for_ever || strcmp(now, after) != 0)
				assert_string_equal(now, before);
			free(now);
		}
		free(before);
		free(after);
	}
}

static void test_each_call_fails(void **state)
{
	(void)state;
	every_call(false);
}

static void test_killed_at_each_call(void **state)
{
	(void)state;
	every_call(true);
}

static void test_unfinished_commit(void **state)
{
	const struct state_change one = {1, "nic1", A, B};
	struct state *s;
	char *text;

	(void)state;
	begin();
	s = state_open(path, folders, &state_faulty, NULL);
	state_faults_set(1, true);
	while (state_commit(s, scenes[3].changes, 3, NULL) < 0)
		state_faults_set(state_faults.fail_at + 1, true);
	assert_true(exists("journal"));
	assert_true(exists("netdevs/old.json"));
	assert_int_equal(state_commit(s, &one, 1, NULL), -ENOSPC);
	state_faults_set(0, false);
	assert_int_equal(state_commit(s, &one, 1, NULL), 0);
	state_close(s);
	assert_false(exists("journal"));
	assert_false(exists("netdevs/old.json"));
	text = state_folder_text(path);
	assert_non_null(strstr(text, B));
	free(text);
}

static void test_bad_journals(void **state)
{
	static const char *const journals[] = {"",
					       "{",
					       "{}",
					       "[1,2]",
					       "[[]]",
					       "[[\"nics\",\"../x\",\"y\"]]",
					       "[[\"nope\",\"a\",\"y\"]]",
					       "[[\"nics\",\".hidden\",\"y\"]]",
					       "[[\"nics\",3,\"y\"]]",
					       "[[\"nics\",\"a/b\",\"y\"],null]"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(journals); i++) {
		begin();
		put_file("journal", journals[i]);
		state_close(reopened());
		assert_false(exists("journal"));
		assert_false(exists("x.json"));
		assert_true(exists("netdevs/old.json"));
		assert_int_equal(exists("journal.bad"), i < 3);
	}
}

/** read_only_open() - a disk that can't be written to */
static int read_only_open(int folder, const char *name)
{
	(void)folder;
	(void)name;
	errno = EROFS;
	return -1;
}

static void test_read_only(void **state)
{
	struct state_ops ops = state_posix;
	struct state *s;
	char *before, *after;

	(void)state;
	begin();
	before = state_folder_text(path);
	ops.open = read_only_open;
	s = state_open(path, folders, &ops, NULL);
	assert_non_null(strstr(state_saves(s), "Read-only"));
	assert_int_equal(state_commit(s, scenes[0].changes, 1, NULL), 0);
	state_close(s);
	after = state_folder_text(path);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void test_full_disk(void **state)
{
	struct state *s;

	(void)state;
	begin();
	state_faults_set(1, true);
	s = state_open(path, folders, &state_faulty, NULL);
	assert_null(state_saves(s)); /* there will be room again */
	assert_int_equal(state_commit(s, scenes[0].changes, 1, NULL), -ENOSPC);
	state_faults_set(0, false);
	assert_int_equal(state_commit(s, scenes[0].changes, 1, NULL), 0);
	state_close(s);
}

static void test_one_daemon(void **state)
{
	struct state *s = reopened();
	struct error err = {0};

	(void)state;
	assert_null(state_open(path, folders, &state_posix, &err));
	assert_int_equal(err.code, EBUSY);
	assert_non_null(strstr(err.message, path));
	assert_non_null(strstr(err.message, "--state-dir"));
	state_close(s);
	state_close(reopened());
}

static void test_load(void **state)
{
	struct seen seen = {""};
	struct state *s = reopened();
	char *big = malloc(STATE_MAX_TEXT + 2);

	(void)state;
	memset(big, 'x', STATE_MAX_TEXT + 1);
	big[STATE_MAX_TEXT + 1] = '\0';
	put_file("nics/.new.a.json", "left over");
	put_file("nics/a.json.bad", "old");
	put_file("nics/readme", "hello");
	put_file("nics/.json", "hello");
	state_load(s, 1, see, &seen);
	assert_string_equal(seen.text, "");
	assert_false(exists("nics/.new.a.json"));
	put_file("nics/a.json", "text");
	state_load(s, 1, see, &seen);
	assert_string_equal(seen.text, "a ");
	seen.text[0] = '\0';
	put_file("nics/a.json", big);
	state_load(s, 1, see, &seen);
	assert_string_equal(seen.text, "a!big ");
	state_load(s, 7, see, &seen);
	state_close(s);
	free(big);
}

static void test_set_aside(void **state)
{
	struct state *s = reopened();
	char name[64];

	(void)state;
	put_file("nics/a.json", "1");
	state_set_aside(s, 1, "a", name, sizeof(name));
	assert_string_equal(name, "a.json.bad");
	put_file("nics/a.json", "2");
	state_set_aside(s, 1, "a", name, sizeof(name));
	assert_string_equal(name, "a.json.bad.1");
	assert_true(exists("nics/a.json.bad"));
	assert_true(exists("nics/a.json.bad.1"));
	assert_false(exists("nics/a.json"));
	state_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_each_call_fails, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_killed_at_each_call, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_unfinished_commit, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bad_journals, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_read_only, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_full_disk, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_one_daemon, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_load, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_set_aside, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
