/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: a driver and a wire that do anything to an e1000, its rings and its memory. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "devices/e1000/class.h"
#include "devices/e1000/e1000.h"
#include "tests/support/bench_card.h"

/*
 * The input is a list of steps, each an opcode byte and its arguments. Registers are named by their
 * row in the table, so that the fuzzer need not find offsets; memory is written where the rings and
 * buffers that it may set up lie, in the first 64 KiB.
 */

#define MAX_STEPS 400

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** struct input - what is left of the fuzzer's bytes */
struct input {
	const uint8_t *p;
	size_t left;
};

/** take() - @n bytes of input, zeros when it ends */
static uint32_t take(struct input *in, size_t n)
{
	uint8_t raw[4] = {0};

	n = MIN(n, in->left);
	memcpy(raw, in->p, n);
	in->p += n;
	in->left -= n;
	return get_le32(raw);
}

/** some_offset() - a register: by row and index, or any offset at all */
static uint32_t some_offset(struct input *in)
{
	uint32_t row = take(in, 1);
	const struct reg *reg = &e1000_bank.regs[row % e1000_bank.count];

	if (row == 255)
		return take(in, 3) % (E1000_BAR0_SIZE - 8);
	return reg->offset + take(in, 1) % reg_count(reg) * reg_stride(reg);
}

/** deliver() - a frame from the wire */
static void deliver(struct bench *b, struct input *in)
{
	static uint8_t frame[16384];
	uint32_t len = take(in, 2) % sizeof(frame);
	uint32_t n = (uint32_t)MIN(in->left, 64);

	memset(frame, 0xff, 64);
	memcpy(frame, in->p, n);
	take(in, 4);
	if (len > 0)
		bench_deliver(b, frame, len);
}

/** fill() - write guest memory: a descriptor, or any bytes */
static void fill(struct bench *b, struct input *in)
{
	uint32_t at = take(in, 2) & 0xfff0;
	uint32_t n = (uint32_t)MIN(in->left, 16);

	memcpy(bench_ram(b, at), in->p, n);
	in->p += n;
	in->left -= n;
}

/** open_rings() - what a well-behaved driver would have set up */
static void open_rings(struct bench *b)
{
	static const uint32_t set_up[][2] = {
		{E1000_CTRL, CTRL_SLU | CTRL_FD},
		{E1000_TDBAL, BENCH_RAM_BASE},
		{E1000_TDLEN, 0x100},
		{E1000_TCTL, TCTL_EN | TCTL_PSP},
		{E1000_RDBAL, BENCH_RAM_BASE + 0x800},
		{E1000_RDLEN, 0x100},
		{E1000_RCTL, RCTL_EN | RCTL_UPE | RCTL_MPE | RCTL_BAM},
		{E1000_RDT, 15},
	};

	for (size_t i = 0; i < ARRAY_SIZE(set_up); i++)
		bench_write(b, 0, set_up[i][0], set_up[i][1]);
}

/** step() - one step */
static void step(struct bench *b, struct input *in)
{
	uint32_t offset;

	switch (take(in, 1) % 10) {
	case 0:
	case 1:
		offset = some_offset(in);
		bench_write(b, 0, offset, take(in, 4));
		break;
	case 2:
		bench_read(b, 0, some_offset(in));
		break;
	case 3:
	case 4:
		fill(b, in);
		break;
	case 5:
		bench_write(b, 0, E1000_TDT, take(in, 1));
		break;
	case 6:
		deliver(b, in);
		break;
	case 7:
		bench_run(b, (int64_t)(take(in, 1) + 1) * 10000);
		break;
	case 8:
		offset = take(in, 1) % 64;
		b->nic->class->bar_write(b->nic, 2, offset, 4, take(in, 4));
		b->nic->class->bar_read(b->nic, 2, offset, 4);
		break;
	default:
		b->refuse = take(in, 1) & 1;
		port_ready(&b->peer);
		nic_set_link(b->nic, take(in, 1) & 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {.p = data, .left = size};
	struct bench *b = bench_start(&e1000_models[E1000_82540EM].class, take(&in, 1));

	b->forget = true;
	open_rings(b);
	for (int i = 0; i < MAX_STEPS && in.left > 0; i++)
		step(b, &in);
	bench_stop((void **)&b);
	return 0;
}
