/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is at the other end: real connections of this user, of others, and ones that were closed. */
#include "api/peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/base/bytes.h"

#define OTHER_UID 54321 /* needs no account */

static int listener = -1;
static union host_addr where;

/** listen_at() - listen on a free port of an address */
static void listen_at(const char *text)
{
	socklen_t len = sizeof(where);

	if (listener >= 0)
		close(listener);
	assert_int_equal(host_addr_parse(text, &where), 0);
	listener = socket(where.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, &where.sa, host_addr_len(&where)), 0);
	assert_int_equal(listen(listener, 16), 0);
	assert_int_equal(getsockname(listener, &where.sa, &len), 0);
}

/** dial() - connect to the listener */
static int dial(void)
{
	int fd = socket(where.sa.sa_family, SOCK_STREAM, 0);

	if (connect(fd, &where.sa, host_addr_len(&where)) < 0)
		abort();
	return fd;
}

/** accept_peer() - accept a client and look at it; Return: its connection */
static int accept_peer(struct peer *peer)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	int fd = accept(listener, (struct sockaddr *)&addr, &len);

	assert_true(fd >= 0);
	peer_init(peer, fd, &addr);
	return fd;
}

/** trusted() - peer_is_trusted() for a daemon of this user */
static bool trusted(struct peer *peer, bool shared, bool changes)
{
	const struct peer_rules rules = {.uid = getuid(), .shared = shared};

	return peer_is_trusted(peer, &rules, changes);
}

static void test_own_user(void **state)
{
	static const char *const addresses[] = {"127.0.0.1", "127.9.9.9", "::1"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		struct peer peer;
		int client, fd;

		listen_at(addresses[i]);
		client = dial();
		fd = accept_peer(&peer);
		assert_int_equal(peer.kind, PEER_LOOPBACK);
		assert_int_equal(peer.owner.uid, getuid());
		assert_true(peer.owner.inode != 0);
		assert_non_null(strstr(peer.here, addresses[i]));
		assert_true(trusted(&peer, false, false));
		assert_true(trusted(&peer, false, true));
		assert_true(trusted(&peer, false, true));
		close(client);
		close(fd);
	}
}

/* What is closed belongs to nobody, though the kernel then says that it is root's. */
static void test_closed(void **state)
{
	struct peer peer;
	int client, fd;

	(void)state;
	listen_at("127.0.0.1");
	close(dial());
	fd = accept_peer(&peer);
	assert_int_equal(peer.owner.inode, 0);
	assert_false(trusted(&peer, false, false));
	assert_false(trusted(&peer, false, true));
	close(fd);
	client = dial();
	fd = accept_peer(&peer);
	assert_true(trusted(&peer, false, false));
	close(client);
	assert_false(trusted(&peer, false, true));
	assert_false(trusted(&peer, false, false));
	close(fd);
}

/** struct other - what a client in another process is */
struct other {
	uid_t uid;
	bool hidden;
};

/** accept_other() - as accept_peer(), of a client in a process of its own, which is then killed */
static bool accept_other(const struct other *other, bool shared, uid_t self)
{
	const struct peer_rules rules = {.uid = self, .shared = shared};
	pid_t pid = fork();
	struct peer peer;
	bool is_trusted;
	int fd;

	if (pid == 0) {
		if (other->uid != getuid() &&
		    (setgroups(0, NULL) < 0 || setgid(other->uid) < 0 || setuid(other->uid) < 0))
			_exit(1);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_DUMPABLE, other->hidden ? 0 : 1, 0, 0, 0);
		close(listener);
		dial();
		pause();
		_exit(0);
	}
	fd = accept_peer(&peer);
	is_trusted = peer_is_trusted(&peer, &rules, true);
	close(fd);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return is_trusted;
}

static void test_other_users(void **state)
{
	const struct other root = {.uid = 0}, other = {.uid = OTHER_UID};

	(void)state;
	listen_at("127.0.0.1");
	if (getuid() != 0)
		skip(); /* only root can be somebody else */
	assert_false(accept_other(&other, false, 0));
	assert_false(accept_other(&other, false, OTHER_UID + 1));
	assert_true(accept_other(&other, false, OTHER_UID));
	assert_true(accept_other(&root, false, OTHER_UID));
}

/** shared_user() - in a process without privileges: are clients told from workers? */
static int shared_user(void)
{
	const struct other client = {.uid = getuid()}, worker = {.uid = getuid(), .hidden = true};
	struct peer peer;
	int fd, own;

	if (!accept_other(&client, true, getuid()))
		return 1;
	if (accept_other(&worker, true, getuid()))
		return 2;
	if (!accept_other(&worker, false, getuid()))
		return 3;
	own = dial(); /* with --workers 0 guests' sockets are this process's own */
	fd = accept_peer(&peer);
	if (trusted(&peer, true, true))
		return 4;
	close(own);
	close(fd);
	return 0;
}

static void test_workers_of_the_same_user(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	listen_at("127.0.0.1");
	pid = fork();
	if (pid == 0) {
		if (getuid() == 0 &&
		    (setgroups(0, NULL) < 0 || setgid(OTHER_UID) < 0 || setuid(OTHER_UID) < 0))
			_exit(9);
		prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
		_exit(shared_user());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_unix(void **state)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
	struct peer_rules rules = {.uid = getuid()};
	struct peer peer;

	(void)state;
	close(listener);
	listener = fd;
	snprintf(addr.sun_path + 1, sizeof(addr.sun_path) - 1, "patchbay-peer-%d", getpid());
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(connect(client, (struct sockaddr *)&addr, sizeof(addr)), 0);
	fd = accept_peer(&peer);
	assert_int_equal(peer.kind, PEER_UNIX);
	assert_string_equal(peer.text, "unix");
	assert_true(peer_is_trusted(&peer, &rules, true));
	peer.judged = false;
	peer.owner.uid = OTHER_UID;
	assert_false(peer_is_trusted(&peer, &rules, true));
	peer.judged = false;
	peer.owner.uid = 0;
	assert_true(peer_is_trusted(&peer, &rules, true));
	close(client);
	close(fd);
}

/* An address is loopback only if both ends are. */
static void test_remote(void **state)
{
	static const char *const remotes[] = {"192.0.2.1", "0.0.0.0",          "128.0.0.1",
					      "::",        "::ffff:192.0.2.1", "fe80::1"};

	(void)state;
	listen_at("127.0.0.1");
	for (size_t i = 0; i < ARRAY_SIZE(remotes); i++) {
		union host_addr addr = {0};
		struct sockaddr_storage storage = {0};
		struct peer peer;

		assert_int_equal(host_addr_parse(remotes[i], &addr), 0);
		memcpy(&storage, &addr, sizeof(addr));
		peer_init(&peer, listener, &storage);
		assert_int_equal(peer.kind, PEER_REMOTE);
		assert_false(trusted(&peer, false, false));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_user),    cmocka_unit_test(test_closed),
		cmocka_unit_test(test_other_users), cmocka_unit_test(test_workers_of_the_same_user),
		cmocka_unit_test(test_unix),        cmocka_unit_test(test_remote),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
