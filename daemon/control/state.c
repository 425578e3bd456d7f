/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening the state folder, reading it, setting damaged files aside. */
#include "daemon/control/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/control/folder.h"
#include "daemon/control/state_impl.h"

#define STATE_OPTION "--state-dir"
#define PROBE        ".probe"
#define MAX_BAD      100 /* damaged files of one object that are kept */
#define MAX_NAME     80  /* of an object's file */

/** posix_open() - see struct state_ops */
static int posix_open(int folder, const char *name)
{
	return openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/** posix_rename() - see struct state_ops */
static int posix_rename(int folder, const char *from, const char *to)
{
	return renameat(folder, from, folder, to);
}

/** posix_unlink() - see struct state_ops */
static int posix_unlink(int folder, const char *name)
{
	return unlinkat(folder, name, 0);
}

const struct state_ops state_posix = {
	.open = posix_open,
	.write = write,
	.fsync = fsync,
	.close = close,
	.rename = posix_rename,
	.unlink = posix_unlink,
};

/**
 * make_parents() - make the folders above one, as far as they are missing
 * @path:	its path
 */
static void make_parents(const char *path)
{
	char parent[4096];

	snprintf(parent, sizeof(parent), "%s", path);
	for (char *slash = strchr(parent + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(parent, 0755); /* what fails here shows when the folder itself is made */
		*slash = '/';
	}
}

int state_prepare(const char *path, const struct identity *id, struct error *err)
{
	make_parents(path);
	return folder_prepare(&(struct folder){path, STATE_OPTION}, id, err);
}

/**
 * open_folder() - open a collection's folder, make it if need be
 * @s:		the state
 * @name:	its name
 * @err:	says why not
 *
 * Return: descriptor or -errno
 */
static int open_folder(struct state *s, const char *name, struct error *err)
{
	int fd;

	if (mkdirat(s->root, name, 0700) < 0 && errno != EEXIST)
		return error_set(err, errno, "%s/%s cannot be made: %s", s->path, name,
				 strerror(errno));
	fd = openat(s->root, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return error_set(err, errno, "%s/%s: %s", s->path, name, strerror(errno));
	return fd;
}

/**
 * open_folders() - open the folders of all collections
 * @s:		the state
 * @names:	their names
 *
 * One that is missing and can't be made is one that nothing can be saved in.
 */
static void open_folders(struct state *s, const char *const *names)
{
	for (; names[s->folder_count] && s->folder_count < STATE_MAX_FOLDERS; s->folder_count++) {
		struct error err;
		int fd = open_folder(s, names[s->folder_count], &err);

		s->names[s->folder_count] = names[s->folder_count];
		s->folder[s->folder_count] = fd;
		if (fd < 0 && s->why.code == 0)
			s->why = err;
	}
}

/**
 * probe() - find out whether files can be made
 * @s:		the state
 *
 * A full disk is none of the reasons to give up saving: it will have room again.
 */
static void probe(struct state *s)
{
	int fd = s->why.code ? -1 : s->ops->open(s->root, PROBE);

	if (fd >= 0) {
		s->ops->close(fd);
		s->ops->unlink(s->root, PROBE);
	} else if (s->why.code == 0 && errno != ENOSPC && errno != EDQUOT) {
		error_set(&s->why, errno, "%s cannot be written to: %s", s->path, strerror(errno));
	}
}

/**
 * state_new() - a state with nothing open
 * @path:	the folder
 *
 * Return: the state, or NULL without memory
 */
static struct state *state_new(const char *path)
{
	struct state *s = calloc(1, sizeof(*s));

	if (s) {
		s->path = path;
		s->root = -1;
	}
	return s;
}

struct state *state_open(const char *path, const char *const *folders, const struct state_ops *ops,
			 struct error *err)
{
	struct state *s = state_new(path);

	if (!s) {
		error_set(err, ENOMEM, "there is no memory left");
		return NULL;
	}
	s->ops = ops;
	s->root = folder_lock(&(struct folder){path, STATE_OPTION}, err);
	if (s->root < 0) {
		state_close(s);
		return NULL;
	}
	s->ops->unlink(s->root, STATE_TEMP STATE_JOURNAL); /* of a start that was killed */
	open_folders(s, folders);
	probe(s);
	state_recover(s);
	return s;
}

struct state *state_none(const char *path, const struct error *why)
{
	struct state *s = state_new(path);

	if (s)
		s->why = *why;
	return s;
}

void state_close(struct state *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->folder_count; i++) {
		if (s->folder[i] >= 0)
			close(s->folder[i]);
	}
	if (s->root >= 0)
		close(s->root);
	json_decref(s->journal);
	free(s);
}

const char *state_path(const struct state *s)
{
	return s->path;
}

const char *state_saves(const struct state *s)
{
	return s->why.code ? s->why.message : NULL;
}

/**
 * is_object_file() - is it the name of an object's file?
 * @name:	name in a collection's folder
 * @id:		filled with the id
 */
static bool is_object_file(const char *name, char id[MAX_NAME])
{
	size_t len = strlen(name);

	if (name[0] == '.' || len <= 5 || len >= MAX_NAME || strcmp(name + len - 5, ".json") != 0)
		return false;
	snprintf(id, MAX_NAME, "%.*s", (int)len - 5, name);
	return true;
}

/**
 * read_file() - a whole file
 * @folder:	its folder
 * @name:	its name
 * @text:	filled; room for STATE_MAX_TEXT and one more
 *
 * Return: its length, or -errno: -EFBIG above STATE_MAX_TEXT
 */
static ssize_t read_file(int folder, const char *name, char *text)
{
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = 1;

	if (fd < 0)
		return -errno;
	while (n > 0 && len <= STATE_MAX_TEXT) {
		n = read(fd, text + len, STATE_MAX_TEXT + 1 - len);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			len += (size_t)n;
	}
	n = n < 0 ? -errno : 0;
	close(fd);
	if (n < 0)
		return n;
	return len > STATE_MAX_TEXT ? -EFBIG : (ssize_t)len;
}

void state_load(struct state *s, size_t folder,
		void (*each)(void *context, const char *id, const char *text, size_t len),
		void *context)
{
	int fd = folder < s->folder_count ? s->folder[folder] : -1;
	DIR *dir = fd < 0 ? NULL : fdopendir(openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	char *text = malloc(STATE_MAX_TEXT + 1);
	struct dirent *entry;
	char id[MAX_NAME];

	while (dir && text && (entry = readdir(dir))) {
		ssize_t len;

		if (strncmp(entry->d_name, STATE_TEMP, strlen(STATE_TEMP)) == 0)
			s->ops->unlink(fd, entry->d_name); /* left by a start that was killed */
		if (!is_object_file(entry->d_name, id))
			continue;
		len = read_file(fd, entry->d_name, text);
		each(context, id, len < 0 ? NULL : text, (size_t)(len < 0 ? -len : len));
	}
	if (dir)
		closedir(dir);
	free(text);
}

void state_set_aside(struct state *s, size_t folder, const char *id, char *name, size_t size)
{
	char old[MAX_NAME + 8];
	struct stat st;
	int n = 0;

	snprintf(old, sizeof(old), "%s.json", id);
	snprintf(name, size, "%s.bad", old);
	while (n < MAX_BAD && fstatat(s->folder[folder], name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		snprintf(name, size, "%s.bad.%d", old, ++n);
	if (s->ops->rename(s->folder[folder], old, name) < 0)
		snprintf(name, size, "%s", old);
}
