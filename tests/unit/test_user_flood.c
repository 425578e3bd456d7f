/* SPDX-License-Identifier: BSD-2-Clause */
/* Row 57 against the real libslirp: floods from a guest, counted in descriptors and memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <dirent.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/base/bytes.h"
#include "net/base/host_addr.h"
#include "net/user/guard.h"
#include "net/user/stack.h"
#include "tests/support/mini_guest.h"

#define GUEST "10.0.2.15"
#define MIB   (1024 * 1024)

/**
 * struct fixture - a stack with a guest on it
 * @loop:	the loop
 * @config:	the netdev
 * @port:	its port
 * @stack:	the stack
 * @guest:	the guest
 * @host_port:	a host port that takes connections
 * @listener:	its socket
 */
struct fixture {
	struct loop *loop;
	struct user_config config;
	struct port port;
	struct user_stack *stack;
	struct mini_guest guest;
	uint16_t host_port;
	int listener;
};

/** receive() - port_ops.receive */
static int receive(struct port *port, const struct packet *packets, int n)
{
	return user_stack_receive(container_of(port, struct fixture, port)->stack, packets, n);
}

static const struct port_ops ops = {.receive = receive};

static int setup(void **state)
{
	struct fixture *fx = calloc(1, sizeof(*fx));
	struct rlimit limit;
	union host_addr addr;
	socklen_t len = sizeof(addr);

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	fx->loop = loop_new();
	fx->config = (struct user_config){.ipv4 = true, .host_loopback = true};
	assert_int_equal(user_parse_net("10.0.2.0/24", &fx->config, NULL), 0);
	assert_int_equal(user_finish_ipv4(&fx->config, NULL), 0);
	port_init(&fx->port, &ops, PORT_CAP_TSO4, NULL);
	fx->stack = user_stack_new(fx->loop, &fx->config, &fx->port, NULL);
	assert_non_null(fx->stack);
	mini_guest_init(&fx->guest, fx->loop);
	port_connect(&fx->guest.port, &fx->port);
	host_addr_parse("127.0.0.1", &addr);
	fx->listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(fx->listener, &addr.sa, host_addr_len(&addr)), 0);
	assert_int_equal(listen(fx->listener, 4096), 0);
	assert_int_equal(getsockname(fx->listener, &addr.sa, &len), 0);
	fx->host_port = host_addr_port(&addr);
	assert_true(mini_guest_arp(&fx->guest, GUEST, "10.0.2.2"));
	*state = fx;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fx = *state;

	port_disconnect(&fx->port);
	user_stack_free(fx->stack);
	close(fx->listener);
	loop_free(fx->loop);
	free(fx);
	return 0;
}

/** count_fds() - descriptors of this process */
static int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/** send_all() - send a frame, turning the loop when the stack is full */
static void send_all(struct fixture *fx, const struct frame_spec *spec)
{
	uint8_t frame[2048];
	uint32_t len = frame_make(frame, spec);

	while (!mini_guest_send(&fx->guest, frame, len))
		loop_turn(fx->loop, 0);
}

static void test_syn_flood(void **state)
{
	struct fixture *fx = *state;
	struct frame_spec syn = {.protocol = IP_PROTO_TCP,
				 .src = GUEST,
				 .dst = "10.0.2.2",
				 .dport = fx->host_port,
				 .flags = TCP_SYN};
	int before = count_fds();

	for (unsigned i = 0; i < 10000; i++) {
		syn.sport = (uint16_t)(1000 + i);
		send_all(fx, &syn);
	}
	mini_guest_turn(&fx->guest, 20);
	assert_in_range(count_fds() - before, 500, GUARD_MAX_TCP);
	assert_true(fx->port.stats->drops[DROP_FLOW_RATE] + fx->port.stats->drops[DROP_FLOW_LIMIT] >
		    5000);
	/* What is open works on. */
	syn.flags = TCP_RST;
	for (unsigned i = 0; i < 10000; i++) {
		syn.sport = (uint16_t)(1000 + i);
		syn.seq = 1;
		send_all(fx, &syn);
	}
	mini_guest_turn(&fx->guest, 20);
	assert_in_range(count_fds() - before, 0, 50);
}

static void test_udp_flood(void **state)
{
	struct fixture *fx = *state;
	struct frame_spec d = {
		.protocol = IP_PROTO_UDP, .src = GUEST, .dst = "10.0.2.2", .dport = 9, .len = 4};
	int before = count_fds();

	for (unsigned i = 0; i < 20000; i++) {
		d.sport = (uint16_t)(1000 + i);
		send_all(fx, &d);
	}
	mini_guest_turn(&fx->guest, 20);
	assert_in_range(count_fds() - before, 300, GUARD_MAX_UDP);
	assert_true(fx->port.stats->drops[DROP_FLOW_LIMIT] > 0);
}

static void test_fragment_flood(void **state)
{
	struct fixture *fx = *state;
	struct frame_spec d = {.protocol = IP_PROTO_UDP,
			       .src = GUEST,
			       .dst = "10.0.2.2",
			       .sport = 9,
			       .dport = 9,
			       .len = 1400};
	struct mallinfo2 before = mallinfo2(), after;
	uint8_t frame[2048];
	uint32_t len = frame_make(frame, &d);

	put_be16(frame + 20, 0x2000);
	for (unsigned i = 0; i < 60000; i++) {
		put_be16(frame + 18, (uint16_t)i);
		frame_fix_ip(frame);
		while (!mini_guest_send(&fx->guest, frame, len))
			loop_turn(fx->loop, 0);
	}
	mini_guest_turn(&fx->guest, 5);
	after = mallinfo2();
	assert_true(after.uordblks < before.uordblks + MIB);
	assert_true(fx->port.stats->drops[DROP_FRAGMENT_LIMIT] > 50000);
}

/** Thousands of one-byte segments out of order: libslirp keeps a few of them. */
static void test_segment_flood(void **state)
{
	struct fixture *fx = *state;
	struct frame_spec c = {
		.src = GUEST, .dst = "10.0.2.2", .sport = 40000, .dport = fx->host_port};
	struct mallinfo2 before, after;

	assert_true(mini_guest_connect(&fx->guest, &c));
	before = mallinfo2();
	c.len = 1;
	for (unsigned i = 0; i < 30000; i++) {
		c.seq = fx->guest.seq + 2 + 2 * i;
		send_all(fx, &c);
	}
	mini_guest_turn(&fx->guest, 5);
	after = mallinfo2();
	assert_true(after.uordblks < before.uordblks + MIB);
	assert_true(fx->port.stats->drops[DROP_FLOW_LIMIT] > 29000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_syn_flood, setup, teardown),
		cmocka_unit_test_setup_teardown(test_udp_flood, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fragment_flood, setup, teardown),
		cmocka_unit_test_setup_teardown(test_segment_flood, setup, teardown),
	};

	return cmocka_run_group_tests_name("user_flood", tests, NULL, NULL);
}
