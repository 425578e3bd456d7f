/* SPDX-License-Identifier: BSD-2-Clause */
/* The event bus, and how the model feeds it. */
#include "daemon/control/events.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "net/base/log.h"
#include "tests/support/model_fixture.h"

/** struct listener - a watcher that counts */
struct listener {
	struct events_watch watch;
	int calls;
};

/** on_news() - struct events_watch */
static void on_news(struct events_watch *watch)
{
	((struct listener *)watch)->calls++;
}

static void test_ring(void **state)
{
	struct events *e = events_new();

	(void)state;
	assert_int_equal(strlen(events_boot(e)), 8);
	assert_null(events_next(e, 0));
	assert_true(events_reach(e, 0));
	for (uint64_t i = 1; i <= EVENTS_KEPT; i++)
		events_add(e, i * 10, "nic.updated", json_object());
	assert_true(events_reach(e, 0));
	assert_int_equal(events_next(e, 0)->revision, 10);
	assert_int_equal(events_next(e, 9)->revision, 10);
	assert_int_equal(events_next(e, 10)->revision, 20);
	assert_null(events_next(e, (uint64_t)EVENTS_KEPT * 10));
	events_add(e, 100000, "nic.updated", json_object());
	assert_false(events_reach(e, 9));
	assert_true(events_reach(e, 10));
	assert_int_equal(events_next(e, 10)->revision, 20);
	assert_int_equal(events_next(e, 99999)->revision, 100000);
	assert_null(events_next(e, 100000));
	events_free(e);
}

static void test_text(void **state)
{
	struct events *e = events_new();
	json_t *text;

	(void)state;
	events_add(e, 7, "lease.granted", json_pack("{s:s}", "object", "/networks/a\n"));
	assert_null(strchr(events_next(e, 0)->text, '\n')); /* which would end the data */
	text = json_loads(events_next(e, 0)->text, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(text, "type")), "lease.granted");
	assert_string_equal(json_string_value(json_object_get(text, "object")), "/networks/a\n");
	assert_int_equal(json_integer_value(json_object_get(text, "revision")), 7);
	assert_non_null(json_object_get(text, "time"));
	json_decref(text);
	events_free(e);
}

static void test_watch(void **state)
{
	struct listener a = {.watch.news = on_news}, b = {.watch.news = on_news};
	struct events *e = events_new();

	(void)state;
	events_watch(e, &a.watch);
	events_watch(e, &b.watch);
	events_publish(e);
	assert_int_equal(a.calls, 0);
	events_add(e, 1, "nic.updated", json_object());
	events_add(e, 2, "nic.updated", json_object());
	assert_int_equal(a.calls, 0);
	events_publish(e);
	events_publish(e);
	assert_int_equal(a.calls, 1);
	events_unwatch(&a.watch);
	events_unwatch(&a.watch);
	events_add(e, 3, "nic.updated", json_object());
	events_publish(e);
	assert_int_equal(a.calls, 1);
	assert_int_equal(b.calls, 2);
	events_unwatch(&b.watch);
	events_free(e);
}

/** check_next() - the event behind a position is this one; returns its revision */
static uint64_t check_next(const struct model *m, uint64_t after, const char *type)
{
	const struct event *event = events_next(model_events(m), after);

	if (!type) {
		assert_null(event);
		return 0;
	}
	assert_non_null(event);
	assert_string_equal(event->type, type);
	return event->revision;
}

static void test_model(void **state)
{
	struct model_fixture f;
	uint64_t at = 0;
	json_t *patch = json_pack("{s:s}", "link", "down");

	(void)state;
	log_set_level(LOG_LEVEL_ERROR);
	model_fixture_new(&f);
	json_decref(model_fixture_create(&f, COLLECTION_NETDEVS, "{'type':'user','id':'a'}"));
	json_decref(model_fixture_create(&f, COLLECTION_NICS, "{'id':'b','netdev':'a'}"));
	check_next(f.model, 0, NULL); /* not before the loop sleeps */
	json_decref(model_update(f.model, COLLECTION_NICS, "b", patch, &f.problem));
	model_fixture_turn(&f);
	at = check_next(f.model, at, "netdev.created"); /* changed by the NIC, told once */
	at = check_next(f.model, at, "nic.created");
	assert_non_null(strstr(events_next(model_events(f.model), at - 1)->text, "\"down\""));
	check_next(f.model, at, NULL);
	json_decref(model_update(f.model, COLLECTION_NICS, "b", patch, &f.problem));
	model_event(f.model, "worker.restarted", NULL, json_object());
	at = check_next(f.model, at, "worker.restarted");
	assert_null(model_fixture_create(&f, COLLECTION_NICS, "{'id':'b'}"));
	assert_int_equal(model_delete(f.model, COLLECTION_NICS, "b", false, &f.problem), 0);
	at = check_next(f.model, at, "nic.deleted");
	model_fixture_turn(&f);
	at = check_next(f.model, at, "netdev.updated");
	json_decref(model_fixture_create(&f, COLLECTION_NICS, "{'id':'c'}"));
	assert_int_equal(model_delete(f.model, COLLECTION_NICS, "c", false, &f.problem), 0);
	at = check_next(f.model, at, "nic.created");
	at = check_next(f.model, at, "nic.deleted");
	assert_int_equal(at, model_revision(f.model));
	json_decref(patch);
	model_fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ring),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_watch),
		cmocka_unit_test(test_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
