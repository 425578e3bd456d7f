/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon itself: index, health, capabilities, openapi.yaml, problem types. */
#include "api/operations.h"

#include <string.h>

#include "api/http.h"
#include "api/page.h"
#include "api/problem.h"
#include "api/schema.h"
#include "daemon/control/model.h"
#include "openapi_gen.h"

/** make_links() - operation names to paths, for every GET without parameter */
static json_t *make_links(void)
{
	json_t *links = json_object();

	for (size_t i = 0; i < route_count; i++) {
		const struct route *r = &routes[i];

		if (strcmp(r->method, "GET") == 0 && !strchr(r->path, '{') && r->path[1])
			json_object_set_new(links, r->path + 1, json_string(r->path));
	}
	return links;
}

/** op_getIndex() - GET /: the page for browsers, the index for programs */
int op_getIndex(struct request *req)
{
	json_t *info = json_object_get(schema_spec(), "info");

	http_response_header(req->response, "Vary", "Accept");
	if (page_wanted(req->http->headers[HTTP_ACCEPT]))
		return page_answer(req, "index.html");
	req->result = json_pack("{s:s, s:s, s:O, s:o}", "name", "patchbay", "version", req->version,
				"api", json_object_get(info, "version"), "links", make_links());
	return 0;
}

/** op_getHealth() - GET /healthz */
int op_getHealth(struct request *req)
{
	req->result =
		json_pack("{s:s, s:I}", "status", "ok", "uptime_s", (json_int_t)req->uptime_s);
	return 0;
}

/** op_getCapabilities() - GET /capabilities */
int op_getCapabilities(struct request *req)
{
	req->result = model_capabilities(req->model);
	return 0;
}

/** op_getOpenapiYaml() - GET /openapi.yaml */
int op_getOpenapiYaml(struct request *req)
{
	req->response->body = openapi_yaml;
	req->response->body_len = openapi_yaml_len;
	req->response->body_static = true;
	return 0;
}

/** op_getOpenapiJson() - GET /openapi.json */
int op_getOpenapiJson(struct request *req)
{
	req->response->body = openapi_json;
	req->response->body_len = openapi_json_len;
	req->response->body_static = true;
	return 0;
}

/** op_getProblemType() - GET /problems/{name} */
int op_getProblemType(struct request *req)
{
	char *text = problem_text(req->match.param);

	if (!text)
		return problem_set(&req->problem, PROBLEM_NOT_FOUND,
				   "There is no problem type \"%s\".", req->match.param);
	req->response->body = text;
	req->response->body_len = strlen(text);
	return 0;
}
