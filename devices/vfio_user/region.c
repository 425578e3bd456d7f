/* SPDX-License-Identifier: BSD-2-Clause */
/* vfio-user: accesses to registers and configuration space. */
#include <errno.h>
#include <string.h>

#include "devices/nic.h"
#include "devices/vfio_user/state.h"
#include "net/base/bytes.h"

/*
 * An access that can't be done still succeeds: what was read is all ones, what was written is lost,
 * as on the bus. Cloud Hypervisor would wait for ever for the rest of an error reply.
 */

/**
 * region_size() - bytes of a region
 * @nic:	the card
 * @index:	enum vfio_user_region
 *
 * Return: bytes; 0 for one that is not there
 */
static uint32_t region_size(const struct nic *nic, uint32_t index)
{
	if (index < PCI_BAR_COUNT)
		return nic->class->bars[index].size;
	if (index == VFIO_USER_REGION_ROM)
		return nic->mem.pci->rom_size;
	return index == VFIO_USER_REGION_CONFIG ? PCI_CONFIG_SIZE : 0;
}

/**
 * region_flags() - what can be done with a region
 * @index:	enum vfio_user_region
 * @size:	its bytes
 *
 * Return: VFIO_USER_REGION_ bits
 */
static uint32_t region_flags(uint32_t index, uint32_t size)
{
	if (size == 0)
		return 0;
	return VFIO_USER_REGION_READABLE |
	       (index == VFIO_USER_REGION_ROM ? 0 : VFIO_USER_REGION_WRITABLE);
}

/**
 * rom_read() - read the expansion ROM; behind its image it is empty
 * @nic:	the card
 * @access:	an access inside it
 * @data:	filled with access->count bytes
 */
static void rom_read(const struct nic *nic, const struct vfio_user_region_access *access,
		     uint8_t *data)
{
	uint32_t offset = (uint32_t)access->offset;
	uint32_t there = offset < nic->rom_len ? MIN(access->count, nic->rom_len - offset) : 0;

	memset(data, 0xff, access->count);
	if (there > 0)
		memcpy(data, nic->rom + offset, there);
}

int vfio_user_region_info(struct vfio_user_server *server, struct vfio_user_message *message,
			  struct vfio_user_reply *reply)
{
	struct vfio_user_region_info info;
	uint32_t size;

	memcpy(&info, message->payload, sizeof(info));
	if (info.index >= VFIO_USER_REGION_COUNT)
		return -EINVAL;
	size = region_size(server->nic, info.index);
	info = (struct vfio_user_region_info){.argsz = sizeof(info),
					      .flags = region_flags(info.index, size),
					      .index = info.index,
					      .size = size};
	memcpy(reply->payload, &info, sizeof(info));
	reply->len = sizeof(info);
	return 0;
}

/**
 * inside() - does an access lie in its region?
 * @nic:	the card
 * @access:	the access; hostile
 */
static bool inside(const struct nic *nic, const struct vfio_user_region_access *access)
{
	uint32_t size = region_size(nic, access->region);

	return access->offset <= size && access->count <= size - access->offset;
}

/**
 * is_register_width() - can a register be accessed so?
 * @count:	bytes
 */
static bool is_register_width(uint32_t count)
{
	return count == 1 || count == 2 || count == 4 || count == 8;
}

/**
 * bar_read() - read a register
 * @nic:	the card
 * @access:	an access inside a BAR
 * @data:	filled with access->count bytes
 *
 * Return: false for a width that registers do not have
 */
static bool bar_read(struct nic *nic, const struct vfio_user_region_access *access, uint8_t *data)
{
	uint8_t raw[8];

	if (!is_register_width(access->count))
		return false;
	nic->mem.shared->counters.reg_reads++;
	put_le64(raw, nic->class->bar_read(nic, (int)access->region, (uint32_t)access->offset,
					   access->count));
	memcpy(data, raw, access->count);
	return true;
}

int vfio_user_region_read(struct vfio_user_server *server, struct vfio_user_message *message,
			  struct vfio_user_reply *reply)
{
	struct nic *nic = server->nic;
	struct vfio_user_region_access access;
	uint8_t *data = reply->payload + sizeof(access);
	bool good = true;

	memcpy(&access, message->payload, sizeof(access));
	if (access.count > VFIO_USER_MAX_DATA)
		return -EINVAL;
	memcpy(reply->payload, &access, sizeof(access));
	reply->len = (uint32_t)sizeof(access) + access.count;
	if (!inside(nic, &access))
		good = false;
	else if (access.region == VFIO_USER_REGION_CONFIG)
		pci_config_read(nic->mem.pci, (uint32_t)access.offset, data, access.count);
	else if (access.region == VFIO_USER_REGION_ROM)
		rom_read(nic, &access, data);
	else
		good = bar_read(nic, &access, data);
	if (!good) {
		memset(data, 0xff, access.count);
		vfio_user_complain(server, message, "no such bytes in this region");
	}
	return 0;
}

/**
 * config_write() - write configuration space, and do what that entails
 * @nic:	the card
 * @access:	an access inside it
 * @data:	access->count bytes
 */
static void config_write(struct nic *nic, const struct vfio_user_region_access *access,
			 const uint8_t *data)
{
	unsigned events = pci_config_write(nic->mem.pci, &nic->class->identity,
					   (uint32_t)access->offset, data, access->count);

	if (events & PCI_EVENT_TO_D0) /* PCI PM 1.1, 5.4.1: D3hot to D0 is a reset */
		nic_wake(nic);
	else if (events & PCI_EVENT_COMMAND)
		intx_set_disabled(&nic->intx, pci_intx_disabled(nic->mem.pci));
}

/**
 * bar_write() - write a register
 * @nic:	the card
 * @access:	an access inside a BAR
 * @data:	access->count bytes
 *
 * Return: false for a width that registers do not have
 */
static bool bar_write(struct nic *nic, const struct vfio_user_region_access *access,
		      const uint8_t *data)
{
	uint8_t raw[8] = {0};

	if (!is_register_width(access->count))
		return false;
	memcpy(raw, data, access->count);
	nic->class->bar_write(nic, (int)access->region, (uint32_t)access->offset, access->count,
			      get_le64(raw));
	return true;
}

int vfio_user_region_write(struct vfio_user_server *server, struct vfio_user_message *message,
			   struct vfio_user_reply *reply)
{
	struct nic *nic = server->nic;
	struct vfio_user_region_access access;
	const uint8_t *data = message->payload + sizeof(access);
	bool good = true;

	memcpy(&access, message->payload, sizeof(access));
	if (access.count > message->len - sizeof(access))
		return -EINVAL;
	memcpy(reply->payload, &access, sizeof(access));
	reply->len = sizeof(access);
	if (!inside(nic, &access) || access.region == VFIO_USER_REGION_ROM)
		good = false;
	else if (access.region == VFIO_USER_REGION_CONFIG)
		config_write(nic, &access, data);
	else
		good = bar_write(nic, &access, data);
	if (!good)
		vfio_user_complain(server, message, "no such bytes in this region");
	else if (message->header.flags & VFIO_USER_NO_REPLY)
		nic->mem.shared->counters.reg_writes++;
	else if (access.region != VFIO_USER_REGION_CONFIG)
		nic->mem.shared->counters.reg_reads++; /* the guest waits as for a read */
	return 0;
}
