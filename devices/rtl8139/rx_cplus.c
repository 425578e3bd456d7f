/* SPDX-License-Identifier: BSD-2-Clause */
/* Receive of C+ mode: a ring of descriptors (RTL8139C+: C+ mode receive). */
#include "devices/rtl8139/rx.h"

#include "net/core/checksum.h"

/*
 * Theory of operation
 *
 * A frame is delivered whole or not at all: the descriptors that it needs are read first, then
 * their buffers are filled, then they are given back, word 1 before word 0 with its OWN bit.
 */

#define UDP_SUM 6

/**
 * struct rx_cplus_job - a frame and the descriptors it goes to
 * @frame:	the frame
 * @status:	flags of descriptor word 0
 * @tag:	descriptor word 1
 * @descs:	the descriptors
 * @count:	their number
 */
struct rx_cplus_job {
	struct rx_frame *frame;
	uint32_t status;
	uint32_t tag;
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
 * describe() - the descriptor bits of a frame; a tag moves into the descriptor
 * @card:	the card
 * @job:	@status and @tag are filled
 */
static void describe(const struct rtl8139 *card, struct rx_cplus_job *job)
{
	struct rx_frame *frame = job->frame;
	const struct packet *p = frame->packet;
	const uint8_t *head = packet_head(p);
	uint16_t cpcr = rtl_r16(card, RTL_CPCR);
	uint16_t tci = p->vlan_tci;
	bool tagged = p->vlan;

	if (!tagged && cpcr & RTL_CPCR_VLAN && p->len >= ETH_HEADER_LEN + ETH_VLAN_LEN &&
	    get_be16(head + ETH_TYPE_OFFSET) == ETH_TYPE_VLAN) {
		tagged = true;
		tci = get_be16(head + ETH_TYPE_OFFSET + 2);
		frame->skip = ETH_VLAN_LEN;
		frame->len = MAX(p->len - ETH_VLAN_LEN, ETH_MIN_LEN) + ETH_FCS_LEN;
	}
	/* The descriptor has the tag's two bytes as they came over the wire. */
	job->tag = tagged ? RTL_RX_TAVA | __builtin_bswap16(tci) : 0;
	job->status = frame->address;
	if (cpcr & RTL_CPCR_RXCSUM)
		job->status |= checksum_status(p);
}

/**
 * find_room() - read the descriptors that a frame needs
 * @card:	the card
 * @job:	@descs and @count are filled
 */
static enum rx_fit find_room(struct rtl8139 *card, struct rx_cplus_job *job)
{
	unsigned first = card->state->rx_index % RTL_RING_MAX;
	unsigned index = first;
	uint32_t room = 0;

	job->count = 0;
	do {
		struct rtl8139_desc *desc = &job->descs[job->count];

		rtl8139_read_desc(card, RTL_RDSAR, index, desc);
		if (!(desc->word[0] & RTL_OWN))
			return RX_FITS_LATER;
		job->count++;
		room += desc->word[0] & RTL_RX_SIZE;
		if (room >= job->frame->len)
			return RX_DELIVERED;
		index = rtl8139_next_index(index, desc);
	} while (index != first && job->count < RTL_RING_MAX);
	return RX_FITS_NEVER;
}

/**
 * fill() - put a frame into its buffers
 * @card:	the card
 * @job:	the frame, with room
 *
 * Return: false when a buffer can't be written
 */
static bool fill(struct rtl8139 *card, const struct rx_cplus_job *job)
{
	uint32_t offset = 0;

	for (unsigned i = 0; i < job->count; i++) {
		const struct rtl8139_desc *desc = &job->descs[i];
		uint32_t len = MIN(desc->word[0] & RTL_RX_SIZE, job->frame->len - offset);

		if (!rtl_rx_put(card, job->frame, offset, desc->buffer, len))
			return false;
		offset += len;
	}
	return true;
}

/**
 * hand_over() - give a frame's descriptors to the driver
 * @card:	the card
 * @job:	the frame, in its buffers
 */
static void hand_over(struct rtl8139 *card, const struct rx_cplus_job *job)
{
	for (unsigned i = 0; i < job->count; i++) {
		const struct rtl8139_desc *desc = &job->descs[i];
		uint32_t word = (desc->word[0] & RTL_EOR) | job->status | job->frame->len;
		uint8_t raw[4];

		word |= i == 0 ? RTL_FS : 0;
		word |= i + 1 == job->count ? RTL_LS : 0;
		put_le32(raw, job->tag);
		nic_dma_write(&card->nic, desc->address + 4, raw, sizeof(raw));
		put_le32(raw, word);
		nic_dma_write(&card->nic, desc->address, raw, sizeof(raw));
		card->rx_last = desc->address;
		card->state->rx_index =
			(uint8_t)rtl8139_next_index(card->state->rx_index % RTL_RING_MAX, desc);
	}
}

bool rtl8139_last_is_unseen(struct rtl8139 *card)
{
	uint8_t raw[4];

	return card->rx_last != 0 &&
	       nic_dma_read(&card->nic, card->rx_last, raw, sizeof(raw)) == 0 &&
	       !(get_le32(raw) & RTL_OWN);
}

enum rx_fit rtl_rx_cplus(struct rtl8139 *card, struct rx_frame *frame)
{
	struct rx_cplus_job job = {.frame = frame};
	enum rx_fit fit;

	describe(card, &job);
	fit = find_room(card, &job);
	if (fit != RX_DELIVERED)
		return fit;
	if (!fill(card, &job))
		return RX_NO_MEMORY;
	hand_over(card, &job);
	return RX_DELIVERED;
}
