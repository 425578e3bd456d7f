/* SPDX-License-Identifier: BSD-2-Clause */
/* The model: every object a user made, as JSON, with the rules that hold between them. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct events;
struct model;
struct problem;

/** enum collection - the kinds of objects, in the order in which they are restored */
enum collection {
	COLLECTION_NETDEVS,
	COLLECTION_NICS,
	COLLECTION_FORWARDS,
	COLLECTION_COUNT,
};

/**
 * model_list() - all objects of a collection, oldest first
 * @m:		the model
 * @c:		which collection
 * @stats:	with each object's `stats`
 *
 * Return: new reference to {"items":[...],"revision":N}
 */
json_t *model_list(struct model *m, enum collection c, bool stats);

/**
 * model_get() - one object as its GET shows it, with `status`, `stats`, `revision`
 * @m:		the model
 * @c:		its collection
 * @id:		its id
 *
 * Return: new reference, or NULL when there is no such object
 */
json_t *model_get(struct model *m, enum collection c, const char *id);

/**
 * model_create() - make an object; all of it or nothing
 * @m:		the model
 * @c:		its collection
 * @body:	what the user wants: valid by its schema, defaults filled in; borrowed
 * @p:		says why not
 *
 * An `id` that is missing is chosen ("user0", "nic3"); ids are never used again in a run.
 *
 * Return: new reference to the object as model_get() shows it, or NULL with @p set
 */
json_t *model_create(struct model *m, enum collection c, json_t *body, struct problem *p);

/**
 * model_update() - change an object in place (RFC 7396 merge patch)
 * @m:		the model
 * @c:		its collection
 * @id:		its id
 * @patch:	members to change, valid by the update schema; borrowed
 * @p:		says why not; then nothing was changed
 *
 * Return: new reference to the object, or NULL with @p set
 */
json_t *model_update(struct model *m, enum collection c, const char *id, json_t *patch,
		     struct problem *p);

/**
 * model_delete() - remove an object
 * @m:		the model
 * @c:		its collection
 * @id:		its id
 * @force:	unplug those who use it, where otherwise PROBLEM_IN_USE would name them
 * @p:		says why not
 *
 * Return: 0, or -1 with @p set
 */
int model_delete(struct model *m, enum collection c, const char *id, bool force, struct problem *p);

/**
 * model_capabilities() - what works on this host, and why the rest does not
 * @m:		the model
 *
 * Return: new reference to the body of GET /capabilities
 */
json_t *model_capabilities(struct model *m);

/**
 * model_events() - what happened lately
 * @m:		the model
 */
struct events *model_events(const struct model *m);

/**
 * model_revision() - how often anything has changed in this run
 * @m:		the model
 */
uint64_t model_revision(const struct model *m);

/**
 * model_stats() - the counters of all objects
 * @m:		the model
 *
 * Return: new reference to {"nics": {"nic0": {...}}, "netdevs": {...}}
 */
json_t *model_stats(const struct model *m);
