/* SPDX-License-Identifier: BSD-2-Clause */
/* vfio-user: guest memory that comes, goes, lies at seams, is not shared or is taken away. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "net/base/bytes.h"
#include "tests/support/served_card.h"

#define CONFIG VFIO_USER_REGION_CONFIG

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
	assert_int_equal(fake_command(&s->client, VFIO_USER_DMA_UNMAP, &all, sizeof(all)), 0);
	assert_int_equal(c->reply_len, sizeof(all));
	assert_int_equal(s->card->nic.dma.count, 0);
}

/* A client that takes its memory back: the guest loses it, the server goes on. */
static void test_memory_file_cut(void **state)
{
	struct served_card *s = *state;
	struct fake_client *c = &s->client;

	fake_start(c, 1 << 20);
	assert_int_equal(dma_catch_sigbus(&s->card->nic.dma), 0);
	fake_write(c, &(struct fake_write){0, TEST_CARD_ADDRESS, 8, 0x5000});
	assert_int_equal(ftruncate(c->ram_fd, 0), 0);
	for (int i = 0; i < 3; i++) {
		fake_write(c, &(struct fake_write){0, TEST_CARD_DOORBELL, 4, 7});
		fake_settle(c);
		assert_int_equal(s->card->dma_result, 0);
		assert_int_equal(s->card->nic.dma.faults, 1);
	}
	assert_int_equal(fake_read(c, CONFIG, 0, 4), 0x10f01af4);
	assert_int_equal(dma_catch_sigbus(NULL), 0);
}

/* Memory without descriptors, as without share=on: mapped, but not reachable. */
static void test_memory_not_shared(void **state)
{
	struct served_card *s = *state;
	struct fake_client *c = &s->client;
	const struct vfio_user_dma_map ram = {.flags = 3, .size = 1 << 20};

	fake_start(c, 0);
	assert_int_equal(fake_map(c, &ram, -1), 0);
	fake_write(c, &(struct fake_write){0, TEST_CARD_DOORBELL, 4, 7});
	fake_settle(c);
	assert_int_equal(s->card->dma_result, -EFAULT);
	assert_int_equal(s->card->nic.dma.unreachable, 1);
}

/* A packet buffer over the seam between two windows of the same memory. */
static void test_doorbell_at_a_seam(void **state)
{
	struct served_card *s = *state;
	struct fake_client *c = &s->client;
	const struct vfio_user_dma_map high = {
		.flags = 3, .address = 1 << 20, .size = 0x1000, .offset = 0x3000};

	fake_start(c, 1 << 20);
	assert_int_equal(fake_map(c, &high, c->ram_fd), 0);
	fake_write(c, &(struct fake_write){0, TEST_CARD_ADDRESS, 8, (1 << 20) - 1});
	fake_write(c, &(struct fake_write){0, TEST_CARD_DOORBELL, 4, 0x44332211});
	fake_settle(c);
	assert_int_equal(s->card->dma_result, 0);
	assert_int_equal(c->ram[(1 << 20) - 1], 0x11);
	assert_int_equal(get_le32(c->ram + 0x3000), 0x00443322);
	/* The window goes: the same write does nothing at all. */
	assert_int_equal(fake_unmap(c, 1 << 20, 0x1000), 0);
	fake_write(c, &(struct fake_write){0, TEST_CARD_DOORBELL, 4, 0x88776655});
	fake_settle(c);
	assert_int_equal(s->card->dma_result, -EFAULT);
	assert_int_equal(c->ram[(1 << 20) - 1], 0x11);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, served_card_setup, served_card_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_dma_maps),
		TEST(test_memory_file_cut),
		TEST(test_memory_not_shared),
		TEST(test_doorbell_at_a_seam),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
