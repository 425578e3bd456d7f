/* SPDX-License-Identifier: BSD-2-Clause */
/* Doing what control orders: make the card, plug and unplug its netdev, cut its cable. */
#include "daemon/worker/worker.h"

#include <errno.h>
#include <jansson.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/facts.h"
#include "daemon/mac.h"
#include "daemon/wire.h"
#include "daemon/worker/forwarding.h"
#include "devices/nic.h"
#include "devices/vfio_user/server.h"
#include "net/backend/backend.h"
#include "net/base/bytes.h"
#include "net/base/error.h"
#include "net/base/log.h"
#include "net/base/loop.h"

/**
 * struct worker - one card and what it is plugged into
 * @wire:	to control
 * @loop:	its loop
 * @facts:	what control told of the host
 * @nic:	the card, or NULL before "nic"
 * @server:	serves the card to a guest
 * @news:	a guest has come or gone
 * @backend:	the netdev, or NULL
 * @plug:	number of its plug
 * @ended:	see worker_new()
 * @context:	its argument
 */
struct worker {
	struct wire wire;
	struct loop *loop;
	struct host_facts facts;
	struct nic *nic;
	struct vfio_user_server *server;
	struct loop_timer news;
	struct backend *backend;
	json_int_t plug;
	void (*ended)(void *context);
	void *context;
};

/**
 * tell() - send an event to control
 * @w:		the worker
 * @event:	the message; the reference is taken
 */
static void tell(struct worker *w, json_t *event)
{
	int ret = wire_send(&w->wire, event, NULL, 0);

	if (ret < 0 && ret != -EPIPE && ret != -ECONNRESET) /* else it is gone */
		log_error("control cannot be told: %s", strerror(-ret));
	json_decref(event);
}

/**
 * tell_failure() - something does not run
 * @w:		the worker
 * @part:	"nic" or "netdev"
 * @plug:	number of the plug
 * @err:	why
 */
static void tell_failure(struct worker *w, const char *part, json_int_t plug,
			 const struct error *err)
{
	tell(w, json_pack("{s:s,s:s,s:I,s:i,s:s}", "event", "failed", "part", part, "plug", plug,
			  "errno", err->code, "detail", err->message));
}

/**
 * on_news() - a guest has come or gone: control may look at the shared page
 * @timer:	the worker's timer
 */
static void on_news(struct loop_timer *timer)
{
	tell(container_of(timer, struct worker, news), json_pack("{s:s}", "event", "guest"));
}

/**
 * make_nic() - the first order: a card on its memory, served on its socket
 * @w:		the worker
 * @message:	the order
 * @err:	says why not
 *
 * Return: 0 or -errno
 */
static int make_nic(struct worker *w, struct wire_message *message, struct error *err)
{
	const char *model = json_string_value(json_object_get(message->body, "model"));
	const char *mac_text = json_string_value(json_object_get(message->body, "mac"));
	const struct nic_class *class = model ? nic_class(model) : NULL;
	uint8_t mac[ETH_ADDR_LEN];
	int listen_fd;

	if (w->nic || !class || !mac_text || !mac_parse(mac_text, mac) || message->fd_count != 2)
		return error_set(err, EPROTO, "control sent a card that cannot be");
	w->nic = nic_new(class, w->loop, message->fds[0], mac, err);
	if (!w->nic)
		return -err->code;
	/* A process has one card; where it has several (--workers 0), the newest is covered. */
	if (dma_catch_sigbus(&w->nic->dma) < 0)
		return error_set(err, errno, "SIGBUS cannot be caught: %s", strerror(errno));
	w->nic->news = &w->news;
	nic_set_link(w->nic, json_is_true(json_object_get(message->body, "link")));
	listen_fd = message->fds[1];
	message->fds[1] = -1;
	w->server = vfio_user_start(w->loop, w->nic, listen_fd, err);
	return w->server ? 0 : -err->code;
}

/**
 * unplug() - stop the netdev, if there is one
 * @w:		the worker
 */
static void unplug(struct worker *w)
{
	if (w->backend)
		w->backend->class->stop(w->backend);
	w->backend = NULL;
}

/**
 * plug() - start a netdev and join it with the card
 * @w:		the worker
 * @message:	the order
 * @err:	says why not
 *
 * Return: 0 or -errno
 */
static int plug(struct worker *w, struct wire_message *message, struct error *err)
{
	const json_t *body = json_object_get(message->body, "netdev");
	const char *type = json_string_value(json_object_get(body, "type"));
	const struct backend_class *class = type ? backend_class(type) : NULL;
	struct backend_fds fds = {.count = message->fd_count};
	struct port_stats *stats;

	unplug(w);
	if (!w->nic || !class)
		return error_set(err, EPROTO, "control sent a netdev that cannot be");
	memcpy(fds.fd, message->fds, sizeof(fds.fd[0]) * (size_t)fds.count);
	message->fd_count = 0;
	stats = &w->nic->mem.shared->netdev;
	memset(stats, 0, sizeof(*stats));
	w->backend = class->start(w->loop, body, &fds, stats, err);
	if (!w->backend)
		return -err->code;
	if (class->host_changed)
		class->host_changed(w->backend, &w->facts);
	port_connect(&w->nic->port, w->backend->port);
	return 0;
}

/**
 * on_plug() - the order "plug"
 * @w:		the worker
 * @message:	the order
 */
static void on_plug(struct worker *w, struct wire_message *message)
{
	struct error err = {0};

	w->plug = json_integer_value(json_object_get(message->body, "plug"));
	if (plug(w, message, &err) < 0)
		tell_failure(w, "netdev", w->plug, &err);
	else
		tell(w, json_pack("{s:s,s:I}", "event", "plugged", "plug", w->plug));
}

/**
 * on_forward_failed() - see struct forwarding
 */
static void on_forward_failed(void *context, int slot, const struct error *err)
{
	struct worker *w = context;

	tell(w, json_pack("{s:s,s:s,s:I,s:i,s:i,s:s}", "event", "failed", "part", "forward", "plug",
			  w->plug, "slot", slot, "errno", err->code, "detail", err->message));
}

/**
 * forwarding_of() - where an order about forwarded ports belongs
 * @w:		the worker
 * @message:	the order; one for an earlier plug finds nothing
 */
static struct forwarding forwarding_of(struct worker *w, const struct wire_message *message)
{
	json_int_t number = json_integer_value(json_object_get(message->body, "plug"));

	return (struct forwarding){
		.backend = number == w->plug ? w->backend : NULL,
		.uses = w->nic ? w->nic->mem.shared->forwards : NULL,
		.slots = w->nic ? NIC_FORWARDS : 0,
		.failed = on_forward_failed,
		.context = w,
	};
}

/**
 * on_forward() - the order "forward"
 * @w:		the worker
 * @message:	the order
 */
static void on_forward(struct worker *w, struct wire_message *message)
{
	struct forwarding f = forwarding_of(w, message);

	forwarding_add(&f, message);
}

/**
 * on_unforward() - the order "unforward"
 * @w:		the worker
 * @message:	the order
 */
static void on_unforward(struct worker *w, struct wire_message *message)
{
	struct forwarding f = forwarding_of(w, message);

	forwarding_remove(&f, message->body);
}

/**
 * on_host() - the order "host"
 * @w:		the worker
 * @message:	the order
 */
static void on_host(struct worker *w, struct wire_message *message)
{
	facts_from_json(json_object_get(message->body, "facts"), &w->facts);
	if (w->backend && w->backend->class->host_changed)
		w->backend->class->host_changed(w->backend, &w->facts);
}

/**
 * on_nic() - the order "nic"
 * @w:		the worker
 * @message:	the order
 */
static void on_nic(struct worker *w, struct wire_message *message)
{
	struct error err = {0};

	if (make_nic(w, message, &err) == 0)
		return;
	tell_failure(w, "nic", 0, &err);
	wire_close(&w->wire);
	w->ended(w->context);
}

/**
 * on_unplug() - the order "unplug"
 * @w:		the worker
 * @message:	the order
 */
static void on_unplug(struct worker *w, struct wire_message *message)
{
	(void)message;
	unplug(w);
}

/**
 * on_link() - the order "link"
 * @w:		the worker
 * @message:	the order
 */
static void on_link(struct worker *w, struct wire_message *message)
{
	if (w->nic)
		nic_set_link(w->nic, json_is_true(json_object_get(message->body, "up")));
}

/** struct order - what control may send */
struct order {
	const char *op;
	void (*act)(struct worker *w, struct wire_message *message);
};

static const struct order orders[] = {
	{"host", on_host},           {"nic", on_nic},   {"plug", on_plug},
	{"unplug", on_unplug},       {"link", on_link}, {"forward", on_forward},
	{"unforward", on_unforward},
};

/**
 * on_message() - an order has come
 * @wire:	the worker's wire
 * @message:	the order
 */
static void on_message(struct wire *wire, struct wire_message *message)
{
	struct worker *w = container_of(wire, struct worker, wire);
	const char *op = json_string_value(json_object_get(message->body, "op"));

	for (size_t i = 0; op && i < ARRAY_SIZE(orders); i++) {
		if (strcmp(orders[i].op, op) == 0) {
			orders[i].act(w, message);
			return;
		}
	}
	log_error("control sent an unknown order");
}

/**
 * on_closed() - control is gone, or has no more use for this worker
 * @wire:	the worker's wire
 * @why:	the reason
 */
static void on_closed(struct wire *wire, const struct error *why)
{
	struct worker *w = container_of(wire, struct worker, wire);

	if (why->code != EPIPE)
		log_error("wire: %s", why->message);
	w->ended(w->context);
}

struct worker *worker_new(struct loop *loop, int fd, void (*ended)(void *context), void *context)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (!w) {
		close(fd);
		return NULL;
	}
	w->loop = loop;
	w->ended = ended;
	w->context = context;
	w->news.callback = on_news;
	w->wire.message = on_message;
	w->wire.closed = on_closed;
	if (wire_open(&w->wire, loop, fd) < 0) {
		free(w);
		return NULL;
	}
	return w;
}

void worker_free(struct worker *w)
{
	if (!w)
		return;
	unplug(w);
	vfio_user_stop(w->server);
	loop_timer_cancel(&w->news);
	dma_catch_sigbus(NULL);
	nic_free(w->nic);
	wire_close(&w->wire);
	free(w);
}

/**
 * stop_loop() - the worker has ended: so does its process
 * @context:	the loop
 */
static void stop_loop(void *context)
{
	loop_stop(context);
}

/**
 * tame_malloc() - keep big buffers out of the heap
 *
 * libslirp takes two buffers of 128 KiB a connection. Mapped, they cost what was used of them, and
 * go back when the connection does; in the heap, where glibc moves them once it has seen some
 * freed, a thousand idle connections cost 400 MB. Its packets, up to 64 KiB, stay in the heap,
 * which is not given back and taken anew for each.
 */
static void tame_malloc(void)
{
	mallopt(M_MMAP_THRESHOLD, 100 << 10);
	mallopt(M_TRIM_THRESHOLD, 1 << 20);
}

int worker_run(int fd)
{
	struct loop *loop = loop_new();
	struct worker *w = loop ? worker_new(loop, fd, stop_loop, loop) : NULL;

	if (!w)
		return 1;
	tame_malloc();
	loop_run(loop);
	return 0; /* the kernel frees it all, and faster */
}
