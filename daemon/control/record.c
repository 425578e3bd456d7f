/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects to lines of JSON and back. */
#include "daemon/control/record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/base/error.h"

/**
 * sum() - a number that damaged text does not have (64-bit FNV-1a)
 * @text:	the text
 */
static uint64_t sum(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325u;

	while (*text)
		hash = (hash ^ (unsigned char)*text++) * 0x100000001b3u;
	return hash;
}

/**
 * sum_of() - the sum over a record
 * @body:	the record as JSON, without its sum
 *
 * Return: new reference to 16 hexadecimal digits, or NULL without memory
 */
static json_t *sum_of(const json_t *body)
{
	char *text = json_dumps(body, JSON_COMPACT);
	json_t *digits = text ? json_sprintf("%016" PRIx64, sum(text)) : NULL;

	free(text);
	return digits;
}

char *record_format(const struct record *record)
{
	json_t *body =
		json_pack("{s:i,s:I,s:I,s:O}", "format", RECORD_FORMAT, "order", record->order,
			  "revision", (json_int_t)record->revision, "config", record->config);
	char *line = NULL, *text;

	if (json_object_set_new(body, "sum", sum_of(body)) < 0) {
		json_decref(body);
		return NULL;
	}
	text = json_dumps(body, JSON_COMPACT);
	json_decref(body);
	if (!text || asprintf(&line, "%s\n", text) < 0)
		line = NULL;
	free(text);
	return line;
}

/**
 * check_sum() - is the record the one that was written?
 * @body:	the record; its sum is taken out
 * @err:	says that it is not
 *
 * Return: 0 or -EBADMSG
 */
static int check_sum(json_t *body, struct error *err)
{
	json_t *said = json_incref(json_object_get(body, "sum"));
	json_t *is;
	int ret = 0;

	json_object_del(body, "sum");
	is = sum_of(body);
	if (!said || !is || !json_equal(said, is))
		ret = error_set(err, EBADMSG, "it is damaged: its sum is another one");
	json_decref(said);
	json_decref(is);
	return ret;
}

/**
 * take() - the members of a record
 * @body:	the record
 * @record:	filled
 * @err:	says what is wrong
 *
 * Return: 0 or -errno
 */
static int take(json_t *body, struct record *record, struct error *err)
{
	json_int_t format = json_integer_value(json_object_get(body, "format"));
	json_int_t order = json_integer_value(json_object_get(body, "order"));
	json_int_t revision = json_integer_value(json_object_get(body, "revision"));
	json_t *config = json_object_get(body, "config");

	if (format > RECORD_FORMAT)
		return error_set(err, EPROTONOSUPPORT,
				 "it was written by a later version of patchbayd (format %lld, "
				 "this one reads %d)",
				 (long long)format, RECORD_FORMAT);
	if (format != RECORD_FORMAT || order < 0 || revision < 0 || !json_is_object(config))
		return error_set(err, EBADMSG, "it is no saved object");
	*record = (struct record){order, (uint64_t)revision, json_incref(config)};
	return 0;
}

int record_parse(const char *text, size_t len, struct record *record, struct error *err)
{
	json_error_t why;
	json_t *body = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
	int ret;

	if (!json_is_object(body)) {
		json_decref(body);
		return error_set(err, EBADMSG, "it is damaged: %s", body ? "no object" : why.text);
	}
	ret = check_sum(body, err);
	if (ret == 0)
		ret = take(body, record, err);
	json_decref(body);
	return ret;
}
