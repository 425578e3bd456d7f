/* SPDX-License-Identifier: BSD-2-Clause */
/* rtl8139: C+ receive ring, filters, tags, checksum status, back-pressure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/rtl8139_driver.h"

#define RX_ERRORS 0x0ffc0000 /* FAE to CRC, without the address class */
#define RX_CLASS  (RTL_RX_MAR | RTL_RX_PAM | RTL_RX_BAR)
#define RX_PROTO  (RTL_RX_PIDI | RTL_RX_IPF | RTL_RX_UDPF | RTL_RX_TCPF)

/**
 * struct received - what the driver finds
 * @word0:	status
 * @word1:	tag
 * @data:	the frame in its buffer
 * @len:	its length with FCS
 */
struct received {
	uint32_t word0;
	uint32_t word1;
	const uint8_t *data;
	uint32_t len;
};

/** rx_next() - take the next frame out of the ring and give the descriptor back */
static struct received rx_next(struct rig *rig)
{
	unsigned i = rig->rx_next++ % RX_COUNT;
	uint64_t at = rtl_rx_desc(i);
	struct received r = {.word0 = rtl_desc_word(rig, at, 0),
			     .word1 = rtl_desc_word(rig, at, 1),
			     .data = rtl_guest(rig, RX_BUFFER + i * RX_BYTES)};

	assert_int_equal(r.word0 & RTL_OWN, 0);
	assert_int_equal(r.word0 & (RTL_FS | RTL_LS), RTL_FS | RTL_LS);
	assert_int_equal(r.word0 & RTL_EOR, i + 1 == RX_COUNT ? RTL_EOR : 0);
	assert_int_equal(r.word0 & RX_ERRORS & ~RX_CLASS, 0);
	r.len = r.word0 & RTL_RX_SIZE;
	rtl_put_desc(rig, at, RTL_OWN | (r.word0 & RTL_EOR) | RX_BYTES, 0,
		     RX_BUFFER + i * RX_BYTES);
	return r;
}

static void test_one(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[1514];
	struct received r;

	rtl_start(rig, 0);
	rtl_make_frame(rig, frame, sizeof(frame));
	memset(rtl_guest(rig, RX_BUFFER), 0xee, RX_BYTES);
	assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
	assert_int_equal(rtl_irqs(rig), 1);
	assert_int_equal(rtl_rd16(rig, RTL_ISR), RTL_INT_ROK);
	r = rx_next(rig);
	assert_int_equal(r.len, 1518);
	assert_memory_equal(r.data, frame, sizeof(frame));
	assert_int_equal(r.data[1517], 0);
	assert_int_equal(r.data[1518], 0xee);
	assert_int_equal(r.word0 & RX_CLASS, RTL_RX_PAM);
	assert_int_equal(r.word0 & RX_PROTO, 0);
	assert_int_equal(r.word1, 0);
}

static void test_ring_wraps(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[1514];

	rtl_start(rig, 0);
	for (uint32_t i = 0; i < 100; i++) {
		uint32_t len = 60 + i * 14;

		rtl_make_frame(rig, frame, len);
		frame[20] = (uint8_t)i;
		assert_true(rtl_peer_send_frame(rig, frame, len));
		assert_memory_equal(rx_next(rig).data, frame, len);
	}
}

static void test_short_is_padded(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[42];
	struct received r;

	rtl_start(rig, 0);
	rtl_make_frame(rig, frame, sizeof(frame));
	memset(rtl_guest(rig, RX_BUFFER), 0xee, RX_BYTES);
	rtl_peer_send_frame(rig, frame, sizeof(frame));
	r = rx_next(rig);
	assert_int_equal(r.len, 64);
	assert_memory_equal(r.data, frame, 42);
	for (int i = 42; i < 64; i++)
		assert_int_equal(r.data[i], 0);
}

/** comes_through() - send a frame to an address: does the guest get it with these RCR bits? */
static bool comes_through(struct rig *rig, const char *to, uint32_t rcr)
{
	uint64_t before = rig->card->state->tally.rx_ok;
	uint8_t frame[60];

	rtl_make_frame(rig, frame, sizeof(frame));
	memcpy(frame, to, ETH_ADDR_LEN);
	rtl_wr32(rig, RTL_RCR, rcr);
	assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
	if (rig->card->state->tally.rx_ok == before)
		return false;
	rx_next(rig);
	return true;
}

static void test_filters(void **state)
{
	static const char own[] = "\x52\x54\x00\xab\xcd\xef";
	static const char other[] = "\x52\x54\x00\xab\xcd\xee";
	static const char all[] = "\xff\xff\xff\xff\xff\xff";
	static const char group[] = "\x01\x00\x5e\x00\x00\x01";
	struct rig *rig = *state;
	unsigned hash = rtl8139_hash((const uint8_t *)group);

	rtl_start(rig, 0);
	assert_false(comes_through(rig, own, 0));
	assert_true(comes_through(rig, own, RTL_RCR_APM));
	assert_true(comes_through(rig, own, RTL_RCR_AAP));
	assert_false(comes_through(rig, other, RTL_RCR_APM | RTL_RCR_AM | RTL_RCR_AB));
	assert_true(comes_through(rig, other, RTL_RCR_AAP));
	assert_false(comes_through(rig, all, RTL_RCR_APM | RTL_RCR_AM | RTL_RCR_AAP));
	assert_true(comes_through(rig, all, RTL_RCR_AB));
	assert_false(comes_through(rig, group, RTL_RCR_APM | RTL_RCR_AM | RTL_RCR_AB));
	rtl_wr32(rig, RTL_MAR0 + hash / 32 * 4, 1u << hash % 32);
	assert_true(comes_through(rig, group, RTL_RCR_AM));
	assert_false(comes_through(rig, group, RTL_RCR_AB | RTL_RCR_APM | RTL_RCR_AAP));
	rtl_wr32(rig, RTL_MAR0 + hash / 32 * 4, ~(1u << hash % 32));
	assert_false(comes_through(rig, group, RTL_RCR_AM));
	assert_int_equal(rtl_drops(rig, DROP_FILTERED), 6);
}

/* The upper bits of the CRC, computed here in its mirrored form. */
static void test_hash(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 256; i++) {
		const uint8_t addr[6] = {1, 0, 0x5e, 0, (uint8_t)(i * 3), (uint8_t)i};
		uint32_t crc = 0xffffffff, mirrored = 0;

		for (int k = 0; k < 48; k++) {
			uint32_t bit = (crc ^ (addr[k / 8] >> k % 8)) & 1;

			crc = crc >> 1 ^ (bit ? 0xedb88320 : 0);
		}
		for (int k = 0; k < 32; k++)
			mirrored |= (crc >> k & 1) << (31 - k);
		assert_int_equal(rtl8139_hash(addr), mirrored >> 26);
	}
}

static void test_vlan(void **state)
{
	struct rig *rig = *state;
	struct packet p;
	struct iovec iov;
	uint8_t frame[1004], tagged[1008];
	struct received r;

	rtl_make_frame(rig, frame, sizeof(frame));
	memcpy(tagged, frame, 12);
	memcpy(tagged + 12, "\x81\x00\x20\x64", 4);
	memcpy(tagged + 16, frame + 12, sizeof(frame) - 12);
	for (int strip = 0; strip < 2; strip++) {
		const uint8_t *expected = strip ? frame : tagged;
		uint32_t len = strip ? sizeof(frame) : sizeof(tagged);

		rtl_start(rig, strip ? RTL_CPCR_VLAN : 0);
		rtl_peer_send_frame(rig, tagged, sizeof(tagged));
		packet_from_buffer(&p, &iov, frame, sizeof(frame));
		p.vlan = true;
		p.vlan_tci = 0x2064;
		rtl_peer_send(rig, &p);
		for (int i = 0; i < 2; i++) {
			r = rx_next(rig);
			assert_int_equal(r.len, len + 4);
			assert_memory_equal(r.data, expected, len);
			assert_int_equal(r.word1, strip ? RTL_RX_TAVA | 0x6420 : 0);
		}
	}
}

/** status_of() - protocol and verdict bits of a frame */
static uint32_t status_of(struct rig *rig, const uint8_t *frame, uint32_t len)
{
	rtl_peer_send_frame(rig, frame, len);
	return rx_next(rig).word0 & RX_PROTO;
}

static void test_checksum_status(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[600];
	uint32_t len;

	rtl_start(rig, RTL_CPCR_RXCSUM);
	len = rtl_make_ipv4(rig, frame, IP_PROTO_TCP, 333);
	assert_int_equal(status_of(rig, frame, len), RTL_RX_PIDT | RTL_RX_IPF | RTL_RX_TCPF);
	rtl_set_checksums(frame);
	assert_int_equal(status_of(rig, frame, len), RTL_RX_PIDT);
	frame[len - 1] ^= 1;
	assert_int_equal(status_of(rig, frame, len), RTL_RX_PIDT | RTL_RX_TCPF);
	len = rtl_make_ipv4(rig, frame, IP_PROTO_UDP, 333);
	rtl_set_checksums(frame);
	assert_int_equal(status_of(rig, frame, len), RTL_RX_PIDU);
	frame[60] ^= 1;
	assert_int_equal(status_of(rig, frame, len), RTL_RX_PIDU | RTL_RX_UDPF);
	put_be16(frame + 40, 0);
	assert_int_equal(status_of(rig, frame, len), RTL_RX_PIDU);
	frame[23] = 47;
	assert_int_equal(status_of(rig, frame, len) & RTL_RX_PIDI, RTL_RX_PIDI);
	len = rtl_make_ipv4(rig, frame, IP_PROTO_TCP, 333);
	frame[20] = 0x20; /* a fragment has no verdict but IP's */
	rtl_set_checksums(frame);
	assert_int_equal(status_of(rig, frame, len), RTL_RX_PIDI);
	frame[14] = 0x4f;
	put_be16(frame + 16, 30); /* header longer than the packet */
	assert_int_equal(status_of(rig, frame, len), 0);
	rtl_make_frame(rig, frame, len);
	assert_int_equal(status_of(rig, frame, len), 0);
}

/* A checksum that was left to do is right in the guest's memory, and good. */
static void test_needs_csum(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[1514];
	uint32_t len = rtl_make_ipv4(rig, frame, IP_PROTO_TCP, 1400);
	struct packet p;
	struct iovec iov[3];
	struct received r;

	rtl_set_checksums(frame);
	put_be16(frame + 50, (uint16_t)rtl_naive_sum(20 + 1400 + 6, frame + 26, 8));
	iov[0] = (struct iovec){frame, 256};
	iov[1] = (struct iovec){frame + 256, 101};
	iov[2] = (struct iovec){frame + 357, len - 357};
	p = (struct packet){.iov = iov, .iovcnt = 3, .len = len};
	p.offload = (struct offload){.needs_csum = true, .csum_start = 34, .csum_offset = 16};
	for (int csum = 0; csum < 2; csum++) {
		rtl_start(rig, csum ? RTL_CPCR_RXCSUM : 0);
		assert_true(rtl_peer_send(rig, &p));
		r = rx_next(rig);
		assert_true(rtl_ip_is_good(r.data, r.len));
		assert_int_equal(r.word0 & RX_PROTO, csum ? RTL_RX_PIDT : 0);
	}
	rtl_start(rig, RTL_CPCR_RXCSUM);
	p.offload = (struct offload){.csum_valid = true};
	assert_true(rtl_peer_send(rig, &p));
	assert_int_equal(rx_next(rig).word0 & RX_PROTO, RTL_RX_PIDT);
}

/* A frame longer than a buffer goes on in the next ones. */
static void test_scatter(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[4000];

	rtl_start(rig, 0);
	rtl_make_frame(rig, frame, sizeof(frame));
	assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
	for (unsigned i = 0; i < 3; i++) {
		uint32_t word0 = rtl_desc_word(rig, rtl_rx_desc(i), 0);

		assert_int_equal(word0 & RTL_OWN, 0);
		assert_int_equal(word0 & RTL_RX_SIZE, 4004);
		assert_int_equal(word0 & (RTL_FS | RTL_LS), i == 0 ? RTL_FS : i == 2 ? RTL_LS : 0);
	}
	assert_memory_equal(rtl_guest(rig, RX_BUFFER), frame, sizeof(frame));
	assert_int_equal(rtl_desc_word(rig, rtl_rx_desc(3), 0) & RTL_OWN, RTL_OWN);
}

static void test_no_descriptor(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[100];

	rtl_start(rig, 0);
	rtl_make_frame(rig, frame, sizeof(frame));
	for (unsigned i = 0; i < RX_COUNT + 3; i++) {
		frame[20] = (uint8_t)i;
		assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
	}
	assert_int_equal(rtl_rd16(rig, RTL_ISR) & RTL_INT_RDU, RTL_INT_RDU);
	rtl_wr16(rig, RTL_ISR, 0xffff);
	for (int i = 0; i < 5; i++) /* no storm: told once */
		assert_int_equal(rtl_rd16(rig, RTL_ISR), 0);
	for (unsigned i = 0; i < RX_COUNT; i++)
		assert_int_equal(rx_next(rig).data[20], i);
	assert_int_equal(rtl_desc_word(rig, rtl_rx_desc(0), 0) & RTL_OWN, RTL_OWN);
	rtl_wr16(rig, RTL_IMR, 0x80ff); /* any register access shows the fresh descriptors */
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(rx_next(rig).data[20], RX_COUNT + i);
	assert_int_equal(rtl_rd16(rig, RTL_ISR), RTL_INT_ROK);
}

/* A guest that touches no register is helped by a timer. */
static void test_retry(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[100];

	rtl_start(rig, 0);
	rtl_make_frame(rig, frame, sizeof(frame));
	for (unsigned i = 0; i < RX_COUNT + 1; i++)
		assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
	for (unsigned i = 0; i < RX_COUNT; i++)
		rx_next(rig);
	rtl_turns(rig, 3);
	assert_int_equal(rtl_desc_word(rig, rtl_rx_desc(0), 0) & RTL_OWN, RTL_OWN);
	rig->now += 20 * 1000 * 1000;
	rtl_turns(rig, 1);
	rx_next(rig);
	rig->now += 20 * 1000 * 1000;
	rtl_turns(rig, 1);
	assert_false(loop_timer_running(&rig->card->work));
}

static void test_back_pressure(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[1514];
	unsigned taken = 0, got = 0;

	rtl_start(rig, 0);
	rtl_make_frame(rig, frame, sizeof(frame));
	for (;; taken++) {
		put_be16(frame + 20, (uint16_t)taken);
		if (!rtl_peer_send_frame(rig, frame, sizeof(frame)))
			break;
		assert_true(taken < 1000);
	}
	assert_true(taken > 100);
	assert_true(rig->peer.blocked);
	assert_int_equal(rig->was_ready, 0);
	while (got < taken) {
		for (unsigned i = 0; i < RX_COUNT && got < taken; i++, got++)
			assert_int_equal(get_be16(rx_next(rig).data + 20), got);
		rtl_rd16(rig, RTL_ISR);
		assert_int_equal(rig->was_ready, 1);
	}
	assert_int_equal(rtl_drops(rig, DROP_QUEUE_FULL), 0);
}

static void test_off_flushes(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[1514];

	rtl_start(rig, 0);
	rtl_make_frame(rig, frame, sizeof(frame));
	while (rtl_peer_send_frame(rig, frame, sizeof(frame)))
		;
	rtl_wr8(rig, RTL_CR, RTL_CR_TE);
	assert_int_equal(rig->was_ready, 1);
	assert_int_equal(rig->card->queue.count, 0);
	assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
	assert_true(rtl_drops(rig, DROP_RECEIVER_OFF) > 100);
	/* The ring begins anew when the receiver is switched on. */
	for (int i = 0; i < 2; i++) {
		rtl_put_desc(rig, rtl_rx_desc(0), RTL_OWN | RX_BYTES, 0, RX_BUFFER);
		rtl_wr32(rig, RTL_RDSAR, RX_RING + 0xff); /* the low 8 bits mean nothing */
		rtl_wr8(rig, RTL_CR, RTL_CR_TE | RTL_CR_RE);
		rtl_peer_send_frame(rig, frame, sizeof(frame));
		assert_int_equal(rtl_desc_word(rig, rtl_rx_desc(0), 0) & RTL_OWN, 0);
		rtl_wr8(rig, RTL_CR, RTL_CR_TE);
	}
	/* Without bus mastering it is off, too. */
	rtl_start(rig, 0);
	while (rtl_peer_send_frame(rig, frame, sizeof(frame)))
		;
	rtl_master(rig, false);
	rtl_rd16(rig, RTL_ISR);
	assert_int_equal(rig->card->queue.count, 0);
	rtl_start(rig, 0);
	rtl_master(rig, true);
	rtl_peer_send_frame(rig, frame, sizeof(frame));
	rx_next(rig);
	rtl_master(rig, false);
	assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
	rtl_master(rig, true);
	assert_int_equal(rtl_desc_word(rig, rtl_rx_desc(1), 0) & RTL_OWN, RTL_OWN);
}

/* No frame is lost or torn when ring and queue are filled and emptied at random. */
static void test_random(void **state)
{
	struct rig *rig = *state;
	uint32_t seed = 1, sent = 0, got = 0;
	uint8_t frame[1514];

	rtl_start(rig, 0);
	while (got < 5000) {
		seed = seed * 1103515245 + 12345;
		if (seed >> 30 == 0) {
			rtl_rd16(rig, RTL_ISR);
		} else if (seed >> 29 & 1) {
			uint32_t len = 60 + (seed >> 8) % 1455;

			rtl_make_frame(rig, frame, len);
			put_be32(frame + 14, sent);
			put_be32(frame + len - 4, sent);
			sent += rtl_peer_send_frame(rig, frame, len);
		} else if (!(rtl_desc_word(rig, rtl_rx_desc(rig->rx_next % RX_COUNT), 0) &
			     RTL_OWN)) {
			struct received r = rx_next(rig);

			assert_int_equal(get_be32(r.data + 14), got);
			assert_int_equal(get_be32(r.data + r.len - 8), got);
			got++;
		}
	}
}

/*
 * 8139cp acknowledges with a posted write and then looks at descriptors in memory: a frame that
 * came before the write was worked off is not seen, so it must be told again.
 */
static void test_acknowledged_unseen(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[100];

	rtl_start(rig, 0);
	rtl_make_frame(rig, frame, sizeof(frame));
	rtl_wr16(rig, RTL_IMR, 0x80ff & ~RTL_INT_ROK); /* it polls */
	assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
	rtl_wr16(rig, RTL_ISR, RTL_INT_ROK);
	rtl_irqs(rig);
	rtl_wr16(rig, RTL_IMR, 0x80ff);
	assert_int_equal(rtl_irqs(rig), 1);
	assert_int_equal(rtl_rd16(rig, RTL_ISR) & RTL_INT_ROK, RTL_INT_ROK);
	/* What it has taken is not told again. */
	rx_next(rig);
	rtl_wr16(rig, RTL_ISR, RTL_INT_ROK);
	rtl_wr16(rig, RTL_IMR, 0);
	rtl_wr16(rig, RTL_IMR, 0x80ff);
	assert_int_equal(rtl_rd16(rig, RTL_ISR) & RTL_INT_ROK, 0);
	rtl_irqs(rig);
	/* A driver that does not mask: what came since it read ISR stays. */
	assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
	assert_int_equal(rtl_rd16(rig, RTL_ISR) & RTL_INT_ROK, RTL_INT_ROK);
	assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
	rtl_wr16(rig, RTL_ISR, RTL_INT_ROK);
	assert_int_equal(rtl_rd16(rig, RTL_ISR) & RTL_INT_ROK, RTL_INT_ROK);
	rtl_wr16(rig, RTL_ISR, RTL_INT_ROK);
	assert_int_equal(rtl_rd16(rig, RTL_ISR) & RTL_INT_ROK, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, rtl_setup, rtl_teardown)
	const struct CMUnitTest tests[] = {
		T(test_one),           T(test_acknowledged_unseen),
		T(test_ring_wraps),    T(test_short_is_padded),
		T(test_filters),       cmocka_unit_test(test_hash),
		T(test_vlan),          T(test_checksum_status),
		T(test_needs_csum),    T(test_scatter),
		T(test_no_descriptor), T(test_retry),
		T(test_back_pressure), T(test_off_flushes),
		T(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
