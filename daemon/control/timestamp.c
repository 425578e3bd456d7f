/* SPDX-License-Identifier: BSD-2-Clause */
/* Seconds since the epoch to text. */
#include "daemon/control/timestamp.h"

#include <stdio.h>

void timestamp(time_t when, char text[TIMESTAMP_SIZE])
{
	struct tm tm;

	if (!gmtime_r(&when, &tm) || strftime(text, TIMESTAMP_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		snprintf(text, TIMESTAMP_SIZE, "1970-01-01T00:00:00Z");
}

void timestamp_now(char text[TIMESTAMP_SIZE])
{
	timestamp(time(NULL), text);
}
