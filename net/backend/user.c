/* SPDX-License-Identifier: BSD-2-Clause */
/* The netdev type `user`: NAT through libslirp, without privileges. */
#include "net/backend/backend.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/backend/classes.h"
#include "net/backend/user_body.h"
#include "net/base/bytes.h"
#include "net/base/error.h"
#include "net/base/port_owner.h"
#include "net/user/stack.h"

#define LISTEN_BACKLOG  128
#define POINTER_LEN     64
#define RULE_LEN        128
#define FIRST_FREE_PORT 1024 /* of those that need no privilege, by default */

/**
 * struct user_backend - a running user netdev
 * @backend:	what the worker sees
 * @port:	its port
 * @stack:	its network stack
 * @own_dns:	DNS servers were given, those of the host do not matter
 */
struct user_backend {
	struct backend backend;
	struct port port;
	struct user_stack *stack;
	bool own_dns;
};

/* ---- check and open: in control ---- */

/** user_check() - backend_class.check */
static int user_check(json_t *body, struct error *err)
{
	struct user_config cfg;

	if (user_body_read(body, &cfg, err) < 0)
		return -EINVAL;
	user_body_write(body, &cfg);
	return 0;
}

/**
 * bind_forward() - make a forward's socket
 * @fwd:	the rule; a port of 0 is replaced by the one that the kernel chose
 *
 * UDP sockets stay blocking: for those alone does the kernel verify checksums before it says that
 * there is something to read, and libslirp reads when it is told so.
 *
 * Return: the socket, or -errno
 */
static int bind_forward(struct user_forward *fwd)
{
	int type = fwd->udp ? SOCK_DGRAM : SOCK_STREAM | SOCK_NONBLOCK;
	int fd = socket(fwd->host.sa.sa_family, type | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(fwd->host);
	int on = 1;
	int code;

	if (fd < 0)
		return -errno;
	if (fwd->host.sa.sa_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0)
		goto failed;
	if (!fwd->udp && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		goto failed;
	if (bind(fd, &fwd->host.sa, host_addr_len(&fwd->host)) < 0 ||
	    (!fwd->udp && listen(fd, LISTEN_BACKLOG) < 0) ||
	    getsockname(fd, &fwd->host.sa, &len) < 0)
		goto failed;
	return fd;
failed:
	code = errno;
	close(fd);
	return -code;
}

/**
 * explain() - why a forward's socket could not be made
 * @fwd:	the rule
 * @rule:	its text
 * @index:	its number
 * @code:	errno
 * @err:	filled
 *
 * Return: -@code
 */
static int explain(const struct user_forward *fwd, const char *rule, size_t index, int code,
		   struct error *err)
{
	char pointer[POINTER_LEN], owner[128] = "", more[160] = "";

	if (code == EADDRINUSE && port_owner(&fwd->host, fwd->udp, owner, sizeof(owner)))
		snprintf(more, sizeof(more), " (%s port %u is held by %s)",
			 fwd->udp ? "UDP" : "TCP", host_addr_port(&fwd->host), owner);
	if (code == EACCES && host_addr_port(&fwd->host) < FIRST_FREE_PORT)
		snprintf(more, sizeof(more), " (ports below %d need a privilege)", FIRST_FREE_PORT);
	snprintf(pointer, sizeof(pointer), "#/hostfwd/%zu", index);
	return error_at(err, code, pointer, "Could not set up host forwarding rule '%s': %s%s",
			rule, strerror(code), more);
}

/** user_open() - backend_class.open: one descriptor for each forward, in their order */
static int user_open(json_t *body, struct backend_fds *fds, struct error *err)
{
	json_t *list = json_object_get(body, "hostfwd");
	bool chosen[USER_MAX_FORWARDS] = {false};
	struct user_config cfg;

	fds->count = 0;
	if (user_body_read(body, &cfg, err) < 0)
		return -EINVAL;
	for (int i = 0; i < cfg.forward_count; i++) {
		const char *rule = json_string_value(json_array_get(list, (size_t)i));
		struct user_forward fwd = cfg.forwards[i];
		int fd = bind_forward(&fwd);

		if (fd < 0) {
			backend_fds_close(fds);
			return explain(&fwd, rule, (size_t)i, -fd, err);
		}
		fds->fd[fds->count++] = fd;
		chosen[i] = host_addr_port(&cfg.forwards[i].host) == 0;
		cfg.forwards[i].host = fwd.host;
	}
	for (int i = 0; i < cfg.forward_count; i++) {
		char text[RULE_LEN];

		if (!chosen[i])
			continue;
		user_format_forward(&cfg.forwards[i], text, sizeof(text));
		json_array_set_new(list, (size_t)i, json_string(text));
	}
	return 0;
}

/* ---- start: in the worker, sandboxed ---- */

/** user_receive() - port_ops.receive */
static int user_receive(struct port *port, const struct packet *packets, int n)
{
	return user_stack_receive(container_of(port, struct user_backend, port)->stack, packets, n);
}

static const struct port_ops user_port_ops = {.receive = user_receive};

/**
 * add_forwards() - hand control's sockets to the stack
 * @u:		the netdev
 * @cfg:	its configuration
 * @fds:	the sockets; taken over, also on failure
 * @err:	says why not
 *
 * Return: 0 or -errno
 */
static int add_forwards(struct user_backend *u, const struct user_config *cfg,
			struct backend_fds *fds, struct error *err)
{
	int result = 0;

	if (fds->count != cfg->forward_count)
		result = error_set(err, EINVAL, "%d sockets came for %d forwarded ports",
				   fds->count, cfg->forward_count);
	for (int i = 0; i < fds->count; i++) {
		if (result < 0)
			close(fds->fd[i]);
		else
			result = user_stack_forward(u->stack, &cfg->forwards[i], fds->fd[i], err);
	}
	fds->count = 0;
	return result;
}

/** user_stop() - backend_class.stop */
static void user_stop(struct backend *backend)
{
	struct user_backend *u = container_of(backend, struct user_backend, backend);

	port_disconnect(&u->port);
	user_stack_free(u->stack);
	free(u);
}

/** user_start() - backend_class.start */
static struct backend *user_start(struct loop *loop, const json_t *body, struct backend_fds *fds,
				  struct port_stats *stats, struct error *err)
{
	struct user_config cfg;
	struct user_backend *u = NULL;

	if (user_body_read(body, &cfg, err) < 0)
		goto failed;
	u = calloc(1, sizeof(*u));
	if (!u) {
		error_set(err, ENOMEM, "There is no memory for a user netdev");
		goto failed;
	}
	u->backend = (struct backend){.class = &backend_user, .port = &u->port};
	u->own_dns = cfg.upstream_count > 0;
	port_init(&u->port, &user_port_ops, PORT_CAP_TSO4 | PORT_LATENCY_BOUND, stats);
	u->stack = user_stack_new(loop, &cfg, &u->port, err);
	if (u->stack && add_forwards(u, &cfg, fds, err) == 0)
		return &u->backend;
failed:
	backend_fds_close(fds);
	if (u)
		user_stop(&u->backend);
	return NULL;
}

/** user_host_changed() - backend_class.host_changed */
static void user_host_changed(struct backend *backend, const struct host_facts *facts)
{
	struct user_backend *u = container_of(backend, struct user_backend, backend);

	user_stack_set_api_ports(u->stack, facts->api_ports, facts->api_port_count);
	if (!u->own_dns)
		user_stack_set_dns(u->stack, facts->dns, facts->dns_count);
}

const struct backend_class backend_user = {
	.type = "user",
	.check = user_check,
	.open = user_open,
	.start = user_start,
	.host_changed = user_host_changed,
	.stop = user_stop,
};
