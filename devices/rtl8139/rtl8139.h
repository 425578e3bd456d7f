/* SPDX-License-Identifier: BSD-2-Clause */
/* The RTL8139C and C+: their state, and what their files give each other. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "devices/chip/eeprom93c46.h"
#include "devices/chip/regs.h"
#include "devices/nic.h"
#include "devices/rtl8139/hw.h"
#include "net/base/bytes.h"
#include "net/base/loop.h"
#include "net/core/packet.h"
#include "net/core/queue.h"

/*
 * Theory of operation
 *
 * Register hooks (regs.c) only note what the guest asked for. The work is done when the batch of
 * messages that brought the doorbell is worked off: rtl8139_work() sends what the guest handed
 * over (tx.c), puts queued frames into its memory (rx.c) and then drives the interrupt pin once
 * (intr.c). One call does a bounded amount of it; a timer that fires at the next turn of the loop
 * does the rest, so that no guest can hold its worker.
 *
 * Both directions have two modes, switched by CPCR: C mode, which all these chips have, and C+
 * mode, which the RTL8139C does not have.
 *
 * A frame from the peer goes straight into the guest's buffers. One that finds none waits in the
 * card's queue, which stands for the chip's receive FIFO. C+ mode has no doorbell for fresh receive
 * descriptors, so each access to a register is taken as one, and a slow timer helps guests that
 * touch none. When the queue is full the peer is stopped.
 */

/** enum rtl8139_ring - transmit rings; also bit numbers in rtl8139_state.tx_pending */
enum rtl8139_ring {
	RTL8139_NORMAL,
	RTL8139_HIGH,
	RTL8139_RING_COUNT,
};

/**
 * struct rtl8139_tally - what DTCCR dumps (datasheet: Tally counters); flat
 * @tx_ok:	frames sent; each segment of a large send counts
 * @rx_ok:	frames received
 * @tx_error:	frames that could not be sent
 * @tx_aborted:	of @tx_error, those for which C mode's transmitter stopped
 * @rx_physical: of @rx_ok, to the station address
 * @rx_broadcast: to the broadcast address
 * @rx_multicast: to other groups
 * @missed:	frames for which the receive ring was too small
 */
struct rtl8139_tally {
	uint64_t tx_ok;
	uint64_t rx_ok;
	uint64_t tx_error;
	uint64_t tx_aborted;
	uint64_t rx_physical;
	uint64_t rx_broadcast;
	uint64_t rx_multicast;
	uint64_t missed;
};

/**
 * struct rtl8139_state - flat state, in the card's memfd
 * @regs:	register file
 * @tx_index:	next descriptor of each transmit ring; masked where it is used
 * @rx_index:	next descriptor of the receive ring; likewise
 * @tx_pending:	transmit rings that were asked to be looked at, bits by enum rtl8139_ring
 * @tsd_owned:	bit for each TSD that was handed over and is not done
 * @tsd_next:	which of them is next; masked where it is used
 * @tx_aborted:	C mode's transmitter waits for TCR.CLRABT
 * @negotiated:	the PHY is not negotiating
 * @link_lost:	the link was lost since BMSR was read last
 * @tctr_zero_ns: when TCTR was 0
 * @eeprom:	the board's EEPROM
 * @tally:	counters
 */
struct rtl8139_state {
	uint8_t regs[RTL_BAR_SIZE];
	uint8_t tx_index[RTL8139_RING_COUNT];
	uint8_t rx_index;
	uint8_t tx_pending;
	uint8_t tsd_owned;
	uint8_t tsd_next;
	uint8_t tx_aborted;
	uint8_t negotiated;
	uint8_t link_lost;
	int64_t tctr_zero_ns;
	struct eeprom93c46 eeprom;
	struct rtl8139_tally tally;
};

#define RTL8139_RETRY_NS (10 * 1000 * 1000) /* for guests that touch no register after a refill */

/**
 * struct rtl8139 - the card
 * @nic:	what every card has
 * @state:	its flat state
 * @queue:	frames that wait for receive descriptors
 * @rx_last:	C+ mode: descriptor that a frame went to last; 0: none since RE was set
 * @rx_stalled:	the oldest of them found no room
 * @stalled_ns:	when that was, or when the guest was told last
 * @work:	timer: goes on with work, or looks for receive descriptors
 * @negotiation: timer: the PHY's negotiation is over
 * @timeout:	timer: TCTR passes TimerInt
 * @timed_out_ns: when it did last
 * @unread:	causes that came since the guest read ISR
 * @interrupt:	timer: TOK waited long enough
 * @sent:	descriptors sent since ISR.TOK was clear
 * @sent_ns:	when the first of them was
 */
struct rtl8139 {
	struct nic nic;
	struct rtl8139_state *state;
	struct packet_queue queue;
	uint64_t rx_last;
	bool rx_stalled;
	int64_t stalled_ns;
	struct loop_timer work;
	struct loop_timer negotiation;
	struct loop_timer timeout;
	int64_t timed_out_ns;
	uint16_t unread;
	struct loop_timer interrupt;
	unsigned sent;
	int64_t sent_ns;
};

/**
 * struct rtl8139_desc - a descriptor, as it was when it was read
 * @address:	where it lies
 * @word:	its first two words, host byte order
 * @buffer:	guest address of the buffer
 */
struct rtl8139_desc {
	uint64_t address;
	uint32_t word[2];
	uint64_t buffer;
};

/** rtl_r8() - the stored value of a byte register */
static inline uint8_t rtl_r8(const struct rtl8139 *card, enum rtl_reg reg)
{
	return card->state->regs[reg];
}

/** rtl_r16() - the stored value of a 16-bit register */
static inline uint16_t rtl_r16(const struct rtl8139 *card, enum rtl_reg reg)
{
	return get_le16(card->state->regs + reg);
}

/** rtl_r32() - the stored value of a 32-bit register */
static inline uint32_t rtl_r32(const struct rtl8139 *card, enum rtl_reg reg)
{
	return get_le32(card->state->regs + reg);
}

/** rtl_r64() - the stored value of a pair of 32-bit registers, the low one first */
static inline uint64_t rtl_r64(const struct rtl8139 *card, enum rtl_reg reg)
{
	return get_le64(card->state->regs + reg);
}

/** rtl_w8() - store a byte register */
static inline void rtl_w8(struct rtl8139 *card, enum rtl_reg reg, uint8_t value)
{
	card->state->regs[reg] = value;
}

/** rtl_w16() - store a 16-bit register */
static inline void rtl_w16(struct rtl8139 *card, enum rtl_reg reg, uint16_t value)
{
	put_le16(card->state->regs + reg, value);
}

/** rtl_w32() - store a 32-bit register */
static inline void rtl_w32(struct rtl8139 *card, enum rtl_reg reg, uint32_t value)
{
	put_le32(card->state->regs + reg, value);
}

/** rtl8139_tx_is_cplus() - does the transmitter take descriptors from memory? */
static inline bool rtl8139_tx_is_cplus(const struct rtl8139 *card)
{
	return rtl_r16(card, RTL_CPCR) & RTL_CPCR_TXEN;
}

/** rtl8139_rx_is_cplus() - does the receiver? */
static inline bool rtl8139_rx_is_cplus(const struct rtl8139 *card)
{
	return rtl_r16(card, RTL_CPCR) & RTL_CPCR_RXEN;
}

/* regs.c */
extern const struct reg_bank rtl8139_bank;  /* RTL8139C+ */
extern const struct reg_bank rtl8139c_bank; /* RTL8139C */

/* rtl8139.c */

/**
 * rtl8139_reset() - reset the chip
 * @card:	the card
 * @power_up:	PCI reset; otherwise CR.RST, which leaves the PHY alone
 */
void rtl8139_reset(struct rtl8139 *card, bool power_up);

/**
 * rtl8139_work() - do what is to be done, then drive the interrupt pin
 * @card:	the card
 */
void rtl8139_work(struct rtl8139 *card);

/**
 * rtl8139_work_soon() - call rtl8139_work() from the loop
 * @card:	the card
 */
void rtl8139_work_soon(struct rtl8139 *card);

/**
 * rtl8139_work_later() - call it in a while, if frames wait for receive descriptors
 * @card:	the card
 */
void rtl8139_work_later(struct rtl8139 *card);

/**
 * rtl8139_dtccr_write() - DTCCR: dump the counters
 * @card:	the card
 * @index:	0: low half with the command, 1: high half
 * @value:	what was written
 */
void rtl8139_dtccr_write(struct rtl8139 *card, unsigned index, uint32_t value);

/**
 * rtl8139_dump_tally() - write the counters to guest memory
 * @card:	the card
 * @address:	guest address of 64 bytes
 */
void rtl8139_dump_tally(struct rtl8139 *card, uint64_t address);

/**
 * rtl8139_read_desc() - read a descriptor, each word once
 * @card:	the card
 * @base:	the ring's base register
 * @index:	number of the descriptor, below RTL_RING_MAX
 * @desc:	filled; all zeros but for the address when it can't be read
 */
void rtl8139_read_desc(struct rtl8139 *card, enum rtl_reg base, unsigned index,
		       struct rtl8139_desc *desc);

/**
 * rtl8139_next_index() - which descriptor comes behind one
 * @index:	its number
 * @desc:	the descriptor
 */
static inline unsigned rtl8139_next_index(unsigned index, const struct rtl8139_desc *desc)
{
	return desc->word[0] & RTL_EOR ? 0 : (index + 1) % RTL_RING_MAX;
}

/* eeprom.c */

/**
 * rtl8139_eeprom_fill() - factory contents
 * @card:	the card
 */
void rtl8139_eeprom_fill(struct rtl8139 *card);

/**
 * rtl8139_eeprom_load() - autoload: the station address, CONFIG0 to CONFIG4
 * @card:	the card
 */
void rtl8139_eeprom_load(struct rtl8139 *card);

/** rtl8139_9346cr_write() - hook: pins, autoload */
void rtl8139_9346cr_write(void *dev, unsigned index, uint32_t value, uint32_t old);

/** rtl8139_9346cr_read() - hook: the DO pin */
uint32_t rtl8139_9346cr_read(void *dev, unsigned index);

/* link.c */

/**
 * rtl8139_link_start() - a card begins to run, maybe on a predecessor's state
 * @card:	the card
 */
void rtl8139_link_start(struct rtl8139 *card);

/**
 * rtl8139_link_stop() - it ends
 * @card:	the card
 */
void rtl8139_link_stop(struct rtl8139 *card);

/**
 * rtl8139_link_reset() - show the cable as it is, without an event
 * @card:	the card
 * @power_up:	the PHY, too, begins anew: with a negotiation that is over
 */
void rtl8139_link_reset(struct rtl8139 *card, bool power_up);

/** rtl8139_link_is_up() - does the guest see a link? */
bool rtl8139_link_is_up(const struct rtl8139 *card);

/**
 * rtl8139_cable() - class->cable
 * @nic:	the card
 * @up:		plugged or pulled
 */
void rtl8139_cable(struct nic *nic, bool up);

/** rtl8139_bmcr_write() - hook: PHY reset, negotiation */
void rtl8139_bmcr_write(void *dev, unsigned index, uint32_t value, uint32_t old);

/** rtl8139_bmsr_read() - hook: link status that latches low */
uint32_t rtl8139_bmsr_read(void *dev, unsigned index);

/* timer.c */

/**
 * rtl8139_timer_start() - a card begins to run, maybe on a predecessor's state
 * @card:	the card
 */
void rtl8139_timer_start(struct rtl8139 *card);

/**
 * rtl8139_timer_stop() - it ends
 * @card:	the card
 */
void rtl8139_timer_stop(struct rtl8139 *card);

/**
 * rtl8139_timer_reset() - TCTR begins at 0
 * @card:	the card
 */
void rtl8139_timer_reset(struct rtl8139 *card);

/** rtl8139_tctr_read() - hook: the time */
uint32_t rtl8139_tctr_read(void *dev, unsigned index);

/** rtl8139_tctr_write() - hook: any write begins at 0 */
void rtl8139_tctr_write(void *dev, unsigned index, uint32_t value, uint32_t old);

/** rtl8139_timerint_write() - hook: the value to wait for */
void rtl8139_timerint_write(void *dev, unsigned index, uint32_t value, uint32_t old);

/* wake.c */

/**
 * rtl8139_wake_frame() - a frame came while the card could not take it
 * @card:	the card
 * @p:		the frame
 */
void rtl8139_wake_frame(struct rtl8139 *card, const struct packet *p);

/**
 * rtl8139_wake_link() - the link came up
 * @card:	the card
 */
void rtl8139_wake_link(struct rtl8139 *card);

/* intr.c */

/**
 * rtl8139_raise() - set bits of ISR
 * @card:	the card
 * @bits:	RTL_INT_*
 */
void rtl8139_raise(struct rtl8139 *card, uint16_t bits);

/**
 * rtl8139_intr_start() - a card begins to run
 * @card:	the card
 */
void rtl8139_intr_start(struct rtl8139 *card);

/**
 * rtl8139_intr_stop() - it ends
 * @card:	the card
 */
void rtl8139_intr_stop(struct rtl8139 *card);

/**
 * rtl8139_sent() - a frame was sent: TOK
 * @card:	the card
 * @descriptors: how many it took
 */
void rtl8139_sent(struct rtl8139 *card, unsigned descriptors);

/** rtl8139_imr_write() - hook: what came while the driver was polling */
void rtl8139_imr_write(void *dev, unsigned index, uint32_t value, uint32_t old);

/** rtl8139_isr_read() - hook: what the driver knows of */
uint32_t rtl8139_isr_read(void *dev, unsigned index);

/** rtl8139_isr_write() - hook: causes that the driver can't mean stay */
void rtl8139_isr_write(void *dev, unsigned index, uint32_t value, uint32_t old);

/**
 * rtl8139_drive_pin() - make the interrupt pin follow ISR and IMR
 * @card:	the card
 */
void rtl8139_drive_pin(struct rtl8139 *card);

/* tx.c */

/**
 * rtl8139_transmit() - send what the guest asked for
 * @card:	the card
 *
 * Return: true when there is more to do now
 */
bool rtl8139_transmit(struct rtl8139 *card);

/* tx_classic.c */

/**
 * rtl8139_tx_stop() - TE was cleared: nothing is handed over any more, and both modes begin anew
 * @card:	the card
 */
void rtl8139_tx_stop(struct rtl8139 *card);

/** rtl8139_tsd_write() - hook: a descriptor is handed over; in C+ mode DTCCR */
void rtl8139_tsd_write(void *dev, unsigned index, uint32_t value, uint32_t old);

/** rtl8139_tcr_write() - hook: CLRABT */
void rtl8139_tcr_write(void *dev, unsigned index, uint32_t value, uint32_t old);

/** rtl8139_tsad_read() - hook: the status of all four */
uint32_t rtl8139_tsad_read(void *dev, unsigned index);

/* tx_offload.c */

/**
 * rtl8139_offload() - checksums and large send, as the descriptor's first word asks
 * @p:		frame; its offload members are filled
 * @head:	its private first piece, changed
 * @command:	first word of the first descriptor
 *
 * Return: false for a large send of something that can't be one
 */
bool rtl8139_offload(struct packet *p, uint8_t *head, uint32_t command);

/* rx_filter.c */

/**
 * rtl8139_address_class() - what kind of destination a frame has for this card
 * @card:	the card
 * @addr:	destination address
 *
 * Return: RTL_RX_PAM, RTL_RX_BAR or RTL_RX_MAR; 0 for another station's
 */
uint32_t rtl8139_address_class(const struct rtl8139 *card, const uint8_t *addr);

/**
 * rtl8139_filter() - is a destination let through?
 * @card:	the card
 * @addr:	destination address
 */
bool rtl8139_filter(const struct rtl8139 *card, const uint8_t *addr);

/**
 * rtl8139_hash() - which bit of MAR a group address has
 * @addr:	the address
 *
 * Return: 0 to 63
 */
unsigned rtl8139_hash(const uint8_t *addr);

/* rx_classic.c */

/** rtl8139_ring_is_empty() - C mode: has the driver given back all records? */
bool rtl8139_ring_is_empty(const struct rtl8139 *card);

/** rtl8139_cr_read() - hook: BUFE */
uint32_t rtl8139_cr_read(void *dev, unsigned index);

/**
 * rtl8139_rx_restart() - RE was set: both modes begin anew
 * @card:	the card
 */
void rtl8139_rx_restart(struct rtl8139 *card);

/* rx_cplus.c */

/** rtl8139_last_is_unseen() - C+ mode: is the last frame's descriptor still the driver's? */
bool rtl8139_last_is_unseen(struct rtl8139 *card);

/* rx.c */

/** rtl8139_has_unseen() - does a frame lie in guest memory that the driver has not taken? */
bool rtl8139_has_unseen(struct rtl8139 *card);

/**
 * rtl8139_receive() - port_ops.receive
 * @port:	the card's port
 * @packets:	frames
 * @n:		their number
 *
 * Return: how many were taken
 */
int rtl8139_receive(struct port *port, const struct packet *packets, int n);

/**
 * rtl8139_take() - take one frame: put it into the ring or the queue, or drop it
 * @card:	the card
 * @p:		the frame, not GSO
 *
 * Return: false when the queue is full
 */
bool rtl8139_take(struct rtl8139 *card, const struct packet *p);

/**
 * rtl8139_drain() - put queued frames into the receive ring
 * @card:	the card
 *
 * Return: true when there is more to do now
 */
bool rtl8139_drain(struct rtl8139 *card);

/**
 * rtl8139_flush() - forget queued frames (receiver off, reset)
 * @card:	the card
 */
void rtl8139_flush(struct rtl8139 *card);

/* ipv4.c */

/**
 * struct rtl8139_ipv4 - an IPv4 packet in a frame, whose lengths agree with each other
 * @at:		offset of the header in the frame
 * @header:	its length
 * @l4:		length of what is behind it, by the header
 * @protocol:	IP_PROTO_*
 * @fragment:	part of a datagram
 */
struct rtl8139_ipv4 {
	uint16_t at;
	uint16_t header;
	uint16_t l4;
	uint8_t protocol;
	bool fragment;
};

/**
 * rtl8139_ipv4() - find the IPv4 header of a frame, tagged or not
 * @p:		the frame
 * @ip:		filled
 *
 * Return: false when there is none in the frame's private head, or it contradicts the frame
 */
bool rtl8139_ipv4(const struct packet *p, struct rtl8139_ipv4 *ip);
