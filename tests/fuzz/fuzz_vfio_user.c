/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: a vfio-user client that sends any bytes and descriptors, in any pieces. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "devices/vfio_user/state.h"
#include "net/base/bytes.h"
#include "tests/support/test_card.h"

/*
 * The input is a list of pieces, each what one recvmsg() returns: a control byte, a length byte
 * (in units of 4 bytes, so that small inputs reach large messages; 255: all that is left), bytes.
 *
 *	bits 3:0  descriptors that come along
 *	bits 5:4  their kind: memory, eventfd, pipe, each in turn
 *	bit 6     the client does not read: the socket takes 7 bytes of the reply, then nothing
 *	bit 7     afterwards: the card asserts its pin, 31 seconds pass
 *
 * Checked beside the sanitizers: replies are well-formed and never longer than promised, accesses
 * reach the card only inside its BARs (the test card aborts), no descriptor stays open.
 */

#define FILE_SIZE 16384

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** struct fuzz_client - the client's side */
static struct {
	const uint8_t *p;
	size_t left;
	unsigned kind;
	int nfds;
	size_t window;
	uint8_t header[sizeof(struct vfio_user_header)];
	size_t header_len;
	size_t body_left;
} client;

static struct {
	struct loop *loop;
	struct test_card *card;
	struct vfio_user_server server;
	int64_t now_ns;
	int sources[3];
} world;

static void check(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "fuzz_vfio_user: %s\n", what);
	abort();
}

/** piece_receive() - the transport: the piece that is on, then nothing */
static ssize_t piece_receive(struct vfio_user_server *server, void *buf, size_t room, int *fds,
			     int *nfds)
{
	size_t n = MIN(client.left, room);

	(void)server;
	*nfds = 0;
	if (n == 0) {
		errno = EAGAIN;
		return -1;
	}
	memcpy(buf, client.p, n);
	client.p += n;
	client.left -= n;
	for (; *nfds < client.nfds; (*nfds)++) {
		unsigned kind = client.kind < 3 ? client.kind : (unsigned)*nfds % 3;

		fds[*nfds] = fcntl(world.sources[kind], F_DUPFD_CLOEXEC, 0);
	}
	client.nfds = 0;
	return (ssize_t)n;
}

/** check_header() - is this what a reply begins with? */
static void check_header(void)
{
	struct vfio_user_header header;

	memcpy(&header, client.header, sizeof(header));
	check(header.flags == 0x01 || header.flags == 0x21, "reply with strange flags");
	check(header.size >= sizeof(header), "reply shorter than its header");
	check(header.size <= VFIO_USER_MAX_MESSAGE, "reply longer than promised");
	check(header.flags == 0x01 || (header.size == sizeof(header) && header.error),
	      "error reply with payload or without error");
	client.body_left = header.size - sizeof(header);
}

/** piece_send() - the transport: checks the stream of replies */
static ssize_t piece_send(struct vfio_user_server *server, const void *buf, size_t len)
{
	size_t n = MIN(len, client.window);

	(void)server;
	if (n == 0) {
		errno = EAGAIN;
		return -1;
	}
	client.window -= n;
	for (size_t done = 0; done < n;) {
		size_t part = client.body_left
				      ? MIN(client.body_left, n - done)
				      : MIN(sizeof(client.header) - client.header_len, n - done);

		if (client.body_left) {
			client.body_left -= part;
		} else {
			memcpy(client.header + client.header_len, (const uint8_t *)buf + done,
			       part);
			client.header_len += part;
		}
		done += part;
		if (client.header_len == sizeof(client.header) && !client.body_left) {
			check_header();
			client.header_len = 0;
		}
	}
	return (ssize_t)n;
}

static const struct vfio_user_transport pieces = {.receive = piece_receive, .send = piece_send};

static int64_t now(void *context)
{
	(void)context;
	return world.now_ns;
}

static void set_up(void)
{
	int fds[2];

	log_set_level(LOG_LEVEL_ERROR);
	world.loop = loop_new();
	loop_set_clock(world.loop, now, NULL);
	world.card = test_card_new(world.loop);
	world.sources[0] = memfd_create("ram", MFD_CLOEXEC);
	world.sources[1] = eventfd(0, EFD_CLOEXEC);
	check(pipe2(fds, O_CLOEXEC) == 0, "no pipe");
	world.sources[2] = fds[1];
	check(ftruncate(world.sources[0], FILE_SIZE) == 0, "no memory file");
	dma_catch_sigbus(&world.card->nic.dma);
}

/** lowest_fd() - the next descriptor the kernel would give: grows when one leaks */
static int lowest_fd(void)
{
	int fd = dup(world.sources[0]);

	close(fd);
	return fd;
}

/** run_piece() - one piece of the input */
static void run_piece(uint8_t control)
{
	const uint64_t drop = 1;
	uint64_t count;

	client.nfds = control & 15;
	client.kind = control >> 4 & 3;
	client.window = control & 0x40 ? 7 : SIZE_MAX;
	vfio_user_work(&world.server);
	if (control & 0x80) {
		nic_irq(&world.card->nic, true);
		world.now_ns += 31000000000;
		loop_turn(world.loop, 0);
	}
	/* Empty the eventfd: a counter at its maximum would stop being interesting. */
	if (write(world.sources[1], &drop, sizeof(drop)) == sizeof(drop))
		check(read(world.sources[1], &count, sizeof(count)) == sizeof(count), "eventfd");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int lowest;

	if (!world.loop)
		set_up();
	lowest = lowest_fd();
	memset(&client, 0, sizeof(client));
	world.now_ns = 1000000000;
	nic_reset(&world.card->nic);
	vfio_user_init(&world.server, world.loop, &world.card->nic, &pieces);
	vfio_user_attach(&world.server);
	while (size >= 2 && world.server.attached) {
		uint8_t control = data[0];
		size_t len = data[1] == 255 ? SIZE_MAX : 4 * (size_t)data[1];

		client.p = data + 2;
		client.left = MIN(len, size - 2);
		data += 2 + client.left;
		size -= 2 + client.left;
		run_piece(control);
	}
	client.window = SIZE_MAX;
	client.left = 0;
	if (world.server.attached)
		vfio_user_work(&world.server);
	vfio_user_detach(&world.server, "the input ends");
	check(client.body_left == 0 && client.header_len == 0, "reply not whole");
	check(lowest_fd() == lowest, "descriptor leaked");
	check(world.card->nic.dma.count == 0, "memory left mapped");
	return 0;
}
