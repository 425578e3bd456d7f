/* SPDX-License-Identifier: BSD-2-Clause */
/* The card: its memfd, its cable, its reset, its way to guest memory. */
#include <errno.h>
#include <fcntl.h>
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
#include "net/base/loop.h"
#include "tests/support/test_card.h"

static const uint8_t mac[ETH_ADDR_LEN] = {0x52, 0x54, 0, 9, 8, 7};
static struct loop *loop;
static int64_t now_ns;

static int64_t clock_ns(void *context)
{
	(void)context;
	return now_ns;
}

/* Lets time pass. */
static void pass(int64_t ns)
{
	now_ns += ns;
	loop_turn(loop, 0);
}

static int setup(void **state)
{
	(void)state;
	loop = loop_new();
	now_ns = 1;
	loop_set_clock(loop, clock_ns, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	loop_free(loop);
	return 0;
}

static int peer_receive(struct port *port, const struct packet *packets, int n)
{
	(void)port;
	(void)packets;
	return n;
}

static const struct port_ops peer_ops = {.receive = peer_receive};

static void test_memory_layout(void **state)
{
	struct error err = {0};
	struct nic_memory mem = {0};
	int fd = nic_memory_create(&test_card_class, &err);
	uint8_t *base;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(ftruncate(fd, 1 << 30), -1);
	assert_int_equal(nic_memory_map(&mem, fd, &err), 0);
	base = mem.base;
	assert_ptr_equal(mem.shared, base);
	assert_int_equal(((uint8_t *)mem.pci - base) % NIC_SHARED_SIZE, 0);
	assert_int_equal(((uint8_t *)mem.vfio_user - base) % NIC_SHARED_SIZE, 0);
	assert_int_equal(((uint8_t *)mem.chip - base) % NIC_SHARED_SIZE, 0);
	assert_true((uint8_t *)mem.pci - base >= (ptrdiff_t)sizeof(struct nic_shared));
	assert_true((uint8_t *)mem.chip + test_card_class.state_size <= base + mem.size);
	nic_memory_unmap(&mem);
	nic_memory_unmap(&mem);
	close(fd);
}

/* A memfd that is not one of ours is refused in words. */
static void test_foreign_memory(void **state)
{
	struct nic_memory mem = {0};
	struct error err = {0};
	int fd = nic_memory_create(&test_card_class, &err);
	int plain = memfd_create("plain", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	const uint32_t bad = 0x0badcafe;
	off_t size = lseek(fd, 0, SEEK_END);

	(void)state;
	assert_int_equal(nic_memory_map(&mem, STDIN_FILENO, &err), -EINVAL);
	assert_int_equal(ftruncate(plain, size), 0);
	assert_int_equal(nic_memory_map(&mem, plain, &err), -EINVAL);
	assert_non_null(strstr(err.message, "sealed"));
	assert_int_equal(fcntl(plain, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW), 0);
	assert_int_equal(nic_memory_map(&mem, plain, &err), -EINVAL);
	assert_non_null(strstr(err.message, "layout"));
	close(plain);
	assert_int_equal(pwrite(fd, &bad, sizeof(bad), 4), sizeof(bad)); /* another version */
	assert_int_equal(nic_memory_map(&mem, fd, &err), -EINVAL);
	assert_null(mem.base);
	assert_null(nic_new(&test_card_class, loop, fd, mac, &err));
	close(fd);
	plain = memfd_create("short", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_int_equal(ftruncate(plain, 4096), 0);
	assert_int_equal(fcntl(plain, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW), 0);
	assert_int_equal(nic_memory_map(&mem, plain, &err), -EINVAL);
	assert_non_null(strstr(err.message, "4096 bytes"));
	close(plain);
}

static void test_state_outlives_the_card(void **state)
{
	static const uint8_t command[2] = {0x07, 0x04};
	struct error err = {0};
	int fd = nic_memory_create(&test_card_class, &err);
	struct nic *nic = nic_new(&test_card_class, loop, fd, mac, &err);

	(void)state;
	assert_non_null(nic);
	assert_memory_equal(nic->mac, mac, sizeof(mac));
	assert_false(nic_bus_master(nic));
	pci_config_write(nic->mem.pci, &nic->class->identity, 4, command, sizeof(command));
	nic->class->bar_write(nic, 0, 0x100, 4, 0xfeedf00d);
	nic_free(nic);
	nic = nic_new(&test_card_class, loop, fd, mac, &err);
	assert_true(nic_bus_master(nic));
	assert_true(nic->intx.disabled);
	assert_int_equal(nic->class->bar_read(nic, 0, 0x100, 4), 0xfeedf00d);
	nic_reset(nic);
	assert_false(nic_bus_master(nic));
	assert_false(nic->intx.disabled);
	assert_int_equal(nic->class->bar_read(nic, 0, 0x100, 4), 0);
	nic_free(nic);
	nic_free(NULL);
	close(fd);
}

/* What a crashed predecessor left is hostile: a card starts on any bytes. */
static void test_garbage_state(void **state)
{
	struct error err = {0};
	struct nic_memory mem = {0};
	int fd = nic_memory_create(&test_card_class, &err);
	struct nic *nic;

	(void)state;
	assert_int_equal(nic_memory_map(&mem, fd, &err), 0);
	memset(mem.pci, 0xff, mem.size - (size_t)((uint8_t *)mem.pci - (uint8_t *)mem.base));
	mem.shared->used = 1;
	put_le16(mem.pci->config, test_card_class.identity.vendor);
	nic_memory_unmap(&mem);
	nic = nic_new(&test_card_class, loop, fd, mac, &err);
	assert_non_null(nic);
	assert_int_equal(get_le16(nic->mem.pci->config + 2), test_card_class.identity.device);
	assert_int_equal(nic->mem.pci->intx.level, 1);
	nic_free(nic);
	close(fd);
}

/* A busy guest looks at its link now and then: it must find it down once. */
static void test_moved_cable_is_seen(void **state)
{
	struct test_card *card = test_card_new(loop);
	struct port peer;

	(void)state;
	port_init(&peer, &peer_ops, 0, NULL);
	port_connect(&card->nic.port, &peer);
	port_disconnect(&peer);
	port_connect(&card->nic.port, &peer);
	assert_false(nic_cable(&card->nic));
	assert_true(port_connected(&peer));
	pass(NIC_REPLUG_NS - 1);
	assert_false(nic_cable(&card->nic));
	pass(1);
	assert_true(nic_cable(&card->nic));
	assert_int_equal(card->cables, 3);
	nic_free(&card->nic);
}

static void test_cable(void **state)
{
	struct test_card *card = test_card_new(loop);
	struct nic *nic = &card->nic;
	struct port peer;

	(void)state;
	port_init(&peer, &peer_ops, 0, NULL);
	assert_false(nic_cable(nic));
	port_connect(&nic->port, &peer);
	assert_true(nic_cable(nic));
	assert_true(card->cable);
	nic_set_link(nic, true);
	assert_int_equal(card->cables, 1); /* nothing changed, nothing told */
	nic_set_link(nic, false);
	assert_false(card->cable);
	assert_false(port_connected(&peer));
	port_set_link(&peer, false);
	nic_set_link(nic, true);
	assert_false(nic_cable(nic));
	assert_int_equal(card->cables, 2);
	pass(NIC_REPLUG_NS);
	port_set_link(&peer, true);
	assert_int_equal(card->cables, 3);
	assert_true(card->cable);
	port_disconnect(&peer);
	assert_int_equal(card->cables, 4);
	assert_false(nic_cable(nic));
	pass(NIC_REPLUG_NS);
	port_connect(&peer, &nic->port);
	assert_true(card->cable);
	port_disconnect(&peer);
	nic_free(nic);
	assert_null(peer.peer);
}

static void test_dma_needs_bus_mastering(void **state)
{
	static const uint8_t on = 4, off = 0, d3 = 3;
	struct nic *nic = &test_card_new(loop)->nic;
	const struct pci_identity *id = &nic->class->identity;
	struct dma_range range = {.address = 0x1000, .len = 4, .access = DMA_FROM_GUEST};
	uint8_t ram[64] = {1, 2, 3, 4};
	struct iovec iov[1];
	uint8_t buf[4];

	(void)state;
	assert_int_equal(dma_map_host(&nic->dma, 0x1000, ram, sizeof(ram)), 0);
	for (int i = 0; i < 2; i++) {
		memset(buf, 0xee, sizeof(buf));
		assert_int_equal(nic_dma_read(nic, 0x1000, buf, 4), -EFAULT);
		assert_int_equal(get_le32(buf), 0);
		assert_int_equal(nic_dma_write(nic, 0x1000, buf, 4), -EFAULT);
		assert_int_equal(nic_dma_iov(nic, &range, iov, 1), -EFAULT);
		assert_int_equal(ram[0], 1);
		pci_config_write(nic->mem.pci, id, 4, &on, 1);
		assert_int_equal(nic_dma_read(nic, 0x1000, buf, 4), 0);
		assert_memory_equal(buf, ram, 4);
		assert_int_equal(nic_dma_write(nic, 0x1008, buf, 4), 0);
		assert_memory_equal(ram + 8, ram, 4);
		assert_int_equal(nic_dma_iov(nic, &range, iov, 1), 1);
		if (i == 0)
			pci_config_write(nic->mem.pci, id, 4, &off, 1);
	}
	pci_config_write(nic->mem.pci, id, TEST_CARD_PM + 4, &d3, 1);
	assert_int_equal(nic_dma_read(nic, 0x1000, buf, 4), -EFAULT);
	nic_free(nic);
}

static int failing_start(struct nic *nic, struct error *err)
{
	(void)nic;
	return error_set(err, ENODEV, "The chip does not start.");
}

static int stops;

static void count_stop(struct nic *nic)
{
	(void)nic;
	stops++;
}

static void test_start_and_stop(void **state)
{
	struct nic_class class = test_card_class;
	struct error err = {0};
	int fd = nic_memory_create(&class, &err);

	(void)state;
	class.stop = count_stop;
	nic_free(nic_new(&class, loop, fd, mac, &err));
	assert_int_equal(stops, 1);
	class.start = failing_start;
	assert_null(nic_new(&class, loop, fd, mac, &err));
	assert_string_equal(err.message, "The chip does not start.");
	assert_int_equal(stops, 1);
	close(fd);
}

static void test_models(void **state)
{
	(void)state;
	assert_null(nic_class("no-such-model"));
	assert_null(nic_class(""));
	assert_string_equal(nic_class("e1000")->model, "e1000");
	assert_string_equal(nic_class("rtl8139")->model, "rtl8139");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_memory_layout, setup, teardown),
		cmocka_unit_test_setup_teardown(test_foreign_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_state_outlives_the_card, setup, teardown),
		cmocka_unit_test_setup_teardown(test_garbage_state, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cable, setup, teardown),
		cmocka_unit_test_setup_teardown(test_moved_cable_is_seen, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dma_needs_bus_mastering, setup, teardown),
		cmocka_unit_test_setup_teardown(test_start_and_stop, setup, teardown),
		cmocka_unit_test_setup_teardown(test_models, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
