/* SPDX-License-Identifier: BSD-2-Clause */
/* Is a JSON value what openapi.yaml says? There is no other description. */
#pragma once

#include <jansson.h>

struct problem;

/**
 * schema_spec() - the embedded openapi.yaml
 *
 * Return: borrowed reference to the document, parsed at the first call
 */
json_t *schema_spec(void);

/**
 * schema_resolve() - follow a $ref
 * @node:	a node of the document: {"$ref": "#/components/..."} or anything else; may be NULL
 *
 * Return: borrowed reference to what it leads to, or @node
 */
json_t *schema_resolve(json_t *node);

/**
 * schema_check() - check the body of a request, and complete it
 * @schema:	name in components/schemas
 * @body:	the body; read-only members are removed, defaults filled in
 * @p:		gets an error for every member at fault
 *
 * Return: 0, or -1 with @p set
 */
int schema_check(const char *schema, json_t *body, struct problem *p);

/**
 * schema_check_response() - check what is about to be answered; changes nothing
 * @schema:	name in components/schemas
 * @body:	the body
 * @p:		gets an error for every member at fault
 *
 * Return: 0, or -1 with @p set
 */
int schema_check_response(const char *schema, json_t *body, struct problem *p);

/**
 * schema_check_text() - check a query parameter, which is a text whatever its type
 * @schema:	its schema: a boolean, an integer or a string
 * @parameter:	its name
 * @text:	the text
 * @p:		gets one error
 *
 * Return: new reference to the value in its type, or NULL with @p set
 */
json_t *schema_check_text(json_t *schema, const char *parameter, const char *text,
			  struct problem *p);
