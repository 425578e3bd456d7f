/* SPDX-License-Identifier: BSD-2-Clause */
/* The RTL8139C and C+ as models: life, reset, BARs, work, counters. */
#include "devices/rtl8139/rtl8139.h"

#include <errno.h>

#include "devices/rtl8139/class.h"
#include "net/base/error.h"

#define QUEUE_BYTES (256 * 1024)
#define QUEUE_COUNT 512

/**
 * bank_of() - the register table of a card's model
 * @card:	the card
 */
static const struct reg_bank *bank_of(const struct rtl8139 *card)
{
	return card->nic.class->banks[0];
}

/**
 * card_of() - the card around its common part
 * @nic:	the common part
 */
static struct rtl8139 *card_of(struct nic *nic)
{
	return container_of(nic, struct rtl8139, nic);
}

void rtl8139_reset(struct rtl8139 *card, bool power_up)
{
	struct rtl8139_state *s = card->state;

	reg_reset(bank_of(card), s->regs, power_up);
	rtl8139_tx_stop(card);
	rtl8139_rx_restart(card);
	s->tx_pending = 0;
	eeprom93c46_init(&s->eeprom);
	rtl8139_eeprom_load(card);
	rtl8139_link_reset(card, power_up);
	rtl8139_timer_reset(card);
	if (power_up)
		s->tally = (struct rtl8139_tally){0};
}

void rtl8139_work_soon(struct rtl8139 *card)
{
	loop_timer_set(card->nic.loop, &card->work, loop_now(card->nic.loop));
}

void rtl8139_work_later(struct rtl8139 *card)
{
	int64_t when = loop_now(card->nic.loop) + RTL8139_RETRY_NS;

	if (card->rx_stalled && !loop_timer_running(&card->work))
		loop_timer_set(card->nic.loop, &card->work, when);
}

void rtl8139_work(struct rtl8139 *card)
{
	bool more = rtl8139_transmit(card);

	more |= rtl8139_drain(card);
	if (more)
		rtl8139_work_soon(card);
	else
		rtl8139_work_later(card);
	rtl8139_drive_pin(card);
}

/** work_timer() - timer: go on */
static void work_timer(struct loop_timer *timer)
{
	rtl8139_work(container_of(timer, struct rtl8139, work));
}

void rtl8139_dump_tally(struct rtl8139 *card, uint64_t address)
{
	const struct rtl8139_tally *t = &card->state->tally;
	uint8_t buf[RTL_TALLY_SIZE] = {0};

	/* Collisions, alignment errors and underruns (offsets 30 to 39, 62) can't happen. */
	put_le64(buf, t->tx_ok);
	put_le64(buf + 8, t->rx_ok);
	put_le64(buf + 16, t->tx_error);
	put_le16(buf + 28, (uint16_t)t->missed);
	put_le64(buf + 40, t->rx_physical);
	put_le64(buf + 48, t->rx_broadcast);
	put_le32(buf + 56, (uint32_t)t->rx_multicast);
	put_le16(buf + 60, (uint16_t)t->tx_aborted);
	if (nic_dma_write(&card->nic, address, buf, sizeof(buf)) < 0)
		rtl8139_raise(card, RTL_INT_SERR);
}

void rtl8139_read_desc(struct rtl8139 *card, enum rtl_reg base, unsigned index,
		       struct rtl8139_desc *desc)
{
	uint64_t ring = rtl_r64(card, base) & ~(uint64_t)(RTL_RING_ALIGN - 1);
	uint8_t raw[RTL_DESC_SIZE];

	desc->address = ring + index * RTL_DESC_SIZE;
	if (nic_dma_read(&card->nic, desc->address, raw, sizeof(raw)) < 0)
		rtl8139_raise(card, RTL_INT_SERR);
	desc->word[0] = get_le32(raw);
	desc->word[1] = get_le32(raw + 4);
	desc->buffer = get_le64(raw + 8);
}

/** start() - class->start */
static int start(struct nic *nic, struct error *err)
{
	struct rtl8139 *card = card_of(nic);

	card->state = nic->mem.chip;
	card->work.callback = work_timer;
	if (packet_queue_init(&card->queue, QUEUE_BYTES, QUEUE_COUNT) < 0)
		return error_set(err, ENOMEM, "There is no memory for the card's receive queue.");
	rtl8139_intr_start(card);
	rtl8139_timer_start(card);
	rtl8139_link_start(card);
	if (nic->inherited) {
		rtl8139_raise(card, RTL_INT_ROK | RTL_INT_TOK); /* one too many does no harm */
		rtl8139_work_soon(card);                        /* the predecessor's doorbells */
		return 0;
	}
	rtl8139_eeprom_fill(card);
	rtl8139_reset(card, true);
	return 0;
}

/** stop() - class->stop */
static void stop(struct nic *nic)
{
	struct rtl8139 *card = card_of(nic);

	loop_timer_cancel(&card->work);
	rtl8139_link_stop(card);
	rtl8139_timer_stop(card);
	rtl8139_intr_stop(card);
	packet_queue_done(&card->queue);
}

/** reset() - class->reset */
static void reset(struct nic *nic)
{
	rtl8139_reset(card_of(nic), true);
	rtl8139_work_soon(card_of(nic)); /* the queue is empty: the peer may go on */
}

/** bar_read() - class->bar_read; both BARs show the same registers */
static uint64_t bar_read(struct nic *nic, int bar, uint32_t offset, unsigned size)
{
	struct rtl8139 *card = card_of(nic);

	(void)bar;
	return reg_read(bank_of(card), card->state->regs, card, offset, size);
}

/** bar_write() - class->bar_write */
static void bar_write(struct nic *nic, int bar, uint32_t offset, unsigned size, uint64_t value)
{
	struct rtl8139 *card = card_of(nic);
	const struct reg_access access = {.offset = offset, .size = size, .value = value};

	(void)bar;
	reg_write(bank_of(card), card->state->regs, card, &access);
}

/** settle() - class->settle */
static void settle(struct nic *nic)
{
	rtl8139_work(card_of(nic));
}

/** ready() - port_ops.ready: the peer has room again */
static void ready(struct port *port)
{
	rtl8139_work_soon(container_of(port, struct rtl8139, nic.port));
}

/** link_changed() - port_ops.link */
static void link_changed(struct port *port, bool up)
{
	(void)up;
	nic_cable_changed(container_of(port, struct nic, port));
}

/* What the models have in common. */
#define RTL8139_COMMON                                                                   \
	.bars = {{PCI_BAR_IO, RTL_BAR_SIZE}, {PCI_BAR_MEM, RTL_BAR_SIZE}},               \
	.card_size = sizeof(struct rtl8139), .state_size = sizeof(struct rtl8139_state), \
	.port_caps = PORT_CAP_CSUM | PORT_CAP_VLAN,                                      \
	.port_ops = {.receive = rtl8139_receive, .ready = ready, .link = link_changed},  \
	.start = start, .stop = stop, .reset = reset, .bar_read = bar_read,              \
	.bar_write = bar_write, .cable = rtl8139_cable, .settle = settle

/* PCI identity, which differs in the revision alone. */
#define RTL8139_IDENTITY(pci_revision)                                              \
	{                                                                           \
		.vendor = 0x10ec, .device = 0x8139, .revision = (pci_revision),     \
		.subsystem_vendor = 0x10ec, .subsystem = 0x8139, .min_grant = 0x20, \
		.max_latency = 0x40, .pm_offset = 0x50, .wakes = true,              \
	}

const struct nic_class rtl8139_class = {
	.model = "rtl8139",
	.description = "Realtek RTL8139C+, 100 Mb/s",
	.identity = RTL8139_IDENTITY(0x20),
	.banks = {&rtl8139_bank, &rtl8139_bank},
	RTL8139_COMMON,
};

const struct nic_class rtl8139c_class = {
	.model = "rtl8139c",
	.description = "Realtek RTL8139C, 100 Mb/s, for drivers that refuse the C+",
	.identity = RTL8139_IDENTITY(0x10),
	.banks = {&rtl8139c_bank, &rtl8139c_bank},
	RTL8139_COMMON,
};
