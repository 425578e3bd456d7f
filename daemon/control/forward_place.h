/* SPDX-License-Identifier: BSD-2-Clause */
/* One forward, and the place where it is in force. */
#pragma once

#include <stdbool.h>

#include "daemon/control/forwards.h"
#include "daemon/control/object.h"
#include "net/user/config.h"

#define FORWARD_MAX_PORTS 64
#define FORWARD_TEXT      128

/**
 * struct forward - a rule
 * @object:	what all objects have; it goes with the netdev, NIC or network that it is for,
 *		and is derived if it is one of a netdev's `hostfwd`
 * @model:	the model it is in
 * @rule:	its first port; without @guest_given the guest's address is yet to be found
 * @guest_given: the user has named the guest's address
 * @fds:	its sockets, for consecutive ports
 * @count:	their number
 * @site:	where it is in force, or NULL
 * @plug:	@site's plug at that time
 * @slot:	its slot there
 * @guest:	the guest's address at that time
 * @base:	counter of that slot at that time
 * @past:	uses at earlier places
 */
struct forward {
	struct object object;
	struct model *model;
	struct user_forward rule;
	bool guest_given;
	int fds[FORWARD_MAX_PORTS];
	int count;
	const struct site *site;
	json_int_t plug;
	int slot;
	union host_addr guest;
	uint64_t base;
	uint64_t past;
};

/**
 * forward_of() - the forward behind an object
 * @object:	a forward's object
 */
struct forward *forward_of(const struct object *object);

/**
 * forward_port() - the rule for one of its ports
 * @f:		the rule
 * @i:		0 is the first
 */
struct user_forward forward_port(const struct forward *f, int i);

/**
 * forward_unplace() - take a rule back from where it is in force
 * @f:		the rule
 */
void forward_unplace(struct forward *f);

/**
 * forward_uses() - how often a rule was used
 * @f:		the rule
 */
uint64_t forward_uses(const struct forward *f);

/**
 * forward_holder() - the rule that has a port of the host already
 * @m:		the model
 * @rule:	the port
 *
 * Return: a rule with exactly this port, or NULL
 */
const struct forward *forward_holder(const struct model *m, const struct user_forward *rule);

/**
 * forward_same_addr() - are two addresses the same, port included?
 * @a:		one
 * @b:		the other
 */
bool forward_same_addr(const union host_addr *a, const union host_addr *b);

/**
 * forward_set_addr() - an address, without its port, to JSON
 * @body:	object that gets it
 * @name:	member
 * @addr:	the address
 */
void forward_set_addr(json_t *body, const char *name, const union host_addr *addr);
