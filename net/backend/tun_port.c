/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames between a port and a tap descriptor. */
#include "net/backend/tun_port.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/virtio_net.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "net/base/bytes.h"
#include "net/core/ether.h"
#include "net/core/offload.h"

#define SLOT_SIZE  (17 * 4096) /* a header and PACKET_MAX_LEN, in whole pages */
#define MAX_ROUNDS 4           /* batches an event, so that one interface does not hold the loop */

static_assert(SLOT_SIZE >= TUN_VNET_SIZE + PACKET_MAX_LEN, "a slot holds the longest packet");
static_assert(sizeof(struct virtio_net_hdr) == TUN_VNET_SIZE, "header size");

/* ---- in: from the interface to the peer ---- */

/**
 * get_offload() - the kernel's header to a packet's offload members
 * @h:		the header, in host byte order as tap has it
 * @p:		a packet of one piece; its offload members are filled, unchecked
 *
 * The kernel's hdr_len is a hint only, so the end of the TCP header is looked up.
 */
static void get_offload(const struct virtio_net_hdr *h, struct packet *p)
{
	struct offload *o = &p->offload;
	uint32_t doff = (uint32_t)h->csum_start + 12;

	o->csum_valid = h->flags & VIRTIO_NET_HDR_F_DATA_VALID;
	o->needs_csum = h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM;
	o->csum_start = h->csum_start;
	o->csum_offset = h->csum_offset;
	o->gso_type = h->gso_type & (uint8_t)~VIRTIO_NET_HDR_GSO_ECN;
	if (o->gso_type == GSO_NONE)
		return;
	o->gso_size = h->gso_size;
	if (doff < MIN(p->len, PACKET_HEAD))
		o->hdr_len = (uint16_t)(h->csum_start + (packet_head(p)[doff] >> 4) * 4);
}

/**
 * view() - look at a frame that was read
 * @tun:	the port
 * @slot:	where it is
 * @len:	bytes read
 *
 * Return: DROP_REASON_COUNT, or why it is to be dropped
 */
static enum drop_reason view(struct tun_port *tun, int slot, uint32_t len)
{
	uint8_t *bytes = tun->bytes + slot * SLOT_SIZE;
	uint32_t skip = tun->vnet ? TUN_VNET_SIZE : 0;
	struct packet *p = &tun->packets[slot];
	struct virtio_net_hdr header;

	if (len < skip + ETH_HEADER_LEN)
		return DROP_RUNT;
	if (len - skip > PACKET_MAX_LEN)
		return DROP_TOO_LONG;
	packet_from_buffer(p, &tun->iov[slot], bytes + skip, len - skip);
	if (!tun->vnet)
		return DROP_REASON_COUNT;
	memcpy(&header, bytes, sizeof(header));
	get_offload(&header, p);
	return offload_check(p) ? DROP_REASON_COUNT : DROP_BAD_OFFLOAD;
}

/**
 * fill() - read up to TUN_BATCH frames
 * @tun:	the port; all that was read before is sent on
 *
 * Return: 0, or -errno when the interface is gone
 */
static int fill(struct tun_port *tun)
{
	tun->first = tun->count = 0;
	for (int tries = 0; tries < 2 * TUN_BATCH && tun->count < TUN_BATCH; tries++) {
		ssize_t n = read(tun->fd, tun->bytes + tun->count * SLOT_SIZE, SLOT_SIZE);
		enum drop_reason drop;

		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		if (n == 0)
			return -EPIPE;
		drop = view(tun, tun->count, (uint32_t)n);
		if (drop == DROP_REASON_COUNT)
			tun->count++;
		else
			port_drop(&tun->port, drop);
	}
	return 0;
}

/**
 * hand_on() - send on what was read
 * @tun:	the port
 *
 * Return: true when the peer took all of it
 */
static bool hand_on(struct tun_port *tun)
{
	int left = tun->count - tun->first;

	if (left > 0)
		tun->first += port_send(&tun->port, tun->packets + tun->first, left);
	return tun->first == tun->count;
}

/**
 * watch() - ask the loop for what can be done now
 * @tun:	the port
 */
static void watch(struct tun_port *tun)
{
	loop_fd_events(&tun->source,
		       (tun->first == tun->count ? EPOLLIN : 0) | (tun->full ? EPOLLOUT : 0));
}

/**
 * lose() - the interface is gone
 * @tun:	the port; may be freed by its owner
 */
static void lose(struct tun_port *tun)
{
	loop_fd_remove(&tun->source);
	loop_timer_cancel(&tun->work);
	tun->first = tun->count = 0;
	port_set_link(&tun->port, false);
	if (tun->full) {
		tun->full = false;
		port_ready(&tun->port); /* who waits sends into a link that is down */
	}
	if (tun->lost)
		tun->lost(tun);
}

/**
 * take_in() - read and send on as long as there is something and the peer takes it
 * @tun:	the port; may be freed by its owner
 */
static void take_in(struct tun_port *tun)
{
	for (int i = 0; i < MAX_ROUNDS && hand_on(tun); i++) {
		if (fill(tun) < 0) {
			lose(tun);
			return;
		}
		if (tun->count == 0)
			break;
	}
	hand_on(tun);
	watch(tun);
}

/** on_event() - the descriptor can be read or written */
static void on_event(struct loop_fd *source, uint32_t events)
{
	struct tun_port *tun = container_of(source, struct tun_port, source);

	if (events & EPOLLOUT && tun->full) {
		tun->full = false;
		port_ready(&tun->port);
	}
	if (events & (EPOLLERR | EPOLLHUP) && tun->first != tun->count)
		lose(tun); /* a removed interface says so again and again, read or not */
	else
		take_in(tun);
}

/** on_work() - the peer was ready again */
static void on_work(struct loop_timer *timer)
{
	take_in(container_of(timer, struct tun_port, work));
}

/** tun_ready() - port_ops.ready */
static void tun_ready(struct port *port)
{
	struct tun_port *tun = container_of(port, struct tun_port, port);

	if (tun->source.loop)
		loop_timer_set(tun->loop, &tun->work, 0);
}

/* ---- out: from the peer to the interface ---- */

/**
 * put_header() - a packet's offload members to the kernel's header
 * @p:		the packet
 * @h:		filled, in host byte order
 *
 * A packet that fits into one segment must not ask for segmentation.
 */
static void put_header(const struct packet *p, struct virtio_net_hdr *h)
{
	const struct offload *o = &p->offload;

	*h = (struct virtio_net_hdr){0};
	if (o->needs_csum) {
		h->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		h->csum_start = o->csum_start;
		h->csum_offset = o->csum_offset;
	}
	if (o->gso_type != GSO_NONE && p->len - o->hdr_len > o->gso_size) {
		h->gso_type = o->gso_type;
		h->gso_size = o->gso_size;
		h->hdr_len = o->hdr_len;
	}
}

/**
 * reason_of() - why the kernel did not take a frame
 * @code:	errno of the write
 */
static enum drop_reason reason_of(int code)
{
	switch (code) {
	case EIO: /* the interface is not up */
	case EBADFD:
		return DROP_LINK_DOWN;
	case EFAULT: /* a guest took its memory away */
		return DROP_DMA;
	case ENOBUFS:
	case ENOMEM:
		return DROP_QUEUE_FULL;
	default:
		return DROP_MALFORMED;
	}
}

/**
 * put() - write a packet
 * @tun:	the port
 * @p:		the packet
 *
 * Return: false when the interface has no room
 */
static bool put(struct tun_port *tun, const struct packet *p)
{
	struct iovec iov[PACKET_MAX_IOV + 1];
	struct virtio_net_hdr header;
	int skip = tun->vnet ? 1 : 0;
	ssize_t n;

	if (tun->vnet) {
		put_header(p, &header);
		iov[0] = (struct iovec){&header, sizeof(header)};
	}
	memcpy(iov + skip, p->iov, sizeof(*iov) * (size_t)p->iovcnt);
	do {
		n = writev(tun->fd, iov, p->iovcnt + skip);
	} while (n < 0 && errno == EINTR);
	if (n >= 0)
		return true;
	if (errno == EAGAIN)
		return false;
	port_drop(&tun->port, reason_of(errno));
	return true;
}

/** tun_receive() - port_ops.receive */
static int tun_receive(struct port *port, const struct packet *packets, int n)
{
	struct tun_port *tun = container_of(port, struct tun_port, port);
	int taken = 0;

	while (taken < n && put(tun, &packets[taken]))
		taken++;
	if (taken < n && tun->source.loop) {
		tun->full = true;
		watch(tun);
	}
	return taken;
}

static const struct port_ops tun_ops = {.receive = tun_receive, .ready = tun_ready};

/* ---- life ---- */

int tun_port_init(struct tun_port *tun, struct loop *loop, int fd, bool vnet,
		  struct port_stats *stats)
{
	const uint32_t caps = vnet ? PORT_CAP_CSUM | PORT_CAP_TSO4 | PORT_CAP_TSO6 : 0;
	int flags = fcntl(fd, F_GETFL);
	int ret;

	*tun = (struct tun_port){.loop = loop, .fd = fd, .vnet = vnet};
	tun->source.callback = on_event;
	tun->work.callback = on_work;
	tun->bytes = mmap(NULL, TUN_BATCH * SLOT_SIZE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	port_init(&tun->port, &tun_ops, caps, stats);
	if (tun->bytes == MAP_FAILED) {
		close(fd);
		return -ENOMEM;
	}
	ret = flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
	if (ret == 0)
		ret = loop_fd_add(loop, &tun->source, fd, EPOLLIN);
	if (ret < 0) {
		munmap(tun->bytes, TUN_BATCH * SLOT_SIZE);
		close(fd);
	}
	return ret;
}

void tun_port_done(struct tun_port *tun)
{
	port_disconnect(&tun->port);
	loop_fd_remove(&tun->source);
	loop_timer_cancel(&tun->work);
	munmap(tun->bytes, TUN_BATCH * SLOT_SIZE);
	close(tun->fd);
}
