/* SPDX-License-Identifier: BSD-2-Clause */
/* Statistics registers (SDM 13.7): they lie in the register file like any other. */
#include "devices/e1000/e1000.h"

#include "net/core/segment.h"

void stats_add(struct e1000 *e, uint32_t offset, uint32_t n)
{
	uint32_t old = e1000_get(e, offset);

	e1000_set(e, offset, old + n < old ? UINT32_MAX : old + n);
}

/**
 * add64() - add to a 64-bit counter, which sticks at its maximum
 * @e:		the card
 * @low:	offset of its low half
 * @n:		what to add
 */
static void add64(struct e1000 *e, uint32_t low, uint64_t n)
{
	uint64_t old = get_le64(e->s->regs + low);

	put_le64(e->s->regs + low, old + n < old ? UINT64_MAX : old + n);
}

/**
 * read_high() - high half of a 64-bit counter; reading it clears both halves
 * @e:		the card
 * @low:	offset of its low half
 */
static uint32_t read_high(struct e1000 *e, uint32_t low)
{
	uint32_t high = e1000_get(e, low + 4);

	put_le64(e->s->regs + low, 0);
	return high;
}

uint32_t gorch_read(void *dev, unsigned index)
{
	(void)index;
	return read_high(dev, E1000_GORCL);
}

uint32_t gotch_read(void *dev, unsigned index)
{
	(void)index;
	return read_high(dev, E1000_GOTCL);
}

uint32_t torh_read(void *dev, unsigned index)
{
	(void)index;
	return read_high(dev, E1000_TORL);
}

uint32_t toth_read(void *dev, unsigned index)
{
	(void)index;
	return read_high(dev, E1000_TOTL);
}

/**
 * size_bin() - offset of the size counter (PRC64..PRC1522, PTC64..PTC1522) within its group
 * @wire:	frame length with FCS
 */
static uint32_t size_bin(uint32_t wire)
{
	static const uint32_t limits[] = {64, 127, 255, 511, 1023};
	uint32_t bin = 0;

	while (bin < ARRAY_SIZE(limits) && wire > limits[bin])
		bin++;
	return bin * 4;
}

void stats_sent(struct e1000 *e, const uint8_t *destination, uint32_t bytes, uint32_t count)
{
	uint32_t wire = MAX(bytes, ETH_MIN_LEN) + ETH_FCS_LEN;
	uint64_t octets = (uint64_t)wire * count;

	stats_add(e, E1000_GPTC, count);
	stats_add(e, E1000_TPT, count);
	stats_add(e, E1000_PTC64 + size_bin(wire), count);
	add64(e, E1000_GOTCL, octets);
	add64(e, E1000_TOTL, octets);
	if (eth_is_broadcast(destination))
		stats_add(e, E1000_BPTC, count);
	else if (eth_is_multicast(destination))
		stats_add(e, E1000_MPTC, count);
}

void stats_seen(struct e1000 *e, const struct packet *p)
{
	uint32_t n = segment_count(p);
	uint64_t octets = p->len + (uint64_t)(n - 1) * p->offload.hdr_len;

	octets = MAX(octets, (uint64_t)ETH_MIN_LEN) + (uint64_t)n * ETH_FCS_LEN;
	stats_add(e, E1000_TPR, n);
	add64(e, E1000_TORL, octets + (p->vlan ? (uint64_t)n * ETH_VLAN_LEN : 0));
}

void stats_received(struct e1000 *e, const struct rx_verdict *v, uint32_t wire)
{
	stats_add(e, E1000_GPRC, 1);
	stats_add(e, E1000_PRC64 + size_bin(wire), 1);
	add64(e, E1000_GORCL, wire);
	if (v->broadcast)
		stats_add(e, E1000_BPRC, 1);
	else if (v->multicast)
		stats_add(e, E1000_MPRC, 1);
}
