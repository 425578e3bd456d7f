/* SPDX-License-Identifier: BSD-2-Clause */
/* Wake-up: which frame, or change of the link, would wake a sleeping machine (SDM 6.4). */
#include "devices/e1000/e1000.h"

/*
 * Theory of operation
 *
 * Outside of D0 frames are compared with what WUFC selects (PME_En set) or with the magic packet
 * alone (WUC.APME). The first match is kept in WUS, WUPL and WUPM and sets PME_Status. vfio-user
 * has no PME#, so nobody is woken by that; the driver finds the reason when something else did.
 */

#define MAGIC_SYNC    6  /* bytes FF */
#define MAGIC_REPEATS 16 /* times the station address */
#define MAGIC_LEN     (MAGIC_SYNC + MAGIC_REPEATS * ETH_ADDR_LEN)
#define ARP_TARGET    24 /* offset of the target address in an ARP packet over IPv4 */
#define WUPM_BYTES    128

/** is_magic_at() - is this the sync stream and 16 times the station address? */
static bool is_magic_at(const struct e1000 *e, const uint8_t *p)
{
	uint8_t mac[ETH_ADDR_LEN];

	put_le32(mac, e1000_get(e, E1000_RAL));
	put_le16(mac + 4, (uint16_t)e1000_get(e, E1000_RAH));
	for (int i = 0; i < MAGIC_SYNC; i++) {
		if (p[i] != 0xff)
			return false;
	}
	for (int i = 0; i < MAGIC_REPEATS; i++) {
		if (memcmp(p + MAGIC_SYNC + i * ETH_ADDR_LEN, mac, ETH_ADDR_LEN) != 0)
			return false;
	}
	return true;
}

/** is_magic() - magic packet: the sequence anywhere behind the header */
static bool is_magic(const struct e1000 *e, const uint8_t *frame, uint32_t len)
{
	for (uint32_t at = ETH_HEADER_LEN; at + MAGIC_LEN <= len; at++) {
		if (is_magic_at(e, frame + at))
			return true;
	}
	return false;
}

/** is_our_ipv4() - is this one of the valid addresses of IP4AT? */
static bool is_our_ipv4(const struct e1000 *e, const uint8_t *addr)
{
	for (uint32_t i = 0; i < 4; i++) {
		if ((e1000_get(e, E1000_IPAV) >> i & 1) &&
		    get_le32(addr) == e1000_get(e, E1000_IP4AT + 8 * i))
			return true;
	}
	return false;
}

/** protocol_matches() - ARP for us, IPv4 or IPv6 to us */
static uint32_t protocol_matches(const struct e1000 *e, const uint8_t *frame, uint32_t len)
{
	const uint8_t *l3 = frame + ETH_HEADER_LEN;
	uint32_t left = len - ETH_HEADER_LEN;

	switch (get_be16(frame + ETH_TYPE_OFFSET)) {
	case ETH_TYPE_ARP:
		return left >= ARP_TARGET + 4 && is_our_ipv4(e, l3 + ARP_TARGET) ? WAKE_ARP : 0;
	case ETH_TYPE_IPV4:
		return left >= IPV4_MIN_HEADER_LEN && is_our_ipv4(e, l3 + 16) ? WAKE_IPV4 : 0;
	case ETH_TYPE_IPV6:
		return left >= IPV6_HEADER_LEN && (e1000_get(e, E1000_IPAV) & IPAV_V6) &&
				       memcmp(l3 + 24, e->s->regs + E1000_IP6AT, 16) == 0
			       ? WAKE_IPV6
			       : 0;
	default:
		return 0;
	}
}

/** flex_matches() - does flexible filter @i match? (SDM 6.4.4) */
static bool flex_matches(const struct e1000 *e, uint32_t i, const uint8_t *frame, uint32_t len)
{
	uint32_t want = MIN(e1000_get(e, E1000_FFLT + 8 * i), (uint32_t)FLEX_LENGTH);

	if (want == 0 || len < want)
		return false;
	for (uint32_t n = 0; n < want; n++) {
		if ((e1000_get(e, E1000_FFMT + 8 * n) >> i & 1) &&
		    frame[n] != (uint8_t)(e1000_get(e, E1000_FFVT + 8 * n) >> (8 * i)))
			return false;
	}
	return true;
}

/** frame_matches() - every reason to wake that a frame is */
static uint32_t frame_matches(const struct e1000 *e, const struct packet *p)
{
	const uint8_t *frame = packet_head(p);
	uint32_t len = packet_head_len(p);
	struct rx_verdict v = rx_filter(e, p);
	uint32_t found = 0;

	if (v.accept) {
		if (v.broadcast)
			found |= WAKE_BC;
		else
			found |= v.multicast ? WAKE_MC : WAKE_EX;
		if (is_magic(e, frame, len))
			found |= WAKE_MAG;
		found |= protocol_matches(e, frame, len);
	}
	for (uint32_t i = 0; i < FLEX_COUNT; i++) {
		if (flex_matches(e, i, frame, len))
			found |= WAKE_FLX0 << i;
	}
	return found;
}

/** wanted() - what may wake: WUFC with PME_En, the magic packet with WUC.APME */
static uint32_t wanted(const struct e1000 *e)
{
	struct pci_pme pme = pci_pme(e->nic.mem.pci, &e->nic.class->identity);
	uint32_t filters = pme.enabled ? e1000_get(e, E1000_WUFC) : 0;

	return e1000_get(e, E1000_WUC) & WUC_APME ? filters | WAKE_MAG : filters;
}

/** wake() - something to wake for was seen; PME_Status, and WUS if it is the first */
static void wake(struct e1000 *e, uint32_t reasons, const struct packet *p)
{
	struct pci_pme pme = pci_pme(e->nic.mem.pci, &e->nic.class->identity);
	bool first = e1000_get(e, E1000_WUS) == 0;

	pme.status = true;
	pci_set_pme(e->nic.mem.pci, &e->nic.class->identity, pme);
	e1000_set(e, E1000_WUS, e1000_get(e, E1000_WUS) | reasons);
	if (!first || !p)
		return;
	e1000_set(e, E1000_WUPL, p->len);
	memset(e->s->regs + E1000_WUPM, 0, WUPM_BYTES);
	packet_copy(p, 0, e->s->regs + E1000_WUPM, WUPM_BYTES);
}

void wake_frame(struct e1000 *e, const struct packet *p)
{
	uint32_t reasons = frame_matches(e, p) & wanted(e);

	if (reasons)
		wake(e, reasons, p);
}

void wake_link(struct e1000 *e)
{
	if (nic_power_state(&e->nic) != 0 && (wanted(e) & WAKE_LNKC))
		wake(e, WAKE_LNKC, NULL);
}

void wake_control(struct e1000 *e, uint32_t wuc)
{
	struct pci_pme pme = pci_pme(e->nic.mem.pci, &e->nic.class->identity);

	pme.enabled = wuc & WUC_PME_EN;
	if (wuc & WUC_PME_STATUS)
		pme.status = false;
	pci_set_pme(e->nic.mem.pci, &e->nic.class->identity, pme);
}

uint32_t wuc_read(void *dev, unsigned index)
{
	struct e1000 *e = dev;
	struct pci_pme pme = pci_pme(e->nic.mem.pci, &e->nic.class->identity);
	uint32_t wuc = e1000_get(e, E1000_WUC) & (WUC_APME | WUC_APMPME);

	(void)index;
	return wuc | (pme.enabled ? WUC_PME_EN : 0) | (pme.status ? WUC_PME_STATUS : 0);
}
