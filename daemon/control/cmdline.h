/* SPDX-License-Identifier: BSD-2-Clause */
/* QEMU's -netdev, -nic and -device: the same objects as over the API, by the same way. */
#pragma once

#include <stdbool.h>

struct model;
struct options;

/**
 * cmdline_help() - print what "-netdev help" and the like ask for
 * @options:	the command line
 *
 * Return: true when something was asked for: the program is done
 */
bool cmdline_help(const struct options *options);

/**
 * cmdline_apply() - make the objects: first what -netdev, then what -nic, then what -device asks for
 * @options:	the command line
 * @model:	where they go
 *
 * What is wrong is printed in QEMU's form: "patchbayd: -netdev user,id=a,x=1: Invalid parameter 'x'".
 *
 * Return: 0, or -1 when something could not be made; what was made before it stays
 */
int cmdline_apply(const struct options *options, struct model *model);
