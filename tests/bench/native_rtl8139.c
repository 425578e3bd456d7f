/* SPDX-License-Identifier: BSD-2-Clause */
/* The native benchmark's driver of the rtl8139, in C+ and in C mode. */
#include <string.h>

#include "devices/rtl8139/hw.h"
#include "tests/bench/native.h"

#define TX_RING    0x100000u
#define RX_RING    0x101000u
#define TX_BUFFER  0x200000u
#define TX_STEP    0x10000u
#define RX_BUFFER  0x800000u
#define RX_STEP    0x800u
#define CPLUS_RING 64u
#define MSS        1448u
#define TSDS       4u
#define RING_RBLEN 0x1000u /* 32 KiB */
#define RING_SIZE  0x8000u

static uint32_t ring_read;

/** put_desc() - a descriptor of C+ mode, the word with OWN last */
static void put_desc(struct machine *m, uint32_t at, uint32_t word, uint32_t buffer)
{
	put_le32(m->ram + at + 4, 0);
	put_le64(m->ram + at + 8, buffer);
	put_le32(m->ram + at, word);
}

/** start() - what drivers of both modes do */
static void start(struct machine *m, const struct native_case *c, uint16_t cpcr)
{
	bool loop = strstr(c->name, "loop");

	for (uint32_t i = 0; i < CPLUS_RING; i++)
		native_headers(m->ram + TX_BUFFER + i * TX_STEP, (uint16_t)(c->bytes - 14));
	native_write8(m, RTL_CR, RTL_CR_RST);
	m->turn(m);
	native_write8(m, RTL_9346CR, RTL_EEM_CONFIG);
	native_write32(m, RTL_IDR0, get_le32(native_mac));
	native_write32(m, RTL_IDR0 + 4, get_le16(native_mac + 4));
	native_write8(m, RTL_9346CR, RTL_EEM_NORMAL);
	if (cpcr)
		native_write16(m, RTL_CPCR, cpcr);
	native_write32(m, RTL_RBSTART, RX_BUFFER);
	native_write8(m, RTL_CR, RTL_CR_RE | RTL_CR_TE);
	native_write32(m, RTL_TCR, loop ? RTL_TCR_LBK : 0);
	native_write32(m, RTL_RCR, RTL_RCR_APM | RING_RBLEN | RTL_RCR_WRAP);
	ring_read = 0;
}

/** cplus_start() - C+ mode: both rings */
static void cplus_start(struct machine *m, const struct native_case *c)
{
	start(m, c, RTL_CPCR_TXEN | RTL_CPCR_RXEN | RTL_CPCR_RXCSUM);
	native_write32(m, RTL_TNPDS, TX_RING);
	native_write32(m, RTL_TNPDS + 4, 0);
	native_write32(m, RTL_RDSAR, RX_RING);
	native_write32(m, RTL_RDSAR + 4, 0);
}

/** cplus_fill() - one batch is the whole ring: it ends at the last frame */
static void cplus_fill(struct machine *m, const struct native_case *c)
{
	uint32_t flags = RTL_OWN | RTL_FS | RTL_LS;

	if (c->bytes > 2000)
		flags |= RTL_TX_LGSEN | MSS << RTL_TX_MSS_SHIFT;
	for (uint32_t i = 0; i < c->frames; i++) {
		uint32_t end = i + 1 == c->frames ? RTL_EOR : 0;

		put_desc(m, RX_RING + i * RTL_DESC_SIZE, RTL_OWN | end | 1536,
			 RX_BUFFER + i * RX_STEP);
		put_desc(m, TX_RING + i * RTL_DESC_SIZE, flags | end | c->bytes,
			 TX_BUFFER + i * TX_STEP);
	}
}

/** cplus_kick() - one doorbell for all */
static void cplus_kick(struct machine *m, const struct native_case *c)
{
	(void)c;
	native_write8(m, RTL_TPPOLL, RTL_TPPOLL_NPQ);
}

/** cplus_done() - the last descriptor is back, in loopback that of the receive ring too */
static bool cplus_done(struct machine *m, const struct native_case *c)
{
	uint32_t last = (c->frames - 1) * RTL_DESC_SIZE;

	if (strstr(c->name, "loop") && get_le32(m->ram + RX_RING + last) & RTL_OWN)
		return false;
	return !(get_le32(m->ram + TX_RING + last) & RTL_OWN);
}

/** cplus_idle() - a write without effect */
static void cplus_idle(struct machine *m, const struct native_case *c)
{
	(void)c;
	native_write8(m, RTL_TPPOLL, 0);
}

/** classic_start() - C mode */
static void classic_start(struct machine *m, const struct native_case *c)
{
	start(m, c, 0);
	for (uint32_t n = 0; n < TSDS; n++)
		native_write32(m, RTL_TSAD0 + 4 * n, TX_BUFFER + n * TX_STEP);
}

/** classic_fill() - nothing lies in memory but frames */
static void classic_fill(struct machine *m, const struct native_case *c)
{
	(void)m;
	(void)c;
}

/** classic_kick() - each of the four has its doorbell; the receive ring is given back */
static void classic_kick(struct machine *m, const struct native_case *c)
{
	for (uint32_t n = 0; n < TSDS; n++)
		native_write32(m, RTL_TSD0 + 4 * n, c->bytes);
}

/** classic_done() - all four are back, in loopback all four records are there: take them */
static bool classic_done(struct machine *m, const struct native_case *c)
{

	if ((m->read(m, RTL_TSAD, 2) & 0xf) != 0xf)
		return false;
	if (strstr(c->name, "loop")) {
		ring_read = m->read(m, RTL_CBR, 2);
		native_write16(m, RTL_CAPR, (uint16_t)(ring_read - 16));
	}
	return true;
}

/** classic_idle() - writes without effect, and the reads */
static void classic_idle(struct machine *m, const struct native_case *c)
{
	for (uint32_t n = 0; n < TSDS; n++)
		native_write32(m, RTL_TSAD0 + 4 * n, TX_BUFFER + n * TX_STEP);
	m->read(m, RTL_TSAD, 2);
	if (strstr(c->name, "loop")) {
		m->read(m, RTL_CBR, 2);
		native_write16(m, RTL_MULINT, 0);
	}
}

#define CPLUS(case_name, count, length)                                                        \
	{                                                                                      \
		.name = (case_name), .model = "rtl8139", .device = "rtl8139,netdev=sink",      \
		.memory_bar = 1, .frames = (count), .bytes = (length), .start = cplus_start,   \
		.fill = cplus_fill, .kick = cplus_kick, .done = cplus_done, .idle = cplus_idle \
	}
#define CLASSIC(case_name, length)                                                          \
	{                                                                                   \
		.name = (case_name), .model = "rtl8139c", .device = "rtl8139,netdev=sink",  \
		.memory_bar = 1, .frames = TSDS, .bytes = (length), .start = classic_start, \
		.fill = classic_fill, .kick = classic_kick, .done = classic_done,           \
		.idle = classic_idle                                                        \
	}

const struct native_case native_rtl8139[] = {
	CPLUS("rtl8139 C+ out, 60 B", CPLUS_RING, 60),
	CPLUS("rtl8139 C+ out, 1514 B", CPLUS_RING, 1514),
	CPLUS("rtl8139 C+ out, large send", 8, NATIVE_HEADERS + 40 * MSS),
	CPLUS("rtl8139 C+ loop, 60 B", CPLUS_RING, 60),
	CPLUS("rtl8139 C+ loop, 1514 B", CPLUS_RING, 1514),
	CLASSIC("rtl8139 C out, 60 B", 60),
	CLASSIC("rtl8139 C out, 1514 B", 1514),
	CLASSIC("rtl8139 C loop, 60 B", 60),
	CLASSIC("rtl8139 C loop, 1514 B", 1514),
	{.name = NULL},
};
