/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's name servers: read from resolv.conf, watched. */
#pragma once

#include "net/backend/backend.h"

struct loop;
struct resolv;

/**
 * struct resolv_servers - name servers, best first
 * @addr:	their addresses, port 53
 * @count:	their number
 */
struct resolv_servers {
	union host_addr addr[BACKEND_MAX_DNS];
	int count;
};

/**
 * resolv_parse() - the `nameserver` lines of a resolv.conf
 * @text:	the file's text; changed by this
 * @servers:	filled; what is no numeric address is left out
 */
void resolv_parse(char *text, struct resolv_servers *servers);

/**
 * resolv_start() - read the file now, and whenever it changes or is replaced
 * @loop:	the loop
 * @path:	"/etc/resolv.conf"; stays
 * @changed:	called when the servers are others than before, once at least before this returns
 * @context:	argument of @changed
 *
 * Without inotify the file is read once.
 *
 * Return: the watch, or NULL without memory
 */
struct resolv *resolv_start(struct loop *loop, const char *path,
			    void (*changed)(void *context, const struct resolv_servers *servers),
			    void *context);

/**
 * resolv_stop() - watch no more; NULL is allowed
 * @resolv:	the watch
 */
void resolv_stop(struct resolv *resolv);
