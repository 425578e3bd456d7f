/* SPDX-License-Identifier: BSD-2-Clause */
/* rtl8139c: C mode, four transmit descriptors and one ring of bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "devices/rtl8139/class.h"
#include "tests/support/rtl8139_driver.h"

#define STATUS_OK  (RTL_TSD_OWN | RTL_TSD_TOK)
#define WRAP_SLACK (1536 + 16)

/** tsd() - status of a descriptor */
static uint32_t tsd(struct rig *rig, unsigned n)
{
	return rtl_rd32(rig, RTL_TSD0 + 4 * n);
}

/** send() - hand a frame over in a descriptor */
static void send(struct rig *rig, unsigned n, const uint8_t *frame, uint32_t len)
{
	uint32_t buffer = TX_BUFFER + n * 2048;

	memcpy(rtl_guest(rig, buffer), frame, len);
	rtl_wr32(rig, RTL_TSAD0 + 4 * n, buffer);
	rtl_wr32(rig, RTL_TSD0 + 4 * n, 0x080000 | len);
}

static void test_transmit(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[1514];

	rtl_start_classic(rig, 0);
	rtl_make_frame(rig, frame, sizeof(frame));
	for (uint32_t i = 0; i < 10; i++) {
		send(rig, i % 4, frame, 60 + 100 * i);
		assert_int_equal(rig->count, i + 1);
		assert_int_equal(rig->frames[i].len, 60 + 100 * i);
		assert_memory_equal(rig->frames[i].data, frame, 60 + 100 * i);
		assert_int_equal(tsd(rig, i % 4), 0x080000 | STATUS_OK | (60 + 100 * i));
	}
	assert_int_equal(rtl_rd16(rig, RTL_ISR), RTL_INT_TOK);
	assert_int_equal(rtl_irqs(rig), 1);
	assert_int_equal(rtl_rd16(rig, RTL_TSAD), 0xf00f);
	assert_int_equal(rig->card->state->tally.tx_ok, 10);
}

/* The four are taken strictly in turn, whatever the order they are handed over in. */
static void test_order(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[100];

	rtl_start_classic(rig, 0);
	rtl_make_frame(rig, frame, sizeof(frame));
	for (uint8_t n = 3; n > 0; n--) {
		frame[20] = n;
		send(rig, n, frame, sizeof(frame));
	}
	assert_int_equal(rig->count, 0);
	assert_int_equal(rtl_rd16(rig, RTL_TSAD), 0x0001);
	frame[20] = 0;
	send(rig, 0, frame, sizeof(frame));
	assert_int_equal(rig->count, 4);
	for (uint8_t n = 0; n < 4; n++)
		assert_int_equal(rig->frames[n].data[20], n);
	/* A reset begins with descriptor 0 again, and forgets what was handed over. */
	rig->room = 0;
	send(rig, 0, frame, sizeof(frame));
	assert_int_equal(tsd(rig, 0) & RTL_TSD_OWN, 0);
	rtl_wr8(rig, RTL_CR, RTL_CR_RE);
	assert_int_equal(tsd(rig, 0) & RTL_TSD_OWN, RTL_TSD_OWN);
	rtl_wr8(rig, RTL_CR, RTL_CR_RE | RTL_CR_TE);
	rig->room = -1;
	port_ready(&rig->peer);
	rtl_turns(rig, 3);
	assert_int_equal(rig->count, 4);
	send(rig, 0, frame, sizeof(frame));
	assert_int_equal(rig->count, 5);
}

static void test_back_pressure(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[100];

	rtl_start_classic(rig, 0);
	rtl_make_frame(rig, frame, sizeof(frame));
	rig->room = 1;
	for (unsigned n = 0; n < 4; n++)
		send(rig, n, frame, sizeof(frame));
	assert_int_equal(rig->count, 1);
	assert_int_equal(rtl_rd16(rig, RTL_TSAD), 0x1001);
	send(rig, 2, frame, 80); /* once more: what was written last counts */
	rig->room = -1;
	port_ready(&rig->peer);
	rtl_turns(rig, 2);
	assert_int_equal(rig->count, 4);
	assert_int_equal(rig->frames[2].len, 80);
	assert_int_equal(rtl_rd16(rig, RTL_TSAD), 0xf00f);
}

static void test_short_and_own_fcs(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[100];

	rtl_start_classic(rig, 0);
	rtl_make_frame(rig, frame, sizeof(frame));
	send(rig, 0, frame, 42);
	assert_int_equal(rig->frames[0].len, 60);
	assert_memory_equal(rig->frames[0].data, frame, 42);
	for (int i = 42; i < 60; i++)
		assert_int_equal(rig->frames[0].data[i], 0);
	rtl_wr32(rig, RTL_TCR, RTL_TCR_CRC);
	send(rig, 1, frame, 100);
	assert_int_equal(rig->frames[1].len, 96);
	send(rig, 2, frame, 3);
	assert_int_equal(tsd(rig, 2) & RTL_TSD_TABT, RTL_TSD_TABT);
}

/* A1 row 38 and datasheet TCR.CLRABT: a frame that can't be read stops the transmitter. */
static void test_abort(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[100];

	rtl_start_classic(rig, 0);
	rtl_make_frame(rig, frame, sizeof(frame));
	rtl_wr32(rig, RTL_TSAD0, RAM_BASE + RAM_SIZE - 1);
	rtl_wr32(rig, RTL_TSD0, 100);
	send(rig, 1, frame, sizeof(frame));
	assert_int_equal(rig->count, 0);
	assert_int_equal(tsd(rig, 0), RTL_TSD_TABT | RTL_TSD_OWN | 100);
	assert_int_equal(rtl_rd16(rig, RTL_TSAD), 0x001d);
	assert_int_equal(rtl_rd16(rig, RTL_ISR), RTL_INT_TER);
	assert_int_equal(rtl_drops(rig, DROP_DMA), 1);
	rtl_wr32(rig, RTL_TCR, RTL_TCR_CLRABT); /* once more, in vain */
	assert_int_equal(rtl_rd32(rig, RTL_TCR) & RTL_TCR_CLRABT, 0);
	assert_int_equal(tsd(rig, 0) & RTL_TSD_TABT, RTL_TSD_TABT);
	assert_int_equal(rig->count, 0);
	rtl_wr32(rig, RTL_TSAD0, TX_BUFFER);
	rtl_wr32(rig, RTL_TCR, RTL_TCR_CLRABT);
	assert_int_equal(rig->count, 2);
	assert_int_equal(tsd(rig, 0), STATUS_OK | 100);
	assert_int_equal(rig->card->state->tally.tx_aborted, 2);
	/* The longest length there is, at the last byte there is; and one that is only too long. */
	rtl_wr32(rig, RTL_TSAD0 + 8, RAM_BASE + RAM_SIZE - 1);
	rtl_wr32(rig, RTL_TSD0 + 8, 0x1fff);
	assert_int_equal(tsd(rig, 2) & RTL_TSD_TABT, RTL_TSD_TABT);
	rtl_wr8(rig, RTL_CR, RTL_CR_RST);
	rtl_start_classic(rig, 0);
	rtl_wr32(rig, RTL_TSAD0, TX_BUFFER);
	rtl_wr32(rig, RTL_TSD0, 1793);
	assert_int_equal(tsd(rig, 0) & RTL_TSD_TABT, RTL_TSD_TABT);
	assert_int_equal(rtl_drops(rig, DROP_TOO_LONG), 2);
}

static void test_no_cable(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[100];

	rtl_start_classic(rig, 0);
	rtl_make_frame(rig, frame, sizeof(frame));
	nic_set_link(rig->nic, false);
	send(rig, 0, frame, sizeof(frame));
	assert_int_equal(tsd(rig, 0) & (STATUS_OK | RTL_TSD_CRS), STATUS_OK | RTL_TSD_CRS);
	assert_int_equal(rtl_drops(rig, DROP_LINK_DOWN), 1);
}

static void test_off(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[100];

	rtl_start_classic(rig, 0);
	rtl_make_frame(rig, frame, sizeof(frame));
	rtl_wr8(rig, RTL_CR, 0);
	send(rig, 0, frame, sizeof(frame));
	assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
	assert_int_equal(rig->count, 0);
	assert_int_equal(rtl_drops(rig, DROP_RECEIVER_OFF), 1);
	/* U-Boot writes RBSTART after RE: until then there is no ring. */
	rtl_wr32(rig, RTL_RBSTART, 0);
	rtl_wr8(rig, RTL_CR, RTL_CR_RE | RTL_CR_TE);
	assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
	assert_int_equal(rtl_drops(rig, DROP_RECEIVER_OFF), 2);
	assert_int_equal(rig->count, 1);
	/* No bus mastering, no frames. */
	rtl_master(rig, false);
	send(rig, 1, frame, sizeof(frame));
	assert_int_equal(rig->count, 1);
}

/** record() - the record that a driver reads next, checked, and its frame copied out of the ring */
static uint32_t record(struct rig *rig, uint32_t size, bool wraps, uint8_t *frame)
{
	uint32_t at = rig->rx_next % size;
	const uint8_t *ring = rtl_guest(rig, RX_BUFFER);
	uint32_t status = get_le16(ring + at);
	uint32_t len = get_le16(ring + at + 2);

	assert_int_equal(rtl_rd8(rig, RTL_CR) & RTL_CR_BUFE, 0);
	assert_int_equal(status & 0x1fff, RTL_RECORD_ROK);
	assert_in_range(len, 64, 1796);
	for (uint32_t i = 0; i < len; i++)
		frame[i] = ring[wraps ? (at + 4 + i) % size : at + 4 + i];
	rig->rx_next = (rig->rx_next + 4 + len + 3) & ~3u;
	rtl_wr16(rig, RTL_CAPR, (uint16_t)(rig->rx_next - 16));
	return len;
}

/** run_ring() - frames of all lengths through a ring of a size, many times around */
static void run_ring(struct rig *rig, unsigned rblen, uint32_t wrap)
{
	uint32_t size = 8192u << rblen;
	uint32_t end = wrap && rblen < 3 ? size + WRAP_SLACK : size;
	uint8_t frame[1514], got[1800];

	rtl_start_classic(rig, rblen << 11 | wrap);
	memset(rtl_guest(rig, RX_BUFFER + size), 0xee, 4096);
	rtl_make_frame(rig, frame, sizeof(frame));
	for (uint32_t i = 0; i < 300; i++) {
		uint32_t len = 60 + i * 577 % 1455;

		frame[30] = (uint8_t)i;
		assert_true(rtl_peer_send_frame(rig, frame, len));
		assert_int_equal(record(rig, size, end == size, got), len + 4);
		assert_memory_equal(got, frame, len);
		assert_int_equal(rtl_rd8(rig, RTL_CR) & RTL_CR_BUFE, RTL_CR_BUFE);
		assert_int_equal(rtl_rd16(rig, RTL_CBR), rig->rx_next % size);
	}
	for (uint32_t i = end; i < size + 4096; i++)
		assert_int_equal(*rtl_guest(rig, RX_BUFFER + i), 0xee);
	assert_int_equal(rtl_drops(rig, DROP_NO_DESCRIPTOR), 0);
}

/* A1 row 39: every size, with and without WRAP; nothing is written where nothing belongs. */
static void test_rings(void **state)
{
	struct rig *rig = *state;

	for (unsigned rblen = 0; rblen < 4; rblen++) {
		run_ring(rig, rblen, 0);
		run_ring(rig, rblen, RTL_RCR_WRAP);
	}
}

static void test_status_word(void **state)
{
	static const struct {
		const char *to;
		uint16_t status;
	} cases[] = {
		{"\x52\x54\x00\xab\xcd\xef", 0x4001},
		{"\xff\xff\xff\xff\xff\xff", 0x2001},
		{"\x01\x00\x5e\x00\x00\x01", 0x8001},
		{"\x52\x54\x00\x00\x00\x01", 0x0001},
	};
	struct rig *rig = *state;
	uint8_t frame[60];

	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		rtl_start_classic(rig, RTL_RCR_AAP | RTL_RCR_AM);
		rtl_wr32(rig, RTL_MAR0, 0xffffffff);
		rtl_wr32(rig, RTL_MAR0 + 4, 0xffffffff);
		rtl_make_frame(rig, frame, sizeof(frame));
		memcpy(frame, cases[i].to, ETH_ADDR_LEN);
		assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
		assert_int_equal(get_le16(rtl_guest(rig, RX_BUFFER)), cases[i].status);
		assert_int_equal(get_le16(rtl_guest(rig, RX_BUFFER + 2)), 64);
		assert_int_equal(rtl_rd16(rig, RTL_ISR), RTL_INT_ROK);
	}
}

/* A ring that is never read fills up short of its size, then frames wait, then the peer does. */
static void test_overflow(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[1514], got[1800];
	unsigned taken = 0;

	rtl_start_classic(rig, RTL_RCR_WRAP);
	rtl_make_frame(rig, frame, sizeof(frame));
	while (taken < 10000) {
		put_le16(frame + 30, (uint16_t)taken);
		if (!rtl_peer_send_frame(rig, frame, sizeof(frame)))
			break;
		taken++;
	}
	assert_in_range(taken, 100, 1000);
	assert_int_equal(rig->card->state->tally.rx_ok, 5); /* of 1,524 bytes in 8 KiB */
	assert_int_equal(rtl_rd16(rig, RTL_ISR), RTL_INT_ROK);
	rtl_wr16(rig, RTL_ISR, 0xffff);
	assert_int_equal(rtl_rd16(rig, RTL_ISR), 0);
	rtl_irqs(rig);
	rig->now += RTL8139_RETRY_NS + 1; /* the driver does not come by itself: it is told */
	rtl_turns(rig, 2);
	assert_int_equal(rtl_irqs(rig), 1);
	assert_int_equal(rtl_rd16(rig, RTL_ISR), RTL_INT_RDU);
	assert_int_equal(rtl_rd32(rig, RTL_MPC), 0);
	for (unsigned i = 0; i < taken; i++) {
		record(rig, 8192, false, got);
		assert_int_equal(get_le16(got + 30), i);
	}
	assert_int_equal(rtl_rd8(rig, RTL_CR) & RTL_CR_BUFE, RTL_CR_BUFE);
	assert_true(rig->was_ready > 0);
	assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
	record(rig, 8192, false, got);
}

/* 8139too ends its poll with acknowledged frames in the ring: unmasking ROK tells it again. */
static void test_unmask_with_frames(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[100];

	rtl_start_classic(rig, 0);
	rtl_make_frame(rig, frame, sizeof(frame));
	rtl_wr16(rig, RTL_IMR, 0);
	assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
	rtl_wr16(rig, RTL_ISR, 0xffff);
	assert_int_equal(rtl_rd16(rig, RTL_ISR), 0);
	rtl_wr16(rig, RTL_IMR, RTL_INT_ROK);
	assert_int_equal(rtl_irqs(rig), 1);
	record(rig, 8192, true, (uint8_t[1800]){0});
	rtl_wr16(rig, RTL_ISR, 0xffff);
	rtl_wr16(rig, RTL_IMR, 0);
	rtl_wr16(rig, RTL_IMR, RTL_INT_ROK);
	assert_int_equal(rtl_rd16(rig, RTL_ISR), 0);
}

/* QEMU forgets the pending frames when RCR is written, as 8139too does at run time. */
static void test_pointers_survive_rcr(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[100], got[1800];

	rtl_start_classic(rig, 0);
	rtl_make_frame(rig, frame, sizeof(frame));
	for (int i = 0; i < 3; i++)
		assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
	rtl_wr32(rig, RTL_RCR, RTL_RCR_APM | RTL_RCR_AAP | RTL_RCR_AM);
	for (int i = 0; i < 3; i++)
		record(rig, 8192, true, got);
	assert_int_equal(rtl_rd16(rig, RTL_CBR), 3 * 108);
	/* 8139too's recovery: RE off and on, offset 0, CAPR untouched. */
	assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
	rtl_wr8(rig, RTL_CR, RTL_CR_TE);
	rtl_wr8(rig, RTL_CR, RTL_CR_TE | RTL_CR_RE);
	assert_int_equal(rtl_rd16(rig, RTL_CAPR), 0xfff0);
	assert_int_equal(rtl_rd16(rig, RTL_CBR), 0);
	assert_int_equal(rtl_rd8(rig, RTL_CR) & RTL_CR_BUFE, RTL_CR_BUFE);
	rig->rx_next = 0;
	assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
	record(rig, 8192, true, got);
	assert_memory_equal(got, frame, sizeof(frame));
	/* A write of CR that leaves RE on changes nothing. */
	rtl_wr8(rig, RTL_CR, RTL_CR_TE | RTL_CR_RE);
	assert_int_equal(rtl_rd16(rig, RTL_CBR), 108);
}

static void test_frame_sizes(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[2000], got[1800];

	rtl_start_classic(rig, 0);
	rtl_make_frame(rig, frame, sizeof(frame));
	assert_true(rtl_peer_send_frame(rig, frame, 13));
	assert_true(rtl_peer_send_frame(rig, frame, 14));
	assert_int_equal(record(rig, 8192, true, got), 64);
	assert_true(rtl_peer_send_frame(rig, frame, 1793));
	assert_int_equal(rtl_drops(rig, DROP_TOO_LONG), 1);
	assert_true(rtl_peer_send_frame(rig, frame, 1792));
	assert_int_equal(record(rig, 8192, true, got), 1796);
	/* With WRAP a frame that would pass the 1.5 KiB behind the ring is lost. */
	rtl_start_classic(rig, RTL_RCR_WRAP);
	for (int i = 0; i < 5; i++) {
		assert_true(rtl_peer_send_frame(rig, frame, 1614));
		record(rig, 8192, false, got);
	}
	memset(rtl_guest(rig, RX_BUFFER + 8192), 0xee, 4096);
	assert_true(rtl_peer_send_frame(rig, frame, 1792));
	assert_int_equal(rtl_drops(rig, DROP_NO_DESCRIPTOR), 1);
	assert_int_equal(rtl_rd32(rig, RTL_MPC), 1);
	assert_int_equal(*rtl_guest(rig, RX_BUFFER + 8192), 0xee);
}

static void test_tags_and_checksums(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[200], got[1800];
	uint32_t len = rtl_make_ipv4(rig, frame, IP_PROTO_TCP, 100);
	struct iovec iov;
	struct packet p;

	rtl_start_classic(rig, 0);
	rtl_set_checksums(frame);
	memset(frame + 50, 0, 2);
	put_be16(frame + 50, (uint16_t)rtl_naive_sum(26, frame + 26, 8)); /* any seed */
	packet_from_buffer(&p, &iov, frame, len);
	p.vlan = true;
	p.vlan_tci = 0x1234;
	assert_true(rtl_peer_send(rig, &p));
	assert_int_equal(record(rig, 8192, true, got), len + 4 + 4);
	assert_memory_equal(got + 12, "\x81\x00\x12\x34\x08\x00", 6);
	assert_memory_equal(got + 18, frame + 14, len - 14);
}

/* Offsets that no driver writes: CAPR beyond the ring, odd; a ring that shrinks behind CBR. */
static void test_odd_pointers(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[1514];

	rtl_make_frame(rig, frame, sizeof(frame));
	for (uint32_t capr = 0; capr < 0x10000; capr += 997) {
		rtl_start_classic(rig, (capr & 3) << 11 | (capr & 4 ? RTL_RCR_WRAP : 0));
		for (int i = 0; i < 4; i++)
			rtl_peer_send_frame(rig, frame, sizeof(frame));
		rtl_wr16(rig, RTL_CAPR, (uint16_t)capr);
		rtl_wr32(rig, RTL_RCR, RTL_RCR_APM);
		for (int i = 0; i < 8; i++)
			rtl_peer_send_frame(rig, frame, sizeof(frame));
		rtl_rd8(rig, RTL_CR);
	}
	for (uint32_t i = 65536 + WRAP_SLACK; i < RAM_BASE + RAM_SIZE - RX_BUFFER; i++)
		assert_int_equal(*rtl_guest(rig, RX_BUFFER + i), 0);
}

/* A ring in memory that is not there, or ends too early, loses frames and not the receiver. */
static void test_bad_memory(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[100];

	rtl_start_classic(rig, 0);
	rtl_make_frame(rig, frame, sizeof(frame));
	rtl_wr32(rig, RTL_RBSTART, UNMAPPED);
	assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
	rtl_wr32(rig, RTL_RBSTART, RAM_BASE + RAM_SIZE - 50);
	assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
	rtl_wr32(rig, RTL_RBSTART, 0xfebf0000); /* the card's own BAR */
	assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
	assert_int_equal(rtl_drops(rig, DROP_DMA), 3);
	assert_int_equal(rtl_rd16(rig, RTL_CBR), 0);
	assert_int_equal(rtl_rd16(rig, RTL_ISR), RTL_INT_SERR);
	rtl_wr32(rig, RTL_RBSTART, RX_BUFFER);
	assert_true(rtl_peer_send_frame(rig, frame, sizeof(frame)));
	assert_int_equal(rig->card->state->tally.rx_ok, 1);
}

/* A1 row 35: what is sent comes back, one level deep. */
static void test_loopback(void **state)
{
	struct rig *rig = *state;
	uint8_t frame[300], got[1800];

	rtl_start_classic(rig, 0);
	rtl_wr32(rig, RTL_TCR, RTL_TCR_LBK);
	rtl_make_frame(rig, frame, sizeof(frame));
	for (unsigned i = 0; i < 8; i++) {
		send(rig, i % 4, frame, sizeof(frame));
		assert_int_equal(record(rig, 8192, true, got), 304);
		assert_memory_equal(got, frame, sizeof(frame));
	}
	assert_int_equal(rig->count, 0);
	assert_int_equal(rtl_rd16(rig, RTL_ISR), RTL_INT_TOK | RTL_INT_ROK);
}

/* The plain chip has nothing of C+ mode; the C+ chip has C mode as long as CPCR is 0. */
static void test_models(void **state)
{
	struct rig *rig = *state;
	struct rig *plus = rtl_new(0);
	uint8_t frame[100], got[1800];

	assert_int_equal(rtl_rd8(rig, RTL_RERID), 0x10);
	assert_int_equal(rtl_rd32(rig, RTL_TCR), 0x74000000);
	rtl_wr16(rig, RTL_CPCR, 0xffff);
	assert_int_equal(rtl_rd16(rig, RTL_CPCR), 0);
	rtl_wr8(rig, RTL_TPPOLL, 0xff);
	assert_int_equal(rtl_rd16(rig, RTL_ISR) & RTL_INT_SWINT, 0);
	for (uint32_t at = RTL_RDSAR; at < RTL_FER; at += 4) {
		rtl_wr32(rig, at, 0xffffffff);
		assert_int_equal(rtl_rd32(rig, at), 0);
	}
	rtl_start_classic(plus, 0);
	rtl_make_frame(plus, frame, sizeof(frame));
	send(plus, 0, frame, sizeof(frame));
	assert_int_equal(plus->count, 1);
	assert_true(rtl_peer_send_frame(plus, frame, sizeof(frame)));
	assert_int_equal(record(plus, 8192, true, got), 104);
	rtl_free(plus);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, rtl_setup_classic, rtl_teardown)
	const struct CMUnitTest tests[] = {
		T(test_transmit),
		T(test_order),
		T(test_back_pressure),
		T(test_short_and_own_fcs),
		T(test_abort),
		T(test_no_cable),
		T(test_off),
		T(test_rings),
		T(test_status_word),
		T(test_overflow),
		T(test_unmask_with_frames),
		T(test_pointers_survive_rcr),
		T(test_frame_sizes),
		T(test_tags_and_checksums),
		T(test_odd_pointers),
		T(test_bad_memory),
		T(test_loopback),
		T(test_models),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
