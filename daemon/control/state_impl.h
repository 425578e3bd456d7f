/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the state module share; not for others. */
#pragma once

#include <jansson.h>

#include "daemon/control/state.h"
#include "net/base/error.h"

#define STATE_MAX_FOLDERS 16
#define STATE_TEMP        ".new."   /* begins the names of files that are being written */
#define STATE_JOURNAL     "journal" /* in the root */

/**
 * struct state - an open state folder
 * @path:	its path
 * @ops:	system calls
 * @root:	the folder, locked; -1: there is none
 * @names:	names of the collections
 * @folder:	their folders, -1 for one that could not be opened
 * @folder_count: their number
 * @why:	why nothing is saved; its code is 0 when everything is
 * @journal:	a commit that has happened, but is not in all files yet, or NULL
 */
struct state {
	const char *path;
	const struct state_ops *ops;
	int root;
	const char *names[STATE_MAX_FOLDERS];
	int folder[STATE_MAX_FOLDERS];
	size_t folder_count;
	struct error why;
	json_t *journal;
};

/**
 * state_recover() - finish the commit that an earlier run was in, if any
 * @s:		the state
 */
void state_recover(struct state *s);
