/* SPDX-License-Identifier: BSD-2-Clause */
/* A card: its memory, its life, its cable, its interrupt, its way to guest memory. */
#include "devices/nic.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "devices/models.h"
#include "devices/vfio_user/server.h"
#include "net/base/bytes.h"
#include "net/base/error.h"
#include "net/base/log.h"
#include "net/base/loop.h"

#define NIC_MAGIC         0x434e4250 /* "PBNC" in memory */
#define NIC_STATE_VERSION 3

/*
 * Where the parts of a memfd begin: all the same for every model and version, so that a successor
 * finds what it can use. What is not touched takes no memory.
 */
#define AT_PCI       NIC_SHARED_SIZE
#define AT_VFIO_USER (AT_PCI + 4096)
#define AT_CHIP      (AT_VFIO_USER + NIC_PART_SIZE)
#define MEMFD_SIZE   ((size_t)AT_CHIP + NIC_PART_SIZE)

const struct nic_class *nic_class(const char *model)
{
	for (size_t i = 0; nic_models[i]; i++) {
		if (strcmp(nic_models[i]->model, model) == 0)
			return nic_models[i];
	}
	return NULL;
}

int nic_memory_create(const struct nic_class *class, struct error *err)
{
	const struct nic_shared head = {.magic = NIC_MAGIC,
					.version = NIC_STATE_VERSION,
					.chip_version = class->state_version};
	int fd = memfd_create("patchbay-nic", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return error_set(err, errno, "The card's memory can't be made: %s.",
				 strerror(errno));
	if (ftruncate(fd, MEMFD_SIZE) < 0 ||
	    pwrite(fd, &head, sizeof(head), 0) != (ssize_t)sizeof(head) ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) {
		int code = errno;

		close(fd);
		return error_set(err, code, "The card's memory can't be set up: %s.",
				 strerror(code));
	}
	return fd;
}

/**
 * check_memory() - is this a card's memfd as nic_memory_create() makes them?
 * @fd:		the memfd
 * @err:	says why not
 *
 * Return: 0 or -errno
 */
static int check_memory(int fd, struct error *err)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW;
	struct stat st;
	int have = fcntl(fd, F_GET_SEALS);

	if (have < 0 || fstat(fd, &st) < 0)
		return error_set(err, errno, "The card's memory is no memfd: %s.", strerror(errno));
	if ((have & seals) != seals)
		return error_set(err, EINVAL, "The card's memory is not sealed.");
	if ((uint64_t)st.st_size != MEMFD_SIZE)
		return error_set(err, EINVAL, "The card's memory has %lld bytes instead of %zu.",
				 (long long)st.st_size, MEMFD_SIZE);
	return 0;
}

int nic_memory_map(struct nic_memory *mem, int fd, struct error *err)
{
	uint8_t *base;
	int ret = check_memory(fd, err);

	if (ret < 0)
		return ret;
	base = mmap(NULL, MEMFD_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (base == MAP_FAILED)
		return error_set(err, errno, "The card's memory can't be mapped: %s.",
				 strerror(errno));
	*mem = (struct nic_memory){.base = base,
				   .size = MEMFD_SIZE,
				   .shared = (void *)base,
				   .pci = (void *)(base + AT_PCI),
				   .vfio_user = (void *)(base + AT_VFIO_USER),
				   .chip = base + AT_CHIP};
	if (mem->shared->magic == NIC_MAGIC && mem->shared->version == NIC_STATE_VERSION)
		return 0;
	nic_memory_unmap(mem);
	return error_set(err, EINVAL, "The card's memory has another layout than this version's.");
}

void nic_memory_unmap(struct nic_memory *mem)
{
	if (mem->base)
		munmap(mem->base, mem->size);
	*mem = (struct nic_memory){0};
}

/**
 * show_cable() - let the guest see that the cable was plugged or pulled
 * @nic:	the card
 * @up:		plugged
 */
static void show_cable(struct nic *nic, bool up)
{
	loop_timer_cancel(&nic->plug_timer);
	if (up == nic->cable)
		return;
	nic->cable = up;
	nic->mem.shared->cable = up;
	if (!up)
		nic->pulled_ns = loop_now(nic->loop);
	if (nic->class->cable)
		nic->class->cable(nic, up);
}

/**
 * on_plug_timer() - the cable was out long enough for the guest to notice
 * @timer:	the card's timer
 */
static void on_plug_timer(struct loop_timer *timer)
{
	show_cable(container_of(timer, struct nic, plug_timer), true);
}

/**
 * take_over() - the memory is a predecessor's
 * @nic:	the card
 *
 * The cable is as the guest saw it last until the card is plugged in; one that was out is out for
 * its whole time again.
 */
static void take_over(struct nic *nic)
{
	struct nic_shared *shared = nic->mem.shared;

	shared->counters.takeovers++;
	nic->cable = shared->cable != 0;
	nic->pulled_ns = nic->cable ? 0 : loop_now(nic->loop);
	if (shared->chip_version == nic->class->state_version) {
		nic->inherited = true;
		return;
	}
	log_warn("the card's state is of version %u, this program's is %u: the card is reset",
		 shared->chip_version, nic->class->state_version);
	memset(nic->mem.chip, 0, NIC_PART_SIZE);
	shared->chip_version = nic->class->state_version;
	shared->counters.lost_states++;
}

/**
 * set_up() - all of a card but the chip
 * @nic:	the card, with class, loop, memory and MAC
 */
static void set_up(struct nic *nic)
{
	const struct nic_class *class = nic->class;
	struct pci_state *pci = nic->mem.pci;

	dma_init(&nic->dma);
	if (nic->mem.shared->used)
		take_over(nic);
	if (nic->mem.shared->used)
		pci_config_adopt(pci, &class->identity, class->bars);
	else
		pci_config_reset(pci, &class->identity, class->bars);
	intx_init(&nic->intx, nic->loop, &pci->intx, &nic->mem.shared->counters.interrupts);
	intx_set_disabled(&nic->intx, pci_intx_disabled(pci));
	msi_init(&nic->msi, &nic->mem.shared->counters.interrupts);
	port_init(&nic->port, &class->port_ops, class->port_caps, &nic->mem.shared->port);
	nic->link_wanted = true;
	nic->plug_timer.callback = on_plug_timer;
}

struct nic *nic_new(const struct nic_class *class, struct loop *loop, int memfd,
		    const uint8_t mac[ETH_ADDR_LEN], struct error *err)
{
	struct nic *nic = calloc(1, class->card_size);

	if (!nic) {
		error_set(err, ENOMEM, "There is no memory for the card.");
		return NULL;
	}
	nic->class = class;
	nic->loop = loop;
	memcpy(nic->mac, mac, ETH_ADDR_LEN);
	if (nic_memory_map(&nic->mem, memfd, err) < 0) {
		free(nic);
		return NULL;
	}
	set_up(nic);
	if (class->start && class->start(nic, err) < 0) {
		nic_memory_unmap(&nic->mem);
		free(nic);
		return NULL;
	}
	nic->mem.shared->used = 1;
	return nic;
}

void nic_free(struct nic *nic)
{
	if (!nic)
		return;
	port_disconnect(&nic->port);
	loop_timer_cancel(&nic->plug_timer);
	if (nic->class->stop)
		nic->class->stop(nic);
	intx_done(&nic->intx);
	msi_set_eventfd(&nic->msi, -1);
	dma_unmap_all(&nic->dma);
	nic_memory_unmap(&nic->mem);
	free(nic->rom);
	free(nic);
}

void nic_keep(struct nic *nic, enum nic_fd kind, unsigned index, int fd)
{
	if (nic->host)
		nic->host->keep(nic->host, kind, index, fd);
}

void nic_set_attached(struct nic *nic, bool attached)
{
	nic->mem.shared->attached = attached;
	if (nic->news && !loop_timer_running(nic->news))
		loop_timer_set(nic->loop, nic->news, loop_now(nic->loop) + NIC_NEWS_NS);
}

int nic_set_rom(struct nic *nic, int fd, struct error *err)
{
	uint8_t *rom = calloc(1, NIC_ROM_MAX + 1);
	ssize_t n = rom ? pread(fd, rom, NIC_ROM_MAX + 1, 0) : -1;
	uint32_t size = 2048;

	if (n < 2 || n > (ssize_t)NIC_ROM_MAX || get_be16(rom) != 0x55aa) {
		free(rom);
		return error_set(err, EINVAL,
				 "The ROM file is not an option ROM of up to %u KiB, "
				 "which begins with 55 AA.",
				 NIC_ROM_MAX >> 10);
	}
	while (size < (uint32_t)n)
		size *= 2;
	nic->rom = rom;
	nic->rom_len = (uint32_t)n;
	pci_set_rom(nic->mem.pci, size);
	return 0;
}

/**
 * reset_chip() - what follows new contents of configuration space
 * @nic:	the card
 */
static void reset_chip(struct nic *nic)
{
	nic_irq(nic, false);
	intx_set_disabled(&nic->intx, false);
	nic->class->reset(nic);
}

void nic_reset_chip(struct nic *nic)
{
	nic->mem.shared->counters.lost_states++;
	nic_irq(nic, false);
	nic->class->reset(nic);
}

void nic_reset(struct nic *nic)
{
	pci_config_reset(nic->mem.pci, &nic->class->identity, nic->class->bars);
	reset_chip(nic);
}

void nic_wake(struct nic *nic)
{
	pci_config_wake(nic->mem.pci, &nic->class->identity, nic->class->bars);
	reset_chip(nic);
}

unsigned nic_power_state(const struct nic *nic)
{
	return pci_power_state(nic->mem.pci, &nic->class->identity);
}

bool nic_cable(const struct nic *nic)
{
	return nic->cable;
}

void nic_cable_changed(struct nic *nic)
{
	bool up = nic->link_wanted && nic->port.peer && nic->port.peer->link_up;
	int64_t when = nic->pulled_ns + NIC_REPLUG_NS;

	if (up && nic->pulled_ns && when > loop_now(nic->loop))
		loop_timer_set(nic->loop, &nic->plug_timer, when);
	else
		show_cable(nic, up);
}

void nic_set_link(struct nic *nic, bool up)
{
	nic->link_wanted = up;
	port_set_link(&nic->port, up);
	nic_cable_changed(nic);
}

void nic_irq(struct nic *nic, bool level)
{
	if (level && !nic->mem.pci->intx.level)
		msi_send(&nic->msi);
	intx_set_level(&nic->intx, level);
}

bool nic_bus_master(const struct nic *nic)
{
	return pci_bus_master(nic->mem.pci, &nic->class->identity);
}

int nic_dma_iov(struct nic *nic, const struct dma_range *range, struct iovec *iov, int max)
{
	return nic_bus_master(nic) ? dma_iov(&nic->dma, range, iov, max) : -EFAULT;
}

int nic_dma_read(struct nic *nic, uint64_t address, void *buf, uint32_t len)
{
	if (nic_bus_master(nic))
		return dma_read(&nic->dma, address, buf, len);
	memset(buf, 0, len);
	return -EFAULT;
}

int nic_dma_write(struct nic *nic, uint64_t address, const void *buf, uint32_t len)
{
	return nic_bus_master(nic) ? dma_write(&nic->dma, address, buf, len) : -EFAULT;
}
