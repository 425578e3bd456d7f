/* SPDX-License-Identifier: BSD-2-Clause */
/* Problems as HTTP shows them: RFC 9457. */
#pragma once

#include <jansson.h>

#include "daemon/control/problem.h"

/**
 * problem_status() - the HTTP status of a kind of problem
 * @type:	the kind
 */
int problem_status(enum problem_type type);

/**
 * problem_to_json() - the body of an application/problem+json answer
 * @p:		the problem
 * @instance:	request target, as the client wrote it; the part before '?' is shown
 *
 * Return: new reference
 */
json_t *problem_to_json(const struct problem *p, const char *instance);

/**
 * problem_text() - what GET /problems/{name} says
 * @name:	last part of the problem's type URI
 *
 * Return: malloc()ed text, or NULL when there is no such kind
 */
char *problem_text(const char *name);
