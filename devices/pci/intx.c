/* SPDX-License-Identifier: BSD-2-Clause */
/* The interrupt pin: when to write the eventfd, and when not. */
#include "devices/pci/intx.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/base/bytes.h"

/**
 * signal_client() - write the eventfd
 * @intx:	the pin, with an eventfd
 *
 * A counter at its maximum (-EAGAIN) has an event pending anyway, and nobody else's descriptor can
 * make this wait or fail in a way that matters.
 */
static void signal_client(struct intx *intx)
{
	static const uint64_t one = 1;

	if (write(intx->eventfd, &one, sizeof(one)) < 0)
		return;
	(*intx->fired)++;
}

/**
 * evaluate() - fire if there is something to fire and the client can hear it
 * @intx:	the pin
 */
static void evaluate(struct intx *intx)
{
	if (!intx->state->level || intx->state->masked || intx->disabled || intx->eventfd < 0)
		return;
	intx->state->masked = 1;
	signal_client(intx);
}

/**
 * drop_resample() - forget the resample eventfd
 * @intx:	the pin
 */
static void drop_resample(struct intx *intx)
{
	int fd = intx->resample.fd;

	if (fd < 0)
		return;
	loop_fd_remove(&intx->resample);
	close(fd);
}

/**
 * on_resample() - the guest signalled end of interrupt to KVM
 * @source:	the resample eventfd
 * @events:	ready events
 *
 * What can't be read, or not as an eventfd, is none, and would be ready for ever.
 */
static void on_resample(struct loop_fd *source, uint32_t events)
{
	struct intx *intx = container_of(source, struct intx, resample);
	uint64_t count;
	ssize_t n;

	do
		n = read(source->fd, &count, sizeof(count));
	while (n < 0 && errno == EINTR);
	if (n == sizeof(count))
		intx_unmask(intx);
	else if (n >= 0 || errno != EAGAIN || (events & (EPOLLERR | EPOLLHUP)))
		drop_resample(intx);
}

int irq_adopt_eventfd(int fd)
{
	struct stat st;
	int flags = fcntl(fd, F_GETFL);

	if (flags >= 0 && fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == 0 &&
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0)
		return 0;
	close(fd);
	return -EINVAL;
}

void intx_init(struct intx *intx, struct loop *loop, struct intx_state *state, uint64_t *fired)
{
	*intx = (struct intx){.state = state,
			      .eventfd = -1,
			      .resample = {.fd = -1, .callback = on_resample},
			      .loop = loop,
			      .fired = fired};
}

void intx_done(struct intx *intx)
{
	intx_set_eventfd(intx, -1);
}

void intx_set_level(struct intx *intx, bool level)
{
	if (intx->state->level == level)
		return;
	intx->state->level = level;
	evaluate(intx);
}

void intx_set_disabled(struct intx *intx, bool disabled)
{
	intx->disabled = disabled;
	evaluate(intx);
}

int intx_set_eventfd(struct intx *intx, int fd)
{
	if (fd >= 0 && irq_adopt_eventfd(fd) < 0)
		return -EINVAL;
	drop_resample(intx);
	if (intx->eventfd >= 0)
		close(intx->eventfd);
	intx->eventfd = fd;
	intx->state->masked = 0;
	evaluate(intx);
	return 0;
}

int intx_set_resample(struct intx *intx, int fd)
{
	int ret;

	if (fd >= 0 && irq_adopt_eventfd(fd) < 0)
		return -EINVAL;
	drop_resample(intx);
	if (fd < 0)
		return 0;
	/* One wake for each write: a semaphore with a high count stays readable after a read. */
	ret = loop_fd_add(intx->loop, &intx->resample, fd, EPOLLIN | EPOLLET);
	if (ret < 0)
		close(fd);
	return ret;
}

void intx_mask(struct intx *intx)
{
	intx->state->masked = 1;
}

void intx_unmask(struct intx *intx)
{
	intx->state->masked = 0;
	evaluate(intx);
}

void intx_trigger(struct intx *intx)
{
	if (intx->eventfd >= 0 && !intx->disabled)
		signal_client(intx);
}
