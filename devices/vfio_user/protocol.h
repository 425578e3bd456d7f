/* SPDX-License-Identifier: BSD-2-Clause */
/* vfio-user on the wire: numbers and layouts, host byte order (QEMU docs/interop/vfio-user). */
#pragma once

#include <stdint.h>

/** enum vfio_user_command - header.command; 11, 12 go from server to client and are not used */
enum vfio_user_command {
	VFIO_USER_VERSION = 1,
	VFIO_USER_DMA_MAP = 2,
	VFIO_USER_DMA_UNMAP = 3,
	VFIO_USER_GET_INFO = 4,
	VFIO_USER_GET_REGION_INFO = 5,
	VFIO_USER_GET_IRQ_INFO = 7,
	VFIO_USER_SET_IRQS = 8,
	VFIO_USER_REGION_READ = 9,
	VFIO_USER_REGION_WRITE = 10,
	VFIO_USER_RESET = 13,
	VFIO_USER_COMMAND_COUNT,
};

#define VFIO_USER_TYPE_MASK    0x0fu
#define VFIO_USER_TYPE_COMMAND 0x00u
#define VFIO_USER_TYPE_REPLY   0x01u
#define VFIO_USER_NO_REPLY     0x10u
#define VFIO_USER_ERROR        0x20u

/**
 * struct vfio_user_header - in front of every message
 * @id:		chosen by the sender of a command, echoed in its reply
 * @command:	enum vfio_user_command
 * @size:	bytes of the message, this header included
 * @flags:	type, and VFIO_USER_NO_REPLY or VFIO_USER_ERROR
 * @error:	positive errno of an error reply
 */
struct vfio_user_header {
	uint16_t id;
	uint16_t command;
	uint32_t size;
	uint32_t flags;
	uint32_t error;
};

/**
 * struct vfio_user_version - payload of VERSION, followed by JSON and a NUL
 * @major:	0
 * @minor:	ours is 0
 */
struct vfio_user_version {
	uint16_t major;
	uint16_t minor;
};

#define VFIO_USER_DMA_READABLE 0x1u
#define VFIO_USER_DMA_WRITABLE 0x2u

/**
 * struct vfio_user_dma_map - payload of DMA_MAP; the reply has none
 * @argsz:	32
 * @flags:	VFIO_USER_DMA_READABLE, VFIO_USER_DMA_WRITABLE
 * @offset:	where the range begins in the descriptor
 * @address:	guest address
 * @size:	bytes
 */
struct vfio_user_dma_map {
	uint32_t argsz;
	uint32_t flags;
	uint64_t offset;
	uint64_t address;
	uint64_t size;
};

#define VFIO_USER_UNMAP_ALL 0x2u

/**
 * struct vfio_user_dma_unmap - payload of DMA_UNMAP and of its reply
 * @argsz:	24
 * @flags:	VFIO_USER_UNMAP_ALL
 * @address:	guest address
 * @size:	bytes
 */
struct vfio_user_dma_unmap {
	uint32_t argsz;
	uint32_t flags;
	uint64_t address;
	uint64_t size;
};

#define VFIO_USER_DEVICE_RESET 0x1u
#define VFIO_USER_DEVICE_PCI   0x2u

/**
 * struct vfio_user_device_info - payload of GET_INFO and of its reply
 * @argsz:	16
 * @flags:	VFIO_USER_DEVICE_RESET, VFIO_USER_DEVICE_PCI
 * @regions:	number of regions
 * @irqs:	number of interrupt indexes
 */
struct vfio_user_device_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t regions;
	uint32_t irqs;
};

/** enum vfio_user_region - indexes of a PCI card's regions; BARs are 0 to 5 */
enum vfio_user_region {
	VFIO_USER_REGION_ROM = 6,
	VFIO_USER_REGION_CONFIG = 7,
	VFIO_USER_REGION_VGA = 8,
	VFIO_USER_REGION_COUNT,
};

#define VFIO_USER_REGION_READABLE 0x1u
#define VFIO_USER_REGION_WRITABLE 0x2u

/**
 * struct vfio_user_region_info - payload of GET_REGION_INFO and of its reply
 * @argsz:	32, or more when the client has room for capabilities
 * @flags:	VFIO_USER_REGION_READABLE, VFIO_USER_REGION_WRITABLE; never MMAP or CAPS
 * @index:	enum vfio_user_region
 * @cap_offset:	0: no capabilities
 * @size:	bytes, 0 for a region that is not there
 * @offset:	0: nothing can be mapped
 */
struct vfio_user_region_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t cap_offset;
	uint64_t size;
	uint64_t offset;
};

/**
 * enum vfio_user_irq - indexes of a PCI card's interrupts
 *
 * VFIO knows two more, ERR and REQ. Asking for ERR is answered by an error: QEMU takes that in
 * silence, while "count 0" makes it warn, and "count 1" would let us stop the guest. Cloud
 * Hypervisor, which waits for ever for the rest of an error reply, asks only for these three.
 */
enum vfio_user_irq {
	VFIO_USER_IRQ_INTX,
	VFIO_USER_IRQ_MSI,
	VFIO_USER_IRQ_MSIX,
	VFIO_USER_IRQ_COUNT,
};

#define VFIO_USER_IRQ_EVENTFD    0x1u
#define VFIO_USER_IRQ_MASKABLE   0x2u
#define VFIO_USER_IRQ_AUTOMASKED 0x4u

/**
 * struct vfio_user_irq_info - payload of GET_IRQ_INFO and of its reply
 * @argsz:	16
 * @flags:	VFIO_USER_IRQ_EVENTFD ...
 * @index:	enum vfio_user_irq
 * @count:	number of interrupts
 */
struct vfio_user_irq_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t count;
};

#define VFIO_USER_SET_DATA    0x07u
#define VFIO_USER_SET_NONE    0x01u
#define VFIO_USER_SET_BOOL    0x02u
#define VFIO_USER_SET_EVENTFD 0x04u
#define VFIO_USER_SET_ACTION  0x38u
#define VFIO_USER_SET_MASK    0x08u
#define VFIO_USER_SET_UNMASK  0x10u
#define VFIO_USER_SET_TRIGGER 0x20u

/**
 * struct vfio_user_set_irqs - payload of SET_IRQS, followed by @count bytes with SET_BOOL
 * @argsz:	20
 * @flags:	one of the SET_ data bits and one of the SET_ action bits
 * @index:	enum vfio_user_irq
 * @start:	first interrupt
 * @count:	number of interrupts
 */
struct vfio_user_set_irqs {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t start;
	uint32_t count;
};

/**
 * struct vfio_user_region_access - payload of REGION_READ, REGION_WRITE and their replies
 * @offset:	first byte in the region
 * @region:	enum vfio_user_region
 * @count:	bytes; the data follow in a write and in the reply to a read
 */
struct vfio_user_region_access {
	uint64_t offset;
	uint32_t region;
	uint32_t count;
};

_Static_assert(sizeof(struct vfio_user_header) == 16, "as on the wire");
_Static_assert(sizeof(struct vfio_user_dma_map) == 32, "as on the wire");
_Static_assert(sizeof(struct vfio_user_dma_unmap) == 24, "as on the wire");
_Static_assert(sizeof(struct vfio_user_region_info) == 32, "as on the wire");
_Static_assert(sizeof(struct vfio_user_set_irqs) == 20, "as on the wire");
_Static_assert(sizeof(struct vfio_user_region_access) == 16, "as on the wire");
