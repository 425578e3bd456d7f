/* SPDX-License-Identifier: BSD-2-Clause */
/* Request targets: decoding, matching against the path templates, query parameters. */
#include "api/route.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/schema.h"
#include "daemon/control/problem.h"
#include "net/base/bytes.h"
#include "openapi_routes.h"

#define MAX_QUERY 512 /* bytes of one parameter */

#define ROUTE(operation, method, path, in, out, status, media, public) \
	{#operation, #method, path, in, out, status, media, public},
const struct route routes[] = {OPENAPI_ROUTES(ROUTE)};
const size_t route_count = ARRAY_SIZE(routes);

/* --- the target --- */

/** hex_digit() - value of a hexadecimal digit, or -1 */
static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/**
 * escape() - the byte that a percent escape stands for
 * @s:		the '%'
 *
 * Return: the byte; -1 when the escape is malformed
 */
static int escape(const char *s)
{
	int high = hex_digit(s[1]);
	int low = high < 0 ? -1 : hex_digit(s[2]);

	return low < 0 ? -1 : high << 4 | low;
}

/**
 * check_target() - is every byte of the target one that everybody reads alike?
 * @raw:	the target
 *
 * Return: what is wrong, or NULL
 */
static const char *check_target(const char *raw)
{
	bool path = true;

	if (raw[0] != '/')
		return "the request target must begin with '/'";
	for (const char *s = raw; *s; s++) {
		int byte;

		if (*s <= ' ' || *s > '~' || *s == '\\' || *s == '#')
			return "the request target has a byte that is not allowed there";
		path &= *s != '?';
		if (*s != '%')
			continue;
		byte = escape(s);
		if (byte < 0)
			return "the request target has a malformed percent escape";
		if (byte < ' ' || byte == 0x7f || byte == '\\' || (path && byte == '/'))
			return "the request target escapes a byte that is not allowed there";
	}
	return NULL;
}

/**
 * decode() - undo percent escapes
 * @s:		text; its escapes are well-formed
 * @len:	its length
 * @plus:	'+' is a space, as in queries
 * @out:	filled, terminated
 * @size:	of @out
 *
 * Return: false when @out is too small
 */
static bool decode(const char *s, size_t len, bool plus, char *out, size_t size)
{
	const char *end = s + len;
	size_t n = 0;

	while (s < end) {
		if (n + 1 >= size)
			return false;
		if (*s == '%') {
			out[n++] = (char)escape(s);
			s += 3;
		} else {
			out[n++] = plus && *s == '+' ? ' ' : *s;
			s++;
		}
	}
	out[n] = '\0';
	return true;
}

int target_parse(const char *raw, struct target *t, struct problem *p)
{
	const char *why = check_target(raw);
	size_t len = strcspn(raw, "?");

	if (why)
		return problem_set(p, PROBLEM_BAD_PARAMETER, "%s", why);
	if (!decode(raw, len, false, t->path, sizeof(t->path)))
		return problem_set(p, PROBLEM_NOT_FOUND, "There is no path that long.");
	t->query = raw[len] ? raw + len + 1 : raw + len;
	return 0;
}

/* --- the route --- */

/**
 * take_param() - the part of a path that a template's {parameter} stands for
 * @path:	where it begins
 * @param:	filled
 *
 * Return: what comes behind it, or NULL when this can't be the name of anything
 */
static const char *take_param(const char *path, char param[ROUTE_MAX_PARAM + 1])
{
	size_t len = strcspn(path, "/");

	if (len == 0 || len > ROUTE_MAX_PARAM)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)path[i]) && !strchr("._-", path[i]))
			return NULL;
	}
	memcpy(param, path, len);
	param[len] = '\0';
	return path + len;
}

/**
 * path_matches() - is the path one of the template?
 * @template:	"/netdevs/{id}"; at most one parameter
 * @path:	decoded path
 * @param:	filled with what the parameter is
 */
static bool path_matches(const char *template, const char *path, char param[ROUTE_MAX_PARAM + 1])
{
	param[0] = '\0';
	while (*template && path) {
		if (*template == '{') {
			template = strchr(template, '}') + 1;
			path = take_param(path, param);
		} else if (*template ++ != *path++) {
			return false;
		}
	}
	return path && !*path;
}

/** allow_method() - add a method to the Allow header's value */
static void allow_method(struct match *m, const char *method)
{
	size_t len = strlen(m->allow);

	snprintf(m->allow + len, sizeof(m->allow) - len, "%s%s", len ? ", " : "", method);
	if (strcmp(method, "GET") == 0)
		allow_method(m, "HEAD");
}

/** is_known_method() - is it a method of RFC 9110 or RFC 5789? */
static bool is_known_method(const char *method)
{
	static const char *const known[] = {"GET",    "HEAD",    "POST",  "PUT",    "PATCH",
					    "DELETE", "OPTIONS", "TRACE", "CONNECT"};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (strcmp(method, known[i]) == 0)
			return true;
	}
	return false;
}

int route_match(const char *path, const char *method, struct match *m, struct problem *p)
{
	const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
	char param[ROUTE_MAX_PARAM + 1];

	memset(m, 0, sizeof(*m));
	for (size_t i = 0; i < route_count; i++) {
		if (!path_matches(routes[i].path, path, param))
			continue;
		memcpy(m->param, param, sizeof(param));
		allow_method(m, routes[i].method);
		if (strcmp(routes[i].method, wanted) == 0)
			m->route = &routes[i];
	}
	if (m->route)
		return 0;
	if (!m->allow[0])
		return problem_set(p, PROBLEM_NOT_FOUND, "There is nothing at \"%s\".", path);
	allow_method(m, "OPTIONS");
	if (!is_known_method(method))
		return problem_set(p, PROBLEM_NOT_IMPLEMENTED,
				   "\"%.32s\" is no method of HTTP known here.", method);
	return problem_set(p, PROBLEM_METHOD_NOT_ALLOWED, "\"%s\" has no %s, but: %s.", path,
			   method, m->allow);
}

/* --- the query --- */

/** parameters() - the list of an operation's parameters, path's excluded, as openapi.yaml has it */
static json_t *parameters(const struct route *r)
{
	json_t *path = json_object_get(json_object_get(schema_spec(), "paths"), r->path);
	char method[8] = "";

	for (size_t i = 0; r->method[i] && i + 1 < sizeof(method); i++)
		method[i] = (char)tolower((unsigned char)r->method[i]);
	return json_object_get(json_object_get(path, method), "parameters");
}

/** parameter_name() - the name of an element of parameters() */
static const char *parameter_name(json_t *parameter)
{
	return json_string_value(json_object_get(schema_resolve(parameter), "name"));
}

/** parameter_schema() - the schema of an operation's parameter, or NULL if there is none */
static json_t *parameter_schema(const struct route *r, const char *name)
{
	json_t *parameter;
	size_t i;

	json_array_foreach (parameters(r), i, parameter) {
		if (strcmp(parameter_name(parameter), name) == 0)
			return json_object_get(schema_resolve(parameter), "schema");
	}
	return NULL;
}

/** bad_parameter() - name the query parameter that is wrong, in a problem that says why */
static int bad_parameter(struct problem *p, const char *name)
{
	json_t *text = json_string(name);

	problem_extra(p, "parameter", text ? text : json_string("?"));
	return -1;
}

/**
 * take_parameter() - check one parameter
 * @r:		the operation
 * @values:	object that gets it
 * @name:	its name
 * @text:	its value
 * @p:		says what is wrong
 */
static int take_parameter(const struct route *r, json_t *values, const char *name, const char *text,
			  struct problem *p)
{
	json_t *schema = parameter_schema(r, name), *value;
	struct problem inner = {0};

	if (!schema)
		problem_set(p, PROBLEM_BAD_PARAMETER, "Invalid query parameter '%s'", name);
	else if (json_object_get(values, name))
		problem_set(p, PROBLEM_BAD_PARAMETER, "Query parameter '%s' was given twice", name);
	if (p->type)
		return bad_parameter(p, name);
	value = schema_check_text(schema, name, text, &inner);
	if (value) {
		json_object_set_new(values, name, value);
		return 0;
	}
	problem_set(p, PROBLEM_BAD_PARAMETER, "%s",
		    json_string_value(json_object_get(json_array_get(inner.errors, 0), "detail")));
	problem_done(&inner);
	return bad_parameter(p, name);
}

/** query_defaults() - add the defaults of the parameters that were not given */
static void query_defaults(const struct route *r, json_t *values)
{
	json_t *parameter;
	size_t i;

	json_array_foreach (parameters(r), i, parameter) {
		const char *name = parameter_name(parameter);
		json_t *value = json_object_get(parameter_schema(r, name), "default");

		if (value && !json_object_get(values, name))
			json_object_set(values, name, value);
	}
}

json_t *route_query(const struct route *r, const char *query, struct problem *p)
{
	json_t *values = json_object();

	while (*query) {
		size_t len = strcspn(query, "&"), name_len = strcspn(query, "&=");
		size_t value_at = MIN(name_len + 1, len);
		char name[64], value[MAX_QUERY];
		int rc;

		if (!decode(query, name_len, true, name, sizeof(name)) ||
		    !decode(query + value_at, len - value_at, true, value, sizeof(value)))
			rc = problem_set(p, PROBLEM_BAD_PARAMETER,
					 "A query parameter is too long.");
		else
			rc = take_parameter(r, values, name, value, p);
		if (rc < 0) {
			json_decref(values);
			return NULL;
		}
		query += len + (query[len] == '&');
	}
	query_defaults(r, values);
	return values;
}
