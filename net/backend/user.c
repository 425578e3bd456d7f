/* SPDX-License-Identifier: BSD-2-Clause */
/* The netdev type `user`: NAT through libslirp, without privileges. */
#include "net/backend/backend.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/backend/classes.h"
#include "net/base/bytes.h"
#include "net/base/error.h"
#include "net/base/port_owner.h"
#include "net/user/config.h"
#include "net/user/stack.h"

#define DEFAULT_NET     "10.0.2.0/24"
#define DNS_PORT        53
#define LISTEN_BACKLOG  128
#define POINTER_LEN     64
#define RULE_LEN        128
#define FIRST_FREE_PORT 1024 /* of those that need no privilege, by default */

/**
 * struct user_backend - a running user netdev
 * @backend:	what the worker sees
 * @stack:	its network stack
 * @own_dns:	DNS servers were given, those of the host do not matter
 */
struct user_backend {
	struct backend backend;
	struct user_stack *stack;
	bool own_dns;
};

/* ---- the body: JSON to struct user_config, in control and in the worker ---- */

/**
 * text_of() - a string member
 * @body:	the netdev
 * @name:	member
 *
 * Return: its text, or NULL when it is not there
 */
static const char *text_of(const json_t *body, const char *name)
{
	return json_string_value(json_object_get(body, name));
}

/**
 * read_address() - an IPv4 address member
 * @body:	the netdev
 * @name:	member; absent: @addr is left 0
 * @addr:	filled
 * @err:	names the member
 *
 * Return: 0 or -EINVAL
 */
static int read_address(const json_t *body, const char *name, struct in_addr *addr,
			struct error *err)
{
	const char *text = text_of(body, name);
	char pointer[POINTER_LEN];

	if (!text || inet_pton(AF_INET, text, addr) == 1)
		return 0;
	snprintf(pointer, sizeof(pointer), "#/%s", name);
	return error_at(err, EINVAL, pointer, "'%s' is not an IPv4 address", text);
}

/**
 * read_address6() - an IPv6 address member
 * @body:	the netdev
 * @name:	member; absent: @addr is left ::
 * @addr:	filled
 * @what:	what QEMU calls it
 * @err:	names the member
 *
 * Return: 0 or -EINVAL
 */
static int read_address6(const json_t *body, const char *name, struct in6_addr *addr,
			 const char *what, struct error *err)
{
	const char *text = text_of(body, name);
	char pointer[POINTER_LEN];

	if (!text || inet_pton(AF_INET6, text, addr) == 1)
		return 0;
	snprintf(pointer, sizeof(pointer), "#/%s", name);
	return error_at(err, EINVAL, pointer, "Failed to parse IPv6 %s: '%s'", what, text);
}

/**
 * refuse_members() - members of a family that is off
 * @body:	the netdev
 * @names:	members, NULL at the end
 * @message:	QEMU's words
 * @err:	names the member
 *
 * Return: 0, or -EINVAL when one is there
 */
static int refuse_members(const json_t *body, const char *const *names, const char *message,
			  struct error *err)
{
	char pointer[POINTER_LEN];

	for (; *names; names++) {
		if (!json_object_get(body, *names))
			continue;
		snprintf(pointer, sizeof(pointer), "#/%s", *names);
		return error_at(err, EINVAL, pointer, "%s", message);
	}
	return 0;
}

/**
 * read_families() - which of IPv4 and IPv6 are on
 * @body:	the netdev
 * @cfg:	@ipv4 and @ipv6 are filled
 * @err:	names the member
 *
 * Each is on, unless it is off, or only the other was asked for.
 *
 * Return: 0 or -EINVAL
 */
static int read_families(const json_t *body, struct user_config *cfg, struct error *err)
{
	const json_t *ipv4 = json_object_get(body, "ipv4");
	const json_t *ipv6 = json_object_get(body, "ipv6");

	cfg->ipv4 = ipv4 ? json_is_true(ipv4) : !json_is_true(ipv6);
	cfg->ipv6 = ipv6 ? json_is_true(ipv6) : !json_is_true(ipv4);
	if (!cfg->ipv4 && !cfg->ipv6)
		return error_at(err, EINVAL, "#/ipv4", "IPv4 and IPv6 disabled");
	return 0;
}

/**
 * read_ipv4() - the IPv4 members
 * @body:	the netdev
 * @cfg:	filled
 * @err:	names the member
 *
 * `net` with its default does not count as given: a schema may have filled it in.
 *
 * Return: 0 or -EINVAL
 */
static int read_ipv4(const json_t *body, struct user_config *cfg, struct error *err)
{
	static const char *const others[] = {"host", "dns", "dhcpstart", NULL};
	const char *net = text_of(body, "net");

	if (!cfg->ipv4) {
		const char *message = "IPv4 disabled but netmask/host/dns provided";

		if (net && strcmp(net, DEFAULT_NET) != 0)
			return error_at(err, EINVAL, "#/net", "%s", message);
		return refuse_members(body, others, message, err);
	}
	if (user_parse_net(net ? net : DEFAULT_NET, cfg, err) < 0 ||
	    read_address(body, "host", &cfg->host, err) < 0 ||
	    read_address(body, "dns", &cfg->dns, err) < 0 ||
	    read_address(body, "dhcpstart", &cfg->dhcpstart, err) < 0)
		return -EINVAL;
	return user_finish_ipv4(cfg, err);
}

/**
 * read_ipv6() - the IPv6 members
 * @body:	the netdev
 * @cfg:	filled
 * @err:	names the member
 *
 * Return: 0 or -EINVAL
 */
static int read_ipv6(const json_t *body, struct user_config *cfg, struct error *err)
{
	static const char *const members[] = {"ipv6-prefix", "ipv6-prefixlen", "ipv6-host",
					      "ipv6-dns", NULL};
	json_int_t len = json_integer_value(json_object_get(body, "ipv6-prefixlen"));

	if (!cfg->ipv6)
		return refuse_members(body, members, "IPv6 disabled but prefix/host6/dns6 provided",
				      err);
	if (read_address6(body, "ipv6-prefix", &cfg->prefix, "prefix", err) < 0 ||
	    read_address6(body, "ipv6-host", &cfg->host6, "host", err) < 0 ||
	    read_address6(body, "ipv6-dns", &cfg->dns6, "DNS", err) < 0)
		return -EINVAL;
	cfg->prefix_len = len < 0 || len > 128 ? 128 : (uint8_t)len;
	return user_finish_ipv6(cfg, err);
}

/**
 * read_hostname() - the name that DHCP gives to the guest
 * @body:	the netdev
 * @cfg:	filled
 * @err:	names the member
 *
 * Return: 0 or -EINVAL
 */
static int read_hostname(const json_t *body, struct user_config *cfg, struct error *err)
{
	const char *name = text_of(body, "hostname");

	if (!name)
		return 0;
	if (strlen(name) > USER_HOSTNAME_LEN)
		return error_at(err, EINVAL, "#/hostname",
				"'hostname' parameter cannot be longer than %d characters",
				USER_HOSTNAME_LEN);
	strcpy(cfg->hostname, name);
	return 0;
}

/**
 * read_upstream() - DNS servers that were given
 * @body:	the netdev
 * @cfg:	filled
 * @err:	names the member
 *
 * Return: 0 or -EINVAL
 */
static int read_upstream(const json_t *body, struct user_config *cfg, struct error *err)
{
	const json_t *list = json_object_get(body, "dns-upstream");
	size_t count = json_array_size(list);
	char pointer[POINTER_LEN];

	if (count > USER_MAX_DNS)
		return error_at(err, EINVAL, "#/dns-upstream", "More than %d DNS servers",
				USER_MAX_DNS);
	for (size_t i = 0; i < count; i++) {
		const char *text = json_string_value(json_array_get(list, i));
		union host_addr *addr = &cfg->upstream[i];

		if (text && host_addr_parse_port(text, DNS_PORT, addr) == 0 &&
		    host_addr_port(addr) != 0)
			continue;
		snprintf(pointer, sizeof(pointer), "#/dns-upstream/%zu", i);
		return error_at(err, EINVAL, pointer,
				"'%s' is not a DNS server, expected: address, address:port or "
				"[IPv6 address]:port",
				text ? text : "");
	}
	cfg->upstream_count = (int)count;
	return 0;
}

/**
 * read_forwards() - the hostfwd rules
 * @body:	the netdev
 * @cfg:	filled; everything else must be there already
 * @err:	names the rule
 *
 * Return: 0 or -EINVAL
 */
static int read_forwards(const json_t *body, struct user_config *cfg, struct error *err)
{
	const json_t *list = json_object_get(body, "hostfwd");
	size_t count = json_array_size(list);
	char pointer[POINTER_LEN];
	const char *reason;

	if (count > USER_MAX_FORWARDS)
		return error_at(err, EINVAL, "#/hostfwd", "More than %d host forwarding rules",
				USER_MAX_FORWARDS);
	for (size_t i = 0; i < count; i++) {
		const char *rule = json_string_value(json_array_get(list, i));

		if (user_parse_forward(cfg, rule ? rule : "", &cfg->forwards[i], &reason) == 0)
			continue;
		snprintf(pointer, sizeof(pointer), "#/hostfwd/%zu", i);
		return error_at(err, EINVAL, pointer, "Invalid host forwarding rule '%s' (%s)",
				rule ? rule : "", reason);
	}
	cfg->forward_count = (int)count;
	return 0;
}

/**
 * read_config() - the whole netdev
 * @body:	the netdev
 * @cfg:	filled
 * @err:	names the member at fault
 *
 * Return: 0 or -EINVAL
 */
static int read_config(const json_t *body, struct user_config *cfg, struct error *err)
{
	*cfg = (struct user_config){
		.restricted = json_is_true(json_object_get(body, "restrict")),
		.host_loopback = json_is_true(json_object_get(body, "host-loopback")),
	};
	if (read_families(body, cfg, err) < 0 || read_ipv4(body, cfg, err) < 0 ||
	    read_ipv6(body, cfg, err) < 0 || read_hostname(body, cfg, err) < 0 ||
	    read_upstream(body, cfg, err) < 0 || read_forwards(body, cfg, err) < 0)
		return -EINVAL;
	return 0;
}

/* ---- check: what was derived is written back, so that a GET shows it ---- */

/**
 * write_address() - an address member
 * @body:	the netdev
 * @name:	member
 * @family:	AF_INET or AF_INET6
 * @addr:	struct in_addr or struct in6_addr
 */
static void write_address(json_t *body, const char *name, int family, const void *addr)
{
	char text[INET6_ADDRSTRLEN] = "";

	inet_ntop(family, addr, text, sizeof(text));
	json_object_set_new(body, name, json_string(text));
}

/**
 * write_ipv4() - the IPv4 members
 * @body:	the netdev
 * @cfg:	its configuration
 */
static void write_ipv4(json_t *body, const struct user_config *cfg)
{
	char net[INET_ADDRSTRLEN] = "", text[INET_ADDRSTRLEN + 4];

	json_object_set_new(body, "ipv4", json_boolean(cfg->ipv4));
	if (!cfg->ipv4) {
		json_object_del(body, "net");
		return;
	}
	inet_ntop(AF_INET, &cfg->net, net, sizeof(net));
	snprintf(text, sizeof(text), "%s/%d", net, __builtin_popcount(cfg->mask.s_addr));
	json_object_set_new(body, "net", json_string(text));
	write_address(body, "host", AF_INET, &cfg->host);
	write_address(body, "dns", AF_INET, &cfg->dns);
	write_address(body, "dhcpstart", AF_INET, &cfg->dhcpstart);
}

/**
 * write_ipv6() - the IPv6 members
 * @body:	the netdev
 * @cfg:	its configuration
 */
static void write_ipv6(json_t *body, const struct user_config *cfg)
{
	json_object_set_new(body, "ipv6", json_boolean(cfg->ipv6));
	if (!cfg->ipv6)
		return;
	write_address(body, "ipv6-prefix", AF_INET6, &cfg->prefix);
	json_object_set_new(body, "ipv6-prefixlen", json_integer(cfg->prefix_len));
	write_address(body, "ipv6-host", AF_INET6, &cfg->host6);
	write_address(body, "ipv6-dns", AF_INET6, &cfg->dns6);
}

/** user_check() - backend_class.check */
static int user_check(json_t *body, struct error *err)
{
	struct user_config cfg;

	if (read_config(body, &cfg, err) < 0)
		return -EINVAL;
	write_ipv4(body, &cfg);
	write_ipv6(body, &cfg);
	return 0;
}

/* ---- open: in control ---- */

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
	struct user_config cfg;

	fds->count = 0;
	if (read_config(body, &cfg, err) < 0)
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
		cfg.forwards[i].host = fwd.host;
	}
	for (int i = 0; i < cfg.forward_count; i++) {
		char text[RULE_LEN];

		user_format_forward(&cfg.forwards[i], text, sizeof(text));
		json_array_set_new(list, (size_t)i, json_string(text));
	}
	return 0;
}

/* ---- start: in the worker, sandboxed ---- */

/** user_receive() - port_ops.receive */
static int user_receive(struct port *port, const struct packet *packets, int n)
{
	struct backend *backend = container_of(port, struct backend, port);

	return user_stack_receive(container_of(backend, struct user_backend, backend)->stack,
				  packets, n);
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

	port_disconnect(&backend->port);
	user_stack_free(u->stack);
	free(u);
}

/** user_start() - backend_class.start */
static struct backend *user_start(struct loop *loop, const json_t *body, struct backend_fds *fds,
				  struct port_stats *stats, struct error *err)
{
	struct user_config cfg;
	struct user_backend *u = NULL;

	if (read_config(body, &cfg, err) < 0)
		goto failed;
	u = calloc(1, sizeof(*u));
	if (!u) {
		error_set(err, ENOMEM, "There is no memory for a user netdev");
		goto failed;
	}
	u->backend.class = &backend_user;
	u->own_dns = cfg.upstream_count > 0;
	port_init(&u->backend.port, &user_port_ops, PORT_CAP_TSO4 | PORT_LATENCY_BOUND, stats);
	u->stack = user_stack_new(loop, &cfg, &u->backend.port, err);
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
