/* SPDX-License-Identifier: BSD-2-Clause */
/* Where rules are in force, and where they should be. */
#include "daemon/control/forward_place.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "daemon/control/netdevs.h"
#include "daemon/control/nics.h"
#include "daemon/control/workers.h"
#include "daemon/wire.h"
#include "net/backend/user_body.h"
#include "net/base/bytes.h"

/**
 * struct place - where a rule should be
 * @site:	which stack, or NULL for nowhere
 * @guest:	the guest's address, with the rule's port
 */
struct place {
	const struct site *site;
	union host_addr guest;
};

/**
 * struct batch - rules on their way to one worker
 * @site:	where to
 * @rules:	what the order says, or NULL
 * @fds:	their sockets
 * @count:	their number
 */
struct batch {
	const struct site *site;
	json_t *rules;
	int fds[WIRE_MAX_FDS];
	int count;
};

struct forward *forward_of(const struct object *object)
{
	return container_of(object, struct forward, object);
}

struct user_forward forward_port(const struct forward *f, int i)
{
	struct user_forward rule = f->rule;

	host_addr_set_port(&rule.host, (uint16_t)(host_addr_port(&rule.host) + i));
	host_addr_set_port(&rule.guest, (uint16_t)(host_addr_port(&rule.guest) + i));
	return rule;
}

bool forward_same_addr(const union host_addr *a, const union host_addr *b)
{
	return host_addr_same(a, b) && host_addr_port(a) == host_addr_port(b);
}

void forward_set_addr(json_t *body, const char *name, const union host_addr *addr)
{
	char text[INET6_ADDRSTRLEN] = "";

	if (addr->sa.sa_family == AF_INET6)
		inet_ntop(AF_INET6, &addr->in6.sin6_addr, text, sizeof(text));
	else
		inet_ntop(AF_INET, &addr->in.sin_addr, text, sizeof(text));
	json_object_set_new(body, name, json_string(text));
}

const struct forward *forward_holder(const struct model *m, const struct user_forward *rule)
{
	const struct objects *objects = &m->objects[COLLECTION_FORWARDS];

	for (size_t i = 0; i < objects->count; i++) {
		const struct forward *f = forward_of(objects->items[i]);

		for (int k = 0; k < f->count; k++) {
			struct user_forward port = forward_port(f, k);

			if (port.udp == rule->udp && forward_same_addr(&port.host, &rule->host))
				return f;
		}
	}
	return NULL;
}

/**
 * is_there() - is a rule in force where it was put?
 * @f:		the rule
 *
 * With another stack in that worker, or none, all its rules went.
 */
static bool is_there(const struct forward *f)
{
	return f->site && f->site->worker && f->site->plug == f->plug;
}

/**
 * load() - a slot's counter, with one load
 * @f:		the rule
 */
static uint64_t load(const struct forward *f)
{
	return f->site->uses ? __atomic_load_n(&f->site->uses[f->slot], __ATOMIC_RELAXED) : 0;
}

uint64_t forward_uses(const struct forward *f)
{
	return f->past + (f->site ? load(f) - f->base : 0);
}

void forward_unplace(struct forward *f)
{
	struct error err;

	if (!f->site)
		return;
	f->past = forward_uses(f);
	if (is_there(f))
		worker_order(f->site->worker,
			     json_pack("{s:s,s:I,s:i}", "op", "unforward", "plug", f->plug, "slot",
				       f->slot),
			     NULL, 0, &err);
	f->site = NULL;
}

/**
 * find_stack() - the guest's address in a user stack, if the rule names none
 * @f:		the rule
 * @body:	the netdev that the stack runs, or NULL
 * @guest:	filled
 *
 * Return: false when the rule leads nowhere there
 */
static bool find_stack(const struct forward *f, const json_t *body, union host_addr *guest)
{
	struct user_forward rule = f->rule;
	struct user_config cfg;
	struct error err;

	if (!body || user_body_read(body, &cfg, &err) < 0)
		return false;
	if (!f->guest_given)
		user_default_guest(&cfg, &rule);
	*guest = rule.guest;
	return true;
}

/**
 * find_place() - where a rule should be
 * @f:		the rule
 * @place:	filled
 */
static void find_place(const struct forward *f, struct place *place)
{
	struct nic_object *nic = NULL;

	*place = (struct place){0};
	if (f->object.goes_with->class == &netdev_class)
		nic = container_of(f->object.goes_with, struct netdev, object)->nic;
	else
		nic = nic_object_of(f->object.goes_with);
	if (nic && find_stack(f, nic_object_stack(nic), &place->guest))
		place->site = nic_object_site(nic);
	if (place->site && !place->site->worker)
		place->site = NULL;
}

/**
 * free_slot() - a slot of a site that no rule has
 * @m:		the model
 * @site:	the site
 *
 * Return: the slot, or -1
 */
static int free_slot(const struct model *m, const struct site *site)
{
	const struct objects *objects = &m->objects[COLLECTION_FORWARDS];
	bool taken[1024] = {false};

	for (size_t i = 0; i < objects->count; i++) {
		const struct forward *f = forward_of(objects->items[i]);

		if (f->site == site)
			taken[f->slot] = true;
	}
	for (int i = 0; i < site->slots && i < (int)ARRAY_SIZE(taken); i++) {
		if (!taken[i])
			return i;
	}
	return -1;
}

/**
 * send_batch() - send what is in a batch
 * @b:		the batch; empty afterwards
 */
static void send_batch(struct batch *b)
{
	struct error err;
	json_t *order;

	if (b->rules) {
		order = json_pack("{s:s,s:I,s:o}", "op", "forward", "plug", b->site->plug, "rules",
				  b->rules);
		worker_order(b->site->worker, order, b->fds, b->count, &err);
	}
	b->rules = NULL;
	b->count = 0;
}

/**
 * put() - put a rule's ports into a batch
 * @b:		the batch
 * @f:		the rule, with its place
 */
static void put(struct batch *b, const struct forward *f)
{
	char text[FORWARD_TEXT];

	if (b->site != f->site || b->count + f->count > WIRE_MAX_FDS)
		send_batch(b);
	b->site = f->site;
	if (!b->rules)
		b->rules = json_array();
	for (int i = 0; i < f->count; i++) {
		struct user_forward rule = forward_port(f, i);
		uint16_t port = host_addr_port(&rule.guest);

		rule.guest = f->guest;
		host_addr_set_port(&rule.guest, port);
		user_format_forward(&rule, text, sizeof(text));
		json_array_append_new(b->rules,
				      json_pack("{s:i,s:s}", "slot", f->slot, "rule", text));
		b->fds[b->count++] = f->fds[i];
	}
}

/**
 * place() - put a rule where it should be
 * @f:		the rule, in force nowhere
 * @to:		where
 * @b:		batch that takes its ports
 */
static void place(struct forward *f, const struct place *to, struct batch *b)
{
	int slot = free_slot(f->model, to->site);
	struct error err;

	if (slot < 0) {
		error_set(&err, ENOSPC, "%d rules lead there already, which is the most",
			  to->site->slots);
		object_fail(f->model, &f->object, &err);
		return;
	}
	f->site = to->site;
	f->plug = to->site->plug;
	f->slot = slot;
	f->guest = to->guest;
	f->base = load(f);
	put(b, f);
}

/**
 * sync_one() - bring one rule to where it should be
 * @f:		the rule
 * @b:		batch that takes its ports
 */
static void sync_one(struct forward *f, struct batch *b)
{
	struct place to;

	if (f->object.inert)
		return;
	find_place(f, &to);
	if (f->site == to.site &&
	    (!f->site || (is_there(f) && forward_same_addr(&f->guest, &to.guest))))
		return;
	if (is_there(f))
		send_batch(b); /* orders stay in their order */
	forward_unplace(f);
	f->object.failure.error.code = 0;
	if (to.site)
		place(f, &to, b);
	model_changed(f->model, &f->object);
}

void forwards_sync(struct model *m)
{
	struct objects *objects = &m->objects[COLLECTION_FORWARDS];
	struct batch b = {0};

	for (size_t i = 0; i < objects->count; i++)
		sync_one(forward_of(objects->items[i]), &b);
	send_batch(&b);
}

void forwards_failed(struct model *m, const struct site *site, const json_t *body,
		     const struct error *err)
{
	const struct objects *objects = &m->objects[COLLECTION_FORWARDS];
	json_int_t plug = json_integer_value(json_object_get(body, "plug"));
	json_int_t slot = json_integer_value(json_object_get(body, "slot"));

	for (size_t i = 0; i < objects->count; i++) {
		struct forward *f = forward_of(objects->items[i]);

		if (f->site == site && f->plug == plug && f->slot == slot)
			object_fail(m, &f->object, err);
	}
}
