/* SPDX-License-Identifier: BSD-2-Clause */
/* Wake-up: which frame, or change of the link, would wake a sleeping machine. */
#include "devices/rtl8139/rtl8139.h"

/*
 * Theory of operation
 *
 * Outside of D0, with CONFIG1.PMEn and PME_En, frames are compared with what CONFIG3 (magic packet)
 * and CONFIG5 (any broadcast, multicast or own unicast frame) select; CONFIG3 also selects a link
 * that comes up. A match sets PME_Status, which CONFIG5 shows too. vfio-user has no PME#, so nobody
 * is woken by that; the driver finds the reason when something else did.
 *
 * The masks and CRCs of the eight wake-up frames (84 to D3) are kept and match nothing.
 */

#define MAGIC_SYNC    6  /* bytes FF */
#define MAGIC_REPEATS 16 /* times the station address */
#define MAGIC_LEN     (MAGIC_SYNC + MAGIC_REPEATS * ETH_ADDR_LEN)

/**
 * is_asleep() - does the card look for something to wake for?
 * @card:	the card
 */
static bool is_asleep(const struct rtl8139 *card)
{
	const struct nic *nic = &card->nic;

	return nic_power_state(nic) != 0 && rtl_r8(card, RTL_CONFIG1) & RTL_CONFIG1_PMEN &&
	       pci_pme(nic->mem.pci, &nic->class->identity).enabled;
}

/**
 * wake() - something to wake for was seen
 * @card:	the card
 */
static void wake(struct rtl8139 *card)
{
	const struct pci_pme pme = {.enabled = true, .status = true};

	pci_set_pme(card->nic.mem.pci, &card->nic.class->identity, pme);
}

/**
 * is_magic() - the sync stream and 16 times the station address, anywhere behind the header
 * @card:	the card
 * @p:		the frame
 */
static bool is_magic(const struct rtl8139 *card, const struct packet *p)
{
	const uint8_t *frame = packet_head(p);
	uint32_t len = packet_head_len(p);
	uint8_t want[MAGIC_LEN];

	memset(want, 0xff, MAGIC_SYNC);
	for (int i = 0; i < MAGIC_REPEATS; i++)
		memcpy(want + MAGIC_SYNC + i * ETH_ADDR_LEN, card->state->regs + RTL_IDR0,
		       ETH_ADDR_LEN);
	return len > ETH_HEADER_LEN &&
	       memmem(frame + ETH_HEADER_LEN, len - ETH_HEADER_LEN, want, sizeof(want));
}

void rtl8139_wake_frame(struct rtl8139 *card, const struct packet *p)
{
	uint8_t config5 = rtl_r8(card, RTL_CONFIG5);
	bool found;

	if (!is_asleep(card) || packet_head_len(p) < ETH_HEADER_LEN)
		return;
	switch (rtl8139_address_class(card, packet_head(p))) {
	case RTL_RX_BAR:
		found = config5 & RTL_CONFIG5_BWF;
		break;
	case RTL_RX_MAR:
		found = config5 & RTL_CONFIG5_MWF;
		break;
	case RTL_RX_PAM:
		found = config5 & RTL_CONFIG5_UWF;
		break;
	default: /* even the magic packet is for us or for all */
		return;
	}
	if (found || (rtl_r8(card, RTL_CONFIG3) & RTL_CONFIG3_MAGIC && is_magic(card, p)))
		wake(card);
}

void rtl8139_wake_link(struct rtl8139 *card)
{
	if (is_asleep(card) && rtl_r8(card, RTL_CONFIG3) & RTL_CONFIG3_LINKUP)
		wake(card);
}
