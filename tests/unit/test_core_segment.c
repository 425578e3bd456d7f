/* SPDX-License-Identifier: BSD-2-Clause */
/* Segmentation and checksums of net/core against plain re-implementations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "net/base/bytes.h"
#include "net/core/checksum.h"
#include "net/core/port.h"
#include "net/core/segment.h"
#include "tests/support/frames.h"

#define ROUNDS 300

/** naive() - RFC 1071, two bytes at a time, in network order */
static uint16_t naive(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++) {
		sum += (uint32_t)p[i] << (i & 1 ? 0 : 8);
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return (uint16_t)sum;
}

/** same_sum() - are two folded sums the same number? 0 and 0xffff are. */
static bool same_sum(uint16_t memory_order, uint16_t number)
{
	uint16_t n = be16toh(memory_order);

	return n == number || (n % 0xffff == 0 && number % 0xffff == 0);
}

static void fill(uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)rand();
}

static void test_checksum(void **state)
{
	static uint8_t buf[70000];

	(void)state;
	srand(1);
	fill(buf, sizeof(buf));
	for (int i = 0; i < ROUNDS * 10; i++) {
		size_t at = (size_t)rand() % 64;
		size_t len = (size_t)rand() % (i % 10 ? 200 : 69000);

		assert_true(same_sum(checksum_fold(checksum_add(0, buf + at, len)),
				     naive(buf + at, len)));
	}
	memset(buf, 0xff, sizeof(buf)); /* the most that sums can carry */
	assert_true(same_sum(checksum_fold(checksum_add(0, buf, 70000)), naive(buf, 70000)));
	assert_int_equal(checksum_fold(checksum_add(0, buf, 0)), 0);
}

/** cut() - split a buffer into random pieces; their number is returned */
static int cut(uint8_t *buf, uint32_t len, uint32_t first, struct iovec *iov, int max)
{
	int n = 0;

	for (uint32_t at = 0; at < len;) {
		uint32_t rest = len - at;
		uint32_t piece = n == 0 ? MIN(first, rest) : 1 + (uint32_t)rand() % rest;

		if (n == max - 1)
			piece = rest;
		iov[n++] = (struct iovec){.iov_base = buf + at, .iov_len = piece};
		at += piece;
	}
	return n;
}

static void test_checksum_of_pieces(void **state)
{
	static uint8_t buf[5000];
	struct iovec iov[PACKET_MAX_IOV];

	(void)state;
	srand(2);
	fill(buf, sizeof(buf));
	for (int i = 0; i < ROUNDS; i++) {
		uint32_t len = 1 + (uint32_t)rand() % 4999, at = (uint32_t)rand() % len;
		uint32_t n = (uint32_t)rand() % (len - at + 1);
		struct packet p = {.iov = iov, .len = len};

		p.iovcnt = cut(buf, len, 1 + (uint32_t)rand() % 20, iov, 1 + rand() % 12);
		assert_true(
			same_sum(checksum_fold(checksum_packet(0, &p, at, n)), naive(buf + at, n)));
		/* What lies outside is ignored. */
		assert_int_equal(checksum_fold(checksum_packet(0, &p, at, 60000)),
				 checksum_fold(checksum_packet(0, &p, at, len - at)));
		assert_int_equal(checksum_packet(0, &p, len + 5, 10), 0);
	}
}

/** RFC 1624: the update gives what a new sum gives. */
static void test_checksum_replace(void **state)
{
	uint8_t buf[40];

	(void)state;
	srand(3);
	for (int i = 0; i < ROUNDS * 10; i++) {
		uint32_t at = 2 + 2 * ((uint32_t)rand() % 19);
		uint16_t from, to, sum;

		fill(buf, sizeof(buf));
		if (i % 7 == 0)
			memset(buf + 2, i % 2 ? 0xff : 0, 38);
		buf[0] = buf[1] = 0;
		sum = (uint16_t)~checksum_fold(checksum_add(0, buf, sizeof(buf)));
		memcpy(buf, &sum, 2);
		memcpy(&from, buf + at, 2);
		to = (uint16_t)(i % 5 ? rand() : i % 2 ? 0 : 0xffff);
		memcpy(buf + at, &to, 2);
		checksum_replace16(buf, from, to);
		assert_int_equal(naive(buf, sizeof(buf)), 0xffff);
	}
}

static void test_packet_pieces(void **state)
{
	static uint8_t buf[3000], out[3000];
	struct iovec iov[PACKET_MAX_IOV], part[PACKET_MAX_IOV];

	(void)state;
	srand(4);
	fill(buf, sizeof(buf));
	for (int i = 0; i < ROUNDS; i++) {
		uint32_t len = 1 + (uint32_t)rand() % 2999, at = (uint32_t)rand() % (len + 1);
		uint32_t n = (uint32_t)rand() % (len - at + 1), got = 0;
		struct packet p = {.iov = iov, .len = len};
		int pieces;

		p.iovcnt = cut(buf, len, 1 + (uint32_t)rand() % 100, iov, 1 + rand() % 12);
		assert_int_equal(packet_copy(&p, at, out, n + 500), MIN(n + 500, len - at));
		assert_memory_equal(out, buf + at, n);
		pieces = packet_slice(&p, at, n, part, PACKET_MAX_IOV);
		assert_in_range(pieces, 0, p.iovcnt);
		for (int k = 0; k < pieces; k++) {
			assert_ptr_equal(part[k].iov_base, buf + at + got);
			got += (uint32_t)part[k].iov_len;
		}
		assert_int_equal(got, n);
		if (pieces > 1)
			assert_int_equal(packet_slice(&p, at, n, part, pieces - 1), -EMSGSIZE);
	}
}

/** make_gso() - a GSO frame in normal form, in pieces; the plain frame is in @buf */
static uint32_t make_gso(uint8_t *buf, struct packet *p, struct iovec *iov, bool v6, uint32_t len)
{
	struct frame_spec spec = {.protocol = IP_PROTO_TCP,
				  .src = v6 ? "fec0::15" : "10.0.2.15",
				  .dst = v6 ? "2001:db8::1" : "198.51.100.1",
				  .sport = 1234,
				  .dport = 80,
				  .flags = 0x80 | TCP_ACK | TCP_PSH | TCP_FIN,
				  .seq = 0xfffff000,
				  .len = len};
	uint32_t l4 = v6 ? 54 : 34, total;
	uint16_t seed;

	total = frame_make(buf, &spec);
	fill(buf + l4 + 20, len);
	frame_fix(buf);
	seed = checksum_fold(checksum_pseudo(buf + 14, IP_PROTO_TCP, 20 + len));
	*p = (struct packet){.iov = iov, .len = total};
	p->iovcnt = cut(buf, total, 256, iov, 1 + rand() % 8);
	p->offload = (struct offload){.needs_csum = true,
				      .gso_type = v6 ? GSO_TCPV6 : GSO_TCPV4,
				      .gso_size = (uint16_t)(1 + rand() % 1460),
				      .hdr_len = (uint16_t)(l4 + 20),
				      .csum_start = (uint16_t)l4,
				      .csum_offset = 16};
	memcpy(buf + l4 + 16, &seed, 2);
	return total;
}

/** check_segment() - one segment against what a plain sender would have sent */
static void check_segment(const uint8_t *in, const struct packet *out, uint32_t index,
			  uint32_t count, const struct offload *o)
{
	static uint8_t got[70000];
	uint32_t l4 = o->csum_start, len = out->len - o->hdr_len;
	bool v6 = l4 == 54;
	uint8_t flags = in[l4 + 13];

	packet_copy(out, 0, got, out->len);
	assert_true(frame_sums_ok(got));
	assert_memory_equal(got + o->hdr_len, in + o->hdr_len + index * o->gso_size, len);
	assert_int_equal(len == o->gso_size || index == count - 1, 1);
	assert_int_equal(get_be32(got + l4 + 4), get_be32(in + l4 + 4) + index * o->gso_size);
	if (v6) {
		assert_int_equal(get_be16(got + 18), 20 + len);
	} else {
		assert_int_equal(get_be16(got + 16), 40 + len);
		assert_int_equal(get_be16(got + 18), (uint16_t)(get_be16(in + 18) + index));
	}
	if (index > 0)
		flags &= (uint8_t)~0x80;
	if (index < count - 1)
		flags &= (uint8_t) ~(TCP_FIN | TCP_PSH);
	assert_int_equal(got[l4 + 13], flags);
	assert_memory_equal(got, in, 12);
	assert_false(out->offload.needs_csum);
	assert_int_equal(out->offload.gso_type, GSO_NONE);
}

static void test_tso(void **state)
{
	static uint8_t buf[FRAME_ROOM];
	static struct segmenter s;
	struct iovec iov[PACKET_MAX_IOV];

	(void)state;
	srand(5);
	for (int i = 0; i < 60; i++) {
		uint32_t len = 1 + (uint32_t)rand() % (i % 10 ? 9000 : 65000);
		const struct packet *out;
		struct packet p;
		uint32_t count, n = 0, bytes = 0;

		make_gso(buf, &p, iov, i & 1, len);
		count = segment_count(&p);
		assert_int_equal(count, (len + p.offload.gso_size - 1) / p.offload.gso_size);
		assert_true(segment_needed(&p, PORT_CAP_CSUM));
		assert_false(segment_needed(&p, PORT_CAP_CSUM | PORT_CAP_TSO4 | PORT_CAP_TSO6));
		assert_int_equal(segment_start(&s, &p, 0, 0), 0);
		while ((out = segment_next(&s))) {
			check_segment(buf, out, n++, count, &p.offload);
			bytes += out->len - p.offload.hdr_len;
		}
		assert_int_equal(n, count);
		assert_int_equal(bytes, len);
		/* Begun in the middle it goes on as if it had come from the start. */
		assert_int_equal(segment_start(&s, &p, 0, count - 1), 0);
		check_segment(buf, segment_next(&s), count - 1, count, &p.offload);
		assert_null(segment_next(&s));
	}
}

/** A receiver of whole packets that can't checksum gets it whole, with the checksum. */
static void test_checksum_alone(void **state)
{
	static uint8_t buf[FRAME_ROOM], got[FRAME_ROOM];
	static struct segmenter s;
	struct iovec iov[PACKET_MAX_IOV];
	const struct packet *out;
	struct packet p;
	uint32_t len;

	(void)state;
	srand(6);
	for (int i = 0; i < 20; i++) {
		len = make_gso(buf, &p, iov, false, 30001 + (uint32_t)i);
		assert_int_equal(segment_start(&s, &p, PORT_CAP_TSO4, 0), 0);
		out = segment_next(&s);
		assert_int_equal(out->len, len);
		assert_int_equal(out->offload.gso_type, GSO_TCPV4);
		assert_false(segment_needed(out, PORT_CAP_TSO4));
		packet_copy(out, 0, got, len);
		assert_true(frame_sums_ok(got));
		assert_null(segment_next(&s));
	}
}

static void test_tag(void **state)
{
	static uint8_t buf[2000], got[2000];
	static struct segmenter s;
	struct frame_spec spec = {.protocol = IP_PROTO_UDP,
				  .src = "10.0.2.15",
				  .dst = "198.51.100.1",
				  .sport = 1,
				  .dport = 2,
				  .len = 100};
	uint32_t len = frame_make(buf, &spec);
	const struct packet *out;
	struct packet p;
	struct iovec iov;

	(void)state;
	packet_from_buffer(&p, &iov, buf, len);
	p.vlan = true;
	p.vlan_tci = 0x2064;
	assert_true(segment_needed(&p, 0));
	assert_false(segment_needed(&p, PORT_CAP_VLAN));
	assert_int_equal(segment_start(&s, &p, 0, 0), 0);
	out = segment_next(&s);
	assert_int_equal(out->len, len + 4);
	assert_false(out->vlan);
	packet_copy(out, 0, got, len + 4);
	assert_memory_equal(got, buf, 12);
	assert_int_equal(get_be32(got + 12), 0x81002064);
	assert_memory_equal(got + 16, buf + 12, len - 12);
	packet_from_buffer(&p, &iov, buf, 8);
	p.vlan = true;
	assert_int_equal(segment_start(&s, &p, 0, 0), -EINVAL);
}

/** Offload members outside of the frame are refused, whatever they are. */
static void test_insane_offload(void **state)
{
	static uint8_t buf[2000];
	static struct segmenter s;
	struct iovec iov[PACKET_MAX_IOV];
	struct packet p;

	(void)state;
	srand(8);
	for (int i = 0; i < 3000; i++) {
		const struct packet *out;
		int n = 0;

		make_gso(buf, &p, iov, false, 500);
		p.offload.gso_size = (uint16_t)(rand() % 3 ? rand() % 600 : 0);
		p.offload.hdr_len = (uint16_t)(rand() % 700);
		p.offload.csum_start = (uint16_t)(rand() % 300);
		p.offload.csum_offset = (uint16_t)(rand() % 300);
		p.offload.needs_csum = rand() % 4;
		p.offload.gso_type = rand() % 2 ? GSO_TCPV4 : GSO_TCPV6;
		if (segment_start(&s, &p, 0, 0) < 0)
			continue;
		while ((out = segment_next(&s)) && n++ < 1000)
			assert_true(out->len <= p.len);
		assert_true(n <= 600);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_checksum),
		cmocka_unit_test(test_checksum_of_pieces),
		cmocka_unit_test(test_checksum_replace),
		cmocka_unit_test(test_packet_pieces),
		cmocka_unit_test(test_tso),
		cmocka_unit_test(test_checksum_alone),
		cmocka_unit_test(test_tag),
		cmocka_unit_test(test_insane_offload),
	};

	return cmocka_run_group_tests_name("core_segment", tests, NULL, NULL);
}
