/* SPDX-License-Identifier: BSD-2-Clause */
/* A user netdev's JSON body to struct user_config and back. */
#pragma once

#include <jansson.h>

#include "net/user/config.h"

struct error;

/**
 * user_body_read() - the whole netdev, with the rules between its members
 * @body:	the netdev; members of a wrong JSON type count as absent, the schema is for those
 * @cfg:	filled
 * @err:	names the member at fault, with QEMU's words where it has some
 *
 * Return: 0 or -EINVAL
 */
int user_body_read(const json_t *body, struct user_config *cfg, struct error *err);

/**
 * user_body_write() - write what was derived back, so that a GET shows it
 * @body:	the netdev; its addresses are set
 * @cfg:	what user_body_read() made of it
 */
void user_body_write(json_t *body, const struct user_config *cfg);
