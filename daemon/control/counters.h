/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters of ports as the API shows them. */
#pragma once

#include <jansson.h>

#include "net/core/port.h"

struct nic_counters;

/**
 * counters_load() - copy counters out of memory that a worker writes, each with one load
 * @shared:	the counters
 * @stats:	filled
 */
void counters_load(const struct port_stats *shared, struct port_stats *stats);

/**
 * counters_add() - add counters to others
 * @sum:	added to
 * @stats:	what is added
 */
void counters_add(struct port_stats *sum, const struct port_stats *stats);

/**
 * counters_of_netdev() - the member `stats` of a netdev
 * @stats:	counters of its port: what it sent is what the guest received
 *
 * Return: new reference
 */
json_t *counters_of_netdev(const struct port_stats *stats);

/**
 * counters_of_nic() - the member `stats` of a NIC
 * @stats:	counters of its port: what it sent is what the guest transmitted
 * @counters:	in shared memory, each loaded once
 *
 * Return: new reference
 */
json_t *counters_of_nic(const struct port_stats *stats, const struct nic_counters *counters);
