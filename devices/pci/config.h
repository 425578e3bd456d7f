/* SPDX-License-Identifier: BSD-2-Clause */
/* PCI configuration space of a conventional one-function card (PCI 2.3, 256 bytes). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PCI_CONFIG_SIZE 256
#define PCI_BAR_COUNT   6

/** enum pci_bar_type - what a BAR decodes */
enum pci_bar_type {
	PCI_BAR_NONE,
	PCI_BAR_MEM,
	PCI_BAR_IO,
};

/**
 * struct pci_bar - one base address register
 * @type:	what it decodes
 * @size:	bytes, a power of two; 0 for PCI_BAR_NONE
 */
struct pci_bar {
	enum pci_bar_type type;
	uint32_t size;
};

/**
 * struct pci_identity - what a model shows in configuration space
 * @vendor:	vendor id
 * @device:	device id
 * @revision:	revision byte
 * @subsystem_vendor: subsystem vendor id
 * @subsystem:	subsystem id
 * @min_grant:	MIN_GNT
 * @max_latency: MAX_LAT
 * @pm_offset:	where the power management capability lies, 0: none
 * @pcix_offset: where the PCI-X capability lies, 0: none
 * @msi_offset:	where the MSI capability (one message, 64-bit address) lies, 0: none
 * @wakes:	the card can signal PME from D0 and D3
 */
struct pci_identity {
	uint16_t vendor;
	uint16_t device;
	uint8_t revision;
	uint16_t subsystem_vendor;
	uint16_t subsystem;
	uint8_t min_grant;
	uint8_t max_latency;
	uint8_t pm_offset;
	uint8_t pcix_offset;
	uint8_t msi_offset;
	bool wakes;
};

/**
 * struct intx_state - the part of the interrupt pin that a successor needs
 * @level:	the card asserts the pin
 * @masked:	fired and not yet unmasked by the client (automask), or masked by it
 */
struct intx_state {
	uint8_t level;
	uint8_t masked;
};

/**
 * struct pci_state - flat state: configuration space and pin; lies in the NIC's memfd
 * @config:	the 256 bytes, little endian
 * @writable:	bits of them that a write stores; follows from identity, BARs and @rom_size
 * @rom_size:	bytes that the expansion ROM BAR decodes, a power of two from 2048 on; 0: no ROM
 * @intx:	the interrupt pin
 */
struct pci_state {
	uint8_t config[PCI_CONFIG_SIZE];
	uint8_t writable[PCI_CONFIG_SIZE];
	uint32_t rom_size;
	struct intx_state intx;
};

/** enum pci_event - what a write to configuration space means for the card */
enum pci_event {
	PCI_EVENT_COMMAND = 1 << 0, /* COMMAND changed (bus mastering, INTx disable) */
	PCI_EVENT_TO_D0 = 1 << 1,   /* power state D3hot to D0: the card resets */
};

/**
 * pci_config_reset() - power-up contents
 * @pci:	the state
 * @id:		the model's identity
 * @bars:	its BARs
 */
void pci_config_reset(struct pci_state *pci, const struct pci_identity *id,
		      const struct pci_bar bars[PCI_BAR_COUNT]);

/**
 * pci_config_adopt() - go on with a predecessor's contents
 * @pci:	the state, not to be trusted
 * @id:		the model's identity
 * @bars:	its BARs
 *
 * All but the bits that a guest can write is made as after a reset.
 */
void pci_config_adopt(struct pci_state *pci, const struct pci_identity *id,
		      const struct pci_bar bars[PCI_BAR_COUNT]);

/**
 * pci_config_read() - read configuration bytes; STATUS.3 shows the pin
 * @pci:	the state
 * @offset:	first byte
 * @buf:	filled
 * @len:	bytes; what lies beyond the 256 reads as 0
 */
void pci_config_read(const struct pci_state *pci, uint32_t offset, uint8_t *buf, uint32_t len);

/**
 * pci_config_write() - write configuration bytes through the write masks
 * @pci:	the state
 * @id:		the model's identity
 * @offset:	first byte
 * @buf:	the bytes
 * @len:	their number; what lies beyond the 256 is ignored
 *
 * Return: enum pci_event bits
 */
unsigned pci_config_write(struct pci_state *pci, const struct pci_identity *id, uint32_t offset,
			  const uint8_t *buf, uint32_t len);

/**
 * pci_config_wake() - D3hot to D0: contents as after a reset, but PME's enable and status stay
 * @pci:	the state
 * @id:		the model's identity
 * @bars:	its BARs
 */
void pci_config_wake(struct pci_state *pci, const struct pci_identity *id,
		     const struct pci_bar bars[PCI_BAR_COUNT]);

/**
 * pci_set_rom() - give the card an expansion ROM, or take it away
 * @pci:	the state
 * @size:	bytes, a power of two from 2048 on; 0: none
 */
void pci_set_rom(struct pci_state *pci, uint32_t size);

/**
 * pci_power_state() - D0 to D3
 * @pci:	the state
 * @id:		the model's identity
 *
 * Return: 0 to 3; 0 for a card without power management
 */
unsigned pci_power_state(const struct pci_state *pci, const struct pci_identity *id);

/**
 * struct pci_pme - the two bits of PMCSR that a card shares with its registers
 * @enabled:	PME_En: the guest wants to be woken
 * @status:	PME_Status: the card saw what it was to wake the machine for
 */
struct pci_pme {
	bool enabled;
	bool status;
};

/**
 * pci_pme() - read PME_En and PME_Status
 * @pci:	the state
 * @id:		the model's identity
 *
 * Return: both false for a card that wakes nobody
 */
struct pci_pme pci_pme(const struct pci_state *pci, const struct pci_identity *id);

/**
 * pci_set_pme() - write PME_En and PME_Status
 * @pci:	the state
 * @id:		the model's identity; nothing happens when the card wakes nobody
 * @pme:	new values
 */
void pci_set_pme(struct pci_state *pci, const struct pci_identity *id, struct pci_pme pme);

/**
 * pci_intx_disabled() - COMMAND.10: the pin is not asserted whatever the card wants
 * @pci:	the state
 */
bool pci_intx_disabled(const struct pci_state *pci);

/**
 * pci_bus_master() - COMMAND.MASTER set and power state D0?
 * @pci:	the state
 * @id:		the model's identity
 */
bool pci_bus_master(const struct pci_state *pci, const struct pci_identity *id);
