/* SPDX-License-Identifier: BSD-2-Clause */
/* A card's worker dies, over and over; its guest must not notice. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "devices/vfio_user/server.h"
#include "devices/vfio_user/state.h"
#include "net/base/bytes.h"
#include "tests/support/fake_client.h"
#include "tests/support/test_card.h"

/*
 * This process is the guest and the keeper, its children are workers. A worker is killed a moment
 * after it was sent something, so that over some thousand rounds each of its instructions is the
 * last one now and then.
 */

#define KILLS     600
#define MAX_DELAY 120 /* us */
#define RAM_SIZE  65536
#define KILLER    0x40 /* register whose access kills a worker that was told so */
#define MINE      0x48 /* once it is not 0, the card's work kills it */
#define WAIT_MS   10000

static const uint8_t mac[ETH_ADDR_LEN] = {0x52, 0x54, 0, 1, 2, 3};

/** struct deposit - what a worker sends to its keeper; @kept says whether a descriptor follows */
struct deposit {
	uint32_t kind;
	uint32_t index;
	uint32_t kept;
};

/** struct stage - all that outlives workers */
static struct {
	int memfd;
	int listener;
	struct nic_shared *shared;
	pid_t worker;
	int pidfd;
	int wire;
	struct nic_kept kept[NIC_MAX_FDS];
	int count;
	struct fake_client client;
	int deaths;
} stage;

static int worker_wire;

/* ---- the worker ---- */

static void keep(struct nic_host *host, enum nic_fd kind, unsigned index, int fd)
{
	struct deposit deposit = {.kind = kind, .index = index, .kept = fd >= 0};
	struct iovec iov = {&deposit, sizeof(deposit)};
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)),
				.cmsg_level = SOL_SOCKET,
				.cmsg_type = SCM_RIGHTS}};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	(void)host;
	if (fd >= 0) {
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
	}
	if (sendmsg(worker_wire, &msg, 0) < 0)
		_exit(3);
}

static void die_on_access(struct test_card *card)
{
	if (card->last_bar == 0 && card->last_offset == KILLER)
		raise(SIGKILL);
}

static void die_on_settle(struct test_card *card)
{
	if (((struct test_card_state *)card->nic.mem.chip)->bar[MINE])
		raise(SIGKILL);
}

static _Noreturn void work(void)
{
	struct nic_host host = {.keep = keep};
	struct error *no_error = NULL;
	struct loop *loop = loop_new();
	struct nic *nic = nic_new(&test_card_class, loop, stage.memfd, mac, no_error);
	struct test_card *card = container_of(nic, struct test_card, nic);
	struct vfio_user_server *server;

	signal(SIGPIPE, SIG_IGN);
	nic->host = &host;
	card->on_access = die_on_access;
	card->on_settle = die_on_settle;
	server = vfio_user_start(loop, nic, stage.listener, no_error);
	vfio_user_resume(server, stage.kept, stage.count);
	loop_run(loop);
	_exit(0);
}

/* ---- the keeper ---- */

static void start_worker(void)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	stage.worker = fork();
	if (stage.worker == 0) {
		worker_wire = pair[1];
		work();
	}
	close(pair[1]);
	stage.wire = pair[0];
	stage.pidfd = pidfd_open(stage.worker, 0);
	assert_true(stage.pidfd >= 0);
}

/* Replace or forget what is kept in a slot. */
static void put(const struct deposit *deposit, int fd)
{
	int i = 0;

	while (i < stage.count &&
	       (stage.kept[i].kind != deposit->kind || stage.kept[i].index != deposit->index))
		i++;
	if (i < stage.count) {
		close(stage.kept[i].fd);
		stage.kept[i] = stage.kept[--stage.count];
	}
	assert_true(stage.count < NIC_MAX_FDS);
	if (deposit->kept)
		stage.kept[stage.count++] = (struct nic_kept){deposit->kind, deposit->index, fd};
}

/* What the worker deposited before it died. */
static void collect(void)
{
	struct deposit deposit;
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = {&deposit, sizeof(deposit)};
	int fd;

	for (;;) {
		struct msghdr msg = {.msg_iov = &iov,
				     .msg_iovlen = 1,
				     .msg_control = &control,
				     .msg_controllen = sizeof(control)};

		if (recvmsg(stage.wire, &msg, MSG_CMSG_CLOEXEC) != sizeof(deposit))
			return;
		fd = -1;
		if (msg.msg_controllen >= CMSG_LEN(sizeof(int)))
			memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
		put(&deposit, fd);
	}
}

static void bury_worker(void)
{
	int status;

	assert_int_equal(waitpid(stage.worker, &status, 0), stage.worker);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	close(stage.pidfd);
	collect();
	close(stage.wire);
	stage.deaths++;
}

/* ---- the guest ---- */

/* Wait for bytes of the worker, or of a successor's. */
static void wait_for_server(void)
{
	for (;;) {
		struct pollfd fds[2] = {{.fd = stage.client.fd, .events = POLLIN},
					{.fd = stage.pidfd, .events = POLLIN}};

		assert_true(poll(fds, 2, WAIT_MS) > 0);
		if (fds[0].revents)
			return;
		bury_worker();
		start_worker();
	}
}

static void receive_exactly(void *buf, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t n;

		wait_for_server();
		n = recv(stage.client.fd, (uint8_t *)buf + done, len - done, MSG_DONTWAIT);
		assert_true(n > 0 || (n < 0 && errno == EAGAIN));
		done += n > 0 ? (size_t)n : 0;
	}
}

/* A moment after the worker was sent something. */
static void kill_soon(void)
{
	struct timespec start, now;
	long delay = random() % (MAX_DELAY * 1000);

	clock_gettime(CLOCK_MONOTONIC, &start);
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while ((now.tv_sec - start.tv_sec) * 1000000000L + now.tv_nsec - start.tv_nsec < delay);
	kill(stage.worker, SIGKILL);
}

/* Send a command, perhaps kill the worker, get the reply that belongs to it and no other. */
static void call(const struct fake_message *message, bool deadly)
{
	uint16_t id = fake_send(&stage.client, message);
	struct vfio_user_header header;

	if (deadly)
		kill_soon();
	if (message->flags & VFIO_USER_NO_REPLY)
		return;
	receive_exactly(&header, sizeof(header));
	assert_int_equal(header.id, id);
	assert_int_equal(header.command, message->command);
	assert_int_equal(header.flags, VFIO_USER_TYPE_REPLY);
	stage.client.reply_len = header.size - (uint32_t)sizeof(header);
	receive_exactly(stage.client.reply, stage.client.reply_len);
}

static uint32_t get(uint64_t offset, bool deadly)
{
	const struct vfio_user_region_access access = {offset, 0, 4};
	const struct fake_message read = {
		.command = VFIO_USER_REGION_READ, .payload = &access, .len = sizeof(access)};

	call(&read, deadly);
	assert_int_equal(stage.client.reply_len, sizeof(access) + 4);
	return get_le32(stage.client.reply + sizeof(access));
}

static void set(uint64_t offset, uint32_t value, bool deadly)
{
	const struct vfio_user_region_access access = {offset, 0, 4};
	uint8_t payload[sizeof(access) + 4];
	const struct fake_message write = {.command = VFIO_USER_REGION_WRITE,
					   .flags = VFIO_USER_NO_REPLY,
					   .payload = payload,
					   .len = sizeof(payload)};

	memcpy(payload, &access, sizeof(access));
	put_le32(payload + sizeof(access), value);
	call(&write, deadly);
}

/* COMMAND: bus mastering and decoding. */
static void set_command(void)
{
	const struct vfio_user_region_access access = {4, VFIO_USER_REGION_CONFIG, 2};
	uint8_t payload[sizeof(access) + 2] = {0};
	const struct fake_message write = {
		.command = VFIO_USER_REGION_WRITE, .payload = payload, .len = sizeof(payload)};

	memcpy(payload, &access, sizeof(access));
	payload[sizeof(access)] = 7;
	call(&write, false);
}

static void map(int fd, bool deadly)
{
	const struct vfio_user_dma_map payload = {
		.argsz = sizeof(payload), .flags = 3, .address = 0x100000, .size = RAM_SIZE};
	const struct fake_message message = {.command = VFIO_USER_DMA_MAP,
					     .payload = &payload,
					     .len = sizeof(payload),
					     .fds = &fd,
					     .nfds = 1};

	call(&message, deadly);
}

static void unmap(bool deadly)
{
	const struct vfio_user_dma_unmap payload = {
		.argsz = sizeof(payload), .address = 0x100000, .size = RAM_SIZE};
	const struct fake_message message = {
		.command = VFIO_USER_DMA_UNMAP, .payload = &payload, .len = sizeof(payload)};

	call(&message, deadly);
}

static void set_irqs(uint32_t flags, int fd, bool deadly)
{
	const struct vfio_user_set_irqs payload = {
		.argsz = sizeof(payload), .flags = flags, .count = 1};
	const struct fake_message message = {.command = VFIO_USER_SET_IRQS,
					     .payload = &payload,
					     .len = sizeof(payload),
					     .fds = &fd,
					     .nfds = fd >= 0};

	call(&message, deadly);
}

/* Nothing came that was not asked for, and the server is still there. */
static void expect_silence(void)
{
	char byte;

	assert_int_equal(recv(stage.client.fd, &byte, 1, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
}

static int set_up(void **state)
{
	static const struct vfio_user_version version = {.major = 0, .minor = 1};
	const struct fake_message hello = {
		.command = VFIO_USER_VERSION, .payload = &version, .len = sizeof(version)};
	struct fake_address address;

	(void)state;
	memset(&stage, 0, sizeof(stage));
	srandom(1);
	log_set_level(LOG_LEVEL_ERROR + 1);
	stage.memfd = nic_memory_create(&test_card_class, NULL);
	stage.shared = mmap(NULL, NIC_SHARED_SIZE, PROT_READ, MAP_SHARED, stage.memfd, 0);
	stage.listener = fake_listen(&address);
	stage.client.ram_fd = stage.client.intx = -1;
	stage.client.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	start_worker();
	if (connect(stage.client.fd, (struct sockaddr *)&address.sun, address.len) < 0)
		return -1;
	call(&hello, false);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	kill(stage.worker, SIGKILL);
	bury_worker();
	while (stage.count > 0)
		close(stage.kept[--stage.count].fd);
	close(stage.client.fd);
	close(stage.listener);
	close(stage.memfd);
	munmap(stage.shared, NIC_SHARED_SIZE);
	return 0;
}

/* Reads are answered once each, and writes are there afterwards, whenever workers die. */
static void test_registers(void **state)
{
	(void)state;
	for (uint32_t i = 1; stage.deaths < KILLS; i++) {
		for (uint32_t k = 0; k < 4; k++)
			set(0x100 + 4 * k, i * 4 + k, k == 3 && random() % 4 == 0);
		for (uint32_t k = 0; k < 4; k++)
			assert_int_equal(get(0x100 + 4 * k, random() % 4 == 0), i * 4 + k);
	}
	expect_silence();
	assert_int_equal(stage.shared->attached, 1);
	assert_true(stage.shared->counters.takeovers >= KILLS / 2);
	assert_int_equal(stage.shared->counters.poisoned, 0);
	assert_int_equal(stage.shared->counters.lost_states, 0);
}

/* Guest memory and interrupts come and go, and successors have what their predecessors had. */
static void test_descriptors(void **state)
{
	int ram_fd = memfd_create("ram", MFD_CLOEXEC);
	int irq = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	uint32_t *ram;
	uint64_t count;

	(void)state;
	assert_int_equal(ftruncate(ram_fd, RAM_SIZE), 0);
	set_command();
	ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, ram_fd, 0);
	for (uint32_t i = 1; stage.deaths < KILLS; i++) {
		map(ram_fd, random() % 3 == 0);
		set_irqs(VFIO_USER_SET_EVENTFD | VFIO_USER_SET_TRIGGER, irq, random() % 3 == 0);
		set(TEST_CARD_ADDRESS, 0x100000 + 64, false);
		for (int tries = 0; __atomic_load_n(&ram[16], __ATOMIC_ACQUIRE) != i; tries++) {
			assert_true(tries < 1000); /* a settle is lost with its worker */
			set(TEST_CARD_DOORBELL, i, random() % 8 == 0);
			get(0x100, false);
		}
		set(TEST_CARD_IRQ, 1, random() % 3 == 0);
		get(0x100, false);
		assert_true(read(irq, &count, sizeof(count)) == sizeof(count));
		set(TEST_CARD_IRQ, 0, false);
		set_irqs(VFIO_USER_SET_NONE | VFIO_USER_SET_UNMASK, -1, random() % 3 == 0);
		unmap(random() % 3 == 0);
	}
	expect_silence();
	assert_true(stage.count <= 5); /* connection, pipe, interrupt */
	munmap(ram, RAM_SIZE);
	close(ram_fd);
	close(irq);
}

/* A message that workers die of is answered with all ones, and the card lives on. */
static void test_poison(void **state)
{
	(void)state;
	set(0x100, 7, false);
	assert_int_equal(get(KILLER, false), 0xffffffff);
	assert_int_equal(stage.deaths, 2);
	assert_int_equal(stage.shared->counters.poisoned, 1);
	assert_int_equal(get(0x100, false), 7);
	set(KILLER, 1, false);
	assert_int_equal(get(0x100, false), 7);
	assert_int_equal(stage.deaths, 4);
	assert_int_equal(stage.shared->counters.poisoned, 2);
	expect_silence();
}

/* So is work that workers die of: the card is reset. */
static void test_poisoned_work(void **state)
{
	(void)state;
	set(0x100, 7, false);
	set(MINE, 1, false);
	while (stage.deaths < 2) /* what came before the work was answered */
		get(0x100, false);
	assert_int_equal(get(0x100, false) | get(MINE, false), 0);
	assert_int_equal(stage.deaths, 2);
	assert_int_equal(stage.shared->counters.lost_states, 1);
	assert_int_equal(stage.shared->counters.poisoned, 0);
	set(0x100, 8, false);
	assert_int_equal(get(0x100, false), 8);
	expect_silence();
}

/* A state of another version is not used: the chip is reset, the guest stays. */
static void test_other_version(void **state)
{
	const uint32_t version = 77;

	(void)state;
	set(0x100, 7, false);
	assert_int_equal(get(0x100, false), 7);
	assert_int_equal(pwrite(stage.memfd, &version, sizeof(version),
				offsetof(struct nic_shared, chip_version)),
			 sizeof(version));
	kill(stage.worker, SIGKILL);
	assert_int_equal(get(0x100, false), 0);
	assert_int_equal(stage.shared->counters.lost_states, 1);
	assert_int_equal(stage.shared->attached, 1);
	kill(stage.worker, SIGKILL);
	assert_int_equal(get(0x100, false), 0);
	assert_int_equal(stage.shared->counters.lost_states, 1);
}

/* A worker that a guest has taken over leaves what it likes: its successor survives that. */
static void test_hostile_state(void **state)
{
	struct test_card *card;
	struct nic_memory *mem;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		struct loop *loop = loop_new();
		struct nic_kept kept[4];
		int pair[2], pipes[2];
		struct vfio_user_server server;
		uint32_t *words;

		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
		assert_int_equal(setsockopt(pair[0], SOL_SOCKET, SO_PEEK_OFF, &(int){0}, 4), 0);
		assert_int_equal(pipe2(pipes, O_NONBLOCK), 0);
		assert_int_equal(write(pair[1], "what a client says", 18), 18);
		card = test_card_new(loop);
		mem = &card->nic.mem;
		words = (uint32_t *)mem->vfio_user;
		for (size_t k = 0; k < offsetof(struct vfio_user_state, maps) / 4; k++)
			words[k] = random() % 2 ? (uint32_t)random() % 200 : (uint32_t)random();
		words = (uint32_t *)mem->vfio_user->maps;
		for (size_t k = 0; k < sizeof(mem->vfio_user->maps) / 4; k++)
			words[k] = random() % 4 ? (uint32_t)random() % 4 : (uint32_t)random();
		mem->vfio_user->position = (uint64_t)(random() % 60) << 20 | (random() % 4096);
		mem->vfio_user->progress.phase = random() % 4;
		vfio_user_init(&server, loop, &card->nic, &vfio_user_socket);
		kept[0] = (struct nic_kept){NIC_FD_CLIENT, 0, pair[0]};
		kept[1] = (struct nic_kept){NIC_FD_PIPE_READ, 0, pipes[0]};
		kept[2] = (struct nic_kept){NIC_FD_PIPE_WRITE, 0, pipes[1]};
		kept[3] = (struct nic_kept){NIC_FD_MEMORY, random() % 20, dup(stage.memfd)};
		vfio_user_resume(&server, kept, 4);
		vfio_user_detach(&server, "it was a test");
		close(pair[1]);
		nic_free(&card->nic);
		loop_free(loop);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_registers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_descriptors, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_poison, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_poisoned_work, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_other_version, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_hostile_state, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
