/* SPDX-License-Identifier: BSD-2-Clause */
/* ICR, IMS and the timers that decide when the interrupt pin rises. */
#include "devices/e1000/e1000.h"

/*
 * Theory of operation
 *
 * Causes latch in ICR whatever the mask is; the pin wants to be ICR & IMS != 0 (SDM 13.4.17). An
 * interrupt of an external card costs the guest three register reads and an unmask, some 200 us
 * under TCG, so when it rises decides the throughput (docs/benchmarks.md):
 *
 * - hold-off: after a read of ICR that returned enabled causes the driver is in its handler; what
 *   comes now is found by it anyway. The pin stays low until IMS is written or HOLD_NS passed.
 * - gap: at least gap_ns() between the last write of IMS (the end of the driver's polling) and the
 *   next interrupt. It grows with the number of frames an interrupt brought lately, so a ping
 *   never waits and bulk transfer gets large batches. It ends early when nothing moved for
 *   QUIET_NS. Drivers that do not mask in their handler get none, nor does a card whose peer moves
 *   one window a round trip (PORT_LATENCY_BOUND), where a late interrupt costs rate.
 * - ITR is a lower bound on top (SDM 13.4.18), and there is one for drivers that ask in a loop.
 *
 * Causes other than moved frames (link, MDIO, ICS tests) do not wait for the gap.
 */

#define US               1000LL
#define HOLD_NS          (150 * US)
#define QUIET_NS         (150 * US)
#define GAP_BULK_NS      (700 * US) /* beyond 1 ms the guest's own queue limits starve it */
#define GAP_MEDIUM_NS    (GAP_BULK_NS / 4)
#define LOAD_MEDIUM      8  /* frames an interrupt */
#define LOAD_BULK        32 /* frames an interrupt */
#define DELAY_UNIT_NS    1024LL
#define ITR_UNIT_NS      256LL
#define SHORTEST_WAIT_NS (20 * US) /* shorter delays than a turn of the loop are none */
#define FLOOR_NS         (20 * US) /* 50,000 interrupts a second are enough for everybody */
#define TX_CAUSES        (INT_TXDW | INT_TXQE | INT_TXD_LOW)
#define RX_CAUSES        (INT_RXDMT0 | INT_RXO | INT_RXT0 | INT_SRPD)

/** known_causes() - causes that this part has */
static uint32_t known_causes(const struct e1000 *e)
{
	return e1000_model(e)->early ? INT_EARLY : INT_ALL;
}

/** pending() - causes that the mask lets through */
static uint32_t pending(const struct e1000 *e)
{
	return e1000_get(e, E1000_ICR) & e1000_get(e, E1000_IMS);
}

/** gap_ns() - wanted distance between the end of the driver's handler and the next interrupt */
static int64_t gap_ns(const struct e1000 *e)
{
	const struct port *peer = e->nic.port.peer;

	if (!e->mod.masks || !peer || (peer->caps & PORT_LATENCY_BOUND))
		return 0;
	if (e->mod.load_x8 < 8 * LOAD_MEDIUM)
		return 0;
	return e->mod.load_x8 < 8 * LOAD_BULK ? GAP_MEDIUM_NS : GAP_BULK_NS;
}

/** earliest() - when the pin may rise for the pending causes */
static int64_t earliest(const struct e1000 *e)
{
	const struct e1000_moderation *m = &e->mod;
	int64_t itr = (int64_t)e1000_get(e, E1000_ITR) * ITR_UNIT_NS;
	int64_t when = MAX(m->hold_until_ns, m->last_fire_ns + FLOOR_NS);

	if (itr)
		when = MAX(when, m->last_fire_ns + itr);
	if (!(pending(e) & ~(TX_CAUSES | RX_CAUSES))) {
		int64_t gap_end = m->last_enable_ns + gap_ns(e);

		when = MAX(when, MIN(gap_end, m->last_work_ns + QUIET_NS));
	}
	return when;
}

/** fire() - raise the pin */
static void fire(struct e1000 *e, int64_t now)
{
	struct e1000_moderation *m = &e->mod;

	m->last_fire_ns = now;
	m->load_x8 += m->frames - m->load_x8 / 8;
	m->frames = 0;
	nic_irq(&e->nic, true);
}

void intr_update(struct e1000 *e)
{
	int64_t now, when;

	if (e->mod.worked) { /* many frames, one look at the clock */
		e->mod.last_work_ns = loop_now(e->nic.loop);
		e->mod.worked = false;
	}
	if (!pending(e)) {
		loop_timer_cancel(&e->irq_timer);
		nic_irq(&e->nic, false);
		return;
	}
	if (e->nic.mem.pci->intx.level)
		return;
	now = loop_now(e->nic.loop);
	when = earliest(e);
	if (when <= now) {
		loop_timer_cancel(&e->irq_timer);
		fire(e, now);
	} else {
		loop_timer_set(e->nic.loop, &e->irq_timer, when);
	}
}

void intr_cause(struct e1000 *e, uint32_t causes)
{
	e1000_set(e, E1000_ICR, e1000_get(e, E1000_ICR) | (causes & known_causes(e)));
}

void intr_frames(struct e1000 *e, uint32_t n)
{
	e->mod.frames += n;
	e->mod.worked = true;
}

uint32_t icr_read(void *dev, unsigned index)
{
	struct e1000 *e = dev;
	uint32_t causes = e1000_get(e, E1000_ICR);

	(void)index;
	if (pending(e))
		e->mod.hold_until_ns = loop_now(e->nic.loop) + HOLD_NS;
	e1000_set(e, E1000_ICR, 0);
	intr_update(e);
	return causes;
}

void icr_write(void *dev, unsigned index, uint32_t value, uint32_t old)
{
	(void)index;
	e1000_set(dev, E1000_ICR, old & ~value);
	intr_update(dev);
}

void ics_write(void *dev, unsigned index, uint32_t value, uint32_t old)
{
	(void)index;
	(void)old;
	intr_cause(dev, value);
	intr_update(dev);
}

void ims_write(void *dev, unsigned index, uint32_t value, uint32_t old)
{
	struct e1000 *e = dev;

	(void)index;
	e1000_set(e, E1000_IMS, old | (value & known_causes(e)));
	e->mod.last_enable_ns = loop_now(e->nic.loop);
	e->mod.hold_until_ns = 0;
	intr_update(e);
}

void imc_write(void *dev, unsigned index, uint32_t value, uint32_t old)
{
	struct e1000 *e = dev;
	uint32_t ims = e1000_get(e, E1000_IMS);

	(void)index;
	(void)old;
	/* All masked shortly after a read of ICR: a driver that polls until it writes IMS. */
	e->mod.masks = ims && !(ims & ~value);
	e1000_set(e, E1000_IMS, ims & ~value);
	intr_update(e);
}

/** rx_expired() - RDTR or RADV expired: RXT0, and both timers start anew with the next packet */
static void rx_expired(struct e1000 *e)
{
	loop_timer_cancel(&e->rx_delay);
	loop_timer_cancel(&e->rx_absolute);
	intr_cause(e, INT_RXT0);
}

void rdtr_write(void *dev, unsigned index, uint32_t value, uint32_t old)
{
	(void)index;
	(void)old;
	if (value & RDTR_FPD) { /* flush partial descriptor block: expire now, reads back 0 */
		rx_expired(dev);
		intr_update(dev);
	}
}

/**
 * start_delay() - start the packet timer anew, and the absolute timer if it does not run
 * @e:		the card
 * @delay:	packet timer
 * @absolute:	absolute timer
 * @delay_reg:	RDTR or TIDV
 * @absolute_reg: RADV or TADV
 *
 * Return: false when the delay is too short to wait for
 */
static bool start_delay(struct e1000 *e, struct loop_timer *delay, struct loop_timer *absolute,
			uint32_t delay_reg, uint32_t absolute_reg)
{
	int64_t wait = (int64_t)e1000_get(e, delay_reg) * DELAY_UNIT_NS;
	int64_t limit = (int64_t)e1000_get(e, absolute_reg) * DELAY_UNIT_NS;
	int64_t now;

	if (wait < SHORTEST_WAIT_NS)
		return false;
	now = loop_now(e->nic.loop);
	loop_timer_set(e->nic.loop, delay, now + wait);
	if (limit && !loop_timer_running(absolute))
		loop_timer_set(e->nic.loop, absolute, now + limit);
	return true;
}

void intr_rx_written(struct e1000 *e, uint32_t len)
{
	uint32_t small = e1000_get(e, E1000_RSRPD);

	if (small && len <= small) { /* SDM 13.4.32: no delay, and it flushes what waits */
		intr_cause(e, INT_SRPD);
		rx_expired(e);
	} else if (!start_delay(e, &e->rx_delay, &e->rx_absolute, E1000_RDTR, E1000_RADV)) {
		rx_expired(e);
	}
}

/** tx_expired() - TIDV or TADV expired: TXDW */
static void tx_expired(struct e1000 *e)
{
	loop_timer_cancel(&e->tx_delay);
	loop_timer_cancel(&e->tx_absolute);
	intr_cause(e, INT_TXDW);
}

void intr_tx_written(struct e1000 *e, bool delayed)
{
	if (!delayed || !start_delay(e, &e->tx_delay, &e->tx_absolute, E1000_TIDV, E1000_TADV))
		tx_expired(e);
}

/** on_irq_timer() - the time that intr_update() waited for has come */
static void on_irq_timer(struct loop_timer *timer)
{
	intr_update(container_of(timer, struct e1000, irq_timer));
}

/** on_rx_delay() - RDTR expired */
static void on_rx_delay(struct loop_timer *timer)
{
	struct e1000 *e = container_of(timer, struct e1000, rx_delay);

	rx_expired(e);
	intr_update(e);
}

/** on_rx_absolute() - RADV expired */
static void on_rx_absolute(struct loop_timer *timer)
{
	struct e1000 *e = container_of(timer, struct e1000, rx_absolute);

	rx_expired(e);
	intr_update(e);
}

/** on_tx_delay() - TIDV expired */
static void on_tx_delay(struct loop_timer *timer)
{
	struct e1000 *e = container_of(timer, struct e1000, tx_delay);

	tx_expired(e);
	intr_update(e);
}

/** on_tx_absolute() - TADV expired */
static void on_tx_absolute(struct loop_timer *timer)
{
	struct e1000 *e = container_of(timer, struct e1000, tx_absolute);

	tx_expired(e);
	intr_update(e);
}

void intr_init(struct e1000 *e)
{
	e->irq_timer.callback = on_irq_timer;
	e->rx_delay.callback = on_rx_delay;
	e->rx_absolute.callback = on_rx_absolute;
	e->tx_delay.callback = on_tx_delay;
	e->tx_absolute.callback = on_tx_absolute;
}

void intr_reset(struct e1000 *e)
{
	loop_timer_cancel(&e->irq_timer);
	loop_timer_cancel(&e->rx_delay);
	loop_timer_cancel(&e->rx_absolute);
	loop_timer_cancel(&e->tx_delay);
	loop_timer_cancel(&e->tx_absolute);
	e->mod = (struct e1000_moderation){0};
	nic_irq(&e->nic, false);
}
