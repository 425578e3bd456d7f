/* SPDX-License-Identifier: BSD-2-Clause */
/* Times as the API shows them: RFC 3339, UTC, whole seconds. */
#pragma once

#include <time.h>

#define TIMESTAMP_SIZE 24

/**
 * timestamp() - a time as text
 * @when:	seconds since the epoch
 * @text:	filled: "2026-01-31T23:59:59Z"
 */
void timestamp(time_t when, char text[TIMESTAMP_SIZE]);

/**
 * timestamp_now() - the present time as text
 * @text:	filled
 */
void timestamp_now(char text[TIMESTAMP_SIZE]);
