/* SPDX-License-Identifier: BSD-2-Clause */
/* Receive of C mode: one ring of bytes (RTL8139C: RBSTART, CAPR, CBR, RCR). */
#include "devices/rtl8139/rx.h"

/*
 * Theory of operation
 *
 * The ring is 8 to 64 KiB of guest memory. The card writes at CBR, the driver reads at CAPR + 16.
 * A record is a status word, a length that counts the FCS, and the frame; the next one begins at
 * the next multiple of four. Equal offsets mean an empty ring, so one is never filled to the last
 * byte. What passes the end of the ring goes on at its start, or with RCR.WRAP into the memory
 * behind it, where the driver has 1.5 KiB to spare (a 64 KiB ring has no such memory).
 *
 * The header is written last: a driver that looks at the ring early sees no half record.
 */

#define RECORD_HEADER 4
#define RECORD_ALIGN  4
#define READ_AHEAD    16          /* CAPR is that much behind the driver */
#define WRAP_ROOM     (1536 + 16) /* what a driver keeps free behind the ring */
#define ADDRESS_SHIFT 11          /* RTL_RX_MAR, PAM, BAR to their places in the status word */

/**
 * struct ring - the ring as one call sees it
 * @base:	guest address
 * @size:	bytes
 * @read:	offset of the oldest record that the driver has not given back
 * @write:	where the next record goes
 */
struct ring {
	uint64_t base;
	uint32_t size;
	uint32_t read;
	uint32_t write;
};

/**
 * open_ring() - read the registers
 * @card:	the card
 */
static struct ring open_ring(const struct rtl8139 *card)
{
	uint32_t size = RTL_RING_8K << (rtl_r32(card, RTL_RCR) >> RTL_RCR_RBLEN_SHIFT & 3);

	return (struct ring){
		.base = rtl_r32(card, RTL_RBSTART),
		.size = size,
		.read = (rtl_r16(card, RTL_CAPR) + READ_AHEAD) % size,
		.write = rtl_r16(card, RTL_CBR) % size & ~(RECORD_ALIGN - 1u),
	};
}

/**
 * wraps() - does a record that passes the end go on at the start?
 * @card:	the card
 * @ring:	the ring
 */
static bool wraps(const struct rtl8139 *card, const struct ring *ring)
{
	return !(rtl_r32(card, RTL_RCR) & RTL_RCR_WRAP) || ring->size == RTL_RING_64K;
}

/**
 * put() - copy a frame behind its header
 * @card:	the card
 * @ring:	the ring, with room for it
 * @frame:	the frame
 *
 * Return: false when the ring can't be written
 */
static bool put(struct rtl8139 *card, const struct ring *ring, const struct rx_frame *frame)
{
	uint32_t at = ring->write + RECORD_HEADER;
	uint32_t first = frame->len;

	if (wraps(card, ring))
		first = MIN(first, ring->size - at);
	return rtl_rx_put(card, frame, 0, ring->base + at, first) &&
	       rtl_rx_put(card, frame, first, ring->base, frame->len - first);
}

enum rx_fit rtl_rx_classic(struct rtl8139 *card, struct rx_frame *frame)
{
	struct ring ring = open_ring(card);
	uint32_t need = (RECORD_HEADER + frame->len + RECORD_ALIGN - 1) & ~(RECORD_ALIGN - 1u);
	uint32_t room = (ring.read - ring.write - 1) % ring.size;
	uint8_t header[RECORD_HEADER];

	if (need > room)
		return RX_FITS_LATER;
	if (!wraps(card, &ring) && ring.write + need > ring.size + WRAP_ROOM)
		return RX_FITS_NEVER;
	if (!put(card, &ring, frame))
		return RX_NO_MEMORY;
	put_le16(header, (uint16_t)(RTL_RECORD_ROK | frame->address >> ADDRESS_SHIFT));
	put_le16(header + 2, (uint16_t)frame->len);
	if (nic_dma_write(&card->nic, ring.base + ring.write, header, sizeof(header)) < 0)
		return RX_NO_MEMORY;
	rtl_w16(card, RTL_CBR, (uint16_t)((ring.write + need) % ring.size));
	return RX_DELIVERED;
}

bool rtl8139_ring_is_empty(const struct rtl8139 *card)
{
	struct ring ring = open_ring(card);

	return ring.read == ring.write;
}

uint32_t rtl8139_cr_read(void *dev, unsigned index)
{
	const struct rtl8139 *card = dev;
	uint8_t cr = rtl_r8(card, RTL_CR) & (uint8_t)~RTL_CR_BUFE;

	(void)index;
	return rtl8139_ring_is_empty(card) ? cr | RTL_CR_BUFE : cr;
}

void rtl8139_rx_restart(struct rtl8139 *card)
{
	rtl8139_flush(card);
	card->state->rx_index = 0;
	card->rx_last = 0;
	rtl_w16(card, RTL_CBR, 0);
	rtl_w16(card, RTL_CAPR, (uint16_t)-READ_AHEAD);
}
