/* SPDX-License-Identifier: BSD-2-Clause */
/* The vfio-user server of one card: one listening socket, one client at a time. */
#pragma once

#include <stdint.h>

struct error;
struct loop;
struct nic;
struct nic_kept;
struct vfio_user_server;
struct vfio_user_state;

/**
 * vfio_user_start() - serve a card
 * @loop:	the worker's loop
 * @nic:	the card
 * @listen_fd:	listening AF_UNIX stream socket, taken over (also on failure)
 * @err:	says why not
 *
 * While a client is attached nic->mem.shared->attached is 1. A second client is accepted and
 * closed at once. When a client goes, guest memory and interrupt descriptors are dropped, the
 * card's state stays.
 *
 * Return: the server, or NULL
 */
struct vfio_user_server *vfio_user_start(struct loop *loop, struct nic *nic, int listen_fd,
					 struct error *err);

/**
 * vfio_user_resume() - go on with the guest of a worker that is gone
 * @server:	a server that was just started; its card has that worker's memory
 * @kept:	what was kept of the guest's descriptors, taken over
 * @count:	their number; 0: there was no guest
 */
void vfio_user_resume(struct vfio_user_server *server, const struct nic_kept *kept, int count);

/**
 * vfio_user_stop() - close the client and the listening socket, free; NULL is allowed
 * @server:	the server
 */
void vfio_user_stop(struct vfio_user_server *server);
