/* SPDX-License-Identifier: BSD-2-Clause */
/* NICs, as control has them: a worker, a page of counters, a netdev. */
#pragma once

#include <jansson.h>
#include <stdint.h>

struct model;
struct nic_object;
struct nic_shared;
struct object;
struct site;

/**
 * nic_object_of() - the NIC behind an object
 * @object:	a NIC's object
 */
struct nic_object *nic_object_of(const struct object *object);

/**
 * nic_object_base() - what a NIC has in common with all objects
 * @nic:	the NIC
 */
struct object *nic_object_base(struct nic_object *nic);

/**
 * nic_object_mac() - its MAC address
 * @object:	a NIC's object
 */
const uint8_t *nic_object_mac(const struct object *object);

/**
 * nic_object_shared() - the page that its worker counts in; nothing in it is to be trusted
 * @nic:	the NIC
 */
const struct nic_shared *nic_object_shared(const struct nic_object *nic);

/**
 * nic_object_unplug() - pull the cable: the NIC has no netdev afterwards
 * @m:		the model
 * @nic:	a NIC with a netdev
 */
void nic_object_unplug(struct model *m, struct nic_object *nic);

/**
 * nic_object_site() - where ports are forwarded to this NIC's guest
 * @nic:	the NIC
 */
const struct site *nic_object_site(const struct nic_object *nic);

/**
 * nic_object_stack() - the user netdev that runs in its worker
 * @nic:	the NIC
 *
 * Return: the netdev's body, or NULL when there is none
 */
const json_t *nic_object_stack(const struct nic_object *nic);
