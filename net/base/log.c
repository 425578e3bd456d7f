/* SPDX-License-Identifier: BSD-2-Clause */
/* Log lines on stderr. */
#include "net/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINES_PER_SECOND 10

static const char *const level_names[LOG_LEVEL_COUNT] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARN] = "warn",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

static enum log_level shown = LOG_LEVEL_INFO;
static char process_name[32] = "patchbayd";

void log_set_level(enum log_level level)
{
	shown = level;
}

int log_level_parse(const char *name, enum log_level *ret_level)
{
	for (int i = 0; i < LOG_LEVEL_COUNT; i++) {
		if (strcmp(name, level_names[i]) == 0) {
			*ret_level = (enum log_level)i;
			return 0;
		}
	}
	return -EINVAL;
}

void log_set_name(const char *name)
{
	snprintf(process_name, sizeof(process_name), "%s", name);
}

void log_print(enum log_level level, const char *fmt, ...)
{
	char line[1024];
	size_t n;
	va_list ap;

	if (level > shown)
		return;
	n = (size_t)snprintf(line, sizeof(line), "%s: %s: ", process_name, level_names[level]);
	va_start(ap, fmt);
	vsnprintf(line + n, sizeof(line) - n - 1, fmt, ap);
	va_end(ap);
	n = strlen(line);
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	}
	line[n++] = '\n';
	/* One write, so that the processes of the daemon never mix within a line. */
	if (write(STDERR_FILENO, line, n) < 0)
		return;
}

bool log_allowed(struct log_limit *limit, int64_t now_ns)
{
	int64_t second = now_ns / 1000000000;

	if (second != limit->second) {
		limit->second = second;
		limit->count = 0;
	}
	limit->count++;
	if (limit->count == LINES_PER_SECOND + 1)
		log_warn("further lines of this kind are held back for a second");
	return limit->count <= LINES_PER_SECOND;
}
