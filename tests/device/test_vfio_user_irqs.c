/* SPDX-License-Identifier: BSD-2-Clause */
/* vfio-user: interrupts as QEMU under TCG, under KVM and Cloud Hypervisor use them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "net/base/bytes.h"
#include "tests/support/served_card.h"

#define CONFIG VFIO_USER_REGION_CONFIG

static void test_irq_information(void **state)
{
	struct served_card *s = *state;

	fake_version(&s->client);
	for (uint32_t i = 0; i < 3; i++) {
		struct vfio_user_irq_info irq = {.argsz = 16, .index = i};

		assert_int_equal(
			fake_command(&s->client, VFIO_USER_GET_IRQ_INFO, &irq, sizeof(irq)), 0);
		memcpy(&irq, s->client.reply, sizeof(irq));
		assert_int_equal(irq.count, i < 2 ? 1 : 0); /* the pin, one message, no MSI-X */
		assert_int_equal(irq.flags, i == 0 ? 7 : i == 1 ? 1 : 0);
	}
	for (uint32_t i = 3; i < 6; i++) {
		struct vfio_user_irq_info irq = {.argsz = 16, .index = i};

		assert_int_equal(
			fake_command(&s->client, VFIO_USER_GET_IRQ_INFO, &irq, sizeof(irq)),
			ENOTSUP);
	}
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
	assert_int_equal(fake_command(&s->client, VFIO_USER_RESET, NULL, 0), 0);
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
	assert_int_equal(fake_command(&s->client, VFIO_USER_SET_IRQS, &set, sizeof(set)),
			 0); /* MSI off */
	assert_int_equal(s->card->nic.mem.shared->counters.reg_writes, 0);
}

/* SET_IRQS for MSI, with one eventfd or none. */
static int set_msi(struct fake_client *c, uint32_t flags, uint32_t count, int fd)
{
	const struct vfio_user_set_irqs set = {20, flags, VFIO_USER_IRQ_MSI, 0, count};
	const struct fake_message message = {.command = VFIO_USER_SET_IRQS,
					     .payload = &set,
					     .len = sizeof(set),
					     .fds = &fd,
					     .nfds = fd >= 0};

	return fake_call(c, &message);
}

static unsigned messages(struct fake_client *c, int fd)
{
	uint64_t n = 0;

	fake_settle(c);
	return read(fd, &n, sizeof(n)) == sizeof(n) ? (unsigned)n : 0;
}

/* As QEMU: INTx off, MSI on; each rise of the card's wish is a message; later the way back. */
static void test_msi(void **state)
{
	struct served_card *s = *state;
	struct fake_client *c = &s->client;
	int msi = eventfd(0, EFD_NONBLOCK);

	fake_start(c, 0);
	assert_int_equal(fake_set_irqs(c, 0x21, 0, -1), 0);
	assert_int_equal(set_msi(c, 0x24, 1, msi), 0);
	for (int i = 0; i < 3; i++) {
		fake_write(c, &(struct fake_write){0, TEST_CARD_IRQ, 4, 1});
		assert_int_equal(messages(c, msi), 1);
		fake_write(c, &(struct fake_write){0, TEST_CARD_IRQ, 4, 1});
		assert_int_equal(messages(c, msi), 0); /* there was no rise */
		fake_write(c, &(struct fake_write){0, TEST_CARD_IRQ, 4, 0});
	}
	assert_int_equal(set_msi(c, 0x21, 1, -1), 0); /* loopback test */
	assert_int_equal(messages(c, msi), 1);
	assert_int_equal(set_msi(c, 0x09, 1, -1), EINVAL); /* there are no mask bits */
	assert_int_equal(set_msi(c, 0x24, 1, STDERR_FILENO), EINVAL);
	assert_int_equal(set_msi(c, 0x24, 1, -1), 0); /* taken away while the level is up */
	fake_write(c, &(struct fake_write){0, TEST_CARD_IRQ, 4, 1});
	assert_int_equal(messages(c, msi), 0);
	assert_int_equal(set_msi(c, 0x24, 1, msi), 0);
	assert_int_equal(messages(c, msi), 1);
	assert_int_equal(set_msi(c, 0x21, 0, -1), 0);
	fake_enable_intx(c);
	assert_int_equal(fake_interrupts(c), 1);
	close(msi);
}

static void test_bad_set_irqs(void **state)
{
	static const struct vfio_user_set_irqs bad[] = {
		{20, 0x24, 3, 0, 1},          {20, 0x24, UINT32_MAX, 0, 1},
		{20, 0x21, 3, 0, 0},          {20, 0x24, 1, 1, 1},
		{20, 0x24, 2, 0, 16},         {20, 0x24, 0, 1, 1},
		{20, 0x24, 0, 0, 2},          {20, 0x24, 0, UINT32_MAX, 1},
		{20, 0x24, 0, 1, UINT32_MAX}, {20, 0x21, 0, 0, UINT32_MAX},
		{20, 0x24, 0, 0, 0},          {20, 0x11, 0, 0, 0},
		{20, 0x00, 0, 0, 1},          {20, 0x20, 0, 0, 1},
		{20, 0x01, 0, 0, 1},          {20, 0x27, 0, 0, 1},
		{20, 0x39, 0, 0, 1},          {20, 0x22, 0, 0, 1},
	};
	struct served_card *s = *state;
	int fds[2] = {eventfd(0, 0), eventfd(0, 0)};
	const struct fake_message two = {.command = VFIO_USER_SET_IRQS,
					 .payload = &(struct vfio_user_set_irqs){20, 0x24, 0, 0, 1},
					 .len = 20,
					 .fds = fds,
					 .nfds = 2};

	fake_start(&s->client, 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(
			fake_command(&s->client, VFIO_USER_SET_IRQS, &bad[i], sizeof(bad[i])),
			EINVAL);
	assert_int_equal(fake_call(&s->client, &two), EINVAL);
	close(fds[0]);
	close(fds[1]);
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
		assert_int_equal(
			fake_command(&s->client, VFIO_USER_SET_IRQS, payload, sizeof(payload)), 0);
		assert_int_equal(fake_interrupts(c), yes);
	}
	assert_int_equal(fake_set_irqs(c, 0x24, 1, -1), 0); /* eventfd taken away */
	assert_int_equal(fake_set_irqs(c, 0x21, 1, -1), 0);
	assert_int_equal(fake_interrupts(c), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, served_card_setup, served_card_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_irq_information),
		TEST(test_interrupts_as_qemu_tcg),
		TEST(test_interrupts_as_qemu_kvm),
		TEST(test_sequence_of_cloud_hypervisor),
		TEST(test_msi),
		TEST(test_bad_set_irqs),
		TEST(test_trigger_and_boolean_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
