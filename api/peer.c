/* SPDX-License-Identifier: BSD-2-Clause */
/* Looking at clients: addresses, SO_PEERCRED, sock_diag. */
#include "api/peer.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/** init_unix() - a UNIX socket's client */
static void init_unix(struct peer *peer, int fd)
{
	struct ucred cred = {.uid = (uid_t)-1};
	socklen_t len = sizeof(cred);

	peer->kind = PEER_UNIX;
	snprintf(peer->text, sizeof(peer->text), "unix");
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		cred.uid = (uid_t)-1;
	peer->owner.uid = cred.uid;
}

void peer_init(struct peer *peer, int fd, const struct sockaddr_storage *addr)
{
	socklen_t len = sizeof(peer->local);

	memset(peer, 0, sizeof(*peer));
	if (addr->ss_family != AF_INET && addr->ss_family != AF_INET6) {
		init_unix(peer, fd);
		return;
	}
	peer->kind = PEER_REMOTE;
	memcpy(&peer->remote, addr, sizeof(peer->remote));
	host_addr_format(&peer->remote, peer->text);
	if (getsockname(fd, &peer->local.sa, &len) < 0)
		return;
	host_addr_format(&peer->local, peer->here);
	if (!host_addr_is_loopback(&peer->remote) || !host_addr_is_loopback(&peer->local))
		return;
	peer->kind = PEER_LOOPBACK;
	socket_owner_find(&peer->remote, &peer->local, &peer->owner);
}

/** settle() - before a change: is the socket still the one that it was? If not, it is nobody's */
static void settle(struct peer *peer)
{
	struct socket_owner now;

	peer->settled = true;
	socket_owner_find(&peer->remote, &peer->local, &now);
	if (now.uid == peer->owner.uid && now.inode == peer->owner.inode)
		return;
	peer->owner = (struct socket_owner){0};
	peer->judged = false;
}

/** judge() - is the owner one who needs no token? */
static bool judge(const struct peer *peer, const struct peer_rules *rules)
{
	const struct socket_owner *owner = &peer->owner;

	if (owner->uid != 0 && owner->uid != rules->uid)
		return false;
	if (peer->kind == PEER_UNIX)
		return true;
	if (peer->kind != PEER_LOOPBACK || owner->inode == 0)
		return false;
	return !rules->shared || owner->uid != rules->uid ||
	       socket_holder_find(owner->inode, getpid()) != 0;
}

bool peer_is_trusted(struct peer *peer, const struct peer_rules *rules, bool changes)
{
	if (changes && peer->kind == PEER_LOOPBACK && !peer->settled)
		settle(peer);
	if (!peer->judged)
		peer->trusted = judge(peer, rules);
	peer->judged = true;
	return peer->trusted;
}
