/* SPDX-License-Identifier: BSD-2-Clause */
/* Who the daemon's processes run as. */
#pragma once

#include "daemon/worker/sandbox.h"

struct error;

/**
 * struct identities - users of the processes
 * @control:	control's
 * @worker:	template's and workers'
 */
struct identities {
	struct identity control;
	struct identity worker;
};

/**
 * identities_choose() - look the users up
 * @user:	--user, or NULL for "patchbay" if there is such an account, else "nobody"
 * @ids:	filled; a process that is not root stays who it is
 * @err:	says why not
 *
 * Return: 0 or -errno
 */
int identities_choose(const char *user, struct identities *ids, struct error *err);
