/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest of a few lines for tests: a port that sends frames and keeps what comes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "net/base/loop.h"
#include "net/core/port.h"
#include "tests/support/frames.h"

#define MINI_FRAMES    512
#define MINI_FRAME_LEN 2048

/**
 * struct mini_frame - a frame that came
 * @data:	its bytes
 * @len:	its length
 */
struct mini_frame {
	uint8_t data[MINI_FRAME_LEN];
	uint32_t len;
};

/**
 * struct mini_guest - a guest with one card
 * @port:	the card
 * @loop:	the loop that tests turn
 * @frames:	frames that came, oldest first, a ring
 * @first:	number of the oldest one
 * @count:	their number
 * @full:	takes nothing (a receive ring without buffers)
 * @readied:	how often the peer said that it has room again
 * @seq:	(TCP) next sequence number
 * @ack:	(TCP) what is expected next
 */
struct mini_guest {
	struct port port;
	struct loop *loop;
	struct mini_frame frames[MINI_FRAMES];
	unsigned first;
	unsigned count;
	bool full;
	unsigned readied;
	uint32_t seq;
	uint32_t ack;
};

/**
 * mini_guest_init() - make a guest
 * @g:		the guest
 * @loop:	the loop
 */
void mini_guest_init(struct mini_guest *g, struct loop *loop);

/**
 * mini_guest_send() - send a frame
 * @g:		the guest
 * @frame:	the frame
 * @len:	its length
 *
 * Return: was it taken?
 */
bool mini_guest_send(struct mini_guest *g, const uint8_t *frame, uint32_t len);

/**
 * mini_guest_make() - build a frame and send it
 * @g:		the guest
 * @spec:	the frame
 */
void mini_guest_make(struct mini_guest *g, const struct frame_spec *spec);

/**
 * mini_guest_wait() - turn the loop until a frame of a kind comes
 * @g:		the guest
 * @protocol:	IP_PROTO_*, or 0 for ARP
 * @dport:	destination port, or 0 for any
 *
 * Frames before it are dropped.
 *
 * Return: the frame, valid until the next call; NULL when half a second has passed
 */
const struct mini_frame *mini_guest_wait(struct mini_guest *g, uint8_t protocol, uint16_t dport);

/**
 * mini_guest_turn() - turn the loop for a while, whatever comes
 * @g:		the guest
 * @ms:		how long
 */
void mini_guest_turn(struct mini_guest *g, int ms);

/**
 * mini_guest_arp() - tell the stack our address, as a guest that asks for the gateway does
 * @g:		the guest
 * @own:	our address
 * @gateway:	whose we ask for
 *
 * Return: true when the gateway answered
 */
bool mini_guest_arp(struct mini_guest *g, const char *own, const char *gateway);

/**
 * mini_guest_connect() - open a TCP connection
 * @g:		the guest; @seq and @ack are set
 * @spec:	addresses and ports
 *
 * Return: true when it was accepted, false when it was refused or nothing came
 */
bool mini_guest_connect(struct mini_guest *g, struct frame_spec *spec);
