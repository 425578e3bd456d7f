/* SPDX-License-Identifier: BSD-2-Clause */
/* The frame check sequence against its definition, bit by bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "devices/chip/fcs.h"
#include "net/core/packet.h"

/* IEEE 802.3 3.2.9 by the letter: one bit after the other. */
static uint32_t slowly(const uint8_t *p, size_t len)
{
	uint32_t r = 0xffffffff;

	for (size_t i = 0; i < len * 8; i++)
		r = r >> 1 ^ (((r ^ p[i / 8] >> i % 8) & 1) ? 0xedb88320 : 0);
	return ~r;
}

static void known_value(void **state)
{
	(void)state;
	assert_int_equal(fcs_add(0, "123456789", 9), 0xcbf43926);
	assert_int_equal(fcs_add(0, NULL, 0), 0);
}

static void every_length_and_cut(void **state)
{
	uint8_t buf[700];
	struct iovec iov[2];
	struct packet p = {.iov = iov, .iovcnt = 2};

	(void)state;
	for (size_t i = 0; i < sizeof(buf); i++)
		buf[i] = (uint8_t)(i * i * 31 + i);
	for (size_t len = 0; len < sizeof(buf); len += 1 + len / 100) {
		size_t cut = len * 7 % (len + 1);

		assert_int_equal(fcs_add(0, buf, len), slowly(buf, len));
		iov[0] = (struct iovec){buf, cut};
		iov[1] = (struct iovec){buf + cut, len - cut};
		p.len = (uint32_t)len;
		assert_int_equal(fcs_packet(&p), slowly(buf, len));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_value),
		cmocka_unit_test(every_length_and_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
