/* SPDX-License-Identifier: BSD-2-Clause */
/* TCTR and TimerInt: a counter of PCI clocks, and an interrupt when it passes a value. */
#include "devices/rtl8139/rtl8139.h"

/*
 * Theory of operation
 *
 * TCTR is not counted: it is the time since the moment it was 0, which a write makes now. TimeOut
 * is raised when it passes TimerInt, so once in 2^32 clocks unless the guest writes TCTR again. A
 * guest that does so in a loop gets no more than one interrupt in LEAST_NS.
 */

#define CLOCKS      33   /* in ... */
#define CLOCKS_NS   1000 /* ... so many ns: 33 MHz */
#define WRAP_CLOCKS ((uint64_t)1 << 32)
#define LEAST_NS    (128 * 1000)

/**
 * clocks() - PCI clocks since TCTR was 0, not cut to its width
 * @card:	the card
 */
static uint64_t clocks(const struct rtl8139 *card)
{
	uint64_t ns = (uint64_t)loop_now(card->nic.loop) - (uint64_t)card->state->tctr_zero_ns;

	return ns / CLOCKS_NS * CLOCKS + ns % CLOCKS_NS * CLOCKS / CLOCKS_NS;
}

/**
 * arm() - wait for TCTR to pass TimerInt
 * @card:	the card
 */
static void arm(struct rtl8139 *card)
{
	uint32_t target = rtl_r32(card, RTL_TIMERINT);
	uint32_t now = (uint32_t)clocks(card);
	uint64_t left = target > now ? target - now : WRAP_CLOCKS + target - now;
	int64_t when =
		loop_now(card->nic.loop) + (int64_t)((left * CLOCKS_NS + CLOCKS - 1) / CLOCKS);

	loop_timer_cancel(&card->timeout);
	if (target != 0)
		loop_timer_set(card->nic.loop, &card->timeout,
			       MAX(when, card->timed_out_ns + LEAST_NS));
}

/** timed_out() - TCTR passed TimerInt */
static void timed_out(struct loop_timer *timer)
{
	struct rtl8139 *card = container_of(timer, struct rtl8139, timeout);

	card->timed_out_ns = loop_now(card->nic.loop);
	rtl8139_raise(card, RTL_INT_TIMEOUT);
	rtl8139_drive_pin(card);
	arm(card);
}

void rtl8139_timer_start(struct rtl8139 *card)
{
	card->timeout.callback = timed_out;
	arm(card);
}

void rtl8139_timer_stop(struct rtl8139 *card)
{
	loop_timer_cancel(&card->timeout);
}

void rtl8139_timer_reset(struct rtl8139 *card)
{
	card->state->tctr_zero_ns = loop_now(card->nic.loop);
	arm(card);
}

uint32_t rtl8139_tctr_read(void *dev, unsigned index)
{
	(void)index;
	return (uint32_t)clocks(dev);
}

void rtl8139_tctr_write(void *dev, unsigned index, uint32_t value, uint32_t old)
{
	(void)index;
	(void)value;
	(void)old;
	rtl8139_timer_reset(dev);
}

void rtl8139_timerint_write(void *dev, unsigned index, uint32_t value, uint32_t old)
{
	(void)index;
	(void)value;
	(void)old;
	arm(dev);
}
