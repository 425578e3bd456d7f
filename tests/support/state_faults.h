/* SPDX-License-Identifier: BSD-2-Clause */
/* A state folder whose system calls fail when they are told to. */
#pragma once

#include <stdbool.h>

#include "daemon/control/state.h"

/**
 * struct state_faults - which call fails
 * @calls:	calls up to now
 * @fail_at:	number of the call that fails, from 1; 0: none
 * @for_ever:	so do all after it, as if the process had been killed there
 * @code:	errno of a call that fails
 */
struct state_faults {
	int calls;
	int fail_at;
	bool for_ever;
	int code;
};

extern struct state_faults state_faults;
extern const struct state_ops state_faulty; /* the real calls, but for those that fail */

/**
 * state_faults_set() - begin to count anew
 * @fail_at:	as in struct state_faults
 * @for_ever:	likewise
 */
void state_faults_set(int fail_at, bool for_ever);

/**
 * state_folder_new() - an empty folder
 * @path:	filled
 */
void state_folder_new(char path[64]);

/**
 * state_folder_remove() - remove a folder and what is in it
 * @path:	the folder
 */
void state_folder_remove(const char *path);

/**
 * state_folder_text() - all files of a folder and what is in them, in the order of their names
 * @path:	the folder
 *
 * Return: text, to be freed
 */
char *state_folder_text(const char *path);
