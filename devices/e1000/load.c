/* SPDX-License-Identifier: BSD-2-Clause */
/* Going on with the state of a card whose worker is gone. */
#include "devices/e1000/e1000.h"

/*
 * Nothing in the state is believed: registers are checked where they are used, since a guest can
 * write any value to most, and the EEPROM bounds itself. What is not in it is what the worker had
 * under way: packets that waited for buffers (they are lost, as on a wire), timers, and perhaps
 * causes that the guest was just being told of. So all causes that a driver looks into are raised.
 */
void e1000_load(struct e1000 *e)
{
	link_resume(e);
	intr_cause(e, INT_TXDW | INT_RXT0 | INT_LSC);
	e1000_more(e);
}
