/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: a request's target through the router, or its body through parser and validator. */
#include <assert.h>
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/problem.h"
#include "api/route.h"
#include "api/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** finish() - a problem must print as a Problem of openapi.yaml; frees it */
static void finish(struct problem *p, const char *instance)
{
	struct problem bad = {0};
	json_t *out;

	if (p->type != PROBLEM_NONE) {
		out = problem_to_json(p, instance);
		assert(schema_check_response("Problem", out, &bad) == 0);
		json_decref(out);
	}
	problem_done(p);
}

/** fuzz_target() - what begins with '/' is a request target */
static void fuzz_target(const char *raw)
{
	static const char *const methods[] = {"GET", "POST", "PATCH", "DELETE", "HEAD", "FOO"};
	struct problem p = {0};
	struct target t;

	if (target_parse(raw, &t, &p) < 0) {
		finish(&p, raw);
		return;
	}
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		struct match m;

		if (route_match(t.path, methods[i], &m, &p) == 0) {
			json_t *query = route_query(m.route, t.query, &p);

			assert(!query == (p.type != PROBLEM_NONE));
			json_decref(query);
		}
		finish(&p, raw);
	}
}

/** fuzz_body() - a body, as every request schema; what is valid once stays so when sent again */
static void fuzz_body(const char *data, size_t size)
{
	json_t *parsed = json_loadb(data, size, JSON_REJECT_DUPLICATES, NULL);

	for (size_t i = 0; parsed && i < route_count; i++) {
		struct problem p = {0};
		json_t *body;

		if (!routes[i].request)
			continue;
		body = json_deep_copy(parsed);
		if (schema_check(routes[i].request, body, &p) == 0)
			assert(schema_check(routes[i].request, body, &p) == 0);
		finish(&p, routes[i].path);
		json_decref(body);
	}
	json_decref(parsed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (text[0] == '/')
		fuzz_target(text);
	else
		fuzz_body(text, size);
	free(text);
	return 0;
}
