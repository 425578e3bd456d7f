/* SPDX-License-Identifier: BSD-2-Clause */
/* /netdevs */
#include "api/operations.h"

#include "api/collection.h"

/** op_listNetdevs() - GET /netdevs */
int op_listNetdevs(struct request *req)
{
	return collection_list(req, COLLECTION_NETDEVS);
}

/** op_createNetdev() - POST /netdevs */
int op_createNetdev(struct request *req)
{
	return collection_post(req, COLLECTION_NETDEVS);
}

/** op_getNetdev() - GET /netdevs/{id} */
int op_getNetdev(struct request *req)
{
	return collection_get(req, COLLECTION_NETDEVS);
}

/** op_updateNetdev() - PATCH /netdevs/{id} */
int op_updateNetdev(struct request *req)
{
	return collection_patch(req, COLLECTION_NETDEVS);
}

/** op_deleteNetdev() - DELETE /netdevs/{id} */
int op_deleteNetdev(struct request *req)
{
	return collection_delete(req, COLLECTION_NETDEVS);
}
