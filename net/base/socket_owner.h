/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose socket is at the other end of a TCP connection within this host? */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "net/base/host_addr.h"

/**
 * struct socket_owner - a socket of this host, as the kernel knows it
 * @uid:	the user that made it
 * @inode:	its number; 0: no process has it any more, and then @uid means nothing
 */
struct socket_owner {
	uid_t uid;
	uint64_t inode;
};

/**
 * socket_owner_find() - ask the kernel (sock_diag) for a connected TCP socket
 * @local:	its own address
 * @remote:	the address that it is connected to
 * @ret:	filled; zeroed when there is none
 *
 * Return: 0 or -errno
 */
int socket_owner_find(const union host_addr *local, const union host_addr *remote,
		      struct socket_owner *ret);

/**
 * socket_holder_find() - find a process that has a socket
 * @inode:	the socket
 * @except:	process that does not count, 0: all count
 *
 * Looks through /proc, the youngest process first, and sees only what this process may look into.
 * Takes milliseconds.
 *
 * Return: its pid, or 0
 */
pid_t socket_holder_find(uint64_t inode, pid_t except);
