/* SPDX-License-Identifier: BSD-2-Clause */
/* PCI configuration space: contents after reset, write masks, power states. */
#include "devices/pci/config.h"

#include <string.h>

#include "net/base/bytes.h"

/* Offsets (PCI 2.3, 6.1). */
#define VENDOR_ID        0x00
#define DEVICE_ID        0x02
#define COMMAND          0x04
#define STATUS           0x06
#define REVISION         0x08
#define CLASS_SUBCLASS   0x0a
#define CACHE_LINE       0x0c
#define LATENCY_TIMER    0x0d
#define BAR(n)           (0x10 + 4 * (n))
#define SUBSYSTEM_VENDOR 0x2c
#define SUBSYSTEM_ID     0x2e
#define ROM_BAR          0x30
#define CAP_POINTER      0x34
#define INTERRUPT_LINE   0x3c
#define INTERRUPT_PIN    0x3d
#define MIN_GRANT        0x3e
#define MAX_LATENCY      0x3f

#define COMMAND_MASTER       0x0004
#define COMMAND_INTX_DISABLE 0x0400
/* I/O, memory, master, write-and-invalidate, parity, SERR#, INTx disable: what a guest can set. */
#define COMMAND_WRITABLE 0x0557

#define STATUS_INTERRUPT     0x08
#define STATUS_CAPABILITIES  0x0010
#define STATUS_66MHZ         0x0020
#define STATUS_DEVSEL_MEDIUM 0x0200

#define CLASS_ETHERNET 0x0200 /* network controller, Ethernet */
#define BAR_IO         0x01

#define ROM_ENABLE  0x00000001u
#define ROM_ADDRESS 0xfffff800u

/* Power management capability (PCI PM 1.1, 3.2). */
#define PM_ID         0x01
#define PM_PMC        2
#define PM_CSR        4
#define PM_SIZE       8
#define PMC_VALUE     0x0022 /* version 2, needs its driver to initialise it; D0, D3 */
#define PMC_PME       0xc800 /* PME from D0, D3hot, D3cold */
#define PM_STATE_MASK 0x03
#define PM_STATE_D3   0x03
#define PM_PME_ENABLE 0x01 /* in the upper byte of PMCSR, as the next two */
#define PM_DATA_SEL   0x1e
#define PM_PME_STATUS 0x80

/* PCI-X capability (PCI-X 1.0, 7.2). */
#define PCIX_ID       0x07
#define PCIX_COMMAND  2
#define PCIX_STATUS   4
#define PCIX_SIZE     8
#define PCIX_WRITABLE 0x7f       /* parity recovery, relaxed ordering, burst, split transactions */
#define PCIX_DEFAULT  0x22       /* relaxed ordering, 512 bytes a burst, 3 split transactions */
#define PCIX_ABLE     0x0243fff8 /* 64 bits, 133 MHz, bursts of 4096, 4 splits, place not known */

/* MSI capability (PCI 2.3, 6.8.1): one message, 64-bit address, no mask bits. */
#define MSI_ID       0x05
#define MSI_CONTROL  2
#define MSI_ADDRESS  4
#define MSI_DATA     12
#define MSI_SIZE     14
#define MSI_64_BITS  0x80
#define MSI_WRITABLE 0x71 /* enable, messages granted */

/**
 * set_bars() - type bits and write masks of the base address registers
 * @pci:	the state
 * @bars:	the model's BARs
 */
static void set_bars(struct pci_state *pci, const struct pci_bar bars[PCI_BAR_COUNT])
{
	for (int i = 0; i < PCI_BAR_COUNT; i++) {
		uint32_t low = bars[i].type == PCI_BAR_IO ? 0x3 : 0xf;

		if (bars[i].type == PCI_BAR_NONE)
			continue;
		put_le32(pci->config + BAR(i), bars[i].type == PCI_BAR_IO ? BAR_IO : 0);
		put_le32(pci->writable + BAR(i), ~(bars[i].size - 1) & ~low);
	}
}

/**
 * add_capability() - link a capability into the list, in front of those that are there
 * @pci:	the state
 * @offset:	where it lies; 0: it is not there
 * @id:		its id
 * @size:	its bytes
 *
 * Return: its first byte, or NULL
 */
static uint8_t *add_capability(struct pci_state *pci, uint8_t offset, uint8_t id, int size)
{
	uint8_t *cap = pci->config + offset;

	if (offset == 0 || offset > PCI_CONFIG_SIZE - size)
		return NULL;
	put_le16(pci->config + STATUS, get_le16(pci->config + STATUS) | STATUS_CAPABILITIES);
	cap[0] = id;
	cap[1] = pci->config[CAP_POINTER];
	pci->config[CAP_POINTER] = offset;
	return cap;
}

/**
 * set_capabilities() - the list of capabilities, last one first
 * @pci:	the state
 * @id:		the model's identity
 */
static void set_capabilities(struct pci_state *pci, const struct pci_identity *id)
{
	uint8_t *msi = add_capability(pci, id->msi_offset, MSI_ID, MSI_SIZE);
	uint8_t *pcix = add_capability(pci, id->pcix_offset, PCIX_ID, PCIX_SIZE);
	uint8_t *pm = add_capability(pci, id->pm_offset, PM_ID, PM_SIZE);
	uint8_t *writable = pci->writable;

	if (msi) {
		msi[MSI_CONTROL] = MSI_64_BITS;
		writable[id->msi_offset + MSI_CONTROL] = MSI_WRITABLE;
		put_le64(writable + id->msi_offset + MSI_ADDRESS, ~3ull);
		put_le16(writable + id->msi_offset + MSI_DATA, 0xffff);
	}
	if (pcix) {
		pcix[PCIX_COMMAND] = PCIX_DEFAULT;
		put_le32(pcix + PCIX_STATUS, PCIX_ABLE);
		writable[id->pcix_offset + PCIX_COMMAND] = PCIX_WRITABLE;
	}
	if (pm) {
		put_le16(pm + PM_PMC, PMC_VALUE | (id->wakes ? PMC_PME : 0));
		writable[id->pm_offset + PM_CSR] = PM_STATE_MASK;
		if (id->wakes)
			writable[id->pm_offset + PM_CSR + 1] = PM_PME_ENABLE | PM_DATA_SEL;
	}
}

void pci_set_rom(struct pci_state *pci, uint32_t size)
{
	pci->rom_size = size >= 2048 && (size & (size - 1)) == 0 ? size : 0;
	put_le32(pci->writable + ROM_BAR,
		 pci->rom_size ? (~(pci->rom_size - 1) & ROM_ADDRESS) | ROM_ENABLE : 0);
}

void pci_config_reset(struct pci_state *pci, const struct pci_identity *id,
		      const struct pci_bar bars[PCI_BAR_COUNT])
{
	uint8_t *c = pci->config;

	memset(pci->config, 0, sizeof(pci->config));
	memset(pci->writable, 0, sizeof(pci->writable));
	put_le16(c + VENDOR_ID, id->vendor);
	put_le16(c + DEVICE_ID, id->device);
	put_le16(c + STATUS, STATUS_66MHZ | STATUS_DEVSEL_MEDIUM);
	c[REVISION] = id->revision;
	put_le16(c + CLASS_SUBCLASS, CLASS_ETHERNET);
	put_le16(c + SUBSYSTEM_VENDOR, id->subsystem_vendor);
	put_le16(c + SUBSYSTEM_ID, id->subsystem);
	c[INTERRUPT_PIN] = 1; /* INTA# */
	c[MIN_GRANT] = id->min_grant;
	c[MAX_LATENCY] = id->max_latency;
	put_le16(pci->writable + COMMAND, COMMAND_WRITABLE);
	pci->writable[CACHE_LINE] = 0xff;
	pci->writable[LATENCY_TIMER] = 0xff;
	pci->writable[INTERRUPT_LINE] = 0xff;
	set_bars(pci, bars);
	set_capabilities(pci, id);
	pci_set_rom(pci, pci->rom_size);
}

void pci_config_adopt(struct pci_state *pci, const struct pci_identity *id,
		      const struct pci_bar bars[PCI_BAR_COUNT])
{
	uint8_t old[PCI_CONFIG_SIZE];

	memcpy(old, pci->config, sizeof(old));
	pci_config_wake(pci, id, bars);
	for (int i = 0; i < PCI_CONFIG_SIZE; i++)
		pci->config[i] |= old[i] & pci->writable[i];
	pci->intx.level = !!pci->intx.level;
	pci->intx.masked = !!pci->intx.masked;
}

void pci_config_read(const struct pci_state *pci, uint32_t offset, uint8_t *buf, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++) {
		uint32_t at = offset + i;

		buf[i] = at >= offset && at < PCI_CONFIG_SIZE ? pci->config[at] : 0;
		if (at == STATUS && pci->intx.level) /* PCI 2.3, 6.2.3: before COMMAND.10 */
			buf[i] |= STATUS_INTERRUPT;
	}
}

unsigned pci_power_state(const struct pci_state *pci, const struct pci_identity *id)
{
	return id->pm_offset ? pci->config[id->pm_offset + PM_CSR] & PM_STATE_MASK : 0;
}

/**
 * settle_power_state() - after a write: D1 and D2 are not there, leaving D3 is an event
 * @pci:	the state
 * @id:		the model's identity
 * @old:	the state before
 *
 * Return: enum pci_event bits
 */
static unsigned settle_power_state(struct pci_state *pci, const struct pci_identity *id,
				   unsigned old)
{
	unsigned now = pci_power_state(pci, id);

	if (now != 0 && now != PM_STATE_D3) { /* PCI PM 1.1, 3.2.4: such a write is discarded */
		pci->config[id->pm_offset + PM_CSR] &= (uint8_t)~PM_STATE_MASK;
		pci->config[id->pm_offset + PM_CSR] |= (uint8_t)old;
		return 0;
	}
	return old == PM_STATE_D3 && now == 0 ? PCI_EVENT_TO_D0 : 0;
}

/**
 * clear_pme_status() - PME_Status is cleared by writing 1 to it
 * @pci:	the state
 * @id:		the model's identity
 * @offset:	first byte written
 * @buf:	the bytes
 * @len:	their number
 */
static void clear_pme_status(struct pci_state *pci, const struct pci_identity *id, uint32_t offset,
			     const uint8_t *buf, uint32_t len)
{
	uint32_t at = (uint32_t)id->pm_offset + PM_CSR + 1;

	if (id->pm_offset && at >= offset && at - offset < len &&
	    (buf[at - offset] & PM_PME_STATUS))
		pci->config[at] &= (uint8_t)~PM_PME_STATUS;
}

unsigned pci_config_write(struct pci_state *pci, const struct pci_identity *id, uint32_t offset,
			  const uint8_t *buf, uint32_t len)
{
	unsigned old_power = pci_power_state(pci, id);
	uint16_t old_command = get_le16(pci->config + COMMAND);
	unsigned events;

	clear_pme_status(pci, id, offset, buf, len);
	for (uint32_t i = 0; i < len && offset < PCI_CONFIG_SIZE; i++, offset++) {
		uint8_t mask = pci->writable[offset];

		pci->config[offset] = (uint8_t)((pci->config[offset] & ~mask) | (buf[i] & mask));
	}
	events = settle_power_state(pci, id, old_power);
	if (get_le16(pci->config + COMMAND) != old_command)
		events |= PCI_EVENT_COMMAND;
	return events;
}

struct pci_pme pci_pme(const struct pci_state *pci, const struct pci_identity *id)
{
	uint8_t upper = pci->config[id->pm_offset + PM_CSR + 1];

	return (struct pci_pme){.enabled = id->wakes && (upper & PM_PME_ENABLE),
				.status = id->wakes && (upper & PM_PME_STATUS)};
}

void pci_set_pme(struct pci_state *pci, const struct pci_identity *id, struct pci_pme pme)
{
	uint8_t *upper = &pci->config[id->pm_offset + PM_CSR + 1];

	if (!id->wakes)
		return;
	*upper &= (uint8_t) ~(PM_PME_ENABLE | PM_PME_STATUS);
	*upper |= (uint8_t)((pme.enabled ? PM_PME_ENABLE : 0) | (pme.status ? PM_PME_STATUS : 0));
}

void pci_config_wake(struct pci_state *pci, const struct pci_identity *id,
		     const struct pci_bar bars[PCI_BAR_COUNT])
{
	struct pci_pme pme = pci_pme(pci, id);

	pci_config_reset(pci, id, bars);
	pci_set_pme(pci, id, pme);
}

bool pci_intx_disabled(const struct pci_state *pci)
{
	return get_le16(pci->config + COMMAND) & COMMAND_INTX_DISABLE;
}

bool pci_bus_master(const struct pci_state *pci, const struct pci_identity *id)
{
	return (get_le16(pci->config + COMMAND) & COMMAND_MASTER) && pci_power_state(pci, id) == 0;
}
