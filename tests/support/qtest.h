/* SPDX-License-Identifier: BSD-2-Clause */
/* A QEMU card driven without a guest: `-accel qtest` over a socket, guest memory shared. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#define QTEST_BARS 6

/**
 * struct qtest - a QEMU with one card
 * @pid:	its process
 * @fd:		the connection
 * @ram:	guest memory at guest address 0, shared with QEMU
 * @ram_size:	bytes of it
 * @bars:	where BAR 0 to 5 were placed; 0: there is none
 * @io:		bit for each BAR that is in the I/O space
 */
struct qtest {
	pid_t pid;
	int fd;
	uint8_t *ram;
	uint32_t ram_size;
	uint32_t bars[QTEST_BARS];
	uint32_t io;
};

/**
 * qtest_start() - start QEMU with a card, place its BARs, switch bus mastering and decoding on
 * @q:		filled
 * @device:	the card as `-device` has it; `netdev=sink` plugs it into a hub without another port
 * @ram_size:	bytes of guest memory
 *
 * The program ends when that fails.
 */
void qtest_start(struct qtest *q, const char *device, uint32_t ram_size);

/**
 * qtest_stop() - end QEMU
 * @q:		the QEMU
 */
void qtest_stop(struct qtest *q);

/**
 * qtest_write() - write a register; returns when the card is done with it
 * @q:		the QEMU
 * @bar:	BAR
 * @offset:	register
 * @size:	1, 2 or 4 bytes
 * @value:	the value
 */
void qtest_write(struct qtest *q, int bar, uint32_t offset, unsigned size, uint32_t value);

/**
 * qtest_read() - read a register
 * @q:		the QEMU
 * @bar:	BAR
 * @offset:	register
 * @size:	1, 2 or 4 bytes
 *
 * Return: the value
 */
uint32_t qtest_read(struct qtest *q, int bar, uint32_t offset, unsigned size);

/**
 * qtest_step() - let QEMU's virtual time pass, which stands still otherwise
 * @q:		the QEMU
 * @ns:		nanoseconds
 */
void qtest_step(struct qtest *q, int64_t ns);
