/* SPDX-License-Identifier: BSD-2-Clause */
/* Message signalled interrupt: one vector, an eventfd that is written at each rise. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Theory of operation
 *
 * The client translates the guest's address and data into an eventfd; while it has given one, MSI
 * is on and the pin has none. A message is sent when the card's wish to interrupt rises, and there
 * is nothing to take back: a driver lowers the wish by reading or masking the cause.
 */

/**
 * struct msi - the one message of a card; embedded in struct nic
 * @eventfd:	the client's eventfd, owned, or -1: MSI is off
 * @fired:	counts the times it was written
 */
struct msi {
	int eventfd;
	uint64_t *fired;
};

/**
 * msi_init() - MSI is off
 * @msi:	the message
 * @fired:	counter to count in
 */
void msi_init(struct msi *msi, uint64_t *fired);

/**
 * msi_set_eventfd() - the client switched MSI on, or with -1 off
 * @msi:	the message
 * @fd:		eventfd, taken over and made non-blocking; -1 for none
 *
 * Return: 0, or -EINVAL for a descriptor that is no eventfd; then it was closed, nothing changed
 */
int msi_set_eventfd(struct msi *msi, int fd);

/**
 * msi_send() - send the message, if MSI is on
 * @msi:	the message
 */
void msi_send(struct msi *msi);
