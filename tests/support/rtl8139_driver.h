/* SPDX-License-Identifier: BSD-2-Clause */
/* A mini driver: an rtl8139 with guest memory, an interrupt line and a peer that keeps frames. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "devices/nic.h"
#include "devices/rtl8139/rtl8139.h"
#include "net/core/port.h"

#define RAM_BASE  0x100000
#define RAM_SIZE  0x100000
#define TX_RING   (RAM_BASE + 0x0000)
#define HI_RING   (RAM_BASE + 0x0400)
#define RX_RING   (RAM_BASE + 0x0800)
#define DUMP      (RAM_BASE + 0x1000)
#define TX_BUFFER (RAM_BASE + 0x10000)
#define RX_BUFFER (RAM_BASE + 0x80000)
#define RX_BYTES  1536
#define RX_COUNT  8
#define UNMAPPED  0x90000000
#define MSS       1000

#define FRAME_MAX   70000
#define FRAME_COUNT 256

/**
 * struct sent_frame - a frame that the peer took
 * @data:	its bytes, owned
 * @len:	their number
 * @offload:	work that came with it
 * @vlan:	tag beside it
 * @vlan_tci:	the tag
 */
struct sent_frame {
	uint8_t *data;
	uint32_t len;
	struct offload offload;
	bool vlan;
	uint16_t vlan_tci;
};

/**
 * struct rig - the card in its test
 * @loop:	loop with @now as its clock
 * @now:	the time
 * @nic:	the card
 * @card:	the same
 * @ram:	guest memory at RAM_BASE
 * @peer:	the other end of the cable
 * @room:	frames the peer takes before it is full; negative: no end
 * @frames:	what it took
 * @count:	their number
 * @was_ready:	times the card told the peer that it has room again
 * @irq:	eventfd of the interrupt pin
 * @rx_next:	next receive descriptor to look at
 */
struct rig {
	struct loop *loop;
	int64_t now;
	struct nic *nic;
	struct rtl8139 *card;
	uint8_t *ram;
	struct port peer;
	int room;
	struct sent_frame frames[FRAME_COUNT];
	int count;
	int was_ready;
	int irq;
	unsigned rx_next;
};

/** rtl_new_model() - a card after power-up, bus mastering on, plugged into a peer with some caps */
struct rig *rtl_new_model(const struct nic_class *class, uint32_t peer_caps);

/** rtl_new() - the same, of model rtl8139 */
struct rig *rtl_new(uint32_t peer_caps);

/** rtl_free() - the end */
void rtl_free(struct rig *rig);

/** rtl_setup() - cmocka fixture: rtl_new(0) */
int rtl_setup(void **state);

/** rtl_setup_classic() - cmocka fixture: an rtl8139c */
int rtl_setup_classic(void **state);

/** rtl_teardown() - cmocka fixture */
int rtl_teardown(void **state);

/** rtl_rd8() - register read */
uint8_t rtl_rd8(struct rig *rig, uint32_t offset);

/** rtl_rd16() - register read */
uint16_t rtl_rd16(struct rig *rig, uint32_t offset);

/** rtl_rd32() - register read */
uint32_t rtl_rd32(struct rig *rig, uint32_t offset);

/** rtl_wr8() - register write, a batch of its own */
void rtl_wr8(struct rig *rig, uint32_t offset, uint8_t value);

/** rtl_wr16() - register write, a batch of its own */
void rtl_wr16(struct rig *rig, uint32_t offset, uint16_t value);

/** rtl_wr32() - register write, a batch of its own */
void rtl_wr32(struct rig *rig, uint32_t offset, uint32_t value);

/** rtl_start() - what 8139cp does at open, with some CPCR bits besides TxEn and RxEn */
void rtl_start(struct rig *rig, uint16_t cpcr);

/** rtl_start_classic() - what 8139too does at open, with RCR bits besides APM and AB; RBLEN is 0 */
void rtl_start_classic(struct rig *rig, uint32_t rcr);

/** rtl_master() - switch bus mastering on or off */
void rtl_master(struct rig *rig, bool on);

/** rtl_turns() - let the loop do what is due */
void rtl_turns(struct rig *rig, int n);

/** rtl_irqs() - how many interrupts came since the last call; the pin is unmasked */
uint64_t rtl_irqs(struct rig *rig);

/** rtl_guest() - guest memory at a guest address */
uint8_t *rtl_guest(struct rig *rig, uint64_t address);

/** rtl_put_desc() - write a descriptor */
void rtl_put_desc(struct rig *rig, uint64_t address, uint32_t word0, uint32_t word1,
		  uint64_t buffer);

/** rtl_put_tx() - put a frame into a transmit descriptor; @flags besides OWN, FS, LS and length */
void rtl_put_tx(struct rig *rig, unsigned index, const void *frame, uint32_t len, uint32_t flags);

/** rtl_desc_word() - word of a descriptor */
uint32_t rtl_desc_word(struct rig *rig, uint64_t address, int word);

/** rtl_rx_desc() - address of a receive descriptor */
uint64_t rtl_rx_desc(unsigned index);

/** rtl_tx_word() - word 0 of a transmit descriptor */
uint32_t rtl_tx_word(struct rig *rig, unsigned index);

/** rtl_poll_ring() - ring the doorbell of the normal ring */
void rtl_poll_ring(struct rig *rig);

/** rtl_send_checksummed() - send one frame with all checksum commands; Return: what the peer got */
const struct sent_frame *rtl_send_checksummed(struct rig *rig, const uint8_t *frame, uint32_t len);

/** rtl_peer_send() - the peer sends a packet; Return: was it taken? */
bool rtl_peer_send(struct rig *rig, const struct packet *p);

/** rtl_peer_send_frame() - the peer sends bytes */
bool rtl_peer_send_frame(struct rig *rig, const void *frame, uint32_t len);

/** rtl_drops() - what the card's port dropped for a reason */
uint64_t rtl_drops(struct rig *rig, enum drop_reason reason);

/** rtl_make_frame() - a frame to the card, of no protocol, filled with a pattern */
void rtl_make_frame(struct rig *rig, uint8_t *frame, uint32_t len);

/**
 * rtl_make_ipv4() - a TCP or UDP packet over IPv4 with wrong checksums of 0x5555
 * @frame:	@payload + 54 (TCP) or 42 (UDP) bytes; addressed to the card
 * @protocol:	IP_PROTO_*
 * @payload:	bytes of data
 *
 * Return: length of the frame
 */
uint32_t rtl_make_ipv4(struct rig *rig, uint8_t *frame, uint8_t protocol, uint32_t payload);

/** rtl_naive_sum() - Internet checksum byte pair by byte pair, not complemented, host order */
uint32_t rtl_naive_sum(uint32_t sum, const uint8_t *p, uint32_t len);

/** rtl_ip_is_good() - header checksum and transport checksum of an IPv4 frame without tag */
bool rtl_ip_is_good(const uint8_t *frame, uint32_t len);

/** rtl_set_checksums() - make both right */
void rtl_set_checksums(uint8_t *frame);
