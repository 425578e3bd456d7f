/* SPDX-License-Identifier: BSD-2-Clause */
/* Forwarding between members: where to, how many at once, and who has to wait. */
#include "net/core/switch.h"

#include <stdlib.h>
#include <string.h>

#include "net/base/bytes.h"

#define NS_PER_SECOND 1000000000LL
#define NOT_DROPPED   DROP_REASON_COUNT

/**
 * struct net_switch - a switch
 * @loop:	its clock
 * @storm_cost_ns: what a flooded packet costs
 * @now_ns:	time of the batch that is forwarded
 * @forwarding:	inside of receive()
 * @first:	member that is woken first the next time
 * @members:	its members
 * @count:	their number
 * @promiscuous: how many of them see what is not for them
 * @stats:	counters
 * @fdb:	the table
 */
struct net_switch {
	struct loop *loop;
	int64_t storm_cost_ns;
	int64_t now_ns;
	bool forwarding;
	unsigned first;
	struct switch_member *members[SWITCH_MAX_MEMBERS];
	unsigned count;
	unsigned promiscuous;
	struct switch_stats stats;
	struct fdb fdb;
};

/**
 * struct verdict - what is to be done with a packet
 * @to:		the member it is for; NULL: all
 * @drop:	why it is dropped, or NOT_DROPPED
 */
struct verdict {
	struct switch_member *to;
	enum drop_reason drop;
};

/**
 * member_of() - the member behind a port
 * @port:	its port
 */
static struct switch_member *member_of(struct port *port)
{
	return container_of(port, struct switch_member, port);
}

/**
 * is_pause() - an IEEE 802.3x frame? (to 01:80:c2:00:00:01, which no bridge passes on)
 * @mac:	destination
 */
static bool is_pause(const uint8_t *mac)
{
	static const uint8_t pause[ETH_ADDR_LEN] = {0x01, 0x80, 0xc2, 0x00, 0x00, 0x01};

	return memcmp(mac, pause, sizeof(pause)) == 0;
}

/**
 * judge_source() - learn where a packet comes from
 * @m:		member it came from
 * @mac:	its source
 *
 * Return: why it is dropped, or NOT_DROPPED
 */
static enum drop_reason judge_source(struct switch_member *m, const uint8_t *mac)
{
	struct net_switch *net = m->net;

	if (eth_is_multicast(mac))
		return DROP_MALFORMED;
	switch (fdb_learn(&net->fdb, m, mac, net->now_ns)) {
	case FDB_PINNED:
		return DROP_SPOOFED;
	case FDB_HELD:
		return DROP_LOOP;
	case FDB_FULL:
		net->stats.not_learned++;
		break;
	case FDB_KNOWN:
		break;
	}
	return NOT_DROPPED;
}

/**
 * judge() - where does a packet go?
 * @m:		member it came from
 * @p:		the packet
 */
static struct verdict judge(struct switch_member *m, const struct packet *p)
{
	const uint8_t *head = packet_head(p);
	struct verdict v = {.drop = NOT_DROPPED};

	if (p->len < ETH_HEADER_LEN || packet_head_len(p) < ETH_HEADER_LEN) {
		v.drop = DROP_RUNT;
		return v;
	}
	v.drop = judge_source(m, head + ETH_ADDR_LEN);
	if (v.drop != NOT_DROPPED)
		return v;
	if (eth_is_multicast(head)) {
		v.drop = is_pause(head) ? DROP_PAUSE : NOT_DROPPED;
		return v;
	}
	v.to = fdb_find(&m->net->fdb, head, m->net->now_ns);
	if (v.to == m)
		v.drop = DROP_SAME_MEMBER;
	else if (v.to && v.to->config.isolated && m->config.isolated)
		v.drop = DROP_ISOLATED;
	return v;
}

/**
 * refill() - patience comes back, a nanosecond for each in which nobody was held up
 * @m:		the member; it holds up nobody
 */
static void refill(struct switch_member *m)
{
	int64_t now = m->net->now_ns;

	m->patience_ns = MIN(m->patience_ns + now - m->patience_at, SWITCH_PATIENCE_NS);
	m->patience_at = now;
}

/**
 * hold_up() - may a full member hold up a sender? If so, it does from now on
 * @m:		the sender
 * @to:		the full member
 *
 * Return: false: what is for @to must be dropped
 */
static bool hold_up(struct switch_member *m, struct switch_member *to)
{
	struct net_switch *net = m->net;

	if (!m->config.guest || to->stalled)
		return false;
	if (to->waiters == 0) {
		refill(to);
		if (to->patience_ns < SWITCH_PATIENCE_NS / 16) {
			to->stalled = true;
			return false;
		}
		loop_timer_set(net->loop, &to->patience, net->now_ns + to->patience_ns);
	}
	m->waits_for = to;
	to->waiters++;
	return true;
}

/**
 * let_go() - a member holds up nobody any more
 * @to:		the member
 *
 * Who is woken first changes, so that none of several senders gets all the room.
 */
static void let_go(struct switch_member *to)
{
	struct net_switch *net = to->net;
	unsigned first = net->first++;
	int64_t now = loop_now(net->loop);

	if (to->waiters == 0)
		return;
	loop_timer_cancel(&to->patience);
	to->patience_ns -= now - to->patience_at;
	to->patience_at = now;
	to->waiters = 0;
	for (unsigned i = 0; i < net->count; i++) {
		net->members[i]->woken = net->members[i]->waits_for == to;
		if (net->members[i]->woken)
			net->members[i]->waits_for = NULL;
	}
	for (unsigned i = 0; i < net->count; i++) {
		struct switch_member *m = net->members[(first + i) % net->count];

		if (m->woken)
			port_ready(&m->port); /* which may make it wait again */
		m->woken = false;
	}
}

/**
 * pass() - packets for one member
 * @m:		where they came from
 * @to:		where they go
 * @packets:	the packets
 * @n:		their number
 *
 * Return: how many were taken or dropped; fewer than @n: @m has to wait
 */
static int pass(struct switch_member *m, struct switch_member *to, const struct packet *packets,
		int n)
{
	int taken = 0;

	if (!to->stalled)
		taken = port_send(&to->port, packets, n);
	m->net->stats.unicast += (uint64_t)taken;
	if (taken == n || hold_up(m, to))
		return taken;
	to->port.stats->drops[DROP_BACKPRESSURE] += (uint64_t)(n - taken);
	return n;
}

/**
 * copy_to() - packets for a member among others: what it can't take is dropped
 * @to:		the member
 * @packets:	the packets
 * @n:		their number
 */
static void copy_to(struct switch_member *to, const struct packet *packets, int n)
{
	int taken = to->stalled ? 0 : port_send(&to->port, packets, n);

	to->port.stats->drops[DROP_BACKPRESSURE] += (uint64_t)(n - taken);
}

/**
 * show_promiscuous() - let members see what is not for them, as far as they may
 * @m:		where the packets came from
 * @to:		where they went
 * @packets:	the packets
 * @n:		their number
 */
static void show_promiscuous(struct switch_member *m, const struct switch_member *to,
			     const struct packet *packets, int n)
{
	struct net_switch *net = m->net;
	bool guests = m->config.guest && to->config.guest;

	for (unsigned i = 0; i < net->count; i++) {
		struct switch_member *other = net->members[i];

		if (other == m || other == to || other->config.promisc == PROMISC_DENY)
			continue;
		if (other->config.promisc == PROMISC_ALLOW_GUESTS && !guests)
			continue;
		if (other->config.isolated && (m->config.isolated || to->config.isolated))
			continue;
		if (port_connected(&other->port))
			copy_to(other, packets, n);
	}
}

/**
 * afford() - how many flooded packets may a member send now?
 * @m:		the member
 * @n:		how many it wants to
 */
static int afford(struct switch_member *m, int n)
{
	struct net_switch *net = m->net;
	int64_t cost = net->storm_cost_ns;
	int64_t left;

	m->storm_ns = MAX(m->storm_ns, net->now_ns - SWITCH_STORM_BURST * cost);
	left = MAX((net->now_ns - m->storm_ns) / cost, 0);
	n = (int)MIN(left, n);
	m->storm_ns += n * cost;
	return n;
}

/**
 * flood() - packets for all
 * @m:		where they came from
 * @packets:	the packets
 * @n:		their number
 */
static void flood(struct switch_member *m, const struct packet *packets, int n)
{
	struct net_switch *net = m->net;
	int may = afford(m, n);

	m->port.stats->drops[DROP_STORM] += (uint64_t)(n - may);
	net->stats.flooded += (uint64_t)may;
	for (unsigned i = 0; i < net->count && may > 0; i++) {
		struct switch_member *to = net->members[i];

		if (to != m && !(to->config.isolated && m->config.isolated) &&
		    port_connected(&to->port))
			copy_to(to, packets, may);
	}
}

/**
 * execute() - do with packets what was judged
 * @m:		where they came from
 * @v:		the verdict on all of them
 * @packets:	the packets
 * @n:		their number
 *
 * Return: how many were taken or dropped; fewer than @n: @m has to wait
 */
static int execute(struct switch_member *m, struct verdict v, const struct packet *packets, int n)
{
	int taken = n;

	if (v.drop != NOT_DROPPED) {
		m->port.stats->drops[v.drop] += (uint64_t)n;
		return n;
	}
	if (!v.to) {
		flood(m, packets, n);
		return n;
	}
	taken = pass(m, v.to, packets, n);
	if (m->net->promiscuous && taken > 0)
		show_promiscuous(m, v.to, packets, taken);
	return taken;
}

/**
 * forward() - packets of a member, in runs with the same verdict
 * @m:		the member
 * @packets:	the packets
 * @n:		their number, 1 at least
 *
 * Return: how many were taken or dropped
 */
static int forward(struct switch_member *m, const struct packet *packets, int n)
{
	struct verdict v = judge(m, &packets[0]);
	int first = 0;

	for (int i = 1; i <= n; i++) {
		struct verdict next = v;
		int taken;

		if (i < n)
			next = judge(m, &packets[i]);
		if (i < n && next.to == v.to && next.drop == v.drop)
			continue;
		taken = execute(m, v, packets + first, i - first);
		if (taken < i - first)
			return first + taken;
		first = i;
		v = next;
	}
	return n;
}

/** member_receive() - port_ops.receive: what the member's peer sends into the switch */
static int member_receive(struct port *port, const struct packet *packets, int n)
{
	struct switch_member *m = member_of(port);
	struct net_switch *net = m->net;

	if (net->forwarding) {
		port->stats->drops[DROP_LOOP] += (uint64_t)n;
		return n;
	}
	if (n == 0)
		return 0;
	net->forwarding = true;
	net->now_ns = loop_now(net->loop);
	n = forward(m, packets, n);
	net->forwarding = false;
	return n;
}

/** member_ready() - port_ops.ready: the member's peer takes packets again */
static void member_ready(struct port *port)
{
	struct switch_member *m = member_of(port);

	m->stalled = false;
	let_go(m);
}

/** member_link() - port_ops.link: without a link, what was behind it is elsewhere, or nowhere */
static void member_link(struct port *port, bool up)
{
	struct switch_member *m = member_of(port);

	if (!up)
		fdb_flush(&m->net->fdb, m, false);
	member_ready(port);
}

static const struct port_ops member_ops = {
	.receive = member_receive, .ready = member_ready, .link = member_link};

/** on_patience() - a member has held up others for too long */
static void on_patience(struct loop_timer *timer)
{
	struct switch_member *m = container_of(timer, struct switch_member, patience);

	m->stalled = true;
	let_go(m);
}

struct net_switch *net_switch_new(struct loop *loop, const struct switch_config *config)
{
	struct net_switch *net = calloc(1, sizeof(*net));
	uint32_t pps = config && config->storm_pps ? config->storm_pps : SWITCH_STORM_PPS;

	if (!net)
		return NULL;
	net->loop = loop;
	net->storm_cost_ns = MAX(NS_PER_SECOND / pps, 1);
	fdb_init(&net->fdb, config && config->ageing_ns ? config->ageing_ns : SWITCH_AGEING_NS);
	return net;
}

void net_switch_free(struct net_switch *net)
{
	if (!net)
		return;
	while (net->count > 0)
		net_switch_leave(net->members[net->count - 1]);
	free(net);
}

struct switch_member *net_switch_join(struct net_switch *net, const struct member_config *config,
				      struct port_stats *stats)
{
	struct switch_member *m;

	if (net->count == SWITCH_MAX_MEMBERS)
		return NULL;
	m = calloc(1, sizeof(*m));
	if (!m)
		return NULL;
	port_init(&m->port, &member_ops,
		  PORT_CAP_CSUM | PORT_CAP_TSO4 | PORT_CAP_TSO6 | PORT_CAP_VLAN, stats);
	m->net = net;
	net_switch_configure(m, config);
	m->patience.callback = on_patience;
	m->patience_ns = SWITCH_PATIENCE_NS;
	m->patience_at = loop_now(net->loop);
	m->storm_ns = INT64_MIN / 2;
	net->members[net->count++] = m;
	return m;
}

void net_switch_configure(struct switch_member *m, const struct member_config *config)
{
	m->net->promiscuous -= m->config.promisc != PROMISC_DENY;
	m->net->promiscuous += config->promisc != PROMISC_DENY;
	m->config = *config;
}

void net_switch_leave(struct switch_member *m)
{
	struct net_switch *net;
	unsigned i = 0;

	if (!m)
		return;
	net = m->net;
	net->promiscuous -= m->config.promisc != PROMISC_DENY;
	port_disconnect(&m->port);
	fdb_flush(&net->fdb, m, true);
	while (net->members[i] != m)
		i++;
	if (m->waits_for)
		m->waits_for->waiters--;
	net->members[i] = net->members[--net->count];
	let_go(m);
	loop_timer_cancel(&m->patience);
	free(m);
}

int net_switch_pin(struct switch_member *m, const uint8_t mac[ETH_ADDR_LEN])
{
	return fdb_pin(&m->net->fdb, m, mac);
}

void net_switch_unpin(struct switch_member *m, const uint8_t mac[ETH_ADDR_LEN])
{
	fdb_remove(&m->net->fdb, m, mac);
}

size_t net_switch_fdb(const struct net_switch *net, struct switch_station *stations, size_t max)
{
	int64_t now = loop_now(net->loop);
	size_t n = 0;

	for (unsigned i = 0; i < FDB_SIZE && n < max; i++) {
		const struct fdb_entry *e = &net->fdb.entries[i];
		int64_t age = e->pinned ? 0 : now - e->seen_ns;

		if (!e->member || age > net->fdb.ageing_ns)
			continue;
		stations[n] = (struct switch_station){
			.member = e->member, .pinned = e->pinned, .age_ns = age};
		memcpy(stations[n++].mac, e->mac, ETH_ADDR_LEN);
	}
	return n;
}

const struct switch_stats *net_switch_stats(const struct net_switch *net)
{
	return &net->stats;
}
