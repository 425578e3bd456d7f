/* SPDX-License-Identifier: BSD-2-Clause */
/* Configuration space: contents, masks, BARs, power states, a predecessor's state. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "devices/pci/config.h"
#include "net/base/bytes.h"

#define PM 0xdc

static const struct pci_identity id = {.vendor = 0x8086,
				       .device = 0x100e,
				       .revision = 2,
				       .subsystem_vendor = 0x8086,
				       .subsystem = 0x001e,
				       .min_grant = 0xff,
				       .max_latency = 7,
				       .pm_offset = PM};
static const struct pci_bar bars[PCI_BAR_COUNT] = {
	[0] = {PCI_BAR_MEM, 0x20000}, [2] = {PCI_BAR_IO, 64}};

static struct pci_state pci;

static int setup(void **state)
{
	(void)state;
	memset(&pci, 0, sizeof(pci));
	pci_config_reset(&pci, &id, bars);
	return 0;
}

static uint32_t get(uint32_t offset, uint32_t len)
{
	uint8_t raw[4] = {0};

	pci_config_read(&pci, offset, raw, len);
	return get_le32(raw);
}

static unsigned put(uint32_t offset, uint32_t len, uint32_t value)
{
	uint8_t raw[4];

	put_le32(raw, value);
	return pci_config_write(&pci, &id, offset, raw, len);
}

static void test_contents(void **state)
{
	(void)state;
	assert_int_equal(get(0x00, 4), 0x100e8086);
	assert_int_equal(get(0x04, 2), 0);
	assert_int_equal(get(0x06, 2), 0x0230); /* capabilities, 66 MHz, medium DEVSEL */
	assert_int_equal(get(0x08, 4), 0x02000002);
	assert_int_equal(get(0x0e, 1), 0); /* one function, type 0 header */
	assert_int_equal(get(0x10, 4), 0);
	assert_int_equal(get(0x18, 4), 1);
	assert_int_equal(get(0x2c, 4), 0x001e8086);
	assert_int_equal(get(0x30, 4), 0);
	assert_int_equal(get(0x34, 4), PM);
	assert_int_equal(get(0x3c, 4), 0x07ff0100);
	assert_int_equal(get(PM, 4), 0x00220001);
}

static void test_only_writable_bits_change(void **state)
{
	static const struct {
		uint32_t offset;
		uint32_t value;
	} expected[] = {
		{0x00, 0x100e8086}, {0x04, 0x02300557}, {0x08, 0x02000002}, {0x0c, 0x0000ffff},
		{0x10, 0xfffe0000}, {0x14, 0},          {0x18, 0xffffffc1}, {0x1c, 0},
		{0x20, 0},          {0x24, 0},          {0x28, 0},          {0x2c, 0x001e8086},
		{0x30, 0},          {0x34, PM},         {0x38, 0},          {0x3c, 0x07ff01ff},
		{PM, 0x00220001},   {PM + 4, 3},
	};

	(void)state;
	for (uint32_t at = 0; at < PCI_CONFIG_SIZE; at += 4)
		put(at, 4, 0xffffffff);
	for (uint32_t at = 0; at < PCI_CONFIG_SIZE; at += 4) {
		uint32_t want = 0;

		for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
			if (expected[i].offset == at)
				want = expected[i].value;
		}
		assert_int_equal(get(at, 4), want);
	}
	put(0x10, 4, 0xfebc1234);
	assert_int_equal(get(0x10, 4), 0xfebc0000);
	put(0x19, 1, 0xc0);
	assert_int_equal(get(0x18, 4), 0xffffc0c1);
}

static void test_command_events(void **state)
{
	(void)state;
	assert_false(pci_bus_master(&pci, &id));
	assert_int_equal(put(0x04, 2, 0x0004), PCI_EVENT_COMMAND);
	assert_true(pci_bus_master(&pci, &id));
	assert_int_equal(put(0x04, 2, 0x0004), 0);
	assert_false(pci_intx_disabled(&pci));
	assert_int_equal(put(0x05, 1, 0x04), PCI_EVENT_COMMAND);
	assert_true(pci_intx_disabled(&pci));
	assert_true(pci_bus_master(&pci, &id));
	assert_int_equal(put(0x06, 2, 0xffff), 0);
	assert_int_equal(put(0x3c, 1, 11), 0);
	assert_int_equal(get(0x3c, 1), 11);
}

static void test_status_shows_the_pin(void **state)
{
	(void)state;
	pci.intx.level = 1;
	assert_int_equal(get(0x06, 2), 0x0238);
	assert_int_equal(get(0x04, 4), 0x02380000);
	assert_int_equal(get(0x06, 1), 0x38);
	put(0x04, 2, 0x0400); /* the status bit is in front of the disable bit */
	assert_int_equal(get(0x06, 2), 0x0238);
	pci.intx.level = 0;
	assert_int_equal(get(0x06, 2), 0x0230);
}

static void test_power_states(void **state)
{
	(void)state;
	put(0x04, 2, 0x0007);
	assert_int_equal(put(PM + 4, 2, 3), 0);
	assert_int_equal(get(PM + 4, 2), 3);
	assert_false(pci_bus_master(&pci, &id));
	assert_int_equal(put(PM + 4, 2, 1), 0); /* D1: discarded */
	assert_int_equal(get(PM + 4, 2), 3);
	assert_int_equal(put(PM + 4, 2, 0), PCI_EVENT_TO_D0);
	assert_true(pci_bus_master(&pci, &id));
	assert_int_equal(put(PM + 4, 2, 2), 0); /* D2 */
	assert_int_equal(get(PM + 4, 2), 0);
	assert_int_equal(put(PM + 4, 2, 0), 0);
}

static void test_without_power_management(void **state)
{
	struct pci_identity plain = id;
	uint8_t three = 3;

	(void)state;
	plain.pm_offset = 0;
	pci_config_reset(&pci, &plain, bars);
	assert_int_equal(get(0x06, 2), 0x0220);
	assert_int_equal(get(0x34, 1), 0);
	assert_int_equal(pci_config_write(&pci, &plain, 4, &three, 1), PCI_EVENT_COMMAND);
	assert_int_equal(get(0x00, 4), 0x100e8086);
}

static void test_all_capabilities(void **state)
{
	struct pci_identity full = id;
	struct pci_pme pme;

	(void)state;
	full.pcix_offset = 0xe4;
	full.msi_offset = 0xf0;
	full.wakes = true;
	pci_config_reset(&pci, &full, bars);
	assert_int_equal(get(0x34, 1), PM);
	assert_int_equal(get(PM, 4), 0xc822e401);
	assert_int_equal(get(0xe4, 2), 0xf007);
	assert_int_equal(get(0xf0, 4), 0x00800005);
	for (uint32_t at = PM; at < PCI_CONFIG_SIZE; at += 4) {
		uint8_t ones[4] = {0xff, 0xff, 0xff, 0x7f};

		pci_config_write(&pci, &full, at, ones, 4);
	}
	assert_int_equal(get(PM + 4, 2), 0x1f03);
	assert_int_equal(get(0xe6, 2), 0x007f);
	assert_int_equal(get(0xf2, 2), 0x00f1);
	assert_int_equal(get(0xf4, 4), 0x7ffffffc);
	assert_int_equal(get(0xfc, 2), 0xffff);
	pme = pci_pme(&pci, &full);
	assert_true(pme.enabled && !pme.status);
	pme.status = true;
	pci_set_pme(&pci, &full, pme);
	pci_config_wake(&pci, &full, bars); /* PCI PM 1.1, 3.2.4: PME context stays */
	assert_int_equal(get(PM + 4, 2), 0x8100);
	pci_config_write(&pci, &full, PM + 4, (const uint8_t[]){0, 0x80}, 2);
	assert_int_equal(get(PM + 4, 2), 0);
	pci_set_pme(&pci, &id, pme); /* a card that wakes nobody */
	assert_false(pci_pme(&pci, &id).status);
}

static void test_rom(void **state)
{
	(void)state;
	pci_set_rom(&pci, 3000);
	put(0x30, 4, 0xffffffff);
	assert_int_equal(get(0x30, 4), 0);
	pci_set_rom(&pci, 0x10000);
	pci_config_reset(&pci, &id, bars);
	assert_int_equal(get(0x30, 4), 0);
	put(0x30, 4, 0xfffff800);
	assert_int_equal(get(0x30, 4), 0xffff0000);
	put(0x30, 4, 0xfeb00001);
	assert_int_equal(get(0x30, 4), 0xfeb00001);
}

static void test_edges(void **state)
{
	uint8_t all[PCI_CONFIG_SIZE + 8];
	uint8_t raw[8];

	(void)state;
	memset(all, 0xaa, sizeof(all));
	pci_config_read(&pci, 0, all, sizeof(all));
	assert_int_equal(get_le32(all), 0x100e8086);
	for (size_t i = PCI_CONFIG_SIZE; i < sizeof(all); i++)
		assert_int_equal(all[i], 0);
	memset(raw, 0xaa, sizeof(raw));
	pci_config_read(&pci, UINT32_MAX - 3, raw,
			sizeof(raw)); /* does not wrap to the vendor id */
	for (size_t i = 0; i < sizeof(raw); i++)
		assert_int_equal(raw[i], 0);
	memset(raw, 0xff, sizeof(raw));
	pci_config_write(&pci, &id, UINT32_MAX - 3, raw, sizeof(raw));
	pci_config_write(&pci, &id, PCI_CONFIG_SIZE - 2, raw, sizeof(raw));
	assert_int_equal(get(0x04, 2), 0);
}

static void test_adopts_a_predecessors_state(void **state)
{
	struct pci_state good;

	(void)state;
	put(0x04, 2, 0x0507);
	put(0x10, 4, 0xfebc0000);
	put(0x3c, 1, 11);
	pci.intx.level = 1;
	good = pci;
	pci_config_adopt(&pci, &id, bars);
	assert_memory_equal(&pci, &good, sizeof(pci));
	memset(&pci, 0xff, sizeof(pci)); /* hostile */
	pci_config_adopt(&pci, &id, bars);
	assert_int_equal(get(0x00, 4), 0x100e8086);
	assert_int_equal(get(0x04, 4), 0x02380557);
	assert_int_equal(get(0x10, 4), 0xfffe0000);
	assert_int_equal(get(0xc0, 4), 0);
	assert_int_equal(pci.intx.level, 1);
	put(0x00, 4, 0); /* the masks are our own again */
	assert_int_equal(get(0x00, 4), 0x100e8086);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_contents, setup),
		cmocka_unit_test_setup(test_only_writable_bits_change, setup),
		cmocka_unit_test_setup(test_command_events, setup),
		cmocka_unit_test_setup(test_status_shows_the_pin, setup),
		cmocka_unit_test_setup(test_power_states, setup),
		cmocka_unit_test_setup(test_without_power_management, setup),
		cmocka_unit_test_setup(test_all_capabilities, setup),
		cmocka_unit_test_setup(test_rom, setup),
		cmocka_unit_test_setup(test_edges, setup),
		cmocka_unit_test_setup(test_adopts_a_predecessors_state, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
