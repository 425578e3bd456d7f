/* SPDX-License-Identifier: BSD-2-Clause */
/* vfio-user: each command, as QEMU and Cloud Hypervisor use it, and as nobody should. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "net/base/bytes.h"
#include "net/base/error.h"
#include "tests/support/served_card.h"

#define CONFIG VFIO_USER_REGION_CONFIG

static void test_version(void **state)
{
	struct served_card *s = *state;
	static const uint8_t bad[4] = {1, 0, 0, 0}, minor[4] = {0, 0, 1, 0};

	assert_int_equal(fake_command(&s->client, VFIO_USER_VERSION, bad, 4), EINVAL);
	assert_int_equal(fake_command(&s->client, VFIO_USER_VERSION, minor, 4),
			 0); /* proposes 0.1 */
	assert_int_equal(get_le32(s->client.reply), 0);
	assert_int_equal(s->client.reply[s->client.reply_len - 1], 0);
	assert_int_equal(strlen((char *)s->client.reply + 4) + 5, s->client.reply_len);
	assert_string_equal((char *)s->client.reply + 4,
			    "{\"capabilities\":{\"max_msg_fds\":8,\"max_data_xfer_size\":65536}}");
	assert_int_equal(fake_command(&s->client, VFIO_USER_VERSION, minor, 4),
			 EINVAL); /* once is enough */
	assert_int_equal(fake_command(&s->client, VFIO_USER_RESET, NULL, 0), 0);
}

static void test_version_comes_first(void **state)
{
	struct served_card *s = *state;
	const struct fake_message reset = {.command = VFIO_USER_RESET};

	fake_send(&s->client, &reset);
	assert_true(fake_is_closed(&s->client));
	assert_int_equal(s->card->resets, 0);
}

static void test_start_as_qemu(void **state)
{
	struct served_card *s = *state;

	assert_int_equal(s->card->nic.mem.shared->attached, 1);
	fake_start(&s->client, 1 << 20);
	assert_int_equal(s->card->resets, 1);
	assert_true(nic_bus_master(&s->card->nic));
	assert_int_equal(fake_read(&s->client, CONFIG, 0, 4), 0x10f01af4);
}

static void test_device_information(void **state)
{
	struct served_card *s = *state;
	struct vfio_user_device_info info = {.argsz = 32}; /* as Cloud Hypervisor counts */
	static const uint64_t sizes[] = {
		TEST_CARD_BAR_SIZE, 0, TEST_CARD_IO_SIZE, 0, 0, 0, 0, 256, 0};

	fake_version(&s->client);
	assert_int_equal(fake_command(&s->client, VFIO_USER_GET_INFO, &info, sizeof(info)), 0);
	assert_int_equal(s->client.reply_len, sizeof(info));
	memcpy(&info, s->client.reply, sizeof(info));
	assert_int_equal(info.flags, 3);
	assert_int_equal(info.regions, ARRAY_SIZE(sizes));
	assert_int_equal(info.irqs, 3);
	for (uint32_t i = 0; i < info.regions; i++) {
		struct vfio_user_region_info region = {.argsz = 4096, .index = i};

		assert_int_equal(fake_command(&s->client, VFIO_USER_GET_REGION_INFO, &region,
					      sizeof(region)),
				 0);
		assert_int_equal(s->client.reply_len, sizeof(region));
		memcpy(&region, s->client.reply, sizeof(region));
		assert_int_equal(region.argsz, 32);
		assert_int_equal(region.index, i);
		assert_int_equal(region.size, sizes[i]);
		assert_int_equal(region.flags, sizes[i] ? 3 : 0); /* never MMAP, never CAPS */
		assert_int_equal(region.cap_offset, 0);
		assert_int_equal(region.offset, 0);
	}
	for (uint32_t i = 9; i != 8; i = i == 9 ? UINT32_MAX : 8) {
		struct vfio_user_region_info region = {.argsz = 32, .index = i};

		assert_int_equal(fake_command(&s->client, VFIO_USER_GET_REGION_INFO, &region,
					      sizeof(region)),
				 EINVAL);
	}
}

static void test_unknown_commands(void **state)
{
	static const uint16_t unknown[] = {0, 6, 11, 12, 14, 15, 16, 17, 18, 19, 255, 65535};
	struct served_card *s = *state;

	fake_version(&s->client);
	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++)
		assert_int_equal(fake_command(&s->client, unknown[i], NULL, 40), ENOTSUP);
	assert_int_equal(fake_command(&s->client, VFIO_USER_RESET, NULL, 0), 0);
}

static void test_short_payloads(void **state)
{
	static const struct {
		uint16_t command;
		uint32_t need;
	} commands[] = {{VFIO_USER_DMA_MAP, 32},      {VFIO_USER_DMA_UNMAP, 24},
			{VFIO_USER_GET_INFO, 16},     {VFIO_USER_GET_REGION_INFO, 32},
			{VFIO_USER_GET_IRQ_INFO, 16}, {VFIO_USER_SET_IRQS, 20},
			{VFIO_USER_REGION_READ, 16},  {VFIO_USER_REGION_WRITE, 16}};
	struct served_card *s = *state;

	fake_version(&s->client);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		for (uint32_t len = 0; len < commands[i].need; len++)
			assert_int_equal(fake_command(&s->client, commands[i].command, NULL, len),
					 EINVAL);
	}
}

static void test_register_widths(void **state)
{
	struct served_card *s = *state;
	struct fake_client *c = &s->client;
	static const uint32_t widths[] = {1, 2, 4, 8};

	fake_version(c);
	for (size_t i = 0; i < ARRAY_SIZE(widths); i++) {
		uint32_t at = 0x200 + 3 * (uint32_t)i; /* any alignment */

		fake_write(c, &(struct fake_write){0, at, widths[i], 0x1122334455667788});
		fake_settle(c);
		assert_int_equal(s->card->last_bar, 0);
		assert_int_equal(s->card->last_offset, at);
		assert_int_equal(s->card->last_size, widths[i]);
		assert_int_equal(fake_read(c, 0, at, widths[i]),
				 0x1122334455667788 & (~0ull >> (64 - 8 * widths[i])));
	}
	fake_write(c, &(struct fake_write){2, 4, 2, 0xbeef});
	assert_int_equal(s->card->last_bar, 2);
	assert_int_equal(fake_read(c, 2, 4, 2), 0xbeef);
	fake_read(c, 0, TEST_CARD_BAR_SIZE - 8, 8);
	assert_int_equal(s->card->nic.mem.shared->counters.reg_writes, 4);
	assert_int_equal(s->card->nic.mem.shared->counters.reg_reads, 7);
}

/* The chip never sees these; the client gets a reply of full size, all ones. */
static void test_accesses_that_fail(void **state)
{
	static const struct vfio_user_region_access bad[] = {
		{0, 0, 0},
		{0, 0, 3},
		{0, 0, 5},
		{0, 0, 64},
		{0, 0, 65536},
		{TEST_CARD_BAR_SIZE - 3, 0, 4},
		{TEST_CARD_BAR_SIZE, 0, 1},
		{UINT64_MAX, 0, 1},
		{UINT64_MAX - 3, 0, 8},
		{1ull << 32, 0, 4},
		{TEST_CARD_IO_SIZE, 2, 1},
		{0, 1, 4},
		{0, VFIO_USER_REGION_ROM, 4},
		{0, VFIO_USER_REGION_VGA, 4},
		{0, 9, 4},
		{0, UINT32_MAX, 4},
		{253, CONFIG, 4},
		{UINT64_MAX, CONFIG, 2},
	};
	struct served_card *s = *state;
	static uint8_t payload[16 + 65536];

	fake_version(&s->client);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(fake_command(&s->client, VFIO_USER_REGION_READ, &bad[i], 16), 0);
		assert_int_equal(s->client.reply_len, 16 + bad[i].count);
		assert_memory_equal(s->client.reply, &bad[i], 16);
		for (uint32_t k = 0; k < bad[i].count; k++)
			assert_int_equal(s->client.reply[16 + k], 0xff);
		memcpy(payload, &bad[i], 16);
		assert_int_equal(fake_command(&s->client, VFIO_USER_REGION_WRITE, payload,
					      16 + bad[i].count),
				 0);
		assert_int_equal(s->client.reply_len, 16);
	}
	assert_int_equal(s->card->reads + s->card->writes, 0);
	assert_int_equal(fake_read(&s->client, CONFIG, 0, 4), 0x10f01af4);
}

static void test_counts_that_lie(void **state)
{
	struct served_card *s = *state;
	struct vfio_user_region_access access = {.count = (1 << 20) + 1};
	uint8_t payload[16 + 4] = {0};

	fake_version(&s->client);
	assert_int_equal(fake_command(&s->client, VFIO_USER_REGION_READ, &access, 16), EINVAL);
	access.count = UINT32_MAX;
	assert_int_equal(fake_command(&s->client, VFIO_USER_REGION_READ, &access, 16), EINVAL);
	memcpy(payload, &access, 16);
	assert_int_equal(fake_command(&s->client, VFIO_USER_REGION_WRITE, payload, sizeof(payload)),
			 EINVAL);
	access.count = 5; /* four bytes are there */
	memcpy(payload, &access, 16);
	assert_int_equal(fake_command(&s->client, VFIO_USER_REGION_WRITE, payload, sizeof(payload)),
			 EINVAL);
	assert_int_equal(s->card->writes, 0);
}

static void test_config_space(void **state)
{
	struct served_card *s = *state;
	struct fake_client *c = &s->client;

	fake_start(c, 0);
	fake_write(c, &(struct fake_write){CONFIG, 0x10, 4, 0xffffffff});
	assert_int_equal(fake_read(c, CONFIG, 0x10, 4), 0xfffff000);
	fake_write(c, &(struct fake_write){CONFIG, 0x18, 4, 0xffffffff});
	assert_int_equal(fake_read(c, CONFIG, 0x18, 4), 0xffffffc1);
	fake_write(c, &(struct fake_write){CONFIG, 0x04, 2, 0x0406});
	assert_true(s->card->nic.intx.disabled);
	fake_write(c, &(struct fake_write){0, TEST_CARD_IRQ, 4, 1});
	assert_int_equal(fake_interrupts(c), 0);
	assert_int_equal(fake_read(c, CONFIG, 0x06, 2) & 8, 8);
	fake_write(c, &(struct fake_write){CONFIG, 0x04, 2, 0x0006});
	assert_int_equal(fake_interrupts(c), 1);
	/* D3hot and back: the card resets, memory and interrupt of the client stay. */
	fake_write(c, &(struct fake_write){CONFIG, TEST_CARD_PM + 4, 2, 3});
	assert_int_equal(s->card->resets, 1);
	fake_write(c, &(struct fake_write){CONFIG, TEST_CARD_PM + 4, 2, 0});
	assert_int_equal(s->card->resets, 2);
	assert_int_equal(fake_read(c, CONFIG, 0x04, 4), 0x02300000);
	assert_int_equal(s->card->nic.dma.count, 1);
	fake_unmask(c);
	fake_write(c, &(struct fake_write){0, TEST_CARD_IRQ, 4, 1});
	assert_int_equal(fake_interrupts(c), 1);
}

/* A doorbell is worked off after the reply of a read behind it; its DMA reaches guest memory. */
static void reply_is_there(struct test_card *card)
{
	struct served_card *s = card->context;
	struct vfio_user_header header;

	assert_int_equal(recv(s->client.fd, &header, sizeof(header), MSG_PEEK), sizeof(header));
	card->on_settle = NULL;
}

static void test_reply_goes_out_before_settle(void **state)
{
	struct served_card *s = *state;
	struct fake_client *c = &s->client;
	const struct vfio_user_region_access access = {.offset = 0x20, .count = 4};
	const struct fake_message read = {
		.command = VFIO_USER_REGION_READ, .payload = &access, .len = sizeof(access)};
	int settles;

	fake_start(c, 1 << 20);
	fake_write(c, &(struct fake_write){0, TEST_CARD_ADDRESS, 8, 0x5000});
	fake_settle(c);
	settles = s->card->settles;
	s->card->on_settle = reply_is_there;
	s->card->context = s;
	for (uint32_t i = 0; i < 50; i++)
		fake_write(c, &(struct fake_write){0, TEST_CARD_DOORBELL, 4, 0x1000 + i});
	fake_send(c, &read);
	loop_turn(s->loop, 0);
	assert_int_equal(s->card->settles, settles + 1); /* fifty doorbells, one batch */
	assert_int_equal(s->card->dma_result, 0);
	assert_int_equal(get_le32(c->ram + 0x5000), 0x1000 + 49);
	assert_true(fake_receive(c));
	assert_null(s->card->on_settle);
	/* Without bus mastering there is no DMA. */
	fake_write(c, &(struct fake_write){CONFIG, 4, 2, 3});
	fake_write(c, &(struct fake_write){0, TEST_CARD_DOORBELL, 4, 7});
	fake_settle(c);
	assert_int_equal(s->card->dma_result, -EFAULT);
	assert_int_equal(get_le32(c->ram + 0x5000), 0x1000 + 49);
}

static void test_socket_that_is_none(void **state)
{
	struct served_card *s = *state;
	struct error err = {0};
	int fd = memfd_create("no socket", MFD_CLOEXEC);

	assert_null(vfio_user_start(s->loop, &s->card->nic, fd, &err));
	assert_int_equal(err.code, EPERM); /* of epoll_ctl() */
	assert_non_null(strstr(err.message, "socket"));
	assert_int_equal(close(fd), -1); /* it was taken over */
}

static void test_reset_keeps_memory_and_client(void **state)
{
	struct served_card *s = *state;
	struct fake_client *c = &s->client;

	fake_start(c, 1 << 20);
	fake_write(c, &(struct fake_write){0, 0x300, 4, 5});
	assert_int_equal(fake_command(&s->client, VFIO_USER_RESET, NULL, 0), 0);
	assert_int_equal(c->reply_len, 0);
	assert_int_equal(fake_read(c, 0, 0x300, 4), 0);
	assert_int_equal(fake_read(c, CONFIG, 4, 2), 0);
	assert_int_equal(s->card->nic.dma.count, 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, served_card_setup, served_card_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_version),
		TEST(test_version_comes_first),
		TEST(test_start_as_qemu),
		TEST(test_device_information),
		TEST(test_unknown_commands),
		TEST(test_short_payloads),
		TEST(test_register_widths),
		TEST(test_accesses_that_fail),
		TEST(test_counts_that_lie),
		TEST(test_config_space),
		TEST(test_reply_goes_out_before_settle),
		TEST(test_socket_that_is_none),
		TEST(test_reset_keeps_memory_and_client),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
