/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line, taken apart. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "net/base/log.h"

#define OPTIONS_MAX_LISTEN 8
#define OPTIONS_MAX_HOSTS  16
#define OPTIONS_MAX_QEMU   1024

struct error;

/** enum option_action - what the program is to do */
enum option_action {
	ACTION_RUN,
	ACTION_HELP,
	ACTION_VERSION,
	ACTION_DUMP_REGISTERS,
};

/** enum qemu_option - options with QEMU's name and grammar */
enum qemu_option {
	QEMU_NETDEV,
	QEMU_NIC,
	QEMU_DEVICE,
	QEMU_NET,
};

/**
 * struct qemu_arg - one such option, as it was typed
 * @option:	which
 * @text:	its value
 */
struct qemu_arg {
	enum qemu_option option;
	const char *text;
};

/**
 * struct options - all of the command line; texts point into argv
 * @action:	what to do
 * @listen:	values of --listen
 * @listen_count: their number; 0: the default addresses
 * @allow_hosts: values of --allow-host
 * @allow_host_count: their number
 * @socket_dir:	--socket-dir, or NULL
 * @state_dir:	--state-dir, or NULL
 * @token_file:	--token-file, or NULL
 * @tls_cert:	--tls-cert, or NULL
 * @tls_key:	--tls-key, or NULL
 * @user:	--user, or NULL
 * @in_process:	--workers 0
 * @log_level:	--log-level
 * @model:	of --dump-registers
 * @qemu:	-netdev, -nic, -device, -net, in the order they were typed
 * @qemu_count:	their number
 */
struct options {
	enum option_action action;
	const char *listen[OPTIONS_MAX_LISTEN];
	size_t listen_count;
	const char *allow_hosts[OPTIONS_MAX_HOSTS];
	size_t allow_host_count;
	const char *socket_dir;
	const char *state_dir;
	const char *token_file;
	const char *tls_cert;
	const char *tls_key;
	const char *user;
	bool in_process;
	enum log_level log_level;
	const char *model;
	struct qemu_arg qemu[OPTIONS_MAX_QEMU];
	size_t qemu_count;
};

/**
 * options_parse() - read the command line; options of QEMU that mean nothing here are warned of
 * @options:	filled
 * @argc:	as main() has it
 * @argv:	likewise
 * @err:	says what is wrong
 *
 * Return: 0 or -EINVAL
 */
int options_parse(struct options *options, int argc, char **argv, struct error *err);

/**
 * options_help() - print --help
 */
void options_help(void);
