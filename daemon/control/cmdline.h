/* SPDX-License-Identifier: BSD-2-Clause */
/* QEMU's -netdev, -nic and -device: the same objects as over the API, by the same way. */
#pragma once

struct model;
struct options;

/**
 * cmdline_apply() - make the objects: what -netdev asks for, then -nic, then -device
 * @options:	the command line
 * @model:	where they go
 *
 * Errors are printed in QEMU's form: "patchbayd: -netdev user,id=a,x=1: Invalid parameter 'x'".
 *
 * Return: 0, or -1 when something could not be made; what was made before it stays
 */
int cmdline_apply(const struct options *options, struct model *model);
