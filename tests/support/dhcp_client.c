/* SPDX-License-Identifier: BSD-2-Clause */
/* DHCP as a client speaks it. */
#include "tests/support/dhcp_client.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/frames.h"

#define BOOTP_LEN 240

/** put_option() - one option */
static size_t put_option(uint8_t *to, uint8_t option, const void *data, uint8_t len)
{
	to[0] = option;
	to[1] = len;
	memcpy(to + 2, data, len);
	return 2u + len;
}

/** put_address() - an option that is an address, if there is one */
static size_t put_address(uint8_t *to, uint8_t option, const char *text)
{
	struct in_addr a;

	if (!text)
		return 0;
	inet_pton(AF_INET, text, &a);
	return put_option(to, option, &a, 4);
}

uint32_t client_frame(uint8_t *frame, const struct client_message *m)
{
	uint8_t message[1400] = {1, 1, 6, 0};
	size_t len = BOOTP_LEN;
	struct frame_spec spec = {.src = m->ciaddr ? m->ciaddr : "0.0.0.0",
				  .dst = "255.255.255.255",
				  .protocol = 17,
				  .sport = 68,
				  .dport = 67,
				  .data = message};

	memcpy(message + 4, &m->xid, 4);
	message[10] = m->broadcast ? 0x80 : 0;
	if (m->ciaddr)
		inet_pton(AF_INET, m->ciaddr, message + 12);
	memcpy(message + 28, m->mac, 6);
	memcpy(message + 236, "\x63\x82\x53\x63", 4);
	len += put_option(message + len, 53, &m->type, 1);
	len += put_address(message + len, 50, m->requested);
	len += put_address(message + len, 54, m->server);
	if (m->extra_len)
		memcpy(message + len, m->extra, m->extra_len);
	len += m->extra_len;
	message[len++] = 255;
	spec.len = len;
	len = frame_make(frame, &spec);
	memset(frame, 0xff, 6);
	memcpy(frame + 6, m->mac, 6);
	return (uint32_t)len;
}

/** read_options() - all options of a message */
static void read_options(const uint8_t *p, const uint8_t *end, struct server_message *m)
{
	while (p < end && *p != 255) {
		uint8_t option = *p++;
		size_t *len = &m->option_len[option];

		if (option == 0)
			continue;
		if (p >= end || p + 1 + *p > end) {
			m->valid = false;
			return;
		}
		memcpy(m->option[option] + *len, p + 1, *p);
		*len += *p;
		m->has[option] = true;
		p += 1 + *p;
	}
	m->valid &= p < end;
}

void client_read(const uint8_t *frame, uint32_t len, struct server_message *m)
{
	const uint8_t *ip = frame + 14, *udp = ip + 20, *message = udp + 8;

	memset(m, 0, sizeof(*m));
	if (len < 14 + 28 + BOOTP_LEN || ip[0] != 0x45 || ip[9] != 17)
		return;
	m->len = (uint32_t)(udp[4] << 8 | udp[5]) - 8;
	m->valid = frame_sums_ok(frame) && udp[0] == 0 && udp[1] == 67 && udp[2] == 0 &&
		   udp[3] == 68 && 14 + 28 + m->len == len && message[0] == 2;
	memcpy(m->eth_dst, frame, 6);
	memcpy(&m->xid, message + 4, 4);
	inet_ntop(AF_INET, ip + 16, m->ip_dst, sizeof(m->ip_dst));
	inet_ntop(AF_INET, message + 16, m->yiaddr, sizeof(m->yiaddr));
	inet_ntop(AF_INET, message + 20, m->siaddr, sizeof(m->siaddr));
	snprintf(m->file, sizeof(m->file), "%.128s", (const char *)message + 108);
	m->valid &= memcmp(message + 236, "\x63\x82\x53\x63", 4) == 0;
	read_options(message + BOOTP_LEN, message + m->len, m);
	m->type = m->option[53][0];
}
