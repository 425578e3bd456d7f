/* SPDX-License-Identifier: BSD-2-Clause */
/* A card without a chip. */
#include "tests/support/test_card.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/base/bytes.h"
#include "net/base/error.h"

static struct test_card *card_of(struct nic *nic)
{
	return container_of(nic, struct test_card, nic);
}

/* The bytes behind an access; a test card trusts the server to stay inside the BARs. */
static uint8_t *registers(struct nic *nic, int bar, uint32_t offset, unsigned size)
{
	struct test_card_state *state = nic->mem.chip;
	uint32_t bytes = bar == 0 ? sizeof(state->bar) : sizeof(state->io);

	if ((bar != 0 && bar != 2) || offset > bytes || size > bytes - offset)
		abort();
	return (bar == 0 ? state->bar : state->io) + offset;
}

static void note(struct nic *nic, int bar, uint32_t offset, unsigned size)
{
	struct test_card *card = card_of(nic);

	card->last_bar = bar;
	card->last_offset = offset;
	card->last_size = size;
	if (card->on_access)
		card->on_access(card);
}

static uint64_t bar_read(struct nic *nic, int bar, uint32_t offset, unsigned size)
{
	uint8_t raw[8] = {0};

	note(nic, bar, offset, size);
	card_of(nic)->reads++;
	memcpy(raw, registers(nic, bar, offset, size), size);
	return get_le64(raw);
}

static void bar_write(struct nic *nic, int bar, uint32_t offset, unsigned size, uint64_t value)
{
	uint8_t raw[8];

	note(nic, bar, offset, size);
	card_of(nic)->writes++;
	card_of(nic)->last_value = value;
	put_le64(raw, value);
	memcpy(registers(nic, bar, offset, size), raw, size);
	if (bar == 0 && offset == TEST_CARD_IRQ)
		nic_irq(nic, value & 1);
	if (bar == 0 && offset == TEST_CARD_DOORBELL)
		card_of(nic)->rung = true;
}

static void settle(struct nic *nic)
{
	struct test_card *card = card_of(nic);
	struct test_card_state *state = nic->mem.chip;

	card->settles++;
	if (card->rung)
		card->dma_result = nic_dma_write(nic, get_le64(state->bar + TEST_CARD_ADDRESS),
						 state->bar + TEST_CARD_DOORBELL, 4);
	card->rung = false;
	if (card->on_settle)
		card->on_settle(card);
}

static void reset(struct nic *nic)
{
	memset(nic->mem.chip, 0, sizeof(struct test_card_state));
	card_of(nic)->resets++;
}

static void cable(struct nic *nic, bool up)
{
	card_of(nic)->cables++;
	card_of(nic)->cable = up;
}

static int port_receive(struct port *port, const struct packet *packets, int n)
{
	(void)port;
	(void)packets;
	return n;
}

static void port_link(struct port *port, bool up)
{
	(void)up;
	nic_cable_changed(container_of(port, struct nic, port));
}

const struct nic_class test_card_class = {
	.model = "test",
	.description = "card without a chip",
	.identity = {.vendor = 0x1af4,
		     .device = 0x10f0,
		     .revision = 2,
		     .subsystem_vendor = 0x1af4,
		     .subsystem = 0x1100,
		     .min_grant = 0xff,
		     .pm_offset = TEST_CARD_PM,
		     .msi_offset = TEST_CARD_MSI},
	.bars[0] = {PCI_BAR_MEM, TEST_CARD_BAR_SIZE},
	.bars[2] = {PCI_BAR_IO, TEST_CARD_IO_SIZE},
	.card_size = sizeof(struct test_card),
	.state_size = sizeof(struct test_card_state),
	.port_ops = {.receive = port_receive, .link = port_link},
	.reset = reset,
	.bar_read = bar_read,
	.bar_write = bar_write,
	.cable = cable,
	.settle = settle,
};

struct test_card *test_card_new(struct loop *loop)
{
	static const uint8_t mac[ETH_ADDR_LEN] = {0x52, 0x54, 0, 1, 2, 3};
	struct error err = {0};
	struct nic *nic = NULL;
	int fd = nic_memory_create(&test_card_class, &err);

	if (fd >= 0)
		nic = nic_new(&test_card_class, loop, fd, mac, &err);
	if (!nic) {
		fprintf(stderr, "test card: %s\n", err.message);
		abort();
	}
	close(fd);
	return card_of(nic);
}
