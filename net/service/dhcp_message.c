/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of DHCPv4. */
#include "net/service/dhcp_message.h"

#include <string.h>

#include "net/base/bytes.h"

#define BOOTREQUEST  1
#define BOOTREPLY    2
#define HTYPE_ETHER  1
#define FLAG_BCAST   0x8000
#define COOKIE       0x63825363u
#define AT_XID       4
#define AT_SECS      8
#define AT_FLAGS     10
#define AT_CIADDR    12
#define AT_YIADDR    16
#define AT_SIADDR    20
#define AT_GIADDR    24
#define AT_CHADDR    28
#define AT_FILE      108
#define AT_COOKIE    236
#define AT_OPTIONS   240
#define UDP_OVERHEAD 28  /* IPv4 and UDP headers, which option 57 counts */
#define LEAST_SIZE   576 /* every client takes messages of so many bytes, headers included */
#define LABEL_MAX    63
#define ENCODED_MAX  255

/**
 * keep_name() - a host name as text that can be shown anywhere
 * @req:	the request
 * @data:	the option
 * @len:	its length
 */
static void keep_name(struct dhcp_request *req, const uint8_t *data, uint8_t len)
{
	size_t n = 0;

	while (n < len && n + 1 < sizeof(req->name) && data[n] != '\0') {
		bool printable = data[n] >= ' ' && data[n] <= '~';

		req->name[n] = printable ? (char)data[n] : '?';
		n++;
	}
	req->name[n] = '\0';
	req->has_name = true;
}

/**
 * keep_parameters() - the options that a client asks for
 * @req:	the request
 * @data:	the option
 * @len:	its length
 */
static void keep_parameters(struct dhcp_request *req, const uint8_t *data, uint8_t len)
{
	memset(req->wants, 0, sizeof(req->wants));
	for (uint8_t i = 0; i < len; i++)
		req->wants[data[i]] = true;
}

/**
 * keep_option() - one option of a client; those of a wrong length do not count
 * @req:	the request
 * @option:	its number
 * @data:	its bytes
 * @len:	their number
 */
static void keep_option(struct dhcp_request *req, uint8_t option, const uint8_t *data, uint8_t len)
{
	switch (option) {
	case OPT_TYPE:
		req->type = len == 1 ? data[0] : 0;
		break;
	case OPT_REQUESTED:
		if (len == 4)
			memcpy(&req->requested, data, 4);
		break;
	case OPT_SERVER:
		if (len == 4)
			memcpy(&req->server, data, 4);
		break;
	case OPT_MAX_SIZE:
		if (len == 2)
			req->max_size = MAX(get_be16(data), LEAST_SIZE);
		break;
	case OPT_NAME:
		keep_name(req, data, len);
		break;
	case OPT_PARAMETERS:
		keep_parameters(req, data, len);
		break;
	case OPT_CLIENT_ID:
		req->client_id = data;
		req->client_id_len = len;
		break;
	default:
		break;
	}
}

/**
 * read_options() - all options of a message
 * @req:	the request
 * @data:	the options
 * @len:	their length
 *
 * Return: false when one reaches beyond the message
 */
static bool read_options(struct dhcp_request *req, const uint8_t *data, uint32_t len)
{
	uint32_t at = 0;

	while (at < len && data[at] != OPT_END) {
		if (data[at] == OPT_PAD) {
			at++;
			continue;
		}
		if (len - at < 2 || len - at - 2 < data[at + 1])
			return false;
		keep_option(req, data[at], data + at + 2, data[at + 1]);
		at += 2u + data[at + 1];
	}
	return true;
}

bool dhcp_read(const uint8_t *data, uint32_t len, struct dhcp_request *req)
{
	if (len < AT_OPTIONS || data[0] != BOOTREQUEST || data[1] != HTYPE_ETHER ||
	    data[2] != ETH_ADDR_LEN || get_be32(data + AT_COOKIE) != COOKIE ||
	    get_be32(data + AT_GIADDR) != 0)
		return false;
	*req = (struct dhcp_request){.max_size = LEAST_SIZE};
	memset(req->wants, true, sizeof(req->wants));
	memcpy(&req->xid, data + AT_XID, 4);
	memcpy(&req->secs, data + AT_SECS, 2);
	memcpy(&req->flags, data + AT_FLAGS, 2);
	req->broadcast = get_be16(data + AT_FLAGS) & FLAG_BCAST;
	memcpy(&req->ciaddr, data + AT_CIADDR, 4);
	memcpy(req->mac, data + AT_CHADDR, ETH_ADDR_LEN);
	return read_options(req, data + AT_OPTIONS, len - AT_OPTIONS) && req->type != 0;
}

void dhcp_begin(struct dhcp_reply *r, const struct dhcp_request *req, enum dhcp_type type,
		struct in_addr yiaddr)
{
	const uint8_t value = (uint8_t)type;

	memset(r->bytes, 0, AT_OPTIONS);
	r->bytes[0] = BOOTREPLY;
	r->bytes[1] = HTYPE_ETHER;
	r->bytes[2] = ETH_ADDR_LEN;
	memcpy(r->bytes + AT_XID, &req->xid, 4);
	memcpy(r->bytes + AT_FLAGS, &req->flags, 2);
	if (type == DHCP_ACK)
		memcpy(r->bytes + AT_CIADDR, &req->ciaddr, 4);
	memcpy(r->bytes + AT_YIADDR, &yiaddr, 4);
	memcpy(r->bytes + AT_CHADDR, req->mac, ETH_ADDR_LEN);
	put_be32(r->bytes + AT_COOKIE, COOKIE);
	r->len = AT_OPTIONS;
	r->max = MIN((uint32_t)req->max_size - UDP_OVERHEAD, DHCP_MAX_LEN);
	dhcp_put(r, OPT_TYPE, &value, 1);
}

void dhcp_set_boot(struct dhcp_reply *r, struct in_addr next, const char *file)
{
	memcpy(r->bytes + AT_SIADDR, &next, 4);
	if (strlen(file) < DHCP_FILE_LEN)
		memcpy(r->bytes + AT_FILE, file, strlen(file));
}

bool dhcp_put(struct dhcp_reply *r, enum dhcp_option option, const void *data, size_t len)
{
	const uint8_t *from = data;
	size_t pieces = (len + 254) / 255;

	if (r->len + len + 2 * pieces + 1 > r->max) /* 1 for the end */
		return false;
	while (len > 0) {
		uint8_t n = (uint8_t)MIN(len, 255);

		r->bytes[r->len++] = (uint8_t)option;
		r->bytes[r->len++] = n;
		memcpy(r->bytes + r->len, from, n);
		r->len += n;
		from += n;
		len -= n;
	}
	return true;
}

void dhcp_put32(struct dhcp_reply *r, enum dhcp_option option, uint32_t value)
{
	uint8_t bytes[4];

	put_be32(bytes, value);
	dhcp_put(r, option, bytes, sizeof(bytes));
}

void dhcp_finish(struct dhcp_reply *r)
{
	r->bytes[r->len++] = OPT_END;
	while (r->len < DHCP_MIN_LEN)
		r->bytes[r->len++] = OPT_PAD;
}

size_t dhcp_encode_name(const char *name, uint8_t *out, size_t max)
{
	size_t at = 0;

	max = MIN(max, ENCODED_MAX);
	while (*name) {
		size_t n = strcspn(name, ".");

		if (n == 0 || n > LABEL_MAX || at + n + 2 > max)
			return 0;
		out[at++] = (uint8_t)n;
		memcpy(out + at, name, n);
		at += n;
		name += n;
		name += *name == '.';
	}
	if (at == 0)
		return 0;
	out[at++] = 0;
	return at;
}
