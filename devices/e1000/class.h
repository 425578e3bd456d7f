/* SPDX-License-Identifier: BSD-2-Clause */
/* The e1000 models that nic_class() offers. */
#pragma once

#include "devices/nic.h"

extern const struct nic_class e1000_class;
