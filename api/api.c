/* SPDX-License-Identifier: BSD-2-Clause */
/* From an HTTP request to its operation and back. */
#include "api/api.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/guard.h"
#include "api/http.h"
#include "api/peer.h"
#include "api/operations.h"
#include "api/page.h"
#include "api/problem.h"
#include "api/route.h"
#include "api/schema.h"
#include "api/streams.h"
#include "net/base/bytes.h"
#include "net/base/error.h"
#include "net/base/log.h"
#include "net/base/loop.h"

#define NS_PER_SECOND 1000000000LL

/*
 * Theory of operation
 *
 * A request passes these stations, in this order, and the first that objects answers: transport
 * (api/http.c), target, guard (who asks?), route (what for?), query, body (JSON, then schema),
 * operation. An objection is a struct problem; nothing else makes an error answer.
 */

/**
 * struct api - the API
 * @loop:	the loop
 * @model:	the objects
 * @version:	the daemon's version
 * @started_ns:	when it was started
 * @http:	the HTTP server
 * @https:	the one with TLS, or NULL
 * @streams:	the clients of GET /events
 * @guard:	whom to let in
 * @ports:	of @guard; owned
 * @check:	check answers against openapi.yaml
 */
struct api {
	struct loop *loop;
	struct model *model;
	const char *version;
	int64_t started_ns;
	struct http *http;
	struct http *https;
	struct streams *streams;
	struct guard guard;
	uint16_t *ports;
	bool check;
};

#define OPERATION(operation, method, path, in, out, status, media, public) op_##operation,
static int (*const operations[])(struct request *req) = {OPENAPI_ROUTES(OPERATION)};

/** check_fault() - what the transport did not like */
static int check_fault(const struct http_request *hreq, struct problem *p)
{
	switch (hreq->fault) {
	case HTTP_FAULT_TARGET:
		return problem_set(p, PROBLEM_BAD_PARAMETER, "The request target has a NUL byte.");
	case HTTP_FAULT_FRAMING:
		return problem_set(p, PROBLEM_BAD_PARAMETER,
				   "Content-Length or Transfer-Encoding is ambiguous or unknown.");
	case HTTP_FAULT_TOO_LARGE:
		return problem_set(p, PROBLEM_TOO_LARGE, "The body is larger than %d bytes.",
				   HTTP_MAX_BODY);
	default:
		return 0;
	}
}

/**
 * parse_body() - the body as JSON that its schema allows
 * @hreq:	the HTTP request
 * @req:	gets the body
 *
 * Return: 0, or -1 with @req->problem set
 */
static int parse_body(const struct http_request *hreq, struct request *req)
{
	struct problem *p = &req->problem;
	json_error_t error;

	if (guard_check_media(hreq, p) < 0)
		return -1;
	req->body = json_loadb(hreq->body ? hreq->body : "", hreq->body_len, JSON_REJECT_DUPLICATES,
			       &error);
	if (!req->body) {
		problem_set(p, PROBLEM_MALFORMED_JSON, "%s", error.text);
		problem_extra(p, "line", json_integer(error.line));
		problem_extra(p, "column", json_integer(error.column));
		return -1;
	}
	return schema_check(req->match.route->request, req->body, p);
}

/**
 * dispatch() - take a request through its stations
 * @api:	the API
 * @hreq:	the HTTP request
 * @req:	filled
 *
 * Return: 0 when the operation was done, 1 when the headers are the whole answer (OPTIONS), or -1
 * with @req->problem set
 */
static int dispatch(struct api *api, const struct http_request *hreq, struct request *req)
{
	struct problem *p = &req->problem;
	struct target target;

	if (check_fault(hreq, p) < 0 || target_parse(hreq->target, &target, p) < 0 ||
	    guard_check(&api->guard, hreq, p) < 0)
		return -1;
	if (route_match(page_path(target.path), hreq->method, &req->match, p) < 0) {
		if (req->match.allow[0])
			http_response_header(req->response, "Allow", "%s", req->match.allow);
		if (!req->match.allow[0] || strcmp(hreq->method, "OPTIONS") != 0)
			return -1;
		problem_done(p);
		return 1;
	}
	if (!req->match.route->public && guard_admit(&api->guard, hreq, loop_now(api->loop), p) < 0)
		return -1;
	req->query = route_query(req->match.route, target.query, p);
	if (!req->query)
		return -1;
	if (req->match.route->request && parse_body(hreq, req) < 0)
		return -1;
	return operations[req->match.route - routes](req);
}

/**
 * set_json() - make a JSON value the answer's body
 * @res:	the answer
 * @value:	the value
 * @media:	its media type
 */
static void set_json(struct http_response *res, json_t *value, const char *media)
{
	size_t len = json_dumpb(value, NULL, 0, JSON_COMPACT);
	char *text = malloc(len + 1);

	if (!text) {
		res->status = 500;
		return;
	}
	json_dumpb(value, text, len, JSON_COMPACT);
	text[len] = '\n';
	res->body = text;
	res->body_len = len + 1;
	res->media = media;
}

/**
 * drop_body() - forget what an operation wanted to answer
 * @res:	the answer
 */
static void drop_body(struct http_response *res)
{
	if (!res->body_static)
		free((void *)(uintptr_t)res->body);
	memset(res, 0, sizeof(*res));
}

/**
 * matches() - is this what openapi.yaml says? If not, the log has the differences
 * @operation:	whose answer it is
 * @schema:	the schema
 * @body:	the answer
 */
static bool matches(const char *operation, const char *schema, json_t *body)
{
	struct problem p = {0};
	json_t *error;
	size_t i;

	if (schema_check_response(schema, body, &p) == 0)
		return true;
	json_array_foreach (p.errors, i, error)
		log_error("api: answer of %s is not a %s: %s: %s", operation, schema,
			  json_string_value(json_object_get(error, "pointer")),
			  json_string_value(json_object_get(error, "detail")));
	problem_done(&p);
	return false;
}

/**
 * answer_problem() - make a problem the answer
 * @hreq:	the HTTP request
 * @req:	the request with its problem
 * @check:	check it against openapi.yaml
 */
static void answer_problem(const struct http_request *hreq, struct request *req, bool check)
{
	struct problem *p = &req->problem;
	json_t *body = problem_to_json(p, hreq->target);

	if (check && !matches(hreq->method, "Problem", body)) {
		problem_done(p);
		problem_set(p, PROBLEM_INTERNAL, "The problem is not a Problem.");
		json_decref(body);
		body = problem_to_json(p, hreq->target);
	}
	if (p->type == PROBLEM_INTERNAL)
		log_error("api: %s %s: %s", hreq->method, hreq->target, p->detail);
	if (p->type == PROBLEM_UNAUTHORIZED)
		http_response_header(req->response, "WWW-Authenticate", "Bearer");
	req->response->status = problem_status(p->type);
	set_json(req->response, body, "application/problem+json");
	json_decref(body);
}

/**
 * is_promised() - is the answer what openapi.yaml says?
 * @req:	the request; gets PROBLEM_INTERNAL if not
 */
static bool is_promised(struct request *req)
{
	const struct route *r = req->match.route;

	if (!req->result || !r->response || matches(r->operation, r->response, req->result))
		return true;
	drop_body(req->response);
	problem_set(&req->problem, PROBLEM_INTERNAL, "The answer of %s is not a %s.", r->operation,
		    r->response);
	return false;
}

/** answer_result() - make what the operation did the answer */
static void answer_result(const struct http_request *hreq, struct request *req, bool check)
{
	struct http_response *res = req->response;

	if (check && !is_promised(req)) {
		answer_problem(hreq, req, false);
		return;
	}
	if (!res->status)
		res->status = req->match.route->status;
	if (req->result)
		set_json(res, req->result, req->match.route->media);
	else if ((res->body || res->stream) && !res->media)
		res->media = req->match.route->media;
}

/** log_access() - one line for every request that may have changed something */
static void log_access(const struct http_request *hreq, const struct http_response *res)
{
	if (strcmp(hreq->method, "GET") == 0 || strcmp(hreq->method, "HEAD") == 0)
		log_debug("api: %s %s: %d peer=%s", hreq->method, hreq->target, res->status,
			  hreq->peer->text);
	else
		log_info("api: %s %s: %d peer=%s", hreq->method, hreq->target, res->status,
			 hreq->peer->text);
}

/** handle() - answer a request (struct http_config) */
static void handle(void *context, const struct http_request *hreq, struct http_response *res)
{
	struct api *api = context;
	struct request req = {
		.http = hreq,
		.model = api->model,
		.streams = api->streams,
		.auth = &api->guard.auth,
		.now_ns = loop_now(api->loop),
		.version = api->version,
		.uptime_s = (loop_now(api->loop) - api->started_ns) / NS_PER_SECOND,
		.response = res,
	};
	int rc = dispatch(api, hreq, &req);

	if (rc < 0)
		answer_problem(hreq, &req, api->check);
	else if (rc > 0)
		res->status = 204;
	else
		answer_result(hreq, &req, api->check);
	log_access(hreq, res);
	json_decref(req.query);
	json_decref(req.body);
	json_decref(req.result);
	problem_done(&req.problem);
}

/** find_ports() - the TCP ports of the listeners, for the guard */
static int find_ports(struct api *api, const struct api_config *config)
{
	api->ports = calloc(config->listener_count + 1, sizeof(*api->ports));
	if (!api->ports)
		return -ENOMEM;
	for (size_t i = 0; i < config->listener_count; i++) {
		struct sockaddr_storage addr = {.ss_family = AF_UNSPEC};
		socklen_t len = sizeof(addr);

		if (getsockname(config->listeners[i], (struct sockaddr *)&addr, &len) < 0)
			return -errno;
		if (addr.ss_family == AF_INET)
			api->ports[api->guard.port_count++] =
				ntohs(((struct sockaddr_in *)&addr)->sin_port);
		else if (addr.ss_family == AF_INET6)
			api->ports[api->guard.port_count++] =
				ntohs(((struct sockaddr_in6 *)&addr)->sin6_port);
	}
	api->guard.ports = api->ports;
	return 0;
}

/**
 * start_http() - serve HTTP on some of the listeners
 * @api:	the API
 * @config:	its configuration
 * @encrypted:	with TLS, on those that other machines can reach; else on all others
 * @ret:	filled; NULL when there is no such listener
 * @err:	filled on failure
 *
 * Return: 0 or -errno
 */
static int start_http(struct api *api, const struct api_config *config, bool encrypted,
		      struct http **ret, struct error *err)
{
	int listeners[API_MAX_LISTENERS];
	struct http_config http = {.listeners = listeners,
				   .tls = encrypted ? config->tls : NULL,
				   .handle = handle,
				   .context = api};

	for (size_t i = 0; i < config->listener_count; i++) {
		if ((config->tls && config->remote[i]) == encrypted)
			listeners[http.listener_count++] = config->listeners[i];
	}
	if (http.listener_count == 0)
		return 0;
	*ret = http_start(api->loop, &http, err);
	return *ret ? 0 : -EINVAL;
}

/** set_guard() - whom to let in */
static void set_guard(struct guard *guard, const struct api_config *config)
{
	guard->allow_hosts = config->allow_hosts;
	guard->allow_host_count = config->allow_host_count;
	guard->peers = (struct peer_rules){.uid = geteuid(), .shared = config->shared_uid};
	snprintf(guard->auth.token, sizeof(guard->auth.token), "%s", config->token);
}

struct api *api_start(struct loop *loop, struct model *model, const struct api_config *config,
		      struct error *err)
{
	const char *check = getenv("PATCHBAY_CHECK_RESPONSES");
	struct api *api = calloc(1, sizeof(*api));
	int rc = api ? find_ports(api, config) : -ENOMEM;

	if (rc < 0) {
		error_set(err, -rc, "cannot start the API: %s", strerror(-rc));
		api_stop(api);
		return NULL;
	}
	api->loop = loop;
	api->model = model;
	api->version = config->version;
	api->started_ns = loop_now(loop);
	api->check = check && strcmp(check, "1") == 0;
	set_guard(&api->guard, config);
	schema_spec(); /* parsed now, not in the first request */
	api->streams = streams_new(loop, model);
	if (!api->streams)
		rc = error_set(err, ENOMEM, "no memory for the API");
	if (rc == 0)
		rc = start_http(api, config, true, &api->https, err);
	if (rc == 0)
		rc = start_http(api, config, false, &api->http, err);
	if (rc == 0)
		return api;
	api_stop(api);
	return NULL;
}

void api_stop(struct api *api)
{
	if (!api)
		return;
	http_stop(api->http);
	http_stop(api->https);
	streams_free(api->streams);
	free(api->ports);
	free(api);
}
