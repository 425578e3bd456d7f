/* SPDX-License-Identifier: BSD-2-Clause */
/* The vfio-user server of one card: one listening socket, one client at a time. */
#pragma once

#include <stdint.h>

struct error;
struct loop;
struct nic;
struct vfio_user_server;
struct vfio_user_state;

/**
 * vfio_user_state_size() - bytes the server needs in the NIC's memfd
 */
uint32_t vfio_user_state_size(void);

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
 * vfio_user_stop() - close the client and the listening socket, free; NULL is allowed
 * @server:	the server
 */
void vfio_user_stop(struct vfio_user_server *server);
