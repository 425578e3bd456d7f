/* SPDX-License-Identifier: BSD-2-Clause */
/* Binding what is forwarded, and saying why that can't be. */
#include "net/backend/user_listen.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/base/error.h"
#include "net/base/port_owner.h"

#define LISTEN_BACKLOG  128
#define FIRST_FREE_PORT 1024 /* of those that need no privilege, by default */

/**
 * bind_forward() - make a forward's socket
 * @fwd:	the rule; a port of 0 is replaced by the one that the kernel chose
 *
 * UDP sockets stay blocking: for those alone does the kernel verify checksums before it says that
 * there is something to read, and libslirp reads when it is told so.
 *
 * Return: the socket, or -errno
 */
static int bind_forward(struct user_forward *fwd)
{
	int type = fwd->udp ? SOCK_DGRAM : SOCK_STREAM | SOCK_NONBLOCK;
	int fd = socket(fwd->host.sa.sa_family, type | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(fwd->host);
	int on = 1;
	int code;

	if (fd < 0)
		return -errno;
	if (fwd->host.sa.sa_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0)
		goto failed;
	if (!fwd->udp && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		goto failed;
	if (bind(fd, &fwd->host.sa, host_addr_len(&fwd->host)) < 0 ||
	    (!fwd->udp && listen(fd, LISTEN_BACKLOG) < 0) ||
	    getsockname(fd, &fwd->host.sa, &len) < 0)
		goto failed;
	return fd;
failed:
	code = errno;
	close(fd);
	return -code;
}

int user_listen(struct user_forward *fwd, const char *text, char owner[USER_OWNER_SIZE],
		struct error *err)
{
	const char *kind = fwd->udp ? "UDP" : "TCP";
	unsigned port = host_addr_port(&fwd->host);
	int fd = bind_forward(fwd);
	char more[192] = "";

	owner[0] = '\0';
	if (fd >= 0)
		return fd;
	if (fd == -EADDRINUSE && port_owner(&fwd->host, fwd->udp, owner, USER_OWNER_SIZE))
		snprintf(more, sizeof(more), " (%s port %u is held by %s)", kind, port, owner);
	if (fd == -EACCES && port < FIRST_FREE_PORT)
		snprintf(more, sizeof(more), " (ports below %d need a privilege)", FIRST_FREE_PORT);
	return error_set(err, -fd, "Could not set up host forwarding rule '%s': %s%s", text,
			 strerror(-fd), more);
}
