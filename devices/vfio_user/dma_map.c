/* SPDX-License-Identifier: BSD-2-Clause */
/* vfio-user: guest memory comes and goes. */
#include <errno.h>
#include <string.h>

#include "devices/nic.h"
#include "devices/vfio_user/state.h"

int vfio_user_dma_map(struct vfio_user_server *server, struct vfio_user_message *message,
		      struct vfio_user_reply *reply)
{
	struct vfio_user_dma_map map;
	struct dma_region region;

	(void)reply;
	memcpy(&map, message->payload, sizeof(map));
	if (message->nfds > 1)
		return -EINVAL;
	region = (struct dma_region){
		.address = map.address,
		.size = map.size,
		.access = (map.flags & VFIO_USER_DMA_READABLE ? DMA_FROM_GUEST : 0) |
			  (map.flags & VFIO_USER_DMA_WRITABLE ? DMA_TO_GUEST : 0)};
	return dma_map(&server->nic->dma, &region, message->nfds ? message->fds[0] : -1,
		       map.offset);
}

/*
 * A range that was never mapped is unmapped, whatever else the client believed: an error would make
 * Cloud Hypervisor wait for the rest of a full-size reply for ever.
 */
int vfio_user_dma_unmap(struct vfio_user_server *server, struct vfio_user_message *message,
			struct vfio_user_reply *reply)
{
	struct vfio_user_dma_unmap unmap;

	memcpy(&unmap, message->payload, sizeof(unmap));
	if (unmap.flags & VFIO_USER_UNMAP_ALL)
		dma_unmap_all(&server->nic->dma);
	else if (dma_unmap(&server->nic->dma, unmap.address, unmap.size) < 0)
		vfio_user_complain(server, message, "range was not mapped");
	memcpy(reply->payload, &unmap, sizeof(unmap));
	reply->len = sizeof(unmap);
	return 0;
}
