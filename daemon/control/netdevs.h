/* SPDX-License-Identifier: BSD-2-Clause */
/* Netdevs, as control has them: what is open for them, and which NIC they serve. */
#pragma once

#include "daemon/control/object.h"
#include "net/backend/backend.h"

struct nic_object;

/**
 * struct netdev - a netdev
 * @object:	what all objects have
 * @class:	its type
 * @fds:	what its type's open() opened; kept for its life, workers get duplicates
 * @nic:	the NIC that is plugged in, or NULL
 * @running:	that NIC's worker said so: its counters are this netdev's
 * @past:	counters of earlier plugs
 */
struct netdev {
	struct object object;
	const struct backend_class *class;
	struct backend_fds fds;
	struct nic_object *nic;
	bool running;
	struct port_stats past;
};

/**
 * netdev_runs() - the NIC's worker has started it
 * @m:		the model
 * @netdev:	the netdev
 */
void netdev_runs(struct model *m, struct netdev *netdev);

/**
 * netdev_stops() - the NIC's worker does not run it any more: keep what it has counted
 * @netdev:	the netdev; still has its NIC
 */
void netdev_stops(struct netdev *netdev);
