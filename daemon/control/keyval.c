/* SPDX-License-Identifier: BSD-2-Clause */
/* Splitting QEMU's option values. */
#include "daemon/control/keyval.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "net/base/error.h"

/**
 * take_element() - cut one element off, undoubling its commas in place
 * @rest:	points to the element; moved behind it, or to NULL at the end
 *
 * Return: the element
 */
static char *take_element(char **rest)
{
	char *start = *rest, *in = start, *out = start;

	while (*in && (*in != ',' || in[1] == ',')) {
		in += *in == ',';
		*out++ = *in++;
	}
	*rest = *in ? in + 1 : NULL;
	*out = '\0';
	return start;
}

int keyval_parse(struct keyval *kv, const char *text, const char *implied, struct error *err)
{
	char *rest;

	memset(kv, 0, sizeof(*kv));
	kv->text = rest = strdup(text);
	if (!rest)
		return error_set(err, ENOMEM, "no memory for the command line");
	while (rest) {
		char *element = take_element(&rest);
		char *equals = strchr(element, '=');

		if (*element == '\0' && !rest && kv->count > 0)
			break; /* QEMU allows a comma at the end */
		if (kv->count == KEYVAL_MAX)
			return error_set(err, EINVAL, "there are more than %d parameters",
					 KEYVAL_MAX);
		if (!equals && kv->count == 0) {
			kv->key[0] = implied;
			kv->value[0] = element;
		} else {
			kv->key[kv->count] = element;
			kv->value[kv->count] = equals ? equals + 1 : NULL;
		}
		if (equals)
			*equals = '\0';
		kv->count++;
	}
	return 0;
}

void keyval_done(struct keyval *kv)
{
	free(kv->text);
	memset(kv, 0, sizeof(*kv));
}

const char *keyval_take(struct keyval *kv, const char *key)
{
	const char *value = NULL;
	size_t kept = 0;

	for (size_t i = 0; i < kv->count; i++) {
		if (strcmp(kv->key[i], key) == 0) {
			value = kv->value[i];
			continue;
		}
		kv->key[kept] = kv->key[i];
		kv->value[kept++] = kv->value[i];
	}
	kv->count = kept;
	return value;
}
