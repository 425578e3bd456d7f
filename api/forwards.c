/* SPDX-License-Identifier: BSD-2-Clause */
/* /forwards */
#include "api/operations.h"

#include "api/collection.h"

/** op_listForwards() - GET /forwards */
int op_listForwards(struct request *req)
{
	return collection_list(req, COLLECTION_FORWARDS);
}

/** op_createForward() - POST /forwards */
int op_createForward(struct request *req)
{
	return collection_post(req, COLLECTION_FORWARDS);
}

/** op_getForward() - GET /forwards/{id} */
int op_getForward(struct request *req)
{
	return collection_get(req, COLLECTION_FORWARDS);
}

/** op_deleteForward() - DELETE /forwards/{id} */
int op_deleteForward(struct request *req)
{
	return collection_delete(req, COLLECTION_FORWARDS);
}
