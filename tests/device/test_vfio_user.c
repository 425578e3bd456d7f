/* SPDX-License-Identifier: BSD-2-Clause */
/* vfio-user: each command, as QEMU and Cloud Hypervisor use it, and as nobody should. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "net/base/bytes.h"
#include "tests/support/served_card.h"

#define CONFIG VFIO_USER_REGION_CONFIG

/* A command with some payload; what it answers. */
static int call(struct served_card *s, uint16_t command, const void *payload, uint32_t len)
{
	const struct fake_message message = {.command = command, .payload = payload, .len = len};

	return fake_call(&s->client, &message);
}

static void test_version(void **state)
{
	struct served_card *s = *state;
	static const uint8_t bad[4] = {1, 0, 0, 0}, minor[4] = {0, 0, 1, 0};

	assert_int_equal(call(s, VFIO_USER_VERSION, bad, 4), EINVAL);
	assert_int_equal(call(s, VFIO_USER_VERSION, minor, 4), 0); /* proposes 0.1 */
	assert_int_equal(get_le32(s->client.reply), 0);
	assert_int_equal(s->client.reply[s->client.reply_len - 1], 0);
	assert_int_equal(strlen((char *)s->client.reply + 4) + 5, s->client.reply_len);
	assert_string_equal((char *)s->client.reply + 4,
			    "{\"capabilities\":{\"max_msg_fds\":8,\"max_data_xfer_size\":65536}}");
	assert_int_equal(call(s, VFIO_USER_VERSION, minor, 4), EINVAL); /* once is enough */
	assert_int_equal(call(s, VFIO_USER_RESET, NULL, 0), 0);
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
	assert_int_equal(call(s, VFIO_USER_GET_INFO, &info, sizeof(info)), 0);
	assert_int_equal(s->client.reply_len, sizeof(info));
	memcpy(&info, s->client.reply, sizeof(info));
	assert_int_equal(info.flags, 3);
	assert_int_equal(info.regions, ARRAY_SIZE(sizes));
	assert_int_equal(info.irqs, 3);
	for (uint32_t i = 0; i < info.regions; i++) {
		struct vfio_user_region_info region = {.argsz = 4096, .index = i};

		assert_int_equal(call(s, VFIO_USER_GET_REGION_INFO, &region, sizeof(region)), 0);
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

		assert_int_equal(call(s, VFIO_USER_GET_REGION_INFO, &region, sizeof(region)),
				 EINVAL);
	}
}

static void test_irq_information(void **state)
{
	struct served_card *s = *state;

	fake_version(&s->client);
	for (uint32_t i = 0; i < 3; i++) {
		struct vfio_user_irq_info irq = {.argsz = 16, .index = i};

		assert_int_equal(call(s, VFIO_USER_GET_IRQ_INFO, &irq, sizeof(irq)), 0);
		memcpy(&irq, s->client.reply, sizeof(irq));
		assert_int_equal(irq.count, i == 0 ? 1 : 0);
		assert_int_equal(irq.flags, i == 0 ? 7 : 0);
	}
	for (uint32_t i = 3; i < 6; i++) {
		struct vfio_user_irq_info irq = {.argsz = 16, .index = i};

		assert_int_equal(call(s, VFIO_USER_GET_IRQ_INFO, &irq, sizeof(irq)), ENOTSUP);
	}
}

static void test_unknown_commands(void **state)
{
	static const uint16_t unknown[] = {0, 6, 11, 12, 14, 15, 16, 17, 18, 19, 255, 65535};
	struct served_card *s = *state;

	fake_version(&s->client);
	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++)
		assert_int_equal(call(s, unknown[i], NULL, 40), ENOTSUP);
	assert_int_equal(call(s, VFIO_USER_RESET, NULL, 0), 0);
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
			assert_int_equal(call(s, commands[i].command, NULL, len), EINVAL);
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
		assert_int_equal(call(s, VFIO_USER_REGION_READ, &bad[i], 16), 0);
		assert_int_equal(s->client.reply_len, 16 + bad[i].count);
		assert_memory_equal(s->client.reply, &bad[i], 16);
		for (uint32_t k = 0; k < bad[i].count; k++)
			assert_int_equal(s->client.reply[16 + k], 0xff);
		memcpy(payload, &bad[i], 16);
		assert_int_equal(call(s, VFIO_USER_REGION_WRITE, payload, 16 + bad[i].count), 0);
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
	assert_int_equal(call(s, VFIO_USER_REGION_READ, &access, 16), EINVAL);
	access.count = UINT32_MAX;
	assert_int_equal(call(s, VFIO_USER_REGION_READ, &access, 16), EINVAL);
	memcpy(payload, &access, 16);
	assert_int_equal(call(s, VFIO_USER_REGION_WRITE, payload, sizeof(payload)), EINVAL);
	access.count = 5; /* four bytes are there */
	memcpy(payload, &access, 16);
	assert_int_equal(call(s, VFIO_USER_REGION_WRITE, payload, sizeof(payload)), EINVAL);
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

static void test_interrupts_as_qemu_tcg(void **state)
{
	struct served_card *s = *state;
	struct fake_client *c = &s->client;

	fake_start(c, 0);
	for (int i = 0; i < 100; i++) {
		fake_write(c, &(struct fake_write){0, TEST_CARD_IRQ, 4, 1});
		fake_write(c, &(struct fake_write){0, TEST_CARD_IRQ, 4, 1});
		assert_int_equal(fake_interrupts(c), 1);
		if (i % 2) { /* an access that does not clear the cause: UNMASK fires again */
			fake_unmask(c);
			assert_int_equal(fake_interrupts(c), 1);
		}
		fake_write(c, &(struct fake_write){0, TEST_CARD_IRQ, 4, 0});
		fake_unmask(c);
		assert_int_equal(fake_interrupts(c), 0);
	}
	/* Reboot with the level up: off, RESET, on again: nothing is left of it. */
	fake_write(c, &(struct fake_write){0, TEST_CARD_IRQ, 4, 1});
	assert_int_equal(fake_interrupts(c), 1);
	assert_int_equal(fake_set_irqs(c, 0x21, 0, -1), 0);
	assert_int_equal(call(s, VFIO_USER_RESET, NULL, 0), 0);
	fake_enable_intx(c);
	assert_int_equal(fake_interrupts(c), 0);
	fake_write(c, &(struct fake_write){0, TEST_CARD_IRQ, 4, 1});
	assert_int_equal(fake_interrupts(c), 1);
	/* Off while the level is up and masked: on again fires at once. */
	assert_int_equal(fake_set_irqs(c, 0x21, 0, -1), 0);
	fake_enable_intx(c);
	assert_int_equal(fake_interrupts(c), 1);
	assert_int_equal(s->card->nic.mem.shared->counters.interrupts, 153);
}

static void test_interrupts_as_qemu_kvm(void **state)
{
	struct served_card *s = *state;
	struct fake_client *c = &s->client;
	int resample = eventfd(0, EFD_NONBLOCK);
	const uint64_t one = 1;

	fake_start(c, 0);
	assert_int_equal(fake_set_irqs(c, 0x09, 1, -1), 0);
	assert_int_equal(fake_set_irqs(c, 0x14, 1, resample), 0);
	fake_write(c, &(struct fake_write){0, TEST_CARD_IRQ, 4, 1});
	assert_int_equal(fake_interrupts(c), 0); /* still masked */
	assert_int_equal(fake_set_irqs(c, 0x11, 1, -1), 0);
	assert_int_equal(fake_interrupts(c), 1);
	for (int i = 0; i < 10; i++) { /* the guest's EOIs while the level stays */
		assert_int_equal(write(resample, &one, sizeof(one)), sizeof(one));
		assert_int_equal(fake_interrupts(c), 1);
	}
	fake_write(c, &(struct fake_write){0, TEST_CARD_IRQ, 4, 0});
	fake_settle(c);
	assert_int_equal(write(resample, &one, sizeof(one)), sizeof(one));
	assert_int_equal(fake_interrupts(c), 0);
	fake_write(c, &(struct fake_write){0, TEST_CARD_IRQ, 4, 1});
	assert_int_equal(fake_interrupts(c), 1);
	/* The same again, as at each rerouting; then the resample fd is taken away. */
	assert_int_equal(fake_set_irqs(c, 0x09, 1, -1), 0);
	assert_int_equal(fake_set_irqs(c, 0x14, 1, resample), 0);
	assert_int_equal(fake_set_irqs(c, 0x11, 1, -1), 0);
	assert_int_equal(fake_interrupts(c), 1);
	assert_int_equal(fake_set_irqs(c, 0x14, 1, -1), 0);
	assert_int_equal(write(resample, &one, sizeof(one)), sizeof(one));
	assert_int_equal(fake_interrupts(c), 0);
	close(resample);
}

/* Sync accesses, each followed by UNMASK; replies of exactly the sizes it reads; all regions. */
static void test_sequence_of_cloud_hypervisor(void **state)
{
	struct served_card *s = *state;
	struct fake_client *c = &s->client;
	struct vfio_user_set_irqs set = {.argsz = 20, .flags = 0x21, .index = 1};

	c->posted = false;
	fake_start(c, 1 << 20);
	assert_int_equal(fake_unmap(c, 0x12345000, 0x1000), 0); /* never an error */
	assert_int_equal(c->reply_len, 24);
	assert_int_equal(fake_unmap(c, 0, 1 << 20), 0);
	assert_int_equal(s->card->nic.dma.count, 1);
	for (int i = 0; i < 10; i++) {
		fake_write(c, &(struct fake_write){0, TEST_CARD_IRQ, 4, 1});
		assert_int_equal(fake_interrupts(c), 1);
		fake_write(c, &(struct fake_write){0, TEST_CARD_IRQ, 4, 0});
		fake_unmask(c);
		assert_int_equal(fake_interrupts(c), 0);
	}
	assert_int_equal(call(s, VFIO_USER_SET_IRQS, &set, sizeof(set)), 0); /* MSI off */
	assert_int_equal(s->card->nic.mem.shared->counters.reg_writes, 0);
}

static void test_bad_set_irqs(void **state)
{
	static const struct vfio_user_set_irqs bad[] = {
		{20, 0x24, 3, 0, 1},          {20, 0x24, UINT32_MAX, 0, 1},
		{20, 0x21, 3, 0, 0},          {20, 0x24, 1, 0, 1},
		{20, 0x24, 2, 0, 16},         {20, 0x24, 0, 1, 1},
		{20, 0x24, 0, 0, 2},          {20, 0x24, 0, UINT32_MAX, 1},
		{20, 0x24, 0, 1, UINT32_MAX}, {20, 0x21, 0, 0, UINT32_MAX},
		{20, 0x24, 0, 0, 0},          {20, 0x11, 0, 0, 0},
		{20, 0x00, 0, 0, 1},          {20, 0x20, 0, 0, 1},
		{20, 0x01, 0, 0, 1},          {20, 0x27, 0, 0, 1},
		{20, 0x39, 0, 0, 1},          {20, 0x22, 0, 0, 1},
	};
	struct served_card *s = *state;
	const struct fake_message two = {.command = VFIO_USER_SET_IRQS,
					 .payload = &(struct vfio_user_set_irqs){20, 0x24, 0, 0, 1},
					 .len = 20,
					 .fds = (int[]){0, 0},
					 .nfds = 2};

	fake_start(&s->client, 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(call(s, VFIO_USER_SET_IRQS, &bad[i], sizeof(bad[i])), EINVAL);
	assert_int_equal(fake_call(&s->client, &two), EINVAL);
	assert_int_equal(fake_set_irqs(&s->client, 0x0c, 1, -1), ENOTSUP);
	assert_int_equal(fake_set_irqs(&s->client, 0x24, 1, STDERR_FILENO), EINVAL);
	assert_int_equal(fake_set_irqs(&s->client, 0x14, 1, s->client.fd), EINVAL);
	fake_write(&s->client, &(struct fake_write){0, TEST_CARD_IRQ, 4, 1});
	assert_int_equal(fake_interrupts(&s->client), 1); /* all that changed nothing */
}

static void test_trigger_and_boolean_data(void **state)
{
	struct served_card *s = *state;
	struct fake_client *c = &s->client;
	uint8_t payload[21];

	fake_start(c, 0);
	assert_int_equal(fake_set_irqs(c, 0x21, 1, -1), 0);
	assert_int_equal(fake_interrupts(c), 1);
	for (uint8_t yes = 0; yes < 2; yes++) {
		memcpy(payload, &(struct vfio_user_set_irqs){21, 0x22, 0, 0, 1}, 20);
		payload[20] = yes;
		assert_int_equal(call(s, VFIO_USER_SET_IRQS, payload, sizeof(payload)), 0);
		assert_int_equal(fake_interrupts(c), yes);
	}
	assert_int_equal(fake_set_irqs(c, 0x24, 1, -1), 0); /* eventfd taken away */
	assert_int_equal(fake_set_irqs(c, 0x21, 1, -1), 0);
	assert_int_equal(fake_interrupts(c), 0);
}

static void test_dma_maps(void **state)
{
	struct served_card *s = *state;
	struct fake_client *c = &s->client;
	const uint64_t ram = 1 << 20;
	struct vfio_user_dma_map map = {.flags = 3, .address = 0x200000, .size = 0x1000};
	const struct fake_message two = {.command = VFIO_USER_DMA_MAP,
					 .payload = &map,
					 .len = sizeof(map),
					 .fds = (int[]){0, 0},
					 .nfds = 2};
	struct vfio_user_dma_unmap all = {.argsz = 24, .flags = VFIO_USER_UNMAP_ALL};

	fake_start(c, ram);
	assert_int_equal(fake_call(c, &two), EINVAL);
	assert_int_equal(fake_map(c, &map, -1), 0); /* another card's registers: no fd */
	assert_int_equal(fake_map(c, &map, c->ram_fd), EEXIST);
	assert_int_equal(fake_unmap(c, map.address, map.size), 0);
	assert_int_equal(fake_map(c, &map, c->ram_fd), 0);
	map = (struct vfio_user_dma_map){.flags = 3, .address = ram, .size = 0};
	assert_int_equal(fake_map(c, &map, c->ram_fd), EINVAL);
	map = (struct vfio_user_dma_map){.flags = 3, .address = UINT64_MAX, .size = 2};
	assert_int_equal(fake_map(c, &map, c->ram_fd), EINVAL);
	map = (struct vfio_user_dma_map){.flags = 3, .address = 1ull << 32, .size = ram + 1};
	assert_int_equal(fake_map(c, &map, c->ram_fd), 0); /* beyond the file: not reachable */
	assert_int_equal(s->card->nic.dma.count, 4);
	assert_int_equal(call(s, VFIO_USER_DMA_UNMAP, &all, sizeof(all)), 0);
	assert_int_equal(c->reply_len, sizeof(all));
	assert_int_equal(s->card->nic.dma.count, 0);
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

static void test_reset_keeps_memory_and_client(void **state)
{
	struct served_card *s = *state;
	struct fake_client *c = &s->client;

	fake_start(c, 1 << 20);
	fake_write(c, &(struct fake_write){0, 0x300, 4, 5});
	assert_int_equal(call(s, VFIO_USER_RESET, NULL, 0), 0);
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
		TEST(test_irq_information),
		TEST(test_unknown_commands),
		TEST(test_short_payloads),
		TEST(test_register_widths),
		TEST(test_accesses_that_fail),
		TEST(test_counts_that_lie),
		TEST(test_config_space),
		TEST(test_interrupts_as_qemu_tcg),
		TEST(test_interrupts_as_qemu_kvm),
		TEST(test_sequence_of_cloud_hypervisor),
		TEST(test_bad_set_irqs),
		TEST(test_trigger_and_boolean_data),
		TEST(test_dma_maps),
		TEST(test_reply_goes_out_before_settle),
		TEST(test_reset_keeps_memory_and_client),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
