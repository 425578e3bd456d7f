/* SPDX-License-Identifier: BSD-2-Clause */
/* Who holds a port: the process at that very address, and what is said when it can't be told. */
#include "net/base/port_owner.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/** hold() - a listening socket; @addr gets its port. Return: the socket, -1 if not to be had */
static int hold(const char *text, int type, union host_addr *addr)
{
	uint16_t port = host_addr_port(addr);
	socklen_t len = sizeof(*addr);
	int fd;

	assert_int_equal(host_addr_parse(text, addr), 0);
	host_addr_set_port(addr, port);
	fd = socket(addr->sa.sa_family, type, 0);
	assert_true(fd >= 0);
	if (bind(fd, &addr->sa, host_addr_len(addr)) < 0) {
		close(fd);
		return -1;
	}
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, &addr->sa, &len), 0);
	return fd;
}

/** owner() - port_owner() of an address with the port of another */
static const char *owner(const char *text, const union host_addr *port, bool udp)
{
	static char who[128];
	union host_addr addr;
	bool found;

	assert_int_equal(host_addr_parse(text, &addr), 0);
	host_addr_set_port(&addr, host_addr_port(port));
	found = port_owner(&addr, udp, who, sizeof(who));
	assert_int_equal(found, who[0] != '\0');
	return who;
}

/** pause_child() - a child that keeps what we have open, and nothing else to do */
static pid_t pause_child(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return pid;
}

/** is_pid() - does a text end with a process id? */
static bool is_pid(const char *text, pid_t pid)
{
	char end[32];
	size_t len;

	snprintf(end, sizeof(end), ", pid %d", pid);
	len = strlen(text);
	return len > strlen(end) && strcmp(text + len - strlen(end), end) == 0;
}

/** The same port at two addresses belongs to two processes. */
static void check_exact(int type)
{
	union host_addr mine = {0}, theirs = {0};
	int their_fd = hold("127.0.0.2", type, &theirs), my_fd;
	bool udp = type == SOCK_DGRAM;
	pid_t child = pause_child();

	close(their_fd);
	mine = theirs;
	my_fd = hold("127.0.0.1", type, &mine);
	assert_true(is_pid(owner("127.0.0.2", &theirs, udp), child));
	if (my_fd >= 0) { /* else somebody else has it */
		assert_true(is_pid(owner("127.0.0.1", &theirs, udp), getpid()));
		assert_string_equal(owner("127.77.7.7", &theirs, udp), "");
		close(my_fd);
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void test_exact_address(void **state)
{
	(void)state;
	check_exact(SOCK_STREAM);
	check_exact(SOCK_DGRAM);
}

static void test_wildcard(void **state)
{
	union host_addr any4 = {0}, any6 = {0}, loop6 = {0};
	int fd4 = hold("0.0.0.0", SOCK_STREAM, &any4), fd6 = hold("::", SOCK_STREAM, &any6);
	int fd1 = hold("::1", SOCK_STREAM, &loop6);

	(void)state;
	assert_true(is_pid(owner("127.0.0.1", &any4, false), getpid()));
	assert_true(is_pid(owner("::1", &any6, false), getpid()));
	assert_true(is_pid(owner("127.0.0.1", &any6, false), getpid())); /* it takes both */
	assert_true(is_pid(owner("::", &loop6, false), getpid()));
	assert_string_equal(owner("0.0.0.0", &loop6, false), "");
	close(fd1);
	close(fd4);
	close(fd6);
}

/** Another user's process: that there is one is all that can be said. */
static void test_not_to_be_looked_at(void **state)
{
	union host_addr addr = {0};
	int fd = hold("127.0.0.1", SOCK_STREAM, &addr), status;
	pid_t holder, child;

	(void)state;
	assert_int_equal(prctl(PR_SET_DUMPABLE, 0), 0); /* the holder's /proc/PID/fd is root's */
	holder = pause_child();
	close(fd);
	prctl(PR_SET_DUMPABLE, 1);
	child = fork();
	if (child == 0) {
		if (geteuid() == 0 && setuid(65534) < 0)
			_exit(2);
		_exit(strcmp(owner("127.0.0.1", &addr, false),
			     "a process that this user may not look at") != 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	kill(holder, SIGKILL);
	waitpid(holder, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact_address),
		cmocka_unit_test(test_wildcard),
		cmocka_unit_test(test_not_to_be_looked_at),
	};

	return cmocka_run_group_tests_name("port_owner", tests, NULL, NULL);
}
