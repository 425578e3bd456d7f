/* SPDX-License-Identifier: BSD-2-Clause */
/* Binding the API's sockets. */
#include "daemon/control/listen.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/control/options.h"
#include "daemon/control/unix_socket.h"
#include "net/base/bytes.h"
#include "net/base/error.h"
#include "net/base/host_addr.h"
#include "net/base/log.h"
#include "net/base/port_owner.h"

#define BACKLOG 128

static const char *const defaults[] = {"127.0.0.1:8080", "[::1]:8080"};

/**
 * parse() - ADDR:PORT; "localhost" is its IPv4 address
 * @text:	what the user wrote
 * @addr:	filled
 * @err:	says what is wrong
 *
 * Return: 0 or -errno
 */
static int parse(const char *text, union host_addr *addr, struct error *err)
{
	static const char localhost[] = "localhost:";
	const char *colon = strrchr(text, ':');
	char numeric[80];

	if (strncmp(text, localhost, sizeof(localhost) - 1) == 0)
		snprintf(numeric, sizeof(numeric), "127.0.0.1:%s", text + sizeof(localhost) - 1);
	else
		snprintf(numeric, sizeof(numeric), "%s", text);
	if (!colon || colon[1] == '\0' || colon[1] == ']' ||
	    host_addr_parse_port(numeric, 0, addr) < 0 ||
	    (addr->sa.sa_family == AF_INET6 && text[0] != '['))
		return error_set(err, EINVAL,
				 "--listen wants ADDRESS:PORT, as 127.0.0.1:8080 or [::1]:8080, "
				 "not \"%s\"",
				 text);
	return 0;
}

/**
 * open_socket() - a listening TCP socket
 * @addr:	its address
 *
 * Return: descriptor or -errno
 */
static int open_socket(const union host_addr *addr)
{
	int one = 1;
	int fd = socket(addr->sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int ret;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (addr->sa.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (bind(fd, &addr->sa, host_addr_len(addr)) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	ret = -errno;
	close(fd);
	return ret;
}

/**
 * add() - one more socket
 * @sockets:	added to
 * @fd:		the socket
 * @tls:	what other machines can reach speaks TLS
 */
static void add(struct listen_sockets *sockets, int fd, bool tls)
{
	union host_addr addr = {0};
	socklen_t len = sizeof(addr);
	char text[HOST_ADDR_TEXT];

	getsockname(fd, &addr.sa, &len);
	sockets->port[sockets->count] = host_addr_port(&addr);
	sockets->remote[sockets->count] = !host_addr_is_loopback(&addr);
	if (sockets->remote[sockets->count] && !tls)
		log_warn("--listen %s: anybody on the way can read the token; --tls-cert and "
			 "--tls-key encrypt it",
			 host_addr_format(&addr, text));
	tls &= sockets->remote[sockets->count];
	sockets->fd[sockets->count++] = fd;
	if (sockets->url[0] == '\0')
		snprintf(sockets->url, sizeof(sockets->url), "http%s://%s", tls ? "s" : "",
			 host_addr_format(&addr, text));
}

/**
 * refuse() - say why an address can't be listened on
 * @text:	the address, as the user wrote it
 * @addr:	the address
 * @code:	errno
 * @err:	filled
 *
 * Return: -@code
 */
static int refuse(const char *text, const union host_addr *addr, int code, struct error *err)
{
	char owner[128];

	if (code == EADDRINUSE && port_owner(addr, false, owner, sizeof(owner)))
		return error_set(err, code,
				 "cannot listen on %s: the port is in use by %s; choose another "
				 "with --listen",
				 text, owner);
	return error_set(err, code, "cannot listen on %s: %s", text, strerror(code));
}

int listen_tcp(const struct options *options, struct listen_sockets *sockets, struct error *err)
{
	bool chosen = options->listen_count > 0;
	const char *const *texts = chosen ? options->listen : defaults;
	size_t n = chosen ? options->listen_count : ARRAY_SIZE(defaults);

	memset(sockets, 0, sizeof(*sockets));
	for (size_t i = 0; i < n; i++) {
		union host_addr addr;
		int ret = parse(texts[i], &addr, err);
		int fd = ret < 0 ? ret : open_socket(&addr);

		/* A host without IPv6 has no [::1]; nobody asked for it. */
		if (!chosen && i > 0 && (fd == -EADDRNOTAVAIL || fd == -EAFNOSUPPORT))
			continue;
		if (ret == 0 && !host_addr_is_loopback(&addr) && !options->token_file) {
			ret = error_set(err, EACCES,
					"--listen %s: other machines can reach that address; they "
					"need a token, so give a --token-file",
					texts[i]);
			close(fd);
			fd = ret;
		}
		if (fd < 0) {
			listen_close(sockets);
			return ret < 0 ? ret : refuse(texts[i], &addr, -fd, err);
		}
		add(sockets, fd, options->tls_cert != NULL);
	}
	return 0;
}

int listen_unix(const char *path, struct listen_sockets *sockets, struct error *err)
{
	int fd = unix_socket_listen(path, err);

	if (fd < 0)
		return fd;
	sockets->fd[sockets->count] = fd;
	sockets->port[sockets->count++] = 0;
	return 0;
}

void listen_close(struct listen_sockets *sockets)
{
	for (size_t i = 0; i < sockets->count; i++)
		close(sockets->fd[i]);
	sockets->count = 0;
}
