/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is at the other end of a connection, and is that somebody who needs no token? */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "net/base/host_addr.h"
#include "net/base/socket_owner.h"

/*
 * Theory of operation
 *
 * Who may do as the daemon's user anyway needs no token:
 *  - a UNIX socket's peer whose uid (SO_PEERCRED) is root's or the daemon's;
 *  - a TCP peer on a loopback address whose socket, which is on this host then, is theirs by the
 *    word of the kernel (sock_diag). A socket that was closed is nobody's: its inode is 0, and
 *    the uid that is told for it is root's! So the kernel is asked when the connection comes and
 *    once more before the first request that changes something, and must answer the same.
 *
 * A worker must never be such a peer, in case a guest has taken it over. Where workers have a user
 * of their own that is already so. Where they share control's, the socket must be one that control
 * can see some other process have; nobody can look into workers (they are not dumpable).
 */

/**
 * enum peer_kind - how a client comes in
 * @PEER_UNIX:	through a UNIX socket
 * @PEER_LOOPBACK: from a loopback address, to one
 * @PEER_REMOTE: from anywhere else
 */
enum peer_kind {
	PEER_UNIX,
	PEER_LOOPBACK,
	PEER_REMOTE,
};

/**
 * struct peer_rules - who needs no token
 * @uid:	the daemon's user; root is added
 * @shared:	workers are that user too
 */
struct peer_rules {
	uid_t uid;
	bool shared;
};

/**
 * struct peer - a client
 * @kind:	how it comes in
 * @text:	its address, for logs
 * @here:	our address, as its Host header would have it: "127.0.0.1:8080"
 * @remote:	its address
 * @local:	our address
 * @owner:	whose socket it was when it came; for a UNIX socket only the uid is known
 * @settled:	@owner was confirmed before a change
 * @judged:	@trusted is known
 * @trusted:	it needs no token
 */
struct peer {
	enum peer_kind kind;
	char text[HOST_ADDR_TEXT];
	char here[HOST_ADDR_TEXT];
	union host_addr remote;
	union host_addr local;
	struct socket_owner owner;
	bool settled;
	bool judged;
	bool trusted;
};

/**
 * peer_init() - look at a client that has just come
 * @peer:	filled
 * @fd:		its connection
 * @addr:	its address
 */
void peer_init(struct peer *peer, int fd, const struct sockaddr_storage *addr);

/**
 * peer_is_trusted() - does it need no token?
 * @peer:	the client
 * @rules:	who does not
 * @changes:	its request would change something
 */
bool peer_is_trusted(struct peer *peer, const struct peer_rules *rules, bool changes);
