/* SPDX-License-Identifier: BSD-2-Clause */
/* Binding UNIX sockets, over dead ones if need be. */
#include "daemon/control/unix_socket.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/base/error.h"

#define BACKLOG 16

/**
 * remove_dead() - remove a socket that nobody listens on
 * @addr:	its path
 * @err:	says why not
 *
 * Return: 0 or -errno
 */
static int remove_dead(const struct sockaddr_un *addr, struct error *err)
{
	struct stat st;
	struct ucred cred = {0};
	socklen_t len = sizeof(cred);
	int fd, ret;

	if (lstat(addr->sun_path, &st) < 0)
		return errno == ENOENT
			       ? 0
			       : error_set(err, errno, "%s: %s", addr->sun_path, strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return error_set(err, EEXIST, "%s is there and is no socket", addr->sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return error_set(err, errno, "socket: %s", strerror(errno));
	ret = connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) < 0 ? -errno : 0;
	if (ret == 0 && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		cred.pid = 0;
	close(fd);
	if (ret == 0 || ret == -EAGAIN)
		return error_set(err, EADDRINUSE, "%s is in use by process %d", addr->sun_path,
				 (int)cred.pid);
	if (ret != -ECONNREFUSED || unlink(addr->sun_path) < 0)
		return error_set(err, EADDRINUSE, "%s is there and cannot be removed: %s",
				 addr->sun_path, strerror(-ret));
	return 0;
}

int unix_socket_listen(const char *path, struct error *err)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	mode_t mask;
	int fd, ret;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	ret = remove_dead(&addr, err);
	if (ret < 0)
		return ret;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return error_set(err, errno, "socket: %s", strerror(errno));
	mask = umask(0177);
	ret = bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ? -errno : 0;
	umask(mask);
	if (ret == 0 && listen(fd, BACKLOG) < 0)
		ret = -errno;
	if (ret < 0) {
		close(fd);
		return error_set(err, -ret, "cannot listen on %s: %s", path, strerror(-ret));
	}
	return fd;
}
