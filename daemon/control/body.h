/* SPDX-License-Identifier: BSD-2-Clause */
/* From the pairs of a command line to the body of a request. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

struct error;
struct keyval;

/**
 * body_schema() - the schema of a body
 * @name:	name in components/schemas
 * @type:	for a union: value of its discriminator, may be NULL
 *
 * Return: borrowed reference, or NULL
 */
json_t *body_schema(const char *name, const char *type);

/**
 * body_takes() - has a body this member, and may a user set it?
 * @schema_name: schema in components/schemas, not a union
 * @key:	the member
 */
bool body_takes(const char *schema_name, const char *key);

/**
 * body_add_pairs() - all pairs into the body, each in the type that its schema names
 * @body:	the body, with `type` where the schema is a union
 * @schema_name: schema in components/schemas; what it does not know becomes a string
 * @kv:		the pairs
 * @err:	says what is wrong
 *
 * Return: 0 or -EINVAL
 */
int body_add_pairs(json_t *body, const char *schema_name, struct keyval *kv, struct error *err);

/**
 * body_netdev_types() - every netdev type
 *
 * Return: borrowed reference to an object whose keys are the types
 */
json_t *body_netdev_types(void);

/**
 * body_nic_models() - every NIC model
 *
 * Return: borrowed reference to an array of names
 */
json_t *body_nic_models(void);
