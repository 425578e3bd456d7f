/* SPDX-License-Identifier: BSD-2-Clause */
/* The DHCP server: what clients of all kinds get from it, and what they cannot do to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "net/base/bytes.h"
#include "net/base/error.h"
#include "net/service/dhcp.h"
#include "tests/support/dhcp_client.h"
#include "tests/support/frames.h"
#include "tests/support/sink.h"

#define SECOND 1000000000LL

/** enum - message types (option 53) */
enum { DISCOVER = 1, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE, INFORM };

static const uint8_t mac_a[6] = {0x52, 0x54, 0, 0, 0, 0xa};
static const uint8_t mac_b[6] = {0x52, 0x54, 0, 0, 0, 0xb};

/**
 * struct rig - a server and the network it is on
 * @now:	the time
 * @loop:	the loop
 * @config:	the server's configuration
 * @server:	the server
 * @wire:	who sees what it sends, and sends for all clients
 * @reply:	the last answer
 * @leases:	calls of the lease event
 * @lease:	the last one
 * @exhausted:	calls of the exhausted event
 */
struct rig {
	int64_t now;
	struct loop *loop;
	struct dhcp_config config;
	struct dhcp_server *server;
	struct sink wire;
	struct server_message reply;
	int leases;
	struct lease lease;
	int exhausted;
};

/** clock_of() - the test's clock */
static int64_t clock_of(void *context)
{
	return ((struct rig *)context)->now;
}

/** on_lease() - dhcp_events.lease */
static void on_lease(void *context, const struct lease *lease)
{
	struct rig *r = context;

	r->leases++;
	r->lease = *lease;
}

/** on_exhausted() - dhcp_events.exhausted */
static void on_exhausted(void *context)
{
	((struct rig *)context)->exhausted++;
}

static const struct dhcp_events events = {.lease = on_lease, .exhausted = on_exhausted};

/** ip() - text to address */
static struct in_addr ip(const char *text)
{
	struct in_addr a;

	assert_int_equal(inet_pton(AF_INET, text, &a), 1);
	return a;
}

/** setup() - the configuration that tests begin with: ten addresses */
static int setup(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));

	r->now = SECOND;
	r->loop = loop_new();
	loop_set_clock(r->loop, clock_of, r);
	memcpy(r->config.mac, "\x52\x55\x0a\x00\x02\x04", 6);
	r->config.address = ip("10.0.2.4");
	r->config.mask = ip("255.255.255.0");
	r->config.start = ip("10.0.2.15");
	r->config.end = ip("10.0.2.24");
	r->config.router = ip("10.0.2.2");
	r->config.dns[0] = ip("10.0.2.3");
	r->config.dns_count = 1;
	r->config.lease_s = 3600;
	*state = r;
	return 0;
}

/** start() - the server */
static void start(struct rig *r)
{
	struct error err = {0};

	assert_int_equal(dhcp_check(&r->config, &err), 0);
	r->server = dhcp_server_new(r->loop, &r->config, &events, r, &err);
	assert_non_null(r->server);
	sink_init(&r->wire, 0);
	port_connect(&r->wire.port, &r->server->station.port);
}

/** teardown() - frees it */
static int teardown(void **state)
{
	struct rig *r = *state;

	dhcp_server_free(r->server);
	loop_free(r->loop);
	free(r);
	return 0;
}

/** put_frame() - send a frame; true when there was an answer, which is in @r->reply then */
static bool put_frame(struct rig *r, const uint8_t *frame, uint32_t len)
{
	int before = r->wire.count;

	assert_int_equal(sink_send(&r->wire, frame, len), 1);
	while (loop_turn(r->loop, 0) > 0)
		;
	if (r->wire.count == before)
		return false;
	assert_int_equal(r->wire.count, before + 1);
	client_read(r->wire.head, r->wire.last.len, &r->reply);
	return true;
}

/** say() - send a client's message; the type of the answer, 0 for none */
static int say(struct rig *r, const struct client_message *m)
{
	uint8_t frame[FRAME_ROOM];

	if (!put_frame(r, frame, client_frame(frame, m)))
		return 0;
	assert_true(r->reply.valid);
	assert_int_equal(r->reply.xid, m->xid);
	assert_memory_equal(r->reply.option[54], "\x0a\x00\x02\x04", 4);
	return r->reply.type;
}

/** get_lease() - the four messages; asserts that it ends with the address */
static void get_lease(struct rig *r, const uint8_t *mac, const char *address)
{
	struct client_message m = {.mac = mac, .type = DISCOVER, .xid = 0x1234};

	assert_int_equal(say(r, &m), OFFER);
	assert_string_equal(r->reply.yiaddr, address);
	m.type = REQUEST;
	m.requested = address;
	m.server = "10.0.2.4";
	assert_int_equal(say(r, &m), ACK);
	assert_string_equal(r->reply.yiaddr, address);
}

static void test_four_messages(void **state)
{
	struct rig *r = *state;

	start(r);
	get_lease(r, mac_a, "10.0.2.15");
	assert_memory_equal(r->reply.eth_dst, mac_a, 6);
	assert_string_equal(r->reply.ip_dst, "10.0.2.15");
	assert_memory_equal(r->reply.option[1], "\xff\xff\xff\x00", 4);
	assert_memory_equal(r->reply.option[3], "\x0a\x00\x02\x02", 4);
	assert_memory_equal(r->reply.option[6], "\x0a\x00\x02\x03", 4);
	assert_memory_equal(r->reply.option[51], "\x00\x00\x0e\x10", 4);
	assert_int_equal(r->leases, 1);
	assert_int_equal(r->lease.state, LEASE_BOUND);
	assert_memory_equal(r->lease.mac, mac_a, 6);
	assert_int_equal(r->lease.expires_ns, 3601 * SECOND);
	get_lease(r, mac_b, "10.0.2.16");
	get_lease(r, mac_a, "10.0.2.15"); /* again: the same */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_four_messages, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
