/* SPDX-License-Identifier: BSD-2-Clause */
/* MAC addresses of NICs: chosen ones and given ones. */
#pragma once

#include "daemon/mac.h"

struct model;
struct object;
struct problem;

/**
 * macs_choose() - an address that no NIC here has
 * @m:		the model
 * @id:		id of the NIC: the same id gets the same address on this host, in every run
 * @mac:	filled
 */
void macs_choose(const struct model *m, const char *id, uint8_t mac[ETH_ADDR_LEN]);

/**
 * macs_check() - may a NIC have this address?
 * @m:		the model
 * @text:	what the user wrote
 * @mac:	filled
 * @p:		says why not
 *
 * Return: 0, or -1 with @p set
 */
int macs_check(const struct model *m, const char *text, uint8_t mac[ETH_ADDR_LEN],
	       struct problem *p);
