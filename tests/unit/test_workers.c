/* SPDX-License-Identifier: BSD-2-Clause */
/* Workers as processes: a real template, and what control hears of their ends. */
#include "daemon/control/workers.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "daemon/worker/sandbox.h"
#include "daemon/worker/template.h"
#include "net/base/error.h"
#include "net/base/log.h"
#include "net/base/loop.h"

#define SECONDS 1000000000LL

static struct loop *loop;
static struct workers *workers;
static pid_t template;

/**
 * struct news - what was heard of a worker
 * @failed:	times failed() was called
 * @unplugged:	times unplugged() was called
 * @err:	last reason
 */
struct news {
	int failed;
	int unplugged;
	struct error err;
};

static void on_plugged(void *owner, json_int_t plug)
{
	(void)owner;
	(void)plug;
	fail_msg("nothing was plugged");
}

static void on_unplugged(void *owner, json_int_t plug, const struct error *err)
{
	struct news *news = owner;

	assert_int_equal(plug, 7);
	news->unplugged++;
	news->err = *err;
}

static void on_failed(void *owner, const struct error *err)
{
	struct news *news = owner;

	news->failed++;
	news->err = *err;
}

/** on_guest() - of no interest here */
static void on_guest(void *owner)
{
	(void)owner;
}

static const struct worker_events events = {
	.guest = on_guest,
	.plugged = on_plugged,
	.unplugged = on_unplugged,
	.failed = on_failed,
};

static int set_up(void **state)
{
	const struct identity stay = {.name = "test"};
	struct workers_config config = {0};
	struct error err;

	(void)state;
	log_set_level(LOG_LEVEL_ERROR);
	loop = loop_new();
	template = template_fork(&stay, &config.template_fd, &err);
	assert_true(template > 0);
	config.template_pid = template;
	workers = workers_start(loop, &config);
	assert_int_equal(workers_wait(workers, &err), 0);
	assert_true(workers_seccomp(workers));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	workers_stop(workers);
	assert_int_equal(kill(template, 0), -1);
	loop_free(loop);
	return 0;
}

/** turn_until() - let the loop turn until a counter is not 0, five seconds at most */
static void turn_until(const int *counter)
{
	int64_t end = loop_now(loop) + 5 * SECONDS;

	while (*counter == 0 && loop_now(loop) < end)
		loop_turn(loop, SECONDS / 10);
	assert_int_equal(*counter, 1);
}

/** children() - pids of the template's children; Return: their number */
static int children(pid_t pids[8])
{
	char path[64], text[256] = "";
	FILE *f;
	int n;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)template, (int)template);
	f = fopen(path, "r");
	assert_non_null(f);
	if (!fgets(text, sizeof(text), f))
		text[0] = '\0';
	fclose(f);
	n = sscanf(text, "%d %d %d", &pids[0], &pids[1], &pids[2]);
	return n < 0 ? 0 : n;
}

/** wait_children() - wait until the template has this many; five seconds at most */
static void wait_children(int wanted, pid_t pids[8])
{
	int64_t end = loop_now(loop) + 5 * SECONDS;

	while (children(pids) != wanted && loop_now(loop) < end)
		loop_turn(loop, SECONDS / 100);
	assert_int_equal(children(pids), wanted);
}

static void test_released(void **state)
{
	struct news news = {0};
	struct worker_handle *h[3];
	struct error err;
	pid_t pids[8];

	(void)state;
	for (int i = 0; i < 3; i++) {
		h[i] = worker_spawn(workers, "w", &events, &news, &err);
		assert_non_null(h[i]);
	}
	wait_children(3, pids);
	for (int i = 0; i < 3; i++)
		worker_release(h[i]);
	wait_children(0, pids);
	assert_int_equal(news.failed, 0);
}

static void test_bad_card(void **state)
{
	struct news news = {0};
	struct error err;
	struct worker_handle *h = worker_spawn(workers, "w", &events, &news, &err);
	json_t *order = json_pack("{s:s,s:s}", "op", "nic", "model", "none");

	(void)state;
	assert_int_equal(worker_order(h, order, NULL, 0, &err), 0);
	turn_until(&news.failed);
	assert_non_null(strstr(news.err.message, "a card that cannot be"));
	assert_int_equal(news.err.code, EPROTO);
	assert_int_equal(worker_order(h, json_object(), NULL, 0, &err), 0);
	worker_release(h);
}

static void test_bad_netdev(void **state)
{
	struct news news = {0};
	struct error err;
	struct worker_handle *h = worker_spawn(workers, "w", &events, &news, &err);
	json_t *order =
		json_pack("{s:s,s:i,s:{s:s}}", "op", "plug", "plug", 7, "netdev", "type", "none");

	(void)state;
	assert_int_equal(worker_order(h, order, (int[]){0, 1}, 2, &err), 0);
	turn_until(&news.unplugged);
	assert_int_equal(news.failed, 0);
	worker_release(h);
}

static void test_killed(void **state)
{
	struct news news = {0};
	struct error err;
	struct worker_handle *h = worker_spawn(workers, "w", &events, &news, &err);
	pid_t pids[8];

	(void)state;
	wait_children(1, pids);
	kill(pids[0], SIGKILL);
	turn_until(&news.failed);
	assert_non_null(strstr(news.err.message, "killed by signal 9"));
	worker_release(h);
}

static void test_stuck(void **state)
{
	struct news news = {0};
	struct error err;
	struct worker_handle *h = worker_spawn(workers, "w", &events, &news, &err);
	pid_t pids[8];

	(void)state;
	wait_children(1, pids);
	kill(pids[0], SIGSTOP);
	worker_release(h);
	wait_children(0, pids);
	assert_int_equal(news.failed, 0);
}

static void test_template_gone(void **state)
{
	struct news news = {0};
	struct error err;
	struct worker_handle *h = worker_spawn(workers, "w", &events, &news, &err);
	pid_t pids[8], worker;

	(void)state;
	wait_children(1, pids);
	worker = pids[0];
	log_set_level(LOG_LEVEL_ERROR);
	kill(template, SIGKILL);
	for (int i = 0; i < 20; i++)
		loop_turn(loop, SECONDS / 100);
	assert_int_equal(news.failed, 0); /* the worker goes on */
	assert_null(worker_spawn(workers, "v", &events, &news, &err));
	assert_non_null(strstr(err.message, "restart patchbayd"));
	kill(worker, SIGKILL);
	turn_until(&news.failed);
	worker_release(h);
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_released), test(test_bad_card), test(test_bad_netdev),
		test(test_killed),   test(test_stuck),    test(test_template_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
