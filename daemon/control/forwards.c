/* SPDX-License-Identifier: BSD-2-Clause */
/* The collection of forwards. */
#include "daemon/control/forwards.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/control/forward_place.h"
#include "daemon/control/netdevs.h"
#include "daemon/control/nics.h"
#include "daemon/control/problem.h"
#include "net/backend/user_body.h"
#include "net/backend/user_listen.h"
#include "net/base/bytes.h"

#define MAX_PORT 65535

/** struct target - what a rule may be for: its member, and the collection of what it names */
struct target {
	const char *member;
	enum collection collection;
};

static const struct target targets[] = {
	{"netdev", COLLECTION_NETDEVS},
	{"nic", COLLECTION_NICS},
};

/**
 * find_target() - what a rule is for
 * @m:		the model
 * @f:		the rule; what it goes with is set
 * @p:		says what is wrong
 *
 * Return: 0, or -1 with @p set
 */
static int find_target(struct model *m, struct forward *f, struct problem *p)
{
	const char *member = NULL, *id = NULL;
	char pointer[16];

	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		const json_t *value = json_object_get(f->object.config, targets[i].member);

		if (!json_is_string(value))
			continue;
		if (member)
			return problem_add(p, "#", "one-of",
					   "a forward is for a netdev, a network or a NIC, not for "
					   "\"%s\" and \"%s\"",
					   member, targets[i].member);
		member = targets[i].member;
		id = json_string_value(value);
		f->object.goes_with = model_find(m, targets[i].collection, id);
	}
	if (!member)
		return problem_add(p, "#", "one-of",
				   "a forward needs \"netdev\", \"network\" or \"nic\"");
	if (f->object.goes_with)
		return 0;
	snprintf(pointer, sizeof(pointer), "#/%s", member);
	return problem_add(p, pointer, "no-such-object", "there is no %s \"%s\"", member, id);
}

/**
 * read_address() - an address member
 * @f:		the rule
 * @name:	member; absent, @addr stays
 * @addr:	filled, port 0
 * @p:		says what is wrong
 *
 * Return: 0, or -1 with @p set
 */
static int read_address(const struct forward *f, const char *name, union host_addr *addr,
			struct problem *p)
{
	const char *text = json_string_value(json_object_get(f->object.config, name));
	char pointer[24];

	if (!text || host_addr_parse(text, addr) == 0)
		return 0;
	snprintf(pointer, sizeof(pointer), "#/%s", name);
	return problem_add(p, pointer, "address", "'%s' is not an IP address", text);
}

/**
 * check_range() - do all of a rule's ports exist?
 * @f:		the rule
 * @host:	its first port on the host
 * @guest:	its first port of the guest
 * @p:		says what is wrong
 *
 * Return: 0, or -1 with @p set
 */
static int check_range(const struct forward *f, int host, int guest, struct problem *p)
{
	int last = f->count - 1;

	if (f->count > 1 && host == 0)
		return problem_add(p, "#/host_port", "range",
				   "the host can choose one port, not %d", f->count);
	if (host + last > MAX_PORT)
		return problem_add(p, "#/host_port", "range", "%d ports from %d on go beyond %d",
				   f->count, host, MAX_PORT);
	if (guest + last > MAX_PORT)
		return problem_add(p, "#/guest_port", "range", "%d ports from %d on go beyond %d",
				   f->count, guest, MAX_PORT);
	return 0;
}

/**
 * integer() - an integer member
 * @f:		the rule
 * @name:	the member
 */
static int integer(const struct forward *f, const char *name)
{
	return (int)json_integer_value(json_object_get(f->object.config, name));
}

/**
 * read_rule() - a rule's members to its rule
 * @f:		the rule, with its target
 * @p:		says what is wrong
 *
 * Return: 0, or -1 with @p set
 */
static int read_rule(struct forward *f, struct problem *p)
{
	const char *proto = json_string_value(json_object_get(f->object.config, "proto"));
	int host = integer(f, "host_port"), guest = integer(f, "guest_port");
	union host_addr any = {.sa.sa_family = AF_UNSPEC};

	f->rule.udp = proto && strcmp(proto, "udp") == 0;
	f->count = integer(f, "ports");
	if (read_address(f, "host_addr", &f->rule.host, p) < 0 ||
	    read_address(f, "guest_addr", &any, p) < 0 || check_range(f, host, guest, p) < 0)
		return -1;
	f->guest_given = any.sa.sa_family != AF_UNSPEC;
	if (f->guest_given && any.sa.sa_family != f->rule.host.sa.sa_family)
		return problem_add(p, "#/guest_addr", "family",
				   "host_addr and guest_addr must be of the same family");
	f->rule.guest = any;
	if (!f->guest_given)
		f->rule.guest.sa.sa_family = f->rule.host.sa.sa_family;
	host_addr_set_port(&f->rule.host, (uint16_t)host);
	host_addr_set_port(&f->rule.guest, (uint16_t)guest);
	return 0;
}

/**
 * check_netdev() - can a netdev forward this?
 * @f:		a rule for a netdev
 * @p:		says why not
 *
 * Return: 0, or -1 with @p set
 */
static int check_netdev(const struct forward *f, struct problem *p)
{
	const struct netdev *netdev = container_of(f->object.goes_with, struct netdev, object);
	const char *reason;
	struct user_config cfg;
	struct error err;

	if (!netdev->class->forward)
		return problem_add(p, "#/netdev", "type",
				   "a netdev of type \"%s\" forwards no ports",
				   netdev->class->type);
	if (user_body_read(netdev->object.config, &cfg, &err) < 0)
		return problem_from_error(p, &err);
	reason = user_check_host(&cfg, &f->rule.host);
	if (reason)
		return problem_add(p, "#/host_addr", "address", "%s", reason);
	reason = f->guest_given ? user_check_forward(&cfg, &f->rule) : NULL;
	if (reason)
		return problem_add(p, "#/guest_addr", "address", "%s", reason);
	return 0;
}

/**
 * close_all() - close a rule's sockets
 * @f:		the rule
 * @count:	how many there are
 */
static void close_all(struct forward *f, int count)
{
	for (int i = 0; i < count; i++)
		close(f->fds[i]);
}

/**
 * refuse() - a port can't be had
 * @f:		the rule
 * @rule:	the port
 * @owner:	who has it, or ""
 * @err:	why; it names the members
 * @p:		filled
 *
 * Return: always -1
 */
static int refuse(struct forward *f, const struct user_forward *rule, const char *owner,
		  struct error *err, struct problem *p)
{
	const struct forward *other = forward_holder(f->model, rule);

	snprintf(err->pointer, sizeof(err->pointer),
		 err->code == EADDRNOTAVAIL ? "#/host_addr" : "#/host_port");
	problem_from_error(p, err);
	if (other)
		problem_extra(p, "owner", json_sprintf("forward %s", other->object.id));
	else if (owner[0])
		problem_extra(p, "owner", json_string(owner));
	return -1;
}

/**
 * listen_all() - open a rule's sockets, all or none
 * @f:		the rule; a port that the host chose is noted
 * @p:		says why not
 *
 * Return: 0, or -1 with @p set
 */
static int listen_all(struct forward *f, struct problem *p)
{
	char text[FORWARD_TEXT], owner[USER_OWNER_SIZE];
	struct error err = {0};

	for (int i = 0; i < f->count; i++) {
		struct user_forward rule = forward_port(f, i);

		user_format_forward(&rule, text, sizeof(text));
		f->fds[i] = user_listen(&rule, text, owner, &err);
		if (f->fds[i] < 0) {
			close_all(f, i);
			return refuse(f, &rule, owner, &err, p);
		}
		if (problem_if_full(f->fds[i], p) < 0) {
			close_all(f, i + 1);
			return -1;
		}
		if (i == 0)
			f->rule.host = rule.host;
	}
	json_object_set_new(f->object.config, "host_port",
			    json_integer(host_addr_port(&f->rule.host)));
	return 0;
}

/**
 * create() - see struct object_class
 */
static int create(struct model *m, struct object *object, struct problem *p)
{
	struct forward *f = forward_of(object);

	f->model = m;
	json_object_del(object->config, "hostfwd"); /* read-only here */
	if (find_target(m, f, p) < 0 || read_rule(f, p) < 0)
		return -1;
	if (f->object.goes_with->class == &netdev_class && check_netdev(f, p) < 0)
		return -1;
	return listen_all(f, p);
}

/**
 * entered() - see struct object_class
 */
static void entered(struct model *m, struct object *object)
{
	(void)object;
	forwards_sync(m);
}

/**
 * adopt() - an object for a rule of `hostfwd`
 * @m:		the model
 * @netdev:	the netdev
 * @rule:	the rule
 * @fd:		its socket, taken over
 */
static void adopt(struct model *m, struct object *netdev, const struct user_forward *rule, int fd)
{
	json_t *body = json_pack("{s:s,s:s,s:i,s:i}", "netdev", netdev->id, "proto",
				 rule->udp ? "udp" : "tcp", "ports", 1, "guest_port",
				 host_addr_port(&rule->guest));
	struct problem p = {0};
	struct forward *f;

	forward_set_addr(body, "host_addr", &rule->host);
	json_object_set_new(body, "host_port", json_integer(host_addr_port(&rule->host)));
	if (!host_addr_is_any(&rule->guest))
		forward_set_addr(body, "guest_addr", &rule->guest);
	f = (struct forward *)model_prepare(m, COLLECTION_FORWARDS, body, &p);
	json_decref(body);
	problem_done(&p);
	if (!f) {
		close(fd);
		return;
	}
	f->model = m;
	f->object.goes_with = netdev;
	f->rule = *rule;
	f->guest_given = !host_addr_is_any(&rule->guest);
	f->object.derived = true;
	f->fds[f->count++] = fd;
	model_enlist(m, &f->object);
}

void forwards_adopt(struct model *m, struct object *netdev, struct backend_fds *fds)
{
	struct user_config cfg = {0};
	struct error err;

	if (fds->count == 0 || user_body_read(netdev->config, &cfg, &err) < 0)
		return;
	for (int i = 0; i < cfg.forward_count && i < fds->count; i++)
		adopt(m, netdev, &cfg.forwards[i], fds->fd[i]);
	fds->count = 0;
}

/**
 * drop_hostfwd() - a rule of `hostfwd` is deleted: the netdev has it no more
 * @f:		the rule
 */
static void drop_hostfwd(const struct forward *f)
{
	json_t *list = json_object_get(f->object.goes_with->config, "hostfwd");
	struct user_config cfg;
	struct error err;

	if (user_body_read(f->object.goes_with->config, &cfg, &err) < 0)
		return;
	for (int i = 0; i < cfg.forward_count; i++) {
		if (cfg.forwards[i].udp != f->rule.udp ||
		    !forward_same_addr(&cfg.forwards[i].host, &f->rule.host))
			continue;
		json_array_remove(list, (size_t)i);
		model_changed(f->model, f->object.goes_with);
		return;
	}
}

/**
 * update() - see struct object_class; a rule is what it is
 */
static int update(struct model *m, struct object *object, json_t *patch, struct problem *p)
{
	static const char *const hot[] = {NULL};

	(void)m;
	return object_immutable(object, patch, hot, p);
}

/**
 * release() - see struct object_class
 */
static int release(struct model *m, struct object *object, bool force, struct problem *p)
{
	const struct forward *f = forward_of(object);

	(void)m;
	(void)force;
	(void)p;
	if (object->derived)
		drop_hostfwd(f);
	return 0;
}

/**
 * destroy() - see struct object_class
 */
static void destroy(struct model *m, struct object *object)
{
	struct forward *f = forward_of(object);

	(void)m;
	forward_unplace(f);
	close_all(f, f->count);
}

/**
 * show() - see struct object_class
 */
static void show(const struct object *object, json_t *out)
{
	const struct forward *f = forward_of(object);

	json_object_set_new(out, "hostfwd", json_boolean(object->derived));
	json_object_set_new(out, "status",
			    object_status(object, f->site ? "listening" : "waiting"));
}

/**
 * stats() - see struct object_class
 */
static json_t *stats(const struct object *object)
{
	const struct forward *f = forward_of(object);

	return json_pack("{s:I}", f->rule.udp ? "datagrams" : "connections",
			 (json_int_t)(forward_uses(f) & INT64_MAX));
}

/**
 * prefix() - ids are "fwd0", "fwd1" ...
 * @config:	not used
 */
static const char *prefix(const json_t *config)
{
	(void)config;
	return "fwd";
}

const struct object_class forward_class = {
	.collection = "forwards",
	.noun = "forward",
	.event = "forward",
	.broken = "failed",
	.size = sizeof(struct forward),
	.prefix = prefix,
	.create = create,
	.entered = entered,
	.update = update,
	.release = release,
	.destroy = destroy,
	.show = show,
	.stats = stats,
};
