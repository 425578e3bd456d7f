/* SPDX-License-Identifier: BSD-2-Clause */
/* What control does to interfaces of the host: up, MTU, into a bridge. Needs CAP_NET_ADMIN. */
#pragma once

#include <net/if.h>
#include <stdbool.h>

struct error;

/**
 * netif_admin() - may this process configure interfaces (CAP_NET_ADMIN)?
 */
bool netif_admin(void);

/**
 * netif_up() - raise an interface
 * @name:	the interface
 * @err:	says why not
 *
 * Return: 0 or -errno
 */
int netif_up(const char *name, struct error *err);

/**
 * netif_set_mtu() - set an interface's MTU
 * @name:	the interface
 * @mtu:	bytes of IP packet
 * @err:	names "#/mtu"
 *
 * Return: 0 or -errno
 */
int netif_set_mtu(const char *name, int mtu, struct error *err);

/**
 * netif_join() - make an interface a port of a bridge
 * @name:	the interface
 * @bridge:	the bridge
 * @err:	names "#/br"
 *
 * Return: 0 or -errno; an interface that is a port of that bridge already is fine
 */
int netif_join(const char *name, const char *bridge, struct error *err);
