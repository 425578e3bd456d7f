/* SPDX-License-Identifier: BSD-2-Clause */
/* The interrupt pin, level triggered, carried by an eventfd that only knows edges. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "devices/pci/config.h"
#include "net/base/loop.h"

/*
 * Theory of operation (vfio-user.md 1.6)
 *
 * The client gives an eventfd; there is no message to take an interrupt back. So: when the level
 * rises and the pin is not masked, the eventfd is written and the pin masks itself. Unmask (a
 * message, or the resample eventfd of a KVM irqfd) clears the mask and fires again if the level is
 * still high. A new eventfd or a disable clears the mask.
 */

/**
 * struct intx - an interrupt pin; embedded in struct nic
 * @state:	level and mask, in the NIC's memfd
 * @disabled:	COMMAND.10: the pin is not asserted whatever the level
 * @eventfd:	the client's eventfd, owned, or -1
 * @resample:	the client's resample eventfd in the loop (fd -1 when there is none), owned
 * @loop:	the worker's loop
 * @fired:	counts the times the eventfd was written
 */
struct intx {
	struct intx_state *state;
	bool disabled;
	int eventfd;
	struct loop_fd resample;
	struct loop *loop;
	uint64_t *fired;
};

/**
 * irq_adopt_eventfd() - take a descriptor of the client's if it is an eventfd
 * @fd:		the descriptor, made non-blocking; closed on failure
 *
 * Eventfds are anonymous inodes, which alone have no file type: files, pipes (SIGPIPE) and sockets
 * are told apart without /proc. Non-blocking, since a client may leave the counter at its maximum.
 *
 * Return: 0 or -EINVAL
 */
int irq_adopt_eventfd(int fd);

/**
 * intx_init() - a pin without client
 * @intx:	the pin
 * @loop:	the worker's loop
 * @state:	its flat state
 * @fired:	counter to count in
 */
void intx_init(struct intx *intx, struct loop *loop, struct intx_state *state, uint64_t *fired);

/**
 * intx_done() - close the client's descriptors
 * @intx:	the pin
 */
void intx_done(struct intx *intx);

/**
 * intx_set_level() - the card's side of the pin
 * @intx:	the pin
 * @level:	asserted or not
 */
void intx_set_level(struct intx *intx, bool level);

/**
 * intx_set_disabled() - COMMAND.10
 * @intx:	the pin
 * @disabled:	the bit
 */
void intx_set_disabled(struct intx *intx, bool disabled);

/**
 * intx_set_eventfd() - the client enabled (or with -1 disabled) the interrupt
 * @intx:	the pin
 * @fd:		eventfd, taken over and made non-blocking; -1 for none
 *
 * The mask is cleared and the resample eventfd dropped.
 *
 * Return: 0, or -EINVAL for a descriptor that is no eventfd; then it was closed, nothing changed
 */
int intx_set_eventfd(struct intx *intx, int fd);

/**
 * intx_set_resample() - the client's irqfd resample eventfd: readable means unmask
 * @intx:	the pin
 * @fd:		eventfd, taken over; -1 for none
 *
 * Return: 0 or -errno; then @fd was closed
 */
int intx_set_resample(struct intx *intx, int fd);

/**
 * intx_mask() - the client masks
 * @intx:	the pin
 */
void intx_mask(struct intx *intx);

/**
 * intx_unmask() - the client unmasks: fire again if the level is still high
 * @intx:	the pin
 */
void intx_unmask(struct intx *intx);

/**
 * intx_trigger() - the client asks for one interrupt by message (loopback test)
 * @intx:	the pin
 */
void intx_trigger(struct intx *intx);
