/* SPDX-License-Identifier: BSD-2-Clause */
/* What all kinds of objects have in common: ids, revisions, lists, create and delete. */
#include "daemon/control/model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/control/changes.h"
#include "daemon/control/events.h"
#include "daemon/control/object.h"
#include "daemon/control/persist.h"
#include "daemon/control/problem.h"
#include "daemon/control/restore.h"
#include "net/base/bytes.h"

#define MAX_CHOSEN_NUMBER 999999999

static const struct object_class *const classes[COLLECTION_COUNT] = {
	[COLLECTION_NETDEVS] = &netdev_class,
	[COLLECTION_NICS] = &nic_object_class,
	[COLLECTION_FORWARDS] = &forward_class,
};

/* What GET adds; a request may repeat it, and it means nothing there. */
static const char *const read_only[] = {"status",  "stats",  "links", "revision",
					"used_by", "socket", "origin"};

const struct object_class *model_class(enum collection c)
{
	return classes[c];
}

struct model *model_new(const struct model_config *config)
{
	struct model *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->config = config;
	m->damaged = json_array();
	m->retry.callback = restore_on_retry;
	for (int c = 0; c < COLLECTION_COUNT; c++)
		m->objects[c].next = json_object();
	changes_start(m);
	m->events = events_new();
	if (m->events)
		return m;
	model_free(m);
	return NULL;
}

/**
 * object_free() - free an object
 * @object:	the object, in no list, with nothing of its class's in it
 */
static void object_free(struct object *object)
{
	json_decref(object->config);
	json_decref(object->saved);
	json_decref(object->unmet.members);
	free(object);
}

/**
 * object_end() - undo all of the creation of an object
 * @m:		the model
 * @object:	the object, in no list
 */
static void object_end(struct model *m, struct object *object)
{
	if (!object->inert)
		object->class->destroy(m, object);
	changes_forget(m, object);
	object_free(object);
}

void model_free(struct model *m)
{
	if (!m)
		return;
	for (int c = COLLECTION_COUNT - 1; c >= 0; c--) {
		struct objects *objects = &m->objects[c];

		while (objects->count > 0)
			object_end(m, objects->items[--objects->count]);
		free(objects->items);
		json_decref(objects->next);
	}
	changes_stop(m);
	events_free(m->events);
	loop_timer_cancel(&m->retry);
	json_decref(m->damaged);
	free(m);
}

/**
 * find_index() - place of an object in its collection
 * @objects:	the collection
 * @id:		its id
 *
 * Return: index, or @objects->count when there is none
 */
static size_t find_index(const struct objects *objects, const char *id)
{
	size_t i = 0;

	while (i < objects->count && strcmp(objects->items[i]->id, id) != 0)
		i++;
	return i;
}

struct object *model_find(const struct model *m, enum collection c, const char *id)
{
	const struct objects *objects = &m->objects[c];
	size_t i = find_index(objects, id);

	return i < objects->count && !objects->items[i]->inert ? objects->items[i] : NULL;
}

int model_missing(const struct model *m, enum collection c, const char *id, const char *pointer,
		  struct problem *p)
{
	const struct objects *objects = &m->objects[c];
	size_t i = find_index(objects, id);

	if (i == objects->count)
		return problem_add(p, pointer, "no-such-object", "there is no %s \"%s\"",
				   classes[c]->noun, id);
	return problem_add(p, pointer, "no-such-object", "%s \"%s\" does not work: %s",
			   classes[c]->noun, id, objects->items[i]->failure.error.message);
}

void model_changed(struct model *m, struct object *object)
{
	object->unsaved = true;
	if (m->restoring)
		return;
	object->revision = ++m->revision;
	changes_note(m, object);
}

void model_event(struct model *m, const char *type, const struct object *object, json_t *detail)
{
	json_t *body = json_object();

	changes_tell(m); /* what happened before comes before */
	if (object)
		json_object_set_new(body, "object", object_path(object));
	json_object_set_new(body, "detail", detail);
	events_add(m->events, ++m->revision, type, body);
}

struct events *model_events(const struct model *m)
{
	return m->events;
}

uint64_t model_revision(const struct model *m)
{
	return m->revision;
}

/**
 * stats_of() - an object's counters
 * @object:	the object
 *
 * Return: new reference
 */
static json_t *stats_of(const struct object *object)
{
	return object->inert ? json_object() : object->class->stats(object);
}

json_t *object_show(const struct object *object, bool stats)
{
	json_t *out = json_copy(object->config);

	if (object->unmet.members)
		json_object_update(out, object->unmet.members);
	if (object->inert)
		json_object_set_new(out, "status", object_status(object, "error"));
	else
		object->class->show(object, out);
	if (stats)
		json_object_set_new(out, "stats", stats_of(object));
	json_object_set_new(out, "origin", json_string(object->from_cli ? "cli" : "api"));
	json_object_set_new(out, "revision", json_integer((json_int_t)object->revision));
	return out;
}

json_t *model_list(struct model *m, enum collection c, bool stats)
{
	json_t *items = json_array();

	for (size_t i = 0; i < m->objects[c].count; i++)
		json_array_append_new(items, object_show(m->objects[c].items[i], stats));
	return json_pack("{s:o,s:I}", "items", items, "revision", (json_int_t)m->revision);
}

json_t *model_stats(const struct model *m)
{
	json_t *all = json_object();

	for (int c = 0; c < COLLECTION_COUNT; c++) {
		const struct objects *objects = &m->objects[c];
		json_t *stats = json_object();

		for (size_t i = 0; i < objects->count; i++)
			json_object_set_new(stats, objects->items[i]->id,
					    stats_of(objects->items[i]));
		json_object_set_new(all, classes[c]->collection, stats);
	}
	return all;
}

json_t *model_get(struct model *m, enum collection c, const char *id)
{
	const struct objects *objects = &m->objects[c];
	size_t i = find_index(objects, id);

	return i < objects->count ? object_show(objects->items[i], true) : NULL;
}

/**
 * drop_read_only() - a copy of a body without what only GET shows
 * @body:	the body
 *
 * Return: new reference
 */
static json_t *drop_read_only(const json_t *body)
{
	json_t *copy = json_deep_copy(body);

	for (size_t i = 0; i < ARRAY_SIZE(read_only); i++)
		json_object_del(copy, read_only[i]);
	return copy;
}

/**
 * choose_id() - the next free id of a prefix
 * @objects:	the collection
 * @prefix:	the prefix
 * @id:		filled
 */
static void choose_id(const struct objects *objects, const char *prefix, char id[OBJECT_ID_SIZE])
{
	json_int_t n = json_integer_value(json_object_get(objects->next, prefix));

	do {
		snprintf(id, OBJECT_ID_SIZE, "%.40s%lld", prefix, (long long)n++);
	} while (find_index(objects, id) < objects->count);
}

void model_note_id(struct model *m, enum collection c, const char *id, const json_t *config)
{
	struct objects *objects = &m->objects[c];
	const char *prefix = classes[c]->prefix(config);
	size_t len = strlen(prefix);
	char canonical[OBJECT_ID_SIZE];
	long n;

	if (strncmp(id, prefix, len) != 0)
		return;
	n = strtol(id + len, NULL, 10);
	if (n < 0 || n > MAX_CHOSEN_NUMBER)
		return;
	snprintf(canonical, sizeof(canonical), "%.40s%ld", prefix, n);
	if (strcmp(id, canonical) == 0 &&
	    n >= json_integer_value(json_object_get(objects->next, prefix)))
		json_object_set_new(objects->next, prefix, json_integer(n + 1));
}

/**
 * name_object() - give a new object its id
 * @objects:	its collection
 * @object:	the object, with its config
 * @p:		says why not
 *
 * Return: 0, or -1 with @p set
 */
static int name_object(struct objects *objects, struct object *object, struct problem *p)
{
	const char *prefix = object->class->prefix(object->config);
	const char *id = json_string_value(json_object_get(object->config, "id"));
	json_t *ordered;

	if (!id) {
		choose_id(objects, prefix, object->id);
	} else if (strlen(id) >= OBJECT_ID_SIZE) {
		return problem_add(p, "#/id", "pattern", "an id has at most %d letters",
				   OBJECT_ID_SIZE - 1);
	} else if (find_index(objects, id) < objects->count) {
		problem_set(p, PROBLEM_EXISTS, "There is a %s \"%s\" already.", object->class->noun,
			    id);
		return problem_add(p, "#/id", "exists", "Duplicate ID '%s'", id);
	} else {
		snprintf(object->id, sizeof(object->id), "%s", id);
	}
	ordered = json_pack("{s:s}", "id", object->id);
	json_object_update_missing(ordered, object->config);
	json_decref(object->config);
	object->config = ordered;
	return 0;
}

/**
 * make_room() - room for one more object
 * @m:		the model
 * @c:		the collection
 * @p:		says why not
 *
 * Return: 0, or -1 with @p set
 */
static int make_room(struct model *m, enum collection c, struct problem *p)
{
	struct objects *objects = &m->objects[c];
	size_t size = objects->size ? objects->size * 2 : 16;
	struct object **items;

	if (objects->count >= m->config->max_objects)
		return problem_set(p, PROBLEM_LIMIT_REACHED, "There are %zu %s, which is the most.",
				   objects->count, classes[c]->collection);
	if (objects->count < objects->size)
		return 0;
	items = reallocarray(objects->items, size, sizeof(struct object *));
	if (!items)
		return problem_set(p, PROBLEM_LIMIT_REACHED, "There is no memory left.");
	objects->items = items;
	objects->size = size;
	return 0;
}

struct object *model_prepare(struct model *m, enum collection c, const json_t *body,
			     struct problem *p)
{
	struct object *object = make_room(m, c, p) < 0 ? NULL : calloc(1, classes[c]->size);

	if (!object) {
		if (p->type == PROBLEM_NONE)
			problem_set(p, PROBLEM_LIMIT_REACHED, "There is no memory left.");
		return NULL;
	}
	object->class = classes[c];
	object->collection = c;
	object->from_cli = m->from_cli;
	object->config = drop_read_only(body);
	if (name_object(&m->objects[c], object, p) < 0) {
		object_free(object);
		return NULL;
	}
	return object;
}

void model_enlist(struct model *m, struct object *object)
{
	struct objects *objects = &m->objects[object->collection];

	object->order = m->order++;
	model_note_id(m, object->collection, object->id, object->config);
	objects->items[objects->count++] = object;
	model_changed(m, object);
	if (object->class->entered && !object->inert)
		object->class->entered(m, object);
}

/**
 * delist() - take an object out of its collection
 * @m:		the model
 * @object:	the object
 */
static void delist(struct model *m, struct object *object)
{
	struct objects *objects = &m->objects[object->collection];
	size_t i = find_index(objects, object->id);

	objects->count--;
	memmove(&objects->items[i], &objects->items[i + 1],
		(objects->count - i) * sizeof(struct object *));
}

/**
 * end_parts() - end the objects that go with another one
 * @m:		the model
 * @whole:	the other one
 * @tell:	in events
 */
static void end_parts(struct model *m, const struct object *whole, bool tell)
{
	for (int c = 0; c < COLLECTION_COUNT; c++) {
		for (size_t i = m->objects[c].count; i-- > 0;) {
			struct object *part = m->objects[c].items[i];

			if (part->goes_with != whole)
				continue;
			delist(m, part);
			if (tell) {
				part->revision = ++m->revision;
				changes_deleted(m, part);
			}
			object_end(m, part);
		}
	}
}

struct object *model_make(struct model *m, enum collection c, json_t *body, struct problem *p)
{
	struct object *object = model_prepare(m, c, body, p);

	if (!object)
		return NULL;
	if (object->class->create(m, object, p) < 0) {
		object_free(object);
		return NULL;
	}
	model_enlist(m, object);
	return object;
}

struct object *model_make_inert(struct model *m, enum collection c, json_t *body, struct problem *p)
{
	struct object *object = model_prepare(m, c, body, p);

	if (!object)
		return NULL;
	object->inert = true;
	model_enlist(m, object);
	return object;
}

json_t *model_create(struct model *m, enum collection c, json_t *body, struct problem *p)
{
	struct object *object = model_make(m, c, body, p);

	if (!object)
		return NULL;
	if (persist_commit(m, NULL, p) < 0) {
		end_parts(m, object, false);
		delist(m, object);
		object_end(m, object);
		persist_undo(m);
		return NULL;
	}
	restore_retry(m); /* somebody may have waited for it */
	return object_show(object, true);
}

/**
 * not_found() - refuse: there is no such object
 * @c:		collection
 * @id:		id
 * @p:		problem to fill
 *
 * Return: always -1
 */
static int not_found(enum collection c, const char *id, struct problem *p)
{
	return problem_set(p, PROBLEM_NOT_FOUND, "There is no %s \"%s\".", classes[c]->noun, id);
}

/**
 * is_broken() - refuse: it could not be restored, so it can't be changed
 * @object:	the object
 * @p:		problem to fill
 *
 * Return: 0, or -1 with @p set
 */
static int is_broken(const struct object *object, struct problem *p)
{
	if (!object->inert)
		return 0;
	return problem_set(p, PROBLEM_HOST_STATE,
			   "The %s could not be restored (%s); it is tried again. Delete it, or "
			   "replace it.",
			   object->class->noun, object->failure.error.message);
}

/**
 * meet() - members that an object waits for are patched: it does not wait for them any more
 * @object:	the object
 * @patch:	the patch, which was done
 *
 * Return: 1 when it waited for one, else 0
 */
static int meet(struct object *object, const json_t *patch)
{
	json_t *members = object->unmet.members, *value;
	const char *key;
	int met = 0;

	if (!members)
		return 0;
	json_object_foreach ((json_t *)patch, key, value)
		met |= json_object_del(members, key) == 0;
	if (json_object_size(members) == 0) {
		json_decref(members);
		object->unmet.members = NULL;
	}
	return met;
}

json_t *model_update(struct model *m, enum collection c, const char *id, json_t *patch,
		     struct problem *p)
{
	size_t i = find_index(&m->objects[c], id);
	struct object *object;
	json_t *copy, *unmet;
	int ret;

	if (i == m->objects[c].count) {
		not_found(c, id, p);
		return NULL;
	}
	object = m->objects[c].items[i];
	if (is_broken(object, p) < 0)
		return NULL;
	copy = drop_read_only(patch);
	unmet = json_copy(object->unmet.members);
	ret = object->class->update(m, object, copy, p);
	if (ret >= 0)
		ret |= meet(object, copy);
	if (ret > 0)
		model_changed(m, object);
	if (ret > 0 && persist_commit(m, NULL, p) < 0) {
		json_decref(object->unmet.members);
		object->unmet.members = json_incref(unmet);
		persist_undo(m);
		ret = -1;
	}
	json_decref(unmet);
	json_decref(copy);
	return ret < 0 ? NULL : object_show(object, true);
}

int model_delete(struct model *m, enum collection c, const char *id, bool force, struct problem *p)
{
	size_t i = find_index(&m->objects[c], id);
	struct object *object;

	if (i == m->objects[c].count)
		return not_found(c, id, p);
	object = m->objects[c].items[i];
	if (!object->inert && object->class->release(m, object, force, p) < 0)
		return -1;
	if (persist_commit(m, object, p) < 0) {
		persist_undo(m);
		return -1;
	}
	changes_tell(m);
	end_parts(m, object, true);
	delist(m, object);
	object->revision = ++m->revision;
	changes_deleted(m, object);
	object_end(m, object);
	return 0;
}
