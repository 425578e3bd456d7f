/* SPDX-License-Identifier: BSD-2-Clause */
/* patchbayd: read the command line, do what it asks for. */
#include <stdio.h>
#include <stdlib.h>

#include "daemon/control/control.h"
#include "daemon/control/help.h"
#include "daemon/control/options.h"
#include "daemon/version.h"
#include "net/base/error.h"
#include "net/base/log.h"

/**
 * main() - the program
 * @argc:	number of arguments
 * @argv:	the arguments
 *
 * Return: exit status
 */
int main(int argc, char **argv)
{
	static struct options options;
	struct error err;

	if (options_parse(&options, argc, argv, &err) < 0 ||
	    (options.action == ACTION_DUMP_REGISTERS && help_registers(options.model, &err) < 0)) {
		fprintf(stderr, "patchbayd: %s\n", err.message);
		return EXIT_FAILURE;
	}
	log_set_level(options.log_level);
	if (options.action == ACTION_HELP)
		options_help();
	if (options.action == ACTION_VERSION)
		printf("patchbayd " PATCHBAY_VERSION "\n");
	if (options.action != ACTION_RUN || help_qemu(&options))
		return EXIT_SUCCESS;
	return control_run(&options);
}
