/* SPDX-License-Identifier: BSD-2-Clause */
/* Edit distance between short words. */
#include "api/nearest.h"

#include <string.h>

#include "net/base/bytes.h"

#define MAX_WORD     31
#define MAX_DISTANCE 2

/**
 * distance() - Levenshtein's edit distance
 * @a:		a word
 * @b:		another
 *
 * Return: the distance; more than MAX_DISTANCE for words that are too long to be compared
 */
static size_t distance(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b), row[MAX_WORD + 1];

	if (la > MAX_WORD || lb > MAX_WORD)
		return MAX_DISTANCE + 1;
	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t replace = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			row[j] = MIN(replace, MIN(row[j], row[j - 1]) + 1);
		}
	}
	return row[lb];
}

const char *nearest_key(json_t *object, const char *word)
{
	const char *best = NULL, *key;
	size_t best_distance = MAX_DISTANCE + 1;
	json_t *value;

	json_object_foreach (object, key, value) {
		size_t d = distance(word, key);

		if (d < best_distance && d < strlen(key) && d < strlen(word)) {
			best = key;
			best_distance = d;
		}
	}
	return best;
}
