/* SPDX-License-Identifier: BSD-2-Clause */
/* The test bench of a card. */
#include "tests/support/bench_card.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "net/base/bytes.h"
#include "net/base/error.h"
#include "net/base/loop.h"

static int64_t bench_now(void *context)
{
	return ((struct bench *)context)->now_ns;
}

static int peer_receive(struct port *port, const struct packet *packets, int n)
{
	struct bench *b = container_of(port, struct bench, peer);

	if (b->refuse || b->forget)
		return b->refuse ? 0 : n;
	for (int i = 0; i < n; i++) {
		struct bench_frame *f = &b->frames[b->count];

		assert_true(b->count < BENCH_MAX_FRAMES);
		f->offload = packets[i].offload;
		f->vlan = packets[i].vlan;
		f->vlan_tci = packets[i].vlan_tci;
		f->len = packets[i].len;
		f->data = malloc(f->len ? f->len : 1);
		assert_non_null(f->data);
		assert_int_equal(packet_copy(&packets[i], 0, f->data, f->len), f->len);
		b->count++;
	}
	return n;
}

static void peer_ready(struct port *port)
{
	container_of(port, struct bench, peer)->ready_calls++;
}

static const struct port_ops peer_ops = {.receive = peer_receive, .ready = peer_ready};

struct bench *bench_start(const struct nic_class *class, uint32_t peer_caps)
{
	static const uint8_t mac[ETH_ADDR_LEN] = {0x52, 0x54, 0x00, 0x01, 0x02, 0x03};
	const uint8_t command[2] = {0x07, 0x00}; /* I/O, memory, bus master */
	struct bench *b = calloc(1, sizeof(*b));
	struct error err = {0};
	int memfd;

	assert_non_null(b);
	b->now_ns = 1000000000;
	b->loop = loop_new();
	assert_non_null(b->loop);
	loop_set_clock(b->loop, bench_now, b);
	memfd = nic_memory_create(class, &err);
	assert_true(memfd >= 0);
	b->nic = nic_new(class, b->loop, memfd, mac, &err);
	assert_non_null(b->nic);
	close(memfd);
	b->ram = calloc(1, BENCH_RAM_SIZE);
	assert_non_null(b->ram);
	assert_int_equal(dma_map_host(&b->nic->dma, BENCH_RAM_BASE, b->ram, BENCH_RAM_SIZE), 0);
	pci_config_write(b->nic->mem.pci, &class->identity, 4, command, sizeof(command));
	b->irq_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	intx_set_eventfd(&b->nic->intx, dup(b->irq_fd));
	port_init(&b->peer, &peer_ops, peer_caps, NULL);
	port_connect(&b->peer, &b->nic->port);
	b->now_ns += 1000000000; /* autonegotiation is over */
	bench_run(b, 1);
	return b;
}

int bench_stop(void **state)
{
	struct bench *b = *state;

	nic_free(b->nic);
	loop_free(b->loop);
	close(b->irq_fd);
	bench_clear(b);
	free(b->ram);
	free(b);
	return 0;
}

void bench_run(struct bench *b, int64_t ns)
{
	int64_t end = b->now_ns + ns;

	while (b->now_ns < end) {
		b->now_ns += MIN(end - b->now_ns, 10000);
		while (loop_turn(b->loop, 0) > 0)
			;
	}
}

uint32_t bench_read(struct bench *b, int bar, uint32_t offset)
{
	return (uint32_t)b->nic->class->bar_read(b->nic, bar, offset, 4);
}

void bench_write(struct bench *b, int bar, uint32_t offset, uint32_t value)
{
	b->nic->class->bar_write(b->nic, bar, offset, 4, value);
	if (b->nic->class->settle)
		b->nic->class->settle(b->nic);
}

bool bench_deliver(struct bench *b, const void *frame, uint32_t len)
{
	struct packet p;
	struct iovec iov;

	packet_from_buffer(&p, &iov, frame, len);
	return port_send(&b->peer, &p, 1) == 1;
}

void bench_clear(struct bench *b)
{
	for (int i = 0; i < b->count; i++)
		free(b->frames[i].data);
	b->count = 0;
}

uint64_t bench_interrupts(struct bench *b)
{
	uint64_t n = 0;

	if (read(b->irq_fd, &n, sizeof(n)) < 0)
		n = 0;
	intx_unmask(&b->nic->intx);
	return n;
}
