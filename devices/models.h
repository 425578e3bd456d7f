/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of models. */
#pragma once

struct nic_class;

/* Every model of this program, NULL behind the last; nic_class() searches it by name. */
extern const struct nic_class *const nic_models[];
