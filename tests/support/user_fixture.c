/* SPDX-License-Identifier: BSD-2-Clause */
/* The running user netdev with its guest. */
#include "tests/support/user_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "net/base/error.h"
#include "tests/support/frames.h"

/** rule() - a rule of `hostfwd`, with the port that was chosen */
static const char *rule(struct user_fixture *fx, int index)
{
	return json_string_value(
		json_array_get(json_object_get(fx->body, "hostfwd"), (size_t)index));
}

struct user_fixture *user_fixture_start(const char *json)
{
	struct user_fixture *fx = calloc(1, sizeof(*fx));
	const struct backend_class *class = backend_class("user");
	struct backend_fds fds = {.count = 0}, opened;
	struct error err = {0};

	fx->loop = loop_new();
	fx->body = json_loads(json, 0, NULL);
	assert_non_null(fx->body);
	if (class->check(fx->body, &err) < 0 || class->open(fx->body, &fds, &err) < 0)
		fail_msg("%s: %s", err.pointer, err.message);
	opened = fds;
	fds.count = 0;
	fx->backend = class->start(fx->loop, fx->body, &fds, NULL, &err);
	if (!fx->backend)
		fail_msg("%s", err.message);
	for (int i = 0; i < opened.count; i++) {
		struct backend_forward forward = {
			.slot = i, .rule = rule(fx, i), .fd = opened.fd[i], .uses = &fx->uses[i]};

		if (class->forward(fx->backend, &forward, &err) < 0)
			fail_msg("%s", err.message);
	}
	mini_guest_init(&fx->guest, fx->loop);
	port_connect(&fx->guest.port, fx->backend->port);
	return fx;
}

void user_fixture_stop(struct user_fixture *fx)
{
	fx->backend->class->stop(fx->backend);
	json_decref(fx->body);
	loop_free(fx->loop);
	free(fx);
}

const struct mini_frame *dhcp_discover(struct user_fixture *fx)
{
	static const uint8_t options[] = {99, 130, 83, 99, 53, 1, 1, 255};
	uint8_t bootp[548] = {1, 1, 6, 0};
	struct frame_spec spec = {.protocol = IP_PROTO_UDP,
				  .src = "0.0.0.0",
				  .dst = "255.255.255.255",
				  .sport = 68,
				  .dport = 67,
				  .data = bootp,
				  .len = sizeof(bootp)};
	const struct mini_frame *f;

	memcpy(bootp + 28, "\x52\x54\x00\x01\x02\x03", 6);
	memcpy(bootp + 236, options, sizeof(options));
	mini_guest_make(&fx->guest, &spec);
	f = mini_guest_wait(&fx->guest, IP_PROTO_UDP, 68);
	assert_non_null(f);
	return f;
}

int host_socket(const char *addr, int type, uint16_t *port)
{
	union host_addr a;
	socklen_t len = sizeof(a);
	int fd;

	assert_int_equal(host_addr_parse(addr, &a), 0);
	fd = socket(a.sa.sa_family, type, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, &a.sa, host_addr_len(&a)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, &a.sa, &len), 0);
	*port = host_addr_port(&a);
	return fd;
}

bool host_readable(struct user_fixture *fx, int fd)
{
	for (int i = 0; i < 100; i++) {
		struct pollfd p = {.fd = fd, .events = POLLIN};

		if (poll(&p, 1, 0) > 0)
			return true;
		mini_guest_turn(&fx->guest, 5);
	}
	return false;
}

uint64_t user_drops(struct user_fixture *fx, enum drop_reason reason)
{
	mini_guest_turn(&fx->guest, 1);
	return fx->backend->port->stats->drops[reason];
}

uint16_t user_forward_port(struct user_fixture *fx, size_t index)
{
	const char *dash = strchr(rule(fx, (int)index), '-');

	while (dash[-1] != ':')
		dash--;
	return (uint16_t)strtoul(dash, NULL, 10);
}

int host_client(const char *addr, uint16_t port, int type)
{
	union host_addr a;
	int fd;

	host_addr_parse(addr, &a);
	host_addr_set_port(&a, port);
	fd = socket(a.sa.sa_family, type, 0);
	assert_int_equal(connect(fd, &a.sa, host_addr_len(&a)), 0);
	return fd;
}
