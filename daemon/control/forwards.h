/* SPDX-License-Identifier: BSD-2-Clause */
/* Forwards: ports of the host that lead to guests. */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "net/backend/backend.h"

struct error;
struct model;
struct object;
struct worker_handle;

/*
 * Theory of operation
 *
 * A forward's sockets are opened when it is made and stay open as long as it exists: a busy port is
 * refused at once, and a port is not lost to others while a guest moves. Where they lead to is
 * another matter: a worker that runs a user stack, and an address of a guest. A rule for a netdev
 * leads nowhere while no NIC is plugged in, one for a NIC follows the NIC, one for a NIC on a
 * network waits for its lease. So each rule has a place where it is in force, and a place where it
 * should be; forwards_sync() makes them one, and is called whenever the second may have changed.
 */

/**
 * struct site - a worker in which a user stack runs; embedded in the NIC or network whose it is
 * @worker:	the worker, or NULL while none of this is so
 * @plug:	number of the stack in that worker: another one has none of the rules
 * @uses:	how often each rule was used, by slot; a hostile worker's memory
 * @slots:	their number
 */
struct site {
	struct worker_handle *worker;
	json_int_t plug;
	const uint64_t *uses;
	int slots;
};

/**
 * forwards_sync() - bring all rules to where they should be
 * @m:		the model
 */
void forwards_sync(struct model *m);

/**
 * forwards_failed() - a worker can't forward a rule
 * @m:		the model
 * @site:	which
 * @body:	what it says: `plug` and `slot` are not to be trusted
 * @err:	why
 */
void forwards_failed(struct model *m, const struct site *site, const json_t *body,
		     const struct error *err);

/**
 * forwards_adopt() - make objects of a netdev's `hostfwd`
 * @m:		the model
 * @netdev:	the netdev, in its collection
 * @fds:	a socket for each rule; taken
 */
void forwards_adopt(struct model *m, struct object *netdev, struct backend_fds *fds);
