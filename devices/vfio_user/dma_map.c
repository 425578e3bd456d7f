/* SPDX-License-Identifier: BSD-2-Clause */
/* vfio-user: guest memory comes and goes. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "devices/nic.h"
#include "devices/vfio_user/state.h"
#include "net/base/bytes.h"

/*
 * Theory of operation
 *
 * What a successor needs is a table of ranges in the NIC's memfd and the memory files behind them.
 * The client sends a descriptor with each range, but nearly always of the same file, so that each
 * file is kept once. Only files that can be sealed are kept (memfds, and files on tmpfs and
 * hugetlbfs, which is all the memory that guests have): closing another one might make whoever
 * keeps it wait for a file server.
 */

/**
 * identify() - which file is this?
 * @fd:		a descriptor of it
 * @file:	filled
 *
 * Return: false when it is none that can be kept
 */
static bool identify(int fd, struct vfio_user_file *file)
{
	struct stat st;
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_GET_SEALS) < 0 || fstat(fd, &st) < 0)
		return false;
	*file = (struct vfio_user_file){
		.device = st.st_dev, .inode = st.st_ino, .mode = flags & O_ACCMODE};
	return true;
}

/**
 * keep_file() - see that a memory file outlives the process
 * @server:	the server
 * @fd:		a descriptor of it
 *
 * Return: its number, or VFIO_USER_NO_FILE
 */
static uint32_t keep_file(struct vfio_user_server *server, int fd)
{
	struct vfio_user_file file;
	uint32_t slot = VFIO_USER_NO_FILE;

	if (!identify(fd, &file))
		return VFIO_USER_NO_FILE;
	for (uint32_t i = 0; i < VFIO_USER_MAX_FILES; i++) {
		struct vfio_user_file *have = &server->files[i];

		if (have->uses == 0)
			slot = MIN(slot, i);
		else if (have->inode == file.inode && have->device == file.device &&
			 have->mode == file.mode)
			return i;
	}
	if (slot == VFIO_USER_NO_FILE)
		return slot;
	server->files[slot] = file;
	nic_keep(server->nic, NIC_FD_MEMORY, slot, fd);
	return slot;
}

/**
 * release_file() - a range of a file is gone
 * @server:	the server
 * @file:	the file's number
 */
static void release_file(struct vfio_user_server *server, uint32_t file)
{
	if (file < VFIO_USER_MAX_FILES && --server->files[file].uses == 0)
		nic_keep(server->nic, NIC_FD_MEMORY, file, -1);
}

/**
 * find_mapping() - the entry of a range
 * @server:	the server
 * @address:	its first address
 * @size:	its bytes
 *
 * Return: the entry, or NULL
 */
static struct vfio_user_mapping *find_mapping(struct vfio_user_server *server, uint64_t address,
					      uint64_t size)
{
	for (int i = 0; i < DMA_MAX_REGIONS; i++) {
		struct vfio_user_mapping *m = &server->state->maps[i];

		if (m->used && m->address == address && m->size == size)
			return m;
	}
	return NULL;
}

/**
 * note_mapping() - enter a range into the table
 * @server:	the server
 * @map:	the command that brought it
 * @region:	the same
 * @file:	number of its file
 *
 * There is room, since the card's own table of the same size has it.
 */
static void note_mapping(struct vfio_user_server *server, const struct vfio_user_dma_map *map,
			 const struct dma_region *region, uint32_t file)
{
	struct vfio_user_mapping *m = server->state->maps;

	while (m->used && m < server->state->maps + DMA_MAX_REGIONS - 1)
		m++;
	m->access = region->access;
	m->file = file;
	m->address = map->address;
	m->size = map->size;
	m->offset = map->offset;
	__atomic_store_n(&m->used, 1, __ATOMIC_RELEASE);
	if (file < VFIO_USER_MAX_FILES)
		server->files[file].uses++;
}

int vfio_user_dma_map(struct vfio_user_server *server, struct vfio_user_message *message,
		      struct vfio_user_reply *reply)
{
	int fd = message->nfds ? message->fds[0] : -1;
	struct vfio_user_dma_map map;
	struct dma_region region;
	int ret;

	(void)reply;
	memcpy(&map, message->payload, sizeof(map));
	if (message->nfds > 1)
		return -EINVAL;
	if (server->again && find_mapping(server, map.address, map.size))
		return 0; /* the worker that is gone had come that far */
	region = (struct dma_region){
		.address = map.address,
		.size = map.size,
		.access = (map.flags & VFIO_USER_DMA_READABLE ? DMA_FROM_GUEST : 0) |
			  (map.flags & VFIO_USER_DMA_WRITABLE ? DMA_TO_GUEST : 0)};
	ret = dma_map(&server->nic->dma, &region, fd, map.offset);
	if (ret == 0)
		note_mapping(server, &map, &region,
			     fd >= 0 ? keep_file(server, fd) : VFIO_USER_NO_FILE);
	return ret;
}

void vfio_user_unmap_all(struct vfio_user_server *server)
{
	dma_unmap_all(&server->nic->dma);
	for (int i = 0; i < DMA_MAX_REGIONS; i++) {
		struct vfio_user_mapping *m = &server->state->maps[i];

		if (!m->used)
			continue;
		m->used = 0;
		release_file(server, m->file);
	}
}

/*
 * A range that was never mapped is unmapped, whatever else the client believed: an error would make
 * Cloud Hypervisor wait for the rest of a full-size reply for ever.
 */
int vfio_user_dma_unmap(struct vfio_user_server *server, struct vfio_user_message *message,
			struct vfio_user_reply *reply)
{
	struct vfio_user_dma_unmap unmap;
	struct vfio_user_mapping *m;

	memcpy(&unmap, message->payload, sizeof(unmap));
	if (unmap.flags & VFIO_USER_UNMAP_ALL) {
		vfio_user_unmap_all(server);
	} else if (dma_unmap(&server->nic->dma, unmap.address, unmap.size) < 0) {
		vfio_user_complain(server, message, "range was not mapped");
	} else {
		m = find_mapping(server, unmap.address, unmap.size);
		if (m) {
			m->used = 0;
			release_file(server, m->file);
		}
	}
	memcpy(reply->payload, &unmap, sizeof(unmap));
	reply->len = sizeof(unmap);
	return 0;
}

void vfio_user_remap(struct vfio_user_server *server, const int *files)
{
	for (int i = 0; i < DMA_MAX_REGIONS; i++) {
		struct vfio_user_mapping *m = &server->state->maps[i];
		const struct dma_region region = {.address = m->address,
						  .size = m->size,
						  .access = m->access &
							    (DMA_FROM_GUEST | DMA_TO_GUEST)};
		int fd = m->file < VFIO_USER_MAX_FILES ? files[m->file] : -1;

		if (!m->used)
			continue;
		if (dma_map(&server->nic->dma, &region, fd, m->offset) < 0) {
			m->used = 0; /* two that overlap: no worker has written that */
			continue;
		}
		if (fd >= 0 &&
		    (server->files[m->file].uses || identify(fd, &server->files[m->file])))
			server->files[m->file].uses++;
		else
			m->file = VFIO_USER_NO_FILE;
	}
}
