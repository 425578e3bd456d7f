/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of models: a new chip adds its row here. */
#include "devices/models.h"

#include <stddef.h>

#include "devices/e1000/class.h"
#include "devices/rtl8139/class.h"

const struct nic_class *const nic_models[] = {
	&e1000_models[E1000_82540EM].class,
	&e1000_models[E1000_82545EM].class,
	&e1000_models[E1000_82544GC].class,
	&rtl8139_class,
	&rtl8139c_class,
	NULL,
};
