/* SPDX-License-Identifier: BSD-2-Clause */
/* Folders of the daemon's own: that of its sockets, that of its state. */
#pragma once

#include <stddef.h>

struct error;
struct identity;

/**
 * struct folder - a folder that the user may choose
 * @path:	where it is
 * @option:	how to choose another one: "--socket-dir"
 */
struct folder {
	const char *path;
	const char *option;
};

/**
 * folder_default_sockets() - where sockets lie unless the user says otherwise
 * @path:	filled: $XDG_RUNTIME_DIR/patchbay, else /tmp/patchbay-UID; for root /run/patchbay
 * @size:	room in @path
 */
void folder_default_sockets(char *path, size_t size);

/**
 * folder_default_state() - where objects are saved unless the user says otherwise
 * @path:	filled: $XDG_STATE_HOME/patchbay, else ~/.local/state/patchbay; for root
 *		/var/lib/patchbay
 * @size:	room in @path
 */
void folder_default_state(char *path, size_t size);

/**
 * folder_prepare() - make a folder, or see that an existing one is fit
 * @what:	the folder
 * @id:		user that control will be
 * @err:	says why not
 *
 * Others must not be able to write into it. A folder of root's is handed to the user when it is
 * new, or holds nothing but sockets.
 *
 * Return: 0 or -errno
 */
int folder_prepare(const struct folder *what, const struct identity *id, struct error *err);

/**
 * folder_lock() - make sure that this daemon is alone in a folder
 * @what:	the folder
 * @err:	says why not: EBUSY when it is not
 *
 * Return: descriptor of the folder, which holds the lock until it is closed, or -errno
 */
int folder_lock(const struct folder *what, struct error *err);
