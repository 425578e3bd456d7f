/* SPDX-License-Identifier: BSD-2-Clause */
/* A DHCP client for tests: makes its messages and reads answers, by RFC 2131 and by itself. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLIENT_ROOM 1514

/**
 * struct client_message - what a client sends; zero members are left out
 * @mac:	its address
 * @type:	option 53
 * @xid:	transaction
 * @broadcast:	flag
 * @ciaddr:	"10.0.2.15" or NULL
 * @requested:	option 50 or NULL
 * @server:	option 54 or NULL
 * @extra:	more options, as bytes
 * @extra_len:	their length
 */
struct client_message {
	const uint8_t *mac;
	uint8_t type;
	uint32_t xid;
	bool broadcast;
	const char *ciaddr;
	const char *requested;
	const char *server;
	const void *extra;
	size_t extra_len;
};

/**
 * client_frame() - a client's message as a frame, broadcast
 * @frame:	room for CLIENT_ROOM bytes
 * @m:		the message
 *
 * Return: its length
 */
uint32_t client_frame(uint8_t *frame, const struct client_message *m);

/**
 * struct server_message - what a server sent
 * @valid:	checksums and lengths are right, and it is from port 67 to port 68
 * @type:	option 53
 * @xid:	transaction
 * @eth_dst:	where the frame went
 * @ip_dst:	where the packet went
 * @yiaddr:	the client's address
 * @siaddr:	the boot server
 * @file:	the boot file field
 * @option:	bytes of each option, joined (RFC 3396)
 * @option_len:	their number
 * @has:	the option is there
 * @len:	length of the message
 */
struct server_message {
	bool valid;
	uint8_t type;
	uint32_t xid;
	uint8_t eth_dst[6];
	char ip_dst[16];
	char yiaddr[16];
	char siaddr[16];
	char file[129];
	uint8_t option[256][1024];
	size_t option_len[256];
	bool has[256];
	uint32_t len;
};

/**
 * client_read() - read a server's frame
 * @frame:	the frame
 * @len:	its length
 * @m:		filled
 */
void client_read(const uint8_t *frame, uint32_t len, struct server_message *m);
