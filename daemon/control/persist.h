/* SPDX-License-Identifier: BSD-2-Clause */
/* Saving what a request changed, or taking it back. */
#pragma once

struct model;
struct object;
struct problem;

/*
 * Theory of operation
 *
 * A request changes objects first and saves them then, before it is answered. model_changed() marks
 * each object that is another one; persist_commit() saves those of them whose members differ from
 * what is saved, whatever their kind, in one commit. When that fails, persist_undo() gives each of
 * them its saved members back, by the way that a PATCH takes.
 *
 * Objects of the command line take part in all of this, but have no files.
 */

/**
 * persist_commit() - save what has changed since the last time
 * @m:		the model
 * @gone:	an object that is about to be destroyed, with what goes with it, or NULL
 * @p:		says why not; then nothing was saved
 *
 * Return: 0, or -1 with @p set
 */
int persist_commit(struct model *m, struct object *gone, struct problem *p);

/**
 * persist_undo() - give all objects the members back that are saved
 * @m:		the model
 */
void persist_undo(struct model *m);
