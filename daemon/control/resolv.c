/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading and watching resolv.conf. */
#include "daemon/control/resolv.h"

#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "net/base/bytes.h"
#include "net/base/log.h"
#include "net/base/loop.h"

/*
 * Theory of operation
 *
 * resolv.conf may be written in place, replaced by rename(), or be a link to a file that is
 * replaced. So three things are watched: the file that the path leads to, the folder that this file
 * is in, and the folder of the path itself. After any event the file is read again a moment later
 * (editors and DHCP clients make several steps), and the watches are set anew, for it may be
 * another file now. Reading it once too often is harmless.
 */

#define SETTLE_NS     100000000LL
#define MAX_FILE      16384
#define DNS_PORT      53
#define FILE_EVENTS   (IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF)
#define FOLDER_EVENTS (IN_CREATE | IN_MOVED_TO | IN_DELETE)

/**
 * struct resolv - the watch
 * @inotify:	its source
 * @settle:	reads the file when it is quiet
 * @loop:	the loop
 * @path:	of the file
 * @servers:	what was last told
 * @changed:	see resolv_start()
 * @context:	its argument
 */
struct resolv {
	struct loop_fd inotify;
	struct loop_timer settle;
	struct loop *loop;
	const char *path;
	struct resolv_servers servers;
	void (*changed)(void *context, const struct resolv_servers *servers);
	void *context;
};

/**
 * parse_server() - an address, for IPv6 possibly with a scope: "fe80::1%eth0"
 * @text:	the text; cut at '%'
 * @addr:	filled
 *
 * Return: false when it is no address
 */
static bool parse_server(char *text, union host_addr *addr)
{
	char *scope = strchr(text, '%');

	if (scope)
		*scope++ = '\0';
	if (host_addr_parse(text, addr) < 0)
		return false;
	host_addr_set_port(addr, DNS_PORT);
	if (scope && addr->sa.sa_family == AF_INET6) {
		unsigned index = if_nametoindex(scope);

		addr->in6.sin6_scope_id = index ? index : (uint32_t)strtoul(scope, NULL, 10);
	}
	return true;
}

void resolv_parse(char *text, struct resolv_servers *servers)
{
	char *rest, *words, *line;

	memset(servers, 0, sizeof(*servers));
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *word = strtok_r(line, " \t\r", &words);
		char *addr = word ? strtok_r(NULL, " \t\r", &words) : NULL;

		if (!addr || strcmp(word, "nameserver") != 0 || servers->count == BACKEND_MAX_DNS)
			continue;
		if (parse_server(addr, &servers->addr[servers->count]))
			servers->count++;
	}
}

/**
 * read_file() - read the servers and tell if they are others
 * @r:		the watch
 * @first:	tell in any case
 */
static void read_file(struct resolv *r, bool first)
{
	struct resolv_servers servers;
	int fd = open(r->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *text = calloc(1, MAX_FILE + 1);

	if (text && fd >= 0 && read(fd, text, MAX_FILE) < 0)
		text[0] = '\0';
	if (fd >= 0)
		close(fd);
	if (!text)
		return;
	resolv_parse(text, &servers);
	free(text);
	if (!first && memcmp(&servers, &r->servers, sizeof(servers)) == 0)
		return;
	r->servers = servers;
	if (servers.count == 0)
		log_warn("%s names no server: guests can resolve names only with dns-upstream",
			 r->path);
	r->changed(r->context, &servers);
}

/**
 * watch() - (re)set the watches; those that are there already stay
 * @r:		the watch
 */
static void watch(struct resolv *r)
{
	char path[PATH_MAX], target[PATH_MAX];

	if (r->inotify.loop == NULL)
		return;
	snprintf(path, sizeof(path), "%s", r->path);
	inotify_add_watch(r->inotify.fd, dirname(path), FOLDER_EVENTS);
	inotify_add_watch(r->inotify.fd, r->path, FILE_EVENTS);
	if (realpath(r->path, target))
		inotify_add_watch(r->inotify.fd, dirname(target), FOLDER_EVENTS);
}

/**
 * on_settled() - it is quiet: read
 * @timer:	the timer
 */
static void on_settled(struct loop_timer *timer)
{
	struct resolv *r = container_of(timer, struct resolv, settle);

	watch(r);
	read_file(r, false);
}

/**
 * on_event() - something happened to the file, or near it
 * @source:	the inotify descriptor
 * @events:	EPOLLIN
 */
static void on_event(struct loop_fd *source, uint32_t events)
{
	struct resolv *r = container_of(source, struct resolv, inotify);
	char buffer[4096];

	(void)events;
	while (read(source->fd, buffer, sizeof(buffer)) > 0)
		;
	if (!loop_timer_running(&r->settle))
		loop_timer_set(r->loop, &r->settle, loop_now(r->loop) + SETTLE_NS);
}

struct resolv *resolv_start(struct loop *loop, const char *path,
			    void (*changed)(void *context, const struct resolv_servers *servers),
			    void *context)
{
	struct resolv *r = calloc(1, sizeof(*r));
	int fd;

	if (!r)
		return NULL;
	r->loop = loop;
	r->path = path;
	r->changed = changed;
	r->context = context;
	r->inotify.callback = on_event;
	r->settle.callback = on_settled;
	fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (fd < 0 || loop_fd_add(loop, &r->inotify, fd, EPOLLIN) < 0)
		log_warn("%s is not watched", path);
	watch(r);
	read_file(r, true);
	return r;
}

void resolv_stop(struct resolv *r)
{
	int fd;

	if (!r)
		return;
	fd = r->inotify.loop ? r->inotify.fd : -1;
	loop_fd_remove(&r->inotify);
	loop_timer_cancel(&r->settle);
	if (fd >= 0)
		close(fd);
	free(r);
}
