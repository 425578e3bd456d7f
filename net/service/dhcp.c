/* SPDX-License-Identifier: BSD-2-Clause */
/* What a DHCP server answers (RFC 2131 section 4.3). */
#include "net/service/dhcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "net/base/bytes.h"
#include "net/base/error.h"
#include "net/service/dhcp_message.h"

#define NS_PER_SECOND 1000000000LL
#define OFFER_NS      (30 * NS_PER_SECOND)
#define DECLINE_NS    (600 * NS_PER_SECOND)
#define EXHAUSTED_NS  (60 * NS_PER_SECOND)

/**
 * in_net() - does an address belong to the server's network?
 * @s:		the server
 * @a:		the address
 */
static bool in_net(const struct dhcp_server *s, struct in_addr a)
{
	const struct dhcp_config *c = &s->config;

	return ((a.s_addr ^ c->address.s_addr) & c->mask.s_addr) == 0;
}

/**
 * put_text() - an option that is text
 * @r:		the answer
 * @option:	its number
 * @text:	the text; "": nothing is added
 */
static void put_text(struct dhcp_reply *r, enum dhcp_option option, const char *text)
{
	dhcp_put(r, option, text, strlen(text));
}

/**
 * put_search() - option 119 (RFC 3397), uncompressed
 * @r:		the answer
 * @c:		the configuration
 */
static void put_search(struct dhcp_reply *r, const struct dhcp_config *c)
{
	uint8_t bytes[DHCP_MAX_SEARCH * DHCP_TEXT_SIZE];
	size_t len = 0;

	for (int i = 0; i < c->search_count; i++)
		len += dhcp_encode_name(c->search[i], bytes + len, sizeof(bytes) - len);
	dhcp_put(r, OPT_SEARCH, bytes, len);
}

/**
 * put_route() - one route of option 121
 * @to:		room for 9 bytes
 * @route:	the route
 *
 * Return: bytes written
 */
static size_t put_route(uint8_t *to, const struct dhcp_route *route)
{
	size_t n = (route->prefix_len + 7u) / 8; /* only the bytes that count */

	to[0] = route->prefix_len;
	memcpy(to + 1, &route->net, n);
	memcpy(to + 1 + n, &route->via, 4);
	return 1 + n + 4;
}

/**
 * put_routes() - option 121
 * @r:		the answer
 * @c:		the configuration
 */
static void put_routes(struct dhcp_reply *r, const struct dhcp_config *c)
{
	struct dhcp_route way_out = {.via = c->router};
	uint8_t bytes[9 * (DHCP_MAX_ROUTES + 1)];
	bool has_default = c->router.s_addr == 0;
	size_t len = 0;

	for (int i = 0; i < c->route_count; i++) {
		has_default |= c->routes[i].prefix_len == 0;
		len += put_route(bytes + len, &c->routes[i]);
	}
	if (c->route_count > 0 && !has_default)
		len += put_route(bytes + len, &way_out);
	dhcp_put(r, OPT_ROUTES, bytes, len);
}

/**
 * name_for() - the host name that a client is told
 * @c:		the configuration
 * @address:	its address
 *
 * Return: the name of its fixed address, or ""
 */
static const char *name_for(const struct dhcp_config *c, struct in_addr address)
{
	for (int i = 0; i < c->fixed_count; i++) {
		if (c->fixed[i].address.s_addr == address.s_addr)
			return c->fixed[i].name;
	}
	return "";
}

/**
 * put_wanted() - the options that a client gets if it asks for them
 * @s:		the server
 * @req:	the request
 * @address:	the client's address
 * @r:		the answer
 */
static void put_wanted(const struct dhcp_server *s, const struct dhcp_request *req,
		       struct in_addr address, struct dhcp_reply *r)
{
	const struct dhcp_config *c = &s->config;
	uint8_t mtu[2];

	put_be16(mtu, c->mtu);
	if (req->wants[OPT_DOMAIN])
		put_text(r, OPT_DOMAIN, c->domain);
	if (req->wants[OPT_BROADCAST])
		dhcp_put32(r, OPT_BROADCAST, ntohl(c->address.s_addr | ~c->mask.s_addr));
	if (req->wants[OPT_NAME])
		put_text(r, OPT_NAME, name_for(c, address));
	if (req->wants[OPT_MTU] && c->mtu)
		dhcp_put(r, OPT_MTU, mtu, sizeof(mtu));
	if (req->wants[OPT_ROUTES])
		put_routes(r, c);
	if (req->wants[OPT_TFTP])
		put_text(r, OPT_TFTP, c->tftp);
	if (req->wants[OPT_BOOTFILE])
		put_text(r, OPT_BOOTFILE, c->bootfile);
	if (req->wants[OPT_NTP])
		dhcp_put(r, OPT_NTP, c->ntp, sizeof(c->ntp[0]) * (size_t)c->ntp_count);
	if (req->wants[OPT_SEARCH])
		put_search(r, c);
}

/**
 * put_times() - lease time, and when to prolong
 * @s:		the server
 * @r:		the answer
 *
 * A lease that is offered again while it runs is offered for the whole time.
 */
static void put_times(const struct dhcp_server *s, struct dhcp_reply *r)
{
	uint32_t time = s->config.lease_s;

	dhcp_put32(r, OPT_LEASE_TIME, time);
	if (time == DHCP_LEASE_ENDLESS)
		return;
	dhcp_put32(r, OPT_T1, time / 2);
	dhcp_put32(r, OPT_T2, time - time / 8);
}

/**
 * deliver() - send an answer where the client can take it (RFC 2131 section 4.1)
 * @s:		the server
 * @req:	what is answered
 * @r:		the answer
 * @to:		the client's address, or INADDR_BROADCAST
 */
static void deliver(struct dhcp_server *s, const struct dhcp_request *req, struct dhcp_reply *r,
		    in_addr_t to)
{
	struct datagram d = {.sport = DHCP_SERVER_PORT, .dport = DHCP_CLIENT_PORT};

	dhcp_finish(r);
	memcpy(&d.dst, &to, sizeof(to));
	memcpy(d.mac, req->mac, ETH_ADDR_LEN);
	if (to == INADDR_BROADCAST)
		memset(d.mac, 0xff, ETH_ADDR_LEN);
	d.data = r->bytes;
	d.len = r->len;
	station_send(&s->station, &d);
}

/**
 * answer() - send an offer or an acknowledgement
 * @s:		the server
 * @req:	what is answered
 * @type:	DHCP_OFFER or DHCP_ACK
 * @yiaddr:	the client's address; 0: it only asked for options
 */
static void answer(struct dhcp_server *s, const struct dhcp_request *req, enum dhcp_type type,
		   struct in_addr yiaddr)
{
	const struct dhcp_config *c = &s->config;
	struct in_addr boot = {0};
	struct dhcp_reply r;
	in_addr_t to = yiaddr.s_addr;

	dhcp_begin(&r, req, type, yiaddr);
	if (c->tftp[0] && inet_pton(AF_INET, c->tftp, &boot) != 1)
		boot.s_addr = 0;
	dhcp_set_boot(&r, boot, c->bootfile);
	dhcp_put(&r, OPT_SERVER, &c->address, 4);
	if (yiaddr.s_addr)
		put_times(s, &r);
	dhcp_put(&r, OPT_MASK, &c->mask, 4);
	dhcp_put(&r, OPT_ROUTER, &c->router, c->router.s_addr ? 4 : 0);
	dhcp_put(&r, OPT_DNS, c->dns, sizeof(c->dns[0]) * (size_t)c->dns_count);
	dhcp_put(&r, OPT_CLIENT_ID, req->client_id, req->client_id_len);
	put_wanted(s, req, yiaddr.s_addr ? yiaddr : req->ciaddr, &r);
	if (req->ciaddr.s_addr && type == DHCP_ACK)
		to = req->ciaddr.s_addr;
	else if (req->broadcast)
		to = INADDR_BROADCAST;
	deliver(s, req, &r, to);
}

/**
 * refuse() - tell a client that it can't have an address
 * @s:		the server
 * @req:	what is answered
 */
static void refuse(struct dhcp_server *s, const struct dhcp_request *req)
{
	struct dhcp_request bare = *req;
	struct dhcp_reply r;

	bare.flags = htobe16(0x8000); /* it has no address that it could be sent to */
	dhcp_begin(&r, &bare, DHCP_NAK, (struct in_addr){0});
	dhcp_put(&r, OPT_SERVER, &s->config.address, 4);
	dhcp_put(&r, OPT_CLIENT_ID, req->client_id, req->client_id_len);
	deliver(s, req, &r, INADDR_BROADCAST);
}

/**
 * on_discover() - a client looks for a server
 * @s:		the server
 * @req:	its message
 */
static void on_discover(struct dhcp_server *s, const struct dhcp_request *req)
{
	const struct lease *l = leases_offer(s->leases, req->mac, req->requested, OFFER_NS);
	int64_t now = loop_now(s->station.loop);

	if (l) {
		answer(s, req, DHCP_OFFER, l->address);
		return;
	}
	if (s->exhausted_ns && now - s->exhausted_ns < EXHAUSTED_NS)
		return;
	s->exhausted_ns = now;
	s->events->exhausted(s->context);
}

/**
 * on_request() - a client takes an offer, comes back, or prolongs
 * @s:		the server
 * @req:	its message
 */
static void on_request(struct dhcp_server *s, const struct dhcp_request *req)
{
	struct in_addr wanted = req->ciaddr.s_addr ? req->ciaddr : req->requested;
	uint32_t time = s->config.lease_s;
	const struct lease *l;

	if (req->server.s_addr && req->server.s_addr != s->config.address.s_addr) {
		leases_release(s->leases, req->mac, (struct in_addr){0});
		return; /* it chose another server */
	}
	if (!wanted.s_addr)
		return;
	l = leases_bind(s->leases, req->mac, wanted,
			time == DHCP_LEASE_ENDLESS ? INT64_MAX : time * NS_PER_SECOND,
			req->has_name ? req->name : NULL);
	if (l)
		answer(s, req, DHCP_ACK, l->address);
	else
		refuse(s, req);
}

/**
 * on_inform() - a client with an address of its own asks for options
 * @s:		the server
 * @req:	its message
 */
static void on_inform(struct dhcp_server *s, const struct dhcp_request *req)
{
	if (in_net(s, req->ciaddr))
		answer(s, req, DHCP_ACK, (struct in_addr){0});
}

/** on_datagram() - station_ops.datagram */
static bool on_datagram(struct station *station, const struct datagram *d)
{
	struct dhcp_server *s = container_of(station, struct dhcp_server, station);
	struct dhcp_request req;
	in_addr_t dst;

	memcpy(&dst, &d->dst, sizeof(dst));
	if (d->v6 || d->dport != DHCP_SERVER_PORT ||
	    (dst != INADDR_BROADCAST && dst != s->config.address.s_addr))
		return false;
	if (!dhcp_read(d->data, d->len, &req)) {
		port_drop(&station->port, DROP_MALFORMED);
		return true;
	}
	if (memcmp(req.mac, d->mac, ETH_ADDR_LEN) != 0 || eth_is_multicast(req.mac)) {
		port_drop(&station->port, DROP_SPOOFED);
		return true;
	}
	if (req.type == DHCP_DISCOVER)
		on_discover(s, &req);
	else if (req.type == DHCP_REQUEST)
		on_request(s, &req);
	else if (req.type == DHCP_DECLINE && req.server.s_addr == s->config.address.s_addr)
		leases_decline(s->leases, req.mac, req.requested, DECLINE_NS);
	else if (req.type == DHCP_RELEASE && req.server.s_addr == s->config.address.s_addr)
		leases_release(s->leases, req.mac, req.ciaddr);
	else if (req.type == DHCP_INFORM)
		on_inform(s, &req);
	return true;
}

static const struct station_ops station_ops = {.datagram = on_datagram};

/** on_lease() - a lease changed */
static void on_lease(void *context, const struct lease *lease)
{
	struct dhcp_server *s = context;

	s->events->lease(s->context, lease);
}

struct dhcp_server *dhcp_server_new(struct loop *loop, const struct dhcp_config *config,
				    const struct dhcp_events *events, void *context,
				    struct error *err)
{
	struct dhcp_server *s = calloc(1, sizeof(*s));
	struct lease_config addresses = {.start = config->start,
					 .end = config->end,
					 .fixed = config->fixed,
					 .fixed_count = config->fixed_count};

	if (!s) {
		error_set(err, ENOMEM, "There is no memory for a DHCP server.");
		return NULL;
	}
	s->config = *config;
	if (s->config.lease_s == 0)
		s->config.lease_s = DHCP_LEASE_S;
	s->events = events;
	s->context = context;
	memcpy(s->station.mac, config->mac, ETH_ADDR_LEN);
	s->station.address = config->address;
	s->leases = leases_new(loop, &addresses, on_lease, s, err);
	if (s->leases && station_init(&s->station, loop, &station_ops, NULL) == 0)
		return s;
	if (s->leases)
		error_set(err, ENOMEM, "There is no memory for a DHCP server.");
	leases_free(s->leases);
	free(s);
	return NULL;
}

void dhcp_server_free(struct dhcp_server *s)
{
	if (!s)
		return;
	station_done(&s->station);
	leases_free(s->leases);
	free(s);
}
