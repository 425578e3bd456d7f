/* SPDX-License-Identifier: BSD-2-Clause */
/* vfio-user: the interrupt pin and MSI; MSI-X is there with no vectors. */
#include <errno.h>
#include <string.h>

#include "devices/nic.h"
#include "devices/vfio_user/state.h"

/**
 * has_msi() - has the card MSI?
 * @server:	the server
 */
static bool has_msi(const struct vfio_user_server *server)
{
	return server->nic->class->identity.msi_offset != 0;
}

int vfio_user_irq_info(struct vfio_user_server *server, struct vfio_user_message *message,
		       struct vfio_user_reply *reply)
{
	struct vfio_user_irq_info info;

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
	} else if (info.index == VFIO_USER_IRQ_MSI && has_msi(server)) {
		info.flags = VFIO_USER_IRQ_EVENTFD;
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
 * set_msi() - SET_IRQS for the card's one message
 * @nic:	the card
 * @set:	the command, checked as far as all indexes have it in common
 * @message:	likewise
 *
 * Return: 0 or -errno
 */
static int set_msi(struct nic *nic, const struct vfio_user_set_irqs *set,
		   struct vfio_user_message *message)
{
	int ret;

	if ((set->flags & VFIO_USER_SET_ACTION) != VFIO_USER_SET_TRIGGER)
		return -EINVAL; /* the capability has no mask bits */
	if (!(set->flags & VFIO_USER_SET_EVENTFD)) {
		if (!(set->flags & VFIO_USER_SET_BOOL) || message->payload[sizeof(*set)])
			msi_send(&nic->msi);
		return 0;
	}
	if (message->nfds > 1)
		return -EINVAL;
	ret = msi_set_eventfd(&nic->msi, take_fd(message));
	if (ret == 0 && nic->mem.pci->intx.level) /* what waits was not told yet in this way */
		msi_send(&nic->msi);
	return ret;
}

/**
 * switch_off() - "NONE, TRIGGER, no vectors"
 * @nic:	the card
 * @index:	enum vfio_user_irq
 *
 * Return: 0
 */
static int switch_off(struct nic *nic, uint32_t index)
{
	if (index == VFIO_USER_IRQ_INTX)
		return intx_set_eventfd(&nic->intx, -1);
	if (index == VFIO_USER_IRQ_MSI)
		return msi_set_eventfd(&nic->msi, -1);
	return 0;
}

/**
 * is_there() - does the card have the vectors that a command is about?
 * @server:	the server
 * @set:	the command
 */
static bool is_there(const struct vfio_user_server *server, const struct vfio_user_set_irqs *set)
{
	return set->start == 0 && set->count == 1 &&
	       (set->index == VFIO_USER_IRQ_INTX ||
		(set->index == VFIO_USER_IRQ_MSI && has_msi(server)));
}

/**
 * one_of() - is exactly one of some bits set?
 * @bits:	the bits
 */
static bool one_of(uint32_t bits)
{
	return bits != 0 && (bits & (bits - 1)) == 0;
}

/**
 * keep_eventfds() - let the eventfds that are in use outlive the process
 * @server:	the server
 */
static void keep_eventfds(struct vfio_user_server *server)
{
	const struct intx *pin = &server->nic->intx;

	nic_keep(server->nic, NIC_FD_INTX, 0, pin->eventfd);
	nic_keep(server->nic, NIC_FD_RESAMPLE, 0, pin->resample.fd);
	nic_keep(server->nic, NIC_FD_MSI, 0, server->nic->msi.eventfd);
}

/**
 * set_irqs() - SET_IRQS but for what outlives the process
 * @server:	the server
 * @message:	the command
 * @ret_set:	filled with its payload
 *
 * Return: 0 or -errno
 */
static int set_irqs(struct vfio_user_server *server, struct vfio_user_message *message,
		    struct vfio_user_set_irqs *ret_set)
{
	struct intx *pin = &server->nic->intx;
	struct vfio_user_set_irqs set;
	uint32_t data, action;

	memcpy(&set, message->payload, sizeof(set));
	*ret_set = set;
	data = set.flags & VFIO_USER_SET_DATA;
	action = set.flags & VFIO_USER_SET_ACTION;
	if (set.index >= VFIO_USER_IRQ_COUNT || !one_of(data) || !one_of(action))
		return -EINVAL;
	if (set.count == 0) {
		if (data != VFIO_USER_SET_NONE || action != VFIO_USER_SET_TRIGGER)
			return -EINVAL;
		return switch_off(server->nic, set.index);
	}
	if (!is_there(server, &set) ||
	    (data == VFIO_USER_SET_BOOL && message->len < sizeof(set) + 1))
		return -EINVAL;
	if (set.index == VFIO_USER_IRQ_MSI)
		return set_msi(server->nic, &set, message);
	if (data == VFIO_USER_SET_EVENTFD)
		return set_eventfd(pin, action, message);
	if (data == VFIO_USER_SET_BOOL && !message->payload[sizeof(set)])
		return 0;
	act(pin, action);
	return 0;
}

int vfio_user_set_irqs(struct vfio_user_server *server, struct vfio_user_message *message,
		       struct vfio_user_reply *reply)
{
	struct vfio_user_set_irqs set;
	int ret = set_irqs(server, message, &set);

	(void)reply;
	if (set.count == 0 || (set.flags & VFIO_USER_SET_EVENTFD))
		keep_eventfds(server);
	return ret;
}
