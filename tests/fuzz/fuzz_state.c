/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: a file of the state folder, be it an object's or the journal. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "api/api.h"
#include "daemon/control/problem.h"
#include "daemon/control/record.h"
#include "daemon/control/state.h"
#include "net/base/error.h"
#include "tests/support/state_faults.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[64];

/** remove_folder() - at the end */
static void remove_folder(void)
{
	state_folder_remove(path);
}

/** fuzz_record() - an object's file; what can be read is written and read again alike */
static void fuzz_record(const char *text, size_t size)
{
	struct record record, again;
	struct error err;
	char *copy;

	if (record_parse(text, size, &record, &err) < 0)
		return;
	copy = record_format(&record);
	assert(copy && record_parse(copy, strlen(copy), &again, &err) == 0);
	assert(json_equal(record.config, again.config) && record.order == again.order);
	for (int c = 0; c < COLLECTION_COUNT; c++) {
		struct problem p = {0};

		api_check((enum collection)c, again.config, &p);
		problem_done(&p);
	}
	json_decref(record.config);
	json_decref(again.config);
	free(copy);
}

/** fuzz_journal() - a journal: whatever it says, nothing outside of the collections is touched */
static void fuzz_journal(const uint8_t *data, size_t size)
{
	static const char *const folders[] = {"netdevs", "nics", NULL};
	struct state *s;
	char name[80];
	ssize_t n;
	int fd;

	if (!path[0]) {
		state_folder_new(path);
		atexit(remove_folder);
	}
	snprintf(name, sizeof(name), "%s/journal", path);
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	n = write(fd, data, size);
	assert(n == (ssize_t)size);
	close(fd);
	s = state_open(path, folders, &state_faulty, NULL);
	assert(s);
	state_close(s);
	assert(access(name, F_OK) < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_record((const char *)data, size);
	if (size > 0 && data[0] == '[')
		fuzz_journal(data, size);
	return 0;
}
