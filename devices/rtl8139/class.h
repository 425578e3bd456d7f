/* SPDX-License-Identifier: BSD-2-Clause */
/* The model `rtl8139`, for the list of models. */
#pragma once

#include "devices/nic.h"

/* RTL8139C+, PCI revision 0x20 */
extern const struct nic_class rtl8139_class;
