/* SPDX-License-Identifier: BSD-2-Clause */
/* The 8254x as a card: models, life, resets, the windows of its BARs. */
#include "devices/e1000/e1000.h"

#include <errno.h>

#include "net/base/error.h"

#define BAR_REGS          0
#define BAR_IO            2
#define RX_QUEUE_BYTES    (2u << 20)
#define RX_QUEUE_PACKETS  1024
#define IO_REGISTER_LIMIT E1000_BAR0_SIZE
#define IO_FLASH_FIRST    0x80000
#define IO_FLASH_LAST     0xfffff

void e1000_more(struct e1000 *e)
{
	loop_timer_set(e->nic.loop, &e->more_timer, loop_now(e->nic.loop));
}

/** forget_traffic() - no context, no waiting packet, no timer, no cause */
static void forget_traffic(struct e1000 *e)
{
	memset(e->s->context, 0, sizeof(e->s->context));
	e->s->tx_discard = false;
	rx_forget(e);
	pause_reset(e);
	loop_timer_cancel(&e->more_timer);
	intr_reset(e);
}

void e1000_soft_reset(struct e1000 *e)
{
	forget_traffic(e);
	reg_reset(e1000_bank_of(e), e->s->regs, false);
	for (uint32_t i = 1; i < RAR_COUNT; i++) /* SDM 14: AV of all but the first */
		e1000_set(e, E1000_RAH + 8 * i, e1000_get(e, E1000_RAH + 8 * i) & ~RAH_AV);
	eeprom_autoload(e);
	link_update(e);
	e1000_set(e, E1000_ICR, 0);
}

/** reset() - PCI reset: everything to power-up values, the EEPROM's contents stay */
static void reset(struct nic *nic)
{
	struct e1000 *e = to_e1000(nic);

	forget_traffic(e);
	reg_reset(e1000_bank_of(e), e->s->regs, true);
	eeprom93c46_init(&e->s->eeprom);
	e->s->ioaddr = 0;
	eeprom_autoload(e);
	link_power_up(e);
	e1000_set(e, E1000_ICR, 0);
}

/** settle() - the messages at hand are worked off: transmit, receive, decide on the pin */
static void settle(struct nic *nic)
{
	struct e1000 *e = to_e1000(nic);

	tx_run(e);
	rx_run(e);
	pause_run(e);
	intr_update(e);
}

/** on_more() - a pass had ended at its budget, or the peer has room again */
static void on_more(struct loop_timer *timer)
{
	settle(&container_of(timer, struct e1000, more_timer)->nic);
}

/** ready() - the peer has room again */
static void ready(struct port *port)
{
	e1000_more(port_to_e1000(port));
}

/** peer_link() - the peer's link changed */
static void peer_link(struct port *port, bool up)
{
	(void)up;
	nic_cable_changed(&port_to_e1000(port)->nic);
}

/** cable() - the guest-visible cable changed */
static void cable(struct nic *nic, bool up)
{
	struct e1000 *e = to_e1000(nic);

	link_cable(e, up);
	intr_update(e);
}

/** start() - make a card run on new or inherited state */
static int start(struct nic *nic, struct error *err)
{
	struct e1000 *e = to_e1000(nic);

	e->s = nic->mem.chip;
	e->more_timer.callback = on_more;
	intr_init(e);
	phy_init(e);
	pause_init(e);
	if (packet_queue_init(&e->rx_queue, RX_QUEUE_BYTES, RX_QUEUE_PACKETS) < 0)
		return error_set(err, ENOMEM, "no memory for the receive queue of a card");
	if (nic->inherited) {
		e1000_load(e);
		return 0;
	}
	eeprom_fill(e);
	reset(nic);
	return 0;
}

/** stop() - undo start() */
static void stop(struct nic *nic)
{
	struct e1000 *e = to_e1000(nic);

	intr_reset(e);
	pause_reset(e);
	loop_timer_cancel(&e->more_timer);
	loop_timer_cancel(&e->link_timer);
	packet_queue_done(&e->rx_queue);
}

/** io_data() - IODATA: a register, or the flash, which is not fitted (SDM 13.2.2) */
static uint32_t io_data(struct e1000 *e)
{
	uint32_t at = e->s->ioaddr & ~3u;

	if (at >= IO_FLASH_FIRST && at <= IO_FLASH_LAST)
		return 0xffffffff;
	if (at >= IO_REGISTER_LIMIT)
		return 0;
	return (uint32_t)reg_read(e1000_bank_of(e), e->s->regs, e, at, 4);
}

/** bar_read() - BAR 0 is the register file; the I/O BAR is a window into it (SDM 13.2.2) */
static uint64_t bar_read(struct nic *nic, int bar, uint32_t offset, unsigned size)
{
	struct e1000 *e = to_e1000(nic);

	if (bar == BAR_REGS)
		return reg_read(e1000_bank_of(e), e->s->regs, e, offset, size);
	if (offset == E1000_IOADDR && size == 4)
		return e->s->ioaddr;
	return offset == E1000_IODATA && size == 4 ? io_data(e) : 0;
}

/** bar_write() - see bar_read() */
static void bar_write(struct nic *nic, int bar, uint32_t offset, unsigned size, uint64_t value)
{
	struct e1000 *e = to_e1000(nic);
	struct reg_access access = {.offset = offset, .size = size, .value = value};

	if (bar == BAR_IO) {
		if (offset == E1000_IOADDR && size == 4)
			e->s->ioaddr = (uint32_t)value;
		if (offset != E1000_IODATA || size != 4 || e->s->ioaddr >= IO_REGISTER_LIMIT)
			return;
		access.offset = e->s->ioaddr & ~3u;
	}
	reg_write(e1000_bank_of(e), e->s->regs, e, &access);
}

/* What the models have in common: all but description, identity and the registers behind BAR 0. */
#define FAMILY                                                                                  \
	.bars =                                                                                 \
		{                                                                               \
			[BAR_REGS] = {PCI_BAR_MEM, E1000_BAR0_SIZE},                            \
			[BAR_IO] = {PCI_BAR_IO, E1000_IO_SIZE},                                 \
	},                                                                                      \
	.card_size = sizeof(struct e1000), .state_size = sizeof(struct e1000_state),            \
	.port_caps =                                                                            \
		PORT_CAP_CSUM | PORT_CAP_TSO4 | PORT_CAP_TSO6 | PORT_CAP_VLAN | PORT_CAP_PAUSE, \
	.port_ops =                                                                             \
		{                                                                               \
			.receive = rx_receive,                                                  \
			.ready = ready,                                                         \
			.link = peer_link,                                                      \
	},                                                                                      \
	.start = start, .stop = stop, .reset = reset, .bar_read = bar_read,                     \
	.bar_write = bar_write, .cable = cable, .settle = settle

/* In what they differ; see struct e1000_model. */
const struct e1000_model e1000_models[E1000_PARTS] = {
	[E1000_82540EM] =
		{
			.class =
				{
					.model = "e1000",
					.description = "Intel 82540EM Gigabit Ethernet",
					.identity = {.vendor = 0x8086,
						     .device = 0x100e,
						     .revision = 2,
						     .subsystem_vendor = 0x8086,
						     .subsystem = 0x001e,
						     .min_grant = 0xff,
						     .pm_offset = 0xdc,
						     .wakes = true},
					.banks = {[BAR_REGS] = &e1000_bank},
					FAMILY,
				},
			.bus = STATUS_PCI66,
			.phy_id2 = 0x0c25,
			.apm_word = 0x24,
			.apm_bit = 0x0400,
		},
	[E1000_82545EM] =
		{
			.class =
				{
					.model = "e1000-82545em",
					.description = "Intel 82545EM Gigabit Ethernet, PCI-X, MSI",
					.identity = {.vendor = 0x8086,
						     .device = 0x100f,
						     .revision = 1,
						     .subsystem_vendor = 0x8086,
						     .subsystem = 0x1011,
						     .min_grant = 0xff,
						     .pm_offset = 0xdc,
						     .pcix_offset = 0xe4,
						     .msi_offset = 0xf0,
						     .wakes = true},
					.banks = {[BAR_REGS] = &e1000_bank},
					FAMILY,
				},
			.bus = STATUS_BUS64 | STATUS_PCIX_MODE | STATUS_PCIX_133,
			.phy_id2 = 0x0c25,
			.apm_word = 0x24,
			.apm_bit = 0x0400,
		},
	[E1000_82544GC] =
		{
			.class =
				{
					.model = "e1000-82544gc",
					.description = "Intel 82544GC Gigabit Ethernet",
					.identity = {.vendor = 0x8086,
						     .device = 0x100c,
						     .revision = 2,
						     .subsystem_vendor = 0x8086,
						     .subsystem = 0x1112,
						     .min_grant = 0xff,
						     .pm_offset = 0xdc,
						     .wakes = true},
					.banks = {[BAR_REGS] = &e1000_early_bank},
					FAMILY,
				},
			.bus = STATUS_PCI66 | STATUS_BUS64,
			.phy_id2 = 0x0c35,
			.apm_word = 0x0f,
			.apm_bit = 0x0004,
			.early = true,
		},
};
