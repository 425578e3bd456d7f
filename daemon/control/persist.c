/* SPDX-License-Identifier: BSD-2-Clause */
/* From changed objects to changed files, and from saved members back to objects. */
#include "daemon/control/persist.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/control/object.h"
#include "daemon/control/problem.h"
#include "daemon/control/record.h"
#include "daemon/control/state.h"
#include "net/base/log.h"

/**
 * struct part - an object's part of a commit
 * @object:	the object
 * @config:	its members, to be saved; NULL: its file goes; owned
 * @before:	its file as it is; owned
 * @after:	its file as it shall be; owned
 */
struct part {
	struct object *object;
	json_t *config;
	char *before;
	char *after;
};

/**
 * struct commit - a commit in the making
 * @parts:	what is changed
 * @count:	their number
 * @size:	slots allocated
 */
struct commit {
	struct part *parts;
	size_t count;
	size_t size;
};

/**
 * wanted() - the members that an object's file should have
 * @object:	the object
 *
 * Return: new reference
 */
static json_t *wanted(const struct object *object)
{
	json_t *config = json_copy(object->config);

	if (object->unmet.members)
		json_object_update(config, object->unmet.members);
	return config;
}

/**
 * file_of() - the text of an object's file
 * @object:	the object
 * @revision:	its revision
 * @config:	its members, or NULL
 *
 * Return: text, to be freed; NULL without @config or without memory
 */
static char *file_of(const struct object *object, uint64_t revision, json_t *config)
{
	struct record record = {object->order, revision, config};

	return config ? record_format(&record) : NULL;
}

/**
 * add() - an object changes
 * @commit:	the commit
 * @object:	the object
 * @config:	its members; the reference is taken; NULL: it goes
 *
 * Return: 0 or -ENOMEM
 */
static int add(struct commit *commit, struct object *object, json_t *config)
{
	struct part *part;

	if (commit->count == commit->size) {
		size_t size = commit->size ? commit->size * 2 : 4;
		struct part *parts = reallocarray(commit->parts, size, sizeof(*parts));

		if (!parts) {
			json_decref(config);
			return -ENOMEM;
		}
		commit->parts = parts;
		commit->size = size;
	}
	part = &commit->parts[commit->count++];
	*part = (struct part){.object = object, .config = config};
	if (!object_has_file(object))
		return 0;
	part->before = file_of(object, object->saved_revision, object->saved);
	part->after = file_of(object, object->revision, config);
	if ((object->saved && !part->before) || (config && !part->after))
		return -ENOMEM;
	return 0;
}

/**
 * add_changed() - an object may have changed
 * @commit:	the commit
 * @object:	the object
 *
 * Return: 0 or -ENOMEM
 */
static int add_changed(struct commit *commit, struct object *object)
{
	json_t *config;

	if (object->inert)
		return 0;
	config = wanted(object);
	if (!object->saved || !json_equal(config, object->saved))
		return add(commit, object, config);
	json_decref(config);
	return 0;
}

/**
 * collect() - all that changed
 * @m:		the model
 * @gone:	an object that goes, or NULL
 * @commit:	filled
 *
 * Return: 0 or -ENOMEM
 */
static int collect(struct model *m, struct object *gone, struct commit *commit)
{
	int ret = 0;

	for (int c = 0; c < COLLECTION_COUNT; c++) {
		for (size_t i = 0; i < m->objects[c].count && ret == 0; i++) {
			struct object *object = m->objects[c].items[i];

			if (gone && object->goes_with == gone && object->saved)
				ret = add(commit, object, NULL);
			else if (object->unsaved && object != gone)
				ret = add_changed(commit, object);
		}
	}
	if (ret == 0 && gone && gone->saved)
		ret = add(commit, gone, NULL);
	return ret;
}

/**
 * write_out() - make the commit
 * @state:	where to
 * @commit:	the commit
 * @err:	says why not
 *
 * Return: 0 or -errno
 */
static int write_out(struct state *state, const struct commit *commit, struct error *err)
{
	struct state_change *changes = calloc(commit->count + 1, sizeof(*changes));
	size_t count = 0;
	int ret;

	if (!changes)
		return error_set(err, ENOMEM, "There is no memory left.");
	for (size_t i = 0; i < commit->count; i++) {
		const struct part *part = &commit->parts[i];

		if (!object_has_file(part->object))
			continue;
		changes[count++] = (struct state_change){
			.folder = part->object->collection,
			.id = part->object->id,
			.before = part->before,
			.after = part->after,
		};
	}
	ret = state_commit(state, changes, count, err);
	free(changes);
	return ret;
}

/**
 * settle() - a commit was made: note what is saved now
 * @m:		the model
 * @commit:	the commit
 */
static void settle(struct model *m, struct commit *commit)
{
	for (size_t i = 0; i < commit->count; i++) {
		struct object *object = commit->parts[i].object;

		json_decref(object->saved);
		object->saved = json_deep_copy(commit->parts[i].config);
		object->saved_revision = object->revision;
	}
	for (int c = 0; c < COLLECTION_COUNT; c++) {
		for (size_t i = 0; i < m->objects[c].count; i++)
			m->objects[c].items[i]->unsaved = false;
	}
}

/**
 * commit_free() - forget a commit
 * @commit:	the commit
 */
static void commit_free(struct commit *commit)
{
	for (size_t i = 0; i < commit->count; i++) {
		json_decref(commit->parts[i].config);
		free(commit->parts[i].before);
		free(commit->parts[i].after);
	}
	free(commit->parts);
}

/**
 * refuse() - a change can't be saved
 * @p:		problem to fill
 * @err:	why
 *
 * Return: always -1
 */
static int refuse(struct problem *p, const struct error *err)
{
	const char *name = strerrorname_np(err->code);

	problem_set(p, PROBLEM_NOT_SAVED, "%s", err->message);
	problem_extra(p, "errno", json_string(name ? name : "EIO"));
	return -1;
}

int persist_commit(struct model *m, struct object *gone, struct problem *p)
{
	struct commit commit = {0};
	struct error err = {0};
	int ret;

	ret = collect(m, gone, &commit);
	if (ret < 0)
		error_set(&err, -ret, "There is no memory left.");
	else if (m->config->state)
		ret = write_out(m->config->state, &commit, &err);
	if (ret == 0)
		settle(m, &commit);
	commit_free(&commit);
	return ret == 0 ? 0 : refuse(p, &err);
}

/**
 * differs() - is a member another one than the saved one? One that is not met was not changed
 * @object:	the object
 * @key:	the member
 * @saved:	as it is saved
 */
static bool differs(const struct object *object, const char *key, const json_t *saved)
{
	const json_t *now = json_object_get(object->config, key);

	return !json_object_get(object->unmet.members, key) && (!now || !json_equal(now, saved));
}

/**
 * patch_back() - the patch that makes an object as it is saved
 * @object:	a saved object
 *
 * Return: new reference
 */
static json_t *patch_back(const struct object *object)
{
	json_t *patch = json_object(), *value;
	const char *key;

	json_object_foreach (object->saved, key, value) {
		if (differs(object, key, value))
			json_object_set(patch, key, value);
	}
	json_object_foreach (object->config, key, value) {
		if (!json_object_get(object->saved, key))
			json_object_set_new(patch, key, json_null());
	}
	return patch;
}

/**
 * undo_one() - give an object its saved members back
 * @m:		the model
 * @object:	the object
 */
static void undo_one(struct model *m, struct object *object)
{
	struct problem p = {0};
	json_t *patch = patch_back(object);

	if (json_object_size(patch) > 0) {
		if (object->class->update(m, object, patch, &p) < 0)
			log_error("%s: cannot be made as it is saved: %s", object->id, p.detail);
		model_changed(m, object);
	}
	json_decref(patch);
	problem_done(&p);
}

void persist_undo(struct model *m)
{
	for (int c = 0; c < COLLECTION_COUNT; c++) {
		for (size_t i = 0; i < m->objects[c].count; i++) {
			struct object *object = m->objects[c].items[i];

			if (object->unsaved && object->saved && !object->inert)
				undo_one(m, object);
		}
	}
}
