/* SPDX-License-Identifier: BSD-2-Clause */
/* Build tool: openapi.yaml to C; refuses what the validator does not know, with file:line. */

/*
 * Usage: spec2c openapi.yaml OUTDIR
 *
 * Writes OUTDIR/openapi_gen.[ch], the YAML's bytes and its JSON form, and OUTDIR/openapi_routes.h,
 * for each operation an X(operation, method, path, request schema, response schema, status, media,
 * public), which is 1 if it has `security: []` of its own.
 *
 * What is checked here need not be checked at run time: every keyword of a schema is one that
 * api/schema.c implements, every $ref leads to a schema, every pattern is both a POSIX extended and
 * an ECMAScript regular expression, nothing in the YAML means something else to a YAML 1.1 reader.
 */
#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <regex.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

#include "scripts/c_string.h"

#define SCHEMA_PREFIX "#/components/schemas/"

static const char *file;    /* name of the YAML file, for messages */
static yaml_document_t doc; /* the document */

/** die() - print file:line of the node (NULL: none) and the reason, and end */
static void __attribute__((noreturn, format(printf, 2, 3)))
die(const yaml_node_t *node, const char *fmt, ...)
{
	va_list ap;

	if (node)
		fprintf(stderr, "%s:%zu: ", file, node->start_mark.line + 1);
	else
		fprintf(stderr, "%s: ", file);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

/** node_at() - a node of the document by its number */
static yaml_node_t *node_at(int index)
{
	return yaml_document_get_node(&doc, index);
}

/**
 * text() - the text of a scalar
 * @node:	a node; anything but a scalar ends the program
 */
static const char *text(const yaml_node_t *node)
{
	if (node->type != YAML_SCALAR_NODE)
		die(node, "expected a scalar");
	if (strlen((const char *)node->data.scalar.value) != node->data.scalar.length)
		die(node, "NUL in a scalar");
	return (const char *)node->data.scalar.value;
}

/** is_plain() - does the scalar stand there without quotes? */
static bool is_plain(const yaml_node_t *node)
{
	return node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

/** is_one_of() - is the word in the NULL-terminated list? */
static bool is_one_of(const char *word, const char *const list[])
{
	for (; *list; list++) {
		if (strcmp(word, *list) == 0)
			return true;
	}
	return false;
}

/** is_integer() - is the text a decimal integer? */
static bool is_integer(const char *s)
{
	if (*s == '-')
		s++;
	if (!*s || (*s == '0' && s[1]))
		return false;
	return strspn(s, "0123456789") == strlen(s);
}

/** length() - number of members of a mapping or elements of a sequence; 0 for NULL and the rest */
static int length(const yaml_node_t *node)
{
	if (node && node->type == YAML_MAPPING_NODE)
		return (int)(node->data.mapping.pairs.top - node->data.mapping.pairs.start);
	if (node && node->type == YAML_SEQUENCE_NODE)
		return (int)(node->data.sequence.items.top - node->data.sequence.items.start);
	return 0;
}

/** key_node() - the key of a mapping's i-th member */
static yaml_node_t *key_node(const yaml_node_t *map, int i)
{
	return node_at(map->data.mapping.pairs.start[i].key);
}

/** key_at() - the key of a mapping's i-th member, as text */
static const char *key_at(const yaml_node_t *map, int i)
{
	return text(key_node(map, i));
}

/** value_at() - the value of a mapping's i-th member, or the i-th element of a sequence */
static yaml_node_t *value_at(const yaml_node_t *node, int i)
{
	if (node->type == YAML_MAPPING_NODE)
		return node_at(node->data.mapping.pairs.start[i].value);
	return node_at(node->data.sequence.items.start[i]);
}

/** find() - the value of a mapping's member, or NULL; NULL and other nodes have no members */
static yaml_node_t *find(const yaml_node_t *map, const char *key)
{
	if (!map || map->type != YAML_MAPPING_NODE)
		return NULL;
	for (int i = 0; i < length(map); i++) {
		if (strcmp(key_at(map, i), key) == 0)
			return value_at(map, i);
	}
	return NULL;
}

/* --- YAML to JSON --- */

static json_t *to_json(const yaml_node_t *node);

/** scalar_to_json() - resolve a scalar as the JSON schema of YAML 1.2 does */
static json_t *scalar_to_json(const yaml_node_t *node)
{
	static const char *const traps[] = {"yes", "no", "on", "off", "y", "n", "~", "", NULL};
	const char *s = text(node);
	char *end;

	if (!is_plain(node))
		return json_string(s);
	if (strcmp(s, "true") == 0 || strcmp(s, "false") == 0)
		return json_boolean(s[0] == 't');
	if (strcmp(s, "null") == 0)
		return json_null();
	if (is_integer(s))
		return json_integer(strtoll(s, NULL, 10));
	strtod(s, &end);
	if (!*end || is_one_of(s, traps) || strcasecmp(s, "true") == 0 ||
	    strcasecmp(s, "false") == 0)
		die(node, "\"%s\" means different things to different YAML readers: quote it", s);
	return json_string(s);
}

/** mapping_to_json() - a mapping, whose keys must be unique strings */
static json_t *mapping_to_json(const yaml_node_t *node)
{
	json_t *object = json_object();

	for (int i = 0; i < length(node); i++) {
		const yaml_node_t *key = key_node(node, i);

		if (is_plain(key) &&
		    (is_integer(text(key)) || json_is_boolean(scalar_to_json(key))))
			die(key, "key %s is not a string: quote it", text(key));
		if (json_object_get(object, text(key)))
			die(key, "key \"%s\" stands here twice", text(key));
		json_object_set_new(object, text(key), to_json(value_at(node, i)));
	}
	return object;
}

/** to_json() - a node and what is below it */
static json_t *to_json(const yaml_node_t *node)
{
	json_t *array;

	if (node->type == YAML_SCALAR_NODE)
		return scalar_to_json(node);
	if (node->type == YAML_MAPPING_NODE)
		return mapping_to_json(node);
	array = json_array();
	for (int i = 0; i < length(node); i++)
		json_array_append_new(array, to_json(value_at(node, i)));
	return array;
}

/* --- the schema subset --- */

static const char *const types[] = {"object", "array", "string", "integer", "boolean", NULL};

/* Keywords whose values need no check of their own beyond their JSON type. */
static const char *const plain_keywords[] = {"description", "example",   "title",      "default",
					     "format",      "minLength", "maxLength",  "maxItems",
					     "minimum",     "maximum",   "nullable",   "readOnly",
					     "enum",        "required",  "x-expected", NULL};
static const char *const integer_keywords[] = {"minLength", "maxLength", "maxItems",
					       "minimum",   "maximum",   NULL};
static const char *const boolean_keywords[] = {"nullable", "readOnly", NULL};

static void check_schema(const yaml_node_t *schema, bool named);

/** components_schema() - the schema a $ref names; anything else ends the program */
static const yaml_node_t *components_schema(const yaml_node_t *ref)
{
	const yaml_node_t *root = yaml_document_get_root_node(&doc);
	const yaml_node_t *found = NULL;

	if (strncmp(text(ref), SCHEMA_PREFIX, strlen(SCHEMA_PREFIX)) == 0)
		found = find(find(find(root, "components"), "schemas"),
			     text(ref) + strlen(SCHEMA_PREFIX));
	if (!found)
		die(ref, "$ref \"%s\" leads to no schema", text(ref));
	return found;
}

/**
 * check_bracket() - a bracket expression of a pattern: nothing in it may differ between dialects
 * @node:	the pattern, for messages
 * @s:		first character behind the '['
 *
 * Return: the closing ']'
 */
static const char *check_bracket(const yaml_node_t *node, const char *s)
{
	if (*s == '^')
		s++;
	if (*s == ']')
		die(node, "']' first in a bracket expression is not portable");
	for (; *s && *s != ']'; s++) {
		if (*s == '\\' || *s == '[')
			die(node, "'%c' in a bracket expression is not portable", *s);
	}
	return s;
}

/** check_dialect() - is the pattern free of what C, JavaScript and Python read differently? */
static void check_dialect(const yaml_node_t *node)
{
	const char *s = text(node);

	if (s[0] != '^' || s[strlen(s) - 1] != '$')
		die(node, "a pattern begins with ^ and ends with $");
	for (; *s; s++) {
		if (*s == '\\') {
			if (isalnum((unsigned char)*++s))
				die(node, "\\%c is not a POSIX regular expression", *s);
		} else if (*s == '[') {
			s = check_bracket(node, s + 1);
		} else if (*s == '(' && s[1] == '?') {
			die(node, "(? is not a POSIX regular expression");
		} else if (strchr("*+?}", *s) && s[1] && strchr("*+?", s[1])) {
			die(node, "%.2s is not a POSIX regular expression", s);
		}
		if (!*s)
			die(node, "the pattern ends too early");
	}
}

/** check_pattern() - a pattern must be a POSIX extended regular expression and portable */
static void check_pattern(const yaml_node_t *node)
{
	regex_t regex;
	char why[128];
	int rc;

	check_dialect(node);
	rc = regcomp(&regex, text(node), REG_EXTENDED | REG_NOSUB);
	if (rc) {
		regerror(rc, &regex, why, sizeof(why));
		die(node, "pattern: %s", why);
	}
	regfree(&regex);
}

/** check_one_of() - oneOf goes with a discriminator that maps to its very schemas */
static void check_one_of(const yaml_node_t *schema, const yaml_node_t *list)
{
	const yaml_node_t *discriminator = find(schema, "discriminator");
	const yaml_node_t *mapping = find(discriminator, "mapping");

	if (!length(mapping) || !find(discriminator, "propertyName"))
		die(list, "oneOf needs a discriminator with propertyName and mapping");
	if (length(mapping) != length(list))
		die(mapping, "the mapping has another number of schemas than oneOf");
	for (int i = 0; i < length(list); i++) {
		const yaml_node_t *ref = find(value_at(list, i), "$ref");

		if (!ref || strcmp(text(ref), text(value_at(mapping, i))) != 0)
			die(list, "oneOf: expected the $refs of the mapping, in its order");
		components_schema(ref);
	}
}

/** check_plain() - the JSON type of a simple keyword's value */
static void check_plain(const char *key, const yaml_node_t *value)
{
	json_t *json = to_json(value);

	if (is_one_of(key, integer_keywords) && !json_is_integer(json))
		die(value, "%s: expected an integer", key);
	if (is_one_of(key, boolean_keywords) && !json_is_boolean(json))
		die(value, "%s: expected true or false", key);
	if ((strcmp(key, "enum") == 0 || strcmp(key, "required") == 0) && !json_array_size(json))
		die(value, "%s: expected a list", key);
	json_decref(json);
}

/**
 * check_keyword() - one keyword of a schema
 * @schema:	the schema
 * @key:	the keyword's node
 * @value:	its value
 * @named:	the schema stands in components/schemas
 */
static void check_keyword(const yaml_node_t *schema, const yaml_node_t *key,
			  const yaml_node_t *value, bool named)
{
	const char *name = text(key);

	if (strcmp(name, "$ref") == 0) {
		if (length(schema) != 1)
			die(key, "$ref must stand alone");
		components_schema(value);
	} else if (strcmp(name, "type") == 0) {
		if (!is_one_of(text(value), types))
			die(value, "type \"%s\" is not supported", text(value));
	} else if (strcmp(name, "properties") == 0) {
		if (!named)
			die(key, "an object within a schema needs a name: move it to "
				 "components/schemas");
		for (int i = 0; i < length(value); i++)
			check_schema(value_at(value, i), false);
	} else if (strcmp(name, "items") == 0 || strcmp(name, "additionalProperties") == 0) {
		if (value->type != YAML_SCALAR_NODE)
			check_schema(value, false);
		else if (name[0] == 'i' || !json_is_boolean(scalar_to_json(value)))
			die(value, "%s: expected a schema", name);
	} else if (strcmp(name, "oneOf") == 0) {
		check_one_of(schema, value);
	} else if (strcmp(name, "pattern") == 0) {
		check_pattern(value);
	} else if (is_one_of(name, plain_keywords)) {
		check_plain(name, value);
	} else if (strcmp(name, "discriminator") != 0) {
		die(key, "schema keyword \"%s\" is not supported", name);
	}
}

/** check_schema() - every keyword of a schema; @named: it stands in components/schemas */
static void check_schema(const yaml_node_t *schema, bool named)
{
	if (schema->type != YAML_MAPPING_NODE)
		die(schema, "expected a schema");
	if (!find(schema, "type") && !find(schema, "$ref") && !find(schema, "oneOf"))
		die(schema, "a schema needs type, $ref or oneOf");
	if (find(schema, "pattern") && !find(schema, "x-expected"))
		die(schema, "a pattern needs x-expected: what it wants, for people");
	for (int i = 0; i < length(schema); i++)
		check_keyword(schema, key_node(schema, i), value_at(schema, i), named);
}

/** check_all_schemas() - the named ones and whatever stands under a key `schema` anywhere */
static void check_all_schemas(const yaml_node_t *node, bool in_components)
{
	for (int i = 0; i < length(node); i++) {
		const yaml_node_t *value = value_at(node, i);
		const char *key = node->type == YAML_MAPPING_NODE ? key_at(node, i) : "";

		if (in_components && strcmp(key, "schemas") == 0) {
			for (int k = 0; k < length(value); k++)
				check_schema(value_at(value, k), true);
		} else if (strcmp(key, "schema") == 0) {
			check_schema(value, false);
		} else if (strcmp(key, "example") != 0 && strcmp(key, "examples") != 0) {
			check_all_schemas(value, strcmp(key, "components") == 0);
		}
	}
}

/* --- output --- */

/** open_out() - open OUTDIR/NAME for writing */
static FILE *open_out(const char *dir, const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	if (!f) {
		fprintf(stderr, "spec2c: %s: %s\n", path, strerror(errno));
		exit(1);
	}
	fputs("/* SPDX-License-Identifier: BSD-2-Clause */\n", f);
	fputs("/* Made from openapi.yaml by scripts/spec2c.c. */\n", f);
	return f;
}

/** close_out() - close an output file; a write that failed ends the program */
static void close_out(FILE *f)
{
	if (ferror(f) | fclose(f)) {
		fprintf(stderr, "spec2c: cannot write: %s\n", strerror(errno));
		exit(1);
	}
}

/** put_bytes() - define NAME[] and NAME_len with these bytes */
static void put_bytes(FILE *f, const char *name, const char *bytes, size_t len)
{
	int column = 0;

	fprintf(f, "\nconst size_t %s_len = %zu;\nconst char %s[] =\n\t\"", name, len, name);
	for (size_t i = 0; i < len; i++)
		put_c_byte(f, (unsigned char)bytes[i], &column);
	fputs("\";\n", f);
}

/**
 * media_schema() - the one schema of a `content` mapping
 * @content:	the mapping, or NULL
 * @ret_media:	first media type, or NULL when there is no content
 *
 * Return: name of the schema, "" for one without a name, NULL when there is no content
 */
static const char *media_schema(const yaml_node_t *content, const char **ret_media)
{
	const char *name = NULL;

	*ret_media = content ? key_at(content, 0) : NULL;
	for (int i = 0; i < length(content); i++) {
		const yaml_node_t *ref = find(find(value_at(content, i), "schema"), "$ref");
		const char *this = ref ? text(ref) + strlen(SCHEMA_PREFIX) : "";

		if (name && !*this)
			continue; /* the same for people: HTML, text */
		if (name && strcmp(name, this) != 0)
			die(content, "all media types must have the same schema");
		name = this;
	}
	return name;
}

/** put_string() - a C string argument, or NULL */
static void put_string(FILE *f, const char *s)
{
	fprintf(f, ", %s%s%s", s ? "\"" : "", s ? s : "NULL", s ? "\"" : "");
}

/** is_public() - may everybody have the operation, by `security: []`? */
static bool is_public(const yaml_node_t *op)
{
	if (length(find(op, "security")) > 0)
		die(op, "an operation's security is [] or that of the document");
	return find(op, "security") != NULL;
}

/**
 * put_route() - one line of the route table
 * @f:		output
 * @path:	path template
 * @method:	lower-case method
 * @op:		the operation
 */
static void put_route(FILE *f, const char *path, const char *method, const yaml_node_t *op)
{
	const yaml_node_t *id = find(op, "operationId"), *responses = find(op, "responses");
	const char *status = NULL, *request, *response, *media;
	const yaml_node_t *success = NULL;

	if (!id || !responses || !find(op, "summary") || !find(op, "tags"))
		die(op, "an operation needs operationId, summary, tags and responses");
	for (int i = 0; i < length(responses); i++) {
		if (key_at(responses, i)[0] != '2')
			continue;
		if (status)
			die(responses, "more than one successful response");
		status = key_at(responses, i);
		success = value_at(responses, i);
	}
	if (!status)
		die(responses, "no successful response");
	request = media_schema(find(find(op, "requestBody"), "content"), &media);
	if (request && !*request)
		die(op, "the request's schema needs a name");
	response = media_schema(find(success, "content"), &media);
	fprintf(f, " \\\n\tX(%s, ", text(id));
	for (; *method; method++)
		fputc(toupper((unsigned char)*method), f);
	fprintf(f, ", \"%s\"", path);
	put_string(f, request);
	put_string(f, response && *response ? response : NULL);
	fprintf(f, ", %s", status);
	put_string(f, media);
	fprintf(f, ", %d)", is_public(op));
}

/** put_routes() - the route table */
static void put_routes(FILE *f)
{
	static const char *const methods[] = {"get", "post", "put", "patch", "delete", NULL};
	const yaml_node_t *paths = find(yaml_document_get_root_node(&doc), "paths");

	if (!paths)
		die(NULL, "no paths");
	fputs("#pragma once\n\n/* operation, method, path, request schema, response schema, "
	      "status, media type, public */\n"
	      "#define OPENAPI_ROUTES(X)",
	      f);
	for (int i = 0; i < length(paths); i++) {
		const yaml_node_t *item = value_at(paths, i);

		for (int k = 0; k < length(item); k++) {
			if (is_one_of(key_at(item, k), methods))
				put_route(f, key_at(paths, i), key_at(item, k), value_at(item, k));
			else if (strcmp(key_at(item, k), "parameters") != 0)
				die(key_node(item, k), "\"%s\" is not supported here",
				    key_at(item, k));
		}
	}
	fputc('\n', f);
}

/** read_file() - a whole file; whatever fails ends the program */
static char *read_file(const char *path, size_t *ret_len)
{
	FILE *f = fopen(path, "r");
	char *data;
	long len;

	if (!f || fseek(f, 0, SEEK_END) < 0 || (len = ftell(f)) < 0) {
		fprintf(stderr, "spec2c: %s: %s\n", path, strerror(errno));
		exit(1);
	}
	rewind(f);
	data = malloc((size_t)len + 1);
	*ret_len = fread(data, 1, (size_t)len, f);
	fclose(f);
	return data;
}

/** load() - parse the YAML */
static void load(const char *data, size_t len)
{
	yaml_parser_t parser;

	yaml_parser_initialize(&parser);
	yaml_parser_set_input_string(&parser, (const unsigned char *)data, len);
	if (!yaml_parser_load(&parser, &doc)) {
		fprintf(stderr, "%s:%zu: %s\n", file, parser.problem_mark.line + 1, parser.problem);
		exit(1);
	}
	yaml_parser_delete(&parser);
	if (!yaml_document_get_root_node(&doc))
		die(NULL, "the file is empty");
}

int main(int argc, char **argv)
{
	size_t len;
	char *yaml, *json;
	FILE *f;

	if (argc != 3) {
		fputs("usage: spec2c openapi.yaml OUTDIR\n", stderr);
		return 2;
	}
	file = argv[1];
	yaml = read_file(file, &len);
	load(yaml, len);
	json = json_dumps(to_json(yaml_document_get_root_node(&doc)), JSON_COMPACT);
	check_all_schemas(yaml_document_get_root_node(&doc), false);

	f = open_out(argv[2], "openapi_routes.h");
	put_routes(f);
	close_out(f);
	f = open_out(argv[2], "openapi_gen.h");
	fputs("#pragma once\n\n#include <stddef.h>\n\nextern const char openapi_yaml[];\n"
	      "extern const size_t openapi_yaml_len;\nextern const char openapi_json[];\n"
	      "extern const size_t openapi_json_len;\n",
	      f);
	close_out(f);
	f = open_out(argv[2], "openapi_gen.c");
	fputs("#include \"openapi_gen.h\"\n", f);
	put_bytes(f, "openapi_yaml", yaml, len);
	put_bytes(f, "openapi_json", json, strlen(json));
	close_out(f);
	return 0;
}
