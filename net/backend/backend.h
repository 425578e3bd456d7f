/* SPDX-License-Identifier: BSD-2-Clause */
/* What a netdev type is: an open half that runs in control, a start half that runs in a worker. */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "net/base/host_addr.h"
#include "net/core/port.h"

struct error;
struct loop;

#define BACKEND_MAX_FDS       128
#define BACKEND_MAX_DNS       4
#define BACKEND_MAX_API_PORTS 8

/**
 * struct backend_fds - descriptors that control opened for a backend, in the order the type defines
 * @fd:		the descriptors; owned by whoever holds the struct
 * @count:	their number
 *
 * Control keeps them for the life of the netdev (listeners survive a worker); a worker gets
 * duplicates.
 */
struct backend_fds {
	int fd[BACKEND_MAX_FDS];
	int count;
};

/**
 * struct host_facts - what a worker must know of the host and can't look up in its sandbox
 * @dns:	upstream name servers (from resolv.conf), best first
 * @dns_count:	their number
 * @api_ports:	TCP ports of the API, host byte order: no guest may reach them
 * @api_port_count: their number
 */
struct host_facts {
	union host_addr dns[BACKEND_MAX_DNS];
	int dns_count;
	uint16_t api_ports[BACKEND_MAX_API_PORTS];
	int api_port_count;
};

/**
 * struct backend - a running netdev in a worker; first member of each type's own struct
 * @class:	its type
 * @port:	its port, in the type's own struct; the worker connects it to a card or a switch
 */
struct backend {
	const struct backend_class *class;
	struct port *port;
};

/**
 * struct backend_forward - a port of the host that leads to a guest
 * @slot:	control's number of the rule; a rule for several ports has as many of these
 * @rule:	as in `hostfwd`, with the address and the port that @fd is bound to
 * @fd:		control's socket
 * @uses:	counts connections or datagrams; stays; may be NULL
 */
struct backend_forward {
	int slot;
	const char *rule;
	int fd;
	uint64_t *uses;
};

/**
 * struct backend_class - a netdev type; one const instance in net/backend/<type>.c
 * @type:	QEMU's name of it
 * @probe:	(control) can it work on this host, for this user? NULL: everywhere. Return: 0, or
 *		-errno with @err, which says what would help
 * @check:	(control) rules between members that no schema can tell, and defaults that depend on
 *		other members, written into @body. Return: 0, or -errno with @err naming the member
 * @open:	(control) everything that needs a path, a name or a privilege. @body has passed
 *		@check; what the host chose (a port) is written into it. Return: 0, or -errno with
 *		@err; then @fds is empty again
 * @start:	(worker) make it run. @body has passed @check in control, which is not trusted less
 *		for that. Takes the descriptors of @fds over, also on failure. @stats is where its
 *		port counts (may be NULL). Return: the backend, or NULL with @err
 * @forward:	(worker) lead a port of the host to the guest; NULL for types that can't. Takes the
 *		descriptor over, also on failure. Return: 0, or -errno with @err
 * @unforward:	(worker) no more; NULL where @forward is
 * @host_changed: (worker) new facts of the host; may be NULL
 * @stop:	(worker) disconnect its port, close everything, free it
 */
struct backend_class {
	const char *type;
	int (*probe)(struct error *err);
	int (*check)(json_t *body, struct error *err);
	int (*open)(json_t *body, struct backend_fds *fds, struct error *err);
	struct backend *(*start)(struct loop *loop, const json_t *body, struct backend_fds *fds,
				 struct port_stats *stats, struct error *err);
	int (*forward)(struct backend *backend, const struct backend_forward *forward,
		       struct error *err);
	void (*unforward)(struct backend *backend, int slot);
	void (*host_changed)(struct backend *backend, const struct host_facts *facts);
	void (*stop)(struct backend *backend);
};

/**
 * backend_class() - find a type by name
 * @type:	QEMU's name
 *
 * Return: the class, or NULL
 */
const struct backend_class *backend_class(const char *type);

/**
 * backend_fds_close() - close all descriptors and empty the list
 * @fds:	the list
 */
void backend_fds_close(struct backend_fds *fds);
