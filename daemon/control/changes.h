/* SPDX-License-Identifier: BSD-2-Clause */
/* From changed objects to events. */
#pragma once

#include <stdbool.h>

struct model;
struct object;

/*
 * Theory of operation
 *
 * One request may change several objects, and one of them several times: a NIC that is plugged in
 * changes its netdev, and its worker's answer changes both. An event shows an object whole, so it
 * is made when all that is over: before the loop sleeps, one for each object that changed
 * meanwhile. The list is in the order of revisions, so the events are.
 */

/**
 * changes_start() - tell of changes from now on
 * @m:		the model
 */
void changes_start(struct model *m);

/**
 * changes_stop() - forget what was not told; nothing happens when it was not started
 * @m:		the model
 */
void changes_stop(struct model *m);

/**
 * changes_note() - an object has a new revision
 * @m:		the model
 * @object:	the object
 */
void changes_note(struct model *m, struct object *object);

/**
 * changes_forget() - an object is about to go without anybody having seen it
 * @m:		the model
 * @object:	the object
 */
void changes_forget(struct model *m, struct object *object);

/**
 * changes_tell() - make the events of all changes now
 * @m:		the model
 */
void changes_tell(struct model *m);

/**
 * changes_deleted() - make the event of an object that is deleted; its revision is the model's
 * @m:		the model
 * @object:	the object, of whose changes changes_tell() has told
 */
void changes_deleted(struct model *m, const struct object *object);
