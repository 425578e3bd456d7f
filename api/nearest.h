/* SPDX-License-Identifier: BSD-2-Clause */
/* "Did you mean ...?" */
#pragma once

#include <jansson.h>

/**
 * nearest_key() - the key that somebody who mistyped a word probably meant
 * @object:	its keys are the words there are; NULL has none
 * @word:	what was typed
 *
 * Return: the key that at most two insertions, deletions or replacements make of @word and that
 * shares a letter with it, or NULL; borrowed from @object
 */
const char *nearest_key(json_t *object, const char *word);
