/* SPDX-License-Identifier: BSD-2-Clause */
/* Receive ring of C+ mode (RTL8139C+: C+ mode receive). */
#include "devices/rtl8139/rtl8139.h"

#include "net/core/checksum.h"
#include "net/core/segment.h"

/*
 * Theory of operation
 *
 * A frame is delivered whole or not at all: the descriptors that it needs are read first, then
 * their buffers are filled, then they are given back, word 1 before word 0 with its OWN bit.
 *
 * Checksums that the peer left to be done are done here even though the guest would believe a
 * "good" in the descriptor: it may send the frame on to somebody who has no descriptor to look at.
 */

#define PASS_FRAMES 64                          /* work of one call */
#define MAX_FRAME   (RTL_RX_SIZE - ETH_FCS_LEN) /* the length field counts the FCS */
#define MAX_PIECES  8 /* regions of guest memory that a buffer may touch */
#define UDP_SUM     6

/** enum delivery - what became of a frame */
enum delivery {
	DELIVERED, /* or dropped and counted */
	NO_DESCRIPTOR,
};

/**
 * struct rx_frame - a frame on its way into the ring
 * @packet:	the frame, its checksums complete
 * @status:	low half and flags of descriptor word 0, without length
 * @tag:	descriptor word 1
 * @skip:	bytes behind the addresses that are left out: a tag that moves to the descriptor
 * @len:	length as the guest sees it, with FCS
 * @descs:	descriptors it goes to
 * @count:	their number
 */
struct rx_frame {
	const struct packet *packet;
	uint32_t status;
	uint32_t tag;
	uint32_t skip;
	uint32_t len;
	struct rtl8139_desc descs[RTL_RING_MAX];
	unsigned count;
};

/**
 * l4_status() - TCP or UDP: protocol and checksum verdict
 * @p:		the frame
 * @ip:		its IPv4 packet, not a fragment
 *
 * Return: bits of descriptor word 0; 0 for another protocol or a packet that is too short
 */
static uint32_t l4_status(const struct packet *p, const struct rtl8139_ipv4 *ip)
{
	uint32_t at = (uint32_t)ip->at + ip->header;
	bool tcp = ip->protocol == IP_PROTO_TCP;
	uint32_t pid = tcp ? RTL_RX_PIDT : RTL_RX_PIDU;
	uint8_t udp_sum[2] = {1, 1};
	uint64_t sum;

	if (ip->l4 < (tcp ? TCP_MIN_HEADER_LEN : UDP_HEADER_LEN) ||
	    (!tcp && ip->protocol != IP_PROTO_UDP))
		return 0;
	if (p->offload.csum_valid)
		return pid;
	if (!tcp)
		packet_copy(p, at + UDP_SUM, udp_sum, sizeof(udp_sum));
	if (get_be16(udp_sum) == 0) /* the sender made none: RFC 768 */
		return pid;
	sum = checksum_pseudo(packet_head(p) + ip->at, ip->protocol, ip->l4);
	if (checksum_fold(checksum_packet(sum, p, at, ip->l4)) == 0xffff)
		return pid;
	return pid | (tcp ? RTL_RX_TCPF : RTL_RX_UDPF);
}

/**
 * checksum_status() - PID, IPF, UDPF, TCPF
 * @p:		the frame
 */
static uint32_t checksum_status(const struct packet *p)
{
	struct rtl8139_ipv4 ip;
	uint32_t status;
	uint64_t sum;

	if (!rtl8139_ipv4(p, &ip))
		return 0;
	status = ip.fragment ? 0 : l4_status(p, &ip);
	if (status == 0)
		status = RTL_RX_PIDI;
	sum = checksum_add(0, packet_head(p) + ip.at, ip.header);
	return checksum_fold(sum) == 0xffff ? status : status | RTL_RX_IPF;
}

/**
 * describe() - everything about a frame but its descriptors
 * @card:	the card
 * @p:		the frame, its checksums complete; a tag beside it only with CPCR.VLAN
 * @frame:	filled
 */
static void describe(const struct rtl8139 *card, const struct packet *p, struct rx_frame *frame)
{
	const uint8_t *head = packet_head(p);
	uint16_t cpcr = rtl_r16(card, RTL_CPCR);
	uint16_t tci = p->vlan_tci;
	bool tagged = p->vlan;

	frame->packet = p;
	frame->skip = 0;
	if (!tagged && cpcr & RTL_CPCR_VLAN && p->len >= ETH_HEADER_LEN + ETH_VLAN_LEN &&
	    get_be16(head + ETH_TYPE_OFFSET) == ETH_TYPE_VLAN) {
		tagged = true;
		tci = get_be16(head + ETH_TYPE_OFFSET + 2);
		frame->skip = ETH_VLAN_LEN;
	}
	/* The descriptor has the tag's two bytes as they came over the wire. */
	frame->tag = tagged ? RTL_RX_TAVA | __builtin_bswap16(tci) : 0;
	frame->status = rtl8139_address_class(card, head);
	if (cpcr & RTL_CPCR_RXCSUM)
		frame->status |= checksum_status(p);
	frame->len = MAX(p->len - frame->skip, ETH_MIN_LEN) + ETH_FCS_LEN;
}

/** enum fit - is there room for a frame in the ring? */
enum fit {
	FITS,
	FITS_LATER, /* when the driver gives more descriptors */
	FITS_NEVER, /* the whole ring is too small */
};

/**
 * find_room() - read the descriptors that a frame needs
 * @card:	the card
 * @frame:	@descs and @count are filled
 */
static enum fit find_room(struct rtl8139 *card, struct rx_frame *frame)
{
	unsigned first = card->state->rx_index % RTL_RING_MAX;
	unsigned index = first;
	uint32_t room = 0;

	frame->count = 0;
	do {
		struct rtl8139_desc *desc = &frame->descs[frame->count];

		rtl8139_read_desc(card, RTL_RDSAR, index, desc);
		if (!(desc->word[0] & RTL_OWN))
			return FITS_LATER;
		frame->count++;
		room += desc->word[0] & RTL_RX_SIZE;
		if (room >= frame->len)
			return FITS;
		index = rtl8139_next_index(index, desc);
	} while (index != first && frame->count < RTL_RING_MAX);
	return FITS_NEVER;
}

/**
 * copy_out() - frame bytes as the guest sees them
 * @frame:	the frame
 * @offset:	first byte
 * @dst:	where to
 * @len:	how many
 *
 * Addresses, then what is behind a tag that is left out, then padding and FCS: zeros, since no
 * driver looks at the FCS of a good frame.
 */
static void copy_out(const struct rx_frame *frame, uint32_t offset, uint8_t *dst, uint32_t len)
{
	uint32_t n = 0;

	if (offset < ETH_TYPE_OFFSET)
		n = packet_copy(frame->packet, offset, dst, MIN(len, ETH_TYPE_OFFSET - offset));
	n += packet_copy(frame->packet, offset + n + frame->skip, dst + n, len - n);
	memset(dst + n, 0, len - n);
}

/**
 * fill() - put a frame into its buffers
 * @card:	the card
 * @frame:	the frame, with room
 *
 * Return: false when a buffer can't be written
 */
static bool fill(struct rtl8139 *card, const struct rx_frame *frame)
{
	uint32_t offset = 0;

	for (unsigned i = 0; i < frame->count; i++) {
		const struct rtl8139_desc *desc = &frame->descs[i];
		const struct dma_range range = {
			.address = desc->buffer,
			.len = MIN(desc->word[0] & RTL_RX_SIZE, frame->len - offset),
			.access = DMA_TO_GUEST,
		};
		struct iovec iov[MAX_PIECES];
		int n = nic_dma_iov(&card->nic, &range, iov, MAX_PIECES);

		if (n < 0)
			return false;
		for (int k = 0; k < n; k++) {
			copy_out(frame, offset, iov[k].iov_base, (uint32_t)iov[k].iov_len);
			offset += (uint32_t)iov[k].iov_len;
		}
	}
	return true;
}

/**
 * hand_over() - give a frame's descriptors to the driver
 * @card:	the card
 * @frame:	the frame, in its buffers
 */
static void hand_over(struct rtl8139 *card, const struct rx_frame *frame)
{
	for (unsigned i = 0; i < frame->count; i++) {
		const struct rtl8139_desc *desc = &frame->descs[i];
		uint32_t word = (desc->word[0] & RTL_EOR) | frame->status | frame->len;
		uint8_t raw[4];

		word |= i == 0 ? RTL_FS : 0;
		word |= i + 1 == frame->count ? RTL_LS : 0;
		put_le32(raw, frame->tag);
		nic_dma_write(&card->nic, desc->address + 4, raw, sizeof(raw));
		put_le32(raw, word);
		nic_dma_write(&card->nic, desc->address, raw, sizeof(raw));
		card->state->rx_index =
			(uint8_t)rtl8139_next_index(card->state->rx_index % RTL_RING_MAX, desc);
	}
}

/**
 * count_good() - account for a delivered frame
 * @card:	the card
 * @frame:	the frame
 */
static void count_good(struct rtl8139 *card, const struct rx_frame *frame)
{
	struct rtl8139_tally *t = &card->state->tally;

	t->rx_ok++;
	t->rx_physical += !!(frame->status & RTL_RX_PAM);
	t->rx_broadcast += !!(frame->status & RTL_RX_BAR);
	t->rx_multicast += !!(frame->status & RTL_RX_MAR);
	rtl8139_raise(card, RTL_INT_ROK);
}

/**
 * miss() - drop a frame that can't get into the ring
 * @card:	the card
 * @reason:	why
 * @isr:	what to tell the guest
 */
static void miss(struct rtl8139 *card, enum drop_reason reason, uint16_t isr)
{
	card->state->tally.missed++;
	rtl_w32(card, RTL_MPC, (rtl_r32(card, RTL_MPC) + 1) & 0xffffff);
	port_drop(&card->nic.port, reason);
	rtl8139_raise(card, isr);
}

/**
 * deliver() - put a frame into the ring
 * @card:	the card
 * @p:		the frame
 */
static enum delivery deliver(struct rtl8139 *card, const struct packet *p)
{
	uint32_t caps = rtl_r16(card, RTL_CPCR) & RTL_CPCR_VLAN ? PORT_CAP_VLAN : 0;
	struct rx_frame frame;
	struct segmenter s;
	enum fit fit;

	if (segment_needed(p, caps)) {
		p = segment_start(&s, p, caps, 0) == 0 ? segment_next(&s) : NULL;
		if (!p) {
			port_drop(&card->nic.port, DROP_BAD_OFFLOAD);
			return DELIVERED;
		}
	}
	describe(card, p, &frame);
	fit = find_room(card, &frame);
	if (fit == FITS_LATER)
		return NO_DESCRIPTOR;
	if (fit == FITS_NEVER) {
		miss(card, DROP_NO_DESCRIPTOR, RTL_INT_RDU);
	} else if (!fill(card, &frame)) {
		miss(card, DROP_DMA, RTL_INT_SERR);
	} else {
		hand_over(card, &frame);
		count_good(card, &frame);
	}
	card->rx_stalled = false;
	return DELIVERED;
}

/**
 * enabled() - is the receiver on?
 * @card:	the card
 */
static bool enabled(const struct rtl8139 *card)
{
	return rtl_r8(card, RTL_CR) & RTL_CR_RE && rtl_r16(card, RTL_CPCR) & RTL_CPCR_RXEN &&
	       rtl_r64(card, RTL_RDSAR) != 0 && nic_bus_master(&card->nic);
}

/**
 * acceptable() - may a frame enter? If not it is counted
 * @card:	the card
 * @p:		the frame
 */
static bool acceptable(struct rtl8139 *card, const struct packet *p)
{
	enum drop_reason reason = DROP_REASON_COUNT;

	if (!enabled(card))
		reason = DROP_RECEIVER_OFF;
	else if (p->len < ETH_HEADER_LEN)
		reason = DROP_RUNT;
	else if (p->len + (p->vlan ? ETH_VLAN_LEN : 0) > MAX_FRAME)
		reason = DROP_TOO_LONG;
	else if (!rtl8139_filter(card, packet_head(p)))
		reason = DROP_FILTERED;
	if (reason == DROP_REASON_COUNT)
		return true;
	port_drop(&card->nic.port, reason);
	return false;
}

/**
 * stall() - the oldest frame finds no descriptor: tell the guest, once for each
 * @card:	the card
 */
static void stall(struct rtl8139 *card)
{
	if (!card->rx_stalled)
		rtl8139_raise(card, RTL_INT_RDU);
	card->rx_stalled = true;
}

bool rtl8139_take(struct rtl8139 *card, const struct packet *p)
{
	if (!acceptable(card, p))
		return true;
	if (card->queue.count == 0) {
		if (deliver(card, p) == DELIVERED)
			return true;
		stall(card);
	}
	return packet_queue_push(&card->queue, p);
}

bool rtl8139_drain(struct rtl8139 *card)
{
	struct packet p;
	int done = 0;

	if (!enabled(card)) /* a receiver that is switched off forgets what waits */
		rtl8139_flush(card);
	while (done < PASS_FRAMES && packet_queue_peek(&card->queue, &p)) {
		if (deliver(card, &p) == NO_DESCRIPTOR) {
			stall(card);
			break;
		}
		packet_queue_pop(&card->queue);
		done++;
	}
	if (done > 0 || card->queue.count == 0)
		port_ready(&card->nic.port);
	return done == PASS_FRAMES && card->queue.count > 0;
}

void rtl8139_flush(struct rtl8139 *card)
{
	card->nic.port.stats->drops[DROP_RECEIVER_OFF] += card->queue.count;
	packet_queue_clear(&card->queue);
	card->rx_stalled = false;
}

int rtl8139_receive(struct port *port, const struct packet *packets, int n)
{
	struct rtl8139 *card = container_of(port, struct rtl8139, nic.port);
	int taken = 0;

	while (taken < n && rtl8139_take(card, &packets[taken]))
		taken++;
	if (card->rx_stalled)
		rtl8139_work_later(card);
	rtl8139_drive_pin(card);
	return taken;
}
