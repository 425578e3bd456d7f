/* SPDX-License-Identifier: BSD-2-Clause */
/* A ring of events and a list of watchers. */
#include "daemon/control/events.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "daemon/control/timestamp.h"

/**
 * struct events - the bus
 * @boot:	see events_boot()
 * @ring:	the events; @first is the oldest
 * @first:	its place in @ring
 * @count:	events in @ring
 * @lost:	revision of the newest event that has left the ring
 * @news:	there are events that watchers were not told of
 * @watches:	list of watchers
 */
struct events {
	char boot[EVENTS_BOOT_SIZE];
	struct event ring[EVENTS_KEPT];
	size_t first;
	size_t count;
	uint64_t lost;
	bool news;
	struct events_watch *watches;
};

struct events *events_new(void)
{
	struct events *e = calloc(1, sizeof(*e));
	uint32_t number = 0;

	if (!e)
		return NULL;
	getrandom(&number, sizeof(number), GRND_NONBLOCK);
	snprintf(e->boot, sizeof(e->boot), "%08x", number);
	return e;
}

void events_free(struct events *e)
{
	if (!e)
		return;
	for (size_t i = 0; i < EVENTS_KEPT; i++)
		free(e->ring[i].text);
	free(e);
}

const char *events_boot(const struct events *e)
{
	return e->boot;
}

/**
 * at() - an event by its age
 * @e:		the bus
 * @i:		0 is the oldest
 */
static const struct event *at(const struct events *e, size_t i)
{
	return &e->ring[(e->first + i) % EVENTS_KEPT];
}

/**
 * text_of() - an event as JSON
 * @revision:	its revision
 * @type:	its type
 * @body:	its other members
 *
 * Return: malloc()ed, or NULL without memory
 */
static char *text_of(uint64_t revision, const char *type, const json_t *body)
{
	json_t *all = json_pack("{s:s}", "type", type);
	char now[TIMESTAMP_SIZE];
	char *text;

	timestamp_now(now);
	json_object_update(all, (json_t *)body);
	json_object_set_new(all, "revision", json_integer((json_int_t)revision));
	json_object_set_new(all, "time", json_string(now));
	text = json_dumps(all, JSON_COMPACT);
	json_decref(all);
	return text;
}

void events_add(struct events *e, uint64_t revision, const char *type, json_t *body)
{
	struct event *event = &e->ring[(e->first + e->count) % EVENTS_KEPT];

	if (e->count == EVENTS_KEPT) {
		e->lost = event->revision;
		free(event->text);
		e->first = (e->first + 1) % EVENTS_KEPT;
	} else {
		e->count++;
	}
	event->revision = revision;
	snprintf(event->type, sizeof(event->type), "%s", type);
	event->text = text_of(revision, type, body);
	e->news = true;
	json_decref(body);
}

void events_publish(struct events *e)
{
	struct events_watch *watch = e->watches;

	if (!e->news)
		return;
	e->news = false;
	while (watch) {
		struct events_watch *next = watch->next;

		watch->news(watch);
		watch = next;
	}
}

const struct event *events_next(const struct events *e, uint64_t after)
{
	size_t low = 0, high = e->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (at(e, middle)->revision > after)
			high = middle;
		else
			low = middle + 1;
	}
	return low < e->count ? at(e, low) : NULL;
}

bool events_reach(const struct events *e, uint64_t after)
{
	return after >= e->lost;
}

void events_watch(struct events *e, struct events_watch *watch)
{
	watch->next = e->watches;
	watch->link = &e->watches;
	if (watch->next)
		watch->next->link = &watch->next;
	e->watches = watch;
}

void events_unwatch(struct events_watch *watch)
{
	if (!watch->link)
		return;
	*watch->link = watch->next;
	if (watch->next)
		watch->next->link = watch->link;
	watch->link = NULL;
}
