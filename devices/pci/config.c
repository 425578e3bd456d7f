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

/* Power management capability (PCI PM 1.1, 3.2). */
#define PM_ID         0x01
#define PM_PMC        2
#define PM_CSR        4
#define PM_SIZE       8
#define PMC_VALUE     0x0022 /* version 2, needs its driver to initialise it; D0, D3; no PME# */
#define PM_STATE_MASK 0x03
#define PM_STATE_D3   0x03

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
 * set_power_capability() - power management, the only capability there is
 * @pci:	the state
 * @offset:	where it lies; 0: none
 */
static void set_power_capability(struct pci_state *pci, uint8_t offset)
{
	uint8_t *cap = pci->config + offset;

	if (offset == 0 || offset > PCI_CONFIG_SIZE - PM_SIZE)
		return;
	put_le16(pci->config + STATUS, get_le16(pci->config + STATUS) | STATUS_CAPABILITIES);
	pci->config[CAP_POINTER] = offset;
	cap[0] = PM_ID;
	cap[1] = 0; /* last of the list */
	put_le16(cap + PM_PMC, PMC_VALUE);
	pci->writable[offset + PM_CSR] = PM_STATE_MASK;
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
	set_power_capability(pci, id->pm_offset);
}

void pci_config_adopt(struct pci_state *pci, const struct pci_identity *id,
		      const struct pci_bar bars[PCI_BAR_COUNT])
{
	uint8_t old[PCI_CONFIG_SIZE];

	memcpy(old, pci->config, sizeof(old));
	pci_config_reset(pci, id, bars);
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

/**
 * power_state() - D0 to D3
 * @pci:	the state
 * @id:		the model's identity
 *
 * Return: 0 to 3; 0 for a card without power management
 */
static unsigned power_state(const struct pci_state *pci, const struct pci_identity *id)
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
	unsigned now = power_state(pci, id);

	if (now != 0 && now != PM_STATE_D3) { /* PCI PM 1.1, 3.2.4: such a write is discarded */
		pci->config[id->pm_offset + PM_CSR] &= (uint8_t)~PM_STATE_MASK;
		pci->config[id->pm_offset + PM_CSR] |= (uint8_t)old;
		return 0;
	}
	return old == PM_STATE_D3 && now == 0 ? PCI_EVENT_TO_D0 : 0;
}

unsigned pci_config_write(struct pci_state *pci, const struct pci_identity *id, uint32_t offset,
			  const uint8_t *buf, uint32_t len)
{
	unsigned old_power = power_state(pci, id);
	uint16_t old_command = get_le16(pci->config + COMMAND);
	unsigned events;

	for (uint32_t i = 0; i < len && offset < PCI_CONFIG_SIZE; i++, offset++) {
		uint8_t mask = pci->writable[offset];

		pci->config[offset] = (uint8_t)((pci->config[offset] & ~mask) | (buf[i] & mask));
	}
	events = settle_power_state(pci, id, old_power);
	if (get_le16(pci->config + COMMAND) != old_command)
		events |= PCI_EVENT_COMMAND;
	return events;
}

bool pci_intx_disabled(const struct pci_state *pci)
{
	return get_le16(pci->config + COMMAND) & COMMAND_INTX_DISABLE;
}

bool pci_bus_master(const struct pci_state *pci, const struct pci_identity *id)
{
	return (get_le16(pci->config + COMMAND) & COMMAND_MASTER) && power_state(pci, id) == 0;
}
