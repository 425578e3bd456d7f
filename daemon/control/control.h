/* SPDX-License-Identifier: BSD-2-Clause */
/* Control: the process that has the model, serves the API and opens what workers need. */
#pragma once

struct options;

/**
 * control_run() - start everything, serve until SIGTERM or SIGINT, stop everything
 * @options:	the command line; ACTION_RUN
 *
 * Return: exit status
 */
int control_run(const struct options *options);
