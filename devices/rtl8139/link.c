/* SPDX-License-Identifier: BSD-2-Clause */
/* The cable as the guest sees it: the PHY's registers, negotiation, MSR, CSCR. */
#include "devices/rtl8139/rtl8139.h"

/*
 * Theory of operation
 *
 * The partner can everything. So negotiation ends at the best that ANAR advertises, and BMCR shows
 * it; without negotiation the link has the speed and duplex that the driver wrote there. It takes
 * NEGOTIATION_NS: drivers wait for the link of a plugged cable, but a boot loader that looks once
 * finds the link up at power-up, since the partner was there before the guest.
 *
 * Every change of the link is an event: ISR.LinkChg, CSCR's change bit (without which 8139too takes
 * the same ISR bit for an underrun), DIS and the latch of BMSR when it is lost, LenChg when another
 * cable may be there.
 */

#define NEGOTIATION_NS (20 * 1000000LL)

/** struct link_mode - what a link is like */
struct link_mode {
	bool fast; /* 100 Mb/s */
	bool full; /* duplex */
};

/**
 * resolve() - speed and duplex that the PHY ends up with
 * @card:	the card
 * @ret:	filled
 *
 * Return: false when nothing is advertised
 */
static bool resolve(const struct rtl8139 *card, struct link_mode *ret)
{
	uint16_t bmcr = rtl_r16(card, RTL_BMCR);
	uint16_t anar = rtl_r16(card, RTL_ANAR);

	if (!(bmcr & RTL_BMCR_ANE)) {
		*ret = (struct link_mode){bmcr & RTL_BMCR_SPEED_100, bmcr & RTL_BMCR_FULL};
		return true;
	}
	ret->fast = anar & (RTL_ANAR_100_FULL | RTL_ANAR_100_HALF);
	ret->full = anar & (ret->fast ? RTL_ANAR_100_FULL : RTL_ANAR_10_FULL);
	return ret->fast || anar & (RTL_ANAR_10_FULL | RTL_ANAR_10_HALF);
}

/**
 * show() - put the state of the link into the registers
 * @card:	the card
 * @up:		link
 * @mode:	what it is like
 */
static void show(struct rtl8139 *card, bool up, const struct link_mode *mode)
{
	bool negotiated = up && rtl_r16(card, RTL_BMCR) & RTL_BMCR_ANE;
	uint16_t bmcr = rtl_r16(card, RTL_BMCR) & (uint16_t) ~(RTL_BMCR_SPEED_100 | RTL_BMCR_FULL);
	uint16_t cscr = rtl_r16(card, RTL_CSCR) & (uint16_t)~RTL_CSCR_LINK_OK;
	uint8_t msr = rtl_r8(card, RTL_MSR) & (uint8_t) ~(RTL_MSR_LINKB | RTL_MSR_SPEED_10);

	if (negotiated)
		rtl_w16(card, RTL_BMCR,
			bmcr | (mode->fast ? RTL_BMCR_SPEED_100 : 0) |
				(mode->full ? RTL_BMCR_FULL : 0));
	rtl_w16(card, RTL_BMSR,
		RTL_BMSR_DEFAULT | (negotiated ? RTL_BMSR_NEGOTIATED : 0) |
			(up ? RTL_BMSR_LINK : 0));
	rtl_w16(card, RTL_ANLPAR, negotiated ? RTL_ANLPAR_PARTNER : 0);
	rtl_w16(card, RTL_CSCR, cscr | (up ? RTL_CSCR_LINK_OK : 0));
	rtl_w8(card, RTL_MSR, msr | (up ? 0 : RTL_MSR_LINKB) | (mode->fast ? 0 : RTL_MSR_SPEED_10));
}

/**
 * update() - make the registers follow cable and PHY
 * @card:	the card
 *
 * Return: true when the link changed
 */
static bool update(struct rtl8139 *card)
{
	bool was_up = rtl8139_link_is_up(card);
	bool ready = card->state->negotiated || !(rtl_r16(card, RTL_BMCR) & RTL_BMCR_ANE);
	struct link_mode mode;
	bool up = resolve(card, &mode) && ready && nic_cable(&card->nic);

	show(card, up, &mode);
	return up != was_up;
}

/**
 * event() - tell the guest that the link changed
 * @card:	the card
 */
static void event(struct rtl8139 *card)
{
	bool up = rtl8139_link_is_up(card);

	rtl_w16(card, RTL_CSCR, rtl_r16(card, RTL_CSCR) | RTL_CSCR_LINK_CHANGED);
	if (up)
		rtl8139_wake_link(card);
	else
		rtl_w16(card, RTL_DIS, (uint16_t)(rtl_r16(card, RTL_DIS) + 1));
	card->state->link_lost |= !up; /* stays in BMSR until it was read: 802.3 22.2.4.2.13 */
	rtl8139_raise(card, RTL_INT_LINKCHG);
}

/**
 * update_and_tell() - update(), and an event if the link changed
 * @card:	the card
 */
static void update_and_tell(struct rtl8139 *card)
{
	if (update(card))
		event(card);
	rtl8139_drive_pin(card);
}

/**
 * negotiate() - begin a negotiation: no link until it ends
 * @card:	the card
 */
static void negotiate(struct rtl8139 *card)
{
	card->state->negotiated = false;
	loop_timer_cancel(&card->negotiation);
	if (nic_cable(&card->nic))
		loop_timer_set(card->nic.loop, &card->negotiation,
			       loop_now(card->nic.loop) + NEGOTIATION_NS);
	update_and_tell(card);
}

/** negotiated() - negotiation is over */
static void negotiated(struct loop_timer *timer)
{
	struct rtl8139 *card = container_of(timer, struct rtl8139, negotiation);

	card->state->negotiated = true;
	update_and_tell(card);
}

void rtl8139_link_start(struct rtl8139 *card)
{
	card->negotiation.callback = negotiated;
	if (!card->state->negotiated && nic_cable(&card->nic)) /* a predecessor had begun */
		negotiate(card);
}

void rtl8139_link_stop(struct rtl8139 *card)
{
	loop_timer_cancel(&card->negotiation);
}

void rtl8139_link_reset(struct rtl8139 *card, bool power_up)
{
	if (power_up) {
		loop_timer_cancel(&card->negotiation);
		card->state->negotiated = true; /* with the cable there is, if any */
		card->state->link_lost = !nic_cable(&card->nic);
	}
	update(card);
}

bool rtl8139_link_is_up(const struct rtl8139 *card)
{
	return !(rtl_r8(card, RTL_MSR) & RTL_MSR_LINKB);
}

void rtl8139_cable(struct nic *nic, bool up)
{
	struct rtl8139 *card = container_of(nic, struct rtl8139, nic);

	if (up)
		rtl8139_raise(card, RTL_INT_LENCHG); /* it may be another cable */
	negotiate(card);
}

uint32_t rtl8139_bmsr_read(void *dev, unsigned index)
{
	struct rtl8139 *card = dev;
	uint16_t value = rtl_r16(card, RTL_BMSR);
	bool lost = card->state->link_lost;

	(void)index;
	card->state->link_lost = false;
	return lost ? value & ~RTL_BMSR_LINK : value;
}

void rtl8139_bmcr_write(void *dev, unsigned index, uint32_t value, uint32_t old)
{
	struct rtl8139 *card = dev;

	(void)index;
	if (value & RTL_BMCR_RESET) {
		rtl_w16(card, RTL_BMCR, RTL_BMCR_DEFAULT);
		rtl_w16(card, RTL_ANAR, RTL_ANAR_DEFAULT);
	}
	if (value & (RTL_BMCR_RESET | RTL_BMCR_RESTART) || (value & ~old & RTL_BMCR_ANE))
		negotiate(card);
	else
		update_and_tell(card);
}
