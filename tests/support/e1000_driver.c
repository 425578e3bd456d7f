/* SPDX-License-Identifier: BSD-2-Clause */
/* The e1000 driver of a few lines. */
#include "tests/support/e1000_driver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "net/base/bytes.h"

const uint8_t own[ETH_ADDR_LEN] = {0x52, 0x54, 0x00, 0x01, 0x02, 0x03};
const uint8_t other[ETH_ADDR_LEN] = {0x52, 0x54, 0x00, 0x99, 0x99, 0x99};
const uint8_t group[ETH_ADDR_LEN] = {0x01, 0x00, 0x5e, 0x00, 0x00, 0x01};

/* Next descriptor that put_desc() writes, and the size of its ring. */
static uint32_t next, ring;

struct bench *e1000_bench(enum e1000_part part, uint32_t peer_caps)
{
	return bench_start(&e1000_models[part].class, peer_caps);
}

void open_receiver(struct bench *b, uint32_t rctl, uint32_t buffers)
{
	wr(b, E1000_CTRL, rd(b, E1000_CTRL) | CTRL_SLU);
	for (uint32_t i = 0; i < RX_COUNT; i++)
		put_le64(bench_ram(b, RX_RING + i * 16), BENCH_RAM_BASE + RX_BUFFER + i * 2048);
	wr(b, E1000_RDBAL, BENCH_RAM_BASE + RX_RING);
	wr(b, E1000_RDBAH, 0);
	wr(b, E1000_RDLEN, RX_COUNT * 16);
	wr(b, E1000_RDH, 0);
	wr(b, E1000_RCTL, RCTL_EN | RCTL_BAM | rctl);
	wr(b, E1000_RDT, buffers);
}

void refill(struct bench *b)
{
	wr(b, E1000_RDT, (rd(b, E1000_RDH) + RX_COUNT - 1) % RX_COUNT);
}

void fill_frame(uint8_t *frame, uint32_t len, const uint8_t *dst)
{
	for (uint32_t i = 0; i < len; i++)
		frame[i] = (uint8_t)(i * 7);
	memcpy(frame, dst, ETH_ADDR_LEN);
	put_be16(frame + 12, 0x88b5);
}

void open_transmitter(struct bench *b, uint32_t count)
{
	next = 0;
	ring = count;
	wr(b, E1000_CTRL, rd(b, E1000_CTRL) | CTRL_SLU);
	wr(b, E1000_TCTL, 0);
	wr(b, E1000_TDBAL, BENCH_RAM_BASE + TX_RING);
	wr(b, E1000_TDBAH, 0);
	wr(b, E1000_TDLEN, count * 16);
	wr(b, E1000_TDH, 0);
	wr(b, E1000_TDT, 0);
	wr(b, E1000_TCTL, TCTL_EN | TCTL_PSP);
}

void put_desc(struct bench *b, uint64_t address, uint32_t lower, uint32_t upper)
{
	uint8_t *d = txd(b, next++ % ring);

	put_le64(d, address);
	put_le32(d + 8, lower);
	put_le32(d + 12, upper);
}

const struct e1000_context tso_context = {
	.ipcss = 14,
	.ipcso = 24,
	.ipcse = 33,
	.tucss = 34,
	.tucso = 50,
	.tcp = 1,
	.ipv4 = 1,
	.hdrlen = 54,
	.mss = 1460,
};

void put_context(struct bench *b, const struct e1000_context *c, bool tse)
{
	uint64_t sums = c->ipcss | (uint64_t)c->ipcso << 8 | (uint64_t)c->ipcse << 16 |
			(uint64_t)c->tucss << 32 | (uint64_t)c->tucso << 40 |
			(uint64_t)c->tucse << 48;

	put_desc(b, sums,
		 c->paylen | TXD_CMD_DEXT | (c->tcp ? TUCMD_TCP : 0) | (c->ipv4 ? TUCMD_IP : 0) |
			 (tse ? TUCMD_TSE : 0),
		 (uint32_t)c->hdrlen << 8 | (uint32_t)c->mss << 16);
}

void put_data(struct bench *b, uint32_t offset, uint32_t len, uint32_t cmd, uint32_t popts)
{
	put_desc(b, BENCH_RAM_BASE + offset,
		 len | 1u << TXD_DTYP_SHIFT | TXD_CMD_DEXT | TXD_CMD_IFCS | cmd, popts);
}

void kick(struct bench *b)
{
	wr(b, E1000_TDT, next % ring);
}

uint32_t mdic(struct bench *b, uint32_t op, uint32_t reg, uint32_t data)
{
	wr(b, E1000_MDIC, op | 1u << MDIC_PHY_SHIFT | reg << MDIC_REG_SHIFT | data);
	assert_true(rd(b, E1000_MDIC) & MDIC_READY);
	return rd(b, E1000_MDIC);
}

uint16_t phy_rd(struct bench *b, uint32_t reg)
{
	return (uint16_t)mdic(b, MDIC_OP_READ, reg, 0);
}

void phy_wr(struct bench *b, uint32_t reg, uint16_t value)
{
	mdic(b, MDIC_OP_WRITE, reg, value);
}
