/* SPDX-License-Identifier: BSD-2-Clause */
/* A vfio-user client in C that runs in the loop of the server it tests: QEMU without a guest. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "devices/vfio_user/protocol.h"

#define FAKE_MAX_MESSAGE (256 * 1024)

struct loop;

/**
 * struct fake_address - where a server listens
 * @sun:	abstract address
 * @len:	its length
 */
struct fake_address {
	struct sockaddr_un sun;
	socklen_t len;
};

/**
 * struct fake_message - a message to send
 * @command:	enum vfio_user_command, or what a test likes
 * @flags:	0, VFIO_USER_NO_REPLY
 * @payload:	bytes behind the header, or NULL for zeros
 * @len:	their number
 * @fds:	descriptors to send along; stay the caller's
 * @nfds:	their number
 */
struct fake_message {
	uint16_t command;
	uint32_t flags;
	const void *payload;
	uint32_t len;
	const int *fds;
	int nfds;
};

/**
 * struct fake_client - the client
 * @loop:	the server's loop, turned while the client waits
 * @fd:		its socket, non-blocking, or -1
 * @next_id:	id of the next command
 * @posted:	writes to memory BARs go without reply, as QEMU's do
 * @header:	header of the last reply
 * @reply:	its payload
 * @reply_len:	bytes of it
 * @intx:	the client's end of the interrupt eventfd, or -1
 * @ram:	guest memory at guest address @ram_base, or NULL
 * @ram_base:	see @ram
 * @ram_size:	bytes of it
 * @ram_fd:	its memfd, or -1
 */
struct fake_client {
	struct loop *loop;
	int fd;
	uint16_t next_id;
	bool posted;
	struct vfio_user_header header;
	uint8_t reply[FAKE_MAX_MESSAGE];
	uint32_t reply_len;
	int intx;
	uint8_t *ram;
	uint64_t ram_base;
	uint64_t ram_size;
	int ram_fd;
};

/**
 * fake_listen() - a listening socket for vfio_user_start()
 * @address:	filled
 *
 * Return: the socket; a failure ends the test
 */
int fake_listen(struct fake_address *address);

/**
 * fake_connect() - connect, without VERSION
 * @client:	initialised
 * @loop:	the server's loop
 * @address:	from fake_listen()
 */
void fake_connect(struct fake_client *client, struct loop *loop,
		  const struct fake_address *address);

/**
 * fake_close() - close the socket and the interrupt, free guest memory, let the server notice
 * @client:	the client
 */
void fake_close(struct fake_client *client);

/**
 * fake_settle() - turn the loop until nothing happens any more
 * @client:	the client
 */
void fake_settle(struct fake_client *client);

/**
 * fake_build() - the bytes of a message
 * @client:	gives the id
 * @message:	the message
 * @buf:	filled; room for the header and the payload
 *
 * Return: their number
 */
uint32_t fake_build(struct fake_client *client, const struct fake_message *message, uint8_t *buf);

/**
 * fake_send_bytes() - send bytes as they are
 * @client:	the client
 * @buf:	the bytes
 * @len:	their number
 * @message:	its descriptors go along; or NULL
 *
 * Return: bytes the socket took, or -errno
 */
ssize_t fake_send_bytes(struct fake_client *client, const void *buf, size_t len,
			const struct fake_message *message);

/**
 * fake_send() - send a message, without waiting; a failure ends the test
 * @client:	the client
 * @message:	the message
 *
 * Return: its id
 */
uint16_t fake_send(struct fake_client *client, const struct fake_message *message);

/**
 * fake_receive() - wait for a reply
 * @client:	@header, @reply and @reply_len are filled
 *
 * Return: true; false when the server has nothing to say or closed
 */
bool fake_receive(struct fake_client *client);

/**
 * fake_is_closed() - did the server close the connection? Takes unread replies away
 * @client:	the client
 */
bool fake_is_closed(struct fake_client *client);

/**
 * fake_call() - send a command, wait for the reply and check id, command and type
 * @client:	the client
 * @message:	the command
 *
 * Return: 0, or the positive errno of an error reply; no reply ends the test
 */
int fake_call(struct fake_client *client, const struct fake_message *message);

/**
 * fake_command() - fake_call() of a command without descriptors
 * @client:	the client
 * @command:	enum vfio_user_command
 * @payload:	bytes behind the header, or NULL for zeros
 * @len:	their number
 *
 * Return: as fake_call()
 */
int fake_command(struct fake_client *client, uint16_t command, const void *payload, uint32_t len);

/**
 * fake_version() - VERSION with QEMU's capabilities
 * @client:	the client
 */
void fake_version(struct fake_client *client);

/**
 * fake_map() - DMA_MAP
 * @client:	the client
 * @map:	address, size, offset and flags
 * @fd:		memory, or -1 for none
 *
 * Return: as fake_call()
 */
int fake_map(struct fake_client *client, const struct vfio_user_dma_map *map, int fd);

/**
 * fake_unmap() - DMA_UNMAP
 * @client:	the client
 * @address:	guest address
 * @size:	bytes
 *
 * Return: as fake_call()
 */
int fake_unmap(struct fake_client *client, uint64_t address, uint64_t size);

/**
 * fake_map_ram() - give the guest memory: @client->ram
 * @client:	the client, without memory
 * @address:	guest address
 * @size:	bytes
 */
void fake_map_ram(struct fake_client *client, uint64_t address, uint64_t size);

/**
 * fake_read() - REGION_READ; an error reply ends the test
 * @client:	the client
 * @region:	BAR, or enum vfio_user_region
 * @offset:	first byte
 * @size:	1, 2, 4 or 8
 *
 * Return: the value
 */
uint64_t fake_read(struct fake_client *client, uint32_t region, uint64_t offset, uint32_t size);

/**
 * struct fake_write - what fake_write() writes
 * @region:	BAR, or enum vfio_user_region
 * @offset:	first byte
 * @size:	1, 2, 4 or 8
 * @value:	the value
 */
struct fake_write {
	uint32_t region;
	uint64_t offset;
	uint32_t size;
	uint64_t value;
};

/**
 * fake_write() - REGION_WRITE; an error reply ends the test
 * @client:	the client; with @posted, writes to BAR 0 go without reply and are worked off at the
 *		next turn of the loop
 * @write:	the access
 */
void fake_write(struct fake_client *client, const struct fake_write *write);

/**
 * fake_set_irqs() - SET_IRQS without data
 * @client:	the client
 * @flags:	VFIO_USER_SET_... bits
 * @count:	number of interrupts, from 0 on
 * @fd:		eventfd to send along, or -1
 *
 * Return: as fake_call()
 */
int fake_set_irqs(struct fake_client *client, uint32_t flags, uint32_t count, int fd);

/**
 * fake_enable_intx() - make a new eventfd, hand it over
 * @client:	the client
 */
void fake_enable_intx(struct fake_client *client);

/**
 * fake_interrupts() - how often the eventfd was written since the last call
 * @client:	the client
 */
unsigned fake_interrupts(struct fake_client *client);

/**
 * fake_unmask() - what QEMU sends when the guest accesses a BAR after an interrupt
 * @client:	the client
 */
void fake_unmask(struct fake_client *client);

/**
 * fake_start() - all that QEMU 11.1 sends until firmware runs, then bus mastering and decoding on
 * @client:	connected
 * @ram_size:	guest memory at address 0, 0 for none
 */
void fake_start(struct fake_client *client, uint64_t ram_size);
