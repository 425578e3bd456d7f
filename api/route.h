/* SPDX-License-Identifier: BSD-2-Clause */
/* From a request target to the operation of openapi.yaml that it names. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct problem;

#define ROUTE_MAX_PATH  256 /* no path of openapi.yaml is longer */
#define ROUTE_MAX_PARAM 64

/**
 * struct route - an operation of openapi.yaml
 * @operation:	its operationId
 * @method:	"GET" ...
 * @path:	path template: "/netdevs/{id}"
 * @request:	schema of the request's body, or NULL
 * @response:	schema of the response's body, or NULL
 * @status:	status of success
 * @media:	Content-Type of success, or NULL
 * @public:	needs neither a local peer nor a token
 */
struct route {
	const char *operation;
	const char *method;
	const char *path;
	const char *request;
	const char *response;
	int status;
	const char *media;
	bool public;
};

extern const struct route routes[];
extern const size_t route_count;

/**
 * struct target - a request target, taken apart
 * @path:	decoded path
 * @query:	query string without '?', as it came; "" when there is none
 */
struct target {
	char path[ROUTE_MAX_PATH];
	const char *query;
};

/**
 * target_parse() - check a request target and take it apart
 * @raw:	the target as the client wrote it
 * @t:		filled; points into @raw
 * @p:		says what is wrong
 *
 * Refused are targets that two readers could understand in two ways: not beginning with '/', with
 * bytes outside of printable ASCII, with a backslash, malformed escapes, or escapes of NUL, control
 * bytes, '/', '\'. A path that is too long for any route is not found.
 *
 * Return: 0, or -1 with @p set
 */
int target_parse(const char *raw, struct target *t, struct problem *p);

/**
 * struct match - a path that openapi.yaml has
 * @route:	its operation for the method
 * @param:	the path's parameter, or ""
 * @allow:	value of the Allow header: the methods that the path has
 */
struct match {
	const struct route *route;
	char param[ROUTE_MAX_PARAM + 1];
	char allow[64];
};

/**
 * route_match() - find the operation
 * @path:	decoded path
 * @method:	the method; HEAD finds GET, OPTIONS finds nothing (@m->allow is the answer)
 * @m:		filled but for @route when the path is there without that method
 * @p:		says what is wrong
 *
 * Return: 0, or -1 with @p set: PROBLEM_NOT_FOUND, PROBLEM_METHOD_NOT_ALLOWED or, for a method that
 * nobody knows, PROBLEM_NOT_IMPLEMENTED
 */
int route_match(const char *path, const char *method, struct match *m, struct problem *p);

/**
 * route_query() - check the query string of an operation
 * @r:		the operation
 * @query:	the query string
 * @p:		names the parameter at fault
 *
 * Return: new reference to an object with a member for each parameter that was given or has a
 * default, or NULL with @p set
 */
json_t *route_query(const struct route *r, const char *query, struct problem *p);
