/* SPDX-License-Identifier: BSD-2-Clause */
/* The guard on its own. */
#include "tests/support/guard_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "net/base/bytes.h"

static const struct port_ops no_ops;

/** is_local() - the host of these tests has 192.0.2.7 and 2001:db8::7 */
static bool is_local(const union host_addr *addr)
{
	union host_addr own;

	host_addr_parse(addr->sa.sa_family == AF_INET6 ? "2001:db8::7" : "192.0.2.7", &own);
	if (addr->sa.sa_family == AF_INET6)
		return memcmp(&own.in6.sin6_addr, &addr->in6.sin6_addr, 16) == 0;
	return own.in.sin_addr.s_addr == addr->in.sin_addr.s_addr ||
	       get_be32(&addr->in.sin_addr) >> 24 == 127;
}

int guard_setup(void **state)
{
	struct guard_fixture *fx = calloc(1, sizeof(*fx));
	const uint16_t ports[] = {GUARD_API_PORT};
	union host_addr dns[2];

	fx->config.ipv4 = fx->config.ipv6 = true;
	assert_int_equal(user_parse_net("10.0.2.0/24", &fx->config, NULL), 0);
	assert_int_equal(user_finish_ipv4(&fx->config, NULL), 0);
	assert_int_equal(user_finish_ipv6(&fx->config, NULL), 0);
	port_init(&fx->port, &no_ops, 0, NULL);
	guard_init(&fx->guard, &fx->config, &fx->port);
	fx->guard.is_local = is_local;
	fx->guard.ping = true;
	host_addr_parse_port("127.0.0.53", 53, &dns[0]);
	host_addr_parse_port("[2001:db8::53]:5353", 53, &dns[1]);
	guard_set_dns(&fx->guard, dns, 2);
	guard_set_api_ports(&fx->guard, ports, 1);
	fx->now_ns = 1000000000;
	*state = fx;
	return 0;
}

int guard_teardown(void **state)
{
	free(*state);
	return 0;
}

int guard_feed(struct guard_fixture *fx, uint32_t len, struct guard_pass *pass)
{
	uint64_t before[DROP_REASON_COUNT];
	uint8_t *exact = malloc(len ? len : 1);
	bool passed;
	int reason = -1;

	memcpy(exact, fx->frame, len);
	memcpy(before, fx->port.stats->drops, sizeof(before));
	passed = guard_ingress(&fx->guard, exact, len, fx->now_ns, pass);
	if (passed) {
		memcpy(fx->frame, pass->frame, pass->len);
		pass->frame = fx->frame;
	}
	free(exact);
	for (int i = 0; i < DROP_REASON_COUNT; i++) {
		if (fx->port.stats->drops[i] != before[i])
			reason = i;
	}
	assert_true(!passed || reason == -1);
	return passed ? PASSES : reason;
}
