/* SPDX-License-Identifier: BSD-2-Clause */
/* A driver of a few lines for an e1000 on the test bench. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "devices/e1000/class.h"
#include "devices/e1000/e1000.h"
#include "tests/support/bench_card.h"

/* Where rings and buffers lie in the bench's memory. */
#define RX_RING   0x1000
#define RX_BUFFER 0x10000
#define RX_COUNT  8
#define TX_RING   0x2000
#define TX_BUFFER 0x20000
#define TX_COUNT  64

/* The driver's own address, one that is not its own, and a group. */
extern const uint8_t own[ETH_ADDR_LEN];
extern const uint8_t other[ETH_ADDR_LEN];
extern const uint8_t group[ETH_ADDR_LEN];

/** rd() - read a register */
static inline uint32_t rd(struct bench *b, uint32_t offset)
{
	return bench_read(b, 0, offset);
}

/** wr() - write a register */
static inline void wr(struct bench *b, uint32_t offset, uint32_t value)
{
	bench_write(b, 0, offset, value);
}

/**
 * e1000_bench() - a card of a part on the bench, its peer with given caps
 * @part:	the part
 * @peer_caps:	enum port_cap bits
 */
struct bench *e1000_bench(enum e1000_part part, uint32_t peer_caps);

/**
 * open_receiver() - link up, ring of RX_COUNT descriptors with buffers of 2048 bytes, RCTL.EN
 * @b:		the bench
 * @rctl:	further bits of RCTL; BAM is set
 * @buffers:	RDT
 */
void open_receiver(struct bench *b, uint32_t rctl, uint32_t buffers);

/**
 * refill() - give all buffers but one back
 * @b:		the bench
 */
void refill(struct bench *b);

/** rxd() - a receive descriptor */
static inline const uint8_t *rxd(struct bench *b, uint32_t index)
{
	return bench_ram(b, RX_RING + index * 16);
}

/**
 * fill_frame() - a frame of no known type with a pattern
 * @frame:	filled
 * @len:	its length
 * @dst:	destination
 */
void fill_frame(uint8_t *frame, uint32_t len, const uint8_t *dst);

/**
 * open_transmitter() - link up, empty ring of @count descriptors (at most TX_COUNT), TCTL.EN, PSP
 * @b:		the bench
 * @count:	descriptors
 */
void open_transmitter(struct bench *b, uint32_t count);

/** txd() - a transmit descriptor */
static inline uint8_t *txd(struct bench *b, uint32_t index)
{
	return bench_ram(b, TX_RING + index * 16);
}

/**
 * put_desc() - write the next descriptor of the ring
 * @b:		the bench
 * @address:	first qword
 * @lower:	length and command
 * @upper:	status, options, special
 */
void put_desc(struct bench *b, uint64_t address, uint32_t lower, uint32_t upper);

/* Of a large send with plain headers: Ethernet, IPv4, TCP without options; segments of 1460. */
extern const struct e1000_context tso_context;

/**
 * put_context() - a context descriptor
 * @b:		the bench
 * @c:		the context
 * @tse:	TUCMD.TSE
 */
void put_context(struct bench *b, const struct e1000_context *c, bool tse);

/**
 * put_data() - a data descriptor with IFCS
 * @b:		the bench
 * @offset:	buffer, from the start of the bench's memory
 * @len:	its length
 * @cmd:	further command bits
 * @popts:	options and special
 */
void put_data(struct bench *b, uint32_t offset, uint32_t len, uint32_t cmd, uint32_t popts);

/**
 * kick() - TDT behind the last descriptor written
 * @b:		the bench
 */
void kick(struct bench *b);

/**
 * mdic() - an access to the PHY
 * @b:		the bench
 * @op:		MDIC_OP_READ or MDIC_OP_WRITE
 * @reg:	register
 * @data:	value to write
 *
 * Return: MDIC
 */
uint32_t mdic(struct bench *b, uint32_t op, uint32_t reg, uint32_t data);

/** phy_rd() - read a PHY register */
uint16_t phy_rd(struct bench *b, uint32_t reg);
/** phy_wr() - write a PHY register */
void phy_wr(struct bench *b, uint32_t reg, uint16_t value);
