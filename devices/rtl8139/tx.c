/* SPDX-License-Identifier: BSD-2-Clause */
/* Transmit: what both modes share, from the guest's buffers to the peer. */
#include "devices/rtl8139/tx.h"

#include <errno.h>

#include "net/core/segment.h"

/*
 * Theory of operation
 *
 * tx_classic.c and tx_cplus.c walk what their mode has for descriptors, collect a frame from the
 * buffers and give it to rtl_tx_send(). CPCR.TxEn says which of the two is at work.
 *
 * The guest can rewrite descriptors and buffers at any time. Descriptor words are read once; the
 * first 256 bytes of a frame are copied and only the copy is parsed.
 */

void rtl_tx_begin(struct tx_frame *frame)
{
	frame->pieces = 0;
	frame->len = 0;
}

enum drop_reason rtl_tx_add(struct rtl8139 *card, struct tx_frame *frame, uint64_t address,
			    uint32_t len)
{
	const struct dma_range range = {.address = address, .len = len, .access = DMA_FROM_GUEST};
	int n = nic_dma_iov(&card->nic, &range, frame->guest + frame->pieces,
			    (int)ARRAY_SIZE(frame->guest) - frame->pieces);

	if (n < 0)
		return n == -EMSGSIZE ? DROP_TOO_MANY_PIECES : DROP_DMA;
	frame->pieces += n;
	frame->len += len;
	return TX_NO_DROP;
}

enum drop_reason rtl_tx_finish(struct tx_frame *frame)
{
	struct packet *p = &frame->packet;
	uint32_t head;
	int n;

	if (frame->len < ETH_HEADER_LEN)
		return DROP_RUNT;
	*p = (struct packet){.iov = frame->guest, .iovcnt = frame->pieces, .len = frame->len};
	head = packet_copy(p, 0, frame->head, sizeof(frame->head));
	n = packet_slice(p, head, p->len - head, frame->iov + 1, PACKET_MAX_IOV - 1);
	if (n < 0)
		return DROP_TOO_MANY_PIECES;
	frame->iov[0] = (struct iovec){.iov_base = frame->head, .iov_len = head};
	p->iov = frame->iov;
	p->iovcnt = n + 1;
	return TX_NO_DROP;
}

void rtl_tx_pad(struct tx_frame *frame)
{
	uint32_t len = frame->packet.len;

	if (len >= ETH_MIN_LEN)
		return;
	memset(frame->head + len, 0, ETH_MIN_LEN - len);
	frame->iov[0].iov_len = ETH_MIN_LEN;
	frame->packet.len = ETH_MIN_LEN;
}

/**
 * loop_back() - what is sent is received, cut into what can be received
 * @card:	the card
 * @p:		the frame
 */
static void loop_back(struct rtl8139 *card, const struct packet *p)
{
	const struct packet *out;
	struct segmenter s;

	if (segment_start(&s, p, card->nic.port.caps, 0) < 0) {
		port_drop(&card->nic.port, DROP_BAD_OFFLOAD);
		return;
	}
	while ((out = segment_next(&s))) {
		if (!rtl8139_take(card, out))
			port_drop(&card->nic.port, DROP_QUEUE_FULL);
	}
}

bool rtl_tx_send(struct rtl8139 *card, const struct packet *p)
{
	if ((rtl_r32(card, RTL_TCR) & RTL_TCR_LBK) == RTL_TCR_LBK)
		loop_back(card, p);
	else if (port_send(&card->nic.port, p, 1) == 0)
		return false;
	card->state->tally.tx_ok += segment_count(p);
	return true;
}

bool rtl8139_transmit(struct rtl8139 *card)
{
	return rtl8139_tx_is_cplus(card) ? rtl_tx_cplus(card) : rtl_tx_classic(card);
}
