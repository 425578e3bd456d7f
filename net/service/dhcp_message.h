/* SPDX-License-Identifier: BSD-2-Clause */
/* DHCPv4 messages as bytes: reading a client's, making the server's (RFC 2131, 2132). */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/core/ether.h"
#include "net/service/leases.h"

#define DHCP_SERVER_PORT 67
#define DHCP_CLIENT_PORT 68
#define DHCP_MAX_LEN     1432 /* of a message we make; fits every Ethernet */
#define DHCP_MIN_LEN     300  /* BOOTP's, which old clients insist on */
#define DHCP_FILE_LEN    128

/** enum dhcp_type - option 53 */
enum dhcp_type {
	DHCP_DISCOVER = 1,
	DHCP_OFFER = 2,
	DHCP_REQUEST = 3,
	DHCP_DECLINE = 4,
	DHCP_ACK = 5,
	DHCP_NAK = 6,
	DHCP_RELEASE = 7,
	DHCP_INFORM = 8,
};

/** enum dhcp_option - options that are read or written */
enum dhcp_option {
	OPT_PAD = 0,
	OPT_MASK = 1,
	OPT_ROUTER = 3,
	OPT_DNS = 6,
	OPT_NAME = 12,
	OPT_DOMAIN = 15,
	OPT_MTU = 26,
	OPT_BROADCAST = 28,
	OPT_NTP = 42,
	OPT_REQUESTED = 50,
	OPT_LEASE_TIME = 51,
	OPT_TYPE = 53,
	OPT_SERVER = 54,
	OPT_PARAMETERS = 55,
	OPT_MAX_SIZE = 57,
	OPT_T1 = 58,
	OPT_T2 = 59,
	OPT_CLIENT_ID = 61,
	OPT_TFTP = 66,
	OPT_BOOTFILE = 67,
	OPT_SEARCH = 119,
	OPT_ROUTES = 121,
	OPT_END = 255,
};

/**
 * struct dhcp_request - a client's message, checked
 * @type:	what it wants
 * @xid:	its transaction, as in memory
 * @secs:	as in memory
 * @flags:	as in memory
 * @broadcast:	it can't take unicast yet
 * @ciaddr:	address that it has
 * @mac:	its hardware address
 * @requested:	option 50, or 0
 * @server:	option 54, or 0
 * @name:	option 12, made printable; "" when there is none
 * @has_name:	option 12 was there
 * @max_size:	option 57: longest message it takes, IP and UDP headers included
 * @wants:	options of its parameter list, all when it has none
 * @client_id:	option 61, points into the message
 * @client_id_len: its length, 0 when there is none
 */
struct dhcp_request {
	enum dhcp_type type;
	uint32_t xid;
	uint16_t secs;
	uint16_t flags;
	bool broadcast;
	struct in_addr ciaddr;
	uint8_t mac[ETH_ADDR_LEN];
	struct in_addr requested;
	struct in_addr server;
	char name[LEASE_NAME_SIZE];
	bool has_name;
	uint16_t max_size;
	bool wants[256];
	const uint8_t *client_id;
	uint8_t client_id_len;
};

/**
 * dhcp_read() - take a client's message apart
 * @data:	the message
 * @len:	its length
 * @req:	filled
 *
 * Return: false when it is no DHCP message of a client on an Ethernet
 */
bool dhcp_read(const uint8_t *data, uint32_t len, struct dhcp_request *req);

/**
 * struct dhcp_reply - a message that is being made
 * @bytes:	the message so far
 * @len:	its length
 * @max:	longest that the client takes
 */
struct dhcp_reply {
	uint8_t bytes[DHCP_MAX_LEN];
	uint32_t len;
	uint32_t max;
};

/**
 * dhcp_begin() - begin an answer
 * @r:		the answer
 * @req:	what is answered
 * @type:	DHCP_OFFER, DHCP_ACK or DHCP_NAK
 * @yiaddr:	the client's address, or 0
 */
void dhcp_begin(struct dhcp_reply *r, const struct dhcp_request *req, enum dhcp_type type,
		struct in_addr yiaddr);

/**
 * dhcp_set_boot() - fields that old boot ROMs look at instead of options
 * @r:		the answer
 * @next:	the boot server, or 0
 * @file:	the boot file, or ""; left out when it is too long for the field
 */
void dhcp_set_boot(struct dhcp_reply *r, struct in_addr next, const char *file);

/**
 * dhcp_put() - add an option
 * @r:		the answer
 * @option:	its number
 * @data:	its bytes
 * @len:	their number; over 255 it is split (RFC 3396); 0: nothing is added
 *
 * Return: false when there is no room: then nothing was added
 */
bool dhcp_put(struct dhcp_reply *r, enum dhcp_option option, const void *data, size_t len);

/**
 * dhcp_put32() - add an option that is one 32-bit number
 * @r:		the answer
 * @option:	its number
 * @value:	host byte order
 */
void dhcp_put32(struct dhcp_reply *r, enum dhcp_option option, uint32_t value);

/**
 * dhcp_finish() - end the options, fill up to the least length
 * @r:		the answer
 */
void dhcp_finish(struct dhcp_reply *r);

/**
 * dhcp_encode_name() - a domain name as DNS has it: labels with their lengths, a zero at the end
 * @name:	"lab.example", a final dot is allowed
 * @out:	filled
 * @max:	room in it
 *
 * Return: its length, or 0 when it is no domain name or too long
 */
size_t dhcp_encode_name(const char *name, uint8_t *out, size_t max);
