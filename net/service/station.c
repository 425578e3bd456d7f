/* SPDX-License-Identifier: BSD-2-Clause */
/* ARP, ping and UDP of a host on a network. */
#include "net/service/station.h"

#include <string.h>

#include "net/base/bytes.h"
#include "net/core/checksum.h"

#define QUEUE_BYTES        (128u << 10)
#define QUEUE_FRAMES       64
#define ARP_LEN            28
#define ARP_REQUEST        1
#define ARP_REPLY          2
#define ICMP_LEN           8
#define ICMP_ECHO          8
#define ICMP_ECHO_REPLY    0
#define IPV4_FRAGMENT_BITS 0x3fff
#define HOP_LIMIT          64

/**
 * struct frame_view - the frame that is looked at
 * @eth:	the frame
 * @len:	its length
 * @l3:		what is behind the Ethernet header
 * @l3_len:	its length; with IP, what the header says, without padding
 * @l4:		what is behind the IP header
 * @l4_len:	its length
 * @unsummed:	its transport checksum is not complete, and need not be looked at
 */
struct frame_view {
	uint8_t *eth;
	uint32_t len;
	uint8_t *l3;
	uint32_t l3_len;
	uint8_t *l4;
	uint32_t l4_len;
	bool unsummed;
};

/** enum outcome - what became of a frame */
enum outcome {
	TAKEN,
	NOT_FOR_US,
	NOT_SERVED,
	MALFORMED,
};

/** on_sending() - the next turn of the loop */
static void on_sending(struct loop_timer *timer)
{
	struct station *s = container_of(timer, struct station, sending);
	struct packet p;

	while (packet_queue_peek(&s->output, &p)) {
		if (port_send(&s->port, &p, 1) == 0)
			return; /* ready() goes on */
		packet_queue_pop(&s->output);
	}
}

/**
 * emit() - send the frame in @s->out soon
 * @s:		the station
 * @len:	its length
 */
static void emit(struct station *s, uint32_t len)
{
	struct packet p;
	struct iovec iov;

	if (len < ETH_MIN_LEN) {
		memset(s->out + len, 0, ETH_MIN_LEN - len);
		len = ETH_MIN_LEN;
	}
	packet_from_buffer(&p, &iov, s->out, len);
	if (!packet_queue_push(&s->output, &p))
		port_drop(&s->port, DROP_QUEUE_FULL);
	else if (!loop_timer_running(&s->sending))
		loop_timer_set(s->loop, &s->sending, 0);
}

/**
 * put_eth() - the Ethernet header of an answer
 * @s:		the station
 * @dst:	where it goes
 * @type:	Ethernet type
 *
 * Return: what is behind it
 */
static uint8_t *put_eth(struct station *s, const uint8_t *dst, uint16_t type)
{
	memcpy(s->out, dst, ETH_ADDR_LEN);
	memcpy(s->out + ETH_ADDR_LEN, s->mac, ETH_ADDR_LEN);
	put_be16(s->out + ETH_TYPE_OFFSET, type);
	return s->out + ETH_HEADER_LEN;
}

/**
 * put_ipv4() - an IPv4 header from the station
 * @s:		the station
 * @ip:		where to
 * @dst:	destination address
 * @protocol:	what is behind it
 * @len:	length of that
 *
 * Return: what is behind it
 */
static uint8_t *put_ipv4(const struct station *s, uint8_t *ip, const void *dst, uint8_t protocol,
			 uint32_t len)
{
	uint16_t sum;

	memset(ip, 0, IPV4_MIN_HEADER_LEN);
	ip[0] = 0x45;
	put_be16(ip + 2, (uint16_t)(IPV4_MIN_HEADER_LEN + len));
	ip[8] = HOP_LIMIT;
	ip[9] = protocol;
	memcpy(ip + 12, &s->address, 4);
	memcpy(ip + 16, dst, 4);
	sum = (uint16_t)~checksum_fold(checksum_add(0, ip, IPV4_MIN_HEADER_LEN));
	memcpy(ip + 10, &sum, sizeof(sum));
	return ip + IPV4_MIN_HEADER_LEN;
}

/**
 * put_ipv6() - an IPv6 header
 * @ip:		where to
 * @d:		has the addresses
 * @len:	length of the UDP datagram behind it
 *
 * Return: what is behind it
 */
static uint8_t *put_ipv6(uint8_t *ip, const struct datagram *d, uint32_t len)
{
	memset(ip, 0, IPV6_HEADER_LEN);
	ip[0] = 0x60;
	put_be16(ip + 4, (uint16_t)len);
	ip[6] = IP_PROTO_UDP;
	ip[7] = HOP_LIMIT;
	memcpy(ip + 8, &d->src, 16);
	memcpy(ip + 24, &d->dst, 16);
	return ip + IPV6_HEADER_LEN;
}

void station_send(struct station *s, const struct datagram *d)
{
	uint32_t len = UDP_HEADER_LEN + d->len;
	uint8_t *ip = put_eth(s, d->mac, d->v6 ? ETH_TYPE_IPV6 : ETH_TYPE_IPV4);
	uint8_t *udp;
	uint16_t sum;

	if (d->len > STATION_MAX_DATA) {
		port_drop(&s->port, DROP_TOO_LONG);
		return;
	}
	udp = d->v6 ? put_ipv6(ip, d, len) : put_ipv4(s, ip, &d->dst, IP_PROTO_UDP, len);
	put_be16(udp, d->sport);
	put_be16(udp + 2, d->dport);
	put_be16(udp + 4, (uint16_t)len);
	put_be16(udp + 6, 0);
	memcpy(udp + UDP_HEADER_LEN, d->data, d->len);
	sum = (uint16_t)~checksum_fold(
		checksum_add(checksum_pseudo(ip, IP_PROTO_UDP, len), udp, len));
	sum = sum ? sum : 0xffff;
	memcpy(udp + 6, &sum, sizeof(sum));
	emit(s, (uint32_t)(udp - s->out) + len);
}

/**
 * take_arp() - answer who asks for the station's address
 * @s:		the station
 * @f:		the frame
 */
static enum outcome take_arp(struct station *s, const struct frame_view *f)
{
	static const uint8_t fixed[] = {0, 1, 8, 0, 6, 4}; /* Ethernet, IPv4, their lengths */
	const uint8_t *in = f->l3;
	uint8_t *out;

	if (f->l3_len < ARP_LEN || memcmp(in, fixed, sizeof(fixed)) != 0)
		return MALFORMED;
	if (get_be16(in + 6) != ARP_REQUEST || memcmp(in + 24, &s->address, 4) != 0)
		return NOT_FOR_US;
	out = put_eth(s, f->eth + ETH_ADDR_LEN, ETH_TYPE_ARP);
	memcpy(out, fixed, sizeof(fixed));
	put_be16(out + 6, ARP_REPLY);
	memcpy(out + 8, s->mac, ETH_ADDR_LEN);
	memcpy(out + 14, &s->address, 4);
	memcpy(out + 18, in + 8, ETH_ADDR_LEN + 4);
	emit(s, ETH_HEADER_LEN + ARP_LEN);
	return TAKEN;
}

/**
 * take_icmp() - answer a ping
 * @s:		the station
 * @f:		the frame, IPv4
 */
static enum outcome take_icmp(struct station *s, const struct frame_view *f)
{
	const uint8_t *ip = f->l3;
	uint8_t *out;

	if (memcmp(ip + 16, &s->address, 4) != 0)
		return NOT_FOR_US;
	if (f->l4_len < ICMP_LEN || checksum_fold(checksum_add(0, f->l4, f->l4_len)) != 0xffff)
		return MALFORMED;
	if (f->l4[0] != ICMP_ECHO || f->l4[1] != 0)
		return NOT_SERVED;
	out = put_eth(s, f->eth + ETH_ADDR_LEN, ETH_TYPE_IPV4);
	out = put_ipv4(s, out, ip + 12, IP_PROTO_ICMP, f->l4_len);
	memcpy(out, f->l4, f->l4_len);
	out[0] = ICMP_ECHO_REPLY;
	/* RFC 1624: only the type changed, from 8 to 0. */
	checksum_replace16(out + 2, htobe16(ICMP_ECHO << 8), htobe16(ICMP_ECHO_REPLY << 8));
	emit(s, (uint32_t)(out - s->out) + f->l4_len);
	return TAKEN;
}

/**
 * take_udp() - hand a datagram to the service
 * @s:		the station
 * @f:		the frame
 * @v6:		over IPv6
 */
static enum outcome take_udp(struct station *s, const struct frame_view *f, bool v6)
{
	struct datagram d = {.v6 = v6};
	const uint8_t *udp = f->l4;
	uint32_t len;

	if (f->l4_len < UDP_HEADER_LEN)
		return MALFORMED;
	len = get_be16(udp + 4);
	if (len < UDP_HEADER_LEN || len > f->l4_len || (v6 && get_be16(udp + 6) == 0))
		return MALFORMED;
	if (!f->unsummed && get_be16(udp + 6) != 0 &&
	    checksum_fold(checksum_add(checksum_pseudo(f->l3, IP_PROTO_UDP, len), udp, len)) !=
		    0xffff)
		return MALFORMED;
	memcpy(d.mac, f->eth + ETH_ADDR_LEN, ETH_ADDR_LEN);
	memcpy(&d.src, f->l3 + (v6 ? 8 : 12), v6 ? 16 : 4);
	memcpy(&d.dst, f->l3 + (v6 ? 24 : 16), v6 ? 16 : 4);
	d.sport = get_be16(udp);
	d.dport = get_be16(udp + 2);
	d.data = udp + UDP_HEADER_LEN;
	d.len = len - UDP_HEADER_LEN;
	return s->ops->datagram(s, &d) ? TAKEN : NOT_SERVED;
}

/**
 * take_ipv4() - an IPv4 packet
 * @s:		the station
 * @f:		the frame
 */
static enum outcome take_ipv4(struct station *s, struct frame_view *f)
{
	const uint8_t *ip = f->l3;
	uint32_t header;

	if (f->l3_len < IPV4_MIN_HEADER_LEN || ip[0] >> 4 != 4)
		return MALFORMED;
	header = (ip[0] & 15) * 4u;
	if (header < IPV4_MIN_HEADER_LEN || get_be16(ip + 2) < header ||
	    get_be16(ip + 2) > f->l3_len || checksum_fold(checksum_add(0, ip, header)) != 0xffff)
		return MALFORMED;
	if (get_be16(ip + 6) & IPV4_FRAGMENT_BITS)
		return NOT_SERVED;
	f->l3_len = get_be16(ip + 2);
	f->l4 = f->l3 + header;
	f->l4_len = f->l3_len - header;
	if (ip[9] == IP_PROTO_ICMP)
		return take_icmp(s, f);
	return ip[9] == IP_PROTO_UDP ? take_udp(s, f, false) : NOT_SERVED;
}

/**
 * take_ipv6() - an IPv6 packet
 * @s:		the station
 * @f:		the frame
 */
static enum outcome take_ipv6(struct station *s, struct frame_view *f)
{
	const uint8_t *ip = f->l3;

	if (f->l3_len < IPV6_HEADER_LEN || ip[0] >> 4 != 6 ||
	    get_be16(ip + 4) > f->l3_len - IPV6_HEADER_LEN)
		return MALFORMED;
	f->l4 = f->l3 + IPV6_HEADER_LEN;
	f->l4_len = get_be16(ip + 4);
	return ip[6] == IP_PROTO_UDP ? take_udp(s, f, true) : NOT_SERVED;
}

/**
 * take() - one packet
 * @s:		the station
 * @p:		the packet
 */
static void take(struct station *s, const struct packet *p)
{
	struct frame_view f = {.eth = s->in, .unsummed = p->offload.needs_csum};
	bool ours, group;
	enum outcome outcome = NOT_SERVED;

	f.len = packet_copy(p, 0, s->in, sizeof(s->in));
	if (f.len < ETH_HEADER_LEN)
		return;
	ours = memcmp(f.eth, s->mac, ETH_ADDR_LEN) == 0;
	group = eth_is_multicast(f.eth);
	if (!ours && !group)
		return; /* flooded by a switch that did not know better */
	f.l3 = f.eth + ETH_HEADER_LEN;
	f.l3_len = f.len - ETH_HEADER_LEN;
	if (p->len > f.len || p->vlan)
		outcome = NOT_SERVED;
	else if (get_be16(f.eth + ETH_TYPE_OFFSET) == ETH_TYPE_ARP)
		outcome = take_arp(s, &f);
	else if (get_be16(f.eth + ETH_TYPE_OFFSET) == ETH_TYPE_IPV4)
		outcome = take_ipv4(s, &f);
	else if (get_be16(f.eth + ETH_TYPE_OFFSET) == ETH_TYPE_IPV6)
		outcome = take_ipv6(s, &f);
	if (outcome == MALFORMED)
		port_drop(&s->port, DROP_MALFORMED);
	else if (outcome == NOT_SERVED && ours)
		port_drop(&s->port, DROP_NOT_SERVED);
}

/** station_receive() - port_ops.receive */
static int station_receive(struct port *port, const struct packet *packets, int n)
{
	struct station *s = container_of(port, struct station, port);

	for (int i = 0; i < n; i++)
		take(s, &packets[i]);
	return n;
}

/** station_ready() - port_ops.ready */
static void station_ready(struct port *port)
{
	struct station *s = container_of(port, struct station, port);

	if (!loop_timer_running(&s->sending))
		loop_timer_set(s->loop, &s->sending, 0);
}

static const struct port_ops port_ops = {.receive = station_receive, .ready = station_ready};

int station_init(struct station *s, struct loop *loop, const struct station_ops *ops,
		 struct port_stats *stats)
{
	/* It takes everything whole, and drops what is not for it: the cheapest for all. */
	port_init(&s->port, &port_ops,
		  PORT_CAP_CSUM | PORT_CAP_TSO4 | PORT_CAP_TSO6 | PORT_CAP_VLAN, stats);
	s->ops = ops;
	s->loop = loop;
	s->sending.callback = on_sending;
	return packet_queue_init(&s->output, QUEUE_BYTES, QUEUE_FRAMES);
}

void station_done(struct station *s)
{
	if (!s->loop)
		return;
	port_disconnect(&s->port);
	loop_timer_cancel(&s->sending);
	packet_queue_done(&s->output);
	s->loop = NULL;
}
