/* SPDX-License-Identifier: BSD-2-Clause */
/* From port counters to JSON; rx and tx are the guest's view. */
#include "daemon/control/counters.h"

#include "devices/nic.h"
#include "net/core/drop.h"

/**
 * load() - one load of a counter that another process writes
 * @counter:	the counter
 */
static uint64_t load(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

void counters_load(const struct port_stats *shared, struct port_stats *stats)
{
	stats->sent_packets = load(&shared->sent_packets);
	stats->sent_bytes = load(&shared->sent_bytes);
	stats->taken_packets = load(&shared->taken_packets);
	stats->taken_bytes = load(&shared->taken_bytes);
	for (int i = 0; i < DROP_REASON_COUNT; i++)
		stats->drops[i] = load(&shared->drops[i]);
}

void counters_add(struct port_stats *sum, const struct port_stats *stats)
{
	sum->sent_packets += stats->sent_packets;
	sum->sent_bytes += stats->sent_bytes;
	sum->taken_packets += stats->taken_packets;
	sum->taken_bytes += stats->taken_bytes;
	for (int i = 0; i < DROP_REASON_COUNT; i++)
		sum->drops[i] += stats->drops[i];
}

/**
 * counter() - a counter as JSON, which has 63 bits for it
 * @value:	the value; a hostile worker may have written anything
 *
 * Return: new reference
 */
static json_t *counter(uint64_t value)
{
	return json_integer((json_int_t)(value & INT64_MAX));
}

/**
 * set_drops() - the member `drops`, with the reasons that have occurred
 * @out:	the stats
 * @stats:	the counters
 */
static void set_drops(json_t *out, const struct port_stats *stats)
{
	json_t *drops = json_object();

	for (int i = 0; i < DROP_REASON_COUNT; i++) {
		if (stats->drops[i])
			json_object_set_new(drops, drop_reason_name((enum drop_reason)i),
					    counter(stats->drops[i]));
	}
	json_object_set_new(out, "drops", drops);
}

json_t *counters_of_netdev(const struct port_stats *stats)
{
	json_t *out = json_object();

	json_object_set_new(out, "rx_packets", counter(stats->sent_packets));
	json_object_set_new(out, "rx_bytes", counter(stats->sent_bytes));
	json_object_set_new(out, "tx_packets", counter(stats->taken_packets));
	json_object_set_new(out, "tx_bytes", counter(stats->taken_bytes));
	set_drops(out, stats);
	return out;
}

json_t *counters_of_nic(const struct port_stats *stats, const struct nic_counters *counters)
{
	json_t *out = json_object();

	json_object_set_new(out, "rx_packets", counter(stats->taken_packets));
	json_object_set_new(out, "rx_bytes", counter(stats->taken_bytes));
	json_object_set_new(out, "tx_packets", counter(stats->sent_packets));
	json_object_set_new(out, "tx_bytes", counter(stats->sent_bytes));
	json_object_set_new(out, "interrupts", counter(load(&counters->interrupts)));
	json_object_set_new(out, "reg_reads", counter(load(&counters->reg_reads)));
	json_object_set_new(out, "reg_writes", counter(load(&counters->reg_writes)));
	set_drops(out, stats);
	return out;
}
