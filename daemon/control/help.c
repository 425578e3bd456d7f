/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists in QEMU's form, and the register tables. */
#include "daemon/control/help.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "daemon/control/body.h"
#include "daemon/control/options.h"
#include "devices/chip/regs.h"
#include "devices/nic.h"
#include "net/base/bytes.h"
#include "net/base/error.h"

/**
 * print_netdevs() - the list of "-netdev help"
 */
static void print_netdevs(void)
{
	const char *type;
	json_t *ref;

	printf("Available netdev backend types:\n");
	json_object_foreach (body_netdev_types(), type, ref)
		printf("%s\n", type);
}

/**
 * print_models() - the models, one a line
 * @title:	line above them
 */
static void print_models(const char *title)
{
	json_t *model;
	size_t i;

	printf("%s\n", title);
	json_array_foreach (body_nic_models(), i, model)
		printf("%s\n", json_string_value(model));
}

/**
 * print_devices() - the list of "-device help"
 */
static void print_devices(void)
{
	json_t *model;
	size_t i;

	printf("Network devices:\n");
	json_array_foreach (body_nic_models(), i, model) {
		const struct nic_class *class = nic_class(json_string_value(model));

		if (class)
			printf("name \"%s\", bus PCI, desc \"%s\"\n", class->model,
			       class->description);
	}
}

/**
 * print_properties() - the list of "-device MODEL,help"
 * @model:	the model
 */
static void print_properties(const char *model)
{
	printf("%s options:\n"
	       "  id=<str>               - Name of the NIC\n"
	       "  mac=<str>              - Ethernet 6-byte MAC Address, example: "
	       "52:54:00:12:34:57\n"
	       "  netdev=<str>           - ID of a netdev to use as a backend\n"
	       "  link=<str>             - \"up\" or \"down\"\n"
	       "  guest=<str>            - Name of the machine it belongs to\n",
	       model);
}

/**
 * is_help() - is this one of the words that ask for a list?
 * @text:	the word
 */
static bool is_help(const char *text)
{
	return strcmp(text, "help") == 0 || strcmp(text, "?") == 0;
}

/**
 * help_device() - "-device help", "-device MODEL,help"
 * @text:	the option's value
 *
 * Return: true when it asked for something
 */
static bool help_device(const char *text)
{
	const char *comma = strchr(text, ',');
	char model[32];

	if (is_help(text)) {
		print_devices();
		return true;
	}
	if (!comma || !is_help(comma + 1))
		return false;
	snprintf(model, sizeof(model), "%.*s", (int)(comma - text), text);
	if (!nic_class(model))
		return false;
	print_properties(model);
	return true;
}

/**
 * help_nic() - "-nic help", "-nic user,model=help"
 * @text:	the option's value
 *
 * Return: true when it asked for something
 */
static bool help_nic(const char *text)
{
	const char *model = strstr(text, "model=");

	if (is_help(text)) {
		print_netdevs();
		printf("\n");
		print_models("Available NIC models (use -nic model=help for a filtered list):");
		return true;
	}
	if (!model || (model != text && model[-1] != ',') || !is_help(model + 6))
		return false;
	print_models("Available NIC models for this configuration:");
	return true;
}

/**
 * help_netdev() - "-netdev help"
 * @text:	the option's value
 *
 * Return: true when it asked for something
 */
static bool help_netdev(const char *text)
{
	if (!is_help(text) && strcmp(text, "type=help") != 0)
		return false;
	print_netdevs();
	return true;
}

/**
 * help_net() - "-net help", "-net nic,model=help"
 * @text:	the option's value
 *
 * Return: true when it asked for something
 */
static bool help_net(const char *text)
{
	return strncmp(text, "nic,", 4) == 0 ? help_nic(text) : help_netdev(text);
}

bool help_qemu(const struct options *options)
{
	static bool (*const help[])(const char *) = {
		[QEMU_NETDEV] = help_netdev,
		[QEMU_NIC] = help_nic,
		[QEMU_DEVICE] = help_device,
		[QEMU_NET] = help_net,
	};

	for (size_t i = 0; i < options->qemu_count; i++) {
		if (help[options->qemu[i].option](options->qemu[i].text))
			return true;
	}
	return false;
}

/**
 * print_register() - a row of the table
 * @bank:	the bank it is in
 * @reg:	the register
 */
static void print_register(const struct reg_bank *bank, const struct reg *reg)
{
	char name[64], offset[32];
	unsigned n = reg_count(reg);

	snprintf(name, sizeof(name), n > 1 ? "%s[%u]" : "%s", reg->name, n);
	if (n > 1)
		snprintf(offset, sizeof(offset), "0x%05x + %u*i", reg->offset, reg_stride(reg));
	else
		snprintf(offset, sizeof(offset), "0x%05x", reg->offset);
	printf("| %s | %u | `%s` | 0x%08x | 0x%08x | 0x%08x | 0x%08x | %s%s%s%s%s%s%s | %s |\n",
	       offset, reg->width, name, reg_reset_value(bank, reg), reg->writable, reg->w1c,
	       reg->read_clear, reg->flags & REG_WRITE_ONLY ? "write-only " : "",
	       reg->flags & REG_KEEP ? "kept " : "", reg->flags & REG_STICKY ? "sticky " : "",
	       reg->flags & REG_LOCKED ? "locked " : "", reg->flags & REG_LATER ? "later " : "",
	       reg->read ? "read hook " : "", reg->write ? "write hook" : "",
	       reg->section ? reg->section : "");
}

/**
 * print_bank() - the table of a BAR
 * @bank:	its registers
 * @bar:	its number
 */
static void print_bank(const struct reg_bank *bank, int bar)
{
	printf("\n## BAR %d: %s, %u bytes\n\n", bar, bank->name, bank->size);
	printf("| offset | bytes | name | reset | writable | write 1 to clear | cleared by reading "
	       "| "
	       "remarks | datasheet |\n|---|---|---|---|---|---|---|---|---|\n");
	for (unsigned i = 0; i < bank->count; i++) {
		if (reg_present(bank, &bank->regs[i]))
			print_register(bank, &bank->regs[i]);
	}
}

int help_registers(const char *model, struct error *err)
{
	const struct nic_class *class = nic_class(model);

	if (!class)
		return error_set(err, ENOENT,
				 "there is no NIC model \"%s\"; -device help lists them", model);
	printf("# Registers of %s\n\n%s.\n\nMade by `patchbayd --dump-registers %s` from the table "
	       "that the card runs on. A register that is \"kept\" survives a software reset, one "
	       "that is "
	       "\"sticky\" every reset.\n",
	       class->model, class->description, class->model);
	for (int bar = 0; bar < PCI_BAR_COUNT; bar++) {
		bool seen = false;

		for (int before = 0; before < bar; before++)
			seen |= class->banks[before] == class->banks[bar];
		if (class->banks[bar] && !seen)
			print_bank(class->banks[bar], bar);
	}
	return 0;
}
