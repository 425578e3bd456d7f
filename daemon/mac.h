/* SPDX-License-Identifier: BSD-2-Clause */
/* MAC addresses as text. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "net/core/ether.h"

#define MAC_TEXT_SIZE 18

/**
 * mac_parse() - "52:54:00:12:34:57" to bytes
 * @text:	the text, in either case
 * @mac:	filled
 *
 * Return: false when it is anything else
 */
bool mac_parse(const char *text, uint8_t mac[ETH_ADDR_LEN]);

/**
 * mac_format() - bytes to text, lower case
 * @mac:	the address
 * @text:	filled
 */
void mac_format(const uint8_t mac[ETH_ADDR_LEN], char text[MAC_TEXT_SIZE]);
