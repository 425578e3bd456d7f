/* SPDX-License-Identifier: BSD-2-Clause */
/* The receive ring: frames into the guest's buffers, descriptors back (SDM 3.2). */
#include "devices/e1000/e1000.h"

/** ring_count() - receive descriptors in the ring */
static uint32_t ring_count(const struct e1000 *e)
{
	return e1000_get(e, E1000_RDLEN) / DESC_SIZE;
}

/** free_descriptors() - receive descriptors between RDH and RDT */
static uint32_t free_descriptors(const struct e1000 *e)
{
	uint32_t count = ring_count(e);
	uint32_t head = e1000_get(e, E1000_RDH);
	uint32_t tail = e1000_get(e, E1000_RDT);

	if (count == 0 || head >= count)
		return 0;
	/* A tail beyond the ring means "all up to its end": one OS/2 driver writes it so. */
	tail = MIN(tail, count);
	return tail >= head ? tail - head : count - head + tail;
}

/** buffer_size() - RCTL.BSIZE and BSEX in bytes (SDM 13.4.22) */
static uint32_t buffer_size(const struct e1000 *e)
{
	uint32_t rctl = e1000_get(e, E1000_RCTL);
	uint32_t code = (rctl >> 16) & 3;

	if ((rctl & RCTL_BSEX) && code != 0)
		return 32768u >> code;
	return 2048u >> code;
}

bool rx_has_room(const struct e1000 *e, uint32_t len)
{
	uint32_t size = buffer_size(e);

	return (uint64_t)free_descriptors(e) * size >= len && nic_bus_master(&e->nic);
}

bool rx_never_fits(const struct e1000 *e, uint32_t len)
{
	uint32_t count = ring_count(e);

	/* Of a ring one descriptor stays the driver's: RDT on RDH means that none is free. */
	return count > 0 && (uint64_t)(count - 1) * buffer_size(e) < len;
}

/** write_back() - status of one descriptor, DD with it (SDM 3.2.3) */
static void write_back(uint8_t back[8], const struct rx_frame *f, uint32_t len, bool eop)
{
	put_le16(back, (uint16_t)len);
	put_le16(back + 2, f->csum);
	put_le32(back + 4, RXD_STA_DD);
	if (eop) {
		back[4] |= RXD_STA_EOP | f->status;
		back[5] = f->errors;
		put_le16(back + 6, f->special);
	}
}

/**
 * fill_buffer() - copy a range of a frame into one buffer of the guest
 * @e:		the card
 * @address:	the buffer, 0: none (the bytes are lost, SDM 3.2.2)
 * @p:		the frame
 * @offset:	first byte
 * @len:	bytes
 */
static void fill_buffer(struct e1000 *e, uint64_t address, const struct packet *p, uint32_t offset,
			uint32_t len)
{
	const struct dma_range range = {address, len, DMA_TO_GUEST};
	uint8_t *whole = dma_host(&e->nic.dma, &range);
	struct iovec iov[8];
	int n;

	if (address == 0)
		return;
	if (whole) {
		packet_copy(p, offset, whole, len);
		return;
	}
	n = dma_iov(&e->nic.dma, &range, iov, ARRAY_SIZE(iov));
	if (n < 0) {
		port_drop(&e->nic.port, DROP_DMA);
		return;
	}
	for (int i = 0; i < n; i++) {
		packet_copy(p, offset, iov[i].iov_base, (uint32_t)iov[i].iov_len);
		offset += (uint32_t)iov[i].iov_len;
	}
}

void rx_place(struct e1000 *e, const struct rx_frame *f)
{
	uint64_t base = e1000_get(e, E1000_RDBAL) | (uint64_t)e1000_get(e, E1000_RDBAH) << 32;
	uint32_t count = ring_count(e);
	uint32_t head = e1000_get(e, E1000_RDH);
	uint32_t left = f->packet->len;
	uint32_t size = buffer_size(e);
	uint32_t offset = 0;
	uint8_t *ring = dma_host(&e->nic.dma, &(struct dma_range){base, count * DESC_SIZE,
								  DMA_FROM_GUEST | DMA_TO_GUEST});

	while (left > 0) {
		uint32_t n = MIN(left, size);
		uint64_t at = base + (uint64_t)head * DESC_SIZE;
		uint8_t desc[DESC_SIZE];

		if (ring)
			memcpy(desc, ring + head * DESC_SIZE, DESC_SIZE);
		else
			dma_read(&e->nic.dma, at, desc, DESC_SIZE);
		fill_buffer(e, get_le64(desc), f->packet, offset, n);
		write_back(desc + 8, f, n, left == n);
		if (ring)
			memcpy(ring + head * DESC_SIZE + 8, desc + 8, 8);
		else
			dma_write(&e->nic.dma, at + 8, desc + 8, 8);
		head = head + 1 == count ? 0 : head + 1;
		offset += n;
		left -= n;
	}
	e1000_set(e, E1000_RDH, head);
}

bool rx_is_low(const struct e1000 *e)
{
	uint32_t shift = 1 + ((e1000_get(e, E1000_RCTL) >> 8) & 3);

	return free_descriptors(e) <= ring_count(e) >> shift;
}
