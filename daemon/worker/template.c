/* SPDX-License-Identifier: BSD-2-Clause */
/* Forking, reaping and, if need be, killing workers. */
#include "daemon/worker/template.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/wire.h"
#include "daemon/worker/sandbox.h"
#include "daemon/worker/worker.h"
#include "net/base/bytes.h"
#include "net/base/error.h"
#include "net/base/log.h"
#include "net/base/loop.h"

#define GRACE_NS    1000000000LL /* a worker ends by itself within this time */
#define CHANNEL_FD  3            /* the one descriptor that template and workers begin with */
#define MAX_WORKERS 8192

/**
 * struct child - a worker that runs
 * @pid:	its process, 0: free slot
 * @number:	control's number of it
 * @deadline_ns: when it is killed, 0: not retired
 */
struct child {
	pid_t pid;
	json_int_t number;
	int64_t deadline_ns;
};

/**
 * struct template - the process's state
 * @loop:	its loop
 * @wire:	to control
 * @signals:	signalfd for SIGCHLD
 * @timer:	earliest deadline of a retired child
 * @filter:	system call filter of workers
 * @children:	table of slots
 * @size:	slots in @children
 * @running:	children that run
 */
struct template
{
	struct loop *loop;
	struct wire wire;
	struct loop_fd signals;
	struct loop_timer timer;
	const struct sock_fprog *filter;
	struct child *children;
	int size;
	int running;
};

/**
 * tell() - send an event to control; if it does not read any more, it is gone
 * @t:		the template
 * @event:	the message; the reference is taken
 */
static void tell(struct template *t, json_t *event)
{
	int ret = wire_is_open(&t->wire) ? wire_send(&t->wire, event, NULL, 0) : 0;

	if (ret < 0 && ret != -EPIPE && ret != -ECONNRESET) /* else it is gone */
		log_warn("template: control cannot be told of a worker: %s", strerror(-ret));
	json_decref(event);
}

/**
 * child_slot() - a free slot
 * @t:		the template
 *
 * Return: the slot, or NULL
 */
static struct child *child_slot(struct template *t)
{
	int used = t->size;
	int size = used ? used * 2 : 16;
	struct child *more;

	for (int i = 0; i < used; i++) {
		if (t->children[i].pid == 0)
			return &t->children[i];
	}
	if (size > MAX_WORKERS)
		return NULL;
	more = reallocarray(t->children, (size_t)size, sizeof(*more));
	if (!more)
		return NULL;
	memset(more + used, 0, (size_t)(size - used) * sizeof(*more));
	t->children = more;
	t->size = size;
	return &more[used];
}

/**
 * become_worker() - (child) take the channel, lock the door, work; does not return
 * @channel:	the worker's end of its wire
 * @filter:	system call filter
 * @name:	the worker's name in logs
 */
static _Noreturn void become_worker(int channel, const struct sock_fprog *filter, const char *name)
{
	char log_name[32];
	struct error err;
	sigset_t none;

	snprintf(log_name, sizeof(log_name), "patchbayd[%.20s]", name);
	log_set_name(log_name);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (channel != CHANNEL_FD && dup3(channel, CHANNEL_FD, O_CLOEXEC) < 0)
		_exit(1);
	if (sandbox_worker(CHANNEL_FD, filter, &err) < 0) {
		log_error("%s", err.message);
		_exit(1);
	}
	_exit(worker_run(CHANNEL_FD));
}

/**
 * spawn() - control wants a worker
 * @t:		the template
 * @message:	with the worker's end of its wire
 */
static void spawn(struct template *t, const struct wire_message *message)
{
	const char *name = json_string_value(json_object_get(message->body, "name"));
	json_int_t number = json_integer_value(json_object_get(message->body, "worker"));
	struct child *child = child_slot(t);
	pid_t pid;

	if (message->fd_count != 1 || !name)
		return;
	errno = ENOMEM;
	pid = child ? fork() : -1;
	if (pid == 0)
		become_worker(message->fds[0], t->filter, name);
	if (pid < 0) {
		tell(t, json_pack("{s:s,s:I,s:i}", "event", "failed", "worker", number, "errno",
				  errno));
		return;
	}
	*child = (struct child){.pid = pid, .number = number};
	t->running++;
}

/**
 * arm() - set the timer to the earliest deadline
 * @t:		the template
 */
static void arm(struct template *t)
{
	int64_t first = INT64_MAX;

	for (int i = 0; i < t->size; i++) {
		if (t->children[i].pid && t->children[i].deadline_ns)
			first = MIN(first, t->children[i].deadline_ns);
	}
	if (first == INT64_MAX)
		loop_timer_cancel(&t->timer);
	else
		loop_timer_set(t->loop, &t->timer, first);
}

/**
 * retire() - a worker should be gone soon
 * @t:		the template
 * @number:	control's number of it; -1: all of them
 */
static void retire(struct template *t, json_int_t number)
{
	for (int i = 0; i < t->size; i++) {
		struct child *child = &t->children[i];

		if (child->pid && (number < 0 || child->number == number))
			child->deadline_ns = loop_now(t->loop) + GRACE_NS;
	}
	arm(t);
}

/**
 * on_deadline() - kill those that stayed
 * @timer:	the template's timer
 */
static void on_deadline(struct loop_timer *timer)
{
	struct template *t = container_of(timer, struct template, timer);
	int64_t now = loop_now(t->loop);

	for (int i = 0; i < t->size; i++) {
		struct child *child = &t->children[i];

		if (!child->pid || !child->deadline_ns || child->deadline_ns > now)
			continue;
		log_warn("template: worker pid=%d does not end, killed", (int)child->pid);
		kill(child->pid, SIGKILL);
		child->deadline_ns = 0;
	}
	arm(t);
}

/**
 * on_message() - control wants something
 * @wire:	the template's wire
 * @message:	the order
 */
static void on_message(struct wire *wire, struct wire_message *message)
{
	struct template *t = container_of(wire, struct template, wire);
	const char *op = json_string_value(json_object_get(message->body, "op"));

	if (op && strcmp(op, "spawn") == 0)
		spawn(t, message);
	else if (op && strcmp(op, "retire") == 0)
		retire(t, json_integer_value(json_object_get(message->body, "worker")));
}

/**
 * on_closed() - control is gone: so are the workers, in a moment
 * @wire:	the template's wire
 * @why:	the reason
 */
static void on_closed(struct wire *wire, const struct error *why)
{
	struct template *t = container_of(wire, struct template, wire);

	(void)why;
	retire(t, -1);
	if (t->running == 0)
		loop_stop(t->loop);
}

/**
 * on_signal() - children have ended
 * @source:	the signalfd
 * @events:	EPOLLIN
 */
static void on_signal(struct loop_fd *source, uint32_t events)
{
	struct template *t = container_of(source, struct template, signals);
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	(void)events;
	if (read(source->fd, &info, sizeof(info)) < 0)
		return;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (int i = 0; i < t->size; i++) {
			if (t->children[i].pid != pid)
				continue;
			tell(t, json_pack("{s:s,s:I,s:i}", "event", "exited", "worker",
					  t->children[i].number, "status", status));
			t->children[i].pid = 0;
			t->running--;
		}
	}
	if (t->running == 0 && !wire_is_open(&t->wire))
		loop_stop(t->loop);
}

/**
 * set_up() - loop, wire, SIGCHLD
 * @t:		the template
 * @fd:		the template's end of the wire
 *
 * Return: 0 or -errno
 */
static int set_up(struct template *t, int fd)
{
	sigset_t set;
	int ret;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	t->loop = loop_new();
	if (!t->loop)
		return -ENOMEM;
	t->wire = (struct wire){.message = on_message, .closed = on_closed};
	t->signals.callback = on_signal;
	t->timer.callback = on_deadline;
	ret = wire_open(&t->wire, t->loop, fd);
	if (ret == 0)
		ret = loop_fd_add(t->loop, &t->signals,
				  signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), EPOLLIN);
	return ret;
}

/**
 * keep_only() - close whatever the daemon was started with, but for standard error
 * @fd:		the wire, which becomes CHANNEL_FD
 *
 * Return: 0 or -errno
 */
static int keep_only(int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
		return -errno;
	if (fd != CHANNEL_FD && dup3(fd, CHANNEL_FD, O_CLOEXEC) < 0)
		return -errno;
	return close_range(CHANNEL_FD + 1, ~0U, 0) < 0 ? -errno : 0;
}

/**
 * template_main() - the template's life
 * @id:		user to become
 * @fd:		its end of the wire
 *
 * Return: exit status
 */
static int template_main(const struct identity *id, int fd)
{
	struct template t = {0};
	struct error err;

	log_set_name("patchbayd[template]");
	/* Only control listens to these; template and workers end when it does. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	if (keep_only(fd) < 0 || set_up(&t, CHANNEL_FD) < 0)
		return 1;
	json_object_seed(0); /* while /dev/urandom is there */
	if (sandbox_template(id, &err) < 0 || sandbox_filter(&t.filter, &err) < 0) {
		tell(&t, json_pack("{s:s,s:s}", "event", "broken", "detail", err.message));
		return 1;
	}
	tell(&t, json_pack("{s:s,s:b}", "event", "ready", "seccomp", t.filter != NULL));
	loop_run(t.loop);
	return 0;
}

pid_t template_fork(const struct identity *id, int *ret_fd, struct error *err)
{
	int fds[2];
	int ret = wire_pair(fds);
	pid_t pid;

	if (ret < 0)
		return error_set(err, -ret, "socketpair: %s", strerror(-ret));
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		_exit(template_main(id, fds[1]));
	}
	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		return error_set(err, errno, "fork: %s", strerror(errno));
	}
	*ret_fd = fds[0];
	return pid;
}
