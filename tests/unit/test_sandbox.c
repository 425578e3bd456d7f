/* SPDX-License-Identifier: BSD-2-Clause */
/* What a worker can still do: each attempt is made in a process of its own, behind the filter. */
#include "daemon/worker/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "net/base/error.h"

#define CHANNEL 3
#define ENDED   -1 /* the kernel killed it for the attempt */

static struct identity identity = {.name = "test"};

/** attempt() - make an attempt behind the sandbox; Return: what it returned, or ENDED */
static int attempt(int (*act)(void))
{
	const struct sock_fprog *filter = NULL;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);
		struct error err;

		dup2(null, CHANNEL);
		if (sandbox_template(&identity, &err) < 0 || sandbox_filter(&filter, &err) < 0 ||
		    !filter || sandbox_worker(CHANNEL, filter, &err) < 0)
			_exit(99);
		_exit(act());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status)) {
		assert_int_equal(WTERMSIG(status), SIGSYS);
		return ENDED;
	}
	assert_int_not_equal(WEXITSTATUS(status), 99);
	return WEXITSTATUS(status);
}

/** failure() - 0 for a descriptor or 0, else the errno */
static int failure(long ret)
{
	return ret < 0 ? errno : 0;
}

static int unix_socket(void)
{
	return failure(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int packet_socket(void)
{
	return failure(socket(AF_PACKET, SOCK_DGRAM, 0));
}

static int netlink_socket(void)
{
	return failure(socket(AF_NETLINK, SOCK_DGRAM, 0));
}

static int raw_socket(void)
{
	return failure(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
}

static int sctp_socket(void)
{
	return failure(socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP));
}

static int socket_pair(void)
{
	int fds[2];

	return failure(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
}

static int run_program(void)
{
	return failure(execl("/bin/true", "true", NULL));
}

static int make_process(void)
{
	return failure(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
}

static int trace(void)
{
	return failure(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int mount_something(void)
{
	return failure(mount("none", "/mnt", "tmpfs", 0, NULL));
}

static int executable_memory(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? errno : 0;
}

static int make_executable(void)
{
	static char page[8192];
	char *aligned = (char *)(((uintptr_t)page + 4095) & ~(uintptr_t)4095);

	return failure(mprotect(aligned, 4096, PROT_READ | PROT_EXEC));
}

static int become_root(void)
{
	return failure(syscall(SYS_setuid, 0));
}

static int new_namespace(void)
{
	return failure(unshare(CLONE_NEWUSER));
}

static int inject_input(void)
{
	char c = 'x';

	return failure(ioctl(CHANNEL, TIOCSTI, &c));
}

static int set_up_io_uring(void)
{
	return failure(syscall(SYS_io_uring_setup, 1, NULL));
}

static void test_ended_for_it(void **state)
{
	static int (*const acts[])(void) = {
		unix_socket, packet_socket,   netlink_socket,    raw_socket,
		sctp_socket, socket_pair,     run_program,       make_process,
		trace,       mount_something, executable_memory, make_executable,
		become_root, new_namespace,   inject_input,      set_up_io_uring,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		int ret = attempt(acts[i]);

		if (ret != ENDED)
			fail_msg("attempt %zu returned %d", i, ret);
	}
}

static int open_file(void)
{
	return failure(open("/etc/passwd", O_RDONLY));
}

static int stat_file(void)
{
	struct stat st;

	return failure(stat("/etc/passwd", &st));
}

static int kill_somebody(void)
{
	return failure(kill(getpid(), 0));
}

static int raise_limit(void)
{
	struct rlimit limit = {.rlim_cur = 65536, .rlim_max = 65536};

	return failure(setrlimit(RLIMIT_NOFILE, &limit));
}

static int be_dumpable(void)
{
	return failure(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}

static void test_refused(void **state)
{
	static int (*const acts[])(void) = {open_file, stat_file, kill_somebody, raise_limit,
					    be_dumpable};

	(void)state;
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		int ret = attempt(acts[i]);

		if (ret != EPERM)
			fail_msg("attempt %zu returned %d", i, ret);
	}
}

static int work(void)
{
	struct epoll_event ev = {.events = EPOLLIN};
	struct stat st;
	int one = 1;
	int tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int udp = socket(AF_INET6, SOCK_DGRAM, IPPROTO_UDP);
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	void *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (tcp < 0 || (udp < 0 && errno != EAFNOSUPPORT) || epoll < 0 || p == MAP_FAILED)
		return 1;
	if (setsockopt(tcp, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    epoll_ctl(epoll, EPOLL_CTL_ADD, tcp, &ev) < 0 || fstat(tcp, &st) < 0)
		return 2;
	if (fcntl(tcp, F_SETFL, O_NONBLOCK) < 0 || munmap(p, 1 << 20) < 0 || !malloc(1 << 20))
		return 3;
	return 0;
}

static void test_still_works(void **state)
{
	(void)state;
	assert_int_equal(attempt(work), 0);
}

/** only_its_own() - number of open descriptors from 3 on */
static int only_its_own(void)
{
	int n = 0;

	for (int fd = CHANNEL; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void test_descriptors_are_closed(void **state)
{
	int stray[10];

	(void)state;
	for (int i = 0; i < 10; i++)
		stray[i] = open("/dev/null", O_RDONLY);
	assert_int_equal(attempt(only_its_own), 1);
	for (int i = 0; i < 10; i++)
		close(stray[i]);
}

static int find_file(void)
{
	struct stat st;

	return failure(syscall(SYS_newfstatat, AT_FDCWD, "/etc/passwd", &st, AT_EMPTY_PATH));
}

static int who_am_i(void)
{
	return getuid() == identity.uid && getgid() == identity.gid ? 0 : 1;
}

/** test_as_root() - a worker of root's is somebody else, and sees no files */
static void test_as_root(void **state)
{
	(void)state;
	if (getuid() != 0)
		skip();
	identity = (struct identity){.change = true, .uid = 65500, .gid = 65501, .name = "test"};
	assert_int_equal(attempt(who_am_i), 0);
	assert_int_equal(attempt(find_file), EACCES);
	assert_int_equal(attempt(open_file), EPERM);
	assert_int_equal(attempt(unix_socket), ENDED);
	assert_int_equal(attempt(work), 0);
	assert_int_equal(access("/etc/passwd", R_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ended_for_it), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_still_works),  cmocka_unit_test(test_descriptors_are_closed),
		cmocka_unit_test(test_as_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
