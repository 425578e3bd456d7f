/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding a port's process: /proc/net names the socket's inode, /proc/PID/fd who has it. */
#include "net/base/port_owner.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STATE_LISTEN 0x0a /* TCP_LISTEN of the kernel, in the "st" column */

/**
 * find_inode() - the socket that is bound to a port
 * @path:	/proc/net/tcp or one of its siblings
 * @port:	port, host byte order
 * @any_state:	not only listening sockets (UDP has no such state)
 *
 * Return: inode number, 0 for none
 */
static uint64_t find_inode(const char *path, unsigned port, bool any_state)
{
	char line[512];
	uint64_t found = 0;
	FILE *f = fopen(path, "re");

	if (!f)
		return 0;
	while (!found && fgets(line, sizeof(line), f)) {
		unsigned local, state;
		uint64_t inode;

		if (sscanf(line, " %*d: %*[^:]:%x %*s %x %*s %*s %*s %*s %*s %" SCNu64, &local,
			   &state, &inode) == 3 &&
		    local == port && (any_state || state == STATE_LISTEN))
			found = inode;
	}
	fclose(f);
	return found;
}

/**
 * has_socket() - does a process hold a socket?
 * @pid:	its directory name in /proc
 * @wanted:	"socket:[INODE]"
 */
static bool has_socket(const char *pid, const char *wanted)
{
	char path[300], target[64];
	struct dirent *e;
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%.16s/fd", pid);
	dir = opendir(path);
	if (!dir)
		return false;
	while (!found && (e = readdir(dir))) {
		ssize_t n = readlinkat(dirfd(dir), e->d_name, target, sizeof(target) - 1);

		if (n > 0) {
			target[n] = '\0';
			found = strcmp(target, wanted) == 0;
		}
	}
	closedir(dir);
	return found;
}

/**
 * describe() - "NAME, pid N" of a process
 * @pid:	its directory name in /proc
 * @text:	filled
 * @size:	room in @text
 */
static void describe(const char *pid, char *text, size_t size)
{
	char path[64], name[32] = "?";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%.16s/comm", pid);
	f = fopen(path, "re");
	if (f) {
		if (fgets(name, sizeof(name), f))
			name[strcspn(name, "\n")] = '\0';
		fclose(f);
	}
	snprintf(text, size, "%s, pid %.16s", name, pid);
}

bool port_owner(const union host_addr *addr, bool udp, char *text, size_t size)
{
	unsigned port = host_addr_port(addr);
	char wanted[40];
	struct dirent *e;
	uint64_t inode;
	DIR *proc;

	text[0] = '\0';
	inode = find_inode(udp ? "/proc/net/udp" : "/proc/net/tcp", port, udp);
	if (!inode)
		inode = find_inode(udp ? "/proc/net/udp6" : "/proc/net/tcp6", port, udp);
	proc = inode ? opendir("/proc") : NULL;
	if (!proc)
		return false;
	snprintf(wanted, sizeof(wanted), "socket:[%" PRIu64 "]", inode);
	while (!text[0] && (e = readdir(proc))) {
		if (isdigit((unsigned char)e->d_name[0]) && has_socket(e->d_name, wanted))
			describe(e->d_name, text, size);
	}
	closedir(proc);
	return text[0] != '\0';
}
