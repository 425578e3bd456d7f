/* SPDX-License-Identifier: BSD-2-Clause */
/* Stable MAC addresses from the host's identity, and the rules for those that users give. */
#include "daemon/control/macs.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/control/nics.h"
#include "daemon/control/object.h"
#include "daemon/control/problem.h"

/* QEMU gives this one to the first card of every guest: the likeliest to be there twice. */
static const uint8_t qemu_first[ETH_ADDR_LEN] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};

/**
 * mix() - spread every bit of a number over all of it (the finalizer of splitmix64)
 * @x:		the number
 */
static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

/**
 * hash_text() - a number for a text
 * @hash:	number of what came before
 * @text:	the text
 */
static uint64_t hash_text(uint64_t hash, const char *text)
{
	while (*text)
		hash = mix(hash ^ (unsigned char)*text++) + 0x9e3779b97f4a7c15u;
	return hash;
}

/**
 * host_number() - a number that other hosts do not have: of the machine-id, or else the host name
 */
static uint64_t host_number(void)
{
	static uint64_t number;
	char text[65] = "";
	int fd;

	if (number)
		return number;
	fd = open("/etc/machine-id", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		gethostname(text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	number = hash_text(1, text);
	return number;
}

/**
 * owner_of() - the NIC that has an address
 * @m:		the model
 * @mac:	the address
 *
 * Return: the NIC, or NULL
 */
static const struct object *owner_of(const struct model *m, const uint8_t mac[ETH_ADDR_LEN])
{
	const struct objects *nics = &m->objects[COLLECTION_NICS];

	for (size_t i = 0; i < nics->count; i++) {
		if (memcmp(nic_object_mac(nics->items[i]), mac, ETH_ADDR_LEN) == 0)
			return nics->items[i];
	}
	return NULL;
}

void macs_choose(const struct model *m, const char *id, uint8_t mac[ETH_ADDR_LEN])
{
	uint64_t hash = hash_text(host_number(), id);

	do {
		hash = mix(hash + 1);
		memcpy(mac, qemu_first, 3);
		mac[3] = (uint8_t)(hash >> 16);
		mac[4] = (uint8_t)(hash >> 8);
		mac[5] = (uint8_t)hash;
	} while (memcmp(mac, qemu_first, ETH_ADDR_LEN) == 0 || owner_of(m, mac));
}

/**
 * check() - may a NIC have this address?
 * @m:		the model
 * @text:	what the user wrote
 * @mac:	filled
 * @p:		says why not
 *
 * Return: 0, or -1 with @p set
 */
static int check(const struct model *m, const char *text, uint8_t mac[ETH_ADDR_LEN],
		 struct problem *p)
{
	static const uint8_t zero[ETH_ADDR_LEN];
	const struct object *owner;
	json_t *users;

	if (!mac_parse(text, mac))
		return problem_add(p, "#/mac", "pattern", "invalid syntax for ethernet address");
	if (mac[0] & 1)
		return problem_add(p, "#/mac", "multicast",
				   "NIC cannot have multicast MAC address (odd 1st byte)");
	if (memcmp(mac, zero, ETH_ADDR_LEN) == 0)
		return problem_add(p, "#/mac", "zero", "NIC cannot have MAC address %s", text);
	owner = owner_of(m, mac);
	if (!owner)
		return 0;
	users = json_array();
	json_array_append_new(users, object_path(owner));
	problem_set(p, PROBLEM_EXISTS, "NIC \"%s\" has this MAC address already.", owner->id);
	problem_extra(p, "users", users);
	return problem_add(p, "#/mac", "duplicate", "MAC address %s is that of NIC \"%s\"", text,
			   owner->id);
}

int macs_assign(const struct model *m, struct object *nic, uint8_t mac[ETH_ADDR_LEN],
		struct problem *p)
{
	const char *given = json_string_value(json_object_get(nic->config, "mac"));
	char text[MAC_TEXT_SIZE];

	if (!given)
		macs_choose(m, nic->id, mac);
	else if (check(m, given, mac, p) < 0)
		return -1;
	mac_format(mac, text);
	json_object_set_new(nic->config, "mac", json_string(text));
	return 0;
}
