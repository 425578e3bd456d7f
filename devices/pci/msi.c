/* SPDX-License-Identifier: BSD-2-Clause */
/* Message signalled interrupt. */
#include "devices/pci/msi.h"

#include <errno.h>
#include <unistd.h>

#include "devices/pci/intx.h"

void msi_init(struct msi *msi, uint64_t *fired)
{
	*msi = (struct msi){.eventfd = -1, .fired = fired};
}

int msi_set_eventfd(struct msi *msi, int fd)
{
	if (fd >= 0 && irq_adopt_eventfd(fd) < 0)
		return -EINVAL;
	if (msi->eventfd >= 0)
		close(msi->eventfd);
	msi->eventfd = fd;
	return 0;
}

void msi_send(struct msi *msi)
{
	static const uint64_t one = 1;

	if (msi->eventfd >= 0 && write(msi->eventfd, &one, sizeof(one)) == sizeof(one))
		(*msi->fired)++;
}
