/* SPDX-License-Identifier: BSD-2-Clause */
/* The template: a process that does nothing but fork workers. */
#pragma once

#include <sys/types.h>

struct error;
struct identity;

/*
 * Theory of operation
 *
 * The template is forked off before listeners, tokens or state are opened, so a worker never holds
 * a copy of them, not even in its memory. It gives up all privileges at once; a worker inherits
 * that, and pages that neither writes are shared by all workers.
 *
 * control -> template
 *	{"op":"spawn","worker":N,"name":"nic0"} + the worker's end of its wire
 *	{"op":"retire","worker":N}	control has closed its end; kill it if it stays
 * template -> control
 *	{"event":"ready","seccomp":true}
 *	{"event":"broken","detail":"..."}		instead of ready
 *	{"event":"failed","worker":N,"errno":E}		it could not be forked
 *	{"event":"exited","worker":N,"status":S}	as waitpid() gives it
 *
 * When control goes, each worker sees its wire end, and so does the template: it waits for them,
 * kills those that stay, and ends.
 */

/**
 * template_fork() - start the template
 * @id:		user that workers become
 * @ret_fd:	filled with control's end of the wire
 * @err:	says why not
 *
 * To be called while the process has one thread and nothing open that workers should not have.
 *
 * Return: the template's pid, or -errno
 */
pid_t template_fork(const struct identity *id, int *ret_fd, struct error *err);
