/* SPDX-License-Identifier: BSD-2-Clause */
/* rtl8139: C+ transmit rings, tags, checksums, large send, back-pressure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/rtl8139_driver.h"

static void test_single(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[300];

	rtl_start(rig, 0);
	rtl_make_frame(rig, frame, sizeof(frame));
	rtl_put_tx(rig, 0, frame, sizeof(frame), 0);
	assert_int_equal(rig->count, 0);
	rtl_poll_ring(rig);
	assert_int_equal(rig->count, 1);
	assert_int_equal(rig->frames[0].len, sizeof(frame));
	assert_memory_equal(rig->frames[0].data, frame, sizeof(frame));
	assert_int_equal(rtl_tx_word(rig, 0), RTL_FS | RTL_LS | 300);
	assert_int_equal(rtl_irqs(rig), 0); /* TOK alone waits a little */
	rig->now += 150000;
	rtl_turns(rig, 2);
	assert_int_equal(rtl_irqs(rig), 1);
	assert_int_equal(rtl_rd16(rig, RTL_ISR), RTL_INT_TOK | RTL_INT_TDU);
	rtl_wr16(rig, RTL_ISR, RTL_INT_TOK | RTL_INT_TDU);
	rtl_irqs(rig);
	assert_int_equal(rtl_irqs(rig), 0);
	rtl_poll_ring(rig); /* the ring is empty: nothing to tell */
	assert_int_equal(rtl_rd16(rig, RTL_ISR), 0);
}

/* Many descriptors sent, or any other cause, raise the pin at once. */
static void test_interrupt_policy(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[100];

	rtl_start(rig, 0);
	rtl_make_frame(rig, frame, sizeof(frame));
	for (unsigned i = 0; i < 16; i++) {
		rtl_put_tx(rig, i, frame, sizeof(frame), 0);
		rtl_poll_ring(rig);
		assert_int_equal(rtl_irqs(rig), i == 15);
	}
	rtl_wr16(rig, RTL_ISR, rtl_rd16(rig, RTL_ISR));
	rtl_irqs(rig);
	rtl_put_tx(rig, 16, frame, sizeof(frame), 0);
	rtl_poll_ring(rig);
	assert_int_equal(rtl_irqs(rig), 0);
	assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
	assert_int_equal(rtl_irqs(rig), 1);
	/* What the driver acknowledged does not come later. */
	rtl_wr16(rig, RTL_ISR, rtl_rd16(rig, RTL_ISR));
	rtl_irqs(rig);
	rtl_put_tx(rig, 17, frame, sizeof(frame), 0);
	rtl_poll_ring(rig);
	rtl_wr16(rig, RTL_ISR, rtl_rd16(rig, RTL_ISR));
	rig->now += 1000000;
	rtl_turns(rig, 2);
	assert_int_equal(rtl_irqs(rig), 0);
}

static void test_ring_wraps(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[100];

	rtl_start(rig, 0);
	rtl_make_frame(rig, frame, sizeof(frame));
	for (unsigned i = 0; i < 200; i++) {
		frame[20] = (uint8_t)i;
		rtl_put_tx(rig, i % 5, frame, sizeof(frame), i % 5 == 4 ? RTL_EOR : 0);
		rtl_poll_ring(rig);
		assert_int_equal(rig->count, i + 1);
		assert_int_equal(rig->frames[i].data[20], (uint8_t)i);
		assert_int_equal(rtl_tx_word(rig, i % 5) & RTL_EOR, i % 5 == 4 ? RTL_EOR : 0);
	}
}

static void test_fragments(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[1400];

	rtl_start(rig, 0);
	rtl_make_frame(rig, frame, sizeof(frame));
	memcpy(rtl_guest(rig, TX_BUFFER), frame, sizeof(frame));
	rtl_put_desc(rig, TX_RING + 16, RTL_OWN | 1, 0, TX_BUFFER + 13);
	rtl_put_desc(rig, TX_RING + 32, RTL_OWN | RTL_LS | RTL_EOR | (1400 - 14), 0,
		     TX_BUFFER + 14);
	rtl_poll_ring(rig); /* the first descriptor is given last: nothing goes before it */
	assert_int_equal(rig->count, 0);
	rtl_put_desc(rig, TX_RING, RTL_OWN | RTL_FS | 13, 0, TX_BUFFER);
	rtl_poll_ring(rig);
	assert_int_equal(rig->count, 1);
	assert_int_equal(rig->frames[0].len, sizeof(frame));
	assert_memory_equal(rig->frames[0].data, frame, sizeof(frame));
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(rtl_tx_word(rig, i) & RTL_OWN, 0);
}

static void test_incomplete_frame_waits(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[100];

	rtl_start(rig, 0);
	rtl_make_frame(rig, frame, sizeof(frame));
	rtl_put_tx(rig, 0, frame, 60, 0);
	rtl_put_desc(rig, TX_RING, RTL_OWN | RTL_FS | 60, 0, TX_BUFFER);
	rtl_poll_ring(rig);
	assert_int_equal(rig->count, 0);
	assert_int_equal(rtl_tx_word(rig, 0) & RTL_OWN, RTL_OWN);
	rtl_put_desc(rig, TX_RING + 16, RTL_OWN | RTL_LS | 40, 0, TX_BUFFER + 2048);
	memcpy(rtl_guest(rig, TX_BUFFER + 2048), frame + 60, 40);
	rtl_poll_ring(rig);
	assert_int_equal(rig->count, 1);
	assert_memory_equal(rig->frames[0].data, frame, 100);
}

static void test_padding(void **state)
{
	struct rig *rig = *state;
	static const uint8_t zeros[46];
	uint8_t frame[14];

	rtl_start(rig, 0);
	rtl_make_frame(rig, frame, sizeof(frame));
	rtl_put_tx(rig, 0, frame, sizeof(frame), 0);
	rtl_poll_ring(rig);
	assert_int_equal(rig->frames[0].len, 60);
	assert_memory_equal(rig->frames[0].data, frame, 14);
	assert_memory_equal(rig->frames[0].data + 14, zeros, 46);
}

static void test_vlan(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[100];

	rtl_start(rig, RTL_CPCR_VLAN);
	rtl_make_frame(rig, frame, sizeof(frame));
	rtl_put_tx(rig, 0, frame, sizeof(frame), 0);
	rtl_put_desc(rig, TX_RING, rtl_tx_word(rig, 0), RTL_TX_TAGC | 0x6420, TX_BUFFER);
	rtl_poll_ring(rig);
	assert_int_equal(rig->frames[0].len, 104);
	assert_memory_equal(rig->frames[0].data, frame, 12);
	assert_memory_equal(rig->frames[0].data + 12, "\x81\x00\x20\x64", 4);
	assert_memory_equal(rig->frames[0].data + 16, frame + 12, 88);
}

static void test_checksums(void **state)
{
	struct rig *rig = *state;
	const uint32_t sizes[] = {0, 1, 2, 17, 500, 1459};
	const uint8_t protocols[] = {IP_PROTO_TCP, IP_PROTO_UDP};
	uint8_t frame[1600];

	for (unsigned i = 0; i < 2 * ARRAY_SIZE(sizes); i++) {
		uint32_t len = rtl_make_ipv4(rig, frame, protocols[i & 1], sizes[i / 2]);
		const struct sent_frame *f = rtl_send_checksummed(rig, frame, len);

		assert_int_equal(f->len, MAX(len, ETH_MIN_LEN));
		assert_true(rtl_ip_is_good(f->data, f->len));
		/* Bytes behind the datagram are not summed, and stay. */
		memset(frame + len, 0xab, 20);
		f = rtl_send_checksummed(rig, frame, len + 20);
		assert_int_equal(f->len, MAX(len + 20, ETH_MIN_LEN));
		assert_int_equal(f->data[len + 19], 0xab);
		assert_true(rtl_ip_is_good(f->data, f->len));
	}
}

/* A UDP checksum that comes out as 0 is sent as FFFF. */
static void test_udp_zero(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[100];
	uint32_t len = rtl_make_ipv4(rig, frame, IP_PROTO_UDP, 20);

	rtl_set_checksums(frame);
	/* Putting the checksum into the data makes the next one 0. */
	memcpy(frame + 42, frame + 40, 2);
	frame[40] = frame[41] = 0;
	put_be16(frame + 42, 0);
	rtl_set_checksums(frame);
	memcpy(frame + 42, frame + 40, 2);
	assert_memory_equal(rtl_send_checksummed(rig, frame, len)->data + 40, "\xff\xff", 2);
	memset(frame + len, 1, 20); /* so it is where the card itself has to finish the sum */
	assert_memory_equal(rtl_send_checksummed(rig, frame, len + 20)->data + 40, "\xff\xff", 2);
}

static void test_checksum_in_tagged_frame(void **state)
{
	struct rig *rig = *state;
	uint8_t plain[200], tagged[204];
	uint32_t len = rtl_make_ipv4(rig, plain, IP_PROTO_TCP, 100);
	const struct sent_frame *f;

	memcpy(tagged, plain, 12);
	memcpy(tagged + 12, "\x81\x00\x00\x05", 4);
	memcpy(tagged + 16, plain + 12, len - 12);
	f = rtl_send_checksummed(rig, tagged, len + 4);
	memcpy(plain + 12, f->data + 16, len - 12);
	assert_true(rtl_ip_is_good(plain, len));
}

/* Work is left to a peer that takes it. */
static void test_offload_is_handed_on(void **state)
{
	struct rig *rig = rtl_new(PORT_CAP_CSUM | PORT_CAP_TSO4 | PORT_CAP_VLAN);
	uint8_t frame[5054];
	uint32_t len = rtl_make_ipv4(rig, frame, IP_PROTO_TCP, 5000);

	(void)state;
	rtl_start(rig, 0);
	memcpy(rtl_guest(rig, TX_BUFFER), frame, len);
	rtl_put_desc(rig, TX_RING, RTL_OWN | RTL_FS | RTL_LS | RTL_TX_LGSEN | 1448u << 16 | len,
		     RTL_TX_TAGC | 0x0500, TX_BUFFER);
	rtl_poll_ring(rig);
	assert_int_equal(rig->count, 1);
	assert_int_equal(rig->frames[0].len, len);
	assert_int_equal(rig->frames[0].offload.gso_type, GSO_TCPV4);
	assert_int_equal(rig->frames[0].offload.gso_size, 1448);
	assert_int_equal(rig->frames[0].offload.hdr_len, 54);
	assert_int_equal(rig->frames[0].offload.csum_start, 34);
	assert_true(rig->frames[0].offload.needs_csum);
	assert_true(rig->frames[0].vlan);
	assert_int_equal(rig->frames[0].vlan_tci, 5);
	assert_int_equal(rig->card->state->tally.tx_ok, 4);
	/* What fits into one piece is none to be cut. */
	rtl_make_ipv4(rig, rtl_guest(rig, TX_BUFFER), IP_PROTO_TCP, 1448);
	rtl_put_desc(rig, TX_RING + 16,
		     RTL_OWN | RTL_FS | RTL_LS | RTL_TX_LGSEN | 1448u << 16 | 1502, 0, TX_BUFFER);
	rtl_poll_ring(rig);
	assert_int_equal(rig->frames[1].offload.gso_type, GSO_NONE);
	assert_true(rig->frames[1].offload.needs_csum);
	rtl_free(rig);
}

/** expect_segment() - is a frame the k-th piece of a large send? */
static void expect_segment(const struct sent_frame *f, const uint8_t *whole, uint32_t payload,
			   uint32_t k)
{
	uint32_t len = MIN(payload - k * MSS, MSS);
	bool last = (k + 1) * MSS >= payload;

	assert_int_equal(f->len, 54 + len);
	assert_memory_equal(f->data + 54, whole + 54 + k * MSS, len);
	assert_memory_equal(f->data, whole, 16); /* addresses, type, version, IHL, TOS */
	assert_int_equal(get_be16(f->data + 16), 40 + len);
	assert_int_equal(get_be16(f->data + 18), 0x1234 + k);
	assert_int_equal(get_be32(f->data + 38), 0xfffffe00 + k * MSS);
	assert_int_equal(f->data[47], last ? 0x19 : 0x10); /* FIN and PSH on the last only */
	assert_true(rtl_ip_is_good(f->data, f->len));
}

static void test_large_send(void **state)
{
	struct rig *rig = *state;
	const uint32_t payloads[] = {1, MSS - 1, MSS, MSS + 1, 2 * MSS, 9999, 60000};
	static uint8_t frame[60054];

	for (unsigned i = 0; i < ARRAY_SIZE(payloads); i++) {
		uint32_t len = rtl_make_ipv4(rig, frame, IP_PROTO_TCP, payloads[i]);
		uint32_t segments = (payloads[i] + MSS - 1) / MSS;
		int before = rig->count;

		rtl_start(rig, 0);
		memcpy(rtl_guest(rig, TX_BUFFER), frame, len);
		rtl_put_desc(rig, TX_RING, RTL_OWN | RTL_FS | RTL_TX_LGSEN | MSS << 16 | 54, 0,
			     TX_BUFFER);
		rtl_put_desc(rig, TX_RING + 16,
			     RTL_OWN | RTL_LS | RTL_TX_LGSEN | MSS << 16 | payloads[i], 0,
			     TX_BUFFER + 54);
		rtl_poll_ring(rig);
		assert_int_equal(rig->count - before, segments);
		assert_int_equal(rtl_tx_word(rig, 0), RTL_FS | 54);
		assert_int_equal(rtl_tx_word(rig, 1),
				 RTL_LS | payloads[i]); /* MSS is gone: no errors */
		for (uint32_t k = 0; k < segments && payloads[i] >= 6; k++)
			expect_segment(&rig->frames[before + (int)k], frame, payloads[i], k);
	}
}

static void test_fragments_are_left_alone(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[100];
	uint32_t len = rtl_make_ipv4(rig, frame, IP_PROTO_UDP, 40);

	frame[20] = 0x20; /* more fragments */
	assert_memory_equal(rtl_send_checksummed(rig, frame, len)->data + 34, frame + 34, len - 34);
}

static void test_back_pressure(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[100];

	rtl_start(rig, 0);
	rtl_make_frame(rig, frame, sizeof(frame));
	for (unsigned i = 0; i < 4; i++)
		rtl_put_tx(rig, i, frame, sizeof(frame), i == 3 ? RTL_EOR : 0);
	rig->room = 1;
	rtl_poll_ring(rig);
	rtl_poll_ring(rig);
	assert_int_equal(rig->count, 1);
	assert_int_equal(rtl_tx_word(rig, 0) & RTL_OWN, 0);
	assert_int_equal(rtl_tx_word(rig, 1) & RTL_OWN, RTL_OWN);
	rig->room = 2;
	port_ready(&rig->peer);
	rtl_turns(rig, 2);
	assert_int_equal(rig->count, 3);
	rig->room = -1;
	port_ready(&rig->peer);
	rtl_turns(rig, 2);
	assert_int_equal(rig->count, 4);
	assert_int_equal(rtl_tx_word(rig, 3) & RTL_OWN, 0);
}

static void test_two_rings(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[60];

	rtl_start(rig, 0);
	rtl_make_frame(rig, frame, sizeof(frame));
	rtl_wr8(rig, RTL_TPPOLL, RTL_TPPOLL_HPQ); /* THPDS is 0: no DMA */
	assert_int_equal(rtl_rd16(rig, RTL_ISR), 0);
	rtl_wr32(rig, RTL_THPDS, HI_RING);
	rtl_put_tx(rig, 0, frame, 60, RTL_EOR);
	memcpy(rtl_guest(rig, TX_BUFFER + 8192), frame, 60);
	rtl_guest(rig, TX_BUFFER + 8192)[20] = 0x99;
	rtl_put_desc(rig, HI_RING, RTL_OWN | RTL_FS | RTL_LS | RTL_EOR | 60, 0, TX_BUFFER + 8192);
	rtl_wr8(rig, RTL_TPPOLL, RTL_TPPOLL_HPQ | RTL_TPPOLL_NPQ);
	assert_int_equal(rig->count, 2);
	assert_int_equal(rig->frames[0].data[20], 0x99); /* high priority goes first */
}

/* Both rings begin anew when TE is switched on, without a reset (iPXE closes by CR=0). */
static void test_restart(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[60];

	rtl_start(rig, 0);
	rtl_make_frame(rig, frame, sizeof(frame));
	for (int i = 1; i <= 3; i++) {
		rtl_wr32(rig, RTL_TNPDS, TX_RING + 0x34); /* the low 8 bits mean nothing */
		rtl_put_tx(rig, 0, frame, 60, 0);
		rtl_poll_ring(rig);
		assert_int_equal(rig->count, i);
		rtl_wr8(rig, RTL_CR, 0);
		rtl_wr8(rig, RTL_CR, RTL_CR_TE | RTL_CR_RE);
	}
}

static void test_transmitter_off(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[60];

	rtl_start(rig, 0);
	rtl_make_frame(rig, frame, sizeof(frame));
	rtl_put_tx(rig, 0, frame, 60, RTL_EOR);
	rtl_wr8(rig, RTL_CR, RTL_CR_RE);
	rtl_poll_ring(rig);
	rtl_wr8(rig, RTL_CR, RTL_CR_RE | RTL_CR_TE);
	rtl_wr16(rig, RTL_CPCR, RTL_CPCR_RXEN);
	rtl_poll_ring(rig);
	rtl_wr16(rig, RTL_CPCR, RTL_CPCR_RXEN | RTL_CPCR_TXEN);
	rtl_master(rig, false);
	rtl_poll_ring(rig);
	assert_int_equal(rig->count, 0);
	assert_int_equal(rtl_tx_word(rig, 0) & RTL_OWN, RTL_OWN);
	rtl_master(rig, true);
	rtl_poll_ring(rig);
	assert_int_equal(rig->count, 1);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, rtl_setup, rtl_teardown)
	const struct CMUnitTest tests[] = {
		T(test_single),
		T(test_ring_wraps),
		T(test_interrupt_policy),
		T(test_fragments),
		T(test_incomplete_frame_waits),
		T(test_padding),
		T(test_vlan),
		T(test_checksums),
		T(test_udp_zero),
		T(test_checksum_in_tagged_frame),
		cmocka_unit_test(test_offload_is_handed_on),
		T(test_large_send),
		T(test_fragments_are_left_alone),
		T(test_back_pressure),
		T(test_two_rings),
		T(test_restart),
		T(test_transmitter_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
