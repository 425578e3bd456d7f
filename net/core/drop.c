/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of the drop reasons. */
#include "net/core/drop.h"

#include <assert.h>

#include "net/base/bytes.h"

static const char *const names[] = {
	[DROP_NO_PEER] = "no_peer",
	[DROP_LINK_DOWN] = "link_down",
	[DROP_QUEUE_FULL] = "queue_full",
	[DROP_NO_DESCRIPTOR] = "no_descriptor",
	[DROP_FILTERED] = "filtered",
	[DROP_RECEIVER_OFF] = "receiver_off",
	[DROP_TOO_LONG] = "too_long",
	[DROP_RUNT] = "runt",
	[DROP_MALFORMED] = "malformed",
	[DROP_BAD_OFFLOAD] = "bad_offload",
	[DROP_DMA] = "dma",
	[DROP_TOO_MANY_PIECES] = "too_many_pieces",
	[DROP_ETHERTYPE] = "ethertype",
	[DROP_VLAN] = "vlan",
	[DROP_PROTOCOL] = "protocol",
	[DROP_LOOPBACK] = "loopback",
	[DROP_API_PORT] = "api_port",
	[DROP_RESERVED_PORT] = "reserved_port",
	[DROP_SPOOFED] = "spoofed",
	[DROP_FRAGMENT] = "fragment",
	[DROP_FRAGMENT_LIMIT] = "fragment_limit",
	[DROP_FLOW_LIMIT] = "flow_limit",
	[DROP_FLOW_RATE] = "flow_rate",
	[DROP_NO_DNS] = "no_dns",
	[DROP_ICMP] = "icmp",
	[DROP_BACKPRESSURE] = "backpressure",
	[DROP_LOOP] = "loop",
	[DROP_STORM] = "storm",
	[DROP_ISOLATED] = "isolated",
	[DROP_SAME_MEMBER] = "same_member",
	[DROP_PAUSE] = "pause",
	[DROP_NOT_SERVED] = "not_served",
	[DROP_RESTRICTED] = "restricted",
};
static_assert(ARRAY_SIZE(names) == DROP_REASON_COUNT, "every reason has a name");

const char *drop_reason_name(enum drop_reason reason)
{
	return names[reason];
}
