/* SPDX-License-Identifier: BSD-2-Clause */
/* What went wrong with a request, in RFC 9457's terms: the model fills it, the API prints it. */
#pragma once

#include <jansson.h>

struct error;

/** enum problem_type - the kinds of problem; api/problem.c has their URI, title and HTTP status */
enum problem_type {
	PROBLEM_NONE,
	PROBLEM_MALFORMED_JSON,      /* 400, +line +column */
	PROBLEM_BAD_PARAMETER,       /* 400, +parameter */
	PROBLEM_UNAUTHORIZED,        /* 401 */
	PROBLEM_FORBIDDEN_HOST,      /* 403 */
	PROBLEM_FORBIDDEN_ORIGIN,    /* 403 */
	PROBLEM_NOT_FOUND,           /* 404 */
	PROBLEM_METHOD_NOT_ALLOWED,  /* 405 */
	PROBLEM_EXISTS,              /* 409 */
	PROBLEM_IN_USE,              /* 409, +users */
	PROBLEM_IMMUTABLE,           /* 409 */
	PROBLEM_HOST_STATE,          /* 409, +errno */
	PROBLEM_LIMIT_REACHED,       /* 409 */
	PROBLEM_PRECONDITION_FAILED, /* 412 */
	PROBLEM_TOO_LARGE,           /* 413 */
	PROBLEM_MEDIA_TYPE,          /* 415 */
	PROBLEM_VALIDATION,          /* 422 */
	PROBLEM_TOO_MANY_STREAMS,    /* 429 */
	PROBLEM_INTERNAL,            /* 500 */
	PROBLEM_NOT_IMPLEMENTED,     /* 501 */
	PROBLEM_NOT_SAVED,           /* 507, +errno */
	PROBLEM_TYPE_COUNT,
};

/**
 * struct problem - one refused request
 * @type:	kind; PROBLEM_NONE while nothing is wrong
 * @detail:	one sentence for a person; "" lets the API write one from @errors
 * @errors:	array of {pointer, code, detail [, did_you_mean]}, or NULL; owned
 * @extra:	object merged into the answer (errno, users, line ...), or NULL; owned
 *
 * Zeroed is "no problem". Owned by the caller of the function that fills it; problem_done() frees.
 */
struct problem {
	enum problem_type type;
	char detail[512];
	json_t *errors;
	json_t *extra;
};

/**
 * problem_set() - say what is wrong
 * @p:		problem to fill
 * @type:	its kind
 * @fmt:	printf format of @detail
 *
 * Return: always -1, so that `return problem_set(...)` reads well
 */
int problem_set(struct problem *p, enum problem_type type, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * problem_add() - one more error at a member of the body; PROBLEM_NONE becomes PROBLEM_VALIDATION
 * @p:		problem to add to
 * @pointer:	JSON pointer fragment: "#/net"
 * @code:	stable word for programs: "pattern", "unknown-member", "no-such-object" ...
 * @fmt:	printf format of the sentence
 *
 * Return: always -1
 */
int problem_add(struct problem *p, const char *pointer, const char *code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/**
 * problem_extra() - one further member of the answer
 * @p:		problem
 * @key:	member name
 * @value:	its value; the reference is taken, also on failure
 */
void problem_extra(struct problem *p, const char *key, json_t *value);

/**
 * problem_from_error() - what the host refused (PROBLEM_HOST_STATE with errno and pointer), or for
 * -EINVAL an invalid member (PROBLEM_VALIDATION)
 * @p:		problem to fill
 * @err:	the error as the lower layer set it
 *
 * Return: always -1
 */
int problem_from_error(struct problem *p, const struct error *err);

/**
 * problem_done() - free what the problem owns and make it "no problem" again
 * @p:		problem
 */
void problem_done(struct problem *p);
