/* SPDX-License-Identifier: BSD-2-Clause */
/* Build tool: the files of web/ to C, so that one binary serves the page (api/page.c). */

/*
 * Usage: web2c OUT.c FILE...
 *
 * Writes the table of struct web_file that api/page.h declares: name, media type, ETag and bytes of
 * each file. A file of a kind that is not in the list of media types is refused.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scripts/c_string.h"

static const char *const media_types[][2] = {
	{".html", "text/html; charset=utf-8"},
	{".css", "text/css; charset=utf-8"},
	{".js", "text/javascript; charset=utf-8"},
	{".json", "application/json"},
	{".svg", "image/svg+xml"},
};

/** die() - say what went wrong with which file, and end */
static void __attribute__((noreturn)) die(const char *path, const char *why)
{
	fprintf(stderr, "web2c: %s: %s\n", path, why);
	exit(1);
}

/** base_name() - the part of a path behind its last slash */
static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/** media_type() - what a file's suffix says it is */
static const char *media_type(const char *path)
{
	const char *dot = strrchr(base_name(path), '.');

	for (size_t i = 0; dot && i < sizeof(media_types) / sizeof(media_types[0]); i++) {
		if (strcmp(dot, media_types[i][0]) == 0)
			return media_types[i][1];
	}
	die(path, "no media type is known for this suffix");
}

/**
 * put_bytes() - define a file's bytes as one string
 * @in:		the file
 * @out:	the C source
 * @number:	which file it is
 *
 * Return: a hash of the bytes (FNV-1a)
 */
static uint64_t put_bytes(FILE *in, FILE *out, int number)
{
	uint64_t hash = 0xcbf29ce484222325;
	int c, column = 0;

	fprintf(out, "\nstatic const char bytes_%d[] =\n\t\"", number);
	while ((c = getc(in)) != EOF) {
		hash = (hash ^ (uint64_t)c) * 0x100000001b3;
		put_c_byte(out, c, &column);
	}
	fputs("\";\n", out);
	return hash;
}

/** put_file() - one file's bytes; @line gets its line of the table */
static void put_file(FILE *out, const char *path, int number, char line[512])
{
	FILE *in = fopen(path, "r");
	uint64_t hash;

	if (!in)
		die(path, strerror(errno));
	hash = put_bytes(in, out, number);
	if (ferror(in))
		die(path, strerror(errno));
	fclose(in);
	snprintf(line, 512,
		 "\t{\"%s\", \"%s\", \"\\\"%016" PRIx64
		 "\\\"\", bytes_%d, sizeof(bytes_%d) - 1},\n",
		 base_name(path), media_type(path), hash, number, number);
}

int main(int argc, char **argv)
{
	char(*lines)[512] = calloc((size_t)argc + 1, sizeof(*lines));
	FILE *out;

	if (argc < 3 || !lines) {
		fputs("usage: web2c OUT.c FILE...\n", stderr);
		return 2;
	}
	out = fopen(argv[1], "w");
	if (!out)
		die(argv[1], strerror(errno));
	fputs("/* SPDX-License-Identifier: BSD-2-Clause */\n"
	      "/* Made from the files of web/ by scripts/web2c.c. */\n"
	      "#include \"api/page.h\"\n",
	      out);
	for (int i = 2; i < argc; i++)
		put_file(out, argv[i], i - 2, lines[i]);
	fputs("\nconst struct web_file web_files[] = {\n", out);
	for (int i = 2; i < argc; i++)
		fputs(lines[i], out);
	fprintf(out, "};\nconst size_t web_file_count = %d;\n", argc - 2);
	if (ferror(out) | fclose(out))
		die(argv[1], strerror(errno));
	free(lines);
	return 0;
}
