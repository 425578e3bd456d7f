/* SPDX-License-Identifier: BSD-2-Clause */
/* The whole user netdev, from a card's port to sockets of this host's loopback and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/backend/backend.h"
#include "net/base/bytes.h"
#include "net/base/error.h"
#include "tests/support/mini_guest.h"

#define GUEST   "10.0.2.15"
#define GUEST6  "fec0::15"
#define PAYLOAD 60000
#define MS      1000000LL

/**
 * struct fixture - a netdev with a guest on it
 * @loop:	the loop
 * @body:	the netdev
 * @backend:	the running netdev
 * @guest:	the guest
 */
struct fixture {
	struct loop *loop;
	json_t *body;
	struct backend *backend;
	struct mini_guest guest;
};

/** start() - make a netdev and plug the guest in */
static struct fixture *start(const char *json)
{
	struct fixture *fx = calloc(1, sizeof(*fx));
	const struct backend_class *class = backend_class("user");
	struct backend_fds fds = {.count = 0};
	struct error err = {0};

	fx->loop = loop_new();
	fx->body = json_loads(json, 0, NULL);
	assert_non_null(fx->body);
	if (class->check(fx->body, &err) < 0 || class->open(fx->body, &fds, &err) < 0)
		fail_msg("%s: %s", err.pointer, err.message);
	fx->backend = class->start(fx->loop, fx->body, &fds, NULL, &err);
	if (!fx->backend)
		fail_msg("%s", err.message);
	mini_guest_init(&fx->guest, fx->loop);
	port_connect(&fx->guest.port, &fx->backend->port);
	return fx;
}

/** stop() - undo start() */
static void stop(struct fixture *fx)
{
	fx->backend->class->stop(fx->backend);
	json_decref(fx->body);
	loop_free(fx->loop);
	free(fx);
}

/** host_socket() - a bound socket on the loopback; its port is returned */
static int host_socket(const char *addr, int type, uint16_t *port)
{
	union host_addr a;
	socklen_t len = sizeof(a);
	int fd;

	assert_int_equal(host_addr_parse(addr, &a), 0);
	fd = socket(a.sa.sa_family, type, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, &a.sa, host_addr_len(&a)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, &a.sa, &len), 0);
	*port = host_addr_port(&a);
	return fd;
}

/** readable() - turn the loop until a host socket is readable */
static bool readable(struct fixture *fx, int fd)
{
	for (int i = 0; i < 100; i++) {
		struct pollfd p = {.fd = fd, .events = POLLIN};

		if (poll(&p, 1, 0) > 0)
			return true;
		mini_guest_turn(&fx->guest, 5);
	}
	return false;
}

/** drops() - how often the netdev dropped for a reason */
static uint64_t drops(struct fixture *fx, enum drop_reason reason)
{
	mini_guest_turn(&fx->guest, 1);
	return fx->backend->port.stats->drops[reason];
}

/** forward_port() - the port that open() chose for a forward */
static uint16_t forward_port(struct fixture *fx, size_t index)
{
	json_t *list = json_object_get(fx->body, "hostfwd");
	const char *rule = json_string_value(json_array_get(list, index));
	const char *dash = strchr(rule, '-');

	while (dash[-1] != ':')
		dash--;
	return (uint16_t)strtoul(dash, NULL, 10);
}

/** client() - a host socket connected to a forwarded port */
static int client(const char *addr, uint16_t port, int type)
{
	union host_addr a;
	int fd;

	host_addr_parse(addr, &a);
	host_addr_set_port(&a, port);
	fd = socket(a.sa.sa_family, type, 0);
	assert_int_equal(connect(fd, &a.sa, host_addr_len(&a)), 0);
	return fd;
}

/** dhcp() - discover and request; the address that was given */
static const char *dhcp(struct fixture *fx)
{
	static char text[INET_ADDRSTRLEN];
	uint8_t bootp[548] = {1, 1, 6, 0};
	struct frame_spec spec = {.protocol = IP_PROTO_UDP,
				  .src = "0.0.0.0",
				  .dst = "255.255.255.255",
				  .sport = 68,
				  .dport = 67,
				  .data = bootp,
				  .len = sizeof(bootp)};
	static const uint8_t options[] = {99, 130, 83, 99, 53, 1, 1, 255};
	const struct mini_frame *f;

	memcpy(bootp + 28, "\x52\x54\x00\x01\x02\x03", 6);
	memcpy(bootp + 236, options, sizeof(options));
	mini_guest_make(&fx->guest, &spec);
	f = mini_guest_wait(&fx->guest, IP_PROTO_UDP, 68);
	assert_non_null(f);
	assert_true(frame_sums_ok(f->data));
	assert_int_equal(f->data[14 + 28 + 236 + 6], 2); /* offer */
	inet_ntop(AF_INET, f->data + 14 + 28 + 16, text, sizeof(text));
	return text;
}

static void test_dhcp(void **state)
{
	struct fixture *fx = start("{\"type\":\"user\"}");

	(void)state;
	assert_string_equal(dhcp(fx), "10.0.2.15");
	stop(fx);
	fx = start(
		"{\"type\":\"user\",\"net\":\"192.168.76.0/24\",\"dhcpstart\":\"192.168.76.9\"}");
	assert_string_equal(dhcp(fx), "192.168.76.9");
	stop(fx);
}

static void test_ping_of_the_host(void **state)
{
	struct fixture *fx = start("{\"type\":\"user\"}");
	struct frame_spec ping = {.protocol = IP_PROTO_ICMP,
				  .sport = 8,
				  .src = GUEST,
				  .dst = "10.0.2.2",
				  .data = "pingpong",
				  .len = 8};
	struct frame_spec ping6 = {.protocol = IP_PROTO_ICMPV6,
				   .sport = 128,
				   .src = GUEST6,
				   .dst = "fec0::2",
				   .data = "pingpong",
				   .len = 8};
	uint8_t target[16];
	struct frame_spec ns = {.protocol = IP_PROTO_ICMPV6,
				.sport = 135,
				.src = GUEST6,
				.dst = "ff02::1:ff00:2",
				.data = target,
				.len = 16};
	const struct mini_frame *f;

	(void)state;
	assert_true(mini_guest_arp(&fx->guest, GUEST, "10.0.2.2"));
	mini_guest_make(&fx->guest, &ping);
	f = mini_guest_wait(&fx->guest, IP_PROTO_ICMP, 0);
	assert_non_null(f);
	assert_memory_equal(f->data + 42, "pingpong", 8);
	inet_pton(AF_INET6, "fec0::2", target);
	mini_guest_make(&fx->guest, &ns);
	do {
		f = mini_guest_wait(&fx->guest, IP_PROTO_ICMPV6, 0);
		assert_non_null(f);
	} while (f->data[54] != 136);
	mini_guest_make(&fx->guest, &ping6);
	do {
		f = mini_guest_wait(&fx->guest, IP_PROTO_ICMPV6, 0);
		assert_non_null(f);
	} while (f->data[54] != 129);
	assert_memory_equal(f->data + 62, "pingpong", 8);
	stop(fx);
}

/** A 60 KB TSO frame arrives as one, byte for byte; and 60 KB come back. */
static void test_bulk(void **state)
{
	struct fixture *fx = start("{\"type\":\"user\",\"host-loopback\":true}");
	struct frame_spec c = {.src = GUEST, .dst = "10.0.2.2", .sport = 40000};
	uint8_t *sent = malloc(PAYLOAD), *got = malloc(PAYLOAD), *frame = malloc(FRAME_ROOM);
	struct packet p;
	struct iovec iov;
	uint32_t len, have = 0;
	int listener = host_socket("127.0.0.1", SOCK_STREAM, &c.dport), fd;

	(void)state;
	for (int i = 0; i < PAYLOAD; i++)
		sent[i] = (uint8_t)(i * 7 + i / 251);
	assert_true(mini_guest_arp(&fx->guest, GUEST, "10.0.2.2"));
	assert_true(mini_guest_connect(&fx->guest, &c));
	assert_true(readable(fx, listener));
	fd = accept(listener, NULL, NULL);
	c.data = sent;
	c.len = PAYLOAD;
	len = frame_make(frame, &c);
	packet_from_buffer(&p, &iov, frame, len);
	p.offload = (struct offload){.gso_type = GSO_TCPV4,
				     .gso_size = 1460,
				     .hdr_len = 54,
				     .csum_start = 34,
				     .csum_offset = 16};
	assert_int_equal(port_send(&fx->guest.port, &p, 1), 1);
	assert_int_equal(fx->backend->port.stats->taken_packets, 4); /* ARP, SYN, ACK, this */
	while (have < PAYLOAD) {
		ssize_t n;

		assert_true(readable(fx, fd));
		n = read(fd, got + have, PAYLOAD - have);
		assert_true(n > 0);
		have += (uint32_t)n;
	}
	assert_memory_equal(got, sent, PAYLOAD);
	c.len = 0;
	c.data = NULL;
	c.seq += PAYLOAD;
	c.window = 65535;
	mini_guest_make(&fx->guest, &c);
	assert_int_equal(write(fd, sent, PAYLOAD), PAYLOAD);
	for (have = 0; have < PAYLOAD;) {
		const struct mini_frame *f = mini_guest_wait(&fx->guest, IP_PROTO_TCP, c.sport);
		uint32_t n;

		assert_non_null(f);
		assert_true(frame_sums_ok(f->data));
		n = get_be16(f->data + 16) - 40u;
		if (get_be32(f->data + 38) != c.ack)
			continue;
		memcpy(got + have, f->data + 54, n);
		have += n;
		c.ack += n;
		mini_guest_make(&fx->guest, &c);
	}
	assert_memory_equal(got, sent, PAYLOAD);
	close(fd);
	close(listener);
	free(sent);
	free(got);
	free(frame);
	stop(fx);
}

/** The same over IPv6, in frames of the MTU, in both directions. */
static void test_tcp6(void **state)
{
	struct fixture *fx = start("{\"type\":\"user\",\"host-loopback\":true}");
	struct frame_spec c = {.src = GUEST6, .dst = "fec0::2", .sport = 40000};
	struct frame_spec rs = {
		.protocol = IP_PROTO_ICMPV6, .sport = 133, .src = GUEST6, .dst = "ff02::2"};
	int listener = host_socket("::1", SOCK_STREAM, &c.dport), fd;
	const struct mini_frame *f;
	char got[16] = "";

	(void)state;
	mini_guest_make(&fx->guest, &rs);
	assert_non_null(mini_guest_wait(&fx->guest, IP_PROTO_ICMPV6, 0));
	assert_true(mini_guest_connect(&fx->guest, &c));
	assert_true(readable(fx, listener));
	fd = accept(listener, NULL, NULL);
	c.data = "to the host";
	c.len = 11;
	mini_guest_make(&fx->guest, &c);
	assert_true(readable(fx, fd));
	assert_int_equal(read(fd, got, sizeof(got)), 11);
	assert_string_equal(got, "to the host");
	assert_int_equal(write(fd, "to the guest", 12), 12);
	do {
		f = mini_guest_wait(&fx->guest, IP_PROTO_TCP, c.sport);
		assert_non_null(f);
	} while (get_be16(f->data + 18) != 20 + 12);
	assert_memory_equal(f->data + 74, "to the guest", 12);
	close(fd);
	close(listener);
	stop(fx);
}

/** The guest is refused when the host's port is closed, and hears it at once. */
static void test_refused(void **state)
{
	struct fixture *fx = start("{\"type\":\"user\",\"host-loopback\":true}");
	struct frame_spec c = {.protocol = IP_PROTO_TCP,
			       .src = GUEST,
			       .dst = "10.0.2.2",
			       .sport = 40000,
			       .flags = TCP_SYN};
	const struct mini_frame *f;

	(void)state;
	close(host_socket("127.0.0.1", SOCK_STREAM, &c.dport));
	assert_true(mini_guest_arp(&fx->guest, GUEST, "10.0.2.2"));
	mini_guest_make(&fx->guest, &c);
	f = mini_guest_wait(&fx->guest, IP_PROTO_TCP, 40000);
	assert_non_null(f);
	assert_true(f->data[47] & TCP_RST);
	stop(fx);
}

/** Row 58: the host's loopback only on request, the API never. */
static void test_host_loopback(void **state)
{
	struct frame_spec c = {.src = GUEST, .dst = "10.0.2.2", .sport = 40000};
	int listener = host_socket("127.0.0.1", SOCK_STREAM, &c.dport);
	struct host_facts facts = {.api_ports = {c.dport}, .api_port_count = 1};
	static const char *const targets[] = {"10.0.2.2", "127.0.0.1", "0.0.0.0"};
	struct fixture *fx = start("{\"type\":\"user\"}");

	(void)state;
	assert_true(mini_guest_arp(&fx->guest, GUEST, "10.0.2.2"));
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		c.dst = targets[i];
		c.protocol = IP_PROTO_TCP;
		c.flags = TCP_SYN;
		mini_guest_make(&fx->guest, &c);
		assert_int_equal(drops(fx, DROP_LOOPBACK), i + 1);
	}
	stop(fx);
	fx = start("{\"type\":\"user\",\"host-loopback\":true}");
	assert_true(mini_guest_arp(&fx->guest, GUEST, "10.0.2.2"));
	c.dst = "10.0.2.2";
	assert_true(mini_guest_connect(&fx->guest, &c));
	mini_guest_turn(&fx->guest, 1);
	fx->backend->class->host_changed(fx->backend, &facts);
	c.sport++;
	c.flags = TCP_SYN;
	mini_guest_make(&fx->guest, &c);
	assert_int_equal(drops(fx, DROP_API_PORT), 1);
	stop(fx);
	close(listener);
}

/** Row 43: a segment with URG; the host's peer gets exactly the bytes that were sent. */
static void test_urgent(void **state)
{
	static const uint16_t pointers[] = {1, 2, 100, 2000, 2048, 4000};
	struct fixture *fx = start("{\"type\":\"user\",\"host-loopback\":true}");
	struct frame_spec c = {.src = GUEST, .dst = "10.0.2.2", .sport = 40000};
	int listener = host_socket("127.0.0.1", SOCK_STREAM, &c.dport), fd;
	char got[64];
	ssize_t n = 0;

	(void)state;
	assert_true(mini_guest_arp(&fx->guest, GUEST, "10.0.2.2"));
	assert_true(mini_guest_connect(&fx->guest, &c));
	assert_true(readable(fx, listener));
	fd = accept(listener, NULL, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(pointers); i++) {
		c.flags = TCP_ACK | TCP_PSH | TCP_URG;
		c.urgent = pointers[i];
		c.data = &"abcdef"[i];
		c.len = 1;
		mini_guest_make(&fx->guest, &c);
		c.seq++;
	}
	c.flags = TCP_ACK | TCP_FIN;
	c.urgent = 0;
	c.len = 0;
	mini_guest_make(&fx->guest, &c);
	for (;;) {
		ssize_t more;

		assert_true(readable(fx, fd));
		more = read(fd, got + n, sizeof(got) - (size_t)n);
		if (more <= 0)
			break;
		n += more;
	}
	assert_int_equal(n, 6);
	assert_memory_equal(got, "abcdef", 6);
	close(fd);
	close(listener);
	stop(fx);
}

/** check_forward_tcp() - from a host client to the guest and back */
static void check_forward_tcp(const char *rule, const char *host, const char *guest,
			      const char *alias)
{
	char json[128];
	struct fixture *fx;
	struct frame_spec c = {.protocol = IP_PROTO_TCP,
			       .src = guest,
			       .dst = alias,
			       .sport = 22,
			       .flags = TCP_SYN | TCP_ACK,
			       .seq = 5000};
	bool v6 = strchr(guest, ':');
	struct frame_spec rs = {
		.protocol = IP_PROTO_ICMPV6, .sport = 133, .src = guest, .dst = "ff02::2"};
	const struct mini_frame *f;
	uint32_t tcp = v6 ? 54 : 34;
	char got[8] = "";
	int fd;

	snprintf(json, sizeof(json), "{\"type\":\"user\",\"hostfwd\":[\"%s\"]}", rule);
	fx = start(json);
	if (v6)
		mini_guest_make(&fx->guest, &rs);
	else
		assert_true(mini_guest_arp(&fx->guest, GUEST, "10.0.2.2"));
	mini_guest_turn(&fx->guest, 5);
	fd = client(host, forward_port(fx, 0), SOCK_STREAM);
	f = mini_guest_wait(&fx->guest, IP_PROTO_TCP, 22);
	assert_non_null(f);
	assert_int_equal(f->data[tcp + 13], TCP_SYN);
	c.dport = get_be16(f->data + tcp);
	c.ack = get_be32(f->data + tcp + 4) + 1;
	mini_guest_make(&fx->guest, &c);
	assert_non_null(mini_guest_wait(&fx->guest, IP_PROTO_TCP, 22));
	c.flags = TCP_ACK;
	c.seq++;
	c.data = "hello";
	c.len = 5;
	mini_guest_make(&fx->guest, &c);
	assert_true(readable(fx, fd));
	assert_int_equal(read(fd, got, sizeof(got)), 5);
	assert_string_equal(got, "hello");
	close(fd);
	stop(fx);
}

static void test_forward_tcp(void **state)
{
	(void)state;
	check_forward_tcp("tcp::0-:22", "127.0.0.1", GUEST, "10.0.2.2");
	check_forward_tcp("tcp:127.0.0.5:0-10.0.2.15:22", "127.0.0.5", GUEST, "10.0.2.2");
	check_forward_tcp("tcp:[::1]:0-[fec0::15]:22", "::1", GUEST6, "fec0::2");
	check_forward_tcp("tcp:[::1]:0-:22", "::1", GUEST6, "fec0::2");
}

/** check_forward_udp() - a datagram from the host to the guest, and the answer */
static void check_forward_udp(const char *rule, const char *host, bool v6)
{
	char json[128];
	struct fixture *fx;
	struct frame_spec d = {.protocol = IP_PROTO_UDP,
			       .src = v6 ? GUEST6 : GUEST,
			       .dst = v6 ? "fec0::2" : "10.0.2.2",
			       .sport = 7,
			       .data = "pong",
			       .len = 4};
	struct frame_spec rs = {
		.protocol = IP_PROTO_ICMPV6, .sport = 133, .src = GUEST6, .dst = "ff02::2"};
	uint32_t udp = v6 ? 54 : 34;
	const struct mini_frame *f;
	char got[8] = "";
	int fd;

	snprintf(json, sizeof(json), "{\"type\":\"user\",\"hostfwd\":[\"%s\"]}", rule);
	fx = start(json);
	if (v6)
		mini_guest_make(&fx->guest, &rs);
	else
		assert_true(mini_guest_arp(&fx->guest, GUEST, "10.0.2.2"));
	fd = client(host, forward_port(fx, 0), SOCK_DGRAM);
	assert_int_equal(write(fd, "ping", 4), 4);
	f = mini_guest_wait(&fx->guest, IP_PROTO_UDP, 7);
	assert_non_null(f);
	assert_true(frame_sums_ok(f->data));
	assert_memory_equal(f->data + udp + 8, "ping", 4);
	d.dport = get_be16(f->data + udp);
	mini_guest_make(&fx->guest, &d);
	assert_true(readable(fx, fd));
	assert_int_equal(read(fd, got, sizeof(got)), 4);
	assert_string_equal(got, "pong");
	d.dport ^= 1; /* but nobody else on the loopback */
	mini_guest_make(&fx->guest, &d);
	assert_int_equal(drops(fx, DROP_LOOPBACK), 1);
	close(fd);
	stop(fx);
}

static void test_forward_udp(void **state)
{
	(void)state;
	check_forward_udp("udp::0-:7", "127.0.0.1", false);
	check_forward_udp("udp:[::1]:0-[fec0::15]:7", "::1", true);
}

/** A question to 10.0.2.3 reaches a server on this host's loopback, which is barred otherwise. */
static void test_dns(void **state)
{
	uint16_t port;
	int server = host_socket("127.0.0.53", SOCK_DGRAM, &port);
	struct frame_spec ask = {.protocol = IP_PROTO_UDP,
				 .src = GUEST,
				 .dst = "10.0.2.3",
				 .sport = 4000,
				 .dport = 53,
				 .data = "who?",
				 .len = 4};
	uint8_t alias[4] = {10, 0, 2, 3};
	union host_addr from;
	socklen_t from_len = sizeof(from);
	const struct mini_frame *f;
	struct fixture *fx;
	char json[96], got[8] = "";

	(void)state;
	snprintf(json, sizeof(json), "{\"type\":\"user\",\"dns-upstream\":[\"127.0.0.53:%u\"]}",
		 port);
	fx = start(json);
	assert_true(mini_guest_arp(&fx->guest, GUEST, "10.0.2.3"));
	mini_guest_make(&fx->guest, &ask);
	assert_true(readable(fx, server));
	assert_int_equal(recvfrom(server, got, sizeof(got), 0, &from.sa, &from_len), 4);
	assert_string_equal(got, "who?");
	assert_int_equal(sendto(server, "you!", 4, 0, &from.sa, from_len), 4);
	f = mini_guest_wait(&fx->guest, IP_PROTO_UDP, 4000);
	assert_non_null(f);
	assert_memory_equal(f->data + 26, alias, 4);
	assert_int_equal(get_be16(f->data + 34), 53);
	assert_memory_equal(f->data + 42, "you!", 4);
	assert_true(frame_sums_ok(f->data));
	stop(fx);
	fx = start("{\"type\":\"user\"}");
	mini_guest_make(&fx->guest, &ask);
	assert_int_equal(drops(fx, DROP_NO_DNS), 1);
	stop(fx);
	close(server);
}

/** A guest without buffers: frames to it are dropped and counted, nothing else happens (row 56b). */
static void test_full_guest(void **state)
{
	struct fixture *fx = start("{\"type\":\"user\"}");
	struct frame_spec ping = {
		.protocol = IP_PROTO_ICMP, .sport = 8, .src = GUEST, .dst = "10.0.2.2", .len = 8};

	(void)state;
	assert_true(mini_guest_arp(&fx->guest, GUEST, "10.0.2.2"));
	fx->guest.full = true;
	for (int i = 0; i < 100; i++)
		mini_guest_make(&fx->guest, &ping);
	assert_int_equal(drops(fx, DROP_BACKPRESSURE), 100);
	fx->guest.full = false;
	mini_guest_make(&fx->guest, &ping);
	assert_non_null(mini_guest_wait(&fx->guest, IP_PROTO_ICMP, 0));
	stop(fx);
}

/** More frames than the queue takes: the card is stopped, then told to go on; none is lost. */
static void test_back_pressure(void **state)
{
	struct fixture *fx = start("{\"type\":\"user\"}");
	struct frame_spec ping = {
		.protocol = IP_PROTO_ICMP, .sport = 8, .src = GUEST, .dst = "10.0.2.2", .len = 8};
	uint8_t frame[100];
	uint32_t len;
	int sent = 0;

	(void)state;
	assert_true(mini_guest_arp(&fx->guest, GUEST, "10.0.2.2"));
	len = frame_make(frame, &ping);
	while (sent < 1000 && mini_guest_send(&fx->guest, frame, len))
		sent++;
	assert_in_range(sent, 10, 999);
	assert_true(fx->guest.port.blocked);
	mini_guest_turn(&fx->guest, 5);
	assert_int_equal(fx->guest.readied, 1);
	assert_int_equal(fx->guest.count, sent);
	stop(fx);
}

/** Sockets are closed with the netdev, whatever they were doing. */
static int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void test_no_descriptor_is_left(void **state)
{
	int before = count_fds();

	(void)state;
	for (int i = 0; i < 20; i++) {
		struct fixture *fx = start("{\"type\":\"user\",\"hostfwd\":[\"tcp::0-:22\","
					   "\"udp::0-:7\",\"tcp:[::1]:0-:22\"]}");
		struct frame_spec u = {.protocol = IP_PROTO_UDP,
				       .src = GUEST,
				       .sport = 9,
				       .dst = "198.51.100.1",
				       .dport = 9};

		mini_guest_make(&fx->guest, &u);
		mini_guest_turn(&fx->guest, 1);
		stop(fx);
	}
	assert_int_equal(count_fds(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dhcp),
		cmocka_unit_test(test_ping_of_the_host),
		cmocka_unit_test(test_bulk),
		cmocka_unit_test(test_tcp6),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_host_loopback),
		cmocka_unit_test(test_urgent),
		cmocka_unit_test(test_forward_tcp),
		cmocka_unit_test(test_forward_udp),
		cmocka_unit_test(test_dns),
		cmocka_unit_test(test_full_guest),
		cmocka_unit_test(test_back_pressure),
		cmocka_unit_test(test_no_descriptor_is_left),
	};

	return cmocka_run_group_tests_name("user_stack", tests, NULL, NULL);
}
