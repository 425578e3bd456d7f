/* SPDX-License-Identifier: BSD-2-Clause */
/* The netdev type `user`: NAT through libslirp, without privileges. */
#include "net/backend/backend.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "net/backend/classes.h"
#include "net/backend/user_body.h"
#include "net/backend/user_listen.h"
#include "net/base/bytes.h"
#include "net/base/error.h"
#include "net/user/stack.h"

#define RULE_LEN 128

/** struct rule - a forwarded port, and control's number of the rule that it belongs to */
struct rule {
	int slot;
	struct user_forward fwd;
};

/**
 * struct user_backend - a running user netdev
 * @backend:	what the worker sees
 * @port:	its port
 * @stack:	its network stack
 * @own_dns:	DNS servers were given, those of the host do not matter
 * @rules:	forwarded ports; owned
 * @rule_count:	their number
 */
struct user_backend {
	struct backend backend;
	struct port port;
	struct user_stack *stack;
	bool own_dns;
	struct rule *rules;
	int rule_count;
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
 * write_ports() - the ports that the host chose, so that a GET shows them
 * @list:	the member `hostfwd`
 * @before:	its rules as they were read
 * @now:	the same, with the ports that their sockets have
 */
static void write_ports(json_t *list, const struct user_config *before,
			const struct user_forward *now)
{
	for (int i = 0; i < before->forward_count; i++) {
		char text[RULE_LEN];

		if (host_addr_port(&before->forwards[i].host) != 0)
			continue;
		user_format_forward(&now[i], text, sizeof(text));
		json_array_set_new(list, (size_t)i, json_string(text));
	}
}

/** user_open() - backend_class.open: one descriptor for each forward, in their order */
static int user_open(json_t *body, struct backend_fds *fds, struct error *err)
{
	json_t *list = json_object_get(body, "hostfwd");
	struct user_forward now[USER_MAX_FORWARDS];
	char owner[USER_OWNER_SIZE];
	struct user_config cfg;

	fds->count = 0;
	if (user_body_read(body, &cfg, err) < 0)
		return -EINVAL;
	for (int i = 0; i < cfg.forward_count; i++) {
		const char *rule = json_string_value(json_array_get(list, (size_t)i));
		int fd;

		now[i] = cfg.forwards[i];
		fd = user_listen(&now[i], rule, owner, err);
		if (fd < 0) {
			snprintf(err->pointer, sizeof(err->pointer), "#/hostfwd/%d", i);
			backend_fds_close(fds);
			return fd;
		}
		fds->fd[fds->count++] = fd;
	}
	write_ports(list, &cfg, now);
	return 0;
}

/* ---- start: in the worker, sandboxed ---- */

/** user_receive() - port_ops.receive */
static int user_receive(struct port *port, const struct packet *packets, int n)
{
	return user_stack_receive(container_of(port, struct user_backend, port)->stack, packets, n);
}

static const struct port_ops user_port_ops = {.receive = user_receive};

/** user_forward_port() - backend_class.forward */
static int user_forward_port(struct backend *backend, const struct backend_forward *forward,
			     struct error *err)
{
	struct user_backend *u = container_of(backend, struct user_backend, backend);
	const struct user_config *cfg = user_stack_config(u->stack);
	struct rule *rules = reallocarray(u->rules, (size_t)u->rule_count + 1, sizeof(*u->rules));
	const char *reason = "There is no memory left";
	struct rule rule = {.slot = forward->slot};
	int ret = 0;

	if (rules)
		u->rules = rules;
	if (rules && u->rule_count < USER_MAX_LISTENERS)
		ret = user_parse_forward(cfg, forward->rule, &rule.fwd, &reason);
	else
		ret = -ENOMEM;
	if (ret < 0) {
		close(forward->fd);
		return error_set(err, -ret, "'%s' cannot be forwarded: %s", forward->rule, reason);
	}
	ret = user_stack_forward(u->stack, &rule.fwd, forward->fd, forward->uses, err);
	if (ret == 0)
		u->rules[u->rule_count++] = rule;
	return ret;
}

/** user_unforward() - backend_class.unforward */
static void user_unforward(struct backend *backend, int slot)
{
	struct user_backend *u = container_of(backend, struct user_backend, backend);
	int kept = 0;

	for (int i = 0; i < u->rule_count; i++) {
		if (u->rules[i].slot == slot)
			user_stack_unforward(u->stack, &u->rules[i].fwd);
		else
			u->rules[kept++] = u->rules[i];
	}
	u->rule_count = kept;
}

/** user_stop() - backend_class.stop */
static void user_stop(struct backend *backend)
{
	struct user_backend *u = container_of(backend, struct user_backend, backend);

	port_disconnect(&u->port);
	user_stack_free(u->stack);
	free(u->rules);
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
	if (u->stack)
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
	.forward = user_forward_port,
	.unforward = user_unforward,
	.host_changed = user_host_changed,
	.stop = user_stop,
};
