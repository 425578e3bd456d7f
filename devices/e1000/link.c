/* SPDX-License-Identifier: BSD-2-Clause */
/* The link as the MAC sees it: STATUS, LSC, loopback. */
#include "devices/e1000/e1000.h"

/*
 * A negotiation takes 20 ms (phy.c). A real one takes seconds, and every driver copes with less:
 * they look at BMSR or wait for LSC. It must not be much longer: Linux resets the card when the
 * interface goes up and answers nobody until LSC came, and its interrupt test, 60 ms after a
 * reset, takes an LSC for a fault.
 */

bool link_loopback(const struct e1000 *e)
{
	return (e1000_get(e, E1000_RCTL) & RCTL_LBM) || phy_loopback(e);
}

bool link_is_up(const struct e1000 *e)
{
	return e1000_get(e, E1000_STATUS) & STATUS_LU;
}

/** status_of() - STATUS of a link (SDM 13.4.2), with what FRCSPD and FRCDPX force on it */
static uint32_t status_of(const struct e1000 *e, const struct phy_mode *mode)
{
	uint32_t ctrl = e1000_get(e, E1000_CTRL);
	uint32_t status = e1000_model(e)->bus | STATUS_MTXCKOK | mode->speed << STATUS_ASDV_POS;

	if (ctrl & CTRL_FRCSPD)
		status |= (ctrl & CTRL_SPEED) >> (CTRL_SPEED_POS - STATUS_SPEED_POS);
	else
		status |= mode->speed << STATUS_SPEED_POS;
	if (ctrl & CTRL_FRCDPX)
		status |= ctrl & CTRL_FD ? STATUS_FD : 0;
	else
		status |= mode->full ? STATUS_FD : 0;
	return status;
}

void link_update(struct e1000 *e)
{
	bool was_up = link_is_up(e);
	uint32_t off = e1000_get(e, E1000_STATUS) & STATUS_TXOFF;
	struct phy_mode mode;
	bool phy = phy_link(e, &mode);
	bool up = phy && (e1000_get(e, E1000_CTRL) & CTRL_SLU); /* SDM 13.4.1, SLU */

	if (!phy)
		e->s->link_lost = true;
	if (phy != e->s->phy_up) {
		e->s->phy_up = phy;
		phy_link_changed(e, phy);
	}
	e1000_set(e, E1000_STATUS, status_of(e, &mode) | off | (up ? STATUS_LU : 0));
	if (up == was_up)
		return;
	intr_cause(e, INT_LSC);
	wake_link(e);
}

void link_power_up(struct e1000 *e)
{
	e->cable = nic_cable(&e->nic);
	phy_power_up(e);
	link_update(e);
}

void link_resume(struct e1000 *e)
{
	e->cable = nic_cable(&e->nic);
	if (e->cable && !e->s->phy_ready)
		phy_negotiate(e);
	else
		link_update(e);
}

void link_cable(struct e1000 *e, bool up)
{
	e->cable = up;
	phy_negotiate(e);
}
