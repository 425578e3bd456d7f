/* SPDX-License-Identifier: BSD-2-Clause */
/* vfio-user: the table of commands, replies, and the commands about the card as a whole. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "devices/nic.h"
#include "devices/vfio_user/state.h"
#include "net/base/bytes.h"

/*
 * The whole reply must not be longer than the client's request (QEMU receives it into the same
 * buffer, 214 bytes in 11.1), and the NUL is part of it. Version 0.0 whatever minor was proposed.
 * What the client can do needs no look: we send it no commands and no descriptors.
 */
static const char capabilities[] =
	"{\"capabilities\":{\"max_msg_fds\":8,\"max_data_xfer_size\":65536}}";

/**
 * negotiate() - VERSION
 * @server:	the server
 * @message:	the command
 * @reply:	filled
 *
 * Return: 0 or -errno
 */
static int negotiate(struct vfio_user_server *server, struct vfio_user_message *message,
		     struct vfio_user_reply *reply)
{
	struct vfio_user_version version;

	memcpy(&version, message->payload, sizeof(version));
	if ((server->state->negotiated && !server->again) || version.major != 0)
		return -EINVAL;
	version.minor = 0;
	memcpy(reply->payload, &version, sizeof(version));
	memcpy(reply->payload + sizeof(version), capabilities, sizeof(capabilities));
	reply->len = sizeof(version) + sizeof(capabilities);
	server->state->negotiated = 1;
	return 0;
}

/**
 * device_info() - GET_INFO
 * @server:	the server
 * @message:	the command; Cloud Hypervisor counts the header in argsz, so that is not looked at
 * @reply:	filled
 *
 * Return: 0
 */
static int device_info(struct vfio_user_server *server, struct vfio_user_message *message,
		       struct vfio_user_reply *reply)
{
	const struct vfio_user_device_info info = {.argsz = sizeof(info),
						   .flags = VFIO_USER_DEVICE_RESET |
							    VFIO_USER_DEVICE_PCI,
						   .regions = VFIO_USER_REGION_COUNT,
						   .irqs = VFIO_USER_IRQ_COUNT};

	(void)server;
	(void)message;
	memcpy(reply->payload, &info, sizeof(info));
	reply->len = sizeof(info);
	return 0;
}

/**
 * reset() - RESET
 * @server:	the server
 * @message:	the command
 * @reply:	stays empty
 *
 * Return: 0
 */
static int reset(struct vfio_user_server *server, struct vfio_user_message *message,
		 struct vfio_user_reply *reply)
{
	(void)message;
	(void)reply;
	nic_reset(server->nic);
	return 0;
}

/**
 * struct handler - a command that the server knows
 * @payload:	bytes it has at least
 * @run:	executes it
 */
struct handler {
	uint32_t payload;
	int (*run)(struct vfio_user_server *server, struct vfio_user_message *message,
		   struct vfio_user_reply *reply);
};

static const struct handler handlers[VFIO_USER_COMMAND_COUNT] = {
	[VFIO_USER_VERSION] = {sizeof(struct vfio_user_version), negotiate},
	[VFIO_USER_DMA_MAP] = {sizeof(struct vfio_user_dma_map), vfio_user_dma_map},
	[VFIO_USER_DMA_UNMAP] = {sizeof(struct vfio_user_dma_unmap), vfio_user_dma_unmap},
	[VFIO_USER_GET_INFO] = {sizeof(struct vfio_user_device_info), device_info},
	[VFIO_USER_GET_REGION_INFO] = {sizeof(struct vfio_user_region_info), vfio_user_region_info},
	[VFIO_USER_GET_IRQ_INFO] = {sizeof(struct vfio_user_irq_info), vfio_user_irq_info},
	[VFIO_USER_SET_IRQS] = {sizeof(struct vfio_user_set_irqs), vfio_user_set_irqs},
	[VFIO_USER_REGION_READ] = {sizeof(struct vfio_user_region_access), vfio_user_region_read},
	[VFIO_USER_REGION_WRITE] = {sizeof(struct vfio_user_region_access), vfio_user_region_write},
	[VFIO_USER_RESET] = {0, reset},
};

/**
 * dispatch() - find and run a command's handler
 * @server:	the server
 * @message:	the command
 * @reply:	filled
 *
 * Return: 0 or -errno
 */
static int dispatch(struct vfio_user_server *server, struct vfio_user_message *message,
		    struct vfio_user_reply *reply)
{
	uint16_t command = message->header.command;
	const struct handler *handler =
		command < ARRAY_SIZE(handlers) ? &handlers[command] : &handlers[0];

	if (!handler->run)
		return -ENOTSUP;
	if (message->len < handler->payload)
		return -EINVAL;
	return handler->run(server, message, reply);
}

/**
 * close_fds() - close what nobody took
 * @message:	an executed command
 */
static void close_fds(struct vfio_user_message *message)
{
	for (int i = 0; i < message->nfds; i++) {
		if (message->fds[i] >= 0)
			close(message->fds[i]);
	}
}

/**
 * put_reply() - put the header in front of a reply: it is ready to be sent
 * @server:	the server
 * @message:	the command
 * @error:	0, or -errno: the header is all
 * @len:	bytes of payload
 */
static void put_reply(struct vfio_user_server *server, const struct vfio_user_message *message,
		      int error, uint32_t len)
{
	struct vfio_user_header header = {.id = message->header.id,
					  .command = message->header.command,
					  .size = sizeof(header),
					  .flags = VFIO_USER_TYPE_REPLY};

	if (error < 0) {
		header.flags |= VFIO_USER_ERROR;
		header.error = (uint32_t)-error;
	} else {
		header.size += len;
	}
	memcpy(server->state->reply, &header, sizeof(header));
	server->state->reply_sent = 0;
	server->state->reply_piped = 0;
	server->state->reply_len = header.size;
	vfio_user_put_phase(server->state, VFIO_USER_REPLYING);
}

/**
 * check_order() - may this message come now?
 * @server:	the server
 * @message:	the message
 *
 * Return: NULL, or why the connection ends
 */
static const char *check_order(const struct vfio_user_server *server,
			       const struct vfio_user_message *message)
{
	if ((message->header.flags & VFIO_USER_TYPE_MASK) != VFIO_USER_TYPE_COMMAND)
		return "it replied to a command that was not sent";
	if (!server->state->negotiated && message->header.command != VFIO_USER_VERSION)
		return "it did not begin with VERSION";
	return NULL;
}

/**
 * begin() - note that a message is being executed
 * @server:	the server
 * @message:	the message
 */
static void begin(struct vfio_user_server *server, const struct vfio_user_message *message)
{
	struct vfio_user_progress *progress = &server->state->progress;

	progress->id = message->header.id;
	progress->command = message->header.command;
	progress->next = server->at.consumed + message->header.size;
	if (!server->again)
		progress->deaths = 0;
	vfio_user_put_phase(server->state, VFIO_USER_EXECUTING);
}

/**
 * evade() - workers died of this message: answer it without executing it
 * @server:	the server
 * @message:	the message
 * @reply:	filled: a read gives all ones, as from a card that is not there
 *
 * Return: 0 or -errno
 */
static int evade(struct vfio_user_server *server, struct vfio_user_message *message,
		 struct vfio_user_reply *reply)
{
	struct vfio_user_region_access access = {0};

	server->nic->mem.shared->counters.poisoned++;
	log_error("vfio-user: %u workers died of command %u, it is not executed",
		  server->state->progress.deaths, message->header.command);
	if (message->header.command != VFIO_USER_REGION_READ || message->len < sizeof(access))
		return message->header.command == VFIO_USER_REGION_WRITE ? 0 : -EIO;
	memcpy(&access, message->payload, sizeof(access));
	if (access.count > VFIO_USER_MAX_DATA)
		return -EINVAL;
	memcpy(reply->payload, &access, sizeof(access));
	memset(reply->payload + sizeof(access), 0xff, access.count);
	reply->len = sizeof(access) + access.count;
	return 0;
}

/**
 * finish() - note that a message was executed, and its reply if it has one
 * @server:	the server
 * @message:	the message
 * @error:	0 or -errno
 * @len:	bytes of the reply's payload
 */
static void finish(struct vfio_user_server *server, const struct vfio_user_message *message,
		   int error, uint32_t len)
{
	bool reply = !(message->header.flags & VFIO_USER_NO_REPLY);

	if (reply)
		put_reply(server, message, error, len);
	server->at.consumed = server->state->progress.next;
	vfio_user_commit(server);
	if (!reply)
		vfio_user_put_phase(server->state, VFIO_USER_IDLE);
	server->again = false;
}

void vfio_user_execute(struct vfio_user_server *server, struct vfio_user_message *message)
{
	struct vfio_user_state *state = server->state;
	struct vfio_user_reply reply = {.payload = state->reply + sizeof(struct vfio_user_header)};
	int ret;

	server->broken = check_order(server, message);
	if (!server->broken) {
		begin(server, message);
		if (server->again && state->progress.deaths >= VFIO_USER_MAX_DEATHS)
			ret = evade(server, message, &reply);
		else
			ret = dispatch(server, message, &reply);
		if (ret < 0 && ret != -ENOTSUP)
			vfio_user_complain(server, message, strerror(-ret));
		finish(server, message, ret, reply.len);
	}
	close_fds(message);
}
