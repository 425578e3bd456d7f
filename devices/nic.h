/* SPDX-License-Identifier: BSD-2-Clause */
/* A card: what every model has, what a model must provide, and how it lies in memory. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "devices/dma.h"
#include "devices/pci/config.h"
#include "devices/pci/intx.h"
#include "devices/pci/msi.h"
#include "net/base/loop.h"
#include "net/core/ether.h"
#include "net/core/port.h"

struct error;
struct loop;
struct nic;
struct nic_class;
struct reg_bank;

#define NIC_SHARED_SIZE 4096
#define NIC_ROM_MAX     (512u << 10) /* the most that option ROMs of network cards have */
#define NIC_PART_SIZE   (1u << 20)   /* what server and chip may grow to without a new layout */
#define NIC_REPLUG_NS   3000000000LL /* Linux's e1000 looks every 2 s, and would miss a move */
#define NIC_NEWS_NS     100000000LL  /* how often control is told of guests that come and go */

/**
 * struct nic_counters - what a card counts beside its port
 * @interrupts:	times INTx or MSI was fired
 * @reg_reads:	register accesses of the guest that waited for an answer
 * @reg_writes:	posted register writes
 * @takeovers:	times a successor took the card over from a worker that was gone
 * @poisoned:	commands that were not executed, because two workers had died of them
 * @lost_states: times a successor could not use the card's state, and reset the card
 */
struct nic_counters {
	uint64_t interrupts;
	uint64_t reg_reads;
	uint64_t reg_writes;
	uint64_t takeovers;
	uint64_t poisoned;
	uint64_t lost_states;
};

#define NIC_FORWARDS 256 /* rules for ports that lead to the guest */

/**
 * struct nic_shared - first page of a NIC's memfd, the only one that control maps (read-only)
 * @magic:	NIC_MAGIC
 * @version:	NIC_STATE_VERSION: layout of the whole memfd but the chip's part
 * @chip_version: class->state_version: layout of the chip's part
 * @attached:	1 while a guest is connected
 * @used:	a worker has had the card: the parts behind this one are in use
 * @cable:	struct nic's
 * @counters:	see there
 * @port:	counters of the card's port
 * @netdev:	counters of the port of the netdev that runs in the same worker
 * @forwards:	how often each rule for forwarded ports was used, by its slot
 *
 * Control trusts nothing in here: each number is loaded once and only shown.
 */
struct nic_shared {
	uint32_t magic;
	uint32_t version;
	uint32_t chip_version;
	uint32_t attached;
	uint32_t used;
	uint32_t cable;
	struct nic_counters counters;
	struct port_stats port;
	struct port_stats netdev;
	uint64_t forwards[NIC_FORWARDS];
};

_Static_assert(sizeof(struct nic_shared) <= NIC_SHARED_SIZE, "it is one page");

/**
 * struct nic_memory - a NIC's memfd, mapped
 * @base:	start of the mapping
 * @size:	its size
 * @shared:	first page
 * @pci:	PCI configuration space and INTx state
 * @vfio_user:	receive buffer, unsent reply, progress record of the vfio-user server
 * @chip:	the model's own flat state, class->state_size bytes
 *
 * All of it is pointer-free, so that a successor process can go on with it.
 */
struct nic_memory {
	void *base;
	size_t size;
	struct nic_shared *shared;
	struct pci_state *pci;
	struct vfio_user_state *vfio_user;
	void *chip;
};

/**
 * nic_memory_create() - make the memfd of a new card, sealed against change of size
 * @class:	its model
 * @err:	says why not
 *
 * Return: descriptor, owned by the caller, or -errno
 */
int nic_memory_create(const struct nic_class *class, struct error *err);

/**
 * nic_memory_map() - map a card's memfd
 * @mem:	filled
 * @fd:		the memfd; may be closed afterwards
 * @err:	says why not
 *
 * Return: 0 or -errno
 */
int nic_memory_map(struct nic_memory *mem, int fd, struct error *err);

/**
 * nic_memory_unmap() - undo nic_memory_map(); a zeroed struct is allowed
 * @mem:	the mapping
 */
void nic_memory_unmap(struct nic_memory *mem);

/**
 * struct nic_class - a model; one const instance in devices/<chip>/
 * @model:	API name
 * @description: one line for a person
 * @identity:	PCI ids and capabilities
 * @bars:	BAR 0 to 5
 * @banks:	register bank behind each BAR that has one (documentation, tests), or NULL
 * @card_size:	size of the model's struct, whose first member is a struct nic
 * @state_size:	size of its flat state, at most NIC_PART_SIZE
 * @state_version: layout of that; to be raised with each change of it
 * @port_caps:	caps of its port
 * @port_ops:	operations of its port
 * @start:	@nic is set up, its state is new (zeroed) or, with @nic->inherited, a predecessor's
 *		and not to be trusted; make it run. What the predecessor had under way is lost, so
 *		rather raise an interrupt too many. Return: 0, or -errno with the error set
 * @stop:	cancel timers, free what start made
 * @reset:	PCI reset: all state to power-up values; MAC, cable and netdev stay
 * @bar_read:	@size is 1, 2, 4 or 8 and lies inside the BAR, at any alignment
 * @bar_write:	likewise
 * @cable:	nic_cable() changed: the guest-visible cable was plugged or pulled
 * @settle:	the batch of messages is worked off: do what doorbells asked for, decide on the
 *		interrupt; may be NULL
 */
struct nic_class {
	const char *model;
	const char *description;
	struct pci_identity identity;
	struct pci_bar bars[PCI_BAR_COUNT];
	const struct reg_bank *banks[PCI_BAR_COUNT];
	size_t card_size;
	size_t state_size;
	uint32_t state_version;
	uint32_t port_caps;
	struct port_ops port_ops;
	int (*start)(struct nic *nic, struct error *err);
	void (*stop)(struct nic *nic);
	void (*reset)(struct nic *nic);
	uint64_t (*bar_read)(struct nic *nic, int bar, uint32_t offset, unsigned size);
	void (*bar_write)(struct nic *nic, int bar, uint32_t offset, unsigned size, uint64_t value);
	void (*cable)(struct nic *nic, bool up);
	void (*settle)(struct nic *nic);
};

/** enum nic_fd - descriptors of a guest that outlive the worker */
enum nic_fd {
	NIC_FD_CLIENT,     /* vfio-user connection */
	NIC_FD_PIPE_READ,  /* pipe that replies go through */
	NIC_FD_PIPE_WRITE, /* its other end */
	NIC_FD_MEMORY,     /* guest memory, one for each file */
	NIC_FD_INTX,       /* eventfd of the interrupt pin */
	NIC_FD_RESAMPLE,   /* its resample eventfd */
	NIC_FD_MSI,        /* eventfd of the message */
	NIC_FD_KINDS,
};

#define NIC_MAX_FDS 32 /* of one card */

/**
 * struct nic_kept - a descriptor that outlived a worker
 * @kind:	what it is
 * @index:	which one of these
 * @fd:		the descriptor
 */
struct nic_kept {
	enum nic_fd kind;
	unsigned index;
	int fd;
};

/**
 * struct nic_host - what a card asks of the process it runs in
 * @keep:	let a descriptor outlive the process; -1: no longer. It stays the caller's
 */
struct nic_host {
	void (*keep)(struct nic_host *host, enum nic_fd kind, unsigned index, int fd);
};

/**
 * struct nic - a card in its worker; first member of each model's struct
 * @class:	its model
 * @loop:	the worker's loop
 * @host:	its process, or NULL: nothing outlives it
 * @news:	set to fire when a guest has come or gone, not at each; NULL: nobody asks
 * @inherited:	the state is a predecessor's
 * @mem:	its memfd
 * @dma:	guest memory
 * @intx:	the interrupt pin (state lies in @mem.pci)
 * @rom:	contents of its expansion ROM, owned, or NULL
 * @rom_len:	their length, at most the ROM BAR's size
 * @msi:	its message, which takes the pin's place while the guest has it on
 * @port:	its port; the model's port operations find the card with container_of()
 * @mac:	station address, as in the model's EEPROM
 * @link_wanted: `link` as the user set it
 * @cable:	the guest sees a cable: what class->cable was told last
 * @pulled_ns:	when the cable was pulled last
 * @plug_timer:	the guest sees the cable again when it fires
 */
struct nic {
	const struct nic_class *class;
	struct loop *loop;
	struct nic_host *host;
	struct loop_timer *news;
	bool inherited;
	struct nic_memory mem;
	struct dma dma;
	struct intx intx;
	struct msi msi;
	uint8_t *rom;
	uint32_t rom_len;
	struct port port;
	uint8_t mac[ETH_ADDR_LEN];
	bool link_wanted;
	bool cable;
	int64_t pulled_ns;
	struct loop_timer plug_timer;
};

/**
 * nic_class() - find a model by name
 * @model:	API name, "e1000"
 *
 * Return: the class, or NULL
 */
const struct nic_class *nic_class(const char *model);

/**
 * nic_new() - make a card run on its memory
 * @class:	its model
 * @loop:	the worker's loop
 * @memfd:	from nic_memory_create(); stays the caller's
 * @mac:	station address
 * @err:	says why not
 *
 * Return: the card, or NULL
 */
struct nic *nic_new(const struct nic_class *class, struct loop *loop, int memfd,
		    const uint8_t mac[ETH_ADDR_LEN], struct error *err);

/**
 * nic_free() - stop and free a card; its port is disconnected first; NULL is allowed
 * @nic:	the card
 */
void nic_free(struct nic *nic);

/**
 * nic_keep() - let a descriptor outlive the process, or no longer; see struct nic_host
 * @nic:	the card
 * @kind:	what it is
 * @index:	which one of these
 * @fd:		the descriptor, or -1
 */
void nic_keep(struct nic *nic, enum nic_fd kind, unsigned index, int fd);

/**
 * nic_set_attached() - a guest has come or gone
 * @nic:	the card
 * @attached:	a guest has the card
 */
void nic_set_attached(struct nic *nic, bool attached);

/**
 * nic_reset_chip() - the card's state is of no use: the chip to power-up values, counted
 * @nic:	the card
 *
 * The configuration space stays, since the guest's firmware, which filled it, does not run again.
 */
void nic_reset_chip(struct nic *nic);

/**
 * nic_reset() - PCI reset: configuration space, interrupt, chip
 * @nic:	the card
 */
void nic_reset(struct nic *nic);

/**
 * nic_wake() - power state D3hot to D0: as nic_reset(), but what PME is about stays
 * @nic:	the card
 */
void nic_wake(struct nic *nic);

/**
 * nic_power_state() - D0 (0) to D3 (3)
 * @nic:	the card
 */
unsigned nic_power_state(const struct nic *nic);

/**
 * nic_set_rom() - give the card an expansion ROM
 * @nic:	the card, without one
 * @fd:		a file with the image; stays the caller's
 * @err:	says why not
 *
 * Return: 0 or -errno
 */
int nic_set_rom(struct nic *nic, int fd, struct error *err);

/**
 * nic_set_link() - the user's `link`
 * @nic:	the card
 * @up:		plugged in or not
 */
void nic_set_link(struct nic *nic, bool up);

/**
 * nic_cable() - does the guest see a cable?
 * @nic:	the card
 *
 * Return: true when the user's link is up, something is plugged in and the peer's link is up, and
 * all that for NIC_REPLUG_NS if the cable had been pulled before
 */
bool nic_cable(const struct nic *nic);

/**
 * nic_cable_changed() - to be called by a model's port_ops.link: tells class->cable if it changed
 * @nic:	the card
 */
void nic_cable_changed(struct nic *nic);

/**
 * nic_irq() - drive the interrupt pin, or with MSI on send the message when @level rises
 * @nic:	the card
 * @level:	asserted or not; repeating the same is free
 */
void nic_irq(struct nic *nic, bool level);

/**
 * nic_bus_master() - may the card touch guest memory (COMMAND.MASTER, power state D0)?
 * @nic:	the card
 */
bool nic_bus_master(const struct nic *nic);

/**
 * nic_dma_iov() - dma_iov() that also needs bus mastering
 * @nic:	the card
 * @range:	the bytes, and what will be done to them
 * @iov:	filled
 * @max:	room in @iov
 *
 * Return: as dma_iov(); -EFAULT without bus mastering
 */
int nic_dma_iov(struct nic *nic, const struct dma_range *range, struct iovec *iov, int max);

/**
 * nic_dma_read() - dma_read() that also needs bus mastering
 * @nic:	the card
 * @address:	guest address
 * @buf:	where to
 * @len:	bytes
 *
 * Return: 0 or -EFAULT; then @buf is all zeros
 */
int nic_dma_read(struct nic *nic, uint64_t address, void *buf, uint32_t len);

/**
 * nic_dma_write() - dma_write() that also needs bus mastering
 * @nic:	the card
 * @address:	guest address
 * @buf:	where from
 * @len:	bytes
 *
 * Return: 0 or -EFAULT
 */
int nic_dma_write(struct nic *nic, uint64_t address, const void *buf, uint32_t len);
