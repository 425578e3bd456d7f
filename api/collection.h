/* SPDX-License-Identifier: BSD-2-Clause */
/* What all collections of the model have in common: list, create, get, update, delete. */
#pragma once

#include <jansson.h>

#include "daemon/control/model.h"

struct problem;
struct request;

/**
 * collection_create() - check a body and make an object
 * @m:		the objects
 * @c:		where
 * @body:	the body; completed
 * @p:		says why not
 *
 * Return: new reference to the object, or NULL with @p set
 */
json_t *collection_create(struct model *m, enum collection c, json_t *body, struct problem *p);

/* The operations of a collection: as op_<operationId>(), with the collection as second argument. */
int collection_list(struct request *req, enum collection c);
int collection_post(struct request *req, enum collection c);
int collection_get(struct request *req, enum collection c);
int collection_patch(struct request *req, enum collection c);
int collection_delete(struct request *req, enum collection c);
