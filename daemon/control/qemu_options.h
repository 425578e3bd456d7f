/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of QEMU that mean nothing here, so that a QEMU command line can be pasted. */
#pragma once

/**
 * qemu_option_arity() - how many arguments an option of QEMU has
 * @name:	its name, without dashes
 *
 * Return: 0 or 1, or -1 when QEMU has no such option
 */
int qemu_option_arity(const char *name);
