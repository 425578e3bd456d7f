/* SPDX-License-Identifier: BSD-2-Clause */
/* The validator: interprets the embedded schemas, collects every error with its JSON pointer. */
#include "api/schema.h"

#include <assert.h>
#include <regex.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "api/nearest.h"
#include "daemon/control/problem.h"
#include "net/base/bytes.h"
#include "openapi_gen.h"

#define MAX_DEPTH 16
#define MAX_SHOWN 80 /* bytes of a user's text that an error repeats */

/*
 * Theory of operation
 *
 * The schemas are interpreted as they stand in the document; scripts/spec2c.c has made sure at
 * build time that there is nothing in them that is not understood here. One thing is prepared when
 * the document is loaded: patterns are compiled, and the schema gets a member "$regex" with the
 * number of the result.
 *
 * A union (oneOf) is decided by its discriminator alone, so that errors are about the one variant
 * that was meant. The walk goes on after an error: the user sees all of them at once. It never goes
 * deeper than MAX_DEPTH, whatever the body looks like.
 *
 * A request is completed while it is checked: read-only members are dropped, so that the body of a
 * GET can be sent back, and defaults are filled in, so that they are written down in one place.
 */

/**
 * struct check - one walk through a body
 * @p:		where errors go
 * @request:	a request: drop read-only members, fill in defaults
 * @len:	bytes of @pointer in use
 * @pointer:	JSON pointer fragment of the value that is being checked, cut when it gets too long
 */
struct check {
	struct problem *p;
	bool request;
	size_t len;
	char pointer[192];
};

static json_t *spec;     /* the document */
static regex_t *regexes; /* its patterns, by "$regex" */
static size_t regex_count;

static void check_value(struct check *c, json_t *schema, json_t *value, int depth);

/**
 * compile_patterns() - compile every pattern in a part of the document
 * @node:	the part
 */
static void compile_patterns(json_t *node)
{
	json_t *pattern = json_object_get(node, "pattern"), *child;
	const char *key;
	size_t i;

	if (json_is_string(pattern)) {
		regexes = reallocarray(regexes, regex_count + 1, sizeof(*regexes));
		if (!regexes || regcomp(&regexes[regex_count], json_string_value(pattern),
					REG_EXTENDED | REG_NOSUB))
			abort(); /* spec2c has compiled it before */
		json_object_set_new(node, "$regex", json_integer((json_int_t)regex_count++));
	}
	json_object_foreach (node, key, child)
		compile_patterns(child);
	json_array_foreach (node, i, child)
		compile_patterns(child);
}

json_t *schema_spec(void)
{
	if (!spec) {
		spec = json_loadb(openapi_json, openapi_json_len, 0, NULL);
		assert(spec);
		compile_patterns(spec);
	}
	return spec;
}

json_t *schema_resolve(json_t *node)
{
	const char *ref;

	while ((ref = json_string_value(json_object_get(node, "$ref")))) {
		char path[128], *save = NULL;

		snprintf(path, sizeof(path), "%s", ref);
		node = schema_spec();
		strtok_r(path, "/", &save);
		for (char *key; (key = strtok_r(NULL, "/", &save));)
			node = json_object_get(node, key);
	}
	return node;
}

/** named_schema() - a schema by its name */
static json_t *named_schema(const char *name)
{
	json_t *components = json_object_get(schema_spec(), "components");
	json_t *schema = json_object_get(json_object_get(components, "schemas"), name);

	assert(schema);
	return schema;
}

/**
 * push_char() - one more character for the pointer, escaped as RFC 6901 wants
 * @c:		the walk
 * @ch:		the character
 *
 * Return: false when the pointer is full
 */
static bool push_char(struct check *c, char ch)
{
	const char *out = ch == '~' ? "~0" : ch == '/' ? "~1" : NULL;

	if (c->len + 3 > sizeof(c->pointer))
		return false;
	if (out) {
		c->pointer[c->len++] = out[0];
		ch = out[1];
	}
	c->pointer[c->len++] = ch;
	c->pointer[c->len] = '\0';
	return true;
}

/**
 * push() - make the pointer point at a member
 * @c:		the walk
 * @key:	the member's name
 *
 * Return: what pop() needs
 */
static size_t push(struct check *c, const char *key)
{
	size_t old = c->len;

	if (c->len + 3 < sizeof(c->pointer)) {
		c->pointer[c->len++] = '/';
		c->pointer[c->len] = '\0';
	}
	while (*key && push_char(c, *key))
		key++;
	return old;
}

/** push_index() - make the pointer point at an element */
static size_t push_index(struct check *c, size_t index)
{
	char text[24];

	snprintf(text, sizeof(text), "%zu", index);
	return push(c, text);
}

/** pop() - take back a push() */
static void pop(struct check *c, size_t old)
{
	c->len = old;
	c->pointer[old] = '\0';
}

/** name() - what errors call the value that is being checked */
static const char *name(const struct check *c)
{
	return c->len > 2 ? c->pointer + 2 : "";
}

/** text_of() - the value of a string member of a schema */
static const char *text_of(json_t *schema, const char *key)
{
	return json_string_value(json_object_get(schema, key));
}

/** fail() - an error at the value that is being checked */
#define fail(c, code, ...) problem_add((c)->p, (c)->pointer, code, __VA_ARGS__)

/**
 * check_member_unknown() - a member that the schema does not have
 * @c:		the walk; points at the member
 * @properties:	the members it has
 * @key:	the member's name
 */
static void check_member_unknown(struct check *c, json_t *properties, const char *key)
{
	size_t before = json_array_size(c->p->errors);
	const char *near = nearest_key(properties, key);
	json_t *error;

	fail(c, "unknown-member", "Invalid parameter '%.*s'", MAX_SHOWN, key);
	error = json_array_get(c->p->errors, before);
	if (near && error)
		json_object_set_new(error, "did_you_mean", json_string(near));
}

/** fill_defaults() - add the members of an object that are missing and have a default */
static void fill_defaults(json_t *properties, json_t *object)
{
	const char *key;
	json_t *property;

	json_object_foreach (properties, key, property) {
		json_t *value = json_object_get(schema_resolve(property), "default");

		if (value && !json_object_get(object, key))
			json_object_set_new(object, key, json_deep_copy(value));
	}
}

/** check_required() - are the members there that must be? */
static void check_required(struct check *c, json_t *schema, json_t *object)
{
	json_t *key;
	size_t i;

	json_array_foreach (json_object_get(schema, "required"), i, key) {
		const char *member = json_string_value(key);
		size_t old;

		if (json_object_get(object, member))
			continue;
		old = push(c, member);
		fail(c, "required", "Parameter '%s' is missing", member);
		pop(c, old);
	}
}

/**
 * check_member() - one member of an object
 * @c:		the walk; points at the member
 * @schema:	the object's schema
 * @key:	the member's name
 * @value:	its value
 * @depth:	of the value
 *
 * Return: true when the member must be dropped
 */
static bool check_member(struct check *c, json_t *schema, const char *key, json_t *value, int depth)
{
	json_t *properties = json_object_get(schema, "properties");
	json_t *property = schema_resolve(json_object_get(properties, key));
	json_t *rest = json_object_get(schema, "additionalProperties");

	if (!property && json_is_false(rest))
		check_member_unknown(c, properties, key);
	else if (c->request && json_is_true(json_object_get(property, "readOnly")))
		return true;
	else if (property || json_is_object(rest))
		check_value(c, property ? property : rest, value, depth);
	return false;
}

/** check_object() - the members of an object */
static void check_object(struct check *c, json_t *schema, json_t *object, int depth)
{
	const char *key;
	json_t *value;
	void *next;

	json_object_foreach_safe(object, next, key, value)
	{
		size_t old = push(c, key);

		if (check_member(c, schema, key, value, depth + 1))
			json_object_del(object, key);
		pop(c, old);
	}
	check_required(c, schema, object);
	if (c->request)
		fill_defaults(json_object_get(schema, "properties"), object);
}

/** check_array() - the elements of an array */
static void check_array(struct check *c, json_t *schema, json_t *array, int depth)
{
	json_t *max = json_object_get(schema, "maxItems"), *value;
	size_t i;

	if (max && json_array_size(array) > (size_t)json_integer_value(max)) {
		fail(c, "maxItems",
		     "Parameter '%s' takes at most %" JSON_INTEGER_FORMAT " elements", name(c),
		     json_integer_value(max));
		return;
	}
	json_array_foreach (array, i, value) {
		size_t old = push_index(c, i);

		check_value(c, json_object_get(schema, "items"), value, depth + 1);
		pop(c, old);
	}
}

/** length() - characters (not bytes) of a UTF-8 string */
static json_int_t length(const char *s)
{
	json_int_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

/** check_string() - length and pattern of a string */
static void check_string(struct check *c, json_t *schema, const char *s)
{
	json_t *min = json_object_get(schema, "minLength");
	json_t *max = json_object_get(schema, "maxLength");
	json_t *regex = json_object_get(schema, "$regex");

	if (min && length(s) < json_integer_value(min))
		fail(c, "minLength",
		     "Parameter '%s' takes at least %" JSON_INTEGER_FORMAT " characters", name(c),
		     json_integer_value(min));
	else if (max && length(s) > json_integer_value(max))
		fail(c, "maxLength",
		     "Parameter '%s' takes at most %" JSON_INTEGER_FORMAT " characters", name(c),
		     json_integer_value(max));
	else if (regex && regexec(&regexes[json_integer_value(regex)], s, 0, NULL, 0))
		fail(c, "pattern", "Parameter '%s' does not accept value '%.*s', expected: %s",
		     name(c), MAX_SHOWN, s, text_of(schema, "x-expected"));
}

/** check_integer() - range of an integer */
static void check_integer(struct check *c, json_t *schema, json_int_t value)
{
	json_t *min = json_object_get(schema, "minimum");
	json_t *max = json_object_get(schema, "maximum");

	if (min && value < json_integer_value(min))
		fail(c, "minimum", "Parameter '%s' must not be below %" JSON_INTEGER_FORMAT,
		     name(c), json_integer_value(min));
	else if (max && value > json_integer_value(max))
		fail(c, "maximum", "Parameter '%s' must not be above %" JSON_INTEGER_FORMAT,
		     name(c), json_integer_value(max));
}

/**
 * fail_choice() - an error that lists what there is to choose from
 * @c:		the walk
 * @value:	the value that is none of them; a string, or its text is left out
 * @choices:	array of strings, or an object whose keys are the choices
 */
static void fail_choice(struct check *c, json_t *value, json_t *choices)
{
	char list[256] = "";
	const char *key;
	json_t *choice;
	size_t i;

	json_array_foreach (choices, i, choice)
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", i ? ", " : "",
			 json_string_value(choice));
	json_object_foreach (choices, key, choice)
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s",
			 *list ? ", " : "", key);
	fail(c, "enum", "Parameter '%s' does not accept value '%.*s', expected: %s", name(c),
	     MAX_SHOWN, json_is_string(value) ? json_string_value(value) : "", list);
}

/** check_enum() - is the value one of those that are listed? */
static void check_enum(struct check *c, json_t *choices, json_t *value)
{
	json_t *choice;
	size_t i;

	json_array_foreach (choices, i, choice) {
		if (json_equal(choice, value))
			return;
	}
	fail_choice(c, value, choices);
}

/** type_of() - the type of a value, in the schema's words */
static const char *type_of(json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return "object";
	case JSON_ARRAY:
		return "array";
	case JSON_STRING:
		return "string";
	case JSON_INTEGER:
		return "integer";
	case JSON_REAL:
		return "number";
	case JSON_NULL:
		return "null";
	default:
		return "boolean";
	}
}

/**
 * is_type() - has the value that type? If not, that is an error
 * @c:		the walk
 * @type:	the schema's type
 * @value:	the value
 */
static bool is_type(struct check *c, const char *type, json_t *value)
{
	if (strcmp(type, type_of(value)) == 0)
		return true;
	if (c->len > 1)
		fail(c, "type", "Invalid parameter type for '%s', expected: %s", name(c), type);
	else
		fail(c, "type", "The body is not of type %s", type);
	return false;
}

/**
 * check_union() - let the discriminator choose the schema
 * @c:		the walk
 * @schema:	schema with oneOf
 * @value:	the value
 * @depth:	its depth
 */
static void check_union(struct check *c, json_t *schema, json_t *value, int depth)
{
	json_t *discriminator = json_object_get(schema, "discriminator");
	json_t *mapping = json_object_get(discriminator, "mapping");
	const char *member = text_of(discriminator, "propertyName");
	json_t *tag, *ref;
	size_t old;

	if (!is_type(c, "object", value))
		return;
	tag = json_object_get(value, member);
	ref = json_is_string(tag) ? json_object_get(mapping, json_string_value(tag)) : NULL;
	if (ref) {
		json_t *variant = json_pack("{s:O}", "$ref", ref);

		check_value(c, schema_resolve(variant), value, depth);
		json_decref(variant);
		return;
	}
	old = push(c, member);
	if (!tag)
		fail(c, "required", "Parameter '%s' is missing", member);
	else if (is_type(c, "string", tag))
		fail_choice(c, tag, mapping);
	pop(c, old);
}

/** check_typed() - what the schema says about a value of the right type */
static void check_typed(struct check *c, json_t *schema, json_t *value, int depth)
{
	json_t *choices = json_object_get(schema, "enum");

	if (choices)
		check_enum(c, choices, value);
	else if (json_is_object(value))
		check_object(c, schema, value, depth);
	else if (json_is_array(value))
		check_array(c, schema, value, depth);
	else if (json_is_string(value))
		check_string(c, schema, json_string_value(value));
	else if (json_is_integer(value))
		check_integer(c, schema, json_integer_value(value));
}

/**
 * check_value() - check a value and what is in it
 * @c:		the walk; points at the value
 * @schema:	its schema
 * @value:	the value
 * @depth:	how deep it lies; the body itself is 0
 */
static void check_value(struct check *c, json_t *schema, json_t *value, int depth)
{
	schema = schema_resolve(schema);
	if (depth > MAX_DEPTH)
		fail(c, "too-deep", "the body is nested deeper than %d levels", MAX_DEPTH);
	else if (json_is_null(value) && json_is_true(json_object_get(schema, "nullable")))
		return;
	else if (json_object_get(schema, "oneOf"))
		check_union(c, schema, value, depth);
	else if (is_type(c, text_of(schema, "type"), value))
		check_typed(c, schema, value, depth);
}

/** finish() - what a walk found: 0, or -1 when there were errors */
static int finish(const struct check *c)
{
	return c->p->type == PROBLEM_NONE ? 0 : -1;
}

int schema_check(const char *schema, json_t *body, struct problem *p)
{
	struct check c = {.p = p, .request = true, .len = 1, .pointer = "#"};

	check_value(&c, named_schema(schema), body, 0);
	return finish(&c);
}

int schema_check_response(const char *schema, json_t *body, struct problem *p)
{
	struct check c = {.p = p, .len = 1, .pointer = "#"};

	check_value(&c, named_schema(schema), body, 0);
	return finish(&c);
}

/** parse_text() - a text in the type that the schema wants, if it can be read so */
static json_t *parse_text(const char *type, const char *text)
{
	bool yes = strcmp(text, "true") == 0;
	char *end;
	long long n;

	if (strcmp(type, "boolean") == 0 && (yes || strcmp(text, "false") == 0))
		return json_boolean(yes);
	if (strcmp(type, "integer") == 0 && text[strspn(text, "-0123456789")] == '\0') {
		n = strtoll(text, &end, 10);
		if (*text && !*end)
			return json_integer(n);
	}
	return json_string(text);
}

json_t *schema_check_text(json_t *schema, const char *parameter, const char *text,
			  struct problem *p)
{
	struct check c = {.p = p, .request = true, .len = 1, .pointer = "#"};
	json_t *value;

	schema = schema_resolve(schema);
	push(&c, parameter);
	value = parse_text(text_of(schema, "type"), text);
	if (value)
		check_value(&c, schema, value, 0);
	else
		fail(&c, "type", "Parameter '%s' is not UTF-8", name(&c));
	if (finish(&c) == 0)
		return value;
	json_decref(value);
	return NULL;
}
