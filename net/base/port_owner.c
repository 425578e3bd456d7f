/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding a port's process: /proc/net names the socket's inode, /proc/PID/fd who has it. */
#include "net/base/port_owner.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "net/base/socket_owner.h"

#define STATE_LISTEN 0x0a /* TCP_LISTEN of the kernel, in the "st" column */

/** enum match - how well a socket's address fits one that could not be bound */
enum match {
	MATCH_NONE,
	MATCH_WILDCARD, /* one of the two is every address */
	MATCH_EXACT,
};

/**
 * parse_local() - the "local_address" column
 * @text:	"0100007F:1F90"; IPv6 has 32 digits, words of the host's byte order
 * @addr:	filled
 *
 * Return: false when it is none
 */
static bool parse_local(const char *text, union host_addr *addr)
{
	uint32_t word[4] = {0};
	unsigned port;

	*addr = (union host_addr){0};
	if (sscanf(text, "%8x%8x%8x%8x:%x", &word[0], &word[1], &word[2], &word[3], &port) == 5) {
		addr->sa.sa_family = AF_INET6;
		memcpy(&addr->in6.sin6_addr, word, sizeof(word));
	} else if (sscanf(text, "%8x:%x", &word[0], &port) == 2) {
		addr->sa.sa_family = AF_INET;
		addr->in.sin_addr.s_addr = word[0];
	} else {
		return false;
	}
	host_addr_set_port(addr, (uint16_t)port);
	return true;
}

/**
 * compare() - does a socket keep us from binding an address?
 * @wanted:	the address
 * @held:	that of the socket
 *
 * An IPv6 socket at :: may hold the port for IPv4 as well; our own IPv6 sockets take no IPv4.
 */
static enum match compare(const union host_addr *wanted, const union host_addr *held)
{
	bool v6 = wanted->sa.sa_family == AF_INET6;

	if (host_addr_port(wanted) != host_addr_port(held))
		return MATCH_NONE;
	if (wanted->sa.sa_family != held->sa.sa_family)
		return !v6 && host_addr_is_any(held) ? MATCH_WILDCARD : MATCH_NONE;
	if (host_addr_same(wanted, held))
		return MATCH_EXACT;
	return host_addr_is_any(wanted) || host_addr_is_any(held) ? MATCH_WILDCARD : MATCH_NONE;
}

/**
 * find_inode() - the socket that is in the way of an address
 * @path:	/proc/net/tcp or one of its siblings
 * @wanted:	the address
 * @any_state:	not only listening sockets (UDP has no such state)
 * @best:	how well the one that was found so far fits; updated
 * @inode:	its inode number; updated
 */
static void find_inode(const char *path, const union host_addr *wanted, bool any_state,
		       enum match *best, uint64_t *inode)
{
	char line[512], local[64];
	FILE *f = fopen(path, "re");

	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		union host_addr held;
		unsigned state;
		uint64_t number;
		enum match match;

		if (sscanf(line, " %*d: %63s %*s %x %*s %*s %*s %*s %*s %" SCNu64, local, &state,
			   &number) != 3 ||
		    (!any_state && state != STATE_LISTEN) || !parse_local(local, &held))
			continue;
		match = compare(wanted, &held);
		if (match > *best) {
			*best = match;
			*inode = number;
		}
	}
	fclose(f);
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
	enum match best = MATCH_NONE;
	uint64_t inode = 0;
	pid_t pid;

	text[0] = '\0';
	find_inode(udp ? "/proc/net/udp" : "/proc/net/tcp", addr, udp, &best, &inode);
	find_inode(udp ? "/proc/net/udp6" : "/proc/net/tcp6", addr, udp, &best, &inode);
	if (best == MATCH_NONE)
		return false;
	pid = socket_holder_find(inode, 0);
	if (pid)
		describe(pid, text, size);
	else
		snprintf(text, size, "a process that this user may not look at");
	return true;
}
