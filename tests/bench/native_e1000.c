/* SPDX-License-Identifier: BSD-2-Clause */
/* The native benchmark's driver of the e1000. */
#include <string.h>

#include "devices/e1000/hw.h"
#include "tests/bench/native.h"

#define RING      2048u /* descriptors; a batch has half as many frames */
#define TX_RING   0x100000u
#define RX_RING   0x110000u
#define TX_BUFFER 0x200000u
#define TX_STEP   0x11000u /* of long frames */
#define TX_SHORT  0x840u   /* of the others, which lie close together as a driver's do */
#define MANY      64u      /* buffers; frames take turns */
#define RX_BUFFER 0x800000u
#define RX_STEP   0x800u
#define MSS       1460u
#define LONG      (NATIVE_HEADERS + 44 * MSS)
#define SECOND_NS 1000000000LL

/**
 * struct driver - where the driver of a machine is
 * @tx:		next descriptor to fill
 * @rx:		next to be taken back
 */
struct driver {
	uint32_t tx;
	uint32_t rx;
};

static struct driver drivers[2]; /* ours, QEMU's */

/** driver_of() - the driver of a machine */
static struct driver *driver_of(const struct machine *m)
{
	return &drivers[strcmp(m->name, "qemu") == 0];
}

/** tx_buffer() - where frame @i lies */
static uint32_t tx_buffer(const struct native_case *c, uint32_t i)
{
	return TX_BUFFER + i % MANY * (c->bytes > TX_SHORT ? TX_STEP : TX_SHORT);
}

/** is_loop() - does what is sent come back? */
static bool is_loop(const struct native_case *c)
{
	return strstr(c->name, "loop") != NULL;
}

/** start() - what drivers do at open */
static void start(struct machine *m, const struct native_case *c)
{
	*driver_of(m) = (struct driver){0};
	for (uint32_t i = 0; i < MANY; i++)
		native_headers(m->ram + tx_buffer(c, i), 0);
	for (uint32_t i = 0; i < RING; i++)
		put_le64(m->ram + RX_RING + 16 * i, RX_BUFFER + i % MANY * RX_STEP);
	native_write32(m, E1000_CTRL, CTRL_SLU | CTRL_FD | 2u << CTRL_SPEED_POS);
	native_write32(m, E1000_RAL, get_le32(native_mac));
	native_write32(m, E1000_RAH, RAH_AV | get_le16(native_mac + 4));
	native_write32(m, E1000_TDBAL, TX_RING);
	native_write32(m, E1000_TDLEN, RING * 16);
	native_write32(m, E1000_RDBAL, RX_RING);
	native_write32(m, E1000_RDLEN, RING * 16);
	native_write32(m, E1000_RDT, RING - 1);
	native_write32(m, E1000_TCTL, TCTL_EN | TCTL_PSP);
	native_write32(m, E1000_RCTL, RCTL_EN | RCTL_SECRC);
	m->wait(m, 2 * SECOND_NS); /* QEMU's link comes up, and it receives nothing meanwhile */
	if (is_loop(c))
		native_write32(m, E1000_MDIC,
			       MDIC_OP_WRITE | 1u << MDIC_PHY_SHIFT |
				       (BMCR_LOOPBACK | BMCR_SPEED_MSB | BMCR_DUPLEX));
	m->wait(m, SECOND_NS);
}

/** put_desc() - the next transmit descriptor */
static void put_desc(struct machine *m, uint64_t address, uint32_t lower, uint32_t upper)
{
	struct driver *d = driver_of(m);
	uint8_t *desc = m->ram + TX_RING + 16 * d->tx;

	put_le64(desc, address);
	put_le32(desc + 8, lower);
	put_le32(desc + 12, upper);
	d->tx = (d->tx + 1) % RING;
}

/** fill() - a descriptor a frame, as Linux makes them without offloads */
static void fill(struct machine *m, const struct native_case *c)
{
	for (uint32_t i = 0; i < c->frames; i++) {
		put_desc(m, tx_buffer(c, i), c->bytes | TXD_CMD_EOP | TXD_CMD_IFCS | TXD_CMD_RS, 0);
		m->ram[RX_RING + 16 * ((driver_of(m)->rx + i) % RING) + 12] = 0;
	}
}

/** fill_tso() - a context for all, then header and payload of each */
static void fill_tso(struct machine *m, const struct native_case *c)
{
	const uint64_t sums = 14u | 24u << 8 | 33ull << 16 | 34ull << 32 | 50ull << 40;

	put_desc(m, sums, 44 * MSS | TXD_CMD_DEXT | TUCMD_TCP | TUCMD_IP | TUCMD_TSE,
		 NATIVE_HEADERS << 8 | MSS << 16);
	for (uint32_t i = 0; i < c->frames; i++) {
		uint32_t data = 1u << TXD_DTYP_SHIFT | TXD_CMD_DEXT | TXD_CMD_IFCS | TXD_CMD_TSE;
		uint64_t at = tx_buffer(c, i);

		native_headers(m->ram + at, 0);
		put_desc(m, at, NATIVE_HEADERS | data, TXD_POPTS_IXSM | TXD_POPTS_TXSM);
		put_desc(m, at + NATIVE_HEADERS, 44 * MSS | data | TXD_CMD_EOP | TXD_CMD_RS,
			 TXD_POPTS_IXSM | TXD_POPTS_TXSM);
	}
}

/** kick() - one doorbell for all; in loopback the buffers go back, too */
static void kick(struct machine *m, const struct native_case *c)
{
	struct driver *d = driver_of(m);

	native_write32(m, E1000_TDT, d->tx);
	if (!is_loop(c))
		return;
	d->rx = (d->rx + c->frames) % RING;
}

/** done() - the last descriptor is back, in loopback that of the receive ring too */
static bool done(struct machine *m, const struct native_case *c)
{
	struct driver *d = driver_of(m);

	if (!(m->ram[TX_RING + 16 * ((d->tx + RING - 1) % RING) + 12] & TXD_STA_DD))
		return false;
	if (!is_loop(c))
		return true;
	if (!(m->ram[RX_RING + 16 * ((d->rx + RING - 1) % RING) + 12] & RXD_STA_DD))
		return false;
	native_write32(m, E1000_RDT, (d->rx + RING - 1) % RING);
	return true;
}

/** idle() - writes without effect */
static void idle(struct machine *m, const struct native_case *c)
{
	native_write32(m, E1000_FCTTV, 0);
	if (is_loop(c))
		native_write32(m, E1000_FCTTV, 0);
}

#define CASE(case_name, count, length, fill_ring)                                      \
	{                                                                              \
		.name = (case_name), .model = "e1000", .device = "e1000,netdev=sink",  \
		.memory_bar = 0, .frames = (count), .bytes = (length), .start = start, \
		.fill = (fill_ring), .kick = kick, .done = done, .idle = idle          \
	}

const struct native_case native_e1000[] = {
	CASE("e1000 out, 60 B", RING / 2, 60, fill),
	CASE("e1000 out, 1514 B", RING / 2, 1514, fill),
	CASE("e1000 out, large send", 64, LONG, fill_tso),
	CASE("e1000 loop, 60 B", RING / 2, 60, fill),
	CASE("e1000 loop, 1514 B", RING / 2, 1514, fill),
	{.name = NULL},
};
