/* SPDX-License-Identifier: BSD-2-Clause */
/* What works on this host, and why the rest does not. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/**
 * capabilities_ping() - may a process of this group send ICMP echo requests?
 * @range:	text of /proc/sys/net/ipv4/ping_group_range: "FIRST LAST"
 * @gid:	its group
 */
bool capabilities_ping(const char *range, gid_t gid);
