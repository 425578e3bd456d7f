/* SPDX-License-Identifier: BSD-2-Clause */
/* QEMU's "a,b=c,d=e" as pairs. */
#pragma once

#include <stddef.h>

struct error;

#define KEYVAL_MAX 128

/**
 * struct keyval - the pairs of one option
 * @key:	keys, in the order they were typed
 * @value:	their values; NULL for a key without '='
 * @count:	their number
 * @text:	holds them; owned
 */
struct keyval {
	const char *key[KEYVAL_MAX];
	const char *value[KEYVAL_MAX];
	size_t count;
	char *text;
};

/**
 * keyval_parse() - take an option's value apart; ",," is a comma in a value
 * @kv:		filled; keyval_done() frees it, also after a failure
 * @text:	the value
 * @implied:	key of the first element when that has no '='
 * @err:	says what is wrong
 *
 * Return: 0 or -EINVAL
 */
int keyval_parse(struct keyval *kv, const char *text, const char *implied, struct error *err);

/**
 * keyval_done() - free the pairs
 * @kv:		the pairs
 */
void keyval_done(struct keyval *kv);

/**
 * keyval_take() - take a pair out
 * @kv:		the pairs
 * @key:	its key; of several the last counts, and all are taken out
 *
 * Return: the value, NULL when there is no such pair or it has none
 */
const char *keyval_take(struct keyval *kv, const char *key);
