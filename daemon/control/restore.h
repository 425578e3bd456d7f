/* SPDX-License-Identifier: BSD-2-Clause */
/* Making the objects again that were saved. */
#pragma once

#include "daemon/control/model.h"

struct loop_timer;
struct restore;

/*
 * Theory of operation
 *
 * At the start the collections are restored one after the other, in the order of enum collection:
 * what others refer to comes first. The command line's objects of a collection are made before, and
 * hide saved ones of the same id.
 *
 * A file that is damaged is set aside. An object that can't be made now, because a port is taken or
 * a bridge is gone, is listed with its error: as a whole without anything behind it (`inert`), or,
 * when only what it refers to is missing, as a working object that waits for it (`unmet`). Both are
 * tried again, one second later, then two, up to 30, and whenever an object is made.
 */

/**
 * restore_start() - read what is saved
 * @m:		an empty model
 *
 * From now on the daemon chooses no id that a saved object has.
 *
 * Return: what is to be restored, or NULL when nothing is saved
 */
struct restore *restore_start(struct model *m);

/**
 * restore_collection() - make a collection's objects
 * @r:		from restore_start(); NULL is allowed
 * @c:		the collection
 */
void restore_collection(struct restore *r, enum collection c);

/**
 * restore_end() - all collections are there
 * @r:		from restore_start(); freed; NULL is allowed
 */
void restore_end(struct restore *r);

/**
 * restore_retry() - try again what could not be restored
 * @m:		the model
 */
void restore_retry(struct model *m);

/**
 * restore_on_retry() - callback of the model's timer for this
 * @timer:	the timer
 */
void restore_on_retry(struct loop_timer *timer);
