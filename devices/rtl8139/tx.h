/* SPDX-License-Identifier: BSD-2-Clause */
/* A frame on its way out, whichever way the guest described it (used by the tx files only). */
#pragma once

#include "devices/rtl8139/rtl8139.h"

#define TX_NO_DROP DROP_REASON_COUNT

/**
 * struct tx_frame - a frame being collected from guest memory
 * @packet:	the frame
 * @pieces:	entries of @guest
 * @len:	bytes so far
 * @guest:	pieces of the guest's buffers
 * @iov:	pieces of @packet: @head, then guest memory
 * @head:	its first bytes, a private copy
 */
struct tx_frame {
	struct packet packet;
	int pieces;
	uint32_t len;
	struct iovec guest[PACKET_MAX_IOV - 1];
	struct iovec iov[PACKET_MAX_IOV];
	uint8_t head[PACKET_HEAD];
};

/**
 * rtl_tx_begin() - an empty frame
 * @frame:	the frame
 */
void rtl_tx_begin(struct tx_frame *frame);

/**
 * rtl_tx_add() - append a buffer of the guest
 * @card:	the card
 * @frame:	the frame
 * @address:	guest address
 * @len:	bytes
 *
 * Return: why the frame must be dropped, or TX_NO_DROP
 */
enum drop_reason rtl_tx_add(struct rtl8139 *card, struct tx_frame *frame, uint64_t address,
			    uint32_t len);

/**
 * rtl_tx_finish() - all buffers are there: make @packet what packet.h asks for
 * @frame:	the frame
 *
 * Return: why the frame must be dropped, or TX_NO_DROP
 */
enum drop_reason rtl_tx_finish(struct tx_frame *frame);

/**
 * rtl_tx_pad() - make a short frame as long as Ethernet wants it
 * @frame:	the frame; zeros change no checksum that is still to be done
 */
void rtl_tx_pad(struct tx_frame *frame);

/**
 * rtl_tx_send() - let a frame go, out or back (TCR.LBK)
 * @card:	the card
 * @p:		the frame
 *
 * Return: false when the peer does not take it now
 */
bool rtl_tx_send(struct rtl8139 *card, const struct packet *p);

/* tx_classic.c, tx_cplus.c: what rtl8139_transmit() is made of. */

/**
 * rtl_tx_classic() - send what TSD0 to TSD3 describe
 * @card:	the card
 *
 * Return: true when there is more to do now
 */
bool rtl_tx_classic(struct rtl8139 *card);

/**
 * rtl_tx_cplus() - send what lies in the rings of C+ mode
 * @card:	the card
 *
 * Return: true when there is more to do now
 */
bool rtl_tx_cplus(struct rtl8139 *card);
