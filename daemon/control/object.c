/* SPDX-License-Identifier: BSD-2-Clause */
/* What classes of objects need in common: status, immutable members, conflicts. */
#include "daemon/control/object.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "daemon/control/problem.h"
#include "daemon/control/timestamp.h"

#define FD_HEADROOM 64 /* what connections to the API and other objects may need meanwhile */

void object_failure_set(struct object_failure *failure, const struct error *err)
{
	failure->error = *err;
	timestamp_now(failure->since);
}

void object_fail(struct model *m, struct object *object, const struct error *err)
{
	object_failure_set(&object->failure, err);
	model_changed(m, object);
}

void object_works(struct model *m, struct object *object)
{
	if (object->failure.error.code == 0)
		return;
	object->failure.error.code = 0;
	model_changed(m, object);
}

json_t *object_path(const struct object *object)
{
	return json_sprintf("/%s/%s", object->class->collection, object->id);
}

json_t *object_error(const struct object_failure *failure)
{
	const char *name = strerrorname_np(failure->error.code);
	json_t *why =
		json_pack("{s:s,s:s}", "detail", failure->error.message, "since", failure->since);

	if (name)
		json_object_set_new(why, "errno", json_string(name));
	return why;
}

json_t *object_status(const struct object *object, const char *state)
{
	const char *broken = object->class->broken;

	if (object->failure.error.code != 0)
		return json_pack("{s:s,s:o}", "state", broken ? broken : "error", "error",
				 object_error(&object->failure));
	if (object->unmet.members)
		return json_pack("{s:s,s:o}", "state", state, "error",
				 object_error(&object->unmet.why));
	return json_pack("{s:s}", "state", state);
}

/**
 * is_hot() - may this member be changed?
 * @key:	its name
 * @hot:	names of those that may, ended by NULL
 */
static bool is_hot(const char *key, const char *const hot[])
{
	while (*hot && strcmp(*hot, key) != 0)
		hot++;
	return *hot != NULL;
}

int object_immutable(const struct object *object, json_t *patch, const char *const hot[],
		     struct problem *p)
{
	char pointer[96];
	const char *key;
	json_t *value;
	int ret = 0;

	json_object_foreach (patch, key, value) {
		const json_t *old = json_object_get(object->config, key);
		bool same = old ? json_equal(old, value) : json_is_null(value);

		if (same || is_hot(key, hot))
			continue;
		if (ret == 0)
			problem_set(p, PROBLEM_IMMUTABLE,
				    "Delete the %s and make a new one to change this.",
				    object->class->noun);
		snprintf(pointer, sizeof(pointer), "#/%s", key);
		ret = problem_add(p, pointer, "immutable",
				  "\"%s\" of a %s cannot be changed while it exists", key,
				  object->class->noun);
	}
	return ret;
}

int problem_if_full(int fd, struct problem *p)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || (rlim_t)fd + FD_HEADROOM < limit.rlim_cur)
		return 0;
	return problem_set(p, PROBLEM_LIMIT_REACHED,
			   "The daemon may have %llu files open, and nearly has.",
			   (unsigned long long)limit.rlim_cur);
}

int problem_in_use(struct problem *p, const char *pointer, const struct object *user,
		   const char *detail)
{
	json_t *users = json_array();

	problem_set(p, PROBLEM_IN_USE, "%s", detail);
	if (pointer)
		problem_add(p, pointer, "in-use", "%s", detail);
	json_array_append_new(users, object_path(user));
	problem_extra(p, "users", users);
	return -1;
}
