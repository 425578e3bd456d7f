/* SPDX-License-Identifier: BSD-2-Clause */
/* Making, checking and locking folders. */
#include "daemon/control/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/worker/sandbox.h"
#include "net/base/error.h"

void folder_default_sockets(char *path, size_t size)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	if (getuid() == 0)
		snprintf(path, size, "/run/patchbay");
	else if (runtime && runtime[0] == '/')
		snprintf(path, size, "%s/patchbay", runtime);
	else
		snprintf(path, size, "/tmp/patchbay-%u", (unsigned)getuid());
}

void folder_default_state(char *path, size_t size)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (getuid() == 0)
		snprintf(path, size, "/var/lib/patchbay");
	else if (state && state[0] == '/')
		snprintf(path, size, "%s/patchbay", state);
	else
		snprintf(path, size, "%s/.local/state/patchbay", home ? home : "");
}

/**
 * only_sockets() - is there nothing but sockets in a folder?
 * @fd:		the folder
 */
static bool only_sockets(int fd)
{
	DIR *dir = fdopendir(dup(fd));
	struct dirent *entry;
	bool only = dir != NULL;

	while (only && (entry = readdir(dir)))
		only = entry->d_type == DT_SOCK || strcmp(entry->d_name, ".") == 0 ||
		       strcmp(entry->d_name, "..") == 0;
	if (dir)
		closedir(dir);
	return only;
}

/**
 * hand_over() - see that the folder is the user's
 * @fd:		the folder
 * @what:	its path and option
 * @id:		the user
 * @err:	says why not
 *
 * Return: 0 or -errno
 */
static int hand_over(int fd, const struct folder *what, const struct identity *id,
		     struct error *err)
{
	const char *path = what->path;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_set(err, errno, "%s: %s", path, strerror(errno));
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return error_set(err, EPERM,
				 "others than its owner may write into %s; choose another %s", path,
				 what->option);
	if (st.st_uid == id->uid)
		return 0;
	if (st.st_uid != getuid() || !only_sockets(fd))
		return error_set(err, EPERM, "%s does not belong to user %s; choose another %s",
				 path, id->name, what->option);
	if (fchown(fd, id->uid, id->gid) < 0)
		return error_set(err, errno, "%s cannot be given to user %s: %s", path, id->name,
				 strerror(errno));
	return 0;
}

int folder_prepare(const struct folder *what, const struct identity *id, struct error *err)
{
	const char *path = what->path;
	int fd, ret;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return error_set(err, errno, "%s cannot be made: %s", path, strerror(errno));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return error_set(err, errno, "%s is no folder that can be used: %s", path,
				 strerror(errno));
	ret = hand_over(fd, what, id, err);
	close(fd);
	return ret;
}

int folder_lock(const struct folder *what, struct error *err)
{
	const char *path = what->path;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return error_set(err, errno, "%s: %s", path, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		close(fd);
		return error_set(err, EBUSY, "another patchbayd uses %s; give this one another %s",
				 path, what->option);
	}
	return fd;
}
