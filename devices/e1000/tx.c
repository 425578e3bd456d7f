/* SPDX-License-Identifier: BSD-2-Clause */
/* Transmit: walking the descriptor ring and collecting frames (SDM 3.3, 3.4). */
#include "devices/e1000/e1000.h"

#include <errno.h>

#define PASS_BUDGET     256 /* descriptors a pass, then the loop turns */
#define FRAMES_A_DESC   16  /* frames to be cut from a send take the time of a descriptor */
#define FETCH           64  /* descriptors fetched at once */
#define MAX_FRAME_DESCS 256 /* descriptors a frame; no driver comes near */

/**
 * struct tx_desc - a transmit descriptor, copied once from guest memory
 * @address:	buffer, or the checksum fields of a context
 * @lower:	length and command
 * @upper:	status, options, special
 */
struct tx_desc {
	uint64_t address;
	uint32_t lower;
	uint32_t upper;
};

/**
 * struct tx_ring - the ring as one pass sees it
 * @base:	guest address
 * @host:	where it lies if one piece of memory holds it, else NULL
 * @count:	descriptors
 * @head:	next to process
 * @tail:	first that is not the card's
 * @written:	status was written back
 * @delayed:	every descriptor that asked for it has IDE
 * @fetched_at:	index of @desc[0]
 * @fetched:	valid entries of @desc
 * @desc:	the copies
 */
struct tx_ring {
	uint64_t base;
	uint8_t *host;
	uint32_t count;
	uint32_t head;
	uint32_t tail;
	bool written;
	bool delayed;
	uint32_t fetched_at;
	uint32_t fetched;
	struct tx_desc desc[FETCH];
};

/** enum tx_collected - what lies at the head of the ring */
enum tx_collected {
	TX_FRAME,   /* a whole frame */
	TX_BAD,     /* a frame that can't be sent: skip it */
	TX_PARTIAL, /* its last descriptor has not come yet */
};

/**
 * struct tx_job - a frame being collected
 * @frame:	what is collected
 * @context:	contexts as the descriptors so far leave them
 * @descs:	descriptors so far
 * @data:	data or legacy descriptors so far
 * @ifcs:	the card appends the FCS (else the buffer ends with it)
 * @bad:	why it can't be sent; DROP_REASON_COUNT while it can
 */
struct tx_job {
	struct tx_frame frame;
	struct e1000_context context[CONTEXT_COUNT];
	uint32_t descs;
	uint32_t data;
	bool ifcs;
	enum drop_reason bad;
};

/** ring_open() - read the ring's registers; false when there is nothing to do */
static bool ring_open(struct e1000 *e, struct tx_ring *r)
{
	r->base = e1000_get(e, E1000_TDBAL) | (uint64_t)e1000_get(e, E1000_TDBAH) << 32;
	r->count = e1000_get(e, E1000_TDLEN) / DESC_SIZE;
	r->head = e1000_get(e, E1000_TDH);
	r->tail = e1000_get(e, E1000_TDT);
	if (r->tail >= r->count) /* beyond the ring: up to its end */
		r->tail = 0;
	r->fetched = 0;
	r->written = false;
	r->delayed = true;
	/* A head outside the ring, or no ring: idle until the driver writes it anew. */
	if (!(e1000_get(e, E1000_TCTL) & TCTL_EN) || r->head >= r->count || r->head == r->tail ||
	    !nic_bus_master(&e->nic))
		return false;
	r->host = dma_host(&e->nic.dma, &(struct dma_range){r->base, r->count * DESC_SIZE,
							    DMA_FROM_GUEST | DMA_TO_GUEST});
	return true;
}

/** ring_next() - index after @index; at the end of the ring it wraps */
static uint32_t ring_next(const struct tx_ring *r, uint32_t index)
{
	return index + 1 == r->count ? 0 : index + 1;
}

/** ring_owned() - is the descriptor at @index the card's? */
static bool ring_owned(const struct tx_ring *r, uint32_t index)
{
	return index != r->tail;
}

/** ring_fetch() - the copy of a descriptor; memory that is not there reads as zeros */
static const struct tx_desc *ring_fetch(struct e1000 *e, struct tx_ring *r, uint32_t index)
{
	uint8_t raw[FETCH * DESC_SIZE];
	uint32_t n = MIN(r->count - index, (uint32_t)FETCH);

	if (index - r->fetched_at < r->fetched)
		return &r->desc[index - r->fetched_at];
	if (index < r->tail)
		n = MIN(n, r->tail - index);
	if (r->host)
		memcpy(raw, r->host + index * DESC_SIZE, n * DESC_SIZE);
	else if (dma_read(&e->nic.dma, r->base + (uint64_t)index * DESC_SIZE, raw, n * DESC_SIZE) <
		 0)
		port_drop(&e->nic.port, DROP_DMA);
	for (uint32_t i = 0; i < n; i++) {
		r->desc[i].address = get_le64(raw + i * DESC_SIZE);
		r->desc[i].lower = get_le32(raw + i * DESC_SIZE + 8);
		r->desc[i].upper = get_le32(raw + i * DESC_SIZE + 12);
	}
	r->fetched_at = index;
	r->fetched = n;
	return &r->desc[0];
}

/** is_context() - context descriptor? */
static bool is_context(const struct tx_desc *d)
{
	return (d->lower & TXD_CMD_DEXT) &&
	       ((d->lower >> TXD_DTYP_SHIFT) & TXD_DTYP_MASK) != TXD_DTYP_DATA;
}

/** load_context() - decode a context descriptor (SDM 3.3.6) */
static void load_context(struct e1000_context context[CONTEXT_COUNT], const struct tx_desc *d)
{
	struct e1000_context *c = &context[d->lower & TUCMD_TSE ? CONTEXT_TSE : CONTEXT_PLAIN];

	*c = (struct e1000_context){
		.ipcss = (uint8_t)d->address,
		.ipcso = (uint8_t)(d->address >> 8),
		.ipcse = (uint16_t)(d->address >> 16),
		.tucss = (uint8_t)(d->address >> 32),
		.tucso = (uint8_t)(d->address >> 40),
		.tucse = (uint16_t)(d->address >> 48),
		.tcp = (d->lower & TUCMD_TCP) != 0,
		.ipv4 = (d->lower & TUCMD_IP) != 0,
		.hdrlen = (uint8_t)(d->upper >> 8),
		.mss = (uint16_t)(d->upper >> 16),
		.paylen = d->lower & TXD_LEN_DATA,
	};
}

/** take_first() - what the first descriptor of a frame decides for all of it (SDM 3.3.7) */
static void take_first(struct tx_job *j, const struct tx_desc *d)
{
	struct tx_frame *f = &j->frame;
	bool extended = d->lower & TXD_CMD_DEXT;

	f->tse = extended && (d->lower & TXD_CMD_TSE);
	f->context = j->context[f->tse ? CONTEXT_TSE : CONTEXT_PLAIN];
	f->ixsm = extended && (d->upper & TXD_POPTS_IXSM);
	f->txsm = extended && (d->upper & TXD_POPTS_TXSM);
}

/** take_flags() - what first or last descriptor may say: checksum place, tag, FCS */
static void take_flags(struct tx_job *j, const struct tx_desc *d)
{
	struct tx_frame *f = &j->frame;

	if (d->lower & TXD_CMD_VLE) {
		f->vlan = true;
		f->vlan_tci = (uint16_t)(d->upper >> TXD_SPECIAL_POS);
	}
	if (!(d->lower & TXD_CMD_DEXT)) {
		f->ic = d->lower & TXD_CMD_IC;
		f->cso = (uint8_t)(d->lower >> 16);
		f->css = (uint8_t)(d->upper >> 8);
	}
	j->ifcs = d->lower & TXD_CMD_IFCS;
}

/** merge_piece() - append a piece to the frame, to the one before it where they touch */
static int merge_piece(struct tx_frame *f, const struct iovec *piece)
{
	struct iovec *last = &f->iov[f->iovcnt - 1];

	if (f->iovcnt > 1 && (uint8_t *)last->iov_base + last->iov_len == piece->iov_base) {
		last->iov_len += piece->iov_len;
		return 0;
	}
	if (f->iovcnt == PACKET_MAX_IOV)
		return -EMSGSIZE;
	f->iov[f->iovcnt++] = *piece;
	return 0;
}

/** add_buffer() - append a descriptor's buffer to the frame */
static void add_buffer(struct e1000 *e, struct tx_job *j, uint64_t address, uint32_t len)
{
	struct iovec iov[8];
	int n;

	if (j->bad != DROP_REASON_COUNT || len == 0)
		return; /* zero-length descriptors are legal and add nothing (SDM 3.3.3) */
	if (j->frame.len + len > PACKET_MAX_LEN) {
		j->bad = DROP_TOO_LONG;
		return;
	}
	n = dma_iov(&e->nic.dma, &(struct dma_range){address, len, DMA_FROM_GUEST}, iov,
		    ARRAY_SIZE(iov));
	if (n < 0) {
		j->bad = DROP_DMA;
		return;
	}
	j->frame.len += len;
	for (int i = 0; i < n; i++) {
		if (merge_piece(&j->frame, &iov[i]) < 0)
			j->bad = DROP_TOO_MANY_PIECES;
	}
}

/** take_data() - a data or legacy descriptor of the frame; true when it is the last */
static bool take_data(struct e1000 *e, struct tx_job *j, const struct tx_desc *d)
{
	uint32_t mask = d->lower & TXD_CMD_DEXT ? TXD_LEN_DATA : TXD_LEN_LEGACY;
	bool last = d->lower & TXD_CMD_EOP;

	if (j->data++ == 0)
		take_first(j, d);
	if (j->data == 1 || last)
		take_flags(j, d);
	add_buffer(e, j, d->address, d->lower & mask);
	return last;
}

/** make_head() - copy the frame's first bytes into its private head, cut them off the pieces */
static void make_head(struct tx_frame *f)
{
	uint32_t want = MIN(f->len, PACKET_HEAD);
	uint32_t done = 0;
	int piece = 1, kept = 1;

	while (done < want) {
		struct iovec *iov = &f->iov[piece];
		uint32_t n = MIN((uint32_t)iov->iov_len, want - done);

		memcpy(f->head + done, iov->iov_base, n);
		iov->iov_base = (uint8_t *)iov->iov_base + n;
		iov->iov_len -= n;
		done += n;
		if (iov->iov_len == 0)
			piece++;
	}
	for (; piece < f->iovcnt; piece++)
		f->iov[kept++] = f->iov[piece];
	f->iovcnt = kept;
	f->iov[0] = (struct iovec){.iov_base = f->head, .iov_len = want};
}

/** drop_fcs() - IFCS clear: the guest's buffer ends with an FCS, which packets do not carry */
static void drop_fcs(struct tx_frame *f)
{
	uint32_t left = MIN(f->len, ETH_FCS_LEN);

	f->len -= left;
	while (left > 0) {
		struct iovec *last = &f->iov[f->iovcnt - 1];
		uint32_t n = MIN((uint32_t)last->iov_len, left);

		last->iov_len -= n;
		left -= n;
		if (last->iov_len == 0)
			f->iovcnt--;
	}
}

/** begin_job() - nothing is collected; head and pieces stay as they are, they are large */
static void begin_job(const struct e1000 *e, struct tx_job *j)
{
	memcpy(j->context, e->s->context, sizeof(j->context));
	j->descs = 0;
	j->data = 0;
	j->ifcs = false;
	j->bad = DROP_REASON_COUNT;
	j->frame.iovcnt = 1; /* the first is the head */
	j->frame.len = 0;
	j->frame.ic = false;
	j->frame.vlan = false;
}

/** collect() - walk from the ring's head to the end of a frame; nothing is consumed yet */
static enum tx_collected collect(struct e1000 *e, struct tx_ring *r, struct tx_job *j)
{
	uint32_t index = r->head;
	bool last = false;

	begin_job(e, j);
	while (!last) {
		const struct tx_desc *d;

		if (!ring_owned(r, index) && j->descs + 1 < r->count)
			return TX_PARTIAL;
		/* The ring is full and holds no end: waiting for it would be for ever. */
		if (j->descs == MAX_FRAME_DESCS || !ring_owned(r, index)) {
			j->bad = DROP_TOO_MANY_PIECES;
			e->s->tx_discard = true; /* and skip what follows, up to its end */
			return TX_BAD;
		}
		d = ring_fetch(e, r, index);
		j->descs++;
		index = ring_next(r, index);
		if (is_context(d))
			load_context(j->context, d);
		else
			last = take_data(e, j, d);
		if (j->data == 0)
			return TX_BAD; /* a context by itself: consumed at once */
	}
	return j->bad == DROP_REASON_COUNT ? TX_FRAME : TX_BAD;
}

/** write_back() - DD of the descriptor at the head, if it asks for it */
static void write_back(struct e1000 *e, struct tx_ring *r, const struct tx_desc *d)
{
	uint32_t at = r->head * DESC_SIZE + 12;
	uint8_t upper[4];

	if (!(d->lower & (TXD_CMD_RS | TXD_CMD_RPS)))
		return;
	put_le32(upper, d->upper | TXD_STA_DD);
	if (r->host)
		memcpy(r->host + at, upper, sizeof(upper));
	else
		dma_write(&e->nic.dma, r->base + at, upper, sizeof(upper));
	r->written = true;
	r->delayed = r->delayed && (d->lower & TXD_CMD_IDE);
}

/** low_mark() - TXD_LOW comes when that many descriptors are left (TXDCTL.LWTHRESH); 0: never */
static uint32_t low_mark(const struct e1000 *e)
{
	return (e1000_get(e, E1000_TXDCTL) >> TXDCTL_LWTHRESH_POS) * 8;
}

/** ring_left() - descriptors that are the card's */
static uint32_t ring_left(const struct tx_ring *r)
{
	return r->tail >= r->head ? r->tail - r->head : r->count - r->head + r->tail;
}

/** consume() - write back @n descriptors and move the head behind them */
static void consume(struct e1000 *e, struct tx_ring *r, uint32_t n)
{
	uint32_t before = ring_left(r), low = low_mark(e);

	while (n-- > 0) {
		const struct tx_desc *d = ring_fetch(e, r, r->head);

		write_back(e, r, d);
		if ((d->lower & TXD_CMD_EOP) && !is_context(d))
			e->s->tx_discard = false;
		r->head = ring_next(r, r->head);
	}
	e1000_set(e, E1000_TDH, r->head);
	if (before > low && ring_left(r) <= low && low > 0)
		intr_cause(e, INT_TXD_LOW);
}

/** finish_frame() - send a collected frame; false when the peer is full */
static bool finish_frame(struct e1000 *e, struct tx_job *j)
{
	struct tx_frame *f = &j->frame;

	if (!j->ifcs && !f->tse)
		drop_fcs(f);
	make_head(f);
	if (f->len < ETH_HEADER_LEN) {
		port_drop(&e->nic.port, DROP_RUNT);
		return true;
	}
	return tx_send(e, f);
}

/** cost() - what a job takes of the budget: a few bytes of segment size make thousands of frames */
static uint32_t cost(const struct tx_job *j)
{
	uint32_t mss = j->frame.tse ? j->frame.context.mss : 0;

	return j->descs + (mss ? j->frame.len / mss / FRAMES_A_DESC : 0);
}

/** run_one() - process what lies at the head of the ring; false when there is no more to do */
static bool run_one(struct e1000 *e, struct tx_ring *r, uint32_t *budget)
{
	struct tx_job job;

	if (e->s->tx_discard) {
		consume(e, r, 1);
		*budget -= 1;
		return true;
	}
	switch (collect(e, r, &job)) {
	case TX_PARTIAL:
		return false;
	case TX_FRAME:
		if (!finish_frame(e, &job))
			return false;
		break;
	case TX_BAD:
		if (job.bad != DROP_REASON_COUNT)
			port_drop(&e->nic.port, job.bad);
		break;
	}
	memcpy(e->s->context, job.context, sizeof(job.context));
	consume(e, r, job.descs);
	*budget -= MIN(cost(&job), *budget);
	return true;
}

void tx_run(struct e1000 *e)
{
	struct tx_ring ring;
	uint32_t budget = PASS_BUDGET;
	bool stopped = false;

	if (pause_holds(e) || !ring_open(e, &ring))
		return;
	while (!stopped && budget > 0 && ring_owned(&ring, ring.head))
		stopped = !run_one(e, &ring, &budget);
	if (ring.written)
		intr_tx_written(e, ring.delayed);
	if (!ring_owned(&ring, ring.head))
		intr_cause(e, INT_TXQE);
	else if (!stopped)
		e1000_more(e);
}
