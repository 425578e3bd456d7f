/* SPDX-License-Identifier: BSD-2-Clause */
/* Every netdev type, one line each. */
#pragma once

#include "net/backend/backend.h"

extern const struct backend_class backend_tap;
extern const struct backend_class backend_user;
