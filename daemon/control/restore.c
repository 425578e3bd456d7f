/* SPDX-License-Identifier: BSD-2-Clause */
/* From files to objects, and patience with those that can't be made yet. */
#include "daemon/control/restore.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "daemon/control/object.h"
#include "daemon/control/problem.h"
#include "daemon/control/persist.h"
#include "daemon/control/record.h"
#include "daemon/control/state.h"
#include "net/base/bytes.h"
#include "net/base/log.h"

#define MAX_ERRNO      256
#define RETRY_FIRST_NS 1000000000LL
#define RETRY_LAST_NS  30000000000LL

/**
 * struct saved - a file that was read
 * @collection:	where it lay
 * @id:		its object
 * @record:	what it says
 */
struct saved {
	enum collection collection;
	char id[OBJECT_ID_SIZE];
	struct record record;
};

/**
 * struct restore - all files that were read
 * @model:	where the objects go
 * @loading:	the collection that is being read
 * @saved:	the files, by collection and age
 * @count:	their number
 * @size:	slots allocated
 * @revision:	highest one
 */
struct restore {
	struct model *model;
	enum collection loading;
	struct saved *saved;
	size_t count;
	size_t size;
	uint64_t revision;
};

/**
 * report() - note a file that nothing can be restored from
 * @m:		the model
 * @c:		its collection
 * @file:	its name
 * @detail:	why
 */
static void report(struct model *m, enum collection c, const char *file, const char *detail)
{
	json_t *path = json_sprintf("%s/%s", model_class(c)->collection, file);

	log_error("state: %s/%s: %s", model_class(c)->collection, file, detail);
	json_array_append_new(
		m->damaged,
		json_pack("{s:o,s:s}", "file", path ? path : json_string("?"), "detail", detail));
}

/**
 * set_aside() - rename a damaged file and report it
 * @m:		the model
 * @c:		its collection
 * @id:		its object
 * @detail:	what is wrong with it
 */
static void set_aside(struct model *m, enum collection c, const char *id, const char *detail)
{
	char name[128];

	state_set_aside(m->config->state, c, id, name, sizeof(name));
	report(m, c, name, detail);
}

/**
 * add() - a file can be restored from
 * @r:		where it goes
 * @id:		its object
 * @record:	what it says; its reference is taken
 *
 * Return: 0 or -ENOMEM
 */
static int add(struct restore *r, const char *id, const struct record *record)
{
	struct saved *saved;

	if (r->count == r->size) {
		size_t size = r->size ? r->size * 2 : 64;

		saved = reallocarray(r->saved, size, sizeof(*saved));
		if (!saved) {
			json_decref(record->config);
			return -ENOMEM;
		}
		r->saved = saved;
		r->size = size;
	}
	saved = &r->saved[r->count++];
	*saved = (struct saved){.collection = r->loading, .record = *record};
	snprintf(saved->id, sizeof(saved->id), "%s", id);
	r->revision = MAX(r->revision, record->revision);
	r->model->order = MAX(r->model->order, record->order + 1);
	model_note_id(r->model, r->loading, id, record->config);
	return 0;
}

/**
 * on_file() - look at a file (state_load())
 */
static void on_file(void *context, const char *id, const char *text, size_t len)
{
	struct restore *r = context;
	struct record record = {0};
	struct error err = {0};
	const char *named;
	int ret;

	if (!text) {
		char name[128];

		snprintf(name, sizeof(name), "%s.json", id);
		report(r->model, r->loading, name, strerror((int)len));
		return;
	}
	ret = record_parse(text, len, &record, &err);
	named = json_string_value(json_object_get(record.config, "id"));
	if (ret == 0 && (!named || strcmp(named, id) != 0 || strlen(id) >= OBJECT_ID_SIZE))
		ret = error_set(&err, EBADMSG, "its name is not that of the object in it");
	if (ret == 0) {
		add(r, id, &record);
		return;
	}
	json_decref(record.config);
	set_aside(r->model, r->loading, id, err.message);
}

/**
 * compare() - order of two files: by collection, then by age (for qsort())
 */
static int compare(const void *left, const void *right)
{
	const struct saved *a = left, *b = right;

	if (a->collection != b->collection)
		return a->collection < b->collection ? -1 : 1;
	return (a->record.order > b->record.order) - (a->record.order < b->record.order);
}

struct restore *restore_start(struct model *m)
{
	struct restore *r = m->config->state ? calloc(1, sizeof(*r)) : NULL;

	if (!r)
		return NULL;
	r->model = m;
	for (r->loading = 0; r->loading < COLLECTION_COUNT; r->loading++)
		state_load(m->config->state, r->loading, on_file, r);
	if (r->count > 0)
		qsort(r->saved, r->count, sizeof(*r->saved), compare);
	m->revision = r->revision;
	m->retry_ns = RETRY_FIRST_NS;
	return r;
}

/**
 * code_of() - the errno that fits a problem best
 * @p:		the problem
 */
static int code_of(const struct problem *p)
{
	const char *name = json_string_value(json_object_get(p->extra, "errno"));

	for (int code = 1; name && code < MAX_ERRNO; code++) {
		const char *known = strerrorname_np(code);

		if (known && strcmp(known, name) == 0)
			return code;
	}
	return p->type == PROBLEM_IN_USE || p->type == PROBLEM_EXISTS ? EBUSY : ENOENT;
}

/**
 * words_of() - a problem's first sentence about a member, or its own, as an error
 * @p:		the problem; done with afterwards
 * @err:	filled
 */
static void words_of(struct problem *p, struct error *err)
{
	json_t *first = json_array_get(p->errors, 0);
	const char *words = json_string_value(json_object_get(first, "detail"));

	error_set(err, code_of(p), "%s", words ? words : p->detail);
	problem_done(p);
}

/**
 * take_references() - take the members out that name other objects
 * @class:	kind of the object
 * @body:	its members
 *
 * Return: new reference to what was taken out, or NULL when there was nothing
 */
static json_t *take_references(const struct object_class *class, json_t *body)
{
	json_t *taken = json_object();

	for (const char *const *name = class->references; name && *name; name++) {
		json_t *value = json_object_get(body, *name);

		if (!json_is_string(value))
			continue;
		json_object_set(taken, *name, value);
		json_object_del(body, *name);
	}
	if (json_object_size(taken) > 0)
		return taken;
	json_decref(taken);
	return NULL;
}

/**
 * make_waiting() - make an object without what it refers to
 * @m:		the model
 * @c:		its collection
 * @body:	its members; those are taken out
 * @p:		why it could not be made with them; done with when it can without
 *
 * Return: the object, or NULL with @p set
 */
static struct object *make_waiting(struct model *m, enum collection c, json_t *body,
				   struct problem *p)
{
	struct problem without = {0};
	json_t *taken = take_references(model_class(c), body);
	struct object *object;
	struct error err;

	if (!taken)
		return NULL;
	object = model_make(m, c, body, &without);
	if (!object) {
		json_object_update(body, taken);
		json_decref(taken);
		problem_done(p);
		*p = without;
		return NULL;
	}
	words_of(p, &err);
	object->unmet.members = taken;
	object_failure_set(&object->unmet.why, &err);
	log_warn("state: %s \"%s\" waits: %s", model_class(c)->noun, object->id, err.message);
	return object;
}

/**
 * make_inert() - list an object that can't be made
 * @m:		the model
 * @c:		its collection
 * @body:	its members
 * @p:		why; done with
 *
 * Return: the object, or NULL
 */
static struct object *make_inert(struct model *m, enum collection c, json_t *body,
				 struct problem *p)
{
	struct problem inner = {0};
	struct object *object;
	struct error err;

	words_of(p, &err);
	object = model_make_inert(m, c, body, &inner);
	problem_done(&inner);
	if (!object)
		return NULL;
	object_failure_set(&object->failure, &err);
	log_error("state: %s \"%s\" cannot be restored: %s", model_class(c)->noun, object->id,
		  err.message);
	return object;
}

/**
 * restore_one() - make one object
 * @m:		the model
 * @saved:	its file
 */
static void restore_one(struct model *m, const struct saved *saved)
{
	json_t *body = json_deep_copy(saved->record.config);
	enum collection c = saved->collection;
	struct problem p = {0};
	struct object *object;
	struct error err;

	if (api_check(c, body, &p) < 0) {
		words_of(&p, &err);
		set_aside(m, c, saved->id, err.message);
		json_decref(body);
		return;
	}
	object = model_make(m, c, body, &p);
	if (!object)
		object = make_waiting(m, c, body, &p);
	if (!object)
		object = make_inert(m, c, body, &p);
	problem_done(&p);
	json_decref(body);
	if (!object)
		return;
	object->order = saved->record.order;
	object->revision = object->saved_revision = saved->record.revision;
	object->saved = json_deep_copy(saved->record.config);
	object->told = true;
}

void restore_collection(struct restore *r, enum collection c)
{
	if (!r)
		return;
	r->model->restoring = true;
	for (size_t i = 0; i < r->count; i++) {
		struct saved *saved = &r->saved[i];

		if (saved->collection != c)
			continue;
		if (model_find(r->model, c, saved->id))
			log_info("state: %s \"%s\" is hidden by that of the command line",
				 model_class(c)->noun, saved->id);
		else
			restore_one(r->model, saved);
	}
	r->model->restoring = false;
}

void restore_end(struct restore *r)
{
	struct problem p = {0};

	if (!r)
		return;
	/* An object that this version completes otherwise than the last one is saved so. */
	if (persist_commit(r->model, NULL, &p) < 0)
		log_error("state: %s", p.detail);
	problem_done(&p);
	log_info("state: restored %zu objects", r->count);
	restore_retry(r->model);
	for (size_t i = 0; i < r->count; i++)
		json_decref(r->saved[i].record.config);
	free(r->saved);
	free(r);
}

/**
 * note() - an attempt failed; only another reason than before is news
 * @m:		the model
 * @object:	the object
 * @failure:	its reason
 * @p:		the new one; done with
 */
static void note(struct model *m, struct object *object, struct object_failure *failure,
		 struct problem *p)
{
	struct error err;

	words_of(p, &err);
	if (strcmp(err.message, failure->error.message) == 0)
		return;
	object_failure_set(failure, &err);
	model_changed(m, object);
}

/**
 * retry_inert() - try to make an object again
 * @m:		the model
 * @object:	the object
 */
static void retry_inert(struct model *m, struct object *object)
{
	json_t *listed = object->config;
	struct problem p = {0};

	object->config = json_deep_copy(listed);
	if (object->class->create(m, object, &p) < 0) {
		json_decref(object->config);
		object->config = listed;
		note(m, object, &object->failure, &p);
		return;
	}
	json_decref(listed);
	object->inert = false;
	object_works(m, object);
	log_info("state: %s \"%s\" is restored", object->class->noun, object->id);
}

/**
 * retry_unmet() - try to give an object again what it waits for
 * @m:		the model
 * @object:	the object
 */
static void retry_unmet(struct model *m, struct object *object)
{
	json_t *patch = json_deep_copy(object->unmet.members);
	struct problem p = {0};

	if (object->class->update(m, object, patch, &p) < 0) {
		note(m, object, &object->unmet.why, &p);
	} else {
		json_decref(object->unmet.members);
		object->unmet.members = NULL;
		model_changed(m, object);
		log_info("state: %s \"%s\" has what it waited for", object->class->noun,
			 object->id);
	}
	json_decref(patch);
}

void restore_retry(struct model *m)
{
	struct loop *loop = m->config->loop;
	bool waiting = false;

	for (int c = 0; c < COLLECTION_COUNT; c++) {
		for (size_t i = 0; i < m->objects[c].count; i++) {
			struct object *object = m->objects[c].items[i];

			if (object->inert)
				retry_inert(m, object);
			else if (object->unmet.members)
				retry_unmet(m, object);
			waiting |= object->inert || object->unmet.members;
		}
	}
	if (!waiting)
		m->retry_ns = RETRY_FIRST_NS;
	else if (!loop_timer_running(&m->retry))
		loop_timer_set(loop, &m->retry, loop_now(loop) + m->retry_ns);
}

void restore_on_retry(struct loop_timer *timer)
{
	struct model *m = container_of(timer, struct model, retry);

	m->retry_ns = MIN(2 * m->retry_ns, RETRY_LAST_NS);
	restore_retry(m);
}
