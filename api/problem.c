/* SPDX-License-Identifier: BSD-2-Clause */
/* The kinds of problem: their URI, HTTP status and words. */
#include "api/problem.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/base/bytes.h"

#define MAX_INSTANCE 256 /* bytes of the path that are shown */

/**
 * struct kind - a kind of problem
 * @name:	last part of its URI
 * @status:	HTTP status
 * @title:	what it means, in a few words
 * @text:	what it means, for GET /problems/{name}
 */
struct kind {
	const char *name;
	int status;
	const char *title;
	const char *text;
};

static const struct kind kinds[PROBLEM_TYPE_COUNT] = {
	[PROBLEM_MALFORMED_JSON] =
		{"malformed-json", 400, "The request body is not JSON",
		 "`line` and `column` say where it stops to be JSON. Members may "
		 "not be given twice, and the body must be an object."},
	[PROBLEM_BAD_PARAMETER] = {"bad-parameter", 400, "The request is malformed",
				   "The request's target, one of its headers, or the query "
				   "parameter named by `parameter` is not understood."},
	[PROBLEM_UNAUTHORIZED] = {"unauthorized", 401, "Who are you?",
				  "Root and the daemon's user on this machine are known by their "
				  "connection. All others show the token of --token-file: as "
				  "Authorization: Bearer TOKEN, or once to POST /session."},
	[PROBLEM_FORBIDDEN_HOST] = {"forbidden-host", 403, "The Host header names somebody else",
				    "Host must be localhost, 127.0.0.1 or [::1] with the daemon's "
				    "port, or a name given to --allow-host. This keeps out web "
				    "pages whose name leads to this machine (DNS rebinding)."},
	[PROBLEM_FORBIDDEN_ORIGIN] = {"forbidden-origin", 403,
				      "The request comes from another site's page",
				      "Origin, if there, must be http:// and the value of Host; "
				      "Sec-Fetch-Site must be same-origin or none."},
	[PROBLEM_NOT_FOUND] = {"not-found", 404, "There is no such object or path",
			       "GET / lists the collections. A slash at the end makes another "
			       "path."},
	[PROBLEM_METHOD_NOT_ALLOWED] = {"method-not-allowed", 405,
					"The path does not have this method",
					"The header Allow lists those that it has."},
	[PROBLEM_EXISTS] = {"exists", 409, "There is an object with this id",
			    "Ids are unique in their collection. Leave the id out, and the daemon "
			    "chooses one."},
	[PROBLEM_IN_USE] = {"in-use", 409, "The object is in use",
			    "`users` lists the paths of those who use it. DELETE with force=true "
			    "unplugs them."},
	[PROBLEM_IMMUTABLE] = {"immutable", 409, "The member cannot be changed",
			       "Delete the object and make a new one."},
	[PROBLEM_HOST_STATE] = {"host-state", 409, "The host refuses this",
				"The request is fine, but the host's kernel said `errno`: a port "
				"is taken, a permission is missing. Nothing was changed."},
	[PROBLEM_LIMIT_REACHED] = {"limit-reached", 409, "A limit is reached",
				   "There are as many objects as there may be, or as many as the "
				   "host has file descriptors for."},
	[PROBLEM_PRECONDITION_FAILED] = {"precondition-failed", 412,
					 "The object is not as If-Match wants it",
					 "Somebody has changed it. GET it again."},
	[PROBLEM_TOO_LARGE] = {"too-large", 413, "The request body is too large",
			       "A body has at most 65536 bytes."},
	[PROBLEM_MEDIA_TYPE] = {"media-type", 415, "The request body is not of type JSON",
				"Content-Type must be application/json or, for PATCH, "
				"application/merge-patch+json. Programs that are no browsers may "
				"leave it out."},
	[PROBLEM_VALIDATION] = {"validation", 422, "The request body is not valid",
				"`errors` lists every member at fault: `pointer` is a JSON pointer "
				"(RFC 6901) into the body, `code` is for programs, `detail` for "
				"people. Nothing was changed."},
	[PROBLEM_TOO_MANY_STREAMS] =
		{"too-many-streams", 429, "Too many clients listen to events",
		 "Retry-After says when to try again. A page opens one stream, "
		 "and closes it while nobody looks at it."},
	[PROBLEM_INTERNAL] = {"internal", 500, "The daemon made a mistake",
			      "Please report it with the daemon's log."},
	[PROBLEM_NOT_IMPLEMENTED] = {"not-implemented", 501, "The method is not known",
				     "GET, HEAD, POST, PATCH, DELETE and OPTIONS are."},
	[PROBLEM_NOT_SAVED] = {"not-saved", 507, "The change cannot be saved",
			       "The state folder does not take it: the disk is full or broken, as "
			       "`errno` says. Nothing was changed."},
};

int problem_status(enum problem_type type)
{
	assert(kinds[type].name);
	return kinds[type].status;
}

/** default_detail() - a sentence from the list of errors, when the problem has none of its own */
static json_t *default_detail(const struct problem *p)
{
	size_t n = json_array_size(p->errors);

	if (n == 1)
		return json_incref(json_object_get(json_array_get(p->errors, 0), "detail"));
	if (n > 1)
		return json_sprintf("%zu members are not valid.", n);
	return json_string(kinds[p->type].title);
}

json_t *problem_to_json(const struct problem *p, const char *instance)
{
	const struct kind *kind = &kinds[p->type];
	json_t *out = json_object(), *path;

	assert(kind->name);
	path = json_stringn(instance, MIN(strcspn(instance, "?"), MAX_INSTANCE));
	json_object_set_new(out, "type", json_sprintf("/problems/%s", kind->name));
	json_object_set_new(out, "title", json_string(kind->title));
	json_object_set_new(out, "status", json_integer(kind->status));
	json_object_set_new(out, "detail",
			    p->detail[0] ? json_string(p->detail) : default_detail(p));
	json_object_set_new(out, "instance", path ? path : json_string(""));
	if (p->errors)
		json_object_set(out, "errors", p->errors);
	if (p->extra)
		json_object_update_missing(out, p->extra);
	return out;
}

char *problem_text(const char *name)
{
	char *text;

	for (size_t i = 0; i < PROBLEM_TYPE_COUNT; i++) {
		const struct kind *kind = &kinds[i];

		if (!kind->name || strcmp(kind->name, name) != 0)
			continue;
		if (asprintf(&text, "%s (HTTP %d)\n\n%s\n", kind->title, kind->status, kind->text) <
		    0)
			return NULL;
		return text;
	}
	return NULL;
}
