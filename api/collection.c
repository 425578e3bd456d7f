/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations that are the same for every collection. */
#include "api/collection.h"

#include <stdbool.h>
#include <string.h>

#include "api/api.h"
#include "api/http.h"
#include "api/request.h"
#include "api/schema.h"
#include "daemon/control/problem.h"

/**
 * struct kind - a collection, as the API sees it
 * @path:	its path
 * @schema:	schema of a POST's body
 * @noun:	what one of its objects is called
 */
struct kind {
	const char *path;
	const char *schema;
	const char *noun;
};

static const struct kind kinds[COLLECTION_COUNT] = {
	[COLLECTION_NETDEVS] = {"/netdevs", "NetdevCreate", "netdev"},
	[COLLECTION_NICS] = {"/nics", "Nic", "NIC"},
	[COLLECTION_FORWARDS] = {"/forwards", "Forward", "forward"},
};

/** is_set() - is a boolean query parameter true? */
static bool is_set(const struct request *req, const char *name)
{
	return json_is_true(json_object_get(req->query, name));
}

int api_check(enum collection c, json_t *body, struct problem *p)
{
	return schema_check(kinds[c].schema, body, p);
}

int api_submit(struct model *model, enum collection c, json_t *body, json_t **ret,
	       struct problem *p)
{
	json_t *object = api_check(c, body, p) < 0 ? NULL : model_create(model, c, body, p);

	if (ret)
		*ret = object;
	else
		json_decref(object);
	return object ? 0 : -1;
}

/** is_wanted() - has an object all the members that the query asks for? */
static bool is_wanted(const struct request *req, const json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach (req->query, key, value) {
		if (strcmp(key, "stats") != 0 && !json_equal(json_object_get(object, key), value))
			return false;
	}
	return true;
}

int collection_list(struct request *req, enum collection c)
{
	json_t *items;

	req->result = model_list(req->model, c, is_set(req, "stats"));
	items = json_object_get(req->result, "items");
	for (size_t i = json_array_size(items); i-- > 0;) {
		if (!is_wanted(req, json_array_get(items, i)))
			json_array_remove(items, i);
	}
	return 0;
}

int collection_post(struct request *req, enum collection c)
{
	/* The dispatcher has checked the body. */
	req->result = model_create(req->model, c, req->body, &req->problem);
	if (!req->result)
		return -1;
	http_response_header(req->response, "Location", "%s/%s", kinds[c].path,
			     json_string_value(json_object_get(req->result, "id")));
	return 0;
}

int collection_get(struct request *req, enum collection c)
{
	req->result = model_get(req->model, c, req->match.param);
	if (!req->result)
		return problem_set(&req->problem, PROBLEM_NOT_FOUND, "There is no %s \"%s\".",
				   kinds[c].noun, req->match.param);
	return 0;
}

int collection_patch(struct request *req, enum collection c)
{
	req->result = model_update(req->model, c, req->match.param, req->body, &req->problem);
	return req->result ? 0 : -1;
}

int collection_delete(struct request *req, enum collection c)
{
	return model_delete(req->model, c, req->match.param, is_set(req, "force"), &req->problem);
}
