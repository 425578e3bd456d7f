/* SPDX-License-Identifier: BSD-2-Clause */
/* rtl8139: descriptors, frames and memory of a hostile guest (and a hostile network). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/rtl8139_driver.h"

/* CVE-2015-5165: headers that contradict the frame; nothing is computed, nothing leaks. */
static void test_contradicting_headers(void **state)
{
	struct rig *rig = *state;
	const struct {
		uint8_t ihl;
		uint16_t total;
		uint8_t offset;
		uint32_t len;
		uint32_t same; /* the frame goes out unchanged from here on */
	} cases[] = {
		{0x4f, 20, 0x50, 34, 0},    /* IHL 15 in a frame of 34 */
		{0x45, 19, 0x50, 74, 0},    /* total < header */
		{0x45, 60000, 0x50, 74, 0}, /* total > frame */
		{0x44, 60, 0x50, 74, 0},    /* IHL < 5 */
		{0x65, 60, 0x50, 74, 0},    /* version 6 */
		{0x45, 60, 0x00, 74, 26},   /* TCP data offset 0, */
		{0x45, 60, 0x40, 74, 26},   /* 4, */
		{0x45, 60, 0xf0, 74, 26},   /* 15: beyond the frame, */
		{0x45, 60, 0xf0, 100, 26},  /* beyond the packet */
		{0x45, 39, 0x50, 74, 26},   /* TCP header cut */
	};

	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t frame[100] = {0};
		const struct sent_frame *f;

		rtl_make_ipv4(rig, frame, IP_PROTO_TCP, 20);
		frame[14] = cases[i].ihl;
		put_be16(frame + 16, cases[i].total);
		frame[46] = cases[i].offset;
		memset(rtl_guest(rig, TX_BUFFER), 0xee, 2048);
		f = rtl_send_checksummed(rig, frame, cases[i].len);
		assert_int_equal(f->len, MAX(cases[i].len, ETH_MIN_LEN));
		assert_memory_equal(f->data + cases[i].same, frame + cases[i].same,
				    cases[i].len - cases[i].same);
		for (uint32_t k = cases[i].len; k < f->len; k++)
			assert_int_equal(f->data[k], 0);
	}
}

/* LGSEN of what can't be segmented, with MSS 0 too: dropped, told, and the ring goes on. */
static void test_impossible_large_sends(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[2000];
	uint32_t len;

	rtl_start(rig, 0);
	len = rtl_make_ipv4(rig, frame, IP_PROTO_TCP, 1500);
	rtl_put_tx(rig, 0, frame, len, RTL_TX_LGSEN);
	frame[46] = 0; /* data offset */
	rtl_put_tx(rig, 1, frame, len, RTL_TX_LGSEN | MSS << 16);
	frame[46] = 0xf0;
	rtl_put_tx(rig, 2, frame, 54, RTL_TX_LGSEN | MSS << 16);
	len = rtl_make_ipv4(rig, frame, IP_PROTO_UDP, 1500);
	rtl_put_tx(rig, 3, frame, len, RTL_TX_LGSEN | MSS << 16);
	rtl_make_frame(rig, frame, 1000);
	rtl_put_tx(rig, 4, frame, 1000, RTL_TX_LGSEN | MSS << 16);
	rtl_put_tx(rig, 5, frame, 1000, 0);
	rtl_poll_ring(rig);
	assert_int_equal(rig->count, 1);
	assert_int_equal(rtl_drops(rig, DROP_BAD_OFFLOAD), 5);
	assert_int_equal(rtl_tx_word(rig, 0) & RTL_TX_TES, RTL_TX_TES);
	assert_int_equal(rtl_tx_word(rig, 5) & RTL_TX_TES, 0);
	assert_int_equal(rtl_rd16(rig, RTL_ISR) & (RTL_INT_TER | RTL_INT_TOK),
			 RTL_INT_TER | RTL_INT_TOK);
}

/* CVE-2016-8910: a ring whose OWN bits can't be cleared is not walked for ever. */
static void test_ring_that_never_ends(void **state)
{
	struct rig *rig = *state;
	uint8_t *page = rtl_guest(rig, TX_BUFFER);

	rtl_start(rig, 0);
	for (unsigned i = 0; i < RTL_RING_MAX; i++)
		rtl_put_desc(rig, TX_RING + i * RTL_DESC_SIZE, RTL_OWN | RTL_FS | RTL_LS | 60, 0,
			     TX_BUFFER);
	rtl_make_frame(rig, page, 60);
	rtl_poll_ring(rig);
	assert_int_equal(rig->count, RTL_RING_MAX);
	/* A ring that can be read and not written. */
	assert_int_equal(dma_unmap(&rig->nic->dma, RAM_BASE, RAM_SIZE), 0);
	assert_int_equal(dma_map_host(&rig->nic->dma, RAM_BASE, rig->ram, RAM_SIZE), 0);
	rig->nic->dma.regions[0].access = DMA_FROM_GUEST;
	rtl_put_desc(rig, TX_RING, RTL_OWN | RTL_FS | RTL_LS | RTL_EOR | 60, 0, TX_BUFFER);
	rtl_poll_ring(rig);
	rtl_turns(rig, 10);
	assert_int_equal(rig->count, RTL_RING_MAX + 1);
	assert_int_equal(rig->card->state->tx_pending, 0);
	assert_int_equal(rtl_rd16(rig, RTL_ISR) & RTL_INT_SERR, RTL_INT_SERR);
}

/** refill() - a peer that plays a second processor: gives each descriptor back at once */
static int refill(struct port *port, const struct packet *packets, int n)
{
	struct rig *rig = container_of(port, struct rig, peer);

	(void)packets;
	rig->room += n;
	for (unsigned i = 0; i < RTL_RING_MAX; i++)
		rtl_put_desc(rig, TX_RING + i * RTL_DESC_SIZE, RTL_OWN | RTL_FS | RTL_LS | 60, 0,
			     TX_BUFFER);
	return n;
}

static void test_work_is_bounded(void **state)
{
	static const struct port_ops ops = {.receive = refill};
	struct rig *rig = *state;

	rtl_start(rig, 0);
	rig->peer.ops = &ops;
	rig->room = 0;
	refill(&rig->peer, NULL, 0);
	rtl_poll_ring(rig);
	assert_int_equal(rig->room, 64);
	rtl_turns(rig, 1);
	assert_int_equal(rig->room, 128);
	rtl_wr8(rig, RTL_CR, 0);
	rtl_turns(rig, 5);
	assert_int_equal(rig->room, 128);
	assert_false(loop_timer_running(&rig->card->work));
}

static void test_frame_without_end(void **state)
{
	struct rig *rig = *state;

	rtl_start(rig, 0);
	for (unsigned i = 0; i < RTL_RING_MAX; i++)
		rtl_put_desc(rig, TX_RING + i * RTL_DESC_SIZE, RTL_OWN | RTL_FS | 0xffff, 0,
			     TX_BUFFER);
	rtl_poll_ring(rig);
	rtl_turns(rig, 3);
	assert_int_equal(rig->count, 0);
	assert_int_equal(rtl_drops(rig, DROP_TOO_MANY_PIECES), 1);
	assert_int_equal(rtl_tx_word(rig, 63) & (RTL_OWN | RTL_TX_TES), RTL_TX_TES);
}

static void test_bad_buffers(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[60];

	rtl_start(rig, 0);
	rtl_make_frame(rig, frame, sizeof(frame));
	rtl_put_desc(rig, TX_RING, RTL_OWN | RTL_FS | RTL_LS | 60, 0, UNMAPPED);
	rtl_put_desc(rig, TX_RING + 16, RTL_OWN | RTL_FS | RTL_LS | 60, 0,
		     RAM_BASE + RAM_SIZE - 59);
	rtl_put_desc(rig, TX_RING + 32, RTL_OWN | RTL_FS | RTL_LS | 60, 0, UINT64_MAX - 10);
	rtl_put_desc(rig, TX_RING + 48, RTL_OWN | RTL_FS | RTL_LS | 13, 0, TX_BUFFER);
	rtl_put_desc(rig, TX_RING + 64, RTL_OWN | RTL_FS | RTL_LS, 0, TX_BUFFER);
	rtl_put_desc(rig, TX_RING + 80, RTL_OWN | RTL_FS | RTL_LS | 20000, 0, TX_BUFFER);
	rtl_put_desc(rig, TX_RING + 96, RTL_OWN | RTL_LS | 60, 0, TX_BUFFER);
	rtl_put_tx(rig, 7, frame, 60, RTL_EOR);
	rtl_poll_ring(rig);
	assert_int_equal(rig->count, 1);
	assert_int_equal(rtl_drops(rig, DROP_DMA), 3);
	assert_int_equal(rtl_drops(rig, DROP_RUNT), 2);
	assert_int_equal(rtl_drops(rig, DROP_TOO_LONG), 1);
	assert_int_equal(rtl_drops(rig, DROP_MALFORMED), 1);
	assert_int_equal(rig->card->state->tally.tx_error, 7);
}

static void test_too_long_large_send(void **state)
{
	struct rig *rig = *state;
	static uint8_t frame[65000];
	uint32_t len = rtl_make_ipv4(rig, frame, IP_PROTO_TCP, 60000);

	rtl_start(rig, 0);
	memcpy(rtl_guest(rig, TX_BUFFER), frame, len);
	rtl_put_desc(rig, TX_RING, RTL_OWN | RTL_FS | RTL_TX_LGSEN | MSS << 16 | len, 0, TX_BUFFER);
	rtl_put_desc(rig, TX_RING + 16, RTL_OWN | RTL_LS | RTL_EOR | 5600, 0, TX_BUFFER);
	rtl_poll_ring(rig);
	assert_int_equal(rig->count, 0);
	assert_int_equal(rtl_drops(rig, DROP_BAD_OFFLOAD), 1);
	assert_int_equal(rig->card->state->tally.tx_error, 1);
}

/* CVE-2021-3416: looped-back frames into a receive buffer that is the card's own BAR. */
static void test_loopback(void **state)
{
	struct rig *rig = *state;
	static uint8_t frame[5054];
	uint32_t len = rtl_make_ipv4(rig, frame, IP_PROTO_TCP, 5000);

	rtl_start(rig, 0);
	rtl_wr32(rig, RTL_TCR, RTL_TCR_LBK);
	memcpy(rtl_guest(rig, TX_BUFFER), frame, len);
	rtl_put_desc(rig, TX_RING, RTL_OWN | RTL_FS | RTL_LS | RTL_TX_LGSEN | MSS << 16 | len, 0,
		     TX_BUFFER);
	rtl_poll_ring(rig);
	assert_int_equal(rig->count, 0);
	assert_int_equal(rig->card->state->tally.rx_ok, 5);
	assert_memory_equal(rtl_guest(rig, RX_BUFFER + RX_BYTES + 54), frame + 54 + MSS, MSS);
	assert_true(rtl_ip_is_good(rtl_guest(rig, RX_BUFFER), 54 + MSS));
	rtl_put_desc(rig, RX_RING + 5 * 16, RTL_OWN | RX_BYTES, 0, 0xfebf0000); /* the BAR */
	rtl_put_tx(rig, 1, frame, 100, 0);
	rtl_poll_ring(rig);
	assert_int_equal(rtl_drops(rig, DROP_DMA), 1);
	assert_int_equal(rtl_desc_word(rig, RX_RING + 5 * 16, 0) & RTL_OWN, RTL_OWN);
}

/* CVE-2018-17958: sizes; and frames that are none. */
static void test_sizes(void **state)
{
	struct rig *rig = *state;
	static uint8_t frame[PACKET_MAX_LEN];

	rtl_start(rig, 0);
	rtl_make_frame(rig, frame, sizeof(frame));
	assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
	assert_true(rtl_peer_send_frame(rig, frame, 8188));
	assert_int_equal(rtl_drops(rig, DROP_TOO_LONG), 2);
	assert_true(rtl_peer_send_frame(rig, frame, 8187));
	assert_int_equal(rtl_desc_word(rig, rtl_rx_desc(0), 0) & RTL_RX_SIZE, 8191);
	assert_true(rtl_peer_send_frame(rig, frame, 13));
	assert_true(rtl_peer_send_frame(rig, frame, 1));
	assert_int_equal(rtl_drops(rig, DROP_RUNT), 2);
}

/* A ring too small for a frame even when it is empty loses the frame, not the receiver. */
static void test_tiny_ring(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[1000];

	rtl_start(rig, 0);
	rtl_make_frame(rig, frame, sizeof(frame));
	for (unsigned i = 0; i < RTL_RING_MAX; i++)
		rtl_put_desc(rig, rtl_rx_desc(i), RTL_OWN | 8, 0, RX_BUFFER + i * 8);
	assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
	assert_int_equal(rtl_drops(rig, DROP_NO_DESCRIPTOR), 1);
	assert_int_equal(rtl_rd32(rig, RTL_MPC), 1);
	for (unsigned i = 0; i < RTL_RING_MAX; i++)
		rtl_put_desc(rig, rtl_rx_desc(i), RTL_OWN | RTL_EOR, 0, RX_BUFFER);
	assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
	assert_int_equal(rtl_drops(rig, DROP_NO_DESCRIPTOR), 2);
	rtl_put_desc(rig, rtl_rx_desc(0), RTL_OWN | RTL_EOR | 600, 0, RX_BUFFER);
	assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
	assert_int_equal(rtl_drops(rig, DROP_NO_DESCRIPTOR), 3);
	rtl_put_desc(rig, rtl_rx_desc(0), RTL_OWN | RTL_EOR | 1008, 0, RX_BUFFER);
	assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
	assert_memory_equal(rtl_guest(rig, RX_BUFFER), frame, sizeof(frame));
}

static void test_bad_memory(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[1000];

	rtl_start(rig, 0);
	rtl_make_frame(rig, frame, sizeof(frame));
	rtl_put_desc(rig, rtl_rx_desc(0), RTL_OWN | RX_BYTES, 0, UNMAPPED);
	assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
	rtl_put_desc(rig, rtl_rx_desc(0), RTL_OWN | RX_BYTES, 0, RAM_BASE + RAM_SIZE - 1003);
	assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
	assert_int_equal(rtl_drops(rig, DROP_DMA), 2);
	assert_int_equal(rtl_rd16(rig, RTL_ISR) & RTL_INT_SERR, RTL_INT_SERR);
	rtl_put_desc(rig, rtl_rx_desc(0), RTL_OWN | RX_BYTES, 0, RAM_BASE + RAM_SIZE - 1004);
	assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
	assert_memory_equal(rtl_guest(rig, RAM_BASE + RAM_SIZE - 1004), frame, sizeof(frame));
	rtl_wr32(rig, RTL_RDSAR, UNMAPPED);
	assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
	rtl_turns(rig, 3);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, rtl_setup, rtl_teardown)
	const struct CMUnitTest tests[] = {
		T(test_contradicting_headers),
		T(test_impossible_large_sends),
		T(test_ring_that_never_ends),
		T(test_work_is_bounded),
		T(test_frame_without_end),
		T(test_bad_buffers),
		T(test_too_long_large_send),
		T(test_loopback),
		T(test_sizes),
		T(test_tiny_ring),
		T(test_bad_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
