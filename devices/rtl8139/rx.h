/* SPDX-License-Identifier: BSD-2-Clause */
/* A frame on its way in, whichever way the guest takes it (used by the rx files only). */
#pragma once

#include "devices/rtl8139/rtl8139.h"

/**
 * struct rx_frame - a frame on its way into guest memory
 * @packet:	the frame, its checksums complete
 * @skip:	bytes behind the addresses that are left out: a tag that moves to the descriptor
 * @len:	length as the guest sees it, padded and with FCS
 * @address:	RTL_RX_PAM, RTL_RX_BAR or RTL_RX_MAR; 0 for another station's
 */
struct rx_frame {
	const struct packet *packet;
	uint32_t skip;
	uint32_t len;
	uint32_t address;
};

/** enum rx_fit - what became of a frame */
enum rx_fit {
	RX_DELIVERED,
	RX_FITS_LATER, /* when the driver makes room */
	RX_FITS_NEVER, /* all that the driver gives is too small */
	RX_NO_MEMORY,  /* the driver named memory that it does not have */
};

/**
 * rtl_rx_put() - copy a part of a frame into guest memory
 * @card:	the card
 * @frame:	the frame
 * @offset:	first byte of it, below @frame->len
 * @address:	guest address
 * @len:	bytes
 *
 * Return: false when that memory can't be written
 */
bool rtl_rx_put(struct rtl8139 *card, const struct rx_frame *frame, uint32_t offset,
		uint64_t address, uint32_t len);

/* rx_classic.c, rx_cplus.c: what rtl8139_take() is made of. */

/**
 * rtl_rx_classic() - put a frame into the ring of C mode
 * @card:	the card
 * @frame:	the frame
 */
enum rx_fit rtl_rx_classic(struct rtl8139 *card, struct rx_frame *frame);

/**
 * rtl_rx_cplus() - put a frame into the descriptors of C+ mode
 * @card:	the card
 * @frame:	the frame; @skip and @len change when CPCR.VLAN takes a tag out of it
 */
enum rx_fit rtl_rx_cplus(struct rtl8139 *card, struct rx_frame *frame);
