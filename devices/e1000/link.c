/* SPDX-License-Identifier: BSD-2-Clause */
/* PHY (M88E1011), MDIC and the link. */
#include "devices/e1000/e1000.h"

#define AUTONEG_NS (300 * 1000000LL) /* drivers allow 4.5 s and poll every 2 s: this is invisible */

/** phy_get() - stored value of a PHY register */
static uint16_t phy_get(const struct e1000 *e, unsigned reg)
{
	return get_le16(e->s->phy + 2 * reg);
}

/** phy_set() - set the stored value of a PHY register */
static void phy_set(struct e1000 *e, unsigned reg, uint32_t value)
{
	put_le16(e->s->phy + 2 * reg, (uint16_t)value);
}

bool link_loopback(const struct e1000 *e)
{
	return (e1000_get(e, E1000_RCTL) & RCTL_LBM) || (phy_get(e, PHY_BMCR) & BMCR_LOOPBACK);
}

/** phy_link() - does the PHY have a link? */
static bool phy_link(const struct e1000 *e)
{
	uint16_t bmcr = phy_get(e, PHY_BMCR);

	return e->cable && !(bmcr & BMCR_PDOWN) && (e->s->phy_ready || !(bmcr & BMCR_ANENABLE));
}

bool link_is_up(const struct e1000 *e)
{
	return e1000_get(e, E1000_STATUS) & STATUS_LU;
}

void link_update(struct e1000 *e)
{
	uint32_t ctrl = e1000_get(e, E1000_CTRL);
	uint32_t status = e1000_get(e, E1000_STATUS) & ~(STATUS_LU | STATUS_FD | STATUS_SPEED_MASK);
	bool was_up = link_is_up(e);
	bool up = phy_link(e) && (ctrl & CTRL_SLU); /* SDM 13.4.1, SLU */

	if (!phy_link(e))
		e->s->link_lost = true;
	status |= STATUS_SPEED_1000 | STATUS_ASDV_1000 | STATUS_FD;
	if (ctrl & CTRL_FRCSPD)
		status = (status & ~STATUS_SPEED_MASK) | (ctrl & CTRL_SPEED) >> 2;
	if (ctrl & CTRL_FRCDPX)
		status = (status & ~STATUS_FD) | (ctrl & CTRL_FD);
	e1000_set(e, E1000_STATUS, status | (up ? STATUS_LU : 0));
	if (up != was_up)
		intr_cause(e, INT_LSC);
}

/** negotiate() - (re)start autonegotiation: no link until it ends */
static void negotiate(struct e1000 *e)
{
	e->s->phy_ready = false;
	loop_timer_cancel(&e->link_timer);
	if (e->cable)
		loop_timer_set(e->nic.loop, &e->link_timer, loop_now(e->nic.loop) + AUTONEG_NS);
	link_update(e);
}

/** negotiated() - autonegotiation is over */
static void negotiated(struct loop_timer *timer)
{
	struct e1000 *e = container_of(timer, struct e1000, link_timer);

	e->s->phy_ready = true;
	link_update(e);
	intr_update(e);
}

void link_init(struct e1000 *e)
{
	e->link_timer.callback = negotiated;
}

void link_power_up(struct e1000 *e)
{
	reg_reset(&e1000_phy_bank, e->s->phy, true);
	e->cable = nic_cable(&e->nic);
	loop_timer_cancel(&e->link_timer);
	/* The partner was there before the guest: no negotiation to wait for. */
	e->s->phy_ready = e->cable;
	e->s->link_lost = false;
	link_update(e);
}

void link_cable(struct e1000 *e, bool up)
{
	e->cable = up;
	if (up) {
		negotiate(e);
	} else {
		loop_timer_cancel(&e->link_timer);
		e->s->phy_ready = false;
		link_update(e);
	}
}

void link_phy_reset(struct e1000 *e)
{
	reg_reset(&e1000_phy_bank, e->s->phy, true);
	negotiate(e);
}

/** bmcr_write() - BMCR: reset and restart clear themselves and begin a negotiation */
static void bmcr_write(void *dev, unsigned index, uint32_t value, uint32_t old)
{
	struct e1000 *e = dev;

	(void)index;
	if (value & BMCR_RESET) {
		uint32_t keep =
			value & BMCR_LOOPBACK; /* 9140, 8140, 4140: ethtool's loopback test */

		link_phy_reset(e);
		phy_set(e, PHY_BMCR, phy_get(e, PHY_BMCR) | keep);
	} else if ((value & BMCR_RESTART) || ((old & BMCR_PDOWN) && !(value & BMCR_PDOWN))) {
		negotiate(e);
	} else {
		link_update(e);
	}
}

/** bmsr_read() - BMSR: the link bit is latched low until read (IEEE 802.3 22.2.4.2.13) */
static uint32_t bmsr_read(void *dev, unsigned index)
{
	struct e1000 *e = dev;
	uint32_t value = BMSR_ALWAYS;

	(void)index;
	if (phy_link(e)) {
		value |= BMSR_AN_DONE;
		if (!e->s->link_lost)
			value |= BMSR_LINK;
	}
	e->s->link_lost = !phy_link(e);
	return value;
}

/** anlpar_read() - what the partner advertised, once negotiation is over */
static uint32_t anlpar_read(void *dev, unsigned index)
{
	(void)index;
	return phy_link(dev) ? ANLPAR_PARTNER : 0;
}

/** stat1000_read() - 1000BASE-T status */
static uint32_t stat1000_read(void *dev, unsigned index)
{
	(void)index;
	return phy_link(dev) ? STAT_1000_OK : 0;
}

/** pssr_read() - PHY specific status: speed, duplex, link in real time */
static uint32_t pssr_read(void *dev, unsigned index)
{
	(void)index;
	return phy_link(dev) ? PSSR_LINK_1000 : 0;
}

#define PHY(reg, reg_name) .offset = (reg)*2, .width = 2, .name = (reg_name), .section = "12.8"

/* clang-format off */
static const struct reg phy_regs[] = {
	{PHY(PHY_BMCR, "BMCR"), .reset = 0x1140, .writable = 0x7dc0, .write = bmcr_write},
	{PHY(PHY_BMSR, "BMSR"), .read = bmsr_read},
	{PHY(2, "PHYID1"), .reset = 0x0141},
	{PHY(3, "PHYID2"), .reset = 0x0c25},
	{PHY(4, "ANAR"), .reset = 0x0de1, .writable = 0xbfff},
	{PHY(PHY_ANLPAR, "ANLPAR"), .read = anlpar_read},
	{PHY(6, "ANER"), .reset = 0x000d},
	{PHY(7, "ANNPTR"), .reset = 0x2001, .writable = 0xb7ff},
	{PHY(8, "ANLPNPR")},
	{PHY(9, "1000TCTRL"), .reset = 0x0e00, .writable = 0xff00},
	{PHY(PHY_1000T_STAT, "1000TSTAT"), .read = stat1000_read},
	{PHY(15, "EXTSTAT"), .reset = 0x3000},
	{PHY(16, "PSCR"), .reset = 0x0068, .writable = 0xffff},
	{PHY(PHY_PSSR, "PSSR"), .read = pssr_read},
	{PHY(18, "INTENABLE"), .writable = 0xffff},
	{PHY(19, "INTSTATUS"), .read_clear = 0xffff},
	{PHY(20, "EPSCR"), .reset = 0x0d60, .writable = 0xffff},
	{PHY(21, "RXERRCOUNT"), .read_clear = 0xffff},
	{PHY(26, "EXTSTAT2")},
	{PHY(29, "PAGESELECT"), .writable = 0xffff},
	{PHY(30, "PAGEDATA"), .writable = 0xffff},
};
/* clang-format on */

const struct reg_bank e1000_phy_bank = {
	.name = "e1000-phy",
	.regs = phy_regs,
	.count = ARRAY_SIZE(phy_regs),
	.size = PHY_COUNT * 2,
};

void mdic_write(void *dev, unsigned index, uint32_t value, uint32_t old)
{
	struct e1000 *e = dev;
	uint32_t reg = (value >> MDIC_REG_SHIFT) & 31;
	uint32_t result = value & ~(MDIC_READY | MDIC_ERROR | (1u << 31));

	(void)index;
	(void)old;
	if (((value >> MDIC_PHY_SHIFT) & 31) != PHY_ADDRESS) {
		result |= MDIC_ERROR;
	} else if ((value & MDIC_OP_MASK) == MDIC_OP_WRITE) {
		reg_write(&e1000_phy_bank, e->s->phy, e,
			  &(struct reg_access){
				  .offset = reg * 2, .size = 2, .value = value & 0xffff});
	} else if ((value & MDIC_OP_MASK) == MDIC_OP_READ) {
		result &= 0xffff0000;
		result |= (uint32_t)reg_read(&e1000_phy_bank, e->s->phy, e, reg * 2, 2);
	} else {
		result |= MDIC_ERROR;
	}
	e1000_set(e, E1000_MDIC, result | MDIC_READY);
	if (value & MDIC_INT_EN)
		intr_cause(e, INT_MDAC);
}
