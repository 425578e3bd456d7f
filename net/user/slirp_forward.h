/* SPDX-License-Identifier: BSD-2-Clause */
/* Handing libslirp a forward's socket that somebody else opened. */
#pragma once

#include <slirp/libslirp.h>

#include "net/user/config.h"

struct error;

/**
 * slirp_forward_add() - make libslirp forward a socket
 * @slirp:	libslirp's instance
 * @fwd:	the rule
 * @fd:		bound socket, listening if TCP; taken over, also on failure
 * @err:	says why not
 *
 * Return: the descriptor under which libslirp now has the socket, or -errno
 */
int slirp_forward_add(Slirp *slirp, const struct user_forward *fwd, int fd, struct error *err);

/**
 * slirp_forward_remove() - stop it; libslirp closes its socket
 * @slirp:	libslirp's instance
 * @fwd:	the rule that was added
 */
void slirp_forward_remove(Slirp *slirp, const struct user_forward *fwd);
