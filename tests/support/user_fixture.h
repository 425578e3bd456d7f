/* SPDX-License-Identifier: BSD-2-Clause */
/* A running user netdev with a guest of a few lines on it, for tests. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "net/backend/backend.h"
#include "tests/support/mini_guest.h"

#define GUEST  "10.0.2.15"
#define GUEST6 "fec0::15"

/**
 * struct user_fixture - a netdev with a guest on it
 * @loop:	the loop
 * @body:	the netdev
 * @backend:	the running netdev
 * @guest:	the guest
 * @uses:	how often each rule of `hostfwd` was used
 */
struct user_fixture {
	struct loop *loop;
	json_t *body;
	struct backend *backend;
	struct mini_guest guest;
	uint64_t uses[8];
};

/**
 * user_fixture_start() - make a netdev and plug the guest in
 * @json:	the netdev
 *
 * Return: the fixture
 */
struct user_fixture *user_fixture_start(const char *json);

/**
 * user_fixture_stop() - undo user_fixture_start()
 * @fx:		the fixture
 */
void user_fixture_stop(struct user_fixture *fx);

/**
 * dhcp_discover() - the guest asks for a lease
 * @fx:		the fixture
 *
 * Return: the offer; a missing one fails the test
 */
const struct mini_frame *dhcp_discover(struct user_fixture *fx);

/**
 * host_socket() - a bound socket of the host, listening if it is a stream
 * @addr:	address of the loopback
 * @type:	SOCK_STREAM or SOCK_DGRAM
 * @port:	filled with the port that the kernel chose
 *
 * Return: the socket
 */
int host_socket(const char *addr, int type, uint16_t *port);

/**
 * host_readable() - turn the loop until a socket of the host is readable
 * @fx:		the fixture
 * @fd:		the socket
 *
 * Return: false when half a second has passed
 */
bool host_readable(struct user_fixture *fx, int fd);

/**
 * host_client() - a socket of the host, connected
 * @addr:	address of the loopback
 * @port:	port
 * @type:	SOCK_STREAM or SOCK_DGRAM
 *
 * Return: the socket
 */
int host_client(const char *addr, uint16_t port, int type);

/**
 * user_drops() - how often the netdev dropped for a reason
 * @fx:		the fixture; its loop is turned before
 * @reason:	the reason
 */
uint64_t user_drops(struct user_fixture *fx, enum drop_reason reason);

/**
 * user_forward_port() - the port that open() chose for a forward
 * @fx:		the fixture
 * @index:	number of the rule
 */
uint16_t user_forward_port(struct user_fixture *fx, size_t index);
