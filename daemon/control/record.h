/* SPDX-License-Identifier: BSD-2-Clause */
/* What stands in an object's file. */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct error;

#define RECORD_FORMAT 1

/**
 * struct record - an object as it is saved
 * @order:	place among the objects of its collection, by age
 * @revision:	of the model when it was saved
 * @config:	its members, as the user set them and with defaults
 */
struct record {
	json_int_t order;
	uint64_t revision;
	json_t *config;
};

/**
 * record_format() - a record as text: one line of JSON with a sum over all of it
 * @record:	the record
 *
 * Return: text, to be freed; NULL without memory
 */
char *record_format(const struct record *record);

/**
 * record_parse() - a record from text that may be anything
 * @text:	the text; need not be terminated
 * @len:	its length
 * @record:	filled; its @config is a new reference
 * @err:	says what is wrong: EPROTONOSUPPORT for a sound record of a later version
 *
 * Return: 0 or -errno
 */
int record_parse(const char *text, size_t len, struct record *record, struct error *err);
