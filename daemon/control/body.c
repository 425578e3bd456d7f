/* SPDX-License-Identifier: BSD-2-Clause */
/* Typed by the schemas of openapi.yaml: "restrict=on" becomes true, "hostfwd=" a list's element. */
#include "daemon/control/body.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "api/schema.h"
#include "daemon/control/keyval.h"
#include "net/base/bytes.h"
#include "net/base/error.h"

/**
 * schema() - a schema by its name
 * @name:	name in components/schemas
 *
 * Return: borrowed reference, or NULL
 */
static json_t *schema(const char *name)
{
	json_t *components = json_object_get(schema_spec(), "components");

	return json_object_get(json_object_get(components, "schemas"), name);
}

/**
 * variants() - the variants of a union
 * @name:	name in components/schemas
 *
 * Return: borrowed reference to {"user": "#/components/schemas/NetdevUser"}, NULL if it is none
 */
static json_t *variants(const char *name)
{
	return json_object_get(json_object_get(schema(name), "discriminator"), "mapping");
}

json_t *body_netdev_types(void)
{
	return variants("NetdevCreate");
}

json_t *body_nic_models(void)
{
	json_t *properties = json_object_get(schema("Nic"), "properties");

	return json_object_get(json_object_get(properties, "model"), "enum");
}

json_t *body_schema(const char *name, const char *type)
{
	json_t *mapping = variants(name);
	const char *ref = json_string_value(json_object_get(mapping, type ? type : ""));
	const char *variant = ref ? strrchr(ref, '/') : NULL;

	if (!mapping)
		return schema(name);
	return variant ? schema(variant + 1) : NULL;
}

/**
 * member_schema() - the schema of a member
 * @schema:	schema of the body
 * @key:	the member
 *
 * Return: borrowed reference, or NULL when there is no such member, or it can only be read
 */
static json_t *member_schema(json_t *schema, const char *key)
{
	json_t *member =
		schema_resolve(json_object_get(json_object_get(schema, "properties"), key));

	return json_is_true(json_object_get(member, "readOnly")) ? NULL : member;
}

bool body_takes(const char *schema_name, const char *key)
{
	return member_schema(schema(schema_name), key) != NULL;
}

/**
 * parse_bool() - "on" and its like
 * @key:	parameter
 * @text:	its value; NULL, as in a mere "restrict", is on
 * @err:	says what is wrong
 *
 * Return: new reference, or NULL
 */
static json_t *parse_bool(const char *key, const char *text, struct error *err)
{
	static const char *const on[] = {"on", "yes", "true", "y"};
	static const char *const off[] = {"off", "no", "false", "n"};

	for (size_t i = 0; text && i < ARRAY_SIZE(on); i++) {
		if (strcmp(text, on[i]) == 0)
			return json_true();
		if (strcmp(text, off[i]) == 0)
			return json_false();
	}
	if (!text)
		return json_true();
	error_set(err, EINVAL, "Parameter '%s' expects 'on' or 'off'", key);
	return NULL;
}

/**
 * size_bits() - QEMU's suffixes of sizes
 * @suffix:	what stands behind the number
 *
 * Return: powers of two that it stands for, or -1 when it is none
 */
static int size_bits(const char *suffix)
{
	static const char letters[] = "BKMGTPE";
	const char *at;

	if (suffix[0] == '\0')
		return 0;
	at = strchr(letters, toupper((unsigned char)suffix[0]));
	return at && suffix[1] == '\0' ? 10 * (int)(at - letters) : -1;
}

/**
 * parse_integer() - a number, decimal, octal or hexadecimal as in C
 * @key:	parameter
 * @text:	its value
 * @size:	it is a size in bytes: "64k", "1M" will do
 * @err:	says what is wrong
 *
 * Return: new reference, or NULL
 */
static json_t *parse_integer(const char *key, const char *text, bool size, struct error *err)
{
	long long value;
	char *end;
	int bits;

	errno = 0;
	value = strtoll(text, &end, 0);
	bits = size ? size_bits(end) : *end == '\0' ? 0 : -1;
	if (errno == 0 && end != text && bits >= 0 && llabs(value) <= LLONG_MAX >> bits)
		return json_integer(value * (1LL << bits));
	error_set(err, EINVAL, "Parameter '%s' expects a %s", key,
		  size ? "size, like 4096, 64k or 1M" : "number");
	return NULL;
}

/**
 * parse_value() - a value by its schema
 * @key:	parameter
 * @text:	its value, or NULL
 * @schema:	its schema; NULL: unknown, a string will do
 * @err:	says what is wrong
 *
 * Return: new reference, or NULL
 */
static json_t *parse_value(const char *key, const char *text, json_t *schema, struct error *err)
{
	const char *type = json_string_value(json_object_get(schema, "type"));
	const char *format = json_string_value(json_object_get(schema, "format"));
	json_t *string;

	if (type && strcmp(type, "boolean") == 0)
		return parse_bool(key, text, err);
	if (!text) {
		error_set(err, EINVAL,
			  schema ? "Expected '=' after parameter '%s'" : "Invalid parameter '%s'",
			  key);
		return NULL;
	}
	if (type && strcmp(type, "integer") == 0)
		return parse_integer(key, text, format && strcmp(format, "size") == 0, err);
	string = json_string(text);
	if (!string)
		error_set(err, EINVAL, "Parameter '%s' is not UTF-8", key);
	return string;
}

/**
 * set_member() - one pair into the body
 * @body:	the body
 * @schema:	its schema
 * @key:	parameter
 * @text:	its value, or NULL
 * @err:	says what is wrong
 *
 * Return: 0 or -EINVAL
 */
static int set_member(json_t *body, json_t *schema, const char *key, const char *text,
		      struct error *err)
{
	json_t *member = member_schema(schema, key);
	json_t *items = schema_resolve(json_object_get(member, "items"));
	json_t *list = json_object_get(body, key);
	json_t *value;

	if (schema && !member)
		return error_set(err, EINVAL, "Invalid parameter '%s'", key);
	value = parse_value(key, text, items ? items : member, err);
	if (!value)
		return -EINVAL;
	if (!items) {
		json_object_set_new(body, key, value);
		return 0;
	}
	if (!list) {
		list = json_array();
		json_object_set_new(body, key, list);
	}
	json_array_append_new(list, value);
	return 0;
}

/**
 * split_ipv6_net() - QEMU's "ipv6-net=PREFIX/LENGTH", which is two members of the body
 * @body:	the body
 * @text:	its value, or NULL
 * @err:	says what is wrong
 *
 * Return: 0 or -EINVAL
 */
static int split_ipv6_net(json_t *body, const char *text, struct error *err)
{
	const char *slash = text ? strchr(text, '/') : NULL;
	char *end = NULL;
	long len = slash ? strtol(slash + 1, &end, 10) : 64;

	if (!text)
		return error_set(err, EINVAL, "Expected '=' after parameter 'ipv6-net'");
	if (slash && (end == slash + 1 || *end != '\0'))
		return error_set(err, EINVAL, "parameter 'ipv6-net' expects a number after '/'");
	if (len < 0 || len > 126)
		return error_set(err, EINVAL,
				 "Invalid IPv6 prefix provided (IPv6 prefix length must be "
				 "between 0 and 126)");
	json_object_set_new(body, "ipv6-prefix",
			    json_stringn(text, slash ? (size_t)(slash - text) : strlen(text)));
	json_object_set_new(body, "ipv6-prefixlen", json_integer(len));
	return 0;
}

int body_add_pairs(json_t *body, const char *schema_name, struct keyval *kv, struct error *err)
{
	const char *type = json_string_value(json_object_get(body, "type"));
	json_t *schema = body_schema(schema_name, type);
	bool ipv6 = member_schema(schema, "ipv6-prefix");

	for (size_t i = 0; i < kv->count; i++) {
		int ret = ipv6 && strcmp(kv->key[i], "ipv6-net") == 0
				  ? split_ipv6_net(body, kv->value[i], err)
				  : set_member(body, schema, kv->key[i], kv->value[i], err);

		if (ret < 0)
			return ret;
	}
	return 0;
}
