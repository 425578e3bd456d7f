/* SPDX-License-Identifier: BSD-2-Clause */
/* The Internet checksum against its definition (RFC 1071), word by word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "net/base/bytes.h"
#include "net/core/checksum.h"
#include "net/core/packet.h"

static uint8_t bytes[70000];

/* The folded sum, as a number of network order. */
static uint16_t slowly(const uint8_t *p, size_t len)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? p[i] : (uint64_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static void fill(uint8_t first, uint8_t step)
{
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(first + step * i);
}

static void every_length_and_alignment(void **state)
{
	(void)state;
	fill(1, 37);
	for (size_t len = 0; len < 400; len++) {
		size_t at = len % 7;

		assert_int_equal(be16toh(checksum_fold(checksum_add(0, bytes + at, len))),
				 slowly(bytes + at, len));
	}
}

static void nothing_is_lost_when_all_bits_are_set(void **state)
{
	(void)state;
	fill(0xff, 0);
	assert_int_equal(checksum_fold(checksum_add(0, bytes, 65536)), 0xffff);
	assert_int_equal(checksum_fold(checksum_add(0xffffffff, bytes, 65535)),
			 checksum_fold(0xffffffff + (uint64_t)htobe16(slowly(bytes, 65535))));
}

static void pieces_of_odd_lengths_give_the_same_sum(void **state)
{
	struct iovec iov[3];
	const struct packet p = {.iov = iov, .iovcnt = 3, .len = 1000};

	(void)state;
	fill(3, 91);
	for (size_t cut = 1; cut < 500; cut += 13) {
		iov[0] = (struct iovec){bytes, cut};
		iov[1] = (struct iovec){bytes + cut, cut + 2};
		iov[2] = (struct iovec){bytes + 2 * cut + 2, 1000 - 2 * cut - 2};
		assert_int_equal(be16toh(checksum_fold(checksum_packet(0, &p, 14, 986))),
				 slowly(bytes + 14, 986));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_length_and_alignment),
		cmocka_unit_test(nothing_is_lost_when_all_bits_are_set),
		cmocka_unit_test(pieces_of_odd_lengths_give_the_same_sum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
