/* SPDX-License-Identifier: BSD-2-Clause */
/* The arguments with which a QEMU plugs in a NIC. */
#pragma once

#include <jansson.h>

/**
 * qemu_args() - make them
 * @nic:	the NIC, as GET /nics/{id} shows it
 * @memory:	the guest's memory, in QEMU's notation
 *
 * Return: new reference to {"argv": [...], "shell": "...", "warnings": [...]}
 */
json_t *qemu_args(json_t *nic, const char *memory);
