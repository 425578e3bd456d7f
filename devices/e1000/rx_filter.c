/* SPDX-License-Identifier: BSD-2-Clause */
/* Which packets the card receives (SDM 3.2.1 addresses, 9.3 VLAN). */
#include "devices/e1000/e1000.h"

/** rar_matches() - does one of the 16 receive addresses match exactly? */
static bool rar_matches(const struct e1000 *e, const uint8_t *frame)
{
	for (uint32_t i = 0; i < RAR_COUNT; i++) {
		uint32_t high = e1000_get(e, E1000_RAH + 8 * i);
		const uint8_t *addr = frame;

		if (!(high & RAH_AV))
			continue;
		if (high & RAH_AS_MASK) /* AS = 01: compare with the source address */
			addr = frame + ETH_ADDR_LEN;
		if (get_le32(addr) == e1000_get(e, E1000_RAL + 8 * i) &&
		    get_le16(addr + 4) == (high & 0xffff))
			return true;
	}
	return false;
}

/** mta_matches() - is the bit of a multicast address set in the hash table? */
static bool mta_matches(const struct e1000 *e, const uint8_t *addr)
{
	static const uint8_t shifts[] = {4, 3, 2, 0}; /* RCTL.MO */
	uint32_t shift = shifts[(e1000_get(e, E1000_RCTL) >> 12) & 3];
	uint32_t hash = ((uint32_t)(addr[5] << 8 | addr[4]) >> shift) & 0xfff;

	return e1000_get(e, E1000_MTA + 4 * (hash >> 5)) >> (hash & 31) & 1;
}

/** frame_tag() - the VLAN tag of a packet, beside or inside the frame */
static bool frame_tag(const struct e1000 *e, const struct packet *p, uint16_t *tci)
{
	const uint8_t *frame = packet_head(p);

	*tci = p->vlan_tci;
	if (p->vlan)
		return true;
	if (packet_head_len(p) < ETH_HEADER_LEN + ETH_VLAN_LEN ||
	    get_be16(frame + ETH_TYPE_OFFSET) != e1000_get(e, E1000_VET))
		return false;
	*tci = get_be16(frame + ETH_HEADER_LEN);
	return true;
}

/** vlan_passes() - VFTA and CFI (SDM 9.3); untagged frames always pass */
static bool vlan_passes(const struct e1000 *e, const struct packet *p)
{
	uint32_t rctl = e1000_get(e, E1000_RCTL);
	uint16_t tci;
	uint32_t vid;

	if (!(rctl & RCTL_VFE) || !frame_tag(e, p, &tci))
		return true;
	if ((rctl & RCTL_CFIEN) && !(rctl & RCTL_CFI) != !(tci & 0x1000))
		return false;
	vid = tci & 0xfff;
	return e1000_get(e, E1000_VFTA + 4 * (vid >> 5)) >> (vid & 31) & 1;
}

struct rx_verdict rx_filter(const struct e1000 *e, const struct packet *p)
{
	const uint8_t *addr = packet_head(p);
	uint32_t rctl = e1000_get(e, E1000_RCTL);
	struct rx_verdict v = {.broadcast = eth_is_broadcast(addr)};

	v.multicast = eth_is_multicast(addr) && !v.broadcast;
	if (rar_matches(e, addr) || (v.broadcast && (rctl & RCTL_BAM)) || pause_passes(e, p)) {
		v.accept = true;
	} else {
		v.inexact = true;
		v.accept = eth_is_multicast(addr) ? (rctl & RCTL_MPE) || mta_matches(e, addr)
						  : (rctl & RCTL_UPE) != 0;
	}
	v.accept = v.accept && vlan_passes(e, p);
	return v;
}
