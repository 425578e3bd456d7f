/* SPDX-License-Identifier: BSD-2-Clause */
/* Receive: from packets to the guest's buffers (SDM 3.2). */
#include "devices/e1000/e1000.h"

#include "net/core/checksum.h"
#include "net/core/segment.h"

#define MAX_FRAME        1522  /* with FCS and tag; RCTL.LPE lifts it (SDM 13.4.22) */
#define MAX_LONG_FRAME   16384 /* with FCS */
#define IP_FRAGMENT_BITS 0x3fff

/**
 * struct rx_frame - a frame about to be placed
 * @packet:	the frame; checksums complete
 * @v:		what the filter said
 * @status:	status byte but for DD and EOP
 * @errors:	error byte
 * @special:	VLAN tag
 * @csum:	packet checksum from RXCSUM.PCSS on
 */
struct rx_frame {
	const struct packet *packet;
	const struct rx_verdict *v;
	uint8_t status;
	uint8_t errors;
	uint16_t special;
	uint16_t csum;
};

/** ring_count() - receive descriptors in the ring */
static uint32_t ring_count(const struct e1000 *e)
{
	return e1000_get(e, E1000_RDLEN) / DESC_SIZE;
}

/** free_descriptors() - receive descriptors between RDH and RDT */
static uint32_t free_descriptors(const struct e1000 *e)
{
	uint32_t count = ring_count(e);
	uint32_t head = e1000_get(e, E1000_RDH);
	uint32_t tail = e1000_get(e, E1000_RDT);

	if (count == 0 || head >= count)
		return 0;
	/* A tail beyond the ring means "all up to its end": one OS/2 driver writes it so. */
	tail = MIN(tail, count);
	return tail >= head ? tail - head : count - head + tail;
}

/** buffer_size() - RCTL.BSIZE and BSEX in bytes (SDM 13.4.22) */
static uint32_t buffer_size(const struct e1000 *e)
{
	uint32_t rctl = e1000_get(e, E1000_RCTL);
	uint32_t code = (rctl >> 16) & 3;

	if ((rctl & RCTL_BSEX) && code != 0)
		return 32768u >> code;
	return 2048u >> code;
}

/** enabled() - does the receiver take frames now? */
static bool enabled(const struct e1000 *e)
{
	return (e1000_get(e, E1000_RCTL) & RCTL_EN) && (link_is_up(e) || link_loopback(e));
}

/** ip_checksum_bad() - is the checksum of an IPv4 header wrong? */
static bool ip_checksum_bad(const uint8_t *ip, uint32_t ihl)
{
	return checksum_fold(checksum_add(0, ip, ihl)) != 0xffff;
}

/**
 * l4_checksum() - TCPCS and TCPE of a frame
 * @f:		the frame
 * @l3:		offset of the IP header
 * @l4:		offset of the TCP or UDP header
 * @protocol:	IP protocol
 * @end:	offset behind the IP datagram
 */
static void l4_checksum(struct rx_frame *f, uint32_t l3, uint32_t l4, uint8_t protocol,
			uint32_t end)
{
	const struct packet *p = f->packet;
	const uint8_t *head = packet_head(p);
	uint64_t sum;

	if (protocol == IP_PROTO_UDP) {
		if (l4 + UDP_HEADER_LEN > end || get_be16(head + l4 + 6) == 0)
			return; /* UDP without checksum: nothing to say */
	} else if (protocol != IP_PROTO_TCP || l4 + TCP_MIN_HEADER_LEN > end) {
		return;
	}
	f->status |= RXD_STA_TCPCS;
	if (p->offload.csum_valid)
		return;
	sum = checksum_pseudo(head + l3, protocol, end - l4);
	if (checksum_fold(checksum_packet(sum, p, l4, end - l4)) != 0xffff)
		f->errors |= RXD_ERR_TCPE;
}

/** check_ipv4() - IPCS/IPE and TCPCS/TCPE of an IPv4 frame, as RXCSUM asks */
static void check_ipv4(struct e1000 *e, struct rx_frame *f, uint32_t l3)
{
	const uint8_t *ip = packet_head(f->packet) + l3;
	uint32_t rxcsum = e1000_get(e, E1000_RXCSUM);
	uint32_t ihl = (ip[0] & 15) * 4;
	uint32_t total = get_be16(ip + 2);

	if (ip[0] >> 4 != 4 || ihl < IPV4_MIN_HEADER_LEN || total < ihl ||
	    l3 + total > f->packet->len ||
	    l3 + ihl + TCP_MIN_HEADER_LEN > packet_head_len(f->packet))
		return;
	if (rxcsum & RXCSUM_IPOFL) {
		f->status |= RXD_STA_IPCS;
		if (ip_checksum_bad(ip, ihl))
			f->errors |= RXD_ERR_IPE;
	}
	if ((rxcsum & RXCSUM_TUOFL) && !(get_be16(ip + 6) & IP_FRAGMENT_BITS))
		l4_checksum(f, l3, l3 + ihl, ip[9], l3 + total);
}

/** check_ipv6() - TCPCS/TCPE of an IPv6 frame without extension headers */
static void check_ipv6(struct e1000 *e, struct rx_frame *f, uint32_t l3)
{
	const uint8_t *ip = packet_head(f->packet) + l3;
	uint32_t l4 = l3 + IPV6_HEADER_LEN;
	uint32_t end;

	if (l4 + TCP_MIN_HEADER_LEN > packet_head_len(f->packet))
		return;
	end = l4 + get_be16(ip + 4);
	if (ip[0] >> 4 == 6 && end <= f->packet->len && (e1000_get(e, E1000_RXCSUM) & RXCSUM_TUOFL))
		l4_checksum(f, l3, l4, ip[6], end);
}

/** offload_status() - checksum bits of the status; IXSM when nothing was checked (SDM 3.2.9) */
static void offload_status(struct e1000 *e, struct rx_frame *f)
{
	const uint8_t *head = packet_head(f->packet);
	uint32_t type_at = ETH_TYPE_OFFSET;
	uint16_t type = get_be16(head + type_at);

	if (type == ETH_TYPE_VLAN && packet_head_len(f->packet) >= ETH_HEADER_LEN + ETH_VLAN_LEN) {
		type_at += ETH_VLAN_LEN;
		type = get_be16(head + type_at);
	}
	if (packet_head_len(f->packet) >= type_at + 2 + IPV4_MIN_HEADER_LEN) {
		if (type == ETH_TYPE_IPV4)
			check_ipv4(e, f, type_at + 2);
		else if (type == ETH_TYPE_IPV6)
			check_ipv6(e, f, type_at + 2);
	}
	if (!(f->status & (RXD_STA_IPCS | RXD_STA_TCPCS)))
		f->status |= RXD_STA_IXSM;
}

/**
 * strip_tag() - take a tag that lies in the frame out of it (CTRL.VME, SDM 9.2)
 * @e:		the card
 * @p:		the frame; iov[0] is private to the card and may be changed
 * @iov:	its first piece
 *
 * Return: true when @p->vlan_tci holds the tag
 */
static bool strip_tag(const struct e1000 *e, struct packet *p, struct iovec *iov)
{
	uint8_t *head = iov->iov_base;

	if (p->vlan || iov->iov_len < ETH_HEADER_LEN + ETH_VLAN_LEN ||
	    get_be16(head + ETH_TYPE_OFFSET) != e1000_get(e, E1000_VET))
		return p->vlan;
	p->vlan_tci = get_be16(head + ETH_HEADER_LEN);
	memmove(head + ETH_VLAN_LEN, head, ETH_TYPE_OFFSET);
	iov->iov_base = head + ETH_VLAN_LEN;
	iov->iov_len -= ETH_VLAN_LEN;
	p->len -= ETH_VLAN_LEN;
	return true;
}

/** write_back() - status of one descriptor, in one store, DD with it (SDM 3.2.3) */
static void write_back(struct e1000 *e, uint32_t index, const struct rx_frame *f, uint32_t len,
		       bool eop)
{
	uint64_t base = e1000_get(e, E1000_RDBAL) | (uint64_t)e1000_get(e, E1000_RDBAH) << 32;
	uint8_t back[8] = {0};

	put_le16(back, (uint16_t)len);
	put_le16(back + 2, f->csum);
	back[4] = RXD_STA_DD;
	if (eop) {
		back[4] |= RXD_STA_EOP | f->status;
		back[5] = f->errors;
		put_le16(back + 6, f->special);
	}
	nic_dma_write(&e->nic, base + (uint64_t)index * DESC_SIZE + 8, back, sizeof(back));
}

/**
 * fill_buffer() - copy a range of a frame (padding and FCS as zeros) into one buffer of the guest
 * @e:		the card
 * @address:	the buffer, 0: none (the bytes are lost, SDM 3.2.2)
 * @p:		the frame
 * @offset:	first byte
 * @len:	bytes
 */
static void fill_buffer(struct e1000 *e, uint64_t address, const struct packet *p, uint32_t offset,
			uint32_t len)
{
	struct iovec iov[8];
	int n;

	if (address == 0)
		return;
	n = nic_dma_iov(&e->nic, &(struct dma_range){address, len, DMA_TO_GUEST}, iov,
			ARRAY_SIZE(iov));
	if (n < 0) {
		port_drop(&e->nic.port, DROP_DMA);
		return;
	}
	for (int i = 0; i < n; i++) {
		uint32_t want = (uint32_t)iov[i].iov_len;
		uint32_t got = packet_copy(p, offset, iov[i].iov_base, want);

		memset((uint8_t *)iov[i].iov_base + got, 0, want - got);
		offset += want;
	}
}

/** frame_length() - bytes written for a frame: padded, and with FCS unless stripped */
static uint32_t frame_length(const struct e1000 *e, const struct packet *p)
{
	uint32_t fcs = e1000_get(e, E1000_RCTL) & RCTL_SECRC ? 0 : ETH_FCS_LEN;

	return MAX(p->len, ETH_MIN_LEN) + fcs;
}

/** place() - write a frame into as many buffers as it needs; they are known to be there */
static void place(struct e1000 *e, const struct rx_frame *f)
{
	uint64_t base = e1000_get(e, E1000_RDBAL) | (uint64_t)e1000_get(e, E1000_RDBAH) << 32;
	uint32_t count = ring_count(e);
	uint32_t head = e1000_get(e, E1000_RDH);
	uint32_t left = frame_length(e, f->packet);
	uint32_t offset = 0;

	while (left > 0) {
		uint32_t n = MIN(left, buffer_size(e));
		uint8_t address[8];

		nic_dma_read(&e->nic, base + (uint64_t)head * DESC_SIZE, address, sizeof(address));
		fill_buffer(e, get_le64(address), f->packet, offset, n);
		write_back(e, head, f, n, left == n);
		head = head + 1 == count ? 0 : head + 1;
		offset += n;
		left -= n;
	}
	e1000_set(e, E1000_RDH, head);
}

/** low_on_buffers() - RXDMT0: free descriptors at or below the threshold RCTL.RDMTS */
static bool low_on_buffers(const struct e1000 *e)
{
	uint32_t shift = 1 + ((e1000_get(e, E1000_RCTL) >> 8) & 3);

	return free_descriptors(e) <= ring_count(e) >> shift;
}

/** too_long() - longer than RCTL.LPE allows? */
static bool too_long(const struct e1000 *e, const struct packet *p)
{
	uint32_t limit = e1000_get(e, E1000_RCTL) & RCTL_LPE ? MAX_LONG_FRAME : MAX_FRAME;

	return p->len + ETH_FCS_LEN > limit && !(e1000_get(e, E1000_RCTL) & RCTL_SBP);
}

/**
 * deliver_frame() - one frame, cut and checksummed, to the guest
 * @e:		the card
 * @p:		the frame; its first piece is the segmenter's own memory
 * @v:		what the filter said
 *
 * Return: false when there are not enough free buffers now
 */
static bool deliver_frame(struct e1000 *e, const struct packet *p, const struct rx_verdict *v)
{
	struct iovec iov[PACKET_MAX_IOV + 1];
	struct packet frame = *p;
	struct rx_frame f = {.packet = &frame, .v = v};
	uint32_t need;

	memcpy(iov, p->iov, sizeof(*iov) * (size_t)p->iovcnt);
	frame.iov = iov;
	if (e1000_get(e, E1000_CTRL) & CTRL_VME && strip_tag(e, &frame, iov)) {
		f.status |= RXD_STA_VP;
		f.special = frame.vlan_tci;
	}
	if (too_long(e, &frame)) {
		stats_add(e, E1000_ROC, 1);
		port_drop(&e->nic.port, DROP_TOO_LONG);
		return true;
	}
	need = (frame_length(e, &frame) + buffer_size(e) - 1) / buffer_size(e);
	if (free_descriptors(e) < need)
		return false;
	if (v->inexact)
		f.status |= RXD_STA_PIF;
	offload_status(e, &f);
	place(e, &f);
	stats_received(e, v, frame.len);
	intr_frames(e, 1);
	intr_rx_written(e, frame.len + ETH_FCS_LEN);
	if (low_on_buffers(e))
		intr_cause(e, INT_RXDMT0);
	return true;
}

/**
 * deliver() - a packet to the guest, cut into frames
 * @e:		the card
 * @p:		the packet
 * @skip:	segments that were delivered before; updated
 *
 * Return: false when buffers ran out; @skip then tells where to go on
 */
static bool deliver(struct e1000 *e, const struct packet *p, uint32_t *skip)
{
	/* With VME the tag goes beside the frame anyway, without it into the frame. */
	uint32_t caps = e1000_get(e, E1000_CTRL) & CTRL_VME ? PORT_CAP_VLAN : 0;
	struct rx_verdict v = rx_filter(e, p);
	const struct packet *out;
	struct segmenter s;

	if (!v.accept || segment_start(&s, p, caps, *skip) < 0) {
		port_drop(&e->nic.port, v.accept ? DROP_BAD_OFFLOAD : DROP_FILTERED);
		return true;
	}
	while ((out = segment_next(&s))) {
		if (!deliver_frame(e, out, &v))
			return false;
		(*skip)++;
	}
	return true;
}

/** stalled() - a packet waits for buffers: tell the guest by RXO, and the counters */
static void stalled(struct e1000 *e)
{
	stats_add(e, E1000_RNBC, 1);
	intr_cause(e, INT_RXO);
}

/** missed() - a packet was lost: queue full */
static void missed(struct e1000 *e)
{
	stats_add(e, E1000_MPC, 1);
	port_drop(&e->nic.port, DROP_QUEUE_FULL);
}

/**
 * take() - one packet from the peer
 * @e:		the card
 * @p:		the packet
 *
 * Return: false when the queue is full
 */
static bool take(struct e1000 *e, const struct packet *p)
{
	uint32_t skip = 0;

	if (packet_head_len(p) < ETH_HEADER_LEN) {
		port_drop(&e->nic.port, DROP_RUNT);
		return true;
	}
	if (!enabled(e) || link_loopback(e)) { /* loopback cuts the wire off */
		port_drop(&e->nic.port, DROP_RECEIVER_OFF);
		return true;
	}
	if (e->rx_queue.count > 0)
		return packet_queue_push(&e->rx_queue, p);
	if (deliver(e, p, &skip))
		return true;
	stalled(e);
	if (!packet_queue_push(&e->rx_queue, p))
		return false;
	e->rx_skip = skip;
	return true;
}

int rx_receive(struct port *port, const struct packet *packets, int n)
{
	struct e1000 *e = port_to_e1000(port);
	int taken = 0;

	while (taken < n && take(e, &packets[taken]))
		taken++;
	intr_update(e);
	return taken;
}

void rx_loopback(struct e1000 *e, const struct packet *p)
{
	if (!packet_queue_push(&e->rx_queue, p))
		missed(e);
}

void rx_run(struct e1000 *e)
{
	struct packet p;

	if (e->rx_queue.count == 0)
		return;
	if (!enabled(e)) {
		packet_queue_clear(&e->rx_queue);
		e->rx_skip = 0;
		port_ready(&e->nic.port);
		return;
	}
	/* Looped frames beyond the ring are lost, as on the wire; others wait. */
	while (packet_queue_peek(&e->rx_queue, &p)) {
		if (!deliver(e, &p, &e->rx_skip)) {
			if (!link_loopback(e))
				return;
			missed(e);
		}
		packet_queue_pop(&e->rx_queue);
		e->rx_skip = 0;
	}
	port_ready(&e->nic.port);
}
