/* SPDX-License-Identifier: BSD-2-Clause */
/* What can be listed for a person: netdev types, NIC models, registers. */
#pragma once

#include <stdbool.h>

struct error;
struct options;

/**
 * help_qemu() - print what "-netdev help", "-device help" and the like ask for
 * @options:	the command line
 *
 * Return: true when something was asked for: the program is done
 */
bool help_qemu(const struct options *options);

/**
 * help_registers() - print the registers of a model, as Markdown
 * @model:	the model
 * @err:	says that there is no such model
 *
 * Return: 0 or -ENOENT
 */
int help_registers(const char *model, struct error *err);
