/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs a fuzz target over files instead of under libFuzzer: a corpus as a plain regression test. */
#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What a fuzz target defines; the names are libFuzzer's. The second is optional. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);

/**
 * die() - ends the program because the test itself cannot be run
 * @path: file or folder concerned
 * @what: what could not be done with it
 */
static void die(const char *path, const char *what)
{
	fprintf(stderr, "replay: cannot %s %s: %s\n", what, path, strerror(errno));
	exit(2);
}

/**
 * replay_file() - feeds one file to the fuzz target
 * @path: the file
 * @size: its length in bytes
 *
 * The data lies in a block of exactly its size, so that AddressSanitizer sees the first byte that
 * is read beyond. The name is printed before, so that it stands above a crash's report.
 */
static void replay_file(const char *path, size_t size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = malloc(size);

	if (!file || (!data && size > 0) || fread(data, 1, size, file) != size)
		die(path, "read");
	fclose(file);
	fprintf(stderr, "input %s, %zu bytes\n", path, size);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
}

/**
 * visible() - tells the inputs of a corpus folder from hidden files
 * @entry: a directory entry
 *
 * Return: non-zero for an input
 */
static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/**
 * replay_folder() - feeds every file of a folder (not of folders in it), in the order of names
 * @path: the folder
 *
 * Return: number of inputs
 */
static unsigned int replay_folder(const char *path)
{
	struct dirent **entries;
	unsigned int count = 0;
	int n = scandir(path, &entries, visible, alphasort);

	if (n < 0)
		die(path, "list");
	for (int i = 0; i < n; i++) {
		char *name;
		struct stat st;

		if (asprintf(&name, "%s/%s", path, entries[i]->d_name) < 0)
			die(path, "list");
		if (stat(name, &st) < 0)
			die(name, "find");
		if (S_ISREG(st.st_mode)) {
			replay_file(name, st.st_size);
			count++;
		}
		free(name);
		free(entries[i]);
	}
	free(entries);
	return count;
}

/**
 * replay() - feeds a file, or the files of a folder
 * @path: file or folder
 *
 * Return: number of inputs
 */
static unsigned int replay(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		die(path, "find");
	if (S_ISDIR(st.st_mode))
		return replay_folder(path);
	replay_file(path, st.st_size);
	return 1;
}

/**
 * main() - replays the files and folders of the command line
 * @argc: number of arguments
 * @argv: the arguments
 *
 * Return: 0, or 1 if there was no input at all
 */
int main(int argc, char **argv)
{
	unsigned int count = 0;

	if (LLVMFuzzerInitialize)
		LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 1; i < argc; i++)
		count += replay(argv[i]);
	if (count == 0) {
		printf("not ok replay: no input was given\n");
		return 1;
	}
	printf("ok %u inputs\n", count);
	return 0;
}
