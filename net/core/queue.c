/* SPDX-License-Identifier: BSD-2-Clause */
/* The ring of copied packets. */
#include "net/core/queue.h"

#include <assert.h>
#include <errno.h>
#include <sys/mman.h>

#include "net/base/bytes.h"

#define ALIGN  16
#define NO_GAP SIZE_MAX

/**
 * struct queued - header of a record
 * @iov:	the frame, right behind this header
 * @packet:	the view that packet_queue_peek() hands out
 * @next:	offset behind this record
 */
struct queued {
	struct iovec iov;
	struct packet packet;
	size_t next;
} __attribute__((aligned(ALIGN)));

int packet_queue_init(struct packet_queue *q, size_t size, unsigned max_count)
{
	void *ring = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (ring == MAP_FAILED)
		return -ENOMEM;
	*q = (struct packet_queue){
		.ring = ring, .size = size, .max_count = max_count, .gap = NO_GAP};
	return 0;
}

void packet_queue_done(struct packet_queue *q)
{
	if (q->ring)
		munmap(q->ring, q->size);
	q->ring = NULL;
}

/**
 * find_room() - where a record of @need bytes goes
 * @q:		the queue
 * @need:	bytes, a multiple of ALIGN
 * @ret_at:	filled with its offset
 *
 * The tail never catches up with the head (strict <), so head == tail always means empty.
 *
 * Return: false when it fits nowhere
 */
static bool find_room(const struct packet_queue *q, size_t need, size_t *ret_at)
{
	if (q->count == 0) {
		*ret_at = 0;
		return need <= q->size;
	}
	if (q->tail > q->head) {
		if (q->size - q->tail >= need) {
			*ret_at = q->tail;
			return true;
		}
		*ret_at = 0;
		return need < q->head;
	}
	*ret_at = q->tail;
	return q->tail + need < q->head;
}

bool packet_queue_push(struct packet_queue *q, const struct packet *p)
{
	size_t need = (sizeof(struct queued) + p->len + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	struct queued *rec;
	size_t at;

	if (q->count >= q->max_count || !find_room(q, need, &at))
		return false;
	rec = (struct queued *)(void *)(q->ring + at);
	if (q->count == 0)
		q->head = at;
	else if (at != q->tail)
		q->gap = q->tail;
	packet_copy(p, 0, rec + 1, p->len);
	rec->iov = (struct iovec){.iov_base = rec + 1, .iov_len = p->len};
	rec->packet = *p;
	rec->packet.iov = &rec->iov;
	rec->packet.iovcnt = 1;
	rec->next = at + need;
	q->tail = at + need;
	q->bytes += p->len;
	q->count++;
	return true;
}

/**
 * oldest() - the oldest record
 * @q:		the queue, not empty
 */
static struct queued *oldest(const struct packet_queue *q)
{
	return (struct queued *)(void *)(q->ring + q->head);
}

bool packet_queue_peek(const struct packet_queue *q, struct packet *p)
{
	if (q->count == 0)
		return false;
	*p = oldest(q)->packet;
	return true;
}

void packet_queue_pop(struct packet_queue *q)
{
	assert(q->count > 0);
	q->bytes -= oldest(q)->packet.len;
	q->head = oldest(q)->next;
	q->count--;
	if (q->head == q->gap) {
		q->head = 0;
		q->gap = NO_GAP;
	}
}

void packet_queue_clear(struct packet_queue *q)
{
	q->count = 0;
	q->bytes = 0;
	q->head = 0;
	q->tail = 0;
	q->gap = NO_GAP;
}
