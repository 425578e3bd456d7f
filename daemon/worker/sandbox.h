/* SPDX-License-Identifier: BSD-2-Clause */
/* What each process gives up: users, capabilities, system calls. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct error;
struct sock_fprog;

/*
 * Theory of operation
 *
 * control	runs as an unprivileged user; started as root it keeps the two capabilities that
 *		opening taps and low ports need.
 * template	runs as another user, without capabilities, and can't gain any (no_new_privs). Its
 *		children inherit that.
 * worker	is a child of the template that closes every descriptor but its own and has only the
 *		system calls below: it can talk through what it was given and open Internet sockets
 *		for the user stack. It can't open files, start programs or processes, or signal any.
 *
 * Started by a plain user all of them stay that user; the rest is the same.
 */

#define SANDBOX_MAX_FDS 4096

/**
 * struct identity - a user to become
 * @change:	false: stay who we are
 * @uid:	user
 * @gid:	its group
 * @name:	its name, or its number in decimal
 */
struct identity {
	bool change;
	uid_t uid;
	gid_t gid;
	char name[33];
};

/**
 * sandbox_control() - (control) become the user, keep CAP_NET_ADMIN and CAP_NET_BIND_SERVICE
 * @id:		the user, and its supplementary groups; without @id->change nothing is done
 * @err:	says why not
 *
 * Return: 0 or -errno; then the process must end
 */
int sandbox_control(const struct identity *id, struct error *err);

/**
 * sandbox_template() - (template) become the user, give up every capability, for ever
 * @id:		the user
 * @err:	says why not
 *
 * Return: 0 or -errno; then the process must end
 */
int sandbox_template(const struct identity *id, struct error *err);

/**
 * sandbox_filter() - (template) compile the workers' system call filter
 * @ret_filter:	filled with a program that lives as long as the process, or with NULL when this
 *		kernel has no seccomp filters
 * @err:	says why not
 *
 * Done once, so that a worker neither spends time nor memory on it.
 *
 * Return: 0 or -errno
 */
int sandbox_filter(const struct sock_fprog **ret_filter, struct error *err);

/**
 * sandbox_worker() - (worker) close what is not its own, bound its descriptors, load the filter
 * @channel:	the only descriptor that is kept beside standard output and error; must be 3
 * @filter:	from sandbox_filter(); NULL: none
 * @err:	says why not
 *
 * Return: 0 or -errno; then the process must end
 */
int sandbox_worker(int channel, const struct sock_fprog *filter, struct error *err);
