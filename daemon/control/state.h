/* SPDX-License-Identifier: BSD-2-Clause */
/* The folder of saved objects: one file each, changed all together or not at all. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct error;
struct identity;
struct state;

#define STATE_MAX_TEXT (256 * 1024) /* bytes of a file that could be ours */

/*
 * Theory of operation
 *
 * The state folder has a subfolder for each collection, and there an ID.json for each object. A
 * file is replaced by renaming a new one over it once that is on the disk, then the folder is
 * synced: whenever the machine dies, either the old or the new one is there.
 *
 * A commit of several files writes them first as one file, `journal`. The moment that one is there
 * the commit has happened; the rest can be done as often as it takes. A start that finds a journal
 * does it again, and so does the next commit, before anything else.
 *
 * A step that fails before a commit has happened is undone, so that the folder is as before.
 */

/**
 * struct state_ops - the system calls that change the folder; tests make them fail
 * @open:	create a file for writing, mode 0600
 * @write:	write(2)
 * @fsync:	fsync(2)
 * @close:	close(2)
 * @rename:	renameat(2) within a folder
 * @unlink:	unlinkat(2)
 */
struct state_ops {
	int (*open)(int folder, const char *name);
	ssize_t (*write)(int fd, const void *data, size_t len);
	int (*fsync)(int fd);
	int (*close)(int fd);
	int (*rename)(int folder, const char *from, const char *to);
	int (*unlink)(int folder, const char *name);
};

extern const struct state_ops state_posix;

/**
 * struct state_change - one object's part of a commit; its texts are borrowed
 * @folder:	its collection
 * @id:		its id
 * @before:	what its file says now; NULL: it has none
 * @after:	what it shall say; NULL: nothing, it goes
 */
struct state_change {
	size_t folder;
	const char *id;
	const char *before;
	const char *after;
};

/**
 * state_prepare() - make the folder, as the user who started the daemon, and hand it over
 * @path:	the folder
 * @id:		user that control will be
 * @err:	says why not; the daemon can run without
 *
 * Return: 0 or -errno
 */
int state_prepare(const char *path, const struct identity *id, struct error *err);

/**
 * state_open() - open the folder, lock it, finish a commit that was interrupted
 * @path:	the folder; stays
 * @folders:	names of the collections, ended by NULL; stay
 * @ops:	&state_posix; stays
 * @err:	says why not: EBUSY when another daemon has it
 *
 * A folder that can only be read is opened as well: state_saves() says so.
 *
 * Return: the state, or NULL
 */
struct state *state_open(const char *path, const char *const *folders, const struct state_ops *ops,
			 struct error *err);

/**
 * state_none() - a state that saves nothing
 * @path:	the folder that could not be had; stays
 * @why:	the reason
 *
 * Return: the state, or NULL without memory
 */
struct state *state_none(const char *path, const struct error *why);

/**
 * state_close() - unlock the folder; NULL is allowed
 * @s:		the state
 */
void state_close(struct state *s);

/**
 * state_path() - the folder
 * @s:		the state
 */
const char *state_path(const struct state *s);

/**
 * state_saves() - does it save anything?
 * @s:		the state
 *
 * Return: NULL when it does, else a sentence that says why not
 */
const char *state_saves(const struct state *s);

/**
 * state_commit() - make the changes, all or none
 * @s:		the state; one that saves nothing succeeds
 * @changes:	the changes
 * @count:	their number
 * @err:	says why not; then the folder is as it was
 *
 * Return: 0 or -errno
 */
int state_commit(struct state *s, const struct state_change *changes, size_t count,
		 struct error *err);

/**
 * state_load() - read every object's file of a collection
 * @s:		the state
 * @folder:	the collection
 * @each:	called with each file's id and bytes (not terminated); NULL: it can't be read, and
 *		@len is the errno
 * @context:	first argument of @each
 */
void state_load(struct state *s, size_t folder,
		void (*each)(void *context, const char *id, const char *text, size_t len),
		void *context);

/**
 * state_set_aside() - rename a damaged file to ID.json.bad, or .bad.1 and so on
 * @s:		the state
 * @folder:	its collection
 * @id:		its id
 * @name:	filled with its new name, or the old one when it could not be renamed
 * @size:	of @name
 */
void state_set_aside(struct state *s, size_t folder, const char *id, char *name, size_t size);
