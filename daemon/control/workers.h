/* SPDX-License-Identifier: BSD-2-Clause */
/* Control's side of the workers: start them through the template, order, hear of their end. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

struct error;
struct host_facts;
struct loop;
struct worker_handle;
struct workers;

/**
 * struct workers_config - how workers come to be
 * @in_process:	no processes: workers run on control's loop (--workers 0)
 * @template_pid: the template; 0 with @in_process
 * @template_fd: control's end of its wire, taken over
 */
struct workers_config {
	bool in_process;
	pid_t template_pid;
	int template_fd;
};

/**
 * struct worker_events - what the owner of a worker hears; none is called from within an order
 * @plugged:	the netdev of plug number @plug runs
 * @unplugged:	the netdev of plug number @plug does not run, for the reason in @err
 * @forward_failed: it can't forward the rule that @body names, for the reason in @err
 * @guest:	a guest has come or gone
 * @failed:	the worker is no more, for the reason in @err; it still has to be released
 */
struct worker_events {
	void (*plugged)(void *owner, json_int_t plug);
	void (*unplugged)(void *owner, json_int_t plug, const struct error *err);
	void (*forward_failed)(void *owner, const json_t *body, const struct error *err);
	void (*guest)(void *owner);
	void (*failed)(void *owner, const struct error *err);
};

/**
 * workers_start() - get ready to start workers
 * @loop:	control's loop
 * @config:	how
 *
 * Return: the pool, or NULL without memory
 */
struct workers *workers_start(struct loop *loop, const struct workers_config *config);

/**
 * workers_wait() - turn the loop until the template has locked itself in
 * @workers:	the pool
 * @err:	says why it could not
 *
 * Return: 0 or -errno
 */
int workers_wait(struct workers *workers, struct error *err);

/**
 * workers_stop() - end the template and all workers, wait up to two seconds; NULL is allowed
 * @workers:	the pool; every worker has been released
 */
void workers_stop(struct workers *workers);

/**
 * workers_seccomp() - do workers run under a system call filter?
 * @workers:	the pool
 */
bool workers_seccomp(const struct workers *workers);

/**
 * workers_facts() - tell all workers, and those to come, of the host
 * @workers:	the pool
 * @facts:	copied
 */
void workers_facts(struct workers *workers, const struct host_facts *facts);

/**
 * worker_spawn() - start a worker; it knows the host's facts
 * @workers:	the pool
 * @name:	its name in logs
 * @events:	what its owner wants to hear
 * @owner:	argument of @events
 * @err:	says why not
 *
 * Does not wait for it: orders are sent and stay in its wire until it reads them.
 *
 * Return: the worker, or NULL
 */
struct worker_handle *worker_spawn(struct workers *workers, const char *name,
				   const struct worker_events *events, void *owner,
				   struct error *err);

/**
 * worker_order() - send an order (worker/worker.h lists them)
 * @handle:	the worker; NULL or one that has failed: nothing happens
 * @order:	the order; the reference is taken
 * @fds:	descriptors to send along; they stay the caller's
 * @fd_count:	their number
 * @err:	says why not
 *
 * Return: 0 or -errno
 */
int worker_order(struct worker_handle *handle, json_t *order, const int *fds, int fd_count,
		 struct error *err);

/**
 * worker_release() - a worker is not needed any more: it ends, if need be by force; NULL is allowed
 * @handle:	the worker
 */
void worker_release(struct worker_handle *handle);
