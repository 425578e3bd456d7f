/* SPDX-License-Identifier: BSD-2-Clause */
/* The packet queue against a plain list, for long enough to wrap in every way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "net/core/queue.h"

#define SIZE   16384
#define LISTED 1024

/** struct listed - what the list has of a packet */
struct listed {
	uint32_t len;
	uint8_t seed;
};

/** byte() - byte of a packet */
static uint8_t byte(uint8_t seed, uint32_t at)
{
	return (uint8_t)(seed + at * 13 + at / 256);
}

/** push() - a packet in two pieces */
static bool push(struct packet_queue *q, struct listed l)
{
	static uint8_t buf[70000];
	struct iovec iov[2] = {{.iov_base = buf, .iov_len = l.len / 2},
			       {.iov_base = buf + l.len / 2, .iov_len = l.len - l.len / 2}};
	struct packet p = {.iov = iov, .iovcnt = 2, .len = l.len, .vlan = true, .vlan_tci = l.seed};

	for (uint32_t i = 0; i < l.len; i++)
		buf[i] = byte(l.seed, i);
	p.offload.gso_size = (uint16_t)l.len;
	return packet_queue_push(q, &p);
}

/** check() - is the oldest packet the one that it should be? */
static void check(const struct packet_queue *q, struct listed l)
{
	const uint8_t *data;
	struct packet p;

	assert_true(packet_queue_peek(q, &p));
	assert_int_equal(p.len, l.len);
	assert_int_equal(p.iovcnt, 1);
	assert_int_equal(p.vlan_tci, l.seed);
	assert_int_equal(p.offload.gso_size, (uint16_t)l.len);
	data = p.iov[0].iov_base;
	for (uint32_t i = 0; i < l.len; i++)
		assert_int_equal(data[i], byte(l.seed, i));
}

/** run() - random pushes and pops */
static void run(unsigned seed, uint32_t longest, unsigned max_count, int bias)
{
	static struct listed list[LISTED];
	unsigned first = 0, count = 0;
	struct packet_queue q;

	srand(seed);
	assert_int_equal(packet_queue_init(&q, SIZE, max_count), 0);
	for (int i = 0; i < 4000; i++) {
		struct listed l = {.len = (uint32_t)rand() % (longest + 1),
				   .seed = (uint8_t)rand()};

		if (rand() % 100 < bias && count < LISTED) {
			if (push(&q, l))
				list[(first + count++) % LISTED] = l;
			else
				assert_true(count >
					    0); /* an empty queue takes anything this short */
		} else if (count > 0) {
			check(&q, list[first % LISTED]);
			packet_queue_pop(&q);
			first++;
			count--;
		}
		assert_int_equal(q.count, count);
		assert_true(count <= max_count);
		if (i % 1000 == 999) {
			packet_queue_clear(&q);
			count = 0;
		}
	}
	while (count-- > 0) {
		check(&q, list[first++ % LISTED]);
		packet_queue_pop(&q);
	}
	assert_false(packet_queue_peek(&q, &(struct packet){0}));
	packet_queue_done(&q);
}

static void test_against_list(void **state)
{
	(void)state;
	for (unsigned seed = 0; seed < 12; seed++) {
		run(seed, 100, LISTED, 50);
		run(seed, 1514, 1000, 55);
		run(seed, 8000, 1000, 60);
		run(seed, SIZE / 2, 1000, 70);
		run(seed, 60, 5, 60);
	}
}

/** What is full and what is not: to the byte. */
static void test_limits(void **state)
{
	struct packet_queue q;
	struct packet p;

	(void)state;
	assert_int_equal(packet_queue_init(&q, SIZE, 1000), 0);
	assert_false(push(&q, (struct listed){.len = SIZE}));
	assert_false(packet_queue_peek(&q, &p));
	assert_true(push(&q, (struct listed){.len = SIZE - 256}));
	assert_false(push(&q, (struct listed){.len = SIZE - 256}));
	packet_queue_pop(&q);
	assert_true(push(&q, (struct listed){.len = 0}));
	assert_true(packet_queue_peek(&q, &p));
	assert_int_equal(p.len, 0);
	packet_queue_done(&q);
	packet_queue_done(&q);
	assert_int_equal(packet_queue_init(&q, SIZE, 2), 0);
	assert_true(push(&q, (struct listed){.len = 1}));
	assert_true(push(&q, (struct listed){.len = 1}));
	assert_false(push(&q, (struct listed){.len = 1}));
	packet_queue_done(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_list),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests_name("core_queue", tests, NULL, NULL);
}
