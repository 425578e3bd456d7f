/* SPDX-License-Identifier: BSD-2-Clause */
/* Dropping users, capabilities, system calls; the only file with libseccomp and libcap-ng. */
#include "daemon/worker/sandbox.h"

#include <assert.h>
#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "net/base/bytes.h"
#include "net/base/error.h"
#include "net/base/log.h"

#define SOCK_TYPE_MASK 0xf

/* Whatever the arguments, these only act on what a worker already holds. */
static const int allowed[] = {
	/* its descriptors */
	SCMP_SYS(recvmsg),
	SCMP_SYS(sendmsg),
	SCMP_SYS(recvfrom),
	SCMP_SYS(sendto),
	SCMP_SYS(recvmmsg),
	SCMP_SYS(sendmmsg),
	SCMP_SYS(read),
	SCMP_SYS(write),
	SCMP_SYS(readv),
	SCMP_SYS(writev),
	SCMP_SYS(pread64),
	SCMP_SYS(pwrite64),
	SCMP_SYS(lseek),
	SCMP_SYS(fstat),
	SCMP_SYS(close),
	SCMP_SYS(dup),
	SCMP_SYS(dup2),
	SCMP_SYS(dup3),
	/* its loop */
	SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_pwait2),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_create1),
	SCMP_SYS(eventfd2),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(sched_yield),
	SCMP_SYS(restart_syscall),
	/* connections of the user stack; socket() and setsockopt() are below */
	SCMP_SYS(accept4),
	SCMP_SYS(accept),
	SCMP_SYS(bind),
	SCMP_SYS(connect),
	SCMP_SYS(listen),
	SCMP_SYS(shutdown),
	SCMP_SYS(getsockopt),
	SCMP_SYS(getsockname),
	SCMP_SYS(getpeername),
	/* its memory; mmap() and mprotect() are below */
	SCMP_SYS(brk),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(futex),
	SCMP_SYS(getrandom),
	/* itself */
	SCMP_SYS(getpid),
	SCMP_SYS(getppid),
	SCMP_SYS(gettid),
	SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getegid),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

/* What a library tries on its way and does without: it sees EPERM instead of being killed. */
static const int refused[] = {
	SCMP_SYS(open),
	SCMP_SYS(openat),
	SCMP_SYS(stat),
	SCMP_SYS(lstat),
	SCMP_SYS(access),
	SCMP_SYS(faccessat2),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
	SCMP_SYS(getdents64),
	SCMP_SYS(prctl),
	SCMP_SYS(prlimit64),
	SCMP_SYS(getrlimit),
	SCMP_SYS(uname),
	SCMP_SYS(sysinfo),
	SCMP_SYS(kill),
	SCMP_SYS(tgkill),
	SCMP_SYS(sched_getaffinity),
};

/** struct triple - a socket() that is allowed: family, type, protocol */
struct triple {
	int family;
	int type;
	int protocol;
};

static const struct triple sockets[] = {
	{AF_INET, SOCK_STREAM, 0},
	{AF_INET, SOCK_STREAM, IPPROTO_TCP},
	{AF_INET, SOCK_DGRAM, 0},
	{AF_INET, SOCK_DGRAM, IPPROTO_UDP},
	{AF_INET, SOCK_DGRAM, IPPROTO_ICMP},
	{AF_INET6, SOCK_STREAM, 0},
	{AF_INET6, SOCK_STREAM, IPPROTO_TCP},
	{AF_INET6, SOCK_DGRAM, 0},
	{AF_INET6, SOCK_DGRAM, IPPROTO_UDP},
	{AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6},
};

static const int socket_levels[] = {SOL_SOCKET, IPPROTO_IP, IPPROTO_TCP, IPPROTO_IPV6, IPPROTO_UDP};
static const int fcntl_commands[] = {F_GETFD, F_SETFD,     F_GETFL,
				     F_SETFL, F_GET_SEALS, F_DUPFD_CLOEXEC};
static const unsigned long ioctl_requests[] = {FIONREAD, FIONBIO};

/**
 * keep_capabilities() - choose what survives capng_change_id(): what is wanted and held
 * @caps:	capabilities
 * @n:		their number
 */
static void keep_capabilities(const unsigned int *caps, size_t n)
{
	bool held[8];

	assert(n <= ARRAY_SIZE(held));
	capng_get_caps_process();
	for (size_t i = 0; i < n; i++)
		held[i] = capng_have_capability(CAPNG_PERMITTED, caps[i]);
	capng_clear(CAPNG_SELECT_ALL);
	for (size_t i = 0; i < n; i++) {
		if (held[i])
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, caps[i]);
	}
}

int sandbox_control(const struct identity *id, struct error *err)
{
	static const unsigned int caps[] = {CAP_NET_ADMIN, CAP_NET_BIND_SERVICE};
	int ret;

	if (!id->change)
		return 0;
	keep_capabilities(caps, ARRAY_SIZE(caps));
	ret = capng_change_id((int)id->uid, (int)id->gid,
			      CAPNG_INIT_SUPP_GRP | CAPNG_CLEAR_BOUNDING | CAPNG_CLEAR_AMBIENT);
	if (ret < 0)
		return error_set(err, EPERM, "cannot become user %s (libcap-ng says %d)", id->name,
				 ret);
	return 0;
}

/**
 * hide_files() - (root) make a removed, empty folder the root of all paths
 *
 * The filter can't look at paths, so that stat() with AT_EMPTY_PATH gets through: it finds nothing.
 * Where this is not allowed, nothing but that is lost.
 */
static void hide_files(void)
{
	char path[] = "/tmp/patchbay-empty.XXXXXX";

	if (!mkdtemp(path) || chdir(path) < 0)
		return;
	if (rmdir(path) < 0 || chroot(".") < 0)
		log_debug("workers see the names of files: %s", strerror(errno));
}

int sandbox_template(const struct identity *id, struct error *err)
{
	const struct rlimit no_core = {0};
	int ret;

	if (id->change)
		hide_files();
	capng_clear(CAPNG_SELECT_ALL);
	if (id->change)
		ret = capng_change_id((int)id->uid, (int)id->gid,
				      CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING |
					      CAPNG_CLEAR_AMBIENT);
	else
		ret = capng_apply(CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT);
	if (ret < 0)
		return error_set(err, EPERM,
				 "a worker cannot become user %s without capabilities (libcap-ng "
				 "says %d)",
				 id->name, ret);
	/* Not dumpable: no other process of this user may look into workers, or trace them. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
	    setrlimit(RLIMIT_CORE, &no_core) < 0)
		return error_set(err, errno, "a worker cannot be locked in: %s", strerror(errno));
	return 0;
}

/**
 * add_lists() - system calls that are judged by their number alone
 * @ctx:	the filter
 *
 * Return: 0 or -errno of libseccomp
 */
static int add_lists(scmp_filter_ctx ctx)
{
	int ret = 0;

	for (size_t i = 0; i < ARRAY_SIZE(allowed) && ret == 0; i++)
		ret = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, allowed[i], 0);
	for (size_t i = 0; i < ARRAY_SIZE(refused) && ret == 0; i++)
		ret = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), refused[i], 0);
	return ret;
}

/**
 * add_sockets() - which sockets a worker may make, and which options it may set
 * @ctx:	the filter
 *
 * Return: 0 or -errno of libseccomp
 */
static int add_sockets(scmp_filter_ctx ctx)
{
	int ret = 0;

	for (size_t i = 0; i < ARRAY_SIZE(sockets) && ret == 0; i++)
		ret = seccomp_rule_add(
			ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 3,
			SCMP_A0_32(SCMP_CMP_EQ, sockets[i].family),
			SCMP_A1_32(SCMP_CMP_MASKED_EQ, SOCK_TYPE_MASK, sockets[i].type),
			SCMP_A2_32(SCMP_CMP_EQ, sockets[i].protocol));
	for (size_t i = 0; i < ARRAY_SIZE(socket_levels) && ret == 0; i++)
		ret = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(setsockopt), 1,
				       SCMP_A1_32(SCMP_CMP_EQ, socket_levels[i]));
	return ret;
}

/**
 * add_arguments() - system calls that are judged by an argument
 * @ctx:	the filter
 *
 * Return: 0 or -errno of libseccomp
 */
static int add_arguments(scmp_filter_ctx ctx)
{
	const struct scmp_arg_cmp not_executable = SCMP_A2_32(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	int ret = 0;

	for (size_t i = 0; i < ARRAY_SIZE(fcntl_commands) && ret == 0; i++)
		ret = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
				       SCMP_A1_32(SCMP_CMP_EQ, fcntl_commands[i]));
	for (size_t i = 0; i < ARRAY_SIZE(ioctl_requests) && ret == 0; i++)
		ret = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
				       SCMP_A1_32(SCMP_CMP_EQ, ioctl_requests[i]));
	/* glibc's fstat(); a path can't be judged here, see hide_files() */
	if (ret == 0)
		ret = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(newfstatat), 1,
				       SCMP_A3_32(SCMP_CMP_EQ, AT_EMPTY_PATH));
	if (ret == 0)
		ret = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(newfstatat), 1,
				       SCMP_A3_32(SCMP_CMP_NE, AT_EMPTY_PATH));
	if (ret == 0)
		ret = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
					     &not_executable);
	if (ret == 0)
		ret = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
					     &not_executable);
	return ret;
}

/**
 * export_filter() - the filter as the kernel takes it
 * @ctx:	the filter
 * @prog:	filled; its instructions are allocated for the life of the process
 *
 * Return: 0 or -errno
 */
static int export_filter(scmp_filter_ctx ctx, struct sock_fprog *prog)
{
	int fd = memfd_create("filter", MFD_CLOEXEC);
	int ret = fd < 0 ? -errno : seccomp_export_bpf(ctx, fd);
	off_t size = ret < 0 ? 0 : lseek(fd, 0, SEEK_END);

	if (ret == 0) {
		prog->len = (unsigned short)((size_t)size / sizeof(struct sock_filter));
		prog->filter = malloc((size_t)size);
		if (!prog->filter || pread(fd, prog->filter, (size_t)size, 0) != size)
			ret = -ENOMEM;
	}
	if (fd >= 0)
		close(fd);
	return ret;
}

int sandbox_filter(const struct sock_fprog **ret_filter, struct error *err)
{
	static struct sock_fprog prog;
	uint32_t action = SECCOMP_RET_KILL_PROCESS;
	scmp_filter_ctx ctx;
	int ret;

	*ret_filter = NULL;
	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) < 0)
		return 0;
	ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (!ctx)
		return error_set(err, ENOMEM, "no memory for the system call filter");
	ret = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree, not a list */
	if (ret == 0)
		ret = add_lists(ctx);
	if (ret == 0)
		ret = add_sockets(ctx);
	if (ret == 0)
		ret = add_arguments(ctx);
	if (ret == 0)
		ret = export_filter(ctx, &prog);
	seccomp_release(ctx);
	if (ret < 0)
		return error_set(err, -ret, "the system call filter cannot be made: %s",
				 strerror(-ret));
	*ret_filter = &prog;
	return 0;
}

int sandbox_worker(int channel, const struct sock_fprog *filter, struct error *err)
{
	struct rlimit files;

	if (close_range((unsigned)channel + 1, ~0U, 0) < 0)
		return error_set(err, errno, "close_range: %s", strerror(errno));
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_max = MIN(files.rlim_max, SANDBOX_MAX_FDS);
	files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files) < 0)
		return error_set(err, errno, "setrlimit: %s", strerror(errno));
	if (filter && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, filter) < 0)
		return error_set(err, errno, "seccomp: %s", strerror(errno));
	return 0;
}
