/* SPDX-License-Identifier: BSD-2-Clause */
/* Who holds a port of this host? For error messages that help. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/base/host_addr.h"

/**
 * port_owner() - name the process that holds a TCP or UDP port
 * @addr:	address and port that could not be bound
 * @udp:	UDP, else TCP (listening sockets)
 * @text:	filled with "NAME, pid N", or that it may not be looked at (another user's process);
 *		"" when there is nobody
 * @size:	room in @text
 *
 * Reads /proc, so it takes milliseconds: for failures, in control only.
 *
 * Return: true when somebody was found
 */
bool port_owner(const union host_addr *addr, bool udp, char *text, size_t size);
