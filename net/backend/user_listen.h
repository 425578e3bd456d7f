/* SPDX-License-Identifier: BSD-2-Clause */
/* The sockets of forwarded ports, as control opens them. */
#pragma once

#include "net/user/config.h"

#define USER_OWNER_SIZE 128

struct error;

/**
 * user_listen() - make a forward's socket: bound, and listening if TCP
 * @fwd:	the rule; a port of 0 is replaced by the one that the kernel chose
 * @text:	the rule for people
 * @owner:	filled with who holds a port that is in use, or ""
 * @err:	says why not
 *
 * Return: the socket, or -errno
 */
int user_listen(struct user_forward *fwd, const char *text, char owner[USER_OWNER_SIZE],
		struct error *err);
