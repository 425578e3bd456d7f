/* SPDX-License-Identifier: BSD-2-Clause */
/* The native benchmark: what a card costs a frame, ours against QEMU's, batch by batch. */

/*
 * Theory of operation
 *
 * The same driver (native_CHIP.c) prepares descriptors and frames in guest memory and rings the
 * doorbell, of our card over its vfio-user socket and of QEMU's over a qtest socket; what is sent
 * goes to a sink. Measured is the CPU time of the process that the card runs in from the doorbell
 * to the last descriptor, the doorbell's way through the socket included: wall time would measure
 * what else this machine does. Ours also pays for the client's side of the socket, since client and
 * card share a process here. How much of it is the way of the doorbells is measured too, with as
 * many accesses that do nothing. Rounds alternate between the two; the median counts.
 *
 *	native [PATTERN]	prints a line of JSON for each case whose name holds PATTERN
 */
#include "tests/bench/native.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "devices/nic.h"
#include "devices/vfio_user/server.h"
#include "net/base/error.h"
#include "net/base/loop.h"
#include "tests/support/fake_client.h"
#include "tests/support/qtest.h"

#define ROUNDS       9
#define ROUND_FRAMES 40000
#define MIN_BATCHES  20
#define PATIENCE     100000
#define SHORT_NS     (50 * 1000000LL)

/** die() - end the program with a reason */
static void die(const char *what)
{
	fprintf(stderr, "native: %s\n", what);
	exit(1);
}

/**
 * struct ours - our card: everything in this process
 * @machine:	what the driver sees
 * @loop:	the loop
 * @nic:	the card
 * @server:	its vfio-user server
 * @client:	the client
 * @sink:	what the card is plugged into
 */
struct ours {
	struct machine machine;
	struct loop *loop;
	struct nic *nic;
	struct vfio_user_server *server;
	struct fake_client client;
	struct port sink;
};

/** sink_receive() - port_ops.receive: all is taken and forgotten */
static int sink_receive(struct port *port, const struct packet *packets, int n)
{
	(void)port;
	(void)packets;
	return n;
}

static const struct port_ops sink_ops = {.receive = sink_receive};

/** ours_write() - a posted write, as QEMU's guests make them */
static void ours_write(struct machine *m, uint32_t offset, unsigned size, uint32_t value)
{
	struct ours *o = container_of(m, struct ours, machine);
	uint8_t payload[16 + 4];
	const struct fake_message message = {
		.command = VFIO_USER_REGION_WRITE,
		.flags = VFIO_USER_NO_REPLY,
		.payload = payload,
		.len = 16 + size,
	};

	put_le64(payload, offset);
	put_le32(payload + 8, (uint32_t)m->memory_bar);
	put_le32(payload + 12, size);
	put_le32(payload + 16, value);
	fake_send(&o->client, &message);
}

/** ours_read() - a register read */
static uint32_t ours_read(struct machine *m, uint32_t offset, unsigned size)
{
	struct ours *o = container_of(m, struct ours, machine);

	return (uint32_t)fake_read(&o->client, (uint32_t)m->memory_bar, offset, size);
}

/** ours_turn() - let the loop turn */
static void ours_turn(struct machine *m)
{
	loop_turn(container_of(m, struct ours, machine)->loop, 0);
}

/** ours_wait() - our cards have nothing that takes long; what is due is done */
static void ours_wait(struct machine *m, int64_t ns)
{
	int64_t end = loop_now(container_of(m, struct ours, machine)->loop) + MIN(ns, SHORT_NS);

	while (loop_now(container_of(m, struct ours, machine)->loop) < end)
		loop_turn(container_of(m, struct ours, machine)->loop, SHORT_NS / 10);
}

const uint8_t native_mac[6] = {0x52, 0x54, 0, 0, 0, 1};

void native_headers(uint8_t *frame, uint16_t ip_len)
{
	memset(frame, 0, NATIVE_HEADERS);
	memcpy(frame, native_mac, sizeof(native_mac));
	memcpy(frame + 6, native_mac, sizeof(native_mac));
	put_be16(frame + 12, 0x0800);
	frame[14] = 0x45;
	put_be16(frame + 16, ip_len);
	frame[22] = 64;
	frame[23] = 6;
	put_be32(frame + 26, 0x0a000001);
	put_be32(frame + 30, 0x0a000002);
	frame[46] = 0x50;
	frame[47] = 0x18;
}

/** ours_start() - our card */
static void ours_start(struct ours *o, const struct native_case *c)
{
	static const uint8_t mac[ETH_ADDR_LEN] = {0x52, 0x54, 0, 0, 0, 1};
	const struct nic_class *class = nic_class(c->model);
	struct fake_address address;
	struct error err = {0};
	int listener = fake_listen(&address);
	int memfd = nic_memory_create(class, &err);

	o->loop = loop_new();
	o->nic = nic_new(class, o->loop, memfd, mac, &err);
	close(memfd);
	o->server = o->nic ? vfio_user_start(o->loop, o->nic, listener, &err) : NULL;
	if (!o->server)
		die("our card does not start");
	port_init(&o->sink, &sink_ops,
		  PORT_CAP_CSUM | PORT_CAP_TSO4 | PORT_CAP_TSO6 | PORT_CAP_VLAN, NULL);
	port_connect(&o->sink, &o->nic->port);
	fake_connect(&o->client, o->loop, &address);
	fake_start(&o->client, NATIVE_RAM);
	o->machine = (struct machine){.name = "patchbay",
				      .ram = o->client.ram,
				      .memory_bar = c->memory_bar,
				      .write = ours_write,
				      .read = ours_read,
				      .turn = ours_turn,
				      .wait = ours_wait,
				      .clock = CLOCK_PROCESS_CPUTIME_ID};
}

/** ours_stop() - the end of it */
static void ours_stop(struct ours *o)
{
	fake_close(&o->client);
	vfio_user_stop(o->server);
	nic_free(o->nic);
	loop_free(o->loop);
}

/**
 * struct theirs - QEMU's card
 * @machine:	what the driver sees
 * @qtest:	the QEMU
 */
struct theirs {
	struct machine machine;
	struct qtest qtest;
};

/** theirs_write() - register write */
static void theirs_write(struct machine *m, uint32_t offset, unsigned size, uint32_t value)
{
	qtest_write(&container_of(m, struct theirs, machine)->qtest, m->memory_bar, offset, size,
		    value);
}

/** theirs_read() - register read */
static uint32_t theirs_read(struct machine *m, uint32_t offset, unsigned size)
{
	return qtest_read(&container_of(m, struct theirs, machine)->qtest, m->memory_bar, offset,
			  size);
}

/** theirs_turn() - let virtual time pass: what the card put off is done */
static void theirs_turn(struct machine *m)
{
	qtest_step(&container_of(m, struct theirs, machine)->qtest, 1000);
}

/** theirs_wait() - let virtual time pass */
static void theirs_wait(struct machine *m, int64_t ns)
{
	qtest_step(&container_of(m, struct theirs, machine)->qtest, ns);
}

/** theirs_start() - QEMU's card */
static void theirs_start(struct theirs *t, const struct native_case *c)
{
	clockid_t clock;

	qtest_start(&t->qtest, c->device, NATIVE_RAM);
	if (clock_getcpuclockid(t->qtest.pid, &clock) != 0)
		die("QEMU's CPU time can't be read");
	t->machine = (struct machine){.name = "qemu",
				      .ram = t->qtest.ram,
				      .memory_bar = c->memory_bar,
				      .write = theirs_write,
				      .read = theirs_read,
				      .turn = theirs_turn,
				      .wait = theirs_wait,
				      .clock = clock};
}

/** cpu_ns() - CPU time of the card's process */
static int64_t cpu_ns(const struct machine *m)
{
	struct timespec now;

	if (clock_gettime(m->clock, &now) != 0)
		die("a CPU clock can't be read");
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/** idle() - the accesses of a batch without its work; Return: CPU time */
static int64_t idle(struct machine *m, const struct native_case *c)
{
	int64_t begin = cpu_ns(m);

	c->idle(m, c);
	if (m->clock == CLOCK_PROCESS_CPUTIME_ID)
		m->turn(m);
	return cpu_ns(m) - begin;
}

/** batch() - one batch; Return: CPU time from the doorbell to the last descriptor */
static int64_t batch(struct machine *m, const struct native_case *c)
{
	int64_t begin;
	int turns = 0;

	c->fill(m, c);
	begin = cpu_ns(m);
	c->kick(m, c);
	while (!c->done(m, c)) {
		m->turn(m);
		if (++turns > PATIENCE)
			die("a batch does not end");
	}
	return cpu_ns(m) - begin;
}

/** round_ns() - CPU time a frame, over many batches; @one is batch() or idle() */
static double round_ns(struct machine *m, const struct native_case *c,
		       int64_t (*one)(struct machine *m, const struct native_case *c))
{
	int batches = MAX((int)(ROUND_FRAMES / c->frames), MIN_BATCHES);
	int64_t sum = 0;

	if (c->bytes > 2000 || c->frames < 16)
		batches /= 10;
	for (int i = 0; i < batches; i++)
		sum += one(m, c);
	return (double)sum / batches / c->frames;
}

/** compare() - for qsort() */
static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/** median() - the middle of a round's figures, which get sorted */
static double median(double *values)
{
	qsort(values, ROUNDS, sizeof(*values), compare);
	return values[ROUNDS / 2];
}

/** measure() - one case, alternated */
static void measure(const struct native_case *c)
{
	static struct ours ours;
	static struct theirs theirs;
	double own[ROUNDS], qemu[ROUNDS], own_idle[ROUNDS], qemu_idle[ROUNDS];

	ours_start(&ours, c);
	theirs_start(&theirs, c);
	c->start(&ours.machine, c);
	ours.machine.turn(&ours.machine);
	c->start(&theirs.machine, c);
	for (int i = 0; i < ROUNDS; i++) {
		own[i] = round_ns(&ours.machine, c, batch);
		qemu[i] = round_ns(&theirs.machine, c, batch);
		own_idle[i] = round_ns(&ours.machine, c, idle);
		qemu_idle[i] = round_ns(&theirs.machine, c, idle);
	}
	ours_stop(&ours);
	qtest_stop(&theirs.qtest);
	printf("{\"case\": \"%s\", \"frames\": %u, \"bytes\": %u, \"patchbay\": %.1f, \"qemu\": "
	       "%.1f, "
	       "\"patchbay_idle\": %.1f, \"qemu_idle\": %.1f}\n",
	       c->name, c->frames, c->bytes, median(own), median(qemu), median(own_idle),
	       median(qemu_idle));
	fflush(stdout);
}

/** main() - all cases, or those that the pattern picks */
int main(int argc, char **argv)
{
	static const struct native_case *const lists[] = {native_e1000, native_rtl8139};

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		for (const struct native_case *c = lists[i]; c->name; c++) {
			if (argc < 2 || strstr(c->name, argv[1]))
				measure(c);
		}
	}
	return 0;
}
