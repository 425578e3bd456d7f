/* SPDX-License-Identifier: BSD-2-Clause */
/* The event bus: what happened lately, for those who want to be told. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Theory of operation
 *
 * The last EVENTS_KEPT events are kept in a ring, in the order of their revisions. A reader has a
 * position, the revision of the last event that it has seen, and asks for the next one: so a slow
 * reader costs nothing and keeps nobody waiting. One that has fallen behind the ring, or that comes
 * from another run of the daemon, must look at everything anew.
 *
 * Events of objects come from daemon/control/changes.c, all others from model_event().
 */

#define EVENTS_KEPT      1024
#define EVENTS_BOOT_SIZE 9

struct events;

/**
 * struct event - something that happened
 * @revision:	the model's revision when it did
 * @type:	"nic.updated", "lease.granted" ...
 * @text:	JSON object on one line, as openapi.yaml's schema Event
 */
struct event {
	uint64_t revision;
	char type[40];
	char *text;
};

/**
 * struct events_watch - somebody who wants to know that there are new events; embedded, zeroed
 * @news:	there are; called outside of any request
 * @next:	next of the list
 * @link:	what points here; NULL while not watching
 */
struct events_watch {
	void (*news)(struct events_watch *watch);
	struct events_watch *next;
	struct events_watch **link;
};

/**
 * events_new() - nothing has happened yet
 *
 * Return: the bus, or NULL without memory
 */
struct events *events_new(void);

/**
 * events_free() - forget it all; NULL is allowed
 * @e:		the bus; nobody watches it any more
 */
void events_free(struct events *e);

/**
 * events_boot() - eight hexadecimal digits that tell this run of the daemon from others
 * @e:		the bus
 */
const char *events_boot(const struct events *e);

/**
 * events_add() - something happened
 * @e:		the bus
 * @revision:	higher than that of any event before
 * @type:	"nic.updated" ...
 * @body:	its further members; `type`, `revision` and `time` are added; the reference is taken
 *
 * Watchers are not told before events_publish().
 */
void events_add(struct events *e, uint64_t revision, const char *type, json_t *body);

/**
 * events_publish() - tell watchers of what was added
 * @e:		the bus
 */
void events_publish(struct events *e);

/**
 * events_next() - the oldest event behind a position
 * @e:		the bus
 * @after:	a revision
 *
 * Return: the event, valid until the next events_add(), or NULL
 */
const struct event *events_next(const struct events *e, uint64_t after);

/**
 * events_reach() - are all events behind a position still there?
 * @e:		the bus
 * @after:	a revision
 */
bool events_reach(const struct events *e, uint64_t after);

/**
 * events_watch() - be told from now on
 * @e:		the bus
 * @watch:	with @news set
 */
void events_watch(struct events *e, struct events_watch *watch);

/**
 * events_unwatch() - be told no more; nothing happens when it is not watching
 * @watch:	the watcher
 */
void events_unwatch(struct events_watch *watch);
