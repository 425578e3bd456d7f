/* SPDX-License-Identifier: BSD-2-Clause */
/* What all collections of the model have in common: list, create, get, update, delete. */
#pragma once

#include "daemon/control/model.h"

struct request;

/**
 * collection_list() - op_list...()
 * @req:	the request
 * @c:		the collection
 */
int collection_list(struct request *req, enum collection c);

/**
 * collection_post() - op_create...()
 * @req:	the request
 * @c:		the collection
 */
int collection_post(struct request *req, enum collection c);

/**
 * collection_get() - op_get...()
 * @req:	the request
 * @c:		the collection
 */
int collection_get(struct request *req, enum collection c);

/**
 * collection_patch() - op_update...()
 * @req:	the request
 * @c:		the collection
 */
int collection_patch(struct request *req, enum collection c);

/**
 * collection_delete() - op_delete...()
 * @req:	the request
 * @c:		the collection
 */
int collection_delete(struct request *req, enum collection c);
