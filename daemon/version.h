/* SPDX-License-Identifier: BSD-2-Clause */
/* Which Patchbay this is. */
#pragma once

#define PATCHBAY_VERSION "0.1.0"
