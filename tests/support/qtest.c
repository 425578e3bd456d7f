/* SPDX-License-Identifier: BSD-2-Clause */
/* The qtest client: lines of text over a socket that QEMU inherits. */
#include "tests/support/qtest.h"

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define QEMU        "scripts/guest/qemu"
#define SLOT        4
#define MEM_BASE    0xe0000000u
#define MEM_STEP    0x00100000u
#define IO_BASE     0xc000u
#define IO_STEP     0x100u
#define CONFIG      0xcf8
#define CONFIG_DATA 0xcfc
#define PCI_COMMAND 4
#define PCI_BAR(n)  (0x10 + 4 * (n))

/** die() - end the program with a reason */
static void die(const char *what)
{
	perror(what);
	exit(1);
}

/**
 * ask() - send a line and read the answer
 * @q:		the QEMU
 * @format:	the line, without its end
 *
 * Return: the number behind OK, 0 without one; anything but OK ends the program
 */
__attribute__((format(printf, 2, 3))) static uint64_t ask(struct qtest *q, const char *format, ...)
{
	char line[128];
	va_list args;
	size_t len;
	ssize_t n;

	va_start(args, format);
	len = (size_t)vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	line[len++] = '\n';
	if (send(q->fd, line, len, MSG_NOSIGNAL) != (ssize_t)len)
		die("qtest: QEMU does not listen");
	for (len = 0; len == 0 || line[len - 1] != '\n'; len += (size_t)n) {
		n = recv(q->fd, line + len, sizeof(line) - 1 - len, 0);
		if (n <= 0)
			die("qtest: QEMU does not answer");
	}
	line[len] = 0;
	if (strncmp(line, "OK", 2) != 0) {
		fprintf(stderr, "qtest: QEMU says %s", line);
		exit(1);
	}
	return strtoull(line + 2, NULL, 0);
}

/** config_write() - write a dword of the card's configuration space */
static void config_write(struct qtest *q, unsigned reg, uint32_t value)
{
	ask(q, "outl 0x%x 0x%x", CONFIG, 0x80000000 | SLOT << 11 | reg);
	ask(q, "outl 0x%x 0x%" PRIx32, CONFIG_DATA, value);
}

/** config_read() - read one */
static uint32_t config_read(struct qtest *q, unsigned reg)
{
	ask(q, "outl 0x%x 0x%x", CONFIG, 0x80000000 | SLOT << 11 | reg);
	return (uint32_t)ask(q, "inl 0x%x", CONFIG_DATA);
}

/** place_bars() - give each BAR an address, as firmware would */
static void place_bars(struct qtest *q)
{
	for (uint32_t i = 0; i < QTEST_BARS; i++) {
		uint32_t sizing;

		config_write(q, PCI_BAR(i), 0xffffffff);
		sizing = config_read(q, PCI_BAR(i));
		if (sizing == 0)
			continue;
		if (sizing & 1)
			q->io |= 1u << i;
		q->bars[i] = sizing & 1 ? IO_BASE + i * IO_STEP : MEM_BASE + i * MEM_STEP;
		config_write(q, PCI_BAR(i), q->bars[i]);
	}
	config_write(q, PCI_COMMAND, 7);
}

/** run_qemu() - the child: become QEMU */
static void run_qemu(int socket, int memory, const char *device, uint32_t ram_size)
{
	char card[256], backend[128], chardev[64];

	snprintf(card, sizeof(card), "%s,addr=%d", device, SLOT);
	snprintf(backend, sizeof(backend),
		 "memory-backend-file,id=mem0,share=on,size=%" PRIu32 ",mem-path=/proc/self/fd/%d",
		 ram_size, memory);
	snprintf(chardev, sizeof(chardev), "socket,id=qtest,fd=%d", socket);
	execl(QEMU, QEMU, "-nodefaults", "-no-user-config", "-display", "none", "-accel", "qtest",
	      "-machine", "pc,memory-backend=mem0", "-m", "32M", "-object", backend, "-chardev",
	      chardev, "-qtest", "chardev:qtest", "-qtest-log", "none", "-netdev",
	      "hubport,id=sink,hubid=0", "-device", card, (char *)NULL);
	die(QEMU);
}

void qtest_start(struct qtest *q, const char *device, uint32_t ram_size)
{
	int sockets[2];
	int memory = memfd_create("qtest-ram", 0);

	*q = (struct qtest){.ram_size = ram_size};
	if (memory < 0 || ftruncate(memory, ram_size) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) < 0)
		die("qtest");
	q->pid = fork();
	if (q->pid < 0)
		die("qtest: fork");
	if (q->pid == 0) {
		close(sockets[0]);
		run_qemu(sockets[1], memory, device, ram_size);
	}
	close(sockets[1]);
	q->fd = sockets[0];
	q->ram = mmap(NULL, ram_size, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	if (q->ram == MAP_FAILED)
		die("qtest: mmap");
	close(memory);
	place_bars(q);
}

void qtest_stop(struct qtest *q)
{
	kill(q->pid, SIGTERM);
	waitpid(q->pid, NULL, 0);
	munmap(q->ram, q->ram_size);
	close(q->fd);
}

/** letter() - qtest's letter for a width */
static char letter(unsigned size)
{
	return size == 1 ? 'b' : size == 2 ? 'w' : 'l';
}

void qtest_write(struct qtest *q, int bar, uint32_t offset, unsigned size, uint32_t value)
{
	ask(q, "%s%c 0x%" PRIx32 " 0x%" PRIx32, q->io >> bar & 1 ? "out" : "write", letter(size),
	    q->bars[bar] + offset, value);
}

uint32_t qtest_read(struct qtest *q, int bar, uint32_t offset, unsigned size)
{
	return (uint32_t)ask(q, "%s%c 0x%" PRIx32, q->io >> bar & 1 ? "in" : "read", letter(size),
			     q->bars[bar] + offset);
}

void qtest_step(struct qtest *q, int64_t ns)
{
	ask(q, "clock_step %" PRId64, ns);
}
