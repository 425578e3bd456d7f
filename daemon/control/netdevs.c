/* SPDX-License-Identifier: BSD-2-Clause */
/* The collection of netdevs. */
#include "daemon/control/netdevs.h"

#include <stdio.h>
#include <string.h>

#include "daemon/control/forwards.h"
#include "daemon/control/nics.h"
#include "daemon/control/problem.h"
#include "daemon/control/counters.h"
#include "devices/nic.h"
#include "net/base/bytes.h"

/**
 * netdev_of() - the netdev behind an object
 * @object:	a netdev's object
 */
static struct netdev *netdev_of(const struct object *object)
{
	return container_of(object, struct netdev, object);
}

/**
 * prefix() - ids are "user0", "user1" ...
 * @config:	the netdev's members
 */
static const char *prefix(const json_t *config)
{
	const char *type = json_string_value(json_object_get(config, "type"));

	return type ? type : "netdev";
}

/**
 * fds_fit() - are there descriptors left after these?
 * @fds:	what was just opened
 * @p:		says why not
 *
 * Return: 0, or -1 with @p set
 */
static int fds_fit(const struct backend_fds *fds, struct problem *p)
{
	int highest = -1;

	for (int i = 0; i < fds->count; i++)
		highest = MAX(highest, fds->fd[i]);
	return problem_if_full(highest, p);
}

/**
 * explain() - why a netdev's members are refused: where it is an element of a list, all such ones
 * @class:	its type
 * @config:	its members
 * @err:	what the type's check said
 * @p:		filled
 *
 * A check names one member. So it is asked again without a bad element, until it finds no more.
 *
 * Return: -1
 */
static int explain(const struct backend_class *class, const json_t *config, struct error *err,
		   struct problem *p)
{
	json_t *rest = json_deep_copy(config);
	char list[32], last[32] = "";
	size_t index, gone = 0;

	while (sscanf(err->pointer, "#/%31[a-z-]/%zu", list, &index) == 2) {
		gone = strcmp(list, last) == 0 ? gone + 1 : 0;
		strcpy(last, list);
		snprintf(err->pointer, sizeof(err->pointer), "#/%s/%zu", list, index + gone);
		problem_from_error(p, err);
		if (json_array_remove(json_object_get(rest, list), index) < 0 ||
		    class->check(rest, err) == 0)
			goto done;
	}
	problem_from_error(p, err);
done:
	json_decref(rest);
	return -1;
}

/**
 * create() - see struct object_class
 */
static int create(struct model *m, struct object *object, struct problem *p)
{
	struct netdev *netdev = netdev_of(object);
	struct error err = {0};

	(void)m;
	netdev->class = backend_class(prefix(object->config));
	if (!netdev->class)
		return problem_add(p, "#/type", "enum",
				   "Parameter 'type' does not accept value '%s'",
				   prefix(object->config));
	if (netdev->class->check(object->config, &err) < 0)
		return explain(netdev->class, object->config, &err, p);
	if (netdev->class->open(object->config, &netdev->fds, &err) < 0)
		return problem_from_error(p, &err);
	if (fds_fit(&netdev->fds, p) < 0) {
		backend_fds_close(&netdev->fds);
		return -1;
	}
	return 0;
}

/**
 * entered() - see struct object_class
 */
static void entered(struct model *m, struct object *object)
{
	if (netdev_of(object)->class->forward)
		forwards_adopt(m, object, &netdev_of(object)->fds);
}

/**
 * update() - see struct object_class; no member of any type can change yet while it exists
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
	struct netdev *netdev = netdev_of(object);
	const struct object *user;
	char text[160];

	if (netdev->nic) {
		user = nic_object_base(netdev->nic);
		snprintf(text, sizeof(text), "NIC \"%s\" is plugged into it.", user->id);
		if (!force)
			return problem_in_use(p, NULL, user, text);
		nic_object_unplug(m, netdev->nic);
	}
	return 0;
}

/**
 * destroy() - see struct object_class
 */
static void destroy(struct model *m, struct object *object)
{
	struct netdev *netdev = netdev_of(object);

	if (netdev->nic)
		nic_object_unplug(m, netdev->nic);
	backend_fds_close(&netdev->fds);
}

/**
 * show() - see struct object_class
 */
static void show(const struct object *object, json_t *out)
{
	const struct netdev *netdev = netdev_of(object);

	json_object_set_new(out, "status", object_status(object, "up"));
	json_object_set_new(out, "used_by",
			    netdev->nic ? object_path(nic_object_base(netdev->nic)) : json_null());
}

/**
 * stats() - see struct object_class
 */
static json_t *stats(const struct object *object)
{
	const struct netdev *netdev = netdev_of(object);
	struct port_stats sum = netdev->past, now;

	if (netdev->running) {
		counters_load(&nic_object_shared(netdev->nic)->netdev, &now);
		counters_add(&sum, &now);
	}
	return counters_of_netdev(&sum);
}

void netdev_runs(struct model *m, struct netdev *netdev)
{
	netdev->running = true;
	object_works(m, &netdev->object);
}

void netdev_stops(struct netdev *netdev)
{
	struct port_stats now;

	if (!netdev->running)
		return;
	counters_load(&nic_object_shared(netdev->nic)->netdev, &now);
	counters_add(&netdev->past, &now);
	netdev->running = false;
}

const struct object_class netdev_class = {
	.collection = "netdevs",
	.noun = "netdev",
	.event = "netdev",
	.size = sizeof(struct netdev),
	.prefix = prefix,
	.create = create,
	.entered = entered,
	.update = update,
	.release = release,
	.destroy = destroy,
	.show = show,
	.stats = stats,
};
