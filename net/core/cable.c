/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets over a stream socket, in batches. */
#include "net/core/cable.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/base/bytes.h"
#include "net/base/error.h"
#include "net/core/ether.h"
#include "net/core/offload.h"

#define LENGTH_BYTES 4
#define HEADER_BYTES 16 /* of CABLE_WORKERS */
#define IN_SIZE      (256u << 10)
#define OUT_SIZE     (256u << 10)
#define WRITE_AT     (64u << 10) /* bytes that are written at once instead of in the next turn */
#define COPY_MAX     4096        /* longer packets are written from where they are */
#define SOCKET_BYTES (1 << 20)   /* asked for; the kernel gives what net.core.wmem_max allows */

/* Bits of the header's flags. */
#define FLAG_NEEDS_CSUM 0x01
#define FLAG_CSUM_VALID 0x02
#define FLAG_VLAN       0x04

/**
 * header_bytes() - bytes in front of each frame
 * @c:		the cable
 */
static uint32_t header_bytes(const struct cable *c)
{
	return c->framing == CABLE_WORKERS ? HEADER_BYTES : LENGTH_BYTES;
}

/**
 * put_header() - what stands in front of a packet
 * @c:		the cable
 * @p:		the packet
 * @to:		room for header_bytes(); big endian: length of the frame, 32 bits; flags, gso_type,
 *		8 bits each; gso_size, hdr_len, csum_start, csum_offset, vlan_tci, 16 bits each
 */
static void put_header(const struct cable *c, const struct packet *p, uint8_t *to)
{
	const struct offload *o = &p->offload;

	put_be32(to, p->len);
	if (c->framing == CABLE_STREAM)
		return;
	to[4] = (uint8_t)((o->needs_csum ? FLAG_NEEDS_CSUM : 0) |
			  (o->csum_valid ? FLAG_CSUM_VALID : 0) | (p->vlan ? FLAG_VLAN : 0));
	to[5] = o->gso_type;
	put_be16(to + 6, o->gso_size);
	put_be16(to + 8, o->hdr_len);
	put_be16(to + 10, o->csum_start);
	put_be16(to + 12, o->csum_offset);
	put_be16(to + 14, p->vlan_tci);
}

/**
 * get_header() - offload members of a packet that came in, unchecked
 * @from:	the header, CABLE_WORKERS
 * @p:		filled
 */
static void get_header(const uint8_t *from, struct packet *p)
{
	p->offload.needs_csum = from[4] & FLAG_NEEDS_CSUM;
	p->offload.csum_valid = from[4] & FLAG_CSUM_VALID;
	p->offload.gso_type = from[5];
	p->offload.gso_size = get_be16(from + 6);
	p->offload.hdr_len = get_be16(from + 8);
	p->offload.csum_start = get_be16(from + 10);
	p->offload.csum_offset = get_be16(from + 12);
	p->vlan = from[4] & FLAG_VLAN;
	p->vlan_tci = get_be16(from + 14);
}

/**
 * watch() - ask the loop for what can be done now
 * @c:		the cable, attached
 */
static void watch(struct cable *c)
{
	uint32_t events = (c->held ? 0 : EPOLLIN) | (c->writable ? 0 : EPOLLOUT);

	if (c->source.loop)
		loop_fd_events(&c->source, events);
	else if (loop_fd_add(c->loop, &c->source, c->fd, events) < 0)
		c->error = EIO;
}

/**
 * work_soon() - do what is left in the next turn of the loop
 * @c:		the cable
 */
static void work_soon(struct cable *c)
{
	if (!loop_timer_running(&c->work))
		loop_timer_set(c->loop, &c->work, 0);
}

/* ---- out: from the port to the socket ---- */

/**
 * write_out() - write the block, and pieces behind it, as far as the socket takes them
 * @c:		the cable, attached
 * @iov:	pieces; @iov[0] is room for the block
 * @n:		their number, 1 at least
 *
 * Return: bytes of @iov[1] and later that were written
 */
static size_t write_out(struct cable *c, struct iovec *iov, int n)
{
	uint32_t waiting = c->out.end - c->out.start;
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = (size_t)n};
	size_t all = 0;
	ssize_t done;

	iov[0] = (struct iovec){c->out.bytes + c->out.start, waiting};
	for (int i = 0; i < n; i++)
		all += iov[i].iov_len;
	do {
		done = sendmsg(c->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (done < 0 && errno == EINTR);
	/* EFAULT: a guest took its memory away; packet_copy() knows what to do then. */
	if (done < 0 && errno != EAGAIN && errno != EFAULT) {
		c->error = errno;
		work_soon(c);
	}
	done = MAX(done, 0);
	c->writable = (size_t)done == all;
	c->out.start += MIN((uint32_t)done, waiting);
	if (c->out.start == c->out.end)
		c->out.start = c->out.end = 0;
	return (size_t)done - MIN((uint32_t)done, waiting);
}

/**
 * flush() - write the block as far as the socket takes it
 * @c:		the cable, attached
 */
static void flush(struct cable *c)
{
	struct iovec iov;

	if (c->out.end > c->out.start && c->error == 0)
		write_out(c, &iov, 1);
}

/**
 * make_room() - have @need free bytes at the end of the block
 * @c:		the cable
 * @need:	how many
 *
 * Return: false when there is no room
 */
static bool make_room(struct cable *c, uint32_t need)
{
	uint32_t waiting = c->out.end - c->out.start;

	if (OUT_SIZE - c->out.end >= need)
		return true;
	if (OUT_SIZE - waiting < need)
		return false;
	memmove(c->out.bytes, c->out.bytes + c->out.start, waiting);
	c->out.start = 0;
	c->out.end = waiting;
	return true;
}

/**
 * put_direct() - write what waits and a long packet in one go; copy what the socket does not take
 * @c:		the cable; the packet has room in the block
 * @p:		the packet
 */
static void put_direct(struct cable *c, const struct packet *p)
{
	uint32_t header = header_bytes(c);
	struct iovec iov[PACKET_MAX_IOV + 3];
	uint8_t bytes[HEADER_BYTES];
	uint32_t done;

	put_header(c, p, bytes);
	iov[1] = (struct iovec){bytes, header};
	memcpy(iov + 2, p->iov, sizeof(*iov) * (size_t)p->iovcnt);
	done = (uint32_t)write_out(c, iov, p->iovcnt + 2);
	if (done < header) {
		memcpy(c->out.bytes + c->out.end, bytes + done, header - done);
		c->out.end += header - done;
		done = header;
	}
	c->out.end +=
		packet_copy(p, done - header, c->out.bytes + c->out.end, p->len - (done - header));
}

/**
 * put() - take a packet
 * @c:		the cable, attached
 * @p:		the packet
 *
 * Return: false when there is no room
 */
static bool put(struct cable *c, const struct packet *p)
{
	uint32_t need = header_bytes(c) + p->len;

	if (!make_room(c, need)) {
		if (c->writable)
			flush(c);
		if (!make_room(c, need))
			return false;
	}
	if (p->len > COPY_MAX && c->writable) {
		put_direct(c, p);
		return true;
	}
	put_header(c, p, c->out.bytes + c->out.end);
	c->out.end += header_bytes(c);
	c->out.end += packet_copy(p, 0, c->out.bytes + c->out.end, p->len);
	return true;
}

/** cable_receive() - port_ops.receive */
static int cable_receive(struct port *port, const struct packet *packets, int n)
{
	struct cable *c = container_of(port, struct cable, port);
	int taken = 0;

	if (c->error) { /* the socket is about to be given up */
		port->stats->drops[DROP_NO_PEER] += (uint64_t)n;
		return n;
	}
	while (taken < n && put(c, &packets[taken]))
		taken++;
	c->full = taken < n;
	if (c->writable && c->out.end - c->out.start >= WRITE_AT)
		flush(c);
	if (!c->writable)
		watch(c);
	else if (c->out.end > c->out.start)
		work_soon(c);
	return taken;
}

/**
 * go_on() - let the sender go on if it was stopped and half of the block is free again
 * @c:		the cable
 */
static void go_on(struct cable *c)
{
	if (!c->full || c->out.end - c->out.start > OUT_SIZE / 2)
		return;
	c->full = false;
	port_ready(&c->port);
}

/* ---- in: from the socket to the port ---- */

/**
 * lose() - the socket is gone
 * @c:		the cable, attached
 * @code:	errno, 0: the other side closed it
 * @detail:	a sentence, or NULL: the errno's text
 */
static void lose(struct cable *c, int code, const char *detail)
{
	struct error why = {0};

	if (code == 0)
		error_set(&why, EPIPE, "The other side closed the connection.");
	else
		error_set(&why, code, "%s", detail ? detail : strerror(code));
	cable_detach(c);
	c->lost(c, &why);
}

/**
 * struct batch - packets that are ready to be sent on
 * @count:	their number
 * @packets:	the packets
 * @iov:	their pieces, one each
 * @end:	where each ends in the block
 */
struct batch {
	int count;
	struct packet packets[CABLE_BATCH];
	struct iovec iov[CABLE_BATCH];
	uint32_t end[CABLE_BATCH];
};

/**
 * view() - look at one frame
 * @c:		the cable
 * @at:		where its header is in the block; the frame is there whole
 * @p:		filled
 * @iov:	its piece
 *
 * Return: DROP_REASON_COUNT, or why it is to be dropped
 */
static enum drop_reason view(const struct cable *c, uint32_t at, struct packet *p,
			     struct iovec *iov)
{
	uint8_t *from = c->in.bytes + at;
	uint32_t len = get_be32(from);

	if (len < ETH_HEADER_LEN)
		return DROP_RUNT;
	if (len > PACKET_MAX_LEN)
		return DROP_TOO_LONG;
	packet_from_buffer(p, iov, from + header_bytes(c), len);
	if (c->framing == CABLE_STREAM)
		return DROP_REASON_COUNT;
	get_header(from, p);
	return offload_check(p) ? DROP_REASON_COUNT : DROP_BAD_OFFLOAD;
}

/**
 * whole_at() - does a whole frame begin here?
 * @c:		the cable
 * @at:		offset in the block
 *
 * Return: offset behind it, or 0 when a part of it is still to come
 */
static uint32_t whole_at(const struct cable *c, uint32_t at)
{
	uint32_t left = c->in.end - at;
	uint32_t len;

	if (left < header_bytes(c))
		return 0;
	len = get_be32(c->in.bytes + at);
	if (len > CABLE_MAX_LEN || left - header_bytes(c) < len)
		return 0;
	return at + header_bytes(c) + len;
}

/**
 * collect() - find the next frames; what is to be dropped at the front is
 * @c:		the cable
 * @b:		filled
 */
static void collect(struct cable *c, struct batch *b)
{
	uint32_t at = c->in.start;
	uint32_t end;

	b->count = 0;
	while (b->count < CABLE_BATCH && (end = whole_at(c, at)) != 0) {
		enum drop_reason drop = view(c, at, &b->packets[b->count], &b->iov[b->count]);

		if (drop == DROP_REASON_COUNT) {
			b->end[b->count++] = end;
		} else if (b->count > 0) {
			return; /* it is counted when it is the first */
		} else {
			port_drop(&c->port, drop);
			c->in.start = end;
		}
		at = end;
	}
}

/**
 * hand_on() - send the frames of the block to the peer
 * @c:		the cable
 */
static void hand_on(struct cable *c)
{
	struct batch b;

	while (!c->held) {
		int taken;

		collect(c, &b);
		if (b.count == 0)
			return;
		taken = port_send(&c->port, b.packets, b.count);
		if (taken > 0)
			c->in.start = b.end[taken - 1];
		c->held = taken < b.count;
	}
}

/**
 * length_is_bad() - can the stream not be understood from here on?
 * @c:		the cable; whole frames were handed on
 */
static bool length_is_bad(const struct cable *c)
{
	return c->in.end - c->in.start >= LENGTH_BYTES &&
	       get_be32(c->in.bytes + c->in.start) > CABLE_MAX_LEN;
}

/**
 * read_in() - read as much as there is room for
 * @c:		the cable
 *
 * Return: bytes read; 0: nothing to read now; -1: the socket was lost, the cable may be freed
 */
static ssize_t read_in(struct cable *c)
{
	uint32_t left = c->in.end - c->in.start;
	ssize_t n;

	if (left == 0) {
		c->in.start = c->in.end = 0;
	} else if (c->in.start > 0) {
		memmove(c->in.bytes, c->in.bytes + c->in.start, left);
		c->in.start = 0;
		c->in.end = left;
	}
	n = recv(c->fd, c->in.bytes + c->in.end, IN_SIZE - c->in.end, MSG_DONTWAIT);
	if (n > 0) {
		c->in.end += (uint32_t)n;
		return n;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	lose(c, n < 0 ? errno : 0, NULL);
	return -1;
}

/**
 * proceed() - hand on what was read, then see how it goes on
 * @c:		the cable, attached; may be freed afterwards
 */
static void proceed(struct cable *c)
{
	hand_on(c);
	if (c->error)
		lose(c, c->error, NULL);
	else if (!c->held && length_is_bad(c))
		lose(c, EPROTO, "The other side sent a frame longer than any can be.");
	else
		watch(c);
}

/** on_event() - the socket can be read or written */
static void on_event(struct loop_fd *source, uint32_t events)
{
	struct cable *c = container_of(source, struct cable, source);

	if (events & EPOLLOUT) {
		flush(c);
		go_on(c);
	}
	if (c->held && events & (EPOLLHUP | EPOLLERR)) {
		/* It comes unasked, again and again; read() tells when it is read again. */
		loop_fd_remove(source);
		return;
	}
	if (!c->held && events & (EPOLLIN | EPOLLHUP | EPOLLERR) && read_in(c) < 0)
		return;
	proceed(c);
}

/** on_work() - the next turn of the loop */
static void on_work(struct loop_timer *timer)
{
	struct cable *c = container_of(timer, struct cable, work);

	flush(c);
	go_on(c);
	proceed(c);
}

/** cable_ready() - port_ops.ready: the peer takes packets again */
static void cable_ready(struct port *port)
{
	struct cable *c = container_of(port, struct cable, port);

	c->held = false;
	if (cable_attached(c))
		work_soon(c);
}

static const struct port_ops cable_ops = {.receive = cable_receive, .ready = cable_ready};

/* ---- life ---- */

int cable_pair(int fds[2])
{
	const int bytes = SOCKET_BYTES;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	for (int i = 0; i < 2; i++)
		setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	return 0;
}

int cable_init(struct cable *c, struct loop *loop, enum cable_framing framing,
	       struct port_stats *stats)
{
	const uint32_t caps = PORT_CAP_CSUM | PORT_CAP_TSO4 | PORT_CAP_TSO6 | PORT_CAP_VLAN;
	void *blocks = mmap(NULL, IN_SIZE + OUT_SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (blocks == MAP_FAILED)
		return -ENOMEM;
	*c = (struct cable){.loop = loop, .framing = framing};
	c->in.bytes = blocks;
	c->out.bytes = c->in.bytes + IN_SIZE;
	c->fd = -1;
	c->source.callback = on_event;
	c->work.callback = on_work;
	port_init(&c->port, &cable_ops, framing == CABLE_WORKERS ? caps : 0, stats);
	c->port.link_up = false;
	return 0;
}

void cable_done(struct cable *c)
{
	port_disconnect(&c->port);
	cable_detach(c);
	munmap(c->in.bytes, IN_SIZE + OUT_SIZE);
	c->in.bytes = NULL;
}

int cable_attach(struct cable *c, int fd)
{
	int ret = loop_fd_add(c->loop, &c->source, fd, EPOLLIN);

	if (ret < 0) {
		close(fd);
		return ret;
	}
	c->fd = fd;
	c->in.start = c->in.end = 0;
	c->out.start = c->out.end = 0;
	c->held = false;
	c->writable = true;
	c->error = 0;
	port_set_link(&c->port, true);
	return 0;
}

void cable_detach(struct cable *c)
{
	int fd = c->fd;

	if (fd < 0)
		return;
	loop_fd_remove(&c->source);
	loop_timer_cancel(&c->work);
	close(fd);
	c->fd = -1;
	port_set_link(&c->port, false);
	if (c->full) {
		c->full = false;
		port_ready(&c->port); /* who waits sends into a link that is down */
	}
}
