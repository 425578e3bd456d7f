/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading and writing MAC addresses. */
#include "daemon/mac.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool mac_parse(const char *text, uint8_t mac[ETH_ADDR_LEN])
{
	if (strlen(text) != MAC_TEXT_SIZE - 1)
		return false;
	for (int i = 0; i < ETH_ADDR_LEN; i++, text += 3) {
		if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]) ||
		    text[2] != (i < ETH_ADDR_LEN - 1 ? ':' : '\0'))
			return false;
		mac[i] = (uint8_t)strtoul(text, NULL, 16);
	}
	return true;
}

void mac_format(const uint8_t mac[ETH_ADDR_LEN], char text[MAC_TEXT_SIZE])
{
	snprintf(text, MAC_TEXT_SIZE, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		 mac[3], mac[4], mac[5]);
}
