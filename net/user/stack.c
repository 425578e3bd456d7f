/* SPDX-License-Identifier: BSD-2-Clause */
/* Running libslirp on our loop. */
#include "net/user/stack.h"

#include <errno.h>
#include <slirp/libslirp.h>
#include <stdlib.h>

#include "net/base/bytes.h"
#include "net/base/error.h"
#include "net/base/loop.h"
#include "net/core/queue.h"
#include "net/user/guard.h"
#include "net/user/pollset.h"
#include "net/user/slirp_forward.h"

#define MTU           1500 /* more stalls TCP: its window update rule is never met */
#define QUEUE_BYTES   (512 * 1024)
#define QUEUE_PACKETS 256
#define SPARE_SOCKETS \
	128 /* connections to forwarded ports that come on top of the guard's limits */
#define MAX_SOCKETS \
	(GUARD_MAX_TCP + GUARD_MAX_UDP + GUARD_MAX_ICMP + USER_MAX_LISTENERS + SPARE_SOCKETS)
#define NS_PER_MS  1000000LL
#define STALE_NS   (50 * NS_PER_MS) /* libslirp reads its clock only in slirp_pollfds_poll() */
#define IDLE_MS    1000 /* slirp_pollfds_fill() answers this when it waits for no timer */
#define MAX_PASSES 4

/**
 * struct ra_timer - libslirp's timer for IPv6 router advertisements
 * @timer:	our timer
 * @stack:	its stack
 * @id:		libslirp's name of it
 * @context:	libslirp's argument
 */
struct ra_timer {
	struct loop_timer timer;
	struct user_stack *stack;
	SlirpTimerId id;
	void *context;
};

/**
 * struct user_stack - a running libslirp
 * @config:	the netdev
 * @loop:	the loop
 * @port:	the netdev's port
 * @slirp:	libslirp's instance
 * @guard:	looks at every frame
 * @polls:	libslirp's sockets
 * @input:	frames from the card
 * @hook:	works @input off before the loop sleeps
 * @wake:	the same, for frames that came after the hooks of this turn
 * @slow:	libslirp's timeout
 * @ra:		router advertisements
 * @now_ns:	time at the begin of the run, which is what libslirp is told
 * @polled_ns:	when libslirp last looked at the clock
 * @kind:	for what libslirp opens sockets now
 * @touched:	libslirp may wait for other sockets than before
 * @due:	slirp_pollfds_poll() is due: a timeout, or an address that packets wait for
 */
struct user_stack {
	struct user_config config;
	struct loop *loop;
	struct port *port;
	Slirp *slirp;
	struct pollset polls;
	struct packet_queue input;
	struct loop_hook hook;
	struct loop_timer wake;
	struct loop_timer slow;
	struct ra_timer ra;
	int64_t now_ns;
	int64_t polled_ns;
	enum guard_kind kind;
	bool touched;
	bool due;
	struct guard guard;
};

/** send_packet() - SlirpCb: a frame for the guest */
static ssize_t send_packet(const void *buf, size_t len, void *opaque)
{
	struct user_stack *s = opaque;
	const uint8_t *frame = guard_egress(&s->guard, buf, (uint32_t)len, s->now_ns);
	struct packet p;
	struct iovec iov;

	if (!frame)
		return (ssize_t)len;
	packet_from_buffer(&p, &iov, frame, (uint32_t)len);
	p.offload.csum_valid = true;
	if (port_send(s->port, &p, 1) == 0)
		port_drop(s->port, DROP_BACKPRESSURE);
	return (ssize_t)len;
}

/** guest_error() - SlirpCb: the guest did something odd; the guard has counted what matters */
static void guest_error(const char *msg, void *opaque)
{
	(void)msg;
	(void)opaque;
}

/** clock_get_ns() - SlirpCb: the time */
static int64_t clock_get_ns(void *opaque)
{
	struct user_stack *s = opaque;

	return s->now_ns;
}

/** on_ra_timer() - router advertisements are due */
static void on_ra_timer(struct loop_timer *timer)
{
	struct ra_timer *ra = container_of(timer, struct ra_timer, timer);

	ra->stack->now_ns = loop_now(ra->stack->loop);
	slirp_handle_timer(ra->stack->slirp, ra->id, ra->context);
}

/** timer_new_opaque() - SlirpCb: libslirp has one timer, for router advertisements */
static void *timer_new_opaque(SlirpTimerId id, void *context, void *opaque)
{
	struct user_stack *s = opaque;

	s->ra = (struct ra_timer){
		.timer.callback = on_ra_timer, .stack = s, .id = id, .context = context};
	return &s->ra;
}

/** timer_free() - SlirpCb */
static void timer_free(void *timer, void *opaque)
{
	struct ra_timer *ra = timer;

	(void)opaque;
	loop_timer_cancel(&ra->timer);
}

/** timer_mod() - SlirpCb: fire at a time in milliseconds */
static void timer_mod(void *timer, int64_t expire_ms, void *opaque)
{
	struct user_stack *s = opaque;
	struct ra_timer *ra = timer;

	loop_timer_set(s->loop, &ra->timer, expire_ms * NS_PER_MS);
}

/** register_poll_fd() - SlirpCb: a socket was opened, not a forward's */
static void register_poll_fd(int fd, void *opaque)
{
	struct user_stack *s = opaque;
	struct watch *w = pollset_opened(&s->polls, fd, (uint8_t)s->kind);

	s->touched = true;
	if (!w)
		return;
	w->may_guess = s->kind == GUARD_TCP;
	guard_opened(&s->guard, s->kind);
}

/** unregister_poll_fd() - SlirpCb: a socket is about to be closed */
static void unregister_poll_fd(int fd, void *opaque)
{
	struct user_stack *s = opaque;
	enum guard_kind kind = pollset_closed(&s->polls, fd);

	s->touched = true;
	if (kind != GUARD_OTHER)
		guard_closed(&s->guard, kind);
}

/** notify() - SlirpCb: there is room again to read from a socket */
static void notify(void *opaque)
{
	struct user_stack *s = opaque;

	s->touched = true;
}

/** init_completed() - SlirpCb: timers may be made from now on */
static void init_completed(Slirp *slirp, void *opaque)
{
	struct user_stack *s = opaque;

	s->slirp = slirp;
}

static const SlirpCb callbacks = {
	.send_packet = send_packet,
	.guest_error = guest_error,
	.clock_get_ns = clock_get_ns,
	.timer_free = timer_free,
	.timer_mod = timer_mod,
	.register_poll_fd = register_poll_fd,
	.unregister_poll_fd = unregister_poll_fd,
	.notify = notify,
	.init_completed = init_completed,
	.timer_new_opaque = timer_new_opaque,
};

/** get_revents() - SlirpGetREventsCb */
static int get_revents(int number, void *opaque)
{
	struct user_stack *s = opaque;

	return pollset_ready(&s->polls, number);
}

/** add_poll() - SlirpAddPollCb */
static int add_poll(int fd, int events, void *opaque)
{
	struct user_stack *s = opaque;

	return pollset_ask(&s->polls, fd, events);
}

/**
 * poll_slirp() - let libslirp handle its ready sockets and its timeouts
 * @s:		the stack
 */
static void poll_slirp(struct user_stack *s)
{
	s->kind = GUARD_TCP; /* what it opens here it accepts on a forwarded port */
	s->polls.pending = false;
	s->due = false;
	s->touched = true;
	s->polled_ns = s->now_ns;
	slirp_pollfds_poll(s->slirp, 0, get_revents, s);
}

/**
 * work_off() - give the queued frames to libslirp
 * @s:		the stack
 */
static void work_off(struct user_stack *s)
{
	struct guard_pass pass;
	struct packet p;

	while (packet_queue_peek(&s->input, &p)) {
		if (guard_ingress(&s->guard, p.iov[0].iov_base, p.len, s->now_ns, &pass)) {
			s->kind = pass.kind;
			s->due |= pass.resolves;
			s->touched = true;
			slirp_input(s->slirp, pass.frame, (int)pass.len);
		}
		packet_queue_pop(&s->input);
	}
	port_ready(s->port);
}

/**
 * set_slow() - set the timer for libslirp's timeouts
 * @s:		the stack
 * @timeout_ms:	what libslirp asks for
 *
 * It asks for a wake-up even when there are only forwards that nobody uses: they need none. An
 * earlier wake-up stays, so that a busy guest can't put it off.
 */
static void set_slow(struct user_stack *s, uint32_t timeout_ms)
{
	const unsigned *sockets = s->guard.sockets;
	int64_t deadline = s->now_ns + timeout_ms * NS_PER_MS;

	if (timeout_ms >= IDLE_MS ||
	    sockets[GUARD_TCP] + sockets[GUARD_UDP] + sockets[GUARD_ICMP] == 0)
		loop_timer_cancel(&s->slow);
	else if (!loop_timer_running(&s->slow) || deadline < s->slow.deadline_ns)
		loop_timer_set(s->loop, &s->slow, deadline);
}

/**
 * fill() - ask libslirp which sockets it waits for, and for how long
 * @s:		the stack
 *
 * Return: true when some of them are to be told right now
 */
static bool fill(struct user_stack *s)
{
	uint32_t timeout_ms = UINT32_MAX;

	s->touched = false;
	s->polls.pause_accept = s->guard.sockets[GUARD_TCP] >= GUARD_MAX_TCP + SPARE_SOCKETS;
	pollset_begin(&s->polls);
	slirp_pollfds_fill(s->slirp, &timeout_ms, add_poll, s);
	set_slow(s, timeout_ms);
	return pollset_end(&s->polls);
}

/**
 * run() - do all there is to do
 * @s:		the stack
 */
static void run(struct user_stack *s)
{
	loop_timer_cancel(&s->wake);
	if (!s->touched && !s->due && !s->polls.pending && s->input.count == 0)
		return;
	s->now_ns = loop_now(s->loop);
	if (s->polls.pending || s->due || s->now_ns - s->polled_ns > STALE_NS)
		poll_slirp(s);
	for (int i = 0; i < MAX_PASSES && s->input.count > 0; i++)
		work_off(s);
	if (s->due)
		poll_slirp(s);
	for (int i = 0; i < MAX_PASSES && s->touched; i++) {
		if (fill(s))
			poll_slirp(s);
	}
	if (s->touched || s->input.count > 0)
		loop_timer_set(s->loop, &s->wake, s->now_ns);
}

/** on_prepare() - before the loop sleeps */
static void on_prepare(struct loop_hook *hook, int64_t *timeout_ns)
{
	(void)timeout_ns;
	run(container_of(hook, struct user_stack, hook));
}

/** on_wake() - frames came after our hook had run */
static void on_wake(struct loop_timer *timer)
{
	run(container_of(timer, struct user_stack, wake));
}

/** on_slow() - libslirp's timeout; the next run polls */
static void on_slow(struct loop_timer *timer)
{
	container_of(timer, struct user_stack, slow)->due = true;
}

int user_stack_receive(struct user_stack *s, const struct packet *packets, int n)
{
	int taken = 0;

	while (taken < n && packet_queue_push(&s->input, &packets[taken]))
		taken++;
	if (!loop_timer_running(&s->wake))
		loop_timer_set(s->loop, &s->wake, 0);
	return taken;
}

/**
 * start_slirp() - make libslirp's instance
 * @s:		the stack
 *
 * Its own bar of the host's loopback would also bar answers to local clients of a forwarded UDP
 * port, and such a port may come at any time; the guard tells those apart, so it is the only bar.
 * For the same reason the guard alone restricts a guest to its forwards.
 */
static void start_slirp(struct user_stack *s)
{
	const struct user_config *c = &s->config;
	SlirpConfig config = {
		.version = 4,
		.in_enabled = c->ipv4,
		.vnetwork = c->net,
		.vnetmask = c->mask,
		.vhost = c->host,
		.in6_enabled = c->ipv6,
		.vprefix_addr6 = c->prefix,
		.vprefix_len = c->prefix_len,
		.vhost6 = c->host6,
		.vhostname = c->hostname[0] ? c->hostname : NULL,
		.vdhcp_start = c->dhcpstart,
		.vnameserver = c->dns,
		.vnameserver6 = c->dns6,
		.if_mtu = MTU,
		.if_mru = MTU,
		.disable_host_loopback = false,
		.disable_dns = true,
	};
	s->slirp = slirp_new(&config, &callbacks, s);
}

struct user_stack *user_stack_new(struct loop *loop, const struct user_config *config,
				  struct port *port, struct error *err)
{
	struct user_stack *s = calloc(1, sizeof(*s));

	if (!s || pollset_init(&s->polls, loop, MAX_SOCKETS) < 0 ||
	    packet_queue_init(&s->input, QUEUE_BYTES, QUEUE_PACKETS) < 0) {
		error_set(err, ENOMEM, "There is no memory for the network stack of a user netdev");
		user_stack_free(s);
		return NULL;
	}
	s->config = *config;
	s->loop = loop;
	s->port = port;
	s->now_ns = loop_now(loop);
	s->hook.prepare = on_prepare;
	s->wake.callback = on_wake;
	s->slow.callback = on_slow;
	s->touched = true;
	guard_init(&s->guard, &s->config, port);
	guard_set_dns(&s->guard, config->upstream, config->upstream_count);
	start_slirp(s);
	if (!s->slirp) {
		error_set(err, EINVAL, "libslirp refused the configuration of a user netdev");
		user_stack_free(s);
		return NULL;
	}
	poll_slirp(s);
	loop_hook_add(loop, &s->hook);
	return s;
}

void user_stack_free(struct user_stack *s)
{
	if (!s)
		return;
	loop_hook_remove(&s->hook);
	loop_timer_cancel(&s->wake);
	loop_timer_cancel(&s->slow);
	if (s->slirp)
		slirp_cleanup(s->slirp);
	pollset_done(&s->polls);
	packet_queue_done(&s->input);
	free(s);
}

int user_stack_forward(struct user_stack *s, const struct user_forward *fwd, int fd, uint64_t *uses,
		       struct error *err)
{
	int slirp_fd = slirp_forward_add(s->slirp, fwd, fd, err);
	struct watch *w;

	if (slirp_fd < 0)
		return slirp_fd;
	w = pollset_opened(&s->polls, slirp_fd, GUARD_OTHER);
	if (w) {
		w->listener = !fwd->udp;
		w->uses = uses;
	}
	s->touched = true;
	return 0;
}

void user_stack_unforward(struct user_stack *s, const struct user_forward *fwd)
{
	s->now_ns = loop_now(s->loop);
	slirp_forward_remove(s->slirp, fwd);
	s->touched = true;
}

const struct user_config *user_stack_config(const struct user_stack *s)
{
	return &s->config;
}

void user_stack_set_dns(struct user_stack *s, const union host_addr *servers, int count)
{
	guard_set_dns(&s->guard, servers, count);
}

void user_stack_set_api_ports(struct user_stack *s, const uint16_t *ports, int count)
{
	guard_set_api_ports(&s->guard, ports, count);
}

const char *user_stack_slirp_version(void)
{
	return slirp_version_string();
}
