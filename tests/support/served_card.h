/* SPDX-License-Identifier: BSD-2-Clause */
/* A test card behind a vfio-user server, and a client for it. */
#pragma once

#include "devices/vfio_user/server.h"
#include "net/base/loop.h"
#include "tests/support/fake_client.h"
#include "tests/support/test_card.h"

/**
 * struct served_card - what a test of the server needs
 * @loop:	the loop of all
 * @now_ns:	its time, moved by the test
 * @card:	the card
 * @server:	its server
 * @address:	where that listens
 * @client:	connected
 */
struct served_card {
	struct loop *loop;
	int64_t now_ns;
	struct test_card *card;
	struct vfio_user_server *server;
	struct fake_address address;
	struct fake_client client;
};

/**
 * served_card_setup() - cmocka setup: *@state becomes a struct served_card
 * @state:	filled
 */
int served_card_setup(void **state);

/**
 * served_card_teardown() - cmocka teardown
 * @state:	from served_card_setup()
 */
int served_card_teardown(void **state);

/**
 * count_fds() - open descriptors of this process
 */
int count_fds(void);
