/* SPDX-License-Identifier: BSD-2-Clause */
/* From orders to the user stack's forwarded ports. */
#include "daemon/worker/forwarding.h"

#include <errno.h>
#include <unistd.h>

#include "daemon/wire.h"
#include "net/backend/backend.h"
#include "net/base/error.h"

/**
 * slot_of() - a rule's slot
 * @f:		where it belongs
 * @body:	an order, or a rule of it
 *
 * Return: the slot, or -1
 */
static int slot_of(const struct forwarding *f, const json_t *body)
{
	const json_t *slot = json_object_get(body, "slot");
	json_int_t number = json_is_integer(slot) ? json_integer_value(slot) : -1;

	return number >= 0 && number < f->slots ? (int)number : -1;
}

/**
 * add() - one port
 * @f:		where to
 * @body:	{"slot": N, "rule": "tcp:..."}
 * @fd:		its socket, taken over
 */
static void add(const struct forwarding *f, const json_t *body, int fd)
{
	struct backend_forward forward = {
		.slot = slot_of(f, body),
		.rule = json_string_value(json_object_get(body, "rule")),
		.fd = fd,
	};
	struct error err = {0};

	if (forward.slot < 0 || !forward.rule || !f->backend || !f->backend->class->forward) {
		close(fd);
		error_set(&err, ENOENT, "Nothing that forwards ports runs here");
	} else {
		forward.uses = &f->uses[forward.slot];
		f->backend->class->forward(f->backend, &forward, &err);
	}
	if (err.code != 0)
		f->failed(f->context, forward.slot, &err);
}

void forwarding_add(const struct forwarding *f, struct wire_message *message)
{
	const json_t *rules = json_object_get(message->body, "rules");
	json_t *rule;
	size_t i;

	json_array_foreach (rules, i, rule) {
		if (i >= (size_t)message->fd_count)
			break;
		add(f, rule, message->fds[i]);
		message->fds[i] = -1;
	}
}

void forwarding_remove(const struct forwarding *f, const json_t *body)
{
	int slot = slot_of(f, body);

	if (slot >= 0 && f->backend && f->backend->class->unforward)
		f->backend->class->unforward(f->backend, slot);
}
