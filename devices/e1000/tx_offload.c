/* SPDX-License-Identifier: BSD-2-Clause */
/* Transmit offloads: the card's checksum and segmentation fields become the packet's. */
#include "devices/e1000/e1000.h"

#include "net/core/checksum.h"
#include "net/core/segment.h"

/*
 * Theory of operation
 *
 * What the guest asks for in the way every driver asks (TCP over IPv4 or IPv6, offsets that agree
 * with the headers) becomes a packet with offload members: it travels whole, and is cut or summed
 * only where somebody needs it (packet.h). Anything else the SDM allows (odd offsets, UDP
 * segmentation, ranges that end early) is done here by the letter, on a linear copy.
 */

#define MAX_SEGMENTS       2048 /* frames a segmentation send; 65535 bytes of 32 */
#define TCP_CSUM_OFFSET    16
#define UDP_CSUM_OFFSET    6
#define IPV4_FRAGMENT_BITS 0x3fff
#define MAX_PLAIN_FRAME    16288 /* SDM 3.3.3 */

/** emit() - hand a packet to the wire or, in loopback, to the receiver; false: the peer is full */
static bool emit(struct e1000 *e, const struct packet *p)
{
	uint32_t count = segment_count(p);
	uint32_t first = count > 1 ? p->offload.hdr_len + p->offload.gso_size : p->len;

	if (link_loopback(e))
		rx_loopback(e, p);
	else if (port_send(&e->nic.port, p, 1) == 0)
		return false;
	if (count > 1) /* all but the last are equal */
		stats_sent(e, packet_head(p), first, count - 1);
	stats_sent(e, packet_head(p), p->len - (count - 1) * (count > 1 ? p->offload.gso_size : 0),
		   1);
	intr_frames(e, count);
	return true;
}

/** store_sum() - complement a sum and store it */
static void store_sum(uint8_t *field, uint64_t sum, bool udp)
{
	uint16_t value = (uint16_t)~checksum_fold(sum);

	if (value == 0 && udp)
		value = 0xffff; /* RFC 768: 0 means "no checksum" */
	memcpy(field, &value, sizeof(value));
}

/**
 * struct csum_range - where a checksum is taken from and stored
 * @start:	first byte
 * @end:	last byte, 0: end of the frame
 * @field:	where it is stored
 * @udp:	never store 0
 */
struct csum_range {
	uint32_t start;
	uint32_t end;
	uint32_t field;
	bool udp;
};

/** insert_sum() - compute a checksum in a linear frame; ranges outside of it are left alone */
static void insert_sum(uint8_t *frame, uint32_t len, struct csum_range r)
{
	uint32_t end = r.end ? r.end + 1 : len;

	if (end > len || r.start >= end || r.field + 2 > len)
		return;
	store_sum(frame + r.field, checksum_add(0, frame + r.start, end - r.start), r.udp);
}

/** insert_sums() - all checksums that a frame asks for, in a linear frame (SDM 3.5) */
static void insert_sums(const struct tx_frame *f, uint8_t *frame, uint32_t len)
{
	const struct e1000_context *c = &f->context;

	if (f->ic)
		insert_sum(frame, len, (struct csum_range){.start = f->css, .field = f->cso});
	if (f->txsm)
		insert_sum(frame, len, (struct csum_range){c->tucss, c->tucse, c->tucso, !c->tcp});
	if (f->ixsm)
		insert_sum(frame, len, (struct csum_range){c->ipcss, c->ipcse, c->ipcso, false});
}

/** view() - the frame as a packet without offload work */
static struct packet view(const struct tx_frame *f)
{
	return (struct packet){.iov = f->iov,
			       .iovcnt = f->iovcnt,
			       .len = f->len,
			       .vlan = f->vlan,
			       .vlan_tci = f->vlan_tci};
}

/** send_linear() - send bytes of @e->linear as one frame */
static bool send_linear(struct e1000 *e, const struct tx_frame *f, uint32_t len)
{
	struct packet p;
	struct iovec iov;

	packet_from_buffer(&p, &iov, e->linear, len);
	p.vlan = f->vlan;
	p.vlan_tci = f->vlan_tci;
	return emit(e, &p);
}

/** send_by_the_letter() - checksums on a linear copy, whatever the offsets are */
static bool send_by_the_letter(struct e1000 *e, const struct tx_frame *f)
{
	struct packet p = view(f);
	uint32_t len = packet_copy(&p, 0, e->linear, f->len);

	insert_sums(f, e->linear, len);
	return send_linear(e, f, len);
}

/** delegate_sum() - leave a checksum to a later stage; false when the packet can't say it */
static bool delegate_sum(struct packet *p, uint32_t start, uint32_t field)
{
	if (field < start || field + 2 > packet_head_len(p) || start >= p->len)
		return false;
	p->offload.needs_csum = true;
	p->offload.csum_start = (uint16_t)start;
	p->offload.csum_offset = (uint16_t)(field - start);
	return true;
}

/** send_plain() - a frame that is not to be cut */
static bool send_plain(struct e1000 *e, struct tx_frame *f)
{
	const struct e1000_context *c = &f->context;
	struct packet p = view(f);
	uint32_t head = packet_head_len(&p);

	if (f->len > MAX_PLAIN_FRAME) {
		port_drop(&e->nic.port, DROP_TOO_LONG);
		return true;
	}
	if (f->ixsm && (c->ipcse == 0 || c->ipcse >= head))
		return send_by_the_letter(e, f);
	if (f->txsm && (c->tucse || !delegate_sum(&p, c->tucss, c->tucso)))
		return send_by_the_letter(e, f);
	if (f->ic && !delegate_sum(&p, f->css, f->cso))
		return send_by_the_letter(e, f);
	if (f->ixsm)
		insert_sum(f->head, head, (struct csum_range){c->ipcss, c->ipcse, c->ipcso, false});
	return emit(e, &p);
}

/** l3_offset() - where IP begins, if the Ethernet type is @type */
static uint32_t l3_offset(const struct tx_frame *f, uint16_t type)
{
	uint32_t at = ETH_TYPE_OFFSET;

	if (get_be16(f->head + at) == ETH_TYPE_VLAN)
		at += ETH_VLAN_LEN;
	return get_be16(f->head + at) == type ? at + 2 : 0;
}

/** is_plain_ipv4() - IPv4 header without fragments that ends where the TCP header begins? */
static bool is_plain_ipv4(const struct tx_frame *f, uint32_t l3, uint32_t l4)
{
	const uint8_t *ip = f->head + l3;

	return l4 >= l3 + IPV4_MIN_HEADER_LEN && ip[0] >> 4 == 4 && (ip[0] & 15) * 4u == l4 - l3 &&
	       ip[9] == IP_PROTO_TCP && !(get_be16(ip + 6) & IPV4_FRAGMENT_BITS);
}

/** is_plain_ipv6() - IPv6 header with TCP right behind it? */
static bool is_plain_ipv6(const struct tx_frame *f, uint32_t l3, uint32_t l4)
{
	const uint8_t *ip = f->head + l3;

	return l4 == l3 + IPV6_HEADER_LEN && ip[0] >> 4 == 6 && ip[6] == IP_PROTO_TCP;
}

/** tso_is_plain() - do a segmentation send's fields agree with its headers? */
static bool tso_is_plain(const struct tx_frame *f)
{
	const struct e1000_context *c = &f->context;
	uint32_t l3 = l3_offset(f, c->ipv4 ? ETH_TYPE_IPV4 : ETH_TYPE_IPV6);

	if (!c->tcp || !f->txsm || !l3 || c->ipcss != l3 ||
	    c->tucso != c->tucss + TCP_CSUM_OFFSET || c->tucse ||
	    c->hdrlen < c->tucss + TCP_MIN_HEADER_LEN || f->len - l3 > 65535)
		return false;
	if (c->ipv4 ? !f->ixsm || !is_plain_ipv4(f, l3, c->tucss) : !is_plain_ipv6(f, l3, c->tucss))
		return false;
	return (f->head[c->tucss + 12] >> 4) * 4u == (uint32_t)c->hdrlen - c->tucss;
}

/** normalise() - the headers of a whole send as packet.h wants them: lengths, IP sum, TCP seed */
static void normalise(struct tx_frame *f)
{
	const struct e1000_context *c = &f->context;
	uint8_t *ip = f->head + c->ipcss;
	uint8_t *field = f->head + c->tucso;
	uint32_t l4_len = f->len - c->tucss;
	uint16_t seed;

	if (c->ipv4) {
		put_be16(ip + 2, (uint16_t)(f->len - c->ipcss));
		memset(ip + 10, 0, 2);
		store_sum(ip + 10, checksum_add(0, ip, c->tucss - c->ipcss), false);
	} else {
		put_be16(ip + 4, (uint16_t)l4_len);
	}
	seed = checksum_fold(checksum_pseudo(ip, IP_PROTO_TCP, l4_len));
	memcpy(field, &seed, sizeof(seed));
}

/** send_gso() - a segmentation send as one packet */
static bool send_gso(struct e1000 *e, struct tx_frame *f)
{
	const struct e1000_context *c = &f->context;
	struct packet p;

	normalise(f);
	p = view(f);
	p.offload = (struct offload){
		.needs_csum = true, .csum_start = c->tucss, .csum_offset = TCP_CSUM_OFFSET};
	if (f->len - c->hdrlen > c->mss) {
		p.offload.gso_type = c->ipv4 ? GSO_TCPV4 : GSO_TCPV6;
		p.offload.gso_size = c->mss;
		p.offload.hdr_len = c->hdrlen;
	}
	return emit(e, &p);
}

/** patch_ip() - lengths and id of segment @k in the linear frame (SDM 3.5.6) */
static void patch_ip(struct e1000 *e, const struct e1000_context *c, uint32_t len, uint32_t k)
{
	uint8_t *ip = e->linear + c->ipcss;

	if ((uint32_t)c->ipcss + 6 > c->hdrlen)
		return;
	if (c->ipv4) {
		put_be16(ip + 2, (uint16_t)(len - c->ipcss));
		put_be16(ip + 4, (uint16_t)(get_be16(ip + 4) + k));
	} else {
		/* QUIRK: the SDM forgets the fixed header's 40 bytes; the wire wants them off. */
		put_be16(ip + 4, (uint16_t)(len - c->ipcss - IPV6_HEADER_LEN));
	}
}

/** patch_l4() - sequence number and flags, or UDP length, and the length in the checksum seed */
static void patch_l4(struct e1000 *e, const struct e1000_context *c, uint32_t len, uint32_t k,
		     bool last)
{
	uint8_t *l4 = e->linear + c->tucss;
	uint32_t header = c->tcp ? TCP_MIN_HEADER_LEN : UDP_HEADER_LEN;
	uint16_t seed;

	if (c->tucss + header > c->hdrlen)
		return;
	if (c->tcp) {
		put_be32(l4 + 4, get_be32(l4 + 4) + k * c->mss);
		if (!last)
			l4[13] &= (uint8_t) ~(TCP_FIN | TCP_PSH);
	} else {
		put_be16(l4 + 4, (uint16_t)(len - c->tucss));
	}
	if ((uint32_t)c->tucso + 2 > c->hdrlen)
		return;
	memcpy(&seed, e->linear + c->tucso, sizeof(seed));
	seed = checksum_fold(checksum_add16(seed, (uint16_t)(len - c->tucss)));
	memcpy(e->linear + c->tucso, &seed, sizeof(seed));
}

/** segment_by_the_letter() - cut a send by its context alone, whatever its headers are (SDM 3.5) */
static void segment_by_the_letter(struct e1000 *e, const struct tx_frame *f)
{
	const struct e1000_context *c = &f->context;
	struct packet p = view(f);
	uint32_t payload = f->len - c->hdrlen;
	uint32_t count = (payload + c->mss - 1) / c->mss;

	for (uint32_t k = 0; k < count; k++) {
		uint32_t n = MIN(payload - k * c->mss, (uint32_t)c->mss);
		uint32_t len = c->hdrlen + n;

		packet_copy(&p, 0, e->linear, c->hdrlen);
		packet_copy(&p, c->hdrlen + k * c->mss, e->linear + c->hdrlen, n);
		patch_ip(e, c, len, k);
		patch_l4(e, c, len, k, k + 1 == count);
		insert_sums(f, e->linear, len);
		if (!send_linear(e, f, len)) {
			port_drop(&e->nic.port, DROP_BACKPRESSURE);
			return;
		}
	}
}

/** send_tso() - a segmentation send */
static bool send_tso(struct e1000 *e, struct tx_frame *f)
{
	const struct e1000_context *c = &f->context;

	if (c->mss == 0 || c->hdrlen < ETH_HEADER_LEN || f->len <= c->hdrlen ||
	    (f->len - c->hdrlen) / c->mss >= MAX_SEGMENTS) {
		stats_add(e, E1000_TSCTFC, 1);
		port_drop(&e->nic.port, DROP_BAD_OFFLOAD);
		return true;
	}
	if (!tso_is_plain(f))
		segment_by_the_letter(e, f);
	else if (!send_gso(e, f))
		return false;
	stats_add(e, f->len - c->hdrlen == c->paylen ? E1000_TSCTC : E1000_TSCTFC, 1);
	return true;
}

bool tx_send(struct e1000 *e, struct tx_frame *f)
{
	f->vlan = f->vlan && (e1000_get(e, E1000_CTRL) & CTRL_VME); /* SDM 3.3.3, VLE */
	if (f->tse)
		return send_tso(e, f);
	if (f->len < ETH_MIN_LEN && (e1000_get(e, E1000_TCTL) & TCTL_PSP)) {
		memset(f->head + f->len, 0, ETH_MIN_LEN - f->len);
		f->len = ETH_MIN_LEN;
		f->iov[0].iov_len = ETH_MIN_LEN;
	}
	return send_plain(e, f);
}
