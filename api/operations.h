/* SPDX-License-Identifier: BSD-2-Clause */
/* One function per operation of openapi.yaml: op_<operationId>(). */
#pragma once

#include "api/request.h"
#include "openapi_routes.h"

/*
 * op_<operationId>() - do what the operation says
 * @req:	the request, checked against openapi.yaml
 *
 * An operation without its function does not link; a function without its operation is a warning
 * (-Wmissing-prototypes).
 *
 * Return: 0 with @req->result or @req->response set as the operation needs, or -1 with
 * @req->problem set
 */
#define DECLARE_OPERATION(operation, method, path, in, out, status, media, public) \
	int op_##operation(struct request *req);
OPENAPI_ROUTES(DECLARE_OPERATION)
#undef DECLARE_OPERATION
