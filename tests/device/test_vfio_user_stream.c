/* SPDX-License-Identifier: BSD-2-Clause */
/* vfio-user: bytes, descriptors and connections, in whatever pieces and numbers they come. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "devices/vfio_user/state.h"
#include "net/base/bytes.h"
#include "tests/support/served_card.h"

#define SECOND 1000000000LL

static const struct vfio_user_region_access read_id = {.region = VFIO_USER_REGION_CONFIG,
						       .count = 4};
static const struct fake_message read_message = {
	.command = VFIO_USER_REGION_READ, .payload = &read_id, .len = sizeof(read_id)};

/* Fill a buffer with messages of several kinds; they make four replies. */
static uint32_t several(struct fake_client *c, uint8_t *buf)
{
	uint8_t write[20];
	const struct fake_message posted = {.command = VFIO_USER_REGION_WRITE,
					    .flags = VFIO_USER_NO_REPLY,
					    .payload = write,
					    .len = sizeof(write)};
	const struct fake_message reset = {.command = VFIO_USER_RESET};
	uint32_t n = 0;

	memcpy(write, &(struct vfio_user_region_access){0x400, 0, 4}, 16);
	put_le32(write + 16, 0xabad1dea);
	n += fake_build(c, &read_message, buf + n);
	n += fake_build(c, &reset, buf + n);
	n += fake_build(c, &posted, buf + n);
	n += fake_build(c, &read_message, buf + n);
	n += fake_build(c, &read_message, buf + n);
	return n;
}

/* The replies to several(), and the write's effect. */
static void expect_several(struct served_card *s)
{
	for (int i = 0; i < 4; i++) {
		assert_true(fake_receive(&s->client));
		assert_int_equal(s->client.header.flags, VFIO_USER_TYPE_REPLY);
		assert_int_equal(s->client.reply_len, i == 1 ? 0 : 20);
	}
	assert_int_equal(get_le32(s->client.reply + 16), 0x10f01af4);
	assert_int_equal(fake_read(&s->client, 0, 0x400, 4), 0xabad1dea);
}

static void test_one_byte_at_a_time(void **state)
{
	struct served_card *s = *state;
	uint8_t buf[512];
	uint32_t len;

	fake_start(&s->client, 0);
	len = several(&s->client, buf);
	for (uint32_t i = 0; i < len; i++) {
		assert_int_equal(fake_send_bytes(&s->client, buf + i, 1, NULL), 1);
		fake_settle(&s->client);
	}
	expect_several(s);
}

static void test_split_anywhere(void **state)
{
	struct served_card *s = *state;
	uint8_t buf[512];

	fake_start(&s->client, 0);
	for (uint32_t cut = 1;; cut++) {
		uint32_t len = several(&s->client, buf);

		if (cut >= len)
			break;
		assert_int_equal(fake_send_bytes(&s->client, buf, cut, NULL), cut);
		fake_settle(&s->client);
		assert_int_equal(fake_send_bytes(&s->client, buf + cut, len - cut, NULL),
				 len - cut);
		expect_several(s);
	}
}

/* The largest message, twice, with small ones around, in pieces of an odd size. */
static void test_large_messages(void **state)
{
	struct served_card *s = *state;
	static uint8_t big[16 + 65536], buf[160 * 1024];
	const struct fake_message write = {
		.command = VFIO_USER_REGION_WRITE, .payload = big, .len = sizeof(big)};
	uint32_t len = 0;

	fake_start(&s->client, 0);
	memcpy(big, &(struct vfio_user_region_access){0, 0, 65536}, 16);
	len += fake_build(&s->client, &read_message, buf + len);
	len += fake_build(&s->client, &write, buf + len);
	len += fake_build(&s->client, &write, buf + len);
	len += fake_build(&s->client, &read_message, buf + len);
	for (uint32_t done = 0; done < len;) {
		uint32_t piece = MIN(len - done, 4099u);
		ssize_t n = fake_send_bytes(&s->client, buf + done, piece, NULL);

		assert_true(n > 0);
		done += (uint32_t)n;
		fake_settle(&s->client);
	}
	for (int i = 0; i < 4; i++)
		assert_true(fake_receive(&s->client));
	assert_int_equal(get_le32(s->client.reply + 16), 0x10f01af4);
	assert_int_equal(s->card->writes, 0); /* no register is that wide */
}

/* Many maps, each with its own memory, sent before the first reply is read. */
static void test_pipelined_maps_get_their_own_fds(void **state)
{
	enum { MAPS = 24 };
	struct served_card *s = *state;
	struct fake_client *c = &s->client;
	int fds = count_fds();

	fake_start(c, 0);
	fds++; /* the interrupt: two ends, of which the client's was not there */
	fds++;
	for (uint32_t i = 0; i < MAPS; i++) {
		struct vfio_user_dma_map map = {
			.argsz = 32, .flags = 3, .address = 0x100000 * (i + 1), .size = 4096};
		struct fake_message message = {
			.command = VFIO_USER_DMA_MAP, .payload = &map, .len = sizeof(map)};
		int fd = memfd_create("ram", MFD_CLOEXEC);

		assert_int_equal(ftruncate(fd, 4096), 0);
		assert_int_equal(pwrite(fd, &i, sizeof(i), 0), sizeof(i));
		message.fds = &fd;
		message.nfds = i % 3 != 2; /* each third has none */
		fake_send(c, &message);
		close(fd);
		fake_send(c, &read_message);
	}
	for (uint32_t i = 0; i < 2 * MAPS; i++) {
		assert_true(fake_receive(c));
		assert_int_equal(c->header.flags, VFIO_USER_TYPE_REPLY);
	}
	for (uint32_t i = 0; i < MAPS; i++) {
		uint32_t word;
		int ret = dma_read(&s->card->nic.dma, 0x100000 * (i + 1), &word, sizeof(word));

		assert_int_equal(ret, i % 3 == 2 ? -EFAULT : 0);
		assert_int_equal(word, i % 3 == 2 ? 0 : i);
	}
	assert_int_equal(count_fds(), fds);
}

/* Descriptors come with any byte of their message, and more of them with a later one. */
static void test_fds_of_split_messages(void **state)
{
	struct served_card *s = *state;
	struct fake_client *c = &s->client;
	struct vfio_user_dma_map map = {.argsz = 32, .flags = 3, .size = 4096};
	uint8_t buf[2 * 48 + 64], before_it[32 + 48];

	fake_start(c, 0);
	for (uint32_t cut = 1; cut < 48; cut++) {
		int fd = memfd_create("ram", MFD_CLOEXEC);
		struct fake_message message = {.command = VFIO_USER_DMA_MAP,
					       .payload = &map,
					       .len = sizeof(map),
					       .fds = &fd,
					       .nfds = 1};
		int before = count_fds();
		uint32_t len;

		assert_int_equal(ftruncate(fd, 4096), 0);
		map.address = 0x10000;
		len = fake_build(c, &message, buf);
		map.address = 0x20000;
		len += fake_build(c, &message, buf + len);
		/* The piece that brings the first fd may begin with other messages. */
		fake_build(c, &read_message, before_it);
		memcpy(before_it + 32, buf, cut);
		assert_int_equal(fake_send_bytes(c, before_it, 32 + cut, &message), 32 + cut);
		assert_true(fake_receive(c) && c->reply_len == 20);
		/* The second comes with the rest of both messages. */
		assert_int_equal(fake_send_bytes(c, buf + cut, len - cut, &message), len - cut);
		assert_true(fake_receive(c) && c->header.flags == VFIO_USER_TYPE_REPLY);
		assert_true(fake_receive(c) && c->header.flags == VFIO_USER_TYPE_REPLY);
		assert_non_null(s->card->nic.dma.regions[0].host);
		assert_non_null(s->card->nic.dma.regions[1].host);
		assert_int_equal(fake_unmap(c, 0x10000, 4096), 0);
		assert_int_equal(fake_unmap(c, 0x20000, 4096), 0);
		assert_int_equal(count_fds(), before);
		close(fd);
	}
}

static void test_ten_thousand_messages_with_253_fds(void **state)
{
	static const uint16_t commands[] = {
		VFIO_USER_REGION_READ, VFIO_USER_DMA_MAP, VFIO_USER_SET_IRQS,  VFIO_USER_GET_INFO,
		VFIO_USER_VERSION,     VFIO_USER_RESET,   VFIO_USER_DMA_UNMAP, 999};
	struct served_card *s = *state;
	struct fake_client *c = &s->client;
	int fds[253], before, null = eventfd(0, 0);

	fake_start(c, 0);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		fds[i] = null;
	before = count_fds();
	for (int i = 0; i < 10000; i++) {
		struct fake_message message = {.command = commands[i % (int)ARRAY_SIZE(commands)],
					       .len = 48,
					       .fds = fds,
					       .nfds = i % 5 == 4 ? 1 + i % 16 : 253};

		fake_send(c, &message);
		assert_true(fake_receive(c));
	}
	assert_int_equal(count_fds(), before);
	/* Sixteen with each byte of a message that never ends; then the client goes. */
	for (int i = 0; i < 30; i++) {
		struct fake_message message = {.fds = fds, .nfds = 16};

		assert_int_equal(fake_send_bytes(c, "0", 1, &message), 1);
		if (i < 12)
			fake_settle(c);
	}
	fake_close(c);
	close(null);
	/* The client's socket and the server's, two ends of the interrupt, this eventfd. */
	assert_int_equal(count_fds(), before - 5);
}

static void test_impossible_sizes(void **state)
{
	static const uint32_t sizes[] = {0, 1, 15, 65536 + 65, 1 << 20, INT32_MAX, UINT32_MAX};
	struct served_card *s = *state;
	struct fake_client *c = &s->client;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct vfio_user_header bad = {.command = VFIO_USER_RESET, .size = sizes[i]};

		fake_version(c);
		assert_int_equal(fake_send_bytes(c, &bad, sizeof(bad), NULL), sizeof(bad));
		assert_true(fake_is_closed(c));
		assert_int_equal(s->card->nic.mem.shared->attached, 0);
		fake_close(c);
		fake_connect(c, s->loop, &s->address);
	}
	fake_start(c, 0);
	assert_int_equal(s->card->resets, 1);
}

static void test_types_that_no_client_sends(void **state)
{
	static const uint32_t flags[] = {1, 2, 15, 0x21};
	struct served_card *s = *state;
	struct fake_client *c = &s->client;

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		const struct fake_message reply = {.command = 11, .flags = flags[i], .len = 16};

		fake_version(c);
		fake_send(c, &reply);
		assert_true(fake_is_closed(c));
		fake_close(c);
		fake_connect(c, s->loop, &s->address);
	}
}

/* A client that asks and does not read stops only itself; nothing is lost or out of order. */
static void test_client_that_does_not_read(void **state)
{
	struct served_card *s = *state;
	struct fake_client *c = &s->client;
	struct vfio_user_region_access access = {.region = 0, .count = 8192};
	const struct fake_message read = {
		.command = VFIO_USER_REGION_READ, .payload = &access, .len = sizeof(access)};
	uint8_t buf[64];
	uint32_t sent = 0;

	fake_start(c, 0);
	for (;;) {
		uint32_t len = fake_build(c, &read, buf);

		if (fake_send_bytes(c, buf, len, NULL) != (ssize_t)len)
			break;
		sent++;
		loop_turn(s->loop, 0);
	}
	assert_true(sent > 100);
	assert_int_equal(loop_turn(s->loop, 0), 0); /* it waits, it does not spin */
	s->now_ns += 100 * SECOND;
	assert_int_equal(loop_turn(s->loop, 0), 0); /* and that is allowed */
	c->next_id = (uint16_t)(c->next_id - sent - 1);
	for (uint32_t i = 0; i < sent; i++) {
		assert_true(fake_receive(c));
		assert_int_equal(c->header.id, c->next_id++);
		assert_int_equal(c->reply_len, 16 + 8192);
		assert_int_equal(c->reply[16 + 8191], 0xff);
	}
	assert_int_equal(fake_read(c, VFIO_USER_REGION_CONFIG, 0, 4), 0x10f01af4);
}

static void test_client_that_does_not_read_and_goes(void **state)
{
	struct served_card *s = *state;
	struct fake_client *c = &s->client;
	struct vfio_user_region_access access = {.region = 0, .count = 65536};
	const struct fake_message read = {
		.command = VFIO_USER_REGION_READ, .payload = &access, .len = sizeof(access)};

	fake_start(c, 0);
	for (int i = 0; i < 8; i++)
		fake_send(c, &read);
	fake_settle(c);
	assert_true(s->card->nic.mem.vfio_user->reply_len > 0);
	fake_close(c);
	assert_int_equal(s->card->nic.mem.shared->attached, 0);
	assert_int_equal(s->card->nic.mem.vfio_user->reply_len, 0);
	fake_connect(c, s->loop, &s->address);
	fake_start(c, 0); /* gets its own replies, not the rest of those */
}

/* What a successor would find if the worker died in the middle of the third message. */
static void in_the_middle(struct test_card *card)
{
	const struct served_card *s = card->context;
	const struct vfio_user_state *flat = card->nic.mem.vfio_user;
	struct vfio_user_header header;

	memcpy(&header, flat->buffer + s->server->at.consumed, sizeof(header));
	assert_int_equal(header.command, VFIO_USER_REGION_WRITE);
	assert_int_equal(flat->progress.phase, VFIO_USER_EXECUTING);
	assert_int_equal(flat->progress.command, header.command);
	assert_int_equal(flat->progress.id, header.id);
	assert_int_equal(header.id, (uint16_t)(s->client.next_id - 3));
	assert_int_equal(flat->progress.next, s->server->at.consumed + header.size);
	assert_true(s->server->at.fill > flat->progress.next);
	card->on_access = NULL;
}

static void test_progress_record(void **state)
{
	struct served_card *s = *state;
	struct fake_client *c = &s->client;
	const struct vfio_user_state *flat = s->card->nic.mem.vfio_user;
	struct vfio_user_region_access access = {.region = 0, .count = 65536};
	const struct fake_message read = {
		.command = VFIO_USER_REGION_READ, .payload = &access, .len = sizeof(access)};
	uint8_t buf[512];
	uint32_t len;

	fake_start(c, 0);
	assert_int_equal(flat->progress.phase, VFIO_USER_IDLE);
	len = several(c, buf);
	s->card->on_access = in_the_middle;
	s->card->context = s;
	assert_int_equal(fake_send_bytes(c, buf, len, NULL), len);
	expect_several(s);
	assert_null(s->card->on_access);
	assert_int_equal(flat->progress.phase, VFIO_USER_IDLE);
	for (int i = 0; i < 8; i++)
		fake_send(c, &read);
	fake_settle(c);
	assert_int_equal(flat->progress.phase, VFIO_USER_REPLYING);
	assert_int_equal(flat->progress.next, s->server->at.consumed);
	assert_int_equal(flat->reply_len, 16 + 16 + 65536);
	assert_true(flat->reply_sent < flat->reply_len);
	assert_int_equal(get_le16(flat->reply), flat->progress.id);
}

static void test_unfinished_message(void **state)
{
	struct served_card *s = *state;
	struct fake_client *c = &s->client;
	uint8_t buf[64];
	uint32_t len;

	fake_start(c, 0);
	s->now_ns += 1000 * SECOND; /* silence between messages is no fault */
	fake_settle(c);
	len = fake_build(c, &read_message, buf);
	assert_int_equal(fake_send_bytes(c, buf, 20, NULL), 20);
	fake_settle(c);
	s->now_ns += 29 * SECOND;
	fake_settle(c);
	/* The next one, begun in the same breath as this one ends, has its own thirty seconds. */
	memcpy(buf + len, buf, 3);
	assert_int_equal(fake_send_bytes(c, buf + 20, len - 20 + 3, NULL), len - 20 + 3);
	assert_true(fake_receive(c));
	s->now_ns += 29 * SECOND;
	fake_settle(c);
	assert_int_equal(s->card->nic.mem.shared->attached, 1);
	assert_int_equal(fake_send_bytes(c, buf + 3, 1, NULL), 1); /* dripping does not help */
	fake_settle(c);
	s->now_ns += 2 * SECOND;
	assert_true(fake_is_closed(c));
	assert_int_equal(s->card->nic.mem.shared->attached, 0);
}

static void test_second_client(void **state)
{
	struct served_card *s = *state;
	struct fake_client *second = calloc(1, sizeof(*second));

	fake_start(&s->client, 1 << 20);
	for (int i = 0; i < 20; i++) {
		fake_connect(second, s->loop, &s->address);
		assert_true(fake_is_closed(second));
		fake_close(second);
	}
	assert_int_equal(fake_read(&s->client, VFIO_USER_REGION_CONFIG, 0, 4), 0x10f01af4);
	assert_int_equal(s->card->nic.dma.count, 2);
	/* The first goes and the next comes before the loop saw either, in both orders. */
	for (int i = 0; i < 2; i++) {
		int old = s->client.fd;

		fake_settle(&s->client); /* else epoll still has the client in front */
		if (i == 0)
			close(old);
		s->client.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		assert_int_equal(
			connect(s->client.fd, (struct sockaddr *)&s->address.sun, s->address.len),
			0);
		if (i == 1)
			close(old);
		fake_settle(&s->client);
		fake_version(&s->client);
		assert_int_equal(s->card->nic.dma.count, 0);
		assert_int_equal(s->card->nic.mem.shared->attached, 1);
	}
	free(second);
}

/* The reply finds nobody; what was asked for is done, and the next client is served. */
static void test_client_that_asks_and_goes(void **state)
{
	struct served_card *s = *state;
	struct fake_client *c = &s->client;
	const struct fake_message reset = {.command = VFIO_USER_RESET};

	fake_start(c, 0);
	for (int i = 0; i < 10; i++)
		fake_send(c, &reset);
	fake_close(c);
	assert_int_equal(s->card->resets, 2);
	assert_int_equal(s->card->nic.mem.shared->attached, 0);
	fake_connect(c, s->loop, &s->address);
	fake_start(c, 0);
}

/* No descriptor left for a new client: it waits a second, and nothing spins meanwhile. */
static void test_out_of_descriptors(void **state)
{
	struct served_card *s = *state;
	struct fake_client *c = &s->client;
	struct rlimit full, old;
	int fd;

	fake_close(c);
	fd = dup(STDERR_FILENO);
	close(fd);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	full = (struct rlimit){.rlim_cur = (rlim_t)fd + 1, .rlim_max = old.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &full), 0);
	fake_connect(c, s->loop, &s->address); /* takes the last descriptor */
	assert_int_equal(s->card->nic.mem.shared->attached, 0);
	assert_int_equal(loop_turn(s->loop, 0), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	fake_settle(c);
	assert_int_equal(s->card->nic.mem.shared->attached, 0);
	s->now_ns += 2 * SECOND;
	fake_settle(c);
	assert_int_equal(s->card->nic.mem.shared->attached, 1);
	fake_start(c, 0);
}

static void test_a_thousand_clients(void **state)
{
	struct served_card *s = *state;
	struct fake_client *c = &s->client;
	int before = 0;

	for (int i = 0; i < 1000; i++) {
		fake_start(c, 1 << 16);
		fake_write(c, &(struct fake_write){0, 0x100, 4, (uint32_t)i});
		assert_int_equal(fake_read(c, 0, 0x100, 4), i);
		fake_close(c);
		assert_int_equal(s->card->nic.mem.shared->attached, 0);
		assert_int_equal(s->card->nic.dma.count, 0);
		assert_int_equal(s->card->nic.intx.eventfd, -1);
		fake_connect(c, s->loop, &s->address);
		fake_version(c);
		assert_int_equal(fake_read(c, 0, 0x100, 4), i); /* the card's state stays */
		fake_close(c);
		fake_connect(c, s->loop, &s->address);
		if (i == 0)
			before = count_fds();
	}
	assert_int_equal(count_fds(), before);
}

static void test_server_stops_with_a_client(void **state)
{
	struct served_card *s = *state;
	int before;

	fake_start(&s->client, 1 << 16);
	before = count_fds();
	vfio_user_stop(s->server);
	s->server = NULL;
	assert_true(fake_is_closed(&s->client));
	assert_int_equal(count_fds(), before - 3); /* listener, client, interrupt */
	vfio_user_stop(NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, served_card_setup, served_card_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_one_byte_at_a_time),
		TEST(test_split_anywhere),
		TEST(test_large_messages),
		TEST(test_pipelined_maps_get_their_own_fds),
		TEST(test_fds_of_split_messages),
		TEST(test_ten_thousand_messages_with_253_fds),
		TEST(test_impossible_sizes),
		TEST(test_types_that_no_client_sends),
		TEST(test_client_that_does_not_read),
		TEST(test_client_that_does_not_read_and_goes),
		TEST(test_progress_record),
		TEST(test_unfinished_message),
		TEST(test_second_client),
		TEST(test_client_that_asks_and_goes),
		TEST(test_out_of_descriptors),
		TEST(test_a_thousand_clients),
		TEST(test_server_stops_with_a_client),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
