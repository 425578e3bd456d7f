/* SPDX-License-Identifier: BSD-2-Clause */
/* The PHY, an M88E1011 (M88E1000 on the 82544): its registers, negotiation, MDIC. */
#include "devices/e1000/e1000.h"

/*
 * The partner can everything. So negotiation ends at the best that the driver lets us advertise;
 * without it, the link has the speed and duplex of BMCR. Registers keep their values over a
 * software reset (BMCR.RESET), which only makes them take effect, and negotiates anew; CTRL.PHY_RST
 * puts them back to what they are at power-up.
 */

#define AUTONEG_NS (20 * 1000000LL) /* as short as drivers that wait for it allow, see link.c */

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

bool phy_loopback(const struct e1000 *e)
{
	return phy_get(e, PHY_BMCR) & BMCR_LOOPBACK;
}

/** forced_mode() - what BMCR says without negotiation */
static struct phy_mode forced_mode(uint16_t bmcr)
{
	struct phy_mode m = {.full = bmcr & BMCR_DUPLEX, .speed = PHY_SPEED_10};

	if (bmcr & BMCR_SPEED_MSB)
		m.speed = PHY_SPEED_1000;
	else if (bmcr & BMCR_SPEED_LSB)
		m.speed = PHY_SPEED_100;
	return m;
}

/**
 * negotiated_mode() - the best that is advertised
 * @e:		the card
 * @ret:	filled
 *
 * Return: false when nothing is
 */
static bool negotiated_mode(const struct e1000 *e, struct phy_mode *ret)
{
	static const struct {
		unsigned reg;
		uint16_t bit;
		struct phy_mode mode;
	} best_first[] = {
		{PHY_1000T_CTRL, ADV_1000_FULL, {PHY_SPEED_1000, true}},
		{PHY_1000T_CTRL, ADV_1000_HALF, {PHY_SPEED_1000, false}},
		{PHY_ANAR, ANAR_100_FULL, {PHY_SPEED_100, true}},
		{PHY_ANAR, ANAR_100_HALF, {PHY_SPEED_100, false}},
		{PHY_ANAR, ANAR_10_FULL, {PHY_SPEED_10, true}},
		{PHY_ANAR, ANAR_10_HALF, {PHY_SPEED_10, false}},
	};

	for (size_t i = 0; i < ARRAY_SIZE(best_first); i++) {
		if (phy_get(e, best_first[i].reg) & best_first[i].bit) {
			*ret = best_first[i].mode;
			return true;
		}
	}
	return false;
}

bool phy_link(const struct e1000 *e, struct phy_mode *ret)
{
	uint16_t bmcr = phy_get(e, PHY_BMCR);

	*ret = forced_mode(bmcr);
	if (!e->cable || (bmcr & (BMCR_PDOWN | BMCR_ISOLATE)) ||
	    (e1000_get(e, E1000_CTRL) & CTRL_PHY_RST))
		return false;
	return !(bmcr & BMCR_ANENABLE) || (e->s->phy_ready && negotiated_mode(e, ret));
}

/** link_is_there() - does the PHY have a link? */
static bool link_is_there(const struct e1000 *e)
{
	struct phy_mode mode;

	return phy_link(e, &mode);
}

void phy_link_changed(struct e1000 *e, bool up)
{
	uint32_t events = PHY_INT_LINK;

	if (up)
		events |= PHY_INT_AN_DONE | PHY_INT_SPEED | PHY_INT_DUPLEX;
	phy_set(e, PHY_INT_STATUS, phy_get(e, PHY_INT_STATUS) | events);
}

void phy_negotiate(struct e1000 *e)
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

void phy_init(struct e1000 *e)
{
	e->link_timer.callback = negotiated;
}

void phy_power_up(struct e1000 *e)
{
	reg_reset(&e1000_phy_bank, e->s->phy, true);
	loop_timer_cancel(&e->link_timer);
	/* The partner was there before the guest: no negotiation to wait for. */
	e->s->phy_ready = e->cable;
	e->s->phy_up = e->cable;
	e->s->link_lost = false;
}

void phy_reset(struct e1000 *e, bool held)
{
	if (held)
		reg_reset(&e1000_phy_bank, e->s->phy, true);
	phy_negotiate(e);
}

/** bmcr_write() - BMCR: reset and restart clear themselves and begin a negotiation */
static void bmcr_write(void *dev, unsigned index, uint32_t value, uint32_t old)
{
	struct e1000 *e = dev;
	uint32_t changed = value ^ old;

	(void)index;
	if ((value & (BMCR_RESET | BMCR_RESTART)) || (changed & (BMCR_ANENABLE | BMCR_PDOWN)))
		phy_negotiate(e);
	else
		link_update(e);
}

/** bmsr_read() - BMSR: the link bit is latched low until read (IEEE 802.3 22.2.4.2.13) */
static uint32_t bmsr_read(void *dev, unsigned index)
{
	struct e1000 *e = dev;
	uint32_t value = BMSR_ALWAYS;
	bool up = link_is_there(e);

	(void)index;
	if (up && (phy_get(e, PHY_BMCR) & BMCR_ANENABLE))
		value |= BMSR_AN_DONE;
	if (up && !e->s->link_lost)
		value |= BMSR_LINK;
	e->s->link_lost = !up;
	return value;
}

/** id2_read() - PHYID2 */
static uint32_t id2_read(void *dev, unsigned index)
{
	(void)index;
	return e1000_model(dev)->phy_id2;
}

/** anlpar_read() - what the partner advertised, once negotiation is over */
static uint32_t anlpar_read(void *dev, unsigned index)
{
	(void)index;
	return link_is_there(dev) ? ANLPAR_PARTNER : 0;
}

/** stat1000_read() - 1000BASE-T status */
static uint32_t stat1000_read(void *dev, unsigned index)
{
	(void)index;
	return link_is_there(dev) ? STAT_1000_OK : 0;
}

/** pssr_read() - PHY specific status: speed, duplex, link in real time */
static uint32_t pssr_read(void *dev, unsigned index)
{
	struct phy_mode mode;

	(void)index;
	if (!phy_link(dev, &mode))
		return 0;
	return mode.speed << PSSR_SPEED_POS | (mode.full ? PSSR_DUPLEX : 0) | PSSR_RESOLVED |
	       PSSR_LINK;
}

#define PHY(reg, reg_name) .offset = (reg)*2, .width = 2, .name = (reg_name), .section = "12.8"

/* clang-format off */
static const struct reg phy_regs[] = {
	{PHY(PHY_BMCR, "BMCR"), .reset = 0x1140, .writable = 0x7dc0,
	 .fields = "6:SPEED_MSB 7:COLT 8:DUPLEX 9:RESTART 10:ISOLATE 11:PDOWN 12:ANENABLE "
		   "13:SPEED_LSB 14:LOOPBACK 15:RESET", .write = bmcr_write},
	{PHY(PHY_BMSR, "BMSR"), .fields = "2:LINK 3:AN_ABLE 5:AN_DONE 6:MFPS 8:EXTSTAT",
	 .read = bmsr_read},
	{PHY(2, "PHYID1"), .reset = 0x0141},
	{PHY(PHY_ID2, "PHYID2"), .read = id2_read},
	{PHY(PHY_ANAR, "ANAR"), .reset = 0x0de1, .writable = 0xbfff,
	 .fields = "5:10_HALF 6:10_FULL 7:100_HALF 8:100_FULL 10:PAUSE 11:ASM_DIR"},
	{PHY(PHY_ANLPAR, "ANLPAR"), .read = anlpar_read},
	{PHY(6, "ANER"), .reset = 0x000d},
	{PHY(7, "ANNPTR"), .reset = 0x2001, .writable = 0xb7ff},
	{PHY(8, "ANLPNPR")},
	{PHY(PHY_1000T_CTRL, "1000TCTRL"), .reset = 0x0e00, .writable = 0xff00,
	 .fields = "8:1000_HALF 9:1000_FULL 10:PORT 11:MASTER 12:MANUAL"},
	{PHY(PHY_1000T_STAT, "1000TSTAT"), .read = stat1000_read},
	{PHY(15, "EXTSTAT"), .reset = 0x3000},
	{PHY(16, "PSCR"), .reset = 0x0068, .writable = 0xffff},
	{PHY(PHY_PSSR, "PSSR"), .fields = "10:LINK 11:RESOLVED 13:DUPLEX 15-14:SPEED",
	 .read = pssr_read},
	{PHY(18, "INTENABLE"), .writable = 0xffff},
	{PHY(PHY_INT_STATUS, "INTSTATUS"), .read_clear = 0xffff},
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
