/* SPDX-License-Identifier: BSD-2-Clause */
/* vfio-user: the interrupt pin; MSI and MSI-X are there with no vectors. */
#include <errno.h>
#include <string.h>

#include "devices/nic.h"
#include "devices/vfio_user/state.h"

int vfio_user_irq_info(struct vfio_user_server *server, struct vfio_user_message *message,
		       struct vfio_user_reply *reply)
{
	struct vfio_user_irq_info info;

	(void)server;
	memcpy(&info, message->payload, sizeof(info));
	if (info.index >= VFIO_USER_IRQ_COUNT)
		return -ENOTSUP; /* QEMU asks for ERR to find out whether it is there */
	info.argsz = sizeof(info);
	info.flags = 0;
	info.count = 0;
	if (info.index == VFIO_USER_IRQ_INTX) {
		info.flags =
			VFIO_USER_IRQ_EVENTFD | VFIO_USER_IRQ_MASKABLE | VFIO_USER_IRQ_AUTOMASKED;
		info.count = 1;
	}
	memcpy(reply->payload, &info, sizeof(info));
	reply->len = sizeof(info);
	return 0;
}

/**
 * take_fd() - the message's only descriptor, which the caller owns from now on
 * @message:	the command
 *
 * Return: the descriptor, or -1 when there is none
 */
static int take_fd(struct vfio_user_message *message)
{
	int fd = message->nfds ? message->fds[0] : -1;

	message->fds[0] = -1;
	return fd;
}

/**
 * set_eventfd() - SET_IRQS with an eventfd, or without one: it is taken away
 * @pin:	the interrupt pin
 * @action:	VFIO_USER_SET_TRIGGER, _UNMASK or _MASK
 * @message:	the command
 *
 * Return: 0 or -errno
 */
static int set_eventfd(struct intx *pin, uint32_t action, struct vfio_user_message *message)
{
	if (message->nfds > 1)
		return -EINVAL;
	if (action == VFIO_USER_SET_TRIGGER)
		return intx_set_eventfd(pin, take_fd(message));
	if (action == VFIO_USER_SET_UNMASK)
		return intx_set_resample(pin, take_fd(message));
	return -ENOTSUP; /* masking by eventfd; VFIO in the kernel has none either */
}

/**
 * act() - mask, unmask or trigger by message
 * @pin:	the interrupt pin
 * @action:	VFIO_USER_SET_TRIGGER, _UNMASK or _MASK
 */
static void act(struct intx *pin, uint32_t action)
{
	if (action == VFIO_USER_SET_MASK)
		intx_mask(pin);
	else if (action == VFIO_USER_SET_UNMASK)
		intx_unmask(pin);
	else
		intx_trigger(pin);
}

/**
 * one_of() - is exactly one of some bits set?
 * @bits:	the bits
 */
static bool one_of(uint32_t bits)
{
	return bits != 0 && (bits & (bits - 1)) == 0;
}

int vfio_user_set_irqs(struct vfio_user_server *server, struct vfio_user_message *message,
		       struct vfio_user_reply *reply)
{
	struct intx *pin = &server->nic->intx;
	struct vfio_user_set_irqs set;
	uint32_t data, action;

	(void)reply;
	memcpy(&set, message->payload, sizeof(set));
	data = set.flags & VFIO_USER_SET_DATA;
	action = set.flags & VFIO_USER_SET_ACTION;
	if (set.index >= VFIO_USER_IRQ_COUNT || !one_of(data) || !one_of(action))
		return -EINVAL;
	if (set.count == 0) { /* "NONE, TRIGGER, no vectors" switches an index off */
		if (data != VFIO_USER_SET_NONE || action != VFIO_USER_SET_TRIGGER)
			return -EINVAL;
		return set.index == VFIO_USER_IRQ_INTX ? intx_set_eventfd(pin, -1) : 0;
	}
	if (set.index != VFIO_USER_IRQ_INTX || set.start != 0 || set.count != 1)
		return -EINVAL;
	if (data == VFIO_USER_SET_EVENTFD)
		return set_eventfd(pin, action, message);
	if (data == VFIO_USER_SET_BOOL) {
		if (message->len < sizeof(set) + 1)
			return -EINVAL;
		if (!message->payload[sizeof(set)])
			return 0;
	}
	act(pin, action);
	return 0;
}
