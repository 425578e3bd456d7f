/* SPDX-License-Identifier: BSD-2-Clause */
/* The port on a tap descriptor, with a packet socket in the kernel's place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <linux/virtio_net.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/backend/tun_port.h"
#include "net/base/bytes.h"
#include "net/core/checksum.h"
#include "tests/support/frames.h"
#include "tests/support/sink.h"

/**
 * struct rig - a tap port, its station, and the kernel's side
 * @loop:	the loop
 * @tun:	the port
 * @station:	what is plugged into it
 * @kernel:	the other end of the descriptor
 * @lost:	times that it was lost
 */
struct rig {
	struct loop *loop;
	struct tun_port tun;
	struct sink station;
	int kernel;
	int lost;
};

/** on_lost() - notes it */
static void on_lost(struct tun_port *tun)
{
	container_of(tun, struct rig, tun)->lost++;
}

/** make() - a rig */
static struct rig *make(bool vnet)
{
	struct rig *r = calloc(1, sizeof(*r));
	int fds[2];

	r->loop = loop_new();
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds), 0);
	r->kernel = fds[1];
	assert_int_equal(tun_port_init(&r->tun, r->loop, fds[0], vnet, NULL), 0);
	r->tun.lost = on_lost;
	sink_init(&r->station, r->tun.port.caps);
	port_connect(&r->tun.port, &r->station.port);
	return r;
}

/** unmake() - frees it */
static void unmake(struct rig *r)
{
	tun_port_done(&r->tun);
	close(r->kernel);
	loop_free(r->loop);
	free(r);
}

/** turn() - let the loop work until nothing is left to do */
static void turn(struct rig *r)
{
	for (int i = 0; i < 1000 && loop_turn(r->loop, 0) > 0; i++)
		;
}

/**
 * struct wire_frame - a frame as the kernel has it
 * @header:	in front
 * @bytes:	the frame
 */
struct wire_frame {
	struct virtio_net_hdr header;
	uint8_t bytes[FRAME_ROOM + 100];
};

/** from_kernel() - a frame with a header comes in */
static void from_kernel(struct rig *r, const struct wire_frame *f, uint32_t len)
{
	assert_int_equal(send(r->kernel, f, sizeof(f->header) + len, 0), sizeof(f->header) + len);
	turn(r);
}

static void test_every_length_crosses(void **state)
{
	static const uint32_t lengths[] = {14, 60, 61, 1514, 9014, 65535, PACKET_MAX_LEN};

	(void)state;
	for (int vnet = 0; vnet < 2; vnet++) {
		struct rig *r = make(vnet);
		static struct wire_frame f, back;
		uint32_t skip = vnet ? sizeof(f.header) : 0;
		uint64_t sum = 0;

		memset(&f.header, 0, sizeof(f.header));
		for (uint32_t i = 0; i < sizeof(f.bytes); i++)
			f.bytes[i] = (uint8_t)(i * 13 + i / 256);
		for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
			const void *start = vnet ? (void *)&f : f.bytes;

			assert_true(send(r->kernel, start, skip + lengths[i], 0) > 0);
			sum = sink_hash(sum, f.bytes, lengths[i]);
			turn(r);
			assert_int_equal(sink_send(&r->station, f.bytes, lengths[i]), 1);
			assert_int_equal(
				recv(r->kernel, vnet ? (void *)&back : back.bytes, sizeof(back), 0),
				skip + lengths[i]);
			assert_memory_equal(back.bytes, f.bytes, lengths[i]);
		}
		assert_int_equal(r->station.count, ARRAY_SIZE(lengths));
		assert_int_equal(r->station.sum, sum);
		unmake(r);
	}
}

static void test_bad_lengths_are_dropped(void **state)
{
	struct rig *r = make(true);
	static struct wire_frame f;

	(void)state;
	for (size_t len = 1; len < sizeof(f.header) + 14; len++)
		assert_int_equal(send(r->kernel, &f, len, 0), len);
	turn(r);
	from_kernel(r, &f, PACKET_MAX_LEN + 1);
	assert_int_equal(r->station.count, 0);
	assert_int_equal(r->tun.port.stats->drops[DROP_RUNT], sizeof(f.header) + 13);
	assert_int_equal(r->tun.port.stats->drops[DROP_TOO_LONG], 1);
	unmake(r);
}

/** make_gso() - a send of three segments, as the kernel hands it over; returns its length */
static uint32_t make_gso(struct wire_frame *f)
{
	const struct frame_spec spec = {.src = "10.91.1.1",
					.dst = "10.91.1.2",
					.protocol = IP_PROTO_TCP,
					.sport = 1,
					.dport = 2,
					.flags = 0x10,
					.len = 4000};
	uint32_t len = frame_make(f->bytes, &spec);
	uint16_t seed = checksum_fold(checksum_pseudo(f->bytes + 14, IP_PROTO_TCP, len - 34));

	memcpy(f->bytes + 34 + 16, &seed, sizeof(seed));
	f->header = (struct virtio_net_hdr){.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
					    .gso_type = VIRTIO_NET_HDR_GSO_TCPV4 |
							VIRTIO_NET_HDR_GSO_ECN,
					    .hdr_len = 100, /* the kernel's is a hint */
					    .gso_size = 1448,
					    .csum_start = 34,
					    .csum_offset = 16};
	return len;
}

static void test_large_send_crosses_whole(void **state)
{
	struct rig *r = make(true);
	static struct wire_frame f, back;
	uint32_t len = make_gso(&f);
	struct packet p;
	struct iovec iov;

	(void)state;
	from_kernel(r, &f, len);
	assert_int_equal(r->station.count, 1);
	assert_int_equal(r->station.last.offload.gso_type, GSO_TCPV4);
	assert_int_equal(r->station.last.offload.gso_size, 1448);
	assert_int_equal(r->station.last.offload.hdr_len, 54);

	packet_from_buffer(&p, &iov, f.bytes, len);
	p.offload = r->station.last.offload;
	assert_int_equal(port_send(&r->station.port, &p, 1), 1);
	assert_int_equal(recv(r->kernel, &back, sizeof(back), 0), sizeof(f.header) + len);
	assert_int_equal(back.header.gso_type, VIRTIO_NET_HDR_GSO_TCPV4);
	assert_int_equal(back.header.hdr_len, 54);
	assert_int_equal(back.header.csum_start, 34);

	p.offload.gso_size = 4000; /* one segment: Linux refuses such a request */
	assert_int_equal(port_send(&r->station.port, &p, 1), 1);
	assert_int_equal(recv(r->kernel, &back, sizeof(back), 0), sizeof(f.header) + len);
	assert_int_equal(back.header.gso_type, VIRTIO_NET_HDR_GSO_NONE);
	assert_int_equal(back.header.flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
	unmake(r);
}

static void test_hostile_headers_are_dropped(void **state)
{
	struct rig *r = make(true);
	static struct wire_frame f;
	uint32_t len = make_gso(&f);
	uint8_t *bytes = (uint8_t *)&f.header;
	struct virtio_net_hdr good = f.header;
	unsigned seed = 1;

	(void)state;
	f.header.csum_start = 65535;
	from_kernel(r, &f, len);
	f.header = good;
	f.header.gso_type = VIRTIO_NET_HDR_GSO_UDP;
	from_kernel(r, &f, len);
	f.header = good;
	f.header.gso_size = 0;
	from_kernel(r, &f, len);
	assert_int_equal(r->station.count, 0);
	assert_int_equal(r->tun.port.stats->drops[DROP_BAD_OFFLOAD], 3);
	for (int i = 0; i < 2000; i++) { /* whatever comes, it is dropped or keeps the promises */
		f.header = good;
		bytes[rand_r(&seed) % sizeof(f.header)] = (uint8_t)rand_r(&seed);
		from_kernel(r, &f, i % 2 ? len : 14 + (uint32_t)i % 90);
	}
	unmake(r);
}

static void test_peer_that_is_full(void **state)
{
	struct rig *r = make(false);
	uint8_t frame[60] = {0};

	(void)state;
	r->station.room = 5;
	for (int i = 0; i < 40; i++)
		assert_int_equal(send(r->kernel, frame, sizeof(frame), 0), sizeof(frame));
	turn(r);
	assert_int_equal(r->station.count, 5);
	r->station.room = SINK_ROOM;
	port_ready(&r->station.port);
	turn(r);
	assert_int_equal(r->station.count, 40);
	unmake(r);
}

static void test_interface_that_is_full(void **state)
{
	struct rig *r = make(false);
	uint8_t frame[1514] = {0};
	int sent = 0;

	(void)state;
	while (sink_send(&r->station, frame, sizeof(frame)) == 1)
		sent++;
	turn(r);
	assert_int_equal(r->station.ready, 0);
	for (int i = 0; i < sent; i++)
		assert_int_equal(recv(r->kernel, frame, sizeof(frame), 0), sizeof(frame));
	turn(r);
	assert_int_equal(r->station.ready, 1);
	assert_int_equal(sink_send(&r->station, frame, sizeof(frame)), 1);
	unmake(r);
}

static void test_interface_that_goes(void **state)
{
	for (int held = 0; held < 2; held++) {
		struct rig *r = make(false);
		uint8_t frame[60] = {0};

		(void)state;
		if (held)
			r->station.room = 0;
		assert_int_equal(send(r->kernel, frame, sizeof(frame), 0), sizeof(frame));
		turn(r);
		shutdown(r->kernel, SHUT_RDWR);
		turn(r);
		assert_int_equal(r->lost, 1);
		assert_false(r->station.link);
		assert_int_equal(sink_send(&r->station, frame, sizeof(frame)), 1);
		assert_int_equal(r->station.port.stats->drops[DROP_LINK_DOWN], 1);
		unmake(r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_length_crosses),
		cmocka_unit_test(test_bad_lengths_are_dropped),
		cmocka_unit_test(test_large_send_crosses_whole),
		cmocka_unit_test(test_hostile_headers_are_dropped),
		cmocka_unit_test(test_peer_that_is_full),
		cmocka_unit_test(test_interface_that_is_full),
		cmocka_unit_test(test_interface_that_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
