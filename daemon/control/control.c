/* SPDX-License-Identifier: BSD-2-Clause */
/* Start and end of the daemon. */
#include "daemon/control/control.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "api/api.h"
#include "daemon/control/cmdline.h"
#include "daemon/control/folder.h"
#include "daemon/control/identity.h"
#include "daemon/control/listen.h"
#include "daemon/control/object.h"
#include "daemon/control/options.h"
#include "daemon/control/resolv.h"
#include "daemon/control/secrets.h"
#include "daemon/control/restore.h"
#include "daemon/control/state.h"
#include "daemon/control/workers.h"
#include "daemon/version.h"
#include "daemon/worker/template.h"
#include "net/base/bytes.h"
#include "net/base/error.h"
#include "net/base/log.h"
#include "net/base/loop.h"

#define MAX_OBJECTS 4096
#define PATH_SIZE   sizeof(((struct sockaddr_un *)0)->sun_path)
#define SOCKET_DIR  "--socket-dir"

/*
 * Theory of operation
 *
 * The order of the start is the order in which rights are given up. The folder for sockets is made
 * as whoever started the daemon. The template is forked while nothing is open yet. Then control
 * opens its TCP ports (and can still see who holds a busy one), becomes an unprivileged user, and
 * does all the rest as that one. Every step but the last undoes itself by the same function,
 * control_stop(), which takes whatever there is.
 */

/**
 * struct control - the process's state
 * @options:	the command line
 * @ids:	who runs as whom
 * @socket_dir:	folder of the sockets
 * @state_dir:	folder of the saved objects
 * @state_error: why it can't be had, if its code is set
 * @state:	that folder, open
 * @api_path:	path of the API's socket
 * @lock:	holds the folder's lock, or -1
 * @template:	the template; used up by workers_start()
 * @secrets:	token, certificate and key; owned
 * @sockets:	what the API listens on; the API's once it runs
 * @loop:	the loop
 * @signals:	signalfd
 * @stopping:	a signal came, perhaps while the start still turned the loop
 * @workers:	pool of workers
 * @model_config: what the model has to know
 * @model:	the objects
 * @facts:	what workers have to know
 * @resolv:	watches resolv.conf
 * @api_config:	what the API has to know
 * @api:	the API
 */
struct control {
	const struct options *options;
	struct identities ids;
	char socket_dir[PATH_SIZE];
	char state_dir[4096];
	struct error state_error;
	struct state *state;
	char api_path[PATH_SIZE];
	int lock;
	struct workers_config template;
	struct secrets *secrets;
	struct listen_sockets sockets;
	struct loop *loop;
	struct loop_fd signals;
	bool stopping;
	struct workers *workers;
	struct model_config model_config;
	struct model *model;
	struct host_facts facts;
	struct resolv *resolv;
	struct api_config api_config;
	struct api *api;
};

/**
 * on_signal() - somebody wants the daemon to end
 * @source:	the signalfd
 * @events:	EPOLLIN
 */
static void on_signal(struct loop_fd *source, uint32_t events)
{
	struct control *c = container_of(source, struct control, signals);
	struct signalfd_siginfo info;

	(void)events;
	if (read(source->fd, &info, sizeof(info)) != sizeof(info))
		return;
	log_info("signal %u: stopping", info.ssi_signo);
	c->stopping = true;
	loop_stop(c->loop);
}

/**
 * watch_signals() - SIGTERM, SIGINT and SIGHUP end the loop
 * @c:		control, with its loop
 *
 * Return: 0 or -errno
 */
static int watch_signals(struct control *c)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	c->signals.callback = on_signal;
	return fd < 0 ? -errno : loop_fd_add(c->loop, &c->signals, fd, EPOLLIN);
}

/**
 * raise_limit() - as many files as this process may ever open
 */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/**
 * choose_dir() - the folder of the sockets
 * @c:		control
 * @err:	says what is wrong with it
 *
 * Return: 0 or -errno
 */
static int choose_dir(struct control *c, struct error *err)
{
	const char *given = c->options->socket_dir;
	char path[4096];
	size_t len;

	if (given)
		snprintf(path, sizeof(path), "%s", given);
	else
		folder_default_sockets(path, sizeof(path));
	for (len = strlen(path); len > 1 && path[len - 1] == '/'; len--)
		path[len - 1] = '\0';
	if (len + sizeof("/api.sock") > PATH_SIZE)
		return error_set(err, ENAMETOOLONG,
				 "%s is too long for the path of a socket; choose another "
				 "--socket-dir",
				 path);
	snprintf(c->socket_dir, sizeof(c->socket_dir), "%s", path);
	return folder_prepare(&(struct folder){c->socket_dir, SOCKET_DIR}, &c->ids.control, err);
}

/**
 * choose_state() - the folder of the saved objects; the daemon can do without
 * @c:		control
 */
static void choose_state(struct control *c)
{
	const char *given = c->options->state_dir;

	if (given)
		snprintf(c->state_dir, sizeof(c->state_dir), "%s", given);
	else
		folder_default_state(c->state_dir, sizeof(c->state_dir));
	state_prepare(c->state_dir, &c->ids.control, &c->state_error);
}

/**
 * fork_template() - the template, unless workers run in this process
 * @c:		control
 * @err:	says why not
 *
 * Return: 0 or -errno
 */
static int fork_template(struct control *c, struct error *err)
{
	c->template.in_process = c->options->in_process;
	if (c->options->in_process) {
		log_warn("--workers 0: guests are not kept apart from the daemon");
		return 0;
	}
	c->template.template_pid = template_fork(&c->ids.worker, &c->template.template_fd, err);
	return c->template.template_pid < 0 ? c->template.template_pid : 0;
}

/**
 * read_secrets() - read the token and the like, which workers must never see
 * @c:		control, which has forked its template
 * @err:	says why not
 *
 * Return: 0 or -errno
 */
static int read_secrets(struct control *c, struct error *err)
{
	c->secrets = calloc(1, sizeof(*c->secrets));
	if (!c->secrets)
		return error_set(err, ENOMEM, "there is no memory left");
	return secrets_read(c->options, c->secrets, err);
}

/**
 * set_up_privileged() - what is done as the user who started the daemon
 * @c:		control
 * @err:	says why not
 *
 * Return: 0 or -errno
 */
static int set_up_privileged(struct control *c, struct error *err)
{
	int ret = identities_choose(c->options->user, &c->ids, err);

	if (ret == 0)
		ret = choose_dir(c, err);
	if (ret == 0)
		choose_state(c);
	if (ret == 0)
		ret = fork_template(c, err);
	if (ret == 0)
		ret = read_secrets(c, err);
	if (ret == 0)
		ret = listen_tcp(c->options, &c->sockets, err);
	if (ret == 0)
		ret = sandbox_control(&c->ids.control, err);
	if (ret == 0)
		log_info("control runs as user %s, workers as user %s", c->ids.control.name,
			 c->template.in_process ? c->ids.control.name : c->ids.worker.name);
	return ret;
}

/**
 * on_servers() - the host has other name servers
 * @context:	control
 * @servers:	the servers
 */
static void on_servers(void *context, const struct resolv_servers *servers)
{
	struct control *c = context;

	memcpy(c->facts.dns, servers->addr, sizeof(c->facts.dns));
	c->facts.dns_count = servers->count;
	workers_facts(c->workers, &c->facts);
}

/**
 * set_up_workers() - loop, signals, pool of workers
 * @c:		control
 * @err:	says why not
 *
 * Return: 0 or -errno
 */
static int set_up_workers(struct control *c, struct error *err)
{
	c->loop = loop_new();
	if (c->loop && watch_signals(c) == 0)
		c->workers = workers_start(c->loop, &c->template);
	if (!c->workers)
		return error_set(err, ENOMEM, "there is no memory, or no descriptor, left");
	return 0;
}

/**
 * open_state() - open the folder of the saved objects
 * @c:		control
 * @err:	says why not
 *
 * Return: 0 or -errno
 */
static int open_state(struct control *c, struct error *err)
{
	static const char *folders[COLLECTION_COUNT + 1];

	for (int i = 0; i < COLLECTION_COUNT; i++)
		folders[i] = model_class((enum collection)i)->collection;
	if (c->state_error.code == 0)
		c->state = state_open(c->state_dir, folders, &state_posix, &c->state_error);
	if (c->state_error.code == EBUSY) {
		*err = c->state_error;
		return -EBUSY;
	}
	if (!c->state)
		c->state = state_none(c->state_dir, &c->state_error);
	if (!c->state)
		return error_set(err, ENOMEM, "there is no memory left");
	if (state_saves(c->state))
		log_warn("nothing will be saved: %s", state_saves(c->state));
	return 0;
}

/**
 * make_objects() - the command line's objects, and those that were saved
 * @c:		control
 *
 * Return: 0, or -EINVAL when something of the command line could not be made, which is printed
 */
static int make_objects(struct control *c)
{
	struct restore *restore = restore_start(c->model);
	int ret = 0;

	for (enum collection i = 0; i < COLLECTION_COUNT && ret == 0; i++) {
		ret = cmdline_apply(c->options, i, c->model) < 0 ? -EINVAL : 0;
		if (ret == 0)
			restore_collection(restore, i);
	}
	restore_end(restore);
	return ret;
}

/**
 * set_up_model() - the model, what workers have to know of the host, the command line's objects
 * @c:		control
 * @err:	says why not; its code is 0 when that was printed already
 *
 * Return: 0 or -errno
 */
static int set_up_model(struct control *c, struct error *err)
{
	c->model_config = (struct model_config){
		.loop = c->loop,
		.workers = c->workers,
		.state = c->state,
		.socket_dir = c->socket_dir,
		.max_objects = MAX_OBJECTS,
		.sandbox_uid = c->ids.worker.change && !c->template.in_process,
		.worker_gid = c->template.in_process ? c->ids.control.gid : c->ids.worker.gid,
	};
	c->model = model_new(&c->model_config);
	for (size_t i = 0; i < c->sockets.count; i++) {
		if (c->sockets.port[i] && c->facts.api_port_count < BACKEND_MAX_API_PORTS)
			c->facts.api_ports[c->facts.api_port_count++] = c->sockets.port[i];
	}
	c->resolv = resolv_start(c->loop, "/etc/resolv.conf", on_servers, c);
	if (!c->model || !c->resolv)
		return error_set(err, ENOMEM, "there is no memory left");
	return make_objects(c);
}

/**
 * set_up_api() - the API on all its sockets
 * @c:		control
 * @err:	says why not
 *
 * Return: 0 or -errno
 */
static int set_up_api(struct control *c, struct error *err)
{
	c->api_config = (struct api_config){
		.listeners = c->sockets.fd,
		.remote = c->sockets.remote,
		.listener_count = c->sockets.count,
		.tls = c->options->tls_cert ? &c->secrets->tls : NULL,
		.token = c->secrets->token,
		.shared_uid = c->template.in_process || !c->ids.worker.change,
		.allow_hosts = c->options->allow_hosts,
		.allow_host_count = c->options->allow_host_count,
		.version = PATCHBAY_VERSION,
	};
	c->api = api_start(c->loop, c->model, &c->api_config, err);
	c->sockets.count = 0; /* they are the API's */
	return c->api ? 0 : -err->code;
}

/**
 * announce() - when workers can run, say where we are
 * @c:		control
 * @err:	says why they can't
 *
 * The template makes its filter while control reads the API's description; only here control waits.
 *
 * Return: 0 or -errno
 */
static int announce(struct control *c, struct error *err)
{
	int ret = workers_wait(c->workers, err);

	if (ret < 0)
		return ret;
	printf("Patchbay " PATCHBAY_VERSION " is at %s\n", c->sockets.url);
	fflush(stdout);
	return 0;
}

/**
 * open_api_socket() - lock the folder, listen at its api.sock
 * @c:		control
 * @err:	says why not
 *
 * Return: 0 or -errno
 */
static int open_api_socket(struct control *c, struct error *err)
{
	char path[PATH_SIZE + sizeof("/api.sock")];
	int ret;

	c->lock = folder_lock(&(struct folder){c->socket_dir, SOCKET_DIR}, err);
	if (c->lock < 0)
		return c->lock;
	snprintf(path, sizeof(path), "%s/api.sock", c->socket_dir);
	ret = listen_unix(path, &c->sockets, err);
	if (ret == 0)
		snprintf(c->api_path, sizeof(c->api_path), "%.*s", (int)PATH_SIZE - 1, path);
	return ret;
}

/**
 * control_stop() - undo all that was set up
 * @c:		control
 */
static void control_stop(struct control *c)
{
	int fd = c->signals.loop ? c->signals.fd : -1;

	api_stop(c->api);
	model_free(c->model);
	state_close(c->state);
	resolv_stop(c->resolv);
	workers_stop(c->workers);
	listen_close(&c->sockets);
	if (c->api_path[0])
		unlink(c->api_path);
	if (c->lock >= 0)
		close(c->lock);
	loop_fd_remove(&c->signals);
	if (fd >= 0)
		close(fd);
	loop_free(c->loop);
	if (c->secrets)
		explicit_bzero(c->secrets, sizeof(*c->secrets));
	free(c->secrets);
}

int control_run(const struct options *options)
{
	static int (*const steps[])(struct control * c, struct error * err) = {
		set_up_privileged, open_api_socket, open_state, set_up_workers,
		set_up_model,      set_up_api,      announce,
	};
	struct control c = {.options = options, .lock = -1};
	struct error err = {0};
	int ret = 0;

	umask(0077);
	raise_limit();
	for (size_t i = 0; i < ARRAY_SIZE(steps) && ret == 0; i++)
		ret = steps[i](&c, &err);
	if (ret == 0 && !c.stopping)
		loop_run(c.loop);
	else if (err.code != 0)
		fprintf(stderr, "patchbayd: %s\n", err.message);
	control_stop(&c);
	return ret == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
