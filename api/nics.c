/* SPDX-License-Identifier: BSD-2-Clause */
/* /nics */
#include "api/operations.h"

#include "api/collection.h"
#include "api/qemu_args.h"

/** op_listNics() - GET /nics */
int op_listNics(struct request *req)
{
	return collection_list(req, COLLECTION_NICS);
}

/** op_createNic() - POST /nics */
int op_createNic(struct request *req)
{
	return collection_post(req, COLLECTION_NICS);
}

/** op_getNic() - GET /nics/{id} */
int op_getNic(struct request *req)
{
	return collection_get(req, COLLECTION_NICS);
}

/** op_updateNic() - PATCH /nics/{id} */
int op_updateNic(struct request *req)
{
	return collection_patch(req, COLLECTION_NICS);
}

/** op_deleteNic() - DELETE /nics/{id} */
int op_deleteNic(struct request *req)
{
	return collection_delete(req, COLLECTION_NICS);
}

/** op_getNicQemuArgs() - GET /nics/{id}/qemu-args */
int op_getNicQemuArgs(struct request *req)
{
	const char *memory = json_string_value(json_object_get(req->query, "memory"));
	json_t *nic;

	if (collection_get(req, COLLECTION_NICS) < 0)
		return -1;
	nic = req->result;
	req->result = qemu_args(nic, memory);
	json_decref(nic);
	return 0;
}
