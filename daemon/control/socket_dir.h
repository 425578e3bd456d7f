/* SPDX-License-Identifier: BSD-2-Clause */
/* The folder that the daemon's sockets lie in. */
#pragma once

#include <stddef.h>

struct error;
struct identity;

/**
 * socket_dir_default() - where sockets lie unless the user says otherwise
 * @path:	filled: $XDG_RUNTIME_DIR/patchbay, else /tmp/patchbay-UID; for root /run/patchbay
 * @size:	room in @path
 */
void socket_dir_default(char *path, size_t size);

/**
 * socket_dir_prepare() - make the folder, or see that an existing one is fit
 * @path:	the folder
 * @id:		user that control will be
 * @err:	says why not
 *
 * Others must not be able to write into it. A folder of root's is handed to the user when it is
 * new, or holds nothing but sockets.
 *
 * Return: 0 or -errno
 */
int socket_dir_prepare(const char *path, const struct identity *id, struct error *err);

/**
 * socket_dir_lock() - make sure that this daemon is alone in the folder
 * @path:	the folder
 * @err:	says why not
 *
 * Return: descriptor that holds the lock until it is closed, or -errno
 */
int socket_dir_lock(const char *path, struct error *err);
