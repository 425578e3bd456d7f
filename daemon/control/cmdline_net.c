/* SPDX-License-Identifier: BSD-2-Clause */
/* QEMU's oldest form: -net nic and -net TYPE, which meet on hub 0. */
#include "daemon/control/cmdline_impl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/control/body.h"
#include "daemon/control/keyval.h"
#include "daemon/control/options.h"
#include "net/base/bytes.h"
#include "net/base/error.h"
#include "net/base/log.h"

/*
 * Theory of operation
 *
 * What names no netdev is put on hub 0, whatever its order. A hub with two members is a wire, so
 * one NIC and one netdev on it are joined directly, as -nic does it. A NIC that names its netdev
 * does not touch the hub; it is made with those of -device, after all netdevs.
 */

/**
 * struct hub - hub 0
 * @nic:	body of the NIC on it, or NULL
 * @netdev:	body of the netdev on it, or NULL
 * @nic_text:	its -net as it was typed
 * @netdev_text: likewise
 */
struct hub {
	json_t *nic;
	json_t *netdev;
	const char *nic_text;
	const char *netdev_text;
};

/** complain() - print an error at its -net. Return: always -1 */
static int complain(const char *text, const struct error *err)
{
	fprintf(stderr, "patchbayd: -net %s: %s\n", text, err->message);
	return -1;
}

/**
 * set_nic_member() - a parameter of -net nic into the body of a NIC
 * @body:	the body
 * @key:	parameter
 * @value:	its value, or NULL
 * @err:	says what is wrong
 *
 * Return: 0 or -EINVAL
 */
static int set_nic_member(json_t *body, const char *key, const char *value, struct error *err)
{
	static const char *const names[][2] = {{"netdev", "netdev"}, {"macaddr", "mac"},
					       {"model", "model"},   {"id", "id"},
					       {"addr", "addr"},     {"vectors", "vectors"}};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(key, names[i][0]) != 0)
			continue;
		if (!value)
			return error_set(err, EINVAL, "Expected '=' after parameter '%s'", key);
		json_object_set_new(body, names[i][1], json_string(value));
		return 0;
	}
	return error_set(err, EINVAL, "Invalid parameter '%s'", key);
}

/**
 * nic_body() - the body of a NIC
 * @kv:		parameters of -net nic
 * @err:	says what is wrong
 *
 * Return: new reference, or NULL
 */
static json_t *nic_body(const struct keyval *kv, struct error *err)
{
	json_t *body = json_object();

	for (size_t i = 0; i < kv->count; i++) {
		if (set_nic_member(body, kv->key[i], kv->value[i], err) == 0)
			continue;
		json_decref(body);
		return NULL;
	}
	return body;
}

/**
 * netdev_body() - the body of a netdev
 * @type:	its type, or NULL
 * @kv:		the other parameters
 * @err:	says what is wrong
 *
 * Return: new reference, or NULL
 */
static json_t *netdev_body(const char *type, struct keyval *kv, struct error *err)
{
	json_t *body = json_object();

	if (type)
		json_object_set_new(body, "type", json_string(type));
	if (cmdline_check_netdev(body, false, err) == 0 &&
	    body_add_pairs(body, "NetdevCreate", kv, err) == 0)
		return body;
	json_decref(body);
	return NULL;
}

/**
 * put() - put a member on the hub
 * @slot:	its place on the hub
 * @body:	its body; the reference is taken
 * @what:	"NIC" or "netdev"
 * @err:	says that there is one already
 *
 * Return: 0 or -EINVAL
 */
static int put(json_t **slot, json_t *body, const char *what, struct error *err)
{
	if (*slot) {
		json_decref(body);
		return error_set(err, EINVAL,
				 "there is a %s on hub 0 already; -net joins one NIC with one "
				 "netdev, for more use -netdev with -device, or -nic",
				 what);
	}
	*slot = body;
	return 0;
}

/**
 * sort_one() - what one -net puts on the hub, if anything
 * @hub:	the hub
 * @text:	the option's value
 * @ret_named:	filled: body of a NIC that names its netdev, or NULL
 * @err:	says what is wrong
 *
 * Return: 0 or -errno
 */
static int sort_one(struct hub *hub, const char *text, json_t **ret_named, struct error *err)
{
	struct keyval kv;
	int ret = keyval_parse(&kv, text, "type", err);
	const char *type = ret == 0 ? keyval_take(&kv, "type") : NULL;
	bool nic = type && strcmp(type, "nic") == 0;
	json_t *body = NULL;

	*ret_named = NULL;
	if (ret < 0 || (type && strcmp(type, "none") == 0))
		goto out;
	if (type && strcmp(type, "hubport") == 0) {
		ret = error_set(err, EINVAL,
				"network backend 'hubport' is only supported with -netdev/-nic");
		goto out;
	}
	body = nic ? nic_body(&kv, err) : netdev_body(type, &kv, err);
	if (!body) {
		ret = -EINVAL;
	} else if (nic && json_object_get(body, "netdev")) {
		*ret_named = body;
	} else if (nic) {
		ret = put(&hub->nic, body, "NIC", err);
		hub->nic_text = text;
	} else {
		ret = put(&hub->netdev, body, "netdev", err);
		hub->netdev_text = text;
	}
out:
	keyval_done(&kv);
	return ret;
}

/**
 * submit_nic() - make a NIC, without what only matters in the guest
 * @model:	where it goes
 * @body:	its body
 * @err:	says why not
 *
 * Return: 0 or -errno
 */
static int submit_nic(struct model *model, json_t *body, struct error *err)
{
	static const char *const guest[] = {"addr", "vectors"};

	for (size_t i = 0; i < ARRAY_SIZE(guest); i++) {
		if (json_object_del(body, guest[i]) == 0)
			log_warn("parameter '%s' of -net nic is for QEMU and is ignored here",
				 guest[i]);
	}
	return cmdline_submit_nic(model, json_incref(body), false, err);
}

/**
 * make_members() - make what is on the hub, and join it
 * @hub:	the hub
 * @model:	where they go
 *
 * Return: 0, or -1 when that failed; it is printed
 */
static int make_members(const struct hub *hub, struct model *model)
{
	struct error err = {0};
	json_t *netdev = NULL;
	int ret = 0;

	if (hub->nic && !hub->netdev)
		log_warn("hub 0 is not connected to host network");
	if (hub->netdev && !hub->nic)
		log_warn("hub 0 with no nics");
	if (hub->netdev) {
		netdev = cmdline_submit_netdev(model, json_incref(hub->netdev), &err);
		if (!netdev)
			return complain(hub->netdev_text, &err);
	}
	if (hub->nic && netdev)
		json_object_set(hub->nic, "netdev", json_object_get(netdev, "id"));
	if (hub->nic && submit_nic(model, hub->nic, &err) < 0)
		ret = complain(hub->nic_text, &err);
	json_decref(netdev);
	return ret;
}

int cmdline_apply_net(const struct options *options, enum collection collection,
		      struct model *model)
{
	struct hub hub = {0};
	int ret = 0;

	if (collection != COLLECTION_NETDEVS && collection != COLLECTION_NICS)
		return 0;
	for (size_t i = 0; i < options->qemu_count && ret == 0; i++) {
		const char *text = options->qemu[i].text;
		struct error err = {0};
		json_t *named;

		if (options->qemu[i].option != QEMU_NET)
			continue;
		if (sort_one(&hub, text, &named, &err) < 0 ||
		    (named && collection == COLLECTION_NICS && submit_nic(model, named, &err) < 0))
			ret = complain(text, &err);
		json_decref(named);
	}
	if (ret == 0 && collection == COLLECTION_NETDEVS)
		ret = make_members(&hub, model);
	json_decref(hub.nic);
	json_decref(hub.netdev);
	return ret;
}
