/* SPDX-License-Identifier: BSD-2-Clause */
/* /netdevs */
#include "api/operations.h"

#include "api/collection.h"

int op_listNetdevs(struct request *req)
{
	return collection_list(req, COLLECTION_NETDEVS);
}

int op_createNetdev(struct request *req)
{
	return collection_post(req, COLLECTION_NETDEVS);
}

int op_getNetdev(struct request *req)
{
	return collection_get(req, COLLECTION_NETDEVS);
}

int op_updateNetdev(struct request *req)
{
	return collection_patch(req, COLLECTION_NETDEVS);
}

int op_deleteNetdev(struct request *req)
{
	return collection_delete(req, COLLECTION_NETDEVS);
}
