/* SPDX-License-Identifier: BSD-2-Clause */
/* Offload requests that came from somebody who is not trusted. */
#pragma once

#include <stdbool.h>

struct packet;

/**
 * offload_check() - does a packet keep what packet.h promises of its offload members?
 * @p:		the packet; its first min(len, PACKET_HEAD) bytes are private and in one piece
 *
 * Everything is compared with the headers: offsets, lengths, the IPv4 header's checksum, the seed
 * in the TCP checksum field. A packet that passes is in the normal form that its takers rely on.
 *
 * Return: false when it must be dropped (DROP_BAD_OFFLOAD)
 */
bool offload_check(const struct packet *p);
