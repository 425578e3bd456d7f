/* SPDX-License-Identifier: BSD-2-Clause */
/* From QEMU's options to bodies, and from problems to QEMU's texts. */
#include "daemon/control/cmdline.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "daemon/control/body.h"
#include "daemon/control/cmdline_impl.h"
#include "daemon/control/keyval.h"
#include "daemon/control/object.h"
#include "daemon/control/options.h"
#include "daemon/control/problem.h"
#include "devices/nic.h"
#include "net/backend/backend.h"
#include "net/base/bytes.h"
#include "net/base/error.h"
#include "net/base/log.h"

/*
 * Theory of operation
 *
 * An option becomes the body that a POST would have. The schemas of openapi.yaml say which type a
 * member has, so that "restrict=on" becomes true and "hostfwd=..." an element of a list. What the
 * members may be is left to the schemas and to the model; their answers are in QEMU's words where
 * QEMU has some, and are rephrased here only where -device speaks of properties.
 */

/* Properties of every QEMU PCI device that say where it sits in the guest: QEMU takes those. */
static const char *const guest_properties[] = {"addr",    "bootindex", "bus",     "multifunction",
					       "romfile", "rombar",    "romsize", "init-vet"};

/**
 * unwrap_lists() - QEMU's JSON lists of {"str": "..."} to lists of strings
 * @body:	the body
 */
static void unwrap_lists(json_t *body)
{
	const char *key;
	json_t *list, *item;
	size_t i;

	json_object_foreach (body, key, list) {
		json_array_foreach (list, i, item) {
			json_t *string = json_object_get(item, "str");

			if (json_object_size(item) == 1 && json_is_string(string))
				json_array_set(list, i, string);
		}
	}
}

/**
 * parse_json() - the JSON form of an option
 * @text:	its value, beginning with '{'
 * @err:	says what is wrong
 *
 * Return: new reference to an object, or NULL
 */
static json_t *parse_json(const char *text, struct error *err)
{
	json_error_t why;
	json_t *body = json_loads(text, JSON_REJECT_DUPLICATES, &why);

	if (!body) {
		error_set(err, EINVAL, "JSON parse error, %s", why.text);
		return NULL;
	}
	unwrap_lists(body);
	return body;
}

int cmdline_check_netdev(const json_t *body, bool need_id, struct error *err)
{
	const char *type = json_string_value(json_object_get(body, "type"));

	if (!type)
		return error_set(err, EINVAL, "Parameter 'type' is missing");
	if (need_id && !json_object_get(body, "id"))
		return error_set(err, EINVAL, "Parameter 'id' is missing");
	if (!body_schema("NetdevCreate", type))
		return error_set(err, EINVAL, "Parameter 'type' does not accept value '%s'", type);
	return 0;
}

/**
 * first_error() - the first error of a problem at a member
 * @p:		the problem
 * @member:	name in the error
 *
 * Return: its text, or NULL
 */
static const char *first_error(const struct problem *p, const char *member)
{
	return json_string_value(json_object_get(json_array_get(p->errors, 0), member));
}

/**
 * explain() - a problem in one sentence
 * @p:		the problem
 * @err:	filled
 *
 * Return: negative errno
 */
static int explain(const struct problem *p, struct error *err)
{
	const char *detail = first_error(p, "detail");
	const char *pointer = first_error(p, "pointer");

	if (detail && pointer && strcmp(pointer, "#/id") == 0 && p->type == PROBLEM_VALIDATION &&
	    strcmp(first_error(p, "code"), "pattern") == 0)
		detail = "Parameter 'id' expects an identifier\nIdentifiers consist of letters, "
			 "digits, '-', '.', '_', starting with a letter.";
	return error_set(err, EINVAL, "%s", detail ? detail : p->detail);
}

/**
 * submit() - make the object
 * @model:	where it goes
 * @c:		its collection
 * @body:	its body; the reference is taken
 * @p:		says why not; the caller frees it
 *
 * Return: new reference to the object, or NULL
 */
static json_t *submit(struct model *model, enum collection c, json_t *body, struct problem *p)
{
	json_t *object = NULL;

	model->from_cli = true;
	if (api_submit(model, c, body, &object, p) < 0)
		object = NULL;
	model->from_cli = false;
	json_decref(body);
	return object;
}

json_t *cmdline_submit_netdev(struct model *model, json_t *body, struct error *err)
{
	struct problem p = {0};
	json_t *object = submit(model, COLLECTION_NETDEVS, body, &p);

	if (!object && p.type == PROBLEM_EXISTS)
		error_set(err, EEXIST, "%s for netdev", first_error(&p, "detail"));
	else if (!object)
		explain(&p, err);
	problem_done(&p);
	return object;
}

/**
 * explain_device() - a problem with a NIC, as -device says it
 * @p:		the problem
 * @body:	the NIC's body
 * @err:	filled
 */
static void explain_device(const struct problem *p, const json_t *body, struct error *err)
{
	const char *pointer = first_error(p, "pointer");
	const char *code = first_error(p, "code");
	const char *key = pointer && strncmp(pointer, "#/", 2) == 0 ? pointer + 2 : "";
	const char *model = json_string_value(json_object_get(body, "model"));
	const char *value = json_string_value(json_object_get(body, key));

	if (!code || !value || strcmp(key, "id") == 0)
		explain(p, err);
	else if (strcmp(code, "no-such-object") == 0)
		error_set(err, ENODEV, "Property '%s.%s' can't find value '%s'", model, key, value);
	else if (strcmp(code, "in-use") == 0)
		error_set(err, EBUSY, "Property '%s.%s' can't take value '%s', it's in use", model,
			  key, value);
	else if (strcmp(code, "pattern") == 0)
		error_set(err, EINVAL, "Property '%s.%s' doesn't take value '%s'", model, key,
			  value);
	else
		explain(p, err);
	if (p->type == PROBLEM_EXISTS && strcmp(key, "id") == 0)
		error_set(err, EEXIST, "%s for device", first_error(p, "detail"));
}

int cmdline_submit_nic(struct model *model, json_t *body, bool device, struct error *err)
{
	struct problem p = {0};
	json_t *copy = json_deep_copy(body);
	json_t *object = submit(model, COLLECTION_NICS, body, &p);

	if (object)
		log_info("%s: a guest plugs it in at %s",
			 json_string_value(json_object_get(object, "id")),
			 json_string_value(json_object_get(object, "socket")));
	else if (device)
		explain_device(&p, copy, err);
	else
		explain(&p, err);
	json_decref(copy);
	problem_done(&p);
	if (!object)
		return -err->code;
	json_decref(object);
	return 0;
}

/**
 * apply_netdev() - one -netdev
 * @model:	where it goes
 * @text:	its value
 * @err:	says what is wrong
 *
 * Return: 0 or -errno
 */
static int apply_netdev(struct model *model, const char *text, struct error *err)
{
	json_t *body = text[0] == '{' ? parse_json(text, err) : json_object();
	struct keyval kv = {0};
	json_t *object = NULL;
	int ret = body ? 0 : -EINVAL;

	if (ret == 0 && text[0] != '{') {
		const char *type;

		ret = keyval_parse(&kv, text, "type", err);
		type = keyval_take(&kv, "type");
		if (type)
			json_object_set_new(body, "type", json_string(type));
		if (ret == 0)
			ret = body_add_pairs(body, "NetdevCreate", &kv, err);
	}
	if (ret == 0)
		ret = cmdline_check_netdev(body, true, err);
	if (ret == 0) {
		object = cmdline_submit_netdev(model, json_incref(body), err);
		ret = object ? 0 : -err->code;
	}
	json_decref(object);
	json_decref(body);
	keyval_done(&kv);
	return ret;
}

/**
 * apply_nic() - one -nic: a netdev and a NIC on it
 * @model:	where they go
 * @text:	its value
 * @err:	says what is wrong
 *
 * Return: 0 or -errno
 */
static int apply_nic(struct model *model, const char *text, struct error *err)
{
	json_t *netdev = json_object(), *nic = json_object(), *object = NULL;
	struct keyval kv;
	int ret = keyval_parse(&kv, text, "type", err);
	const char *type = keyval_take(&kv, "type");
	const char *card = keyval_take(&kv, "model");
	const char *mac = keyval_take(&kv, "mac");

	json_object_set_new(netdev, "type", json_string(type ? type : "user"));
	if (card)
		json_object_set_new(nic, "model", json_string(card));
	if (mac)
		json_object_set_new(nic, "mac", json_string(mac));
	if (type && strcmp(type, "none") == 0)
		goto out;
	if (ret == 0)
		ret = body_add_pairs(netdev, "NetdevCreate", &kv, err);
	if (ret == 0)
		ret = cmdline_check_netdev(netdev, false, err);
	if (ret == 0) {
		object = cmdline_submit_netdev(model, json_incref(netdev), err);
		ret = object ? 0 : -err->code;
	}
	if (ret == 0) {
		json_object_set(nic, "netdev", json_object_get(object, "id"));
		ret = cmdline_submit_nic(model, json_incref(nic), false, err);
	}
out:
	json_decref(object);
	json_decref(netdev);
	json_decref(nic);
	keyval_done(&kv);
	return ret;
}

/**
 * drop_guest_properties() - leave out what only matters in the guest
 * @body:	a NIC's body
 * @model:	its model
 */
static void drop_guest_properties(json_t *body, const char *model)
{
	for (size_t i = 0; i < ARRAY_SIZE(guest_properties); i++) {
		if (json_object_del(body, guest_properties[i]) == 0)
			log_warn("property '%s.%s' is for QEMU and is ignored here", model,
				 guest_properties[i]);
	}
}

/**
 * check_properties() - has a NIC all the properties that are set?
 * @body:	its body
 * @model:	its model
 * @err:	says which it has not
 *
 * Return: 0 or -EINVAL
 */
static int check_properties(json_t *body, const char *model, struct error *err)
{
	const char *key;
	json_t *value;

	json_object_foreach (body, key, value) {
		if (!body_takes("Nic", key))
			return error_set(err, EINVAL, "Property '%s.%s' not found", model, key);
	}
	return 0;
}

/**
 * apply_device() - one -device: a NIC
 * @model:	where it goes
 * @text:	its value
 * @err:	says what is wrong
 *
 * Return: 0 or -errno
 */
static int apply_device(struct model *model, const char *text, struct error *err)
{
	json_t *body = text[0] == '{' ? parse_json(text, err) : json_object();
	struct keyval kv = {0};
	json_t *driver;
	const char *name;
	int ret = body ? 0 : -EINVAL;

	if (ret == 0 && text[0] != '{') {
		ret = keyval_parse(&kv, text, "driver", err);
		for (size_t i = 0; ret == 0 && i < kv.count; i++)
			json_object_set_new(body, kv.key[i],
					    json_string(kv.value[i] ? kv.value[i] : "on"));
	}
	driver = json_object_get(body, "driver");
	name = json_string_value(driver);
	if (ret == 0 && !name)
		ret = error_set(err, EINVAL, "Parameter 'driver' is missing");
	if (ret == 0 && strcmp(name, "e1000-82540em") == 0)
		name = "e1000"; /* QEMU's own alias */
	if (ret == 0 && !nic_class(name))
		ret = error_set(err, ENODEV, "'%s' is not a valid device model name", name);
	if (ret == 0) {
		json_object_set_new(body, "model", json_string(name));
		json_object_del(body, "driver");
		name = json_string_value(json_object_get(body, "model"));
		drop_guest_properties(body, name);
		ret = check_properties(body, name, err);
	}
	if (ret == 0)
		ret = cmdline_submit_nic(model, json_incref(body), true, err);
	json_decref(body);
	keyval_done(&kv);
	return ret;
}

/**
 * struct way - how an option becomes objects
 * @name:	the option
 * @collection:	where its first object goes
 * @apply:	makes them. Return: 0 or -errno
 */
struct way {
	const char *name;
	enum collection collection;
	int (*apply)(struct model *model, const char *text, struct error *err);
};

static const struct way ways[] = {
	[QEMU_NETDEV] = {"-netdev", COLLECTION_NETDEVS, apply_netdev},
	[QEMU_NIC] = {"-nic", COLLECTION_NETDEVS, apply_nic},
	[QEMU_DEVICE] = {"-device", COLLECTION_NICS, apply_device},
};

/**
 * apply_option() - make what one option asks for, each time it was given
 * @options:	the command line
 * @option:	the option
 * @model:	where it goes
 *
 * Return: 0, or -1 when something could not be made; that is printed
 */
static int apply_option(const struct options *options, enum qemu_option option, struct model *model)
{
	struct error err = {0};

	for (size_t i = 0; i < options->qemu_count; i++) {
		const struct qemu_arg *arg = &options->qemu[i];

		if (arg->option != option || ways[option].apply(model, arg->text, &err) == 0)
			continue;
		fprintf(stderr, "patchbayd: %s %s: %s\n", ways[option].name, arg->text,
			err.message);
		return -1;
	}
	return 0;
}

int cmdline_apply(const struct options *options, enum collection collection, struct model *model)
{
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		if (ways[i].collection == collection &&
		    apply_option(options, (enum qemu_option)i, model) < 0)
			return -1;
	}
	return cmdline_apply_net(options, collection, model);
}
