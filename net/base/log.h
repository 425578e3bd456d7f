/* SPDX-License-Identifier: BSD-2-Clause */
/* One line a message on stderr; only lifecycle code logs, the packet path counts. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** enum log_level - how important a line is, most important first */
enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
	LOG_LEVEL_COUNT,
};

/**
 * log_set_level() - show lines up to this level (the start value is LOG_LEVEL_INFO)
 * @level:	least important level still shown
 */
void log_set_level(enum log_level level);

/**
 * log_level_parse() - "error", "warn", "info" or "debug" to a level
 * @name:	the word
 * @ret_level:	filled on success
 *
 * Return: 0, or -EINVAL for any other word
 */
int log_level_parse(const char *name, enum log_level *ret_level);

/**
 * log_set_name() - the process's name in front of each line ("patchbayd[nic0]")
 * @name:	copied, cut at 31 bytes
 */
void log_set_name(const char *name);

/**
 * log_print() - write one line, if its level is shown
 * @level:	level of the line
 * @fmt:	printf format; object name first, then key=value
 *
 * Control bytes in the result are written as '?', so that no guest or client can forge lines.
 */
void log_print(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_print(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...)  log_print(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...)  log_print(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_print(LOG_LEVEL_DEBUG, __VA_ARGS__)

/**
 * struct log_limit - at most ten lines a second for what a guest or peer can provoke
 * @second:	monotonic second the window began in
 * @count:	lines asked for in this window
 *
 * Zeroed is ready to use.
 */
struct log_limit {
	int64_t second;
	unsigned count;
};

/**
 * log_allowed() - may one more provoked line be written now?
 * @limit:	the window's state
 * @now_ns:	monotonic time
 *
 * Return: true for the first ten calls of each second; the eleventh logs that lines are held back
 */
bool log_allowed(struct log_limit *limit, int64_t now_ns);
