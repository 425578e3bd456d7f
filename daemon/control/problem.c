/* SPDX-License-Identifier: BSD-2-Clause */
/* Filling struct problem. */
#include "daemon/control/problem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "net/base/error.h"

#define MAX_ERRORS 64 /* of one body; what goes beyond says nothing new */

/**
 * trim_utf8() - take off the character that a cut left incomplete
 * @s:		text, UTF-8 but for its end
 *
 * jansson refuses strings that are not UTF-8, and the answer would lose them.
 */
static void trim_utf8(char *s)
{
	size_t len = strlen(s), lead = len;
	unsigned char c;
	size_t want;

	while (lead > 0 && len - lead < 4 && ((unsigned char)s[lead - 1] & 0xc0) == 0x80)
		lead--;
	if (lead == 0)
		return;
	c = (unsigned char)s[lead - 1];
	want = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
	if (len - lead + 1 < want)
		s[lead - 1] = '\0';
}

/**
 * make_utf8() - make a text fit for JSON
 * @s:		text that may have been cut; where it is not UTF-8, bytes are replaced by '?'
 */
static void make_utf8(char *s)
{
	json_t *string;

	trim_utf8(s);
	string = json_string(s);
	if (!string) {
		for (; *s; s++) {
			if ((unsigned char)*s >= 0x80)
				*s = '?';
		}
	}
	json_decref(string);
}

int problem_set(struct problem *p, enum problem_type type, const char *fmt, ...)
{
	va_list ap;

	p->type = type;
	va_start(ap, fmt);
	vsnprintf(p->detail, sizeof(p->detail), fmt, ap);
	va_end(ap);
	make_utf8(p->detail);
	return -1;
}

int problem_add(struct problem *p, const char *pointer, const char *code, const char *fmt, ...)
{
	char detail[512], where[256];
	json_t *error;
	va_list ap;

	if (p->type == PROBLEM_NONE)
		p->type = PROBLEM_VALIDATION;
	if (!p->errors)
		p->errors = json_array();
	if (json_array_size(p->errors) >= MAX_ERRORS)
		return -1;
	va_start(ap, fmt);
	vsnprintf(detail, sizeof(detail), fmt, ap);
	va_end(ap);
	snprintf(where, sizeof(where), "%s", pointer);
	make_utf8(detail);
	make_utf8(where);
	error = json_object();
	json_object_set_new(error, "pointer", json_string(where));
	json_object_set_new(error, "code", json_string(code));
	json_object_set_new(error, "detail", json_string(detail));
	json_array_append_new(p->errors, error);
	return -1;
}

void problem_extra(struct problem *p, const char *key, json_t *value)
{
	if (!p->extra)
		p->extra = json_object();
	json_object_set_new(p->extra, key, value);
}

int problem_from_error(struct problem *p, const struct error *err)
{
	const char *name = strerrorname_np(err->code);

	if (err->code == EINVAL)
		return problem_add(p, err->pointer[0] ? err->pointer : "#", "invalid", "%s",
				   err->message);
	problem_set(p, PROBLEM_HOST_STATE, "%s", err->message);
	if (!name)
		name = "EIO";
	problem_extra(p, "errno", json_string(name));
	if (err->pointer[0])
		problem_add(p, err->pointer, name, "%s", err->message);
	return -1;
}

void problem_done(struct problem *p)
{
	json_decref(p->errors);
	json_decref(p->extra);
	memset(p, 0, sizeof(*p));
}
