/* SPDX-License-Identifier: BSD-2-Clause */
/* Forwarded ports in a worker, whichever kind of worker runs the user stack. */
#pragma once

#include <jansson.h>
#include <stdint.h>

struct backend;
struct error;
struct wire_message;

/**
 * struct forwarding - where the ports of an order belong
 * @backend:	the running user netdev, or NULL: then they fail
 * @uses:	counters, by slot
 * @slots:	their number
 * @failed:	a rule can't be forwarded
 * @context:	first argument of @failed
 */
struct forwarding {
	struct backend *backend;
	uint64_t *uses;
	int slots;
	void (*failed)(void *context, int slot, const struct error *err);
	void *context;
};

/**
 * forwarding_add() - the order "forward"
 * @f:		where to
 * @message:	the order; its descriptors are taken
 */
void forwarding_add(const struct forwarding *f, struct wire_message *message);

/**
 * forwarding_remove() - the order "unforward"
 * @f:		where from
 * @body:	the order
 */
void forwarding_remove(const struct forwarding *f, const json_t *body);
