/* SPDX-License-Identifier: BSD-2-Clause */
/* The models `rtl8139` and `rtl8139c`, for the list of models. */
#pragma once

#include "devices/nic.h"

/* RTL8139C+, PCI revision 0x20 */
extern const struct nic_class rtl8139_class;

/* RTL8139C, PCI revision 0x10: for drivers that refuse the C+ */
extern const struct nic_class rtl8139c_class;
