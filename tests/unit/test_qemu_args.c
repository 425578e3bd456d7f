/* SPDX-License-Identifier: BSD-2-Clause */
/* The arguments for QEMU, and that a shell reads the quoted line as the same arguments. */
#include "api/qemu_args.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api/schema.h"
#include "daemon/control/problem.h"

/** args_of() - qemu_args() for a NIC with that socket; must be a QemuArgs of openapi.yaml */
static json_t *args_of(const char *socket, const char *netdev, const char *link, const char *state)
{
	json_t *nic = json_pack("{s:s, s:s?, s:s, s:{s:s}}", "socket", socket, "netdev", netdev,
				"link", link, "status", "state", state);
	json_t *args = qemu_args(nic, "512M");
	struct problem p = {0};

	assert_int_equal(schema_check_response("QemuArgs", args, &p), 0);
	json_decref(nic);
	return args;
}

static void test_argv(void **state)
{
	json_t *args = args_of("/run/x/nic0.sock", "n0", "up", "waiting");
	json_t *argv = json_object_get(args, "argv"), *device;

	(void)state;
	assert_int_equal(json_array_size(argv), 6);
	assert_string_equal(json_string_value(json_array_get(argv, 1)),
			    "memory-backend-memfd,id=mem0,share=on,size=512M");
	assert_string_equal(json_string_value(json_array_get(argv, 3)), "memory-backend=mem0");
	device = json_loads(json_string_value(json_array_get(argv, 5)), 0, NULL);
	assert_string_equal(json_string_value(json_object_get(device, "driver")), "vfio-user-pci");
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(device, "socket"), "path")),
		"/run/x/nic0.sock");
	json_decref(device);
	json_decref(args);
}

static void test_warnings(void **state)
{
	json_t *calm = args_of("/x", "n0", "up", "waiting");
	json_t *all = args_of("/x", NULL, "down", "attached");

	(void)state;
	assert_int_equal(json_array_size(json_object_get(calm, "warnings")), 1);
	assert_int_equal(json_array_size(json_object_get(all, "warnings")), 4);
	json_decref(calm);
	json_decref(all);
}

/** expect_same() - let a shell split the line and compare with the arguments */
static void expect_same(json_t *args)
{
	json_t *argv = json_object_get(args, "argv"), *word;
	const char *line = json_string_value(json_object_get(args, "shell"));
	char command[4096], got[1024];
	size_t i;
	FILE *f;

	snprintf(command, sizeof(command), "printf '%%s\\n' %s", line);
	f = popen(command, "r");
	assert_non_null(f);
	json_array_foreach (argv, i, word) {
		assert_non_null(fgets(got, sizeof(got), f));
		got[strcspn(got, "\n")] = '\0';
		assert_string_equal(got, json_string_value(word));
	}
	assert_null(fgets(got, sizeof(got), f));
	assert_int_equal(pclose(f), 0);
}

static void test_shell(void **state)
{
	static const char *const sockets[] = {"/run/x/nic0.sock", "/tmp/it's here/nic0.sock",
					      "/tmp/$(touch x)/`id`/\"a\".sock", "/t,mp/a;b&c|d\\e",
					      "/\xc3\xa4/''"};

	(void)state;
	for (size_t i = 0; i < sizeof(sockets) / sizeof(sockets[0]); i++) {
		json_t *args = args_of(sockets[i], "n0", "up", "waiting");

		expect_same(args);
		json_decref(args);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_argv),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_shell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
