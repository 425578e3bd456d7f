/* SPDX-License-Identifier: BSD-2-Clause */
/* A vfio-user client for tests. */
#include "tests/support/fake_client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "net/base/bytes.h"
#include "net/base/loop.h"

#define MAX_TURNS 1000
#define MAX_FDS   253 /* of the kernel in one message */
#define HEADER    sizeof(struct vfio_user_header)

/** expect() - ends the test program with words when something is not as it must be */
#define expect(condition)                                                                    \
	do {                                                                                 \
		if (!(condition)) {                                                          \
			fprintf(stderr, "fake client, line %d: not so: %s (%s)\n", __LINE__, \
				#condition, strerror(errno));                                \
			abort();                                                             \
		}                                                                            \
	} while (0)

int fake_listen(struct fake_address *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address->sun = (struct sockaddr_un){.sun_family = AF_UNIX};
	address->len = sizeof(address->sun);
	expect(fd >= 0);
	expect(bind(fd, (struct sockaddr *)&address->sun, sizeof(sa_family_t)) == 0);
	expect(getsockname(fd, (struct sockaddr *)&address->sun, &address->len) == 0);
	expect(listen(fd, 16) == 0);
	return fd;
}

void fake_connect(struct fake_client *client, struct loop *loop, const struct fake_address *address)
{
	client->loop = loop;
	client->next_id = 1;
	client->posted = true;
	client->reply_len = 0;
	client->intx = -1;
	client->ram = NULL;
	client->ram_size = 0;
	client->ram_fd = -1;
	client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	expect(client->fd >= 0);
	expect(connect(client->fd, (const struct sockaddr *)&address->sun, address->len) == 0);
	fake_settle(client);
}

void fake_close(struct fake_client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	if (client->intx >= 0)
		close(client->intx);
	if (client->ram)
		munmap(client->ram, client->ram_size);
	if (client->ram_fd >= 0)
		close(client->ram_fd);
	client->fd = -1;
	client->intx = -1;
	client->ram = NULL;
	client->ram_fd = -1;
	fake_settle(client);
}

void fake_settle(struct fake_client *client)
{
	for (int i = 0; i < MAX_TURNS; i++) {
		if (loop_turn(client->loop, 0) == 0)
			return;
	}
}

uint32_t fake_build(struct fake_client *client, const struct fake_message *message, uint8_t *buf)
{
	struct vfio_user_header header = {.id = client->next_id++,
					  .command = message->command,
					  .size = HEADER + message->len,
					  .flags = message->flags};

	memcpy(buf, &header, sizeof(header));
	memset(buf + HEADER, 0, message->len);
	if (message->payload)
		memcpy(buf + HEADER, message->payload, message->len);
	return header.size;
}

ssize_t fake_send_bytes(struct fake_client *client, const void *buf, size_t len,
			const struct fake_message *message)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(MAX_FDS * sizeof(int))];
	} control = {0};
	struct iovec iov = {.iov_base = (void *)(uintptr_t)buf, .iov_len = len};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n;

	if (message && message->nfds) {
		size_t bytes = (size_t)message->nfds * sizeof(int);

		expect(message->nfds <= MAX_FDS);
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(bytes);
		control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(bytes),
						  .cmsg_level = SOL_SOCKET,
						  .cmsg_type = SCM_RIGHTS};
		memcpy(CMSG_DATA(&control.header), message->fds, bytes);
	}
	n = sendmsg(client->fd, &msg, MSG_NOSIGNAL);
	return n < 0 ? -errno : n;
}

uint16_t fake_send(struct fake_client *client, const struct fake_message *message)
{
	uint8_t *buf = malloc(HEADER + message->len);
	uint16_t id = client->next_id;
	uint32_t len;

	expect(buf);
	len = fake_build(client, message, buf);
	expect(fake_send_bytes(client, buf, len, message) == (ssize_t)len);
	free(buf);
	return id;
}

/* Bytes of a reply, turning the server's loop while there are none. */
static bool receive_bytes(struct fake_client *client, void *buf, size_t len)
{
	size_t have = 0;
	int idle = 0;

	while (have < len) {
		ssize_t n = recv(client->fd, (uint8_t *)buf + have, len - have, 0);

		if (n > 0) {
			have += (size_t)n;
			idle = 0;
			continue;
		}
		if (n == 0 || errno != EAGAIN || idle > 1)
			return false;
		idle += loop_turn(client->loop, 0) == 0;
	}
	return true;
}

bool fake_receive(struct fake_client *client)
{
	if (!receive_bytes(client, &client->header, HEADER))
		return false;
	expect(client->header.size >= HEADER);
	client->reply_len = client->header.size - (uint32_t)HEADER;
	expect(client->reply_len <= sizeof(client->reply));
	return receive_bytes(client, client->reply, client->reply_len);
}

bool fake_is_closed(struct fake_client *client)
{
	fake_settle(client);
	for (;;) {
		ssize_t n = recv(client->fd, client->reply, sizeof(client->reply), 0);

		if (n <= 0)
			return n == 0 || errno != EAGAIN;
	}
}

int fake_call(struct fake_client *client, const struct fake_message *message)
{
	uint16_t id = fake_send(client, message);

	expect(fake_receive(client));
	expect(client->header.id == id);
	expect(client->header.command == message->command);
	if (client->header.flags == VFIO_USER_TYPE_REPLY)
		return 0;
	expect(client->header.flags == (VFIO_USER_TYPE_REPLY | VFIO_USER_ERROR));
	expect(client->reply_len == 0);
	expect(client->header.error != 0);
	return (int)client->header.error;
}

int fake_command(struct fake_client *client, uint16_t command, const void *payload, uint32_t len)
{
	const struct fake_message message = {.command = command, .payload = payload, .len = len};

	return fake_call(client, &message);
}

void fake_version(struct fake_client *client)
{
	static const char json[] =
		"{\"capabilities\": {\"pgsizes\": 4096, \"max_msg_fds\": 16, "
		"\"max_dma_maps\": 65535, \"max_data_xfer_size\": 1048576, \"migration\": "
		"{\"max_bitmap_size\": 268435456, \"pgsize\": 4096}, \"write_multiple\": true}}";
	uint8_t payload[4 + sizeof(json)] = {0};
	const struct fake_message message = {
		.command = VFIO_USER_VERSION, .payload = payload, .len = sizeof(payload)};

	memcpy(payload + 4, json, sizeof(json));
	expect(fake_call(client, &message) == 0);
	expect(client->header.size <= HEADER + sizeof(payload));
}

int fake_map(struct fake_client *client, const struct vfio_user_dma_map *map, int fd)
{
	struct vfio_user_dma_map payload = *map;
	const struct fake_message message = {.command = VFIO_USER_DMA_MAP,
					     .payload = &payload,
					     .len = sizeof(payload),
					     .fds = &fd,
					     .nfds = fd >= 0};
	int ret;

	payload.argsz = sizeof(payload);
	ret = fake_call(client, &message);
	expect(client->reply_len == 0);
	return ret;
}

int fake_unmap(struct fake_client *client, uint64_t address, uint64_t size)
{
	const struct vfio_user_dma_unmap unmap = {
		.argsz = sizeof(unmap), .address = address, .size = size};
	const struct fake_message message = {
		.command = VFIO_USER_DMA_UNMAP, .payload = &unmap, .len = sizeof(unmap)};
	int ret = fake_call(client, &message);

	expect(ret || client->reply_len == sizeof(unmap));
	return ret;
}

void fake_map_ram(struct fake_client *client, uint64_t address, uint64_t size)
{
	const struct vfio_user_dma_map map = {.flags = 3, .address = address, .size = size};

	expect(!client->ram);
	client->ram_fd = memfd_create("guest", MFD_CLOEXEC);
	expect(client->ram_fd >= 0 && ftruncate(client->ram_fd, (off_t)size) == 0);
	client->ram = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, client->ram_fd, 0);
	expect(client->ram != MAP_FAILED);
	client->ram_base = address;
	client->ram_size = size;
	expect(fake_map(client, &map, client->ram_fd) == 0);
}

uint64_t fake_read(struct fake_client *client, uint32_t region, uint64_t offset, uint32_t size)
{
	const struct vfio_user_region_access access = {
		.offset = offset, .region = region, .count = size};
	const struct fake_message message = {
		.command = VFIO_USER_REGION_READ, .payload = &access, .len = sizeof(access)};
	uint8_t raw[8] = {0};

	expect(size <= sizeof(raw));
	expect(fake_call(client, &message) == 0);
	expect(client->reply_len == sizeof(access) + size);
	expect(memcmp(client->reply, &access, sizeof(access)) == 0);
	memcpy(raw, client->reply + sizeof(access), size);
	return get_le64(raw);
}

void fake_write(struct fake_client *client, const struct fake_write *write)
{
	const struct vfio_user_region_access access = {
		.offset = write->offset, .region = write->region, .count = write->size};
	uint8_t payload[sizeof(access) + 8];
	struct fake_message message = {.command = VFIO_USER_REGION_WRITE,
				       .payload = payload,
				       .len = (uint32_t)sizeof(access) + write->size};

	expect(write->size <= 8);
	memcpy(payload, &access, sizeof(access));
	put_le64(payload + sizeof(access), write->value);
	if (client->posted && write->region == 0) {
		message.flags = VFIO_USER_NO_REPLY;
		fake_send(client, &message);
		return;
	}
	expect(fake_call(client, &message) == 0);
	expect(client->reply_len == sizeof(access));
}

int fake_set_irqs(struct fake_client *client, uint32_t flags, uint32_t count, int fd)
{
	const struct vfio_user_set_irqs set = {
		.argsz = sizeof(set), .flags = flags, .count = count};
	const struct fake_message message = {.command = VFIO_USER_SET_IRQS,
					     .payload = &set,
					     .len = sizeof(set),
					     .fds = &fd,
					     .nfds = fd >= 0};
	int ret = fake_call(client, &message);

	expect(client->reply_len == 0);
	return ret;
}

void fake_enable_intx(struct fake_client *client)
{
	if (client->intx >= 0)
		close(client->intx);
	client->intx = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	expect(client->intx >= 0);
	expect(fake_set_irqs(client, VFIO_USER_SET_EVENTFD | VFIO_USER_SET_TRIGGER, 1,
			     client->intx) == 0);
}

unsigned fake_interrupts(struct fake_client *client)
{
	uint64_t count;

	fake_settle(client);
	return read(client->intx, &count, sizeof(count)) == sizeof(count) ? (unsigned)count : 0;
}

void fake_unmask(struct fake_client *client)
{
	expect(fake_set_irqs(client, VFIO_USER_SET_NONE | VFIO_USER_SET_UNMASK, 1, -1) == 0);
}

/* GET_INFO, GET_REGION_INFO of the regions QEMU asks for, GET_IRQ_INFO of ERR. */
static void ask_for_information(struct fake_client *client)
{
	static const uint32_t asked[] = {0, 1, 2, 3, 4, 5, VFIO_USER_REGION_CONFIG};
	const struct vfio_user_device_info info = {.argsz = sizeof(info)};
	const struct vfio_user_irq_info irq = {.argsz = sizeof(irq), .index = 3};
	struct fake_message message = {
		.command = VFIO_USER_GET_INFO, .payload = &info, .len = sizeof(info)};

	expect(fake_call(client, &message) == 0 && client->reply_len == sizeof(info));
	for (size_t i = 0; i < ARRAY_SIZE(asked); i++) {
		struct vfio_user_region_info region = {.argsz = sizeof(region), .index = asked[i]};

		message = (struct fake_message){.command = VFIO_USER_GET_REGION_INFO,
						.payload = &region,
						.len = sizeof(region)};
		expect(fake_call(client, &message) == 0 && client->reply_len == sizeof(region));
	}
	message = (struct fake_message){
		.command = VFIO_USER_GET_IRQ_INFO, .payload = &irq, .len = sizeof(irq)};
	expect(fake_call(client, &message) != 0);
}

/* The whole of configuration space at once, the size of the ROM, the types of the BARs. */
static void look_at_config(struct fake_client *client)
{
	const struct vfio_user_region_access access = {.region = VFIO_USER_REGION_CONFIG,
						       .count = 256};
	const struct fake_message message = {
		.command = VFIO_USER_REGION_READ, .payload = &access, .len = sizeof(access)};
	const uint32_t config = VFIO_USER_REGION_CONFIG;

	expect(fake_call(client, &message) == 0 && client->reply_len == sizeof(access) + 256);
	fake_write(client, &(struct fake_write){config, 0x30, 4, 0xfffff800});
	expect(fake_read(client, config, 0x30, 4) == 0);
	for (uint32_t bar = 0x10; bar < 0x28; bar += 4)
		fake_read(client, config, bar, 4);
	expect(fake_read(client, config, 0x3d, 1) == 1);
}

void fake_start(struct fake_client *client, uint64_t ram_size)
{
	const uint32_t config = VFIO_USER_REGION_CONFIG;
	const struct vfio_user_dma_map flash = {.flags = 1, .address = 0xfffc0000, .size = 0x40000};
	const struct fake_message reset = {.command = VFIO_USER_RESET};

	fake_version(client);
	if (ram_size)
		fake_map_ram(client, 0, ram_size);
	expect(fake_map(client, &flash, -1) == 0);
	ask_for_information(client);
	look_at_config(client);
	fake_enable_intx(client);
	/* The machine's first reset. */
	expect(fake_set_irqs(client, VFIO_USER_SET_NONE | VFIO_USER_SET_TRIGGER, 0, -1) == 0);
	fake_write(client, &(struct fake_write){config, 0x04, 2, 0});
	expect(fake_call(client, &reset) == 0 && client->reply_len == 0);
	fake_enable_intx(client);
	for (uint32_t bar = 0x10; bar < 0x28; bar += 4)
		fake_write(client, &(struct fake_write){config, bar, 4, 0});
	/* What firmware and driver do. */
	fake_write(client, &(struct fake_write){config, 0x04, 2, 0x0007});
}
