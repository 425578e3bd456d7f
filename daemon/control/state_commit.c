/* SPDX-License-Identifier: BSD-2-Clause */
/* Changing files of the state folder: one by a rename, several by a journal. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/control/state_impl.h"
#include "net/base/log.h"

#define MAX_JOURNAL (64 * 1024 * 1024) /* bytes of a journal that could be ours */

/**
 * fill() - write a new file and have it on the disk
 * @s:		the state
 * @fd:		the file; closed
 * @text:	what it shall say
 *
 * Return: 0 or -errno
 */
static int fill(const struct state *s, int fd, const char *text)
{
	size_t len = strlen(text), done = 0;
	int ret = 0;

	while (ret == 0 && done < len) {
		ssize_t n = s->ops->write(fd, text + done, len - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			ret = -errno;
	}
	if (ret == 0 && s->ops->fsync(fd) < 0)
		ret = -errno;
	if (s->ops->close(fd) < 0 && ret == 0)
		ret = -errno;
	return ret;
}

/**
 * put() - make a file say something, or nothing
 * @s:		the state
 * @folder:	its folder
 * @name:	its name
 * @text:	what it shall say; NULL: it goes
 *
 * Return: 0 or -errno; then the file is as before
 */
static int put(const struct state *s, int folder, const char *name, const char *text)
{
	char temp[sizeof(STATE_TEMP) + 80];
	int fd, ret;

	if (!text)
		return s->ops->unlink(folder, name) < 0 && errno != ENOENT ? -errno : 0;
	snprintf(temp, sizeof(temp), STATE_TEMP "%s", name);
	fd = s->ops->open(folder, temp);
	if (fd < 0)
		return -errno;
	ret = fill(s, fd, text);
	if (ret == 0 && s->ops->rename(folder, temp, name) < 0)
		ret = -errno;
	if (ret < 0)
		s->ops->unlink(folder, temp);
	return ret;
}

/**
 * put_synced() - put(), and have it on the disk
 * @s:		the state
 * @folder:	its folder
 * @name:	its name
 * @before:	what it says now
 * @after:	what it shall say
 *
 * Return: 0 or -errno; then the file is as before
 */
static int put_synced(const struct state *s, int folder, const char *name, const char *before,
		      const char *after)
{
	int ret = put(s, folder, name, after);

	if (ret < 0 || s->ops->fsync(folder) == 0)
		return ret;
	ret = -errno;
	if (put(s, folder, name, before) < 0)
		log_error("state: %s/.../%s is ahead of the daemon, and can't be put back", s->path,
			  name);
	return ret;
}

/**
 * file_name() - the name of an object's file
 * @id:		the object
 * @name:	filled
 */
static void file_name(const char *id, char name[80])
{
	snprintf(name, 80, "%.70s.json", id);
}

/**
 * folder_of() - the folder of a collection
 * @s:		the state
 * @name:	its name
 *
 * Return: descriptor, or -1 when there is no such collection
 */
static int folder_of(const struct state *s, const char *name)
{
	for (size_t i = 0; name && i < s->folder_count; i++) {
		if (strcmp(s->names[i], name) == 0)
			return s->folder[i];
	}
	return -1;
}

/**
 * is_id() - could it be an object's id? A journal is read from a disk, and must not lead elsewhere
 * @id:		the text, or NULL
 */
static bool is_id(const char *id)
{
	return id && id[0] && id[0] != '.' && !strchr(id, '/') && strlen(id) <= 70;
}

/**
 * finish() - bring what the journal says into the files, and remove it
 * @s:		the state, with its journal
 *
 * Return: 0 or -errno; then it can be tried again
 */
static int finish(struct state *s)
{
	json_t *row;
	size_t i;
	int ret = 0;

	json_array_foreach (s->journal, i, row) {
		int folder = folder_of(s, json_string_value(json_array_get(row, 0)));
		const char *id = json_string_value(json_array_get(row, 1));
		char name[80];

		if (folder < 0 || !is_id(id))
			continue;
		file_name(id, name);
		ret = put(s, folder, name, json_string_value(json_array_get(row, 2)));
		if (ret < 0)
			return ret;
	}
	for (i = 0; i < s->folder_count; i++) {
		if (s->folder[i] >= 0 && s->ops->fsync(s->folder[i]) < 0)
			return -errno;
	}
	if (s->ops->unlink(s->root, STATE_JOURNAL) < 0 && errno != ENOENT)
		return -errno;
	json_decref(s->journal);
	s->journal = NULL;
	return 0;
}

void state_recover(struct state *s)
{
	int fd = openat(s->root, STATE_JOURNAL, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	json_t *journal = NULL;
	struct stat st;
	int ret;

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= MAX_JOURNAL)
		journal = json_loadfd(fd, JSON_REJECT_DUPLICATES, NULL);
	close(fd);
	if (!json_is_array(journal)) {
		log_error("state: %s/" STATE_JOURNAL " is damaged; it is kept as journal.bad",
			  s->path);
		s->ops->rename(s->root, STATE_JOURNAL, STATE_JOURNAL ".bad");
		json_decref(journal);
		return;
	}
	s->journal = journal;
	ret = finish(s);
	if (ret < 0)
		log_error("state: the last change of %s cannot be finished: %s", s->path,
			  strerror(-ret));
}

/**
 * commit_one() - a commit of one file
 * @s:		the state
 * @change:	the change
 *
 * Return: 0 or -errno
 */
static int commit_one(const struct state *s, const struct state_change *change)
{
	char name[80];

	file_name(change->id, name);
	return put_synced(s, s->folder[change->folder], name, change->before, change->after);
}

/**
 * commit_many() - a commit of several files
 * @s:		the state
 * @changes:	the changes
 * @count:	their number
 *
 * Return: 0 or -errno
 */
static int commit_many(struct state *s, const struct state_change *changes, size_t count)
{
	json_t *journal = json_array();
	char *text;
	int ret;

	for (size_t i = 0; i < count; i++)
		json_array_append_new(journal, json_pack("[s,s,s?]", s->names[changes[i].folder],
							 changes[i].id, changes[i].after));
	text = json_dumps(journal, JSON_COMPACT);
	ret = text ? put_synced(s, s->root, STATE_JOURNAL, NULL, text) : -ENOMEM;
	free(text);
	if (ret < 0) {
		json_decref(journal);
		return ret;
	}
	s->journal = journal;
	ret = finish(s);
	if (ret < 0)
		log_warn("state: %s: %s; the next change tries again", s->path, strerror(-ret));
	return 0;
}

int state_commit(struct state *s, const struct state_change *changes, size_t count,
		 struct error *err)
{
	int ret = 0;

	if (s->why.code || count == 0)
		return 0;
	if (s->journal)
		ret = finish(s);
	if (ret == 0)
		ret = count == 1 ? commit_one(s, changes) : commit_many(s, changes, count);
	if (ret < 0)
		return error_set(err, -ret, "The change cannot be saved in %s: %s.", s->path,
				 strerror(-ret));
	return 0;
}
