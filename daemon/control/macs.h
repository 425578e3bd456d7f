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
 * macs_assign() - the address of a new NIC: the user's or a chosen one
 * @m:		the model
 * @nic:	the NIC; its configuration shows the address then
 * @mac:	filled
 * @p:		says why not
 *
 * Return: 0, or -1 with @p set
 */
int macs_assign(const struct model *m, struct object *nic, uint8_t mac[ETH_ADDR_LEN],
		struct problem *p);
