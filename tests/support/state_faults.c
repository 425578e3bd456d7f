/* SPDX-License-Identifier: BSD-2-Clause */
/* Counting system calls, and failing one or all from one on. */
#include "tests/support/state_faults.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct state_faults state_faults;

void state_faults_set(int fail_at, bool for_ever)
{
	state_faults =
		(struct state_faults){.fail_at = fail_at, .for_ever = for_ever, .code = ENOSPC};
}

/** fails() - is this the call that fails? */
static bool fails(void)
{
	int call = ++state_faults.calls, at = state_faults.fail_at;

	if (at == 0 || call < at || (call > at && !state_faults.for_ever))
		return false;
	errno = state_faults.code;
	return true;
}

/** faulty_open() - see struct state_ops */
static int faulty_open(int folder, const char *name)
{
	return fails() ? -1 : state_posix.open(folder, name);
}

/** faulty_write() - half of what is asked for, and nothing when it fails */
static ssize_t faulty_write(int fd, const void *data, size_t len)
{
	return fails() ? -1 : state_posix.write(fd, data, len > 64 ? len / 2 : len);
}

/** faulty_fsync() - nothing here outlives the machine, so nothing is really synced */
static int faulty_fsync(int fd)
{
	(void)fd;
	return fails() ? -1 : 0;
}

/** faulty_close() - as the kernel does it: a close() that fails has closed */
static int faulty_close(int fd)
{
	int ret = state_posix.close(fd);

	return fails() ? -1 : ret;
}

/** faulty_rename() - see struct state_ops */
static int faulty_rename(int folder, const char *from, const char *to)
{
	return fails() ? -1 : state_posix.rename(folder, from, to);
}

/** faulty_unlink() - see struct state_ops */
static int faulty_unlink(int folder, const char *name)
{
	return fails() ? -1 : state_posix.unlink(folder, name);
}

const struct state_ops state_faulty = {
	.open = faulty_open,
	.write = faulty_write,
	.fsync = faulty_fsync,
	.close = faulty_close,
	.rename = faulty_rename,
	.unlink = faulty_unlink,
};

void state_folder_new(char path[64])
{
	snprintf(path, 64, "/tmp/patchbay-state.XXXXXX");
	if (!mkdtemp(path))
		abort();
}

/** shell() - run a command in a folder; Return: what it printed, to be freed */
static char *shell(const char *path, const char *command)
{
	char line[256], *text = NULL;
	size_t len = 0;
	FILE *out, *in;
	int c;

	snprintf(line, sizeof(line), "cd %s && %s", path, command);
	in = popen(line, "r");
	out = open_memstream(&text, &len);
	while ((c = fgetc(in)) != EOF)
		fputc(c, out);
	fclose(out);
	if (pclose(in) != 0)
		abort();
	return text;
}

void state_folder_remove(const char *path)
{
	if (strncmp(path, "/tmp/patchbay-state.", 20) == 0)
		free(shell(path, "find . -mindepth 1 -delete && rmdir \"$PWD\""));
}

char *state_folder_text(const char *path)
{
	return shell(path, "find . -type f | LC_ALL=C sort | xargs -r tail -n +1 -v");
}
