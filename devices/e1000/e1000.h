/* SPDX-License-Identifier: BSD-2-Clause */
/* The 8254x: its flat state, its running form, and what its files offer each other. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "devices/chip/eeprom93c46.h"
#include "devices/chip/regs.h"
#include "devices/e1000/class.h"
#include "devices/e1000/hw.h"
#include "devices/nic.h"
#include "net/base/bytes.h"
#include "net/base/loop.h"
#include "net/core/queue.h"

/*
 * Theory of operation
 *
 * Register accesses come in as messages and are answered at once; what they ask for is done when
 * the batch of messages is worked off (settle): transmit (tx.c), receive buffers that came back
 * (rx.c), a PAUSE frame (pause.c), then the decision on the interrupt (intr.c). So answers leave
 * before work begins, and a batch of doorbells costs one pass.
 *
 * Transmit reads descriptors, collects the pieces of one frame (tx.c), turns the card's offload
 * fields into the packet's (tx_offload.c) and sends. A frame that the peer does not take stays in
 * the guest's ring. Receive filters a packet (rx_filter.c), cuts it into frames (rx.c), judges
 * their checksums (rx_checksum.c) and places them in the guest's buffers (rx_ring.c); while there
 * are none, packets wait in the card's queue, whose bound is the end of back-pressure.
 */

#define TX_MAX_PIECES (PACKET_MAX_IOV - 1)

/**
 * struct e1000_context - offload context, loaded by a context descriptor (SDM 3.3.6)
 * @ipcss:	first byte of the IP checksum's range
 * @ipcso:	where it is stored
 * @ipcse:	last byte of the range, 0: end of frame
 * @tucss:	first byte of the TCP/UDP checksum's range
 * @tucso:	where it is stored
 * @tucse:	last byte of the range, 0: end of frame
 * @tcp:	TUCMD.TCP
 * @ipv4:	TUCMD.IP
 * @hdrlen:	header bytes of a segmentation send
 * @mss:	payload bytes a segment
 * @paylen:	payload bytes of the whole send
 */
struct e1000_context {
	uint8_t ipcss;
	uint8_t ipcso;
	uint16_t ipcse;
	uint8_t tucss;
	uint8_t tucso;
	uint16_t tucse;
	uint8_t tcp;
	uint8_t ipv4;
	uint8_t hdrlen;
	uint16_t mss;
	uint32_t paylen;
};

/** enum e1000_context_kind - the chip keeps one context for each kind of send */
enum e1000_context_kind {
	CONTEXT_PLAIN,
	CONTEXT_TSE,
	CONTEXT_COUNT,
};

/**
 * struct e1000_state - everything a successor needs; flat, in the NIC's memfd, hostile when loaded
 * @regs:	the register file of BAR 0
 * @phy:	the PHY's registers, 16 bit each
 * @ioaddr:	IOADDR of the I/O BAR
 * @eeprom:	the 93C46
 * @context:	offload contexts
 * @tx_discard:	the rest of a bad frame is being skipped, up to its EOP
 * @phy_ready:	the PHY has finished autonegotiation
 * @phy_up:	the PHY had a link when it was looked at last
 * @link_lost:	BMSR.LINK is latched low until read
 */
struct e1000_state {
	uint8_t regs[E1000_BAR0_SIZE];
	uint8_t phy[PHY_COUNT * 2];
	uint32_t ioaddr;
	struct eeprom93c46 eeprom;
	struct e1000_context context[CONTEXT_COUNT];
	uint8_t tx_discard;
	uint8_t phy_ready;
	uint8_t phy_up;
	uint8_t link_lost;
};

/**
 * struct e1000_moderation - when the interrupt pin may rise (intr.c tells the policy)
 * @last_fire_ns: the pin rose last
 * @last_enable_ns: IMS was written last: the driver's handler is done
 * @hold_until_ns: no interrupt before this: the driver is in its handler
 * @last_work_ns: a frame moved last
 * @frames:	frames moved since the last interrupt
 * @load_x8:	running mean of frames an interrupt, times 8
 * @worked:	frames moved since the policy was looked at
 * @masks:	the driver masks interrupts in its handler (IMC after ICR)
 */
struct e1000_moderation {
	int64_t last_fire_ns;
	int64_t last_enable_ns;
	int64_t hold_until_ns;
	int64_t last_work_ns;
	uint32_t frames;
	uint32_t load_x8;
	bool worked;
	bool masks;
};

/** enum pause_frame - a PAUSE frame that is to be sent */
enum pause_frame {
	PAUSE_NONE,
	PAUSE_XON,
	PAUSE_XOFF,
};

/**
 * struct e1000 - a running card
 * @nic:	what every card has
 * @s:		flat state, in @nic.mem
 * @irq_timer:	the pin may rise later
 * @rx_delay, @rx_absolute: RDTR and RADV
 * @tx_delay, @tx_absolute: TIDV and TADV
 * @link_timer:	end of autonegotiation
 * @pause_timer: the partner asked the transmitter to stop until then
 * @more_timer:	a pass ended at its budget: go on in the next turn
 * @mod:	interrupt moderation
 * @rx_queue:	packets that wait for receive buffers
 * @rx_skip:	segments of its oldest packet that are delivered already
 * @pause_owed:	PAUSE frame to be sent from the loop
 * @pause_stopped: the partner was told to stop, and not yet to go on
 * @cable:	the cable as the PHY saw it last
 * @linear:	a whole frame in one piece, for what can't be done on pieces
 */
struct e1000 {
	struct nic nic;
	struct e1000_state *s;
	struct loop_timer irq_timer;
	struct loop_timer rx_delay;
	struct loop_timer rx_absolute;
	struct loop_timer tx_delay;
	struct loop_timer tx_absolute;
	struct loop_timer link_timer;
	struct loop_timer pause_timer;
	struct loop_timer more_timer;
	struct e1000_moderation mod;
	struct packet_queue rx_queue;
	uint32_t rx_skip;
	enum pause_frame pause_owed;
	bool pause_stopped;
	bool cable;
	uint8_t linear[PACKET_MAX_LEN + ETH_VLAN_LEN];
};

/**
 * struct tx_frame - one frame on its way out, as its descriptors describe it
 * @head:	private copy of its first bytes
 * @iov:	its pieces; iov[0] is @head
 * @iovcnt:	their number
 * @len:	its length
 * @tse:	segmentation send
 * @ixsm, @txsm: insert the IP / TCP/UDP checksum of @context
 * @ic:		legacy: insert a checksum from @css to the end at @cso
 * @css, @cso:	see @ic
 * @vlan:	insert a tag
 * @vlan_tci:	the tag
 * @context:	snapshot taken at the first data descriptor
 */
struct tx_frame {
	uint8_t head[PACKET_HEAD];
	struct iovec iov[PACKET_MAX_IOV];
	int iovcnt;
	uint32_t len;
	bool tse;
	bool ixsm;
	bool txsm;
	bool ic;
	uint8_t css;
	uint8_t cso;
	bool vlan;
	uint16_t vlan_tci;
	struct e1000_context context;
};

/** to_e1000() - the card a struct nic is part of */
static inline struct e1000 *to_e1000(struct nic *nic)
{
	return container_of(nic, struct e1000, nic);
}

/** port_to_e1000() - the card a port is part of */
static inline struct e1000 *port_to_e1000(struct port *port)
{
	return container_of(port, struct e1000, nic.port);
}

/** e1000_get() - stored value of a register, without side effects */
static inline uint32_t e1000_get(const struct e1000 *e, uint32_t offset)
{
	return get_le32(e->s->regs + offset);
}

/** e1000_set() - set the stored value of a register, without side effects */
static inline void e1000_set(struct e1000 *e, uint32_t offset, uint32_t value)
{
	put_le32(e->s->regs + offset, value);
}

/** e1000_model() - the member of the family that a card is */
static inline const struct e1000_model *e1000_model(const struct e1000 *e)
{
	return container_of(e->nic.class, const struct e1000_model, class);
}

/** e1000_bank_of() - the registers of a card's part */
static inline const struct reg_bank *e1000_bank_of(const struct e1000 *e)
{
	return e->nic.class->banks[0];
}

/* regs.c */
extern const struct reg_bank e1000_bank;
extern const struct reg_bank e1000_early_bank; /* 82544 */

/* e1000.c */

/** e1000_soft_reset() - CTRL.RST: MAC to defaults, EEPROM reloaded; PHY and kept registers stay */
void e1000_soft_reset(struct e1000 *e);
/** e1000_more() - run settle() again in the next turn of the loop */
void e1000_more(struct e1000 *e);

/* load.c */

/** e1000_load() - go on with a predecessor's state, whatever is in it */
void e1000_load(struct e1000 *e);

/* intr.c */

/** intr_init() - timers of the interrupt logic */
void intr_init(struct e1000 *e);
/** intr_reset() - no cause, no mask, no timer, pin low */
void intr_reset(struct e1000 *e);
/** intr_cause() - latch causes in ICR; intr_update() decides on the pin */
void intr_cause(struct e1000 *e, uint32_t causes);
/** intr_update() - raise or lower the pin by ICR, IMS and the moderation policy */
void intr_update(struct e1000 *e);
/** intr_frames() - @n frames moved: what the moderation's load is made of */
void intr_frames(struct e1000 *e, uint32_t n);
/** intr_rx_written() - a packet of @len bytes was written back: RXT0 now or by RDTR/RADV/RSRPD */
void intr_rx_written(struct e1000 *e, uint32_t len);
/** intr_tx_written() - status was written back: TXDW now or (@delayed, IDE) by TIDV/TADV */
void intr_tx_written(struct e1000 *e, bool delayed);
/** icr_read() - ICR: returns and clears all causes */
uint32_t icr_read(void *dev, unsigned index);
/** icr_write() - ICR: writing 1 clears */
void icr_write(void *dev, unsigned index, uint32_t value, uint32_t old);
/** ics_write() - ICS: sets causes */
void ics_write(void *dev, unsigned index, uint32_t value, uint32_t old);
/** ims_write() - IMS: sets mask bits */
void ims_write(void *dev, unsigned index, uint32_t value, uint32_t old);
/** imc_write() - IMC: clears mask bits */
void imc_write(void *dev, unsigned index, uint32_t value, uint32_t old);
/** rdtr_write() - RDTR: FPD flushes */
void rdtr_write(void *dev, unsigned index, uint32_t value, uint32_t old);

/* link.c */

/** link_power_up() - PHY to power-up values, link as the cable is */
void link_power_up(struct e1000 *e);
/** link_resume() - go on with a predecessor's PHY */
void link_resume(struct e1000 *e);
/** link_cable() - the cable was plugged or pulled */
void link_cable(struct e1000 *e, bool up);
/** link_update() - STATUS by PHY and CTRL; LSC when the link went up or down */
void link_update(struct e1000 *e);
/** link_is_up() - STATUS.LU */
bool link_is_up(const struct e1000 *e);
/** link_loopback() - do frames come back instead of leaving (RCTL.LBM, BMCR.14)? */
bool link_loopback(const struct e1000 *e);

/* phy.c */

/**
 * struct phy_mode - what a link runs at
 * @speed:	PHY_SPEED_10, _100 or _1000
 * @full:	full duplex
 */
struct phy_mode {
	uint32_t speed;
	bool full;
};

/** phy_init() - timer of autonegotiation */
void phy_init(struct e1000 *e);
/** phy_power_up() - power-up values; no negotiation to wait for */
void phy_power_up(struct e1000 *e);
/** phy_reset() - CTRL.PHY_RST: registers to power-up values while @held, then a negotiation */
void phy_reset(struct e1000 *e, bool held);
/** phy_negotiate() - (re)start autonegotiation: no link until it ends */
void phy_negotiate(struct e1000 *e);
/** phy_link() - has the PHY a link? @ret is filled with its mode, wanted or real */
bool phy_link(const struct e1000 *e, struct phy_mode *ret);
/** phy_link_changed() - tell it to the PHY's interrupt status */
void phy_link_changed(struct e1000 *e, bool up);
/** phy_loopback() - BMCR.14 */
bool phy_loopback(const struct e1000 *e);
/** mdic_write() - MDIC: a PHY access */
void mdic_write(void *dev, unsigned index, uint32_t value, uint32_t old);
extern const struct reg_bank e1000_phy_bank;

/* pause.c */

/** pause_init() - timer of a pause */
void pause_init(struct e1000 *e);
/** pause_reset() - no pause, none owed */
void pause_reset(struct e1000 *e);
/** pause_send() - an XOFF or XON is due: it is counted, and sent from the loop */
void pause_send(struct e1000 *e, bool xoff);
/** pause_run() - send what is owed */
void pause_run(struct e1000 *e);
/** pause_watch() - the queue's level changed: FCRTH, FCRTL */
void pause_watch(struct e1000 *e);
/** pause_take() - obey @p if it is MAC control; true when it goes no further */
bool pause_take(struct e1000 *e, const struct packet *p);
/** pause_passes() - RCTL.PMCF: MAC control but PAUSE passes the address filter */
bool pause_passes(const struct e1000 *e, const struct packet *p);
/** pause_holds() - has the partner stopped the transmitter? */
bool pause_holds(const struct e1000 *e);
/** pause_end() - the transmitter may go on */
void pause_end(struct e1000 *e);

/* wake.c */

/** wake_frame() - a frame came in while the card sleeps */
void wake_frame(struct e1000 *e, const struct packet *p);
/** wake_link() - the link changed */
void wake_link(struct e1000 *e);
/** wake_control() - WUC was written: its PME bits are those of PMCSR */
void wake_control(struct e1000 *e, uint32_t wuc);
/** wuc_read() - WUC, with the PME bits of PMCSR */
uint32_t wuc_read(void *dev, unsigned index);

/* eeprom.c */

/** eeprom_fill() - a new card's contents: station address, init words, checksum */
void eeprom_fill(struct e1000 *e);
/** eeprom_autoload() - station address into RAL0/RAH0, init words into CTRL */
void eeprom_autoload(struct e1000 *e);
/** eecd_write() - EECD: drive the Microwire pins */
void eecd_write(void *dev, unsigned index, uint32_t value, uint32_t old);
/** eecd_read() - EECD with DO, GNT, PRES */
uint32_t eecd_read(void *dev, unsigned index);
/** eerd_write() - EERD: read a word */
void eerd_write(void *dev, unsigned index, uint32_t value, uint32_t old);

/* tx.c */

/** tx_run() - transmit what lies between TDH and TDT, within a budget */
void tx_run(struct e1000 *e);

/* tx_offload.c */

/** tx_send() - do or hand on the frame's offload work and send it; false: the peer is full */
bool tx_send(struct e1000 *e, struct tx_frame *f);

/* rx.c */

/** rx_receive() - the port's receive operation */
int rx_receive(struct port *port, const struct packet *packets, int n);
/** rx_run() - place waiting packets, now that there may be buffers */
void rx_run(struct e1000 *e);
/** rx_loopback() - a frame that comes back; receiving never transmits, so this does not recurse */
void rx_loopback(struct e1000 *e, const struct packet *p);
/** rx_forget() - drop what waits for buffers */
void rx_forget(struct e1000 *e);

/**
 * struct rx_frame - a frame about to be placed
 * @packet:	the frame; checksums complete
 * @status:	status byte but for DD and EOP
 * @errors:	error byte
 * @special:	VLAN tag
 * @csum:	packet checksum from RXCSUM.PCSS on
 */
struct rx_frame {
	const struct packet *packet;
	uint8_t status;
	uint8_t errors;
	uint16_t special;
	uint16_t csum;
};

/* rx_checksum.c */

/** rx_checksums() - checksum bits of the status; IXSM when nothing was checked (SDM 3.2.9) */
void rx_checksums(struct e1000 *e, struct rx_frame *f);
/**
 * rx_packet_checksum() - one's complement sum from RXCSUM.PCSS to the end, as stored
 *
 * Complemented, first byte high: how Linux's drivers for this family take it (its sign and order
 * are not in the SDM).
 */
uint16_t rx_packet_checksum(const struct e1000 *e, const struct packet *p);

/* rx_ring.c */

/** rx_has_room() - are there buffers for @len bytes, and may the card use them? */
bool rx_has_room(const struct e1000 *e, uint32_t len);
/** rx_never_fits() - are @len bytes more than the whole ring has buffers for? */
bool rx_never_fits(const struct e1000 *e, uint32_t len);
/** rx_place() - write a frame into as many buffers as it needs; they are known to be there */
void rx_place(struct e1000 *e, const struct rx_frame *f);
/** rx_is_low() - RXDMT0: free descriptors at or below the threshold RCTL.RDMTS */
bool rx_is_low(const struct e1000 *e);

/* rx_filter.c */

/**
 * struct rx_verdict - what the filter found
 * @accept:	the packet passes
 * @inexact:	by hash or promiscuity only (status PIF)
 * @multicast, @broadcast: kind of its destination
 */
struct rx_verdict {
	bool accept;
	bool inexact;
	bool multicast;
	bool broadcast;
};

/** rx_filter() - address and VLAN filters (SDM 3.2.1, 9.3) */
struct rx_verdict rx_filter(const struct e1000 *e, const struct packet *p);

/* stats.c */

/** stats_add() - add to a 32-bit counter, which sticks at its maximum (SDM 13.7) */
void stats_add(struct e1000 *e, uint32_t offset, uint32_t n);
/** stats_sent() - @count frames of @bytes each (without FCS) went out */
void stats_sent(struct e1000 *e, const uint8_t *destination, uint32_t bytes, uint32_t count);
/** stats_seen() - a packet came in, good or not, for us or not */
void stats_seen(struct e1000 *e, const struct packet *p);
/** stats_received() - a good frame of @wire bytes (with FCS) was stored */
void stats_received(struct e1000 *e, const struct rx_verdict *v, uint32_t wire);
/** gorch_read() - GORCH: the high half of a 64-bit counter; reading it clears both halves */
uint32_t gorch_read(void *dev, unsigned index);
/** gotch_read() - GOTCH */
uint32_t gotch_read(void *dev, unsigned index);
/** torh_read() - TORH */
uint32_t torh_read(void *dev, unsigned index);
/** toth_read() - TOTH */
uint32_t toth_read(void *dev, unsigned index);
