/* SPDX-License-Identifier: BSD-2-Clause */
/* The sockets that the API is served on. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LISTEN_MAX 9 /* TCP addresses, and the UNIX socket */

struct error;
struct options;

/**
 * struct listen_sockets - what is listened on
 * @fd:		the sockets
 * @port:	TCP ports, 0 for a UNIX socket
 * @remote:	can other machines reach it?
 * @count:	their number
 * @url:	of the first TCP socket, for a person
 */
struct listen_sockets {
	int fd[LISTEN_MAX];
	uint16_t port[LISTEN_MAX];
	bool remote[LISTEN_MAX];
	size_t count;
	char url[80];
};

/**
 * listen_tcp() - listen on the addresses of --listen, or on the default ones
 * @options:	the command line
 * @sockets:	filled
 * @err:	says why not; a busy port names its owner
 *
 * An address that other machines can reach is refused without --token-file.
 *
 * Return: 0, or -errno; then nothing is open
 */
int listen_tcp(const struct options *options, struct listen_sockets *sockets, struct error *err);

/**
 * listen_unix() - listen at PATH as well
 * @path:	path of the API's socket
 * @sockets:	one is added
 * @err:	says why not
 *
 * Return: 0 or -errno
 */
int listen_unix(const char *path, struct listen_sockets *sockets, struct error *err);

/**
 * listen_close() - close them all
 * @sockets:	the sockets
 */
void listen_close(struct listen_sockets *sockets);
