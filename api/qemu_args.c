/* SPDX-License-Identifier: BSD-2-Clause */
/* /nics/{id}/qemu-args: shared memory, a machine that uses it, the vfio-user device. */
#include "api/qemu_args.h"

#include <stdlib.h>
#include <string.h>

/** text_of() - the value of a string member, or "" */
static const char *text_of(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/**
 * device_argument() - the value of -device; in JSON, because `socket` has parts
 * @nic:	the NIC
 *
 * Return: new reference to a string
 */
static json_t *device_argument(json_t *nic)
{
	json_t *device = json_pack("{s:s, s:{s:s, s:s}}", "driver", "vfio-user-pci", "socket",
				   "type", "unix", "path", text_of(nic, "socket"));
	char *text = json_dumps(device, JSON_COMPACT);
	json_t *argument = json_string(text);

	free(text);
	json_decref(device);
	return argument;
}

/** is_plain() - does a shell leave this word alone? */
static int is_plain(const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-_=,./:@%+";

	return *word && word[strspn(word, plain)] == '\0';
}

/**
 * append_quoted() - add a word to a command line for a POSIX shell
 * @out:	where to write; has room for 4 bytes a character, 2 quotes and a space
 * @word:	the word
 *
 * Return: where to go on
 */
static char *append_quoted(char *out, const char *word)
{
	if (is_plain(word))
		return stpcpy(out, word);
	*out++ = '\'';
	for (; *word; word++) {
		if (*word == '\'')
			out = stpcpy(out, "'\\''");
		else
			*out++ = *word;
	}
	*out++ = '\'';
	*out = '\0';
	return out;
}

/** quote_all() - arguments as one line for a shell; new reference to a string */
static json_t *quote_all(json_t *argv)
{
	size_t room = 1, i;
	char *line, *out;
	json_t *word, *text;

	json_array_foreach (argv, i, word)
		room += 4 * json_string_length(word) + 3;
	line = malloc(room);
	if (!line)
		return json_string("");
	out = line;
	*out = '\0';
	json_array_foreach (argv, i, word) {
		if (i)
			*out++ = ' ';
		out = append_quoted(out, json_string_value(word));
	}
	text = json_string(line);
	free(line);
	return text;
}

/** make_warnings() - what to know before starting that QEMU */
static json_t *make_warnings(json_t *nic, const char *memory)
{
	json_t *list = json_array();

	json_array_append_new(
		list,
		json_sprintf("Leave out -m, or make it %s: it must be the size of mem0.", memory));
	if (!json_is_string(json_object_get(nic, "netdev")))
		json_array_append_new(list, json_string("The NIC has no netdev: its cable is "
							"plugged into nothing."));
	if (strcmp(text_of(nic, "link"), "down") == 0)
		json_array_append_new(list, json_string("The NIC's link is down."));
	if (strcmp(text_of(json_object_get(nic, "status"), "state"), "attached") == 0)
		json_array_append_new(list,
				      json_string("A guest has plugged in this NIC already."));
	return list;
}

json_t *qemu_args(json_t *nic, const char *memory)
{
	json_t *argv = json_array();

	json_array_append_new(argv, json_string("-object"));
	json_array_append_new(
		argv, json_sprintf("memory-backend-memfd,id=mem0,share=on,size=%s", memory));
	json_array_append_new(argv, json_string("-machine"));
	json_array_append_new(argv, json_string("memory-backend=mem0"));
	json_array_append_new(argv, json_string("-device"));
	json_array_append_new(argv, device_argument(nic));
	return json_pack("{s:o, s:o, s:o}", "argv", argv, "shell", quote_all(argv), "warnings",
			 make_warnings(nic, memory));
}
