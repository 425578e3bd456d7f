/* SPDX-License-Identifier: BSD-2-Clause */
/* A user netdev's TCP/IP stack: libslirp on our loop, behind the guard. */
#pragma once

#include <stdint.h>

#include "net/base/host_addr.h"
#include "net/core/port.h"
#include "net/user/config.h"

struct error;
struct loop;

/*
 * Theory of operation
 *
 * Frames from the card are copied into a queue inside of receive(): that copy is what keeps the
 * guest from rewriting a frame while it is looked at, and a port must not send from within
 * receive(), which libslirp would (acknowledgements). The queue is worked off in the loop's next
 * prepare round, before it sleeps, so a batch costs no system call of its own. When the queue is
 * full, the card keeps the rest and is told when there is room.
 *
 * A run does, in this order: what the host's sockets have to say, the queue, libslirp's timers, and
 * (if anything was touched) asking libslirp anew which sockets it waits for. Frames to the guest go
 * to the card straight out of libslirp's buffer; when the card has no room they are dropped and
 * counted: libslirp's own queue must stay empty (CVE-2026-120831), and TCP sends again.
 *
 * Everything here runs in the worker's sandbox: no files, no resolver, sockets only.
 */

struct user_stack;

/**
 * user_stack_new() - start a stack
 * @loop:	the loop
 * @config:	the netdev; copied
 * @port:	its port, whose owner passes receive and ready on
 * @err:	says why not
 *
 * Return: the stack, or NULL
 */
struct user_stack *user_stack_new(struct loop *loop, const struct user_config *config,
				  struct port *port, struct error *err);

/**
 * user_stack_free() - stop a stack; NULL is allowed
 * @s:		the stack; its port must be unplugged
 */
void user_stack_free(struct user_stack *s);

/**
 * user_stack_receive() - port_ops.receive
 * @s:		the stack
 * @packets:	packets from the card
 * @n:		their number
 *
 * Return: how many were taken
 */
int user_stack_receive(struct user_stack *s, const struct packet *packets, int n);

/**
 * user_stack_forward() - forward a port of the host to the guest
 * @s:		the stack
 * @fwd:	the rule
 * @fd:		control's socket: bound, and listening if TCP; taken over, also on failure
 * @uses:	counts connections, or datagrams from the host; stays; may be NULL
 * @err:	says why not
 *
 * Return: 0 or -errno
 */
int user_stack_forward(struct user_stack *s, const struct user_forward *fwd, int fd, uint64_t *uses,
		       struct error *err);

/**
 * user_stack_unforward() - forward it no more; connections that there are stay
 * @s:		the stack
 * @fwd:	the rule, as it was given to user_stack_forward()
 */
void user_stack_unforward(struct user_stack *s, const struct user_forward *fwd);

/**
 * user_stack_config() - what the stack was started with
 * @s:		the stack
 */
const struct user_config *user_stack_config(const struct user_stack *s);

/**
 * user_stack_set_dns() - the servers that the guest's questions go to
 * @s:		the stack
 * @servers:	servers, best first
 * @count:	their number
 */
void user_stack_set_dns(struct user_stack *s, const union host_addr *servers, int count);

/**
 * user_stack_set_api_ports() - the ports that the guest may not reach
 * @s:		the stack
 * @ports:	TCP ports, host byte order
 * @count:	their number
 */
void user_stack_set_api_ports(struct user_stack *s, const uint16_t *ports, int count);

/**
 * user_stack_slirp_version() - version of the libslirp that is linked at run time
 *
 * Return: static text, "4.7.0"
 */
const char *user_stack_slirp_version(void);
