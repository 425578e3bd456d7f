/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of the command line: what -net shares with -netdev and -nic. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "daemon/control/model.h"

struct error;
struct options;

/**
 * cmdline_check_netdev() - what QEMU wants of every netdev, in its order
 * @body:	the body
 * @need_id:	an id must be there
 * @err:	says what is wrong
 *
 * Return: 0 or -EINVAL
 */
int cmdline_check_netdev(const json_t *body, bool need_id, struct error *err);

/**
 * cmdline_submit_netdev() - make a netdev
 * @model:	where it goes
 * @body:	its body; the reference is taken
 * @err:	says why not
 *
 * Return: new reference to the object, or NULL
 */
json_t *cmdline_submit_netdev(struct model *model, json_t *body, struct error *err);

/**
 * cmdline_submit_nic() - make a NIC
 * @model:	where it goes
 * @body:	its body; the reference is taken
 * @device:	explain as -device does, else as -nic
 * @err:	says why not
 *
 * Return: 0 or -errno
 */
int cmdline_submit_nic(struct model *model, json_t *body, bool device, struct error *err);

/**
 * cmdline_apply_net() - make what all -net ask for
 * @options:	the command line
 * @collection:	COLLECTION_NETDEVS: what they join to each other; COLLECTION_NICS: the NICs on
 *		netdevs that have a name
 * @model:	where they go
 *
 * Return: 0, or -1 when something could not be made; that is printed
 */
int cmdline_apply_net(const struct options *options, enum collection collection,
		      struct model *model);
