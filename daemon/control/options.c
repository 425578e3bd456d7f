/* SPDX-License-Identifier: BSD-2-Clause */
/* One table of options: parsing and --help read the same rows. */
#include "daemon/control/options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/control/qemu_options.h"
#include "daemon/version.h"
#include "net/base/bytes.h"
#include "net/base/error.h"

/**
 * struct option_row - one option
 * @name:	name without dashes
 * @argument:	what --help calls its argument; NULL: it has none
 * @help:	what it does; lines after the first are separated by '\n'
 * @set:	store its value. Return: 0, or -EINVAL with @err
 * @qemu:	it is QEMU's, which writes one dash
 */
struct option_row {
	const char *name;
	const char *argument;
	const char *help;
	int (*set)(struct options *o, const char *value, struct error *err);
	bool qemu;
};

/**
 * set_listen() - --listen
 */
static int set_listen(struct options *o, const char *value, struct error *err)
{
	if (o->listen_count == OPTIONS_MAX_LISTEN)
		return error_set(err, EINVAL, "--listen can be given %d times", OPTIONS_MAX_LISTEN);
	o->listen[o->listen_count++] = value;
	return 0;
}

/**
 * set_socket_dir() - --socket-dir; absolute, since guests are told paths below it
 */
static int set_socket_dir(struct options *o, const char *value, struct error *err)
{
	if (value[0] != '/')
		return error_set(err, EINVAL, "--socket-dir wants an absolute path, not \"%s\"",
				 value);
	o->socket_dir = value;
	return 0;
}

/**
 * set_state_dir() - --state-dir
 */
static int set_state_dir(struct options *o, const char *value, struct error *err)
{
	if (value[0] != '/')
		return error_set(err, EINVAL, "--state-dir wants an absolute path, not \"%s\"",
				 value);
	o->state_dir = value;
	return 0;
}

/**
 * set_allow_host() - --allow-host
 */
static int set_allow_host(struct options *o, const char *value, struct error *err)
{
	if (o->allow_host_count == OPTIONS_MAX_HOSTS)
		return error_set(err, EINVAL, "--allow-host can be given %d times",
				 OPTIONS_MAX_HOSTS);
	o->allow_hosts[o->allow_host_count++] = value;
	return 0;
}

/**
 * set_token_file() - --token-file
 */
static int set_token_file(struct options *o, const char *value, struct error *err)
{
	(void)err;
	o->token_file = value;
	return 0;
}

/**
 * set_tls_cert() - --tls-cert
 */
static int set_tls_cert(struct options *o, const char *value, struct error *err)
{
	(void)err;
	o->tls_cert = value;
	return 0;
}

/**
 * set_tls_key() - --tls-key
 */
static int set_tls_key(struct options *o, const char *value, struct error *err)
{
	(void)err;
	o->tls_key = value;
	return 0;
}

/**
 * set_user() - --user
 */
static int set_user(struct options *o, const char *value, struct error *err)
{
	(void)err;
	o->user = value;
	return 0;
}

/**
 * set_workers() - --workers
 */
static int set_workers(struct options *o, const char *value, struct error *err)
{
	if (strcmp(value, "0") != 0 && strcmp(value, "auto") != 0)
		return error_set(err, EINVAL, "--workers is auto or 0, not \"%s\"", value);
	o->in_process = value[0] == '0';
	return 0;
}

/**
 * set_log_level() - --log-level
 */
static int set_log_level(struct options *o, const char *value, struct error *err)
{
	if (log_level_parse(value, &o->log_level) < 0)
		return error_set(err, EINVAL,
				 "--log-level is error, warn, info or debug, not \"%s\"", value);
	return 0;
}

/**
 * add_qemu() - keep an option of QEMU's for later
 * @o:		the options
 * @option:	which
 * @value:	its value
 * @err:	says what is wrong
 *
 * Return: 0 or -EINVAL
 */
static int add_qemu(struct options *o, enum qemu_option option, const char *value,
		    struct error *err)
{
	if (o->qemu_count == OPTIONS_MAX_QEMU)
		return error_set(err, EINVAL, "there are more than %d netdevs and NICs",
				 OPTIONS_MAX_QEMU);
	o->qemu[o->qemu_count++] = (struct qemu_arg){.option = option, .text = value};
	return 0;
}

/**
 * set_netdev() - -netdev
 */
static int set_netdev(struct options *o, const char *value, struct error *err)
{
	return add_qemu(o, QEMU_NETDEV, value, err);
}

/**
 * set_device() - -device
 */
static int set_device(struct options *o, const char *value, struct error *err)
{
	return add_qemu(o, QEMU_DEVICE, value, err);
}

/**
 * set_nic() - -nic
 */
static int set_nic(struct options *o, const char *value, struct error *err)
{
	return add_qemu(o, QEMU_NIC, value, err);
}

/**
 * set_net() - -net
 */
static int set_net(struct options *o, const char *value, struct error *err)
{
	return add_qemu(o, QEMU_NET, value, err);
}

/**
 * set_dump() - --dump-registers
 */
static int set_dump(struct options *o, const char *value, struct error *err)
{
	(void)err;
	o->action = ACTION_DUMP_REGISTERS;
	o->model = value;
	return 0;
}

/**
 * set_version() - --version
 */
static int set_version(struct options *o, const char *value, struct error *err)
{
	(void)value;
	(void)err;
	o->action = ACTION_VERSION;
	return 0;
}

/**
 * set_help() - --help
 */
static int set_help(struct options *o, const char *value, struct error *err)
{
	(void)value;
	(void)err;
	o->action = ACTION_HELP;
	return 0;
}

static const struct option_row rows[] = {
	{"listen", "ADDR:PORT",
	 "serve the API there; may be repeated\n(default 127.0.0.1:8080 and [::1]:8080)",
	 set_listen},
	{"socket-dir", "DIR",
	 "where the sockets lie: api.sock and ID.sock for each NIC\n(default "
	 "$XDG_RUNTIME_DIR/patchbay or /tmp/patchbay-UID; for root /run/patchbay)",
	 set_socket_dir},
	{"state-dir", "DIR",
	 "where netdevs and NICs are saved\n(default $XDG_STATE_HOME/patchbay or "
	 "~/.local/state/patchbay; for root\n/var/lib/patchbay)",
	 set_state_dir},
	{"allow-host", "NAME", "a name by which browsers may call this host; may be repeated",
	 set_allow_host},
	{"token-file", "FILE",
	 "let those in who show the token in it; it is made, with a\nnew token, if it is missing",
	 set_token_file},
	{"tls-cert", "FILE",
	 "PEM certificate: speak TLS with other machines; loopback stays\nas it is", set_tls_cert},
	{"tls-key", "FILE", "PEM key of that certificate", set_tls_key},
	{"user", "NAME", "as root: run as that user (default patchbay, else nobody)", set_user},
	{"workers", "auto|0",
	 "auto: one locked-in process for each NIC; 0: all in one process, for tests", set_workers},
	{"log-level", "LEVEL", "error, warn, info (default) or debug", set_log_level},
	{"netdev", "TYPE,id=ID,...", "make a netdev, as in QEMU; -netdev help lists the types",
	 set_netdev, true},
	{"device", "MODEL,netdev=ID,...", "make a NIC, as in QEMU; -device help lists the models",
	 set_device, true},
	{"nic", "TYPE,model=MODEL,...", "make a netdev and a NIC on it, as in QEMU", set_nic, true},
	{"net", "nic|TYPE|none,...",
	 "as in QEMU: one -net nic is joined with one -net TYPE; or\n-net nic,netdev=ID", set_net,
	 true},
	{"dump-registers", "MODEL", "print the registers of a NIC model, as Markdown", set_dump},
	{"version", NULL, "print the version", set_version},
	{"help", NULL, "print this", set_help},
	{"h", NULL, NULL, set_help},
	{"?", NULL, NULL, set_help},
};

/**
 * find_row() - an option by its name
 * @name:	the name; "name=value" counts as name
 *
 * Return: its row, or NULL
 */
static const struct option_row *find_row(const char *name)
{
	size_t len = strcspn(name, "=");

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (strlen(rows[i].name) == len && strncmp(rows[i].name, name, len) == 0)
			return &rows[i];
	}
	return NULL;
}

/**
 * struct cursor - where in the command line we are
 * @argc:	as main() has it
 * @argv:	likewise
 * @i:		next argument
 */
struct cursor {
	int argc;
	char **argv;
	int i;
};

/**
 * take_value() - the argument of the option that was just taken
 * @c:		the cursor, behind the option
 * @typed:	the option as it was typed
 * @err:	says that there is none
 *
 * Return: the argument, or NULL
 */
static const char *take_value(struct cursor *c, const char *typed, struct error *err)
{
	const char *equals = typed[1] == '-' ? strchr(typed, '=') : NULL;

	if (equals)
		return equals + 1;
	if (c->i < c->argc)
		return c->argv[c->i++];
	error_set(err, EINVAL, "%s requires an argument", typed);
	return NULL;
}

/**
 * parse_one() - one option
 * @o:		the options
 * @c:		the cursor, behind the option
 * @typed:	the option as it was typed
 * @err:	says what is wrong
 *
 * Return: 0 or -EINVAL
 */
static int parse_one(struct options *o, struct cursor *c, const char *typed, struct error *err)
{
	const char *name = typed + (typed[0] == '-') + (typed[0] == '-' && typed[1] == '-');
	const struct option_row *row = typed[0] == '-' ? find_row(name) : NULL;
	const char *value = NULL;
	int arity;

	if (row) {
		if (row->argument)
			value = take_value(c, typed, err);
		if (row->argument && !value)
			return -EINVAL;
		if (!row->argument && strchr(typed, '='))
			return error_set(err, EINVAL, "%s takes no argument", typed);
		return row->set(o, value, err);
	}
	arity = typed[0] == '-' ? qemu_option_arity(name) : -1;
	if (arity < 0)
		return error_set(err, EINVAL, "%s: %s; see patchbayd --help", typed,
				 typed[0] == '-' ? "invalid option" : "unexpected argument");
	if (arity > 0 && !take_value(c, typed, err))
		return -EINVAL;
	log_warn("%s is for QEMU and is ignored here", typed);
	return 0;
}

int options_parse(struct options *options, int argc, char **argv, struct error *err)
{
	struct cursor c = {.argc = argc, .argv = argv, .i = 1};

	memset(options, 0, sizeof(*options));
	options->log_level = LOG_LEVEL_INFO;
	while (c.i < argc) {
		const char *typed = argv[c.i++];
		int ret = parse_one(options, &c, typed, err);

		if (ret < 0)
			return ret;
	}
	return 0;
}

/**
 * print_row() - an option and what it does
 * @row:	the option
 */
static void print_row(const struct option_row *row)
{
	const char *line = row->help;
	char head[64];

	snprintf(head, sizeof(head), "%s%s %s", row->qemu ? "-" : "--", row->name,
		 row->argument ? row->argument : "");
	printf("  %-30s", head);
	while (*line) {
		size_t len = strcspn(line, "\n");

		printf("%s%.*s\n", line == row->help ? " " : "                                 ",
		       (int)len, line);
		line += len + (line[len] == '\n');
	}
}

void options_help(void)
{
	printf("patchbayd " PATCHBAY_VERSION ": network cards and networks for virtual machines\n\n"
	       "usage: patchbayd [OPTION]...\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].help)
			print_row(&rows[i]);
	}
	printf("\nOptions of QEMU that are not about networks are ignored with a warning.\n\n"
	       "example:\n"
	       "  patchbayd -netdev user,id=n0,hostfwd=tcp::2222-:22 -device e1000,netdev=n0\n"
	       "  curl http://localhost:8080/nics\n");
}
