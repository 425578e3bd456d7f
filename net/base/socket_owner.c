/* SPDX-License-Identifier: BSD-2-Clause */
/* Asking sock_diag for the owner of a socket, and /proc for the process that has it. */
#include "net/base/socket_owner.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/**
 * struct question - the message to the kernel
 * @header:	netlink's
 * @wanted:	which socket
 */
struct question {
	struct nlmsghdr header;
	struct inet_diag_req_v2 wanted;
};

/**
 * struct answer - the message from the kernel
 * @header:	netlink's; says whether the rest is an error or a socket
 * @error:	why not
 * @found:	the socket
 */
struct answer {
	struct nlmsghdr header;
	union {
		struct nlmsgerr error;
		struct inet_diag_msg found;
		char room[512];
	};
};

/**
 * put_addr() - an address as sock_diag wants it
 * @addr:	the address
 * @ip:		filled
 * @port:	filled, network byte order
 */
static void put_addr(const union host_addr *addr, __be32 ip[4], __be16 *port)
{
	*port = htons(host_addr_port(addr));
	if (addr->sa.sa_family == AF_INET6)
		memcpy(ip, &addr->in6.sin6_addr, 16);
	else
		memcpy(ip, &addr->in.sin_addr, 4);
}

/**
 * ask() - one question, one answer
 * @fd:		netlink socket
 * @question:	the question
 * @answer:	filled
 *
 * Return: 0 or -errno
 */
static int ask(int fd, const struct question *question, struct answer *answer)
{
	ssize_t n;

	if (send(fd, question, sizeof(*question), 0) < 0)
		return -errno;
	n = recv(fd, answer, sizeof(*answer), 0);
	if (n < 0)
		return -errno;
	if ((size_t)n < sizeof(answer->header) + sizeof(answer->error.error))
		return -EBADMSG;
	if (answer->header.nlmsg_type == NLMSG_ERROR)
		return answer->error.error ? answer->error.error : -ENOENT;
	if (answer->header.nlmsg_type != SOCK_DIAG_BY_FAMILY ||
	    (size_t)n < sizeof(answer->header) + sizeof(answer->found))
		return -EBADMSG;
	return 0;
}

int socket_owner_find(const union host_addr *local, const union host_addr *remote,
		      struct socket_owner *ret)
{
	struct question question = {
		.header = {.nlmsg_len = sizeof(question),
			   .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			   .nlmsg_flags = NLM_F_REQUEST},
		.wanted = {.sdiag_family = (uint8_t)local->sa.sa_family,
			   .sdiag_protocol = IPPROTO_TCP,
			   .idiag_states = UINT32_MAX,
			   .id.idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}},
	};
	struct answer answer = {0};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	int rc;

	*ret = (struct socket_owner){0};
	if (fd < 0)
		return -errno;
	put_addr(local, question.wanted.id.idiag_src, &question.wanted.id.idiag_sport);
	put_addr(remote, question.wanted.id.idiag_dst, &question.wanted.id.idiag_dport);
	rc = ask(fd, &question, &answer);
	close(fd);
	if (rc == 0)
		*ret = (struct socket_owner){.uid = answer.found.idiag_uid,
					     .inode = answer.found.idiag_inode};
	return rc;
}

/**
 * has_socket() - has a process a socket?
 * @pid:	the process
 * @wanted:	"socket:[INODE]"
 */
static bool has_socket(pid_t pid, const char *wanted)
{
	char path[32], target[64];
	struct dirent *e;
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
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
 * list_processes() - the pids of all processes, the oldest first as a rule
 * @ret_pids:	filled with an array to be freed, or NULL
 *
 * Return: their number
 */
static size_t list_processes(pid_t **ret_pids)
{
	DIR *proc = opendir("/proc");
	size_t count = 0, size = 0;
	struct dirent *e;

	*ret_pids = NULL;
	while (proc && (e = readdir(proc))) {
		pid_t *pids = *ret_pids;

		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		if (count == size) {
			size = size ? 2 * size : 256;
			pids = reallocarray(pids, size, sizeof(*pids));
			if (!pids)
				break;
			*ret_pids = pids;
		}
		pids[count++] = atoi(e->d_name);
	}
	if (proc)
		closedir(proc);
	return count;
}

pid_t socket_holder_find(uint64_t inode, pid_t except)
{
	char wanted[40];
	pid_t *pids, found = 0;
	size_t i = list_processes(&pids);

	snprintf(wanted, sizeof(wanted), "socket:[%" PRIu64 "]", inode);
	while (i > 0 && !found) {
		i--;
		if (pids[i] != except && has_socket(pids[i], wanted))
			found = pids[i];
	}
	free(pids);
	return found;
}
