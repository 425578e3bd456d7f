/* SPDX-License-Identifier: BSD-2-Clause */
/* GET /capabilities. */
#include "daemon/control/capabilities.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "daemon/control/body.h"
#include "daemon/control/object.h"
#include "daemon/control/state.h"
#include "daemon/control/workers.h"
#include "daemon/version.h"
#include "devices/nic.h"
#include "net/backend/backend.h"
#include "net/base/bytes.h"
#include "net/base/error.h"
#include "net/user/stack.h"

#define PING_RANGE "/proc/sys/net/ipv4/ping_group_range"

/* QEMU's other types, so that a client need not guess. */
static const char *const later[] = {"bridge", "vde",     "socket", "stream",
				    "dgram",  "hubport", "l2tpv3", "passt"};

/**
 * netdev() - one type that is here
 * @class:	its class
 *
 * Return: new reference to {"type","available","reason"}
 */
static json_t *netdev(const struct backend_class *class)
{
	struct error err;

	if (!class->probe || class->probe(&err) == 0)
		return json_pack("{s:s,s:b}", "type", class->type, "available", true);
	return json_pack("{s:s,s:b,s:s}", "type", class->type, "available", false, "reason",
			 err.message);
}

/**
 * netdevs() - the netdev types
 *
 * Return: new reference to [{"type","available","reason"}...]
 */
static json_t *netdevs(void)
{
	json_t *list = json_array(), *ref;
	const char *type;

	json_object_foreach (body_netdev_types(), type, ref) {
		const struct backend_class *class = backend_class(type);

		if (class)
			json_array_append_new(list, netdev(class));
	}
	for (size_t i = 0; i < ARRAY_SIZE(later); i++) {
		if (!backend_class(later[i]))
			json_array_append_new(list, json_pack("{s:s,s:b,s:s}", "type", later[i],
							      "available", false, "reason",
							      "this version does not have it"));
	}
	return list;
}

/**
 * nics() - the NIC models
 *
 * Return: new reference to [{"model","description"}...]
 */
static json_t *nics(void)
{
	json_t *list = json_array(), *model;
	size_t i;

	json_array_foreach (body_nic_models(), i, model) {
		const struct nic_class *class = nic_class(json_string_value(model));

		if (class)
			json_array_append_new(list, json_pack("{s:s,s:s}", "model", class->model,
							      "description", class->description));
	}
	return list;
}

bool capabilities_ping(const char *range, gid_t gid)
{
	unsigned long first, last;

	return sscanf(range, "%lu %lu", &first, &last) == 2 && gid >= first && gid <= last;
}

/**
 * ping() - do guests' echo requests leave this host?
 * @gid:	group of workers
 *
 * Return: new reference to {"available","reason","how"}
 */
static json_t *ping(gid_t gid)
{
	char range[64] = "", reason[128], how[96];
	int fd = open(PING_RANGE, O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && read(fd, range, sizeof(range) - 1) < 0)
		range[0] = '\0';
	if (fd >= 0)
		close(fd);
	if (capabilities_ping(range, gid))
		return json_pack("{s:b}", "available", true);
	snprintf(reason, sizeof(reason),
		 "net.ipv4.ping_group_range does not contain group %u of the workers",
		 (unsigned)gid);
	snprintf(how, sizeof(how), "sysctl -w net.ipv4.ping_group_range='%u %u'", (unsigned)gid,
		 (unsigned)gid);
	return json_pack("{s:b,s:s,s:s}", "available", false, "reason", reason, "how", how);
}

/**
 * state() - is what users make saved?
 * @m:		the model
 *
 * Return: new reference to {"persist","folder","reason","damaged"}
 */
static json_t *state(const struct model *m)
{
	const struct state *state = m->config->state;
	const char *why = state ? state_saves(state) : "there is no state folder";
	json_t *out = json_pack("{s:b,s:O}", "persist", !why, "damaged", m->damaged);

	if (state)
		json_object_set_new(out, "folder", json_string(state_path(state)));
	if (why)
		json_object_set_new(out, "reason", json_string(why));
	return out;
}

json_t *model_capabilities(struct model *m)
{
	const struct model_config *config = m->config;

	return json_pack("{s:s,s:s,s:o,s:o,s:o,s:o,s:{s:b,s:b,s:b}}", "version", PATCHBAY_VERSION,
			 "libslirp", user_stack_slirp_version(), "netdevs", netdevs(), "nics",
			 nics(), "ping", ping(config->worker_gid), "state", state(m), "sandbox",
			 "seccomp", workers_seccomp(config->workers), "landlock", false, "uid",
			 config->sandbox_uid);
}
