/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding a port's process: /proc/net names the socket's inode, /proc/PID/fd who has it. */
#include "net/base/port_owner.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "net/base/socket_owner.h"

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
 * describe() - "NAME, pid N" of a process
 * @pid:	the process
 * @text:	filled
 * @size:	room in @text
 */
static void describe(pid_t pid, char *text, size_t size)
{
	char path[64], name[32] = "?";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	f = fopen(path, "re");
	if (f) {
		if (fgets(name, sizeof(name), f))
			name[strcspn(name, "\n")] = '\0';
		fclose(f);
	}
	snprintf(text, size, "%s, pid %d", name, (int)pid);
}

bool port_owner(const union host_addr *addr, bool udp, char *text, size_t size)
{
	unsigned port = host_addr_port(addr);
	uint64_t inode;
	pid_t pid;

	text[0] = '\0';
	inode = find_inode(udp ? "/proc/net/udp" : "/proc/net/tcp", port, udp);
	if (!inode)
		inode = find_inode(udp ? "/proc/net/udp6" : "/proc/net/tcp6", port, udp);
	pid = inode ? socket_holder_find(inode, 0) : 0;
	if (pid)
		describe(pid, text, size);
	return pid != 0;
}
