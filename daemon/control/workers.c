/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting workers through the template (or on this loop), orders to them, news of them. */
#include "daemon/control/workers.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/facts.h"
#include "daemon/wire.h"
#include "daemon/worker/worker.h"
#include "net/backend/backend.h"
#include "net/base/bytes.h"
#include "net/base/error.h"
#include "net/base/log.h"
#include "net/base/loop.h"

#define READY_NS            5000000000LL
#define TEMPLATE_QUEUE      8192 /* clients may ask for NICs faster than a busy host forks */
#define STOP_MS             1700
#define EVENTS_PER_SECOND   100
#define NS_PER_SECOND       1000000000LL
#define TEMPLATE_IS_GONE    "the process that starts workers is gone; restart patchbayd"
#define WORKER_BROKE_A_RULE "it sent what no worker sends"

/**
 * struct workers - the pool
 * @loop:	control's loop
 * @template:	wire to the template; closed with @in_process
 * @template_pid: its process, or 0
 * @in_process:	workers run on @loop
 * @ready:	the template has locked itself in
 * @broken:	why it could not, if its code is set
 * @seccomp:	workers have a filter
 * @next:	number of the next worker
 * @facts:	what workers know of the host
 * @handles:	list of all workers that are not released
 */
struct workers {
	struct loop *loop;
	struct wire template;
	pid_t template_pid;
	bool in_process;
	bool ready;
	struct error broken;
	bool seccomp;
	json_int_t next;
	struct host_facts facts;
	struct worker_handle *handles;
};

/**
 * struct worker_handle - a worker, as control sees it
 * @wire:	to the worker
 * @workers:	the pool
 * @next:	next in the pool's list
 * @number:	its number in messages to the template
 * @name:	its name in logs
 * @local:	the worker itself, if it runs in this process
 * @events:	what the owner wants to hear
 * @owner:	argument of @events
 * @why:	why it failed in its own words, if its code is set
 * @end:	how its process ended, if its code is set
 * @told:	the owner knows that it failed
 * @second:	when @count began
 * @count:	messages in this second
 */
struct worker_handle {
	struct wire wire;
	struct workers *workers;
	struct worker_handle *next;
	json_int_t number;
	char name[80];
	struct worker *local;
	const struct worker_events *events;
	void *owner;
	struct error why;
	struct error end;
	bool told;
	int64_t second;
	int count;
};

/**
 * fail() - the worker is no more
 * @h:		the worker; may be freed by its owner
 * @err:	why, if nothing better is known
 */
static void fail(struct worker_handle *h, const struct error *err)
{
	if (h->told)
		return;
	h->told = true;
	if (h->why.code == 0)
		h->why = *err;
	log_error("%s: %s", h->name, h->why.message);
	h->events->failed(h->owner, &h->why);
}

/**
 * retire() - ask the template to see to it that a worker ends
 * @h:		the worker
 *
 * Return: false when there is no template
 */
static bool retire(struct worker_handle *h)
{
	json_t *order = json_pack("{s:s,s:I}", "op", "retire", "worker", h->number);
	int ret = wire_send(&h->workers->template, order, NULL, 0);

	json_decref(order);
	return ret == 0;
}

/**
 * on_event() - a worker has news; it may be hostile, so every member is checked
 * @h:		the worker
 * @body:	the message
 *
 * Return: false when no worker sends that
 */
static bool on_event(struct worker_handle *h, const json_t *body)
{
	const char *event = json_string_value(json_object_get(body, "event"));
	const char *part = json_string_value(json_object_get(body, "part"));
	const char *detail = json_string_value(json_object_get(body, "detail"));
	json_int_t plug = json_integer_value(json_object_get(body, "plug"));
	json_int_t code = json_integer_value(json_object_get(body, "errno"));
	struct error err;

	if (event && strcmp(event, "plugged") == 0) {
		h->events->plugged(h->owner, plug);
		return true;
	}
	if (event && strcmp(event, "guest") == 0) {
		h->events->guest(h->owner);
		return true;
	}
	if (!event || strcmp(event, "failed") != 0 || !part || !detail)
		return false;
	error_set(&err, code > 0 && code < 4096 ? (int)code : EPROTO, "%s", detail);
	if (strcmp(part, "netdev") == 0)
		h->events->unplugged(h->owner, plug, &err);
	else if (strcmp(part, "forward") == 0)
		h->events->forward_failed(h->owner, body, &err);
	else
		h->why = err; /* its end follows */
	return true;
}

/**
 * too_talkative() - does a worker send more than it can have to say?
 * @h:		the worker
 */
static bool too_talkative(struct worker_handle *h)
{
	int64_t second = loop_now(h->workers->loop) / NS_PER_SECOND;

	if (second != h->second) {
		h->second = second;
		h->count = 0;
	}
	return ++h->count > EVENTS_PER_SECOND;
}

/**
 * on_lost() - the wire to a worker has ended: so has the worker, or it will be made to
 * @wire:	the worker's wire
 * @why:	the reason
 */
static void on_lost(struct wire *wire, const struct error *why)
{
	struct worker_handle *h = container_of(wire, struct worker_handle, wire);
	struct error err;

	if (h->why.code == 0 && why->code != EPIPE)
		error_set(&h->why, why->code, "the worker broke a rule: %s", why->message);
	error_set(&err, EOWNERDEAD, "the worker has ended");
	if (h->end.code != 0)
		fail(h, &h->end);
	else if (h->local || !retire(h))
		fail(h, &err);
}

/**
 * on_message() - a worker has news
 * @wire:	the worker's wire
 * @message:	the news
 */
static void on_message(struct wire *wire, struct wire_message *message)
{
	struct worker_handle *h = container_of(wire, struct worker_handle, wire);
	struct error err;

	if (!too_talkative(h) && on_event(h, message->body))
		return;
	error_set(&err, EPROTO, WORKER_BROKE_A_RULE);
	wire_close(&h->wire);
	on_lost(&h->wire, &err);
}

/**
 * find() - a worker by its number
 * @workers:	the pool
 * @number:	the number
 *
 * Return: the worker, or NULL when it was released
 */
static struct worker_handle *find(struct workers *workers, json_int_t number)
{
	struct worker_handle *h = workers->handles;

	while (h && h->number != number)
		h = h->next;
	return h;
}

/**
 * on_exited() - the template says how a worker ended
 * @h:		the worker
 * @status:	as waitpid() gave it
 *
 * What the worker said last may still be unread, so its wire is left to come to its end.
 */
static void on_exited(struct worker_handle *h, int status)
{
	if (WIFSIGNALED(status))
		error_set(&h->end, EOWNERDEAD, "the worker was killed by signal %d (%s)",
			  WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		error_set(&h->end, EOWNERDEAD, "the worker ended with status %d",
			  WEXITSTATUS(status));
	if (!wire_is_open(&h->wire))
		fail(h, &h->end);
}

/**
 * on_template_message() - the template has news
 * @wire:	its wire
 * @message:	the news
 */
static void on_template_message(struct wire *wire, struct wire_message *message)
{
	struct workers *workers = container_of(wire, struct workers, template);
	const char *event = json_string_value(json_object_get(message->body, "event"));
	const char *detail = json_string_value(json_object_get(message->body, "detail"));
	struct worker_handle *h =
		find(workers, json_integer_value(json_object_get(message->body, "worker")));
	int code = (int)json_integer_value(json_object_get(message->body, "errno"));
	struct error err;

	if (!event)
		return;
	if (strcmp(event, "ready") == 0) {
		workers->ready = true;
		workers->seccomp = json_is_true(json_object_get(message->body, "seccomp"));
	} else if (strcmp(event, "broken") == 0) {
		error_set(&workers->broken, EPERM, "%s", detail ? detail : "no reason given");
	} else if (strcmp(event, "exited") == 0 && h) {
		on_exited(h, (int)json_integer_value(json_object_get(message->body, "status")));
	} else if (strcmp(event, "failed") == 0 && h) {
		error_set(&err, code, "a worker cannot be started: %s", strerror(code));
		wire_close(&h->wire);
		fail(h, &err);
	}
}

/**
 * on_template_closed() - the template is gone; running workers go on
 * @wire:	its wire
 * @why:	the reason
 */
static void on_template_closed(struct wire *wire, const struct error *why)
{
	struct workers *workers = container_of(wire, struct workers, template);
	struct worker_handle *h = workers->handles;

	(void)why;
	if (workers->broken.code == 0) {
		error_set(&workers->broken, EPIPE, TEMPLATE_IS_GONE);
		log_error("%s", TEMPLATE_IS_GONE);
	}
	while (h) {
		struct worker_handle *next = h->next;

		if (!wire_is_open(&h->wire))
			fail(h, &workers->broken);
		h = next;
	}
}

struct workers *workers_start(struct loop *loop, const struct workers_config *config)
{
	struct workers *workers = calloc(1, sizeof(*workers));

	if (!workers)
		return NULL;
	workers->loop = loop;
	workers->in_process = config->in_process;
	workers->template_pid = config->template_pid;
	workers->template.message = on_template_message;
	workers->template.closed = on_template_closed;
	workers->template.max_queue = TEMPLATE_QUEUE;
	workers->next = 1;
	if (!config->in_process && wire_open(&workers->template, loop, config->template_fd) < 0) {
		free(workers);
		return NULL;
	}
	return workers;
}

int workers_wait(struct workers *workers, struct error *err)
{
	int64_t end = loop_now(workers->loop) + READY_NS;

	while (!workers->in_process && !workers->ready && workers->broken.code == 0) {
		if (loop_now(workers->loop) > end)
			return error_set(err, ETIMEDOUT, "workers cannot be started in time");
		loop_turn(workers->loop, end - loop_now(workers->loop));
	}
	if (workers->broken.code != 0)
		return error_set(err, workers->broken.code, "%s", workers->broken.message);
	return 0;
}

void workers_stop(struct workers *workers)
{
	struct pollfd poll_fd = {.events = POLLIN};

	if (!workers)
		return;
	wire_close(&workers->template);
	if (workers->template_pid > 0) {
		poll_fd.fd = pidfd_open(workers->template_pid, 0);
		if (poll(&poll_fd, 1, STOP_MS) == 0)
			log_warn("workers do not end");
		waitpid(workers->template_pid, NULL, WNOHANG);
		close(poll_fd.fd);
	}
	free(workers);
}

bool workers_seccomp(const struct workers *workers)
{
	return workers->seccomp;
}

/**
 * send_facts() - tell a worker of the host
 * @h:		the worker
 * @err:	says why not
 *
 * Return: 0 or -errno
 */
static int send_facts(struct worker_handle *h, struct error *err)
{
	json_t *facts = facts_to_json(&h->workers->facts);

	return worker_order(h, json_pack("{s:s,s:o}", "op", "host", "facts", facts), NULL, 0, err);
}

void workers_facts(struct workers *workers, const struct host_facts *facts)
{
	struct error err;

	workers->facts = *facts;
	for (struct worker_handle *h = workers->handles; h; h = h->next) {
		if (send_facts(h, &err) < 0)
			log_warn("%s: %s", h->name, err.message);
	}
}

/**
 * on_local_end() - a worker in this process has ended; control's end of the wire tells the rest
 * @context:	its handle
 */
static void on_local_end(void *context)
{
	(void)context;
}

/**
 * launch() - bring a worker to life on its end of the wire
 * @h:		the worker
 * @fd:		its end, taken over
 * @err:	says why not
 *
 * Return: 0 or -errno
 */
static int launch(struct worker_handle *h, int fd, struct error *err)
{
	struct workers *workers = h->workers;
	json_t *order;
	int ret;

	if (workers->in_process) {
		h->local = worker_new(workers->loop, fd, on_local_end, h);
		return h->local ? 0 : error_set(err, ENOMEM, "no memory for a worker");
	}
	order = json_pack("{s:s,s:I,s:s}", "op", "spawn", "worker", h->number, "name", h->name);
	ret = wire_send(&workers->template, order, &fd, 1);
	json_decref(order);
	close(fd);
	if (ret == -EPIPE)
		return error_set(err, EPIPE, TEMPLATE_IS_GONE);
	if (ret < 0)
		return error_set(err, -ret, "a worker cannot be started: %s", strerror(-ret));
	return 0;
}

struct worker_handle *worker_spawn(struct workers *workers, const char *name,
				   const struct worker_events *events, void *owner,
				   struct error *err)
{
	struct worker_handle *h = calloc(1, sizeof(*h));
	int fds[2];
	int ret = h ? wire_pair(fds) : -ENOMEM;

	if (ret == 0) {
		h->wire.message = on_message;
		h->wire.closed = on_lost;
		ret = wire_open(&h->wire, workers->loop, fds[0]);
		if (ret < 0)
			close(fds[1]);
	}
	if (ret < 0) {
		error_set(err, -ret, "a worker cannot be started: %s", strerror(-ret));
		free(h);
		return NULL;
	}
	h->workers = workers;
	h->number = workers->next++;
	snprintf(h->name, sizeof(h->name), "%s", name);
	h->events = events;
	h->owner = owner;
	h->next = workers->handles;
	workers->handles = h;
	if (launch(h, fds[1], err) < 0 || send_facts(h, err) < 0) {
		worker_release(h);
		return NULL;
	}
	return h;
}

int worker_order(struct worker_handle *h, json_t *order, const int *fds, int fd_count,
		 struct error *err)
{
	int ret = 0;

	if (h && wire_is_open(&h->wire))
		ret = wire_send(&h->wire, order, fds, fd_count);
	json_decref(order);
	if (ret == -EPIPE || ret == -ECONNRESET)
		return 0; /* it has just ended, which will be told as such */
	if (ret < 0)
		return error_set(err, -ret, "the worker does not take orders: %s", strerror(-ret));
	return 0;
}

void worker_release(struct worker_handle *h)
{
	struct worker_handle **p;

	if (!h)
		return;
	for (p = &h->workers->handles; *p != h; p = &(*p)->next)
		;
	*p = h->next;
	wire_close(&h->wire);
	if (h->local)
		worker_free(h->local);
	else if (!h->told)
		retire(h);
	free(h);
}
