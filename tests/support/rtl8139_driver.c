/* SPDX-License-Identifier: BSD-2-Clause */
/* The mini driver. */
#include "tests/support/rtl8139_driver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "devices/rtl8139/class.h"
#include "net/base/error.h"

static const uint8_t mac[ETH_ADDR_LEN] = {0x52, 0x54, 0x00, 0xab, 0xcd, 0xef};

/** peer_receive() - port_ops.receive: keep frames */
static int peer_receive(struct port *port, const struct packet *packets, int n)
{
	struct rig *rig = container_of(port, struct rig, peer);
	int i;

	for (i = 0; i < n && rig->room != 0; i++) {
		struct sent_frame *f = &rig->frames[rig->count];

		assert_true(rig->count < FRAME_COUNT);
		f->data = malloc(packets[i].len);
		f->len = packets[i].len;
		f->offload = packets[i].offload;
		f->vlan = packets[i].vlan;
		f->vlan_tci = packets[i].vlan_tci;
		assert_int_equal(packet_copy(&packets[i], 0, f->data, f->len), f->len);
		rig->count++;
		if (rig->room > 0)
			rig->room--;
	}
	return i;
}

/** peer_ready() - port_ops.ready */
static void peer_ready(struct port *port)
{
	container_of(port, struct rig, peer)->was_ready++;
}

static const struct port_ops peer_ops = {.receive = peer_receive, .ready = peer_ready};

/** now_ns() - the test's clock */
static int64_t now_ns(void *context)
{
	return ((struct rig *)context)->now;
}

struct rig *rtl_new_model(const struct nic_class *class, uint32_t peer_caps)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	struct error err = {0};
	int memfd = nic_memory_create(class, &err);

	assert_true(memfd >= 0);
	rig->room = -1;
	rig->now = 1000;
	rig->loop = loop_new();
	loop_set_clock(rig->loop, now_ns, rig);
	rig->nic = nic_new(class, rig->loop, memfd, mac, &err);
	assert_non_null(rig->nic);
	close(memfd);
	rig->card = container_of(rig->nic, struct rtl8139, nic);
	rig->ram = calloc(1, RAM_SIZE);
	assert_int_equal(dma_map_host(&rig->nic->dma, RAM_BASE, rig->ram, RAM_SIZE), 0);
	rig->irq = eventfd(0, EFD_NONBLOCK);
	intx_set_eventfd(&rig->nic->intx, dup(rig->irq));
	port_init(&rig->peer, &peer_ops, peer_caps, NULL);
	port_connect(&rig->nic->port, &rig->peer);
	rtl_master(rig, true);
	rig->now += 100000000; /* the negotiation is over */
	rtl_turns(rig, 2);
	return rig;
}

struct rig *rtl_new(uint32_t peer_caps)
{
	return rtl_new_model(&rtl8139_class, peer_caps);
}

void rtl_free(struct rig *rig)
{
	nic_free(rig->nic);
	loop_free(rig->loop);
	for (int i = 0; i < rig->count; i++)
		free(rig->frames[i].data);
	close(rig->irq);
	free(rig->ram);
	free(rig);
}

int rtl_setup(void **state)
{
	*state = rtl_new(0);
	return 0;
}

int rtl_setup_classic(void **state)
{
	*state = rtl_new_model(&rtl8139c_class, 0);
	return 0;
}

int rtl_teardown(void **state)
{
	rtl_free(*state);
	return 0;
}

/** rd() - a read and the end of its batch */
static uint64_t rd(struct rig *rig, uint32_t offset, unsigned size)
{
	uint64_t value = rig->nic->class->bar_read(rig->nic, 1, offset, size);

	rig->nic->class->settle(rig->nic);
	return value;
}

/** wr() - a write and the end of its batch */
static void wr(struct rig *rig, uint32_t offset, unsigned size, uint64_t value)
{
	rig->nic->class->bar_write(rig->nic, 0, offset, size, value);
	rig->nic->class->settle(rig->nic);
}

uint8_t rtl_rd8(struct rig *rig, uint32_t offset)
{
	return (uint8_t)rd(rig, offset, 1);
}

uint16_t rtl_rd16(struct rig *rig, uint32_t offset)
{
	return (uint16_t)rd(rig, offset, 2);
}

uint32_t rtl_rd32(struct rig *rig, uint32_t offset)
{
	return (uint32_t)rd(rig, offset, 4);
}

void rtl_wr8(struct rig *rig, uint32_t offset, uint8_t value)
{
	wr(rig, offset, 1, value);
}

void rtl_wr16(struct rig *rig, uint32_t offset, uint16_t value)
{
	wr(rig, offset, 2, value);
}

void rtl_wr32(struct rig *rig, uint32_t offset, uint32_t value)
{
	wr(rig, offset, 4, value);
}

void rtl_master(struct rig *rig, bool on)
{
	const uint8_t command[2] = {on ? 7 : 3, 0};

	pci_config_write(rig->nic->mem.pci, &rig->nic->class->identity, 4, command, 2);
}

void rtl_start(struct rig *rig, uint16_t cpcr)
{
	rtl_wr8(rig, RTL_CR, RTL_CR_RST);
	assert_int_equal(rtl_rd8(rig, RTL_CR) & RTL_CR_RST, 0);
	rtl_wr16(rig, RTL_CPCR, cpcr | RTL_CPCR_RXEN | RTL_CPCR_TXEN);
	rtl_wr32(rig, RTL_THPDS, 0);
	rtl_wr32(rig, RTL_THPDS + 4, 0);
	rtl_wr32(rig, RTL_RDSAR, RX_RING);
	rtl_wr32(rig, RTL_RDSAR + 4, 0);
	rtl_wr32(rig, RTL_TNPDS, TX_RING);
	rtl_wr32(rig, RTL_TNPDS + 4, 0);
	for (unsigned i = 0; i < RX_COUNT; i++)
		rtl_put_desc(rig, RX_RING + i * RTL_DESC_SIZE,
			     RTL_OWN | (i + 1 == RX_COUNT ? RTL_EOR : 0) | RX_BYTES, 0,
			     RX_BUFFER + i * RX_BYTES);
	rtl_wr8(rig, RTL_CR, RTL_CR_RE | RTL_CR_TE);
	rtl_wr8(rig, RTL_ETTHR, 6);
	rtl_wr32(rig, RTL_RCR, RTL_RCR_APM | RTL_RCR_AB);
	rtl_wr32(rig, RTL_TCR, 0x03000700);
	rtl_wr16(rig, RTL_IMR, 0x80ff);
	rig->rx_next = 0;
	rtl_irqs(rig);
}

void rtl_start_classic(struct rig *rig, uint32_t rcr)
{
	rtl_wr8(rig, RTL_CR, RTL_CR_RST);
	rtl_wr32(rig, RTL_RBSTART, RX_BUFFER);
	rtl_wr8(rig, RTL_CR, RTL_CR_RE | RTL_CR_TE);
	rtl_wr32(rig, RTL_RCR, RTL_RCR_APM | RTL_RCR_AB | rcr);
	rtl_wr32(rig, RTL_TCR, 0x03000700);
	rtl_wr16(rig, RTL_IMR, 0xe07f);
	rig->rx_next = 0;
	rtl_irqs(rig);
}

void rtl_turns(struct rig *rig, int n)
{
	while (n-- > 0)
		loop_turn(rig->loop, 0);
}

uint64_t rtl_irqs(struct rig *rig)
{
	uint64_t n = 0;

	if (read(rig->irq, &n, sizeof(n)) < 0)
		n = 0;
	intx_unmask(&rig->nic->intx);
	return n;
}

uint8_t *rtl_guest(struct rig *rig, uint64_t address)
{
	assert_true(address >= RAM_BASE && address < RAM_BASE + RAM_SIZE);
	return rig->ram + (address - RAM_BASE);
}

void rtl_put_desc(struct rig *rig, uint64_t address, uint32_t word0, uint32_t word1,
		  uint64_t buffer)
{
	uint8_t *p = rtl_guest(rig, address);

	put_le32(p + 4, word1);
	put_le64(p + 8, buffer);
	put_le32(p, word0);
}

void rtl_put_tx(struct rig *rig, unsigned index, const void *frame, uint32_t len, uint32_t flags)
{
	uint64_t buffer = TX_BUFFER + index * 2048;

	memcpy(rtl_guest(rig, buffer), frame, len);
	rtl_put_desc(rig, TX_RING + index * RTL_DESC_SIZE, RTL_OWN | RTL_FS | RTL_LS | flags | len,
		     0, buffer);
}

uint32_t rtl_desc_word(struct rig *rig, uint64_t address, int word)
{
	return get_le32(rtl_guest(rig, address) + 4 * word);
}

uint64_t rtl_rx_desc(unsigned index)
{
	return RX_RING + index * RTL_DESC_SIZE;
}

uint32_t rtl_tx_word(struct rig *rig, unsigned index)
{
	return rtl_desc_word(rig, TX_RING + index * RTL_DESC_SIZE, 0);
}

void rtl_poll_ring(struct rig *rig)
{
	rtl_wr8(rig, RTL_TPPOLL, RTL_TPPOLL_NPQ);
}

const struct sent_frame *rtl_send_checksummed(struct rig *rig, const uint8_t *frame, uint32_t len)
{
	int before = rig->count;

	rtl_start(rig, 0);
	rtl_put_tx(rig, 0, frame, len, RTL_TX_IPCS | RTL_TX_TCPCS | RTL_TX_UDPCS);
	rtl_poll_ring(rig);
	assert_int_equal(rig->count, before + 1);
	return &rig->frames[before];
}

bool rtl_peer_send(struct rig *rig, const struct packet *p)
{
	return port_send(&rig->peer, p, 1) == 1;
}

bool rtl_peer_send_frame(struct rig *rig, const void *frame, uint32_t len)
{
	struct packet p;
	struct iovec iov;

	packet_from_buffer(&p, &iov, frame, len);
	return rtl_peer_send(rig, &p);
}

uint64_t rtl_drops(struct rig *rig, enum drop_reason reason)
{
	return rig->nic->port.stats->drops[reason];
}

void rtl_make_frame(struct rig *rig, uint8_t *frame, uint32_t len)
{
	(void)rig;
	for (uint32_t i = 0; i < len; i++)
		frame[i] = (uint8_t)(i * 7 + 3);
	memcpy(frame, mac, ETH_ADDR_LEN);
	memcpy(frame + ETH_ADDR_LEN, "\x02\x00\x00\x00\x00\x01", ETH_ADDR_LEN);
	put_be16(frame + ETH_TYPE_OFFSET, 0x88b5);
}

uint32_t rtl_make_ipv4(struct rig *rig, uint8_t *frame, uint8_t protocol, uint32_t payload)
{
	uint32_t l4 = protocol == IP_PROTO_TCP ? TCP_MIN_HEADER_LEN : UDP_HEADER_LEN;
	uint32_t len = ETH_HEADER_LEN + IPV4_MIN_HEADER_LEN + l4 + payload;
	uint8_t *ip = frame + ETH_HEADER_LEN;
	uint8_t *tp = ip + IPV4_MIN_HEADER_LEN;

	rtl_make_frame(rig, frame, len);
	put_be16(frame + ETH_TYPE_OFFSET, ETH_TYPE_IPV4);
	memcpy(ip, "\x45\x00\x00\x00\x12\x34\x40\x00\x40\x00\x55\x55", 12);
	put_be16(ip + 2, (uint16_t)(len - ETH_HEADER_LEN));
	ip[9] = protocol;
	memcpy(ip + 12, "\x0a\x00\x02\x0f\x0a\x00\x02\x02", 8);
	put_be16(tp, 1000);
	put_be16(tp + 2, 80);
	if (protocol == IP_PROTO_UDP) {
		put_be16(tp + 4, (uint16_t)(UDP_HEADER_LEN + payload));
		put_be16(tp + 6, 0x5555);
		return len;
	}
	put_be32(tp + 4, 0xfffffe00);
	put_be32(tp + 8, 77);
	memcpy(tp + 12, "\x50\x19\x10\x00\x55\x55\x00\x00", 8); /* FIN, PSH, ACK */
	return len;
}

uint32_t rtl_naive_sum(uint32_t sum, const uint8_t *p, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		sum += i & 1 ? p[i] : (uint32_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/** l4_sum() - sum over pseudo header and transport part */
static uint32_t l4_sum(const uint8_t *ip)
{
	uint32_t header = (ip[0] & 15) * 4;
	uint32_t l4 = get_be16(ip + 2) - header;

	return rtl_naive_sum(rtl_naive_sum(ip[9] + l4, ip + 12, 8), ip + header, l4);
}

bool rtl_ip_is_good(const uint8_t *frame, uint32_t len)
{
	const uint8_t *ip = frame + ETH_HEADER_LEN;

	return ETH_HEADER_LEN + (uint32_t)get_be16(ip + 2) <= len &&
	       rtl_naive_sum(0, ip, (ip[0] & 15) * 4) == 0xffff && l4_sum(ip) == 0xffff;
}

void rtl_set_checksums(uint8_t *frame)
{
	uint8_t *ip = frame + ETH_HEADER_LEN;
	uint8_t *field = ip + (ip[0] & 15) * 4 + (ip[9] == IP_PROTO_TCP ? 16 : 6);

	put_be16(ip + 10, 0);
	put_be16(ip + 10, (uint16_t)~rtl_naive_sum(0, ip, (ip[0] & 15) * 4));
	put_be16(field, 0);
	put_be16(field, (uint16_t)~l4_sum(ip));
}
