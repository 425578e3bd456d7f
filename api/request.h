/* SPDX-License-Identifier: BSD-2-Clause */
/* A request on its way through an operation. */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "api/route.h"
#include "daemon/control/problem.h"

struct auth;
struct http_request;
struct http_response;
struct model;
struct streams;

/**
 * struct request - what an operation gets and gives
 * @http:	the HTTP request
 * @model:	the objects
 * @streams:	those who are told of events
 * @auth:	the token and the sessions
 * @now_ns:	time
 * @version:	the daemon's version
 * @uptime_s:	seconds since the API was started
 * @match:	the route, with the path's parameter
 * @query:	checked query parameters, defaults included; owned by the caller
 * @body:	checked body, defaults included; NULL for operations without; owned by the caller
 * @result:	set by the operation: what to answer as JSON; taken by the caller
 * @problem:	set by an operation that fails
 * @response:	for operations that answer something else than JSON, or with further headers
 */
struct request {
	const struct http_request *http;
	struct model *model;
	struct streams *streams;
	struct auth *auth;
	int64_t now_ns;
	const char *version;
	int64_t uptime_s;
	struct match match;
	json_t *query;
	json_t *body;
	json_t *result;
	struct problem problem;
	struct http_response *response;
};
