/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: own options, QEMU's that are ours, QEMU's that are not. */
#include "daemon/control/options.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/control/qemu_options.h"
#include "net/base/error.h"

#define MAX_ARGS 32

static struct options options;
static struct error err;

/** parse() - options_parse() of words separated by one space each */
static int parse(const char *line)
{
	static char text[1024];
	char *argv[MAX_ARGS] = {"patchbayd"}, *rest = text;
	int argc = 1;

	memset(&err, 0, sizeof(err));
	snprintf(text, sizeof(text), "%s", line);
	while (argc < MAX_ARGS && (argv[argc] = strsep(&rest, " ")) != NULL)
		argc++;
	return options_parse(&options, argc, argv, &err);
}

static void test_defaults(void **state)
{
	char *argv[] = {"patchbayd", NULL};

	(void)state;
	assert_int_equal(options_parse(&options, 1, argv, &err), 0);
	assert_int_equal(options.action, ACTION_RUN);
	assert_int_equal(options.log_level, LOG_LEVEL_INFO);
	assert_int_equal(options.listen_count, 0);
	assert_int_equal(options.qemu_count, 0);
	assert_false(options.in_process);
	assert_null(options.socket_dir);
}

static void test_own_options(void **state)
{
	(void)state;
	assert_int_equal(parse("--listen 127.0.0.1:1 --listen=[::1]:2 --socket-dir /run/x "
			       "--allow-host a --allow-host b --user me --workers 0 "
			       "--log-level=debug"),
			 0);
	assert_int_equal(options.listen_count, 2);
	assert_string_equal(options.listen[0], "127.0.0.1:1");
	assert_string_equal(options.listen[1], "[::1]:2");
	assert_string_equal(options.socket_dir, "/run/x");
	assert_int_equal(options.allow_host_count, 2);
	assert_string_equal(options.allow_hosts[1], "b");
	assert_string_equal(options.user, "me");
	assert_true(options.in_process);
	assert_int_equal(options.log_level, LOG_LEVEL_DEBUG);
	assert_int_equal(parse("--workers auto"), 0);
	assert_false(options.in_process);
	assert_int_equal(parse("--dump-registers rtl8139"), 0);
	assert_int_equal(options.action, ACTION_DUMP_REGISTERS);
	assert_string_equal(options.model, "rtl8139");
	assert_int_equal(parse("-h"), 0);
	assert_int_equal(options.action, ACTION_HELP);
	assert_int_equal(parse("-version"), 0);
	assert_int_equal(options.action, ACTION_VERSION);
}

static void test_qemu_options_keep_their_order(void **state)
{
	(void)state;
	assert_int_equal(parse("-device e1000,netdev=a -netdev user,id=a,net=10.0.0.0/8 "
			       "--nic user"),
			 0);
	assert_int_equal(options.qemu_count, 3);
	assert_int_equal(options.qemu[0].option, QEMU_DEVICE);
	assert_string_equal(options.qemu[0].text, "e1000,netdev=a");
	assert_int_equal(options.qemu[1].option, QEMU_NETDEV);
	assert_string_equal(options.qemu[1].text, "user,id=a,net=10.0.0.0/8");
	assert_int_equal(options.qemu[2].option, QEMU_NIC);
}

static void test_pasted_qemu_line(void **state)
{
	(void)state;
	log_set_level(LOG_LEVEL_ERROR);
	assert_int_equal(parse("-m 1G -hda disk.img -smp 4 -enable-kvm -cpu host -M q35 -nographic "
			       "-drive file=x,if=virtio -kernel -k -netdev user,id=n0 -snapshot"),
			 0);
	log_set_level(LOG_LEVEL_INFO);
	assert_int_equal(options.qemu_count, 1);
	assert_int_equal(qemu_option_arity("m"), 1);
	assert_int_equal(qemu_option_arity("enable-kvm"), 0);
	assert_int_equal(qemu_option_arity("netdev"), -1);
	assert_int_equal(qemu_option_arity(""), -1);
}

/** refused() - the line is refused with these words */
static void refused(const char *line, const char *words)
{
	assert_int_equal(parse(line), -EINVAL);
	if (!strstr(err.message, words))
		fail_msg("%s: \"%s\" does not say \"%s\"", line, err.message, words);
}

static void test_errors(void **state)
{
	(void)state;
	refused("--bogus", "--bogus: invalid option");
	refused("-bogus", "-bogus: invalid option");
	refused("disk.img", "disk.img: unexpected argument");
	refused("--listen", "--listen requires an argument");
	refused("-m", "-m requires an argument");
	refused("-netdev", "-netdev requires an argument");
	refused("--workers 3", "--workers is auto or 0");
	refused("--log-level loud", "--log-level is error, warn, info or debug");
	refused("--socket-dir run", "absolute path");
	refused("--state-dir run", "absolute path");
	refused("--help=me", "takes no argument");
	refused("-", "invalid option");
}

static void test_too_many(void **state)
{
	char line[512] = "";

	(void)state;
	for (int i = 0; i < OPTIONS_MAX_LISTEN; i++)
		strcat(line, "--listen=127.0.0.1:0 ");
	strcat(line, "--workers 0");
	assert_int_equal(parse(line), 0);
	assert_int_equal(options.listen_count, OPTIONS_MAX_LISTEN);
	strcat(line, " --listen=127.0.0.1:0");
	refused(line, "can be given 8 times");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_own_options),
		cmocka_unit_test(test_qemu_options_keep_their_order),
		cmocka_unit_test(test_pasted_qemu_line),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
