/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of netdev types. */
#include "net/backend/backend.h"

#include <string.h>
#include <unistd.h>

#include "net/backend/classes.h"
#include "net/base/bytes.h"

static const struct backend_class *const classes[] = {
	&backend_tap,
	&backend_user,
};

const struct backend_class *backend_class(const char *type)
{
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		if (strcmp(classes[i]->type, type) == 0)
			return classes[i];
	}
	return NULL;
}

void backend_fds_close(struct backend_fds *fds)
{
	for (int i = 0; i < fds->count; i++)
		close(fds->fd[i]);
	fds->count = 0;
}
