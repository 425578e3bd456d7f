/* SPDX-License-Identifier: BSD-2-Clause */
/* Listening UNIX sockets at paths. */
#pragma once

struct error;

/**
 * unix_socket_listen() - listen at a path that only the daemon's user may connect to
 * @path:	the path, at most 107 bytes
 * @err:	says why not
 *
 * A socket that nobody listens on any more is removed first; one that is alive is not.
 *
 * Return: descriptor (non-blocking, close-on-exec), owned by the caller, or -errno
 */
int unix_socket_listen(const char *path, struct error *err);
