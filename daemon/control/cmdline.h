/* SPDX-License-Identifier: BSD-2-Clause */
/* QEMU's -netdev, -nic, -device and -net: the same objects as over the API, by the same way. */
#pragma once

#include "daemon/control/model.h"

struct options;

/**
 * cmdline_apply() - make a collection's objects: what -netdev asks for, -nic, -device, then -net
 * @options:	the command line
 * @collection:	the collection; a -nic is made whole with its netdev, as what -net joins
 * @model:	where they go
 *
 * Errors are printed in QEMU's form: "patchbayd: -netdev user,id=a,x=1: Invalid parameter 'x'".
 *
 * Return: 0, or -1 when something could not be made; what was made before it stays
 */
int cmdline_apply(const struct options *options, enum collection collection, struct model *model);
