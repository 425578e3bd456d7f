/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside the vfio-user server: its flat state, its client, and what its files offer each other. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "devices/dma.h"
#include "devices/vfio_user/protocol.h"
#include "net/base/log.h"
#include "net/base/loop.h"

/*
 * Theory of operation
 *
 * Bytes come into the receive buffer in the NIC's memfd. Whatever whole messages are there are
 * executed in order; each reply is sent at once. A reply that the socket does not take stays in
 * the reply buffer, and nothing more is executed or received until it is gone: so one buffer is
 * enough, and a client that does not read only stops itself. When the batch is worked off, the card
 * gets its settle() call and does what doorbells asked for: a vCPU that waits for a register never
 * waits for a packet.
 *
 * Descriptors come with the byte that was last in a recvmsg(): the kernel ends a receive behind a
 * piece of stream that carries some. They wait, with that position, for the message that contains
 * the byte. A message that has no use for them closes them.
 *
 * The process may be gone between any two instructions, and its successor must neither lose a byte
 * nor execute or answer anything twice. So nothing moves between the kernel and us but in steps
 * that the kernel itself remembers:
 *
 * - In: bytes are peeked at, executed, answered, and only then taken. The socket's peek offset
 *   (SO_PEEK_OFF), which outlives the process, grows with a peek and shrinks when bytes are taken;
 *   we note what it should be (`held`). Is it less, bytes were taken and that was not noted; is it
 *   more, bytes were peeked at and that was not noted: they, and the descriptors that came with
 *   them, are still there to be peeked at again.
 * - Out: a reply goes through a pipe. splice() moves bytes from the pipe to the socket, so what the
 *   pipe still holds is what was not sent.
 * - Between: the progress record says which message is being executed. It is executed again by the
 *   successor, which does no harm (devices raise an interrupt too many then), but for a message
 *   that two workers died of: that one is answered with all ones.
 *
 *	server.c   listening, the one client, its end
 *	resume.c   going on where a worker that is gone had stopped
 *	receive.c  bytes to messages
 *	reply.c    replies to bytes
 *	message.c  the table of commands; version, device information, reset
 *	region.c   registers and configuration space
 *	irqs.c     the interrupt
 *	dma_map.c  guest memory
 */

#define VFIO_USER_MAX_DATA    65536                     /* what VERSION promises to take */
#define VFIO_USER_MAX_MESSAGE (VFIO_USER_MAX_DATA + 64) /* header and payload in front of it */
#define VFIO_USER_MAX_FDS     16                        /* what is received; VERSION promises 8 */
#define VFIO_USER_RECEIVE     (256 * 1024)
#define VFIO_USER_MAX_FILES   16 /* memory files of one guest that a successor gets */
#define VFIO_USER_NO_FILE     UINT32_MAX
#define VFIO_USER_MAX_DEATHS  2 /* workers that may die of the same work */

struct error;
struct nic;

/** enum vfio_user_phase - how far the command of the progress record is */
enum vfio_user_phase {
	VFIO_USER_IDLE,      /* the message at `consumed` has not been begun */
	VFIO_USER_EXECUTING, /* it has been begun */
	VFIO_USER_REPLYING,  /* it is done, its reply is in the reply buffer */
};

/**
 * struct vfio_user_progress - the command being worked on, for the successor of a crashed worker
 * @id:		its message id
 * @command:	enum vfio_user_command
 * @phase:	enum vfio_user_phase
 * @next:	what `consumed` becomes when it is done; is it that already, the command is done
 * @deaths:	workers that were gone while they executed it
 */
struct vfio_user_progress {
	uint16_t id;
	uint16_t command;
	uint32_t phase;
	uint32_t next;
	uint32_t deaths;
};

/**
 * struct vfio_user_settling - the work behind the messages, for the same purpose
 * @now:	the card is in its settle()
 * @done:	how often it has come out of it
 * @seen:	@done when a worker was last gone in there
 * @deaths:	workers that were gone in there with no end of it between them
 */
struct vfio_user_settling {
	uint32_t now;
	uint32_t done;
	uint32_t seen;
	uint32_t deaths;
};

/**
 * struct vfio_user_mapping - a range of guest memory, as DMA_MAP gave it
 * @used:	the entry is one; written last
 * @access:	enum dma_access bits
 * @file:	number of its memory file among those kept, or VFIO_USER_NO_FILE
 * @address:	first guest address
 * @size:	bytes
 * @offset:	where it begins in the file
 */
struct vfio_user_mapping {
	uint32_t used;
	uint32_t access;
	uint32_t file;
	uint64_t address;
	uint64_t size;
	uint64_t offset;
};

/**
 * struct vfio_user_position - where the receive buffer stands
 * @fill:	bytes in it
 * @consumed:	bytes at its begin that belong to executed messages
 * @held:	bytes at its end that the socket still holds
 */
struct vfio_user_position {
	uint32_t fill;
	uint32_t consumed;
	uint32_t held;
};

/**
 * struct vfio_user_state - the server's part of the NIC's memfd; flat, pointer-free
 * @position:	server->at in one word, which changes at once: 20 bits each
 * @negotiated:	VERSION was exchanged
 * @reply_len:	bytes in @reply that are to be sent, 0: none
 * @reply_piped: how many of them were put into the pipe
 * @reply_sent:	how many were sent, or a little less
 * @progress:	the command being worked on
 * @settling:	the work behind the commands
 * @maps:	guest memory
 * @reply:	the last reply
 * @buffer:	what was received
 */
struct vfio_user_state {
	uint64_t position;
	uint32_t negotiated;
	uint32_t reply_len;
	uint32_t reply_piped;
	uint32_t reply_sent;
	struct vfio_user_progress progress;
	struct vfio_user_settling settling;
	struct vfio_user_mapping maps[DMA_MAX_REGIONS];
	uint8_t reply[VFIO_USER_MAX_MESSAGE];
	uint8_t buffer[VFIO_USER_RECEIVE];
};

/**
 * struct vfio_user_fd - a descriptor that waits for its message
 * @fd:		the descriptor, owned
 * @end:	position in the receive buffer behind the byte it came with
 */
struct vfio_user_fd {
	int fd;
	uint32_t end;
};

/**
 * struct vfio_user_file - a memory file of the guest that a successor gets
 * @device:	st_dev
 * @inode:	st_ino
 * @mode:	O_ACCMODE bits it was opened with
 * @uses:	mappings of it; 0: no file
 */
struct vfio_user_file {
	dev_t device;
	ino_t inode;
	int mode;
	unsigned uses;
};

struct vfio_user_server;

/**
 * struct vfio_user_transport - how bytes come and go; a socket but in tests and fuzzers
 * @receive:	as recv(): bytes, 0 at the end, -1 with errno; @fds is filled with the descriptors
 *		that came along (VFIO_USER_MAX_FDS at most), @nfds with their number
 * @take:	take bytes that were received, the oldest; return: how many, -1 with errno. NULL:
 *		receiving takes them
 * @send:	as send(); @buf lies in the reply buffer
 */
struct vfio_user_transport {
	ssize_t (*receive)(struct vfio_user_server *server, void *buf, size_t room, int *fds,
			   int *nfds);
	ssize_t (*take)(struct vfio_user_server *server, void *buf, size_t len);
	ssize_t (*send)(struct vfio_user_server *server, const void *buf, size_t len);
};

/**
 * struct vfio_user_server - the server of one card
 * @loop:	the worker's loop
 * @nic:	the card
 * @state:	its part of the NIC's memfd
 * @at:		where the receive buffer stands
 * @transport:	how bytes come and go
 * @listener:	the listening socket
 * @client:	the client's socket; fd -1 when there is none
 * @pipe:	what replies go through; -1 where nobody outlives the process
 * @again:	the message that comes next was begun by a worker that is gone
 * @files:	memory files of the guest that are kept
 * @attached:	a client is there
 * @broken:	why the connection must end, or NULL
 * @answered:	a reply was sent since this was cleared
 * @fds:	descriptors that wait for their message, in the order of their positions
 * @fd_count:	their number
 * @stall:	runs while a message is unfinished
 * @accept_again: runs while the process has no descriptor left for a new client
 * @told_unshared: the log said that guest memory is not shared
 * @unreachable: nic->dma.unreachable when the client came
 * @faults:	nic->dma.faults that the log knows of
 * @complaints:	bad commands of this client; the log tells the first and, at the end, their number
 * @log_limit:	limits the lines of clients that come and go
 */
struct vfio_user_server {
	struct loop *loop;
	struct nic *nic;
	struct vfio_user_state *state;
	struct vfio_user_position at;
	const struct vfio_user_transport *transport;
	struct loop_fd listener;
	struct loop_fd client;
	int pipe[2];
	bool again;
	struct vfio_user_file files[VFIO_USER_MAX_FILES];
	bool attached;
	const char *broken;
	bool answered;
	struct vfio_user_fd fds[VFIO_USER_MAX_FDS];
	int fd_count;
	struct loop_timer stall;
	struct loop_timer accept_again;
	bool told_unshared;
	uint32_t unreachable;
	uint32_t faults;
	uint64_t complaints;
	struct log_limit log_limit;
};

/**
 * struct vfio_user_message - a whole message
 * @header:	copied
 * @payload:	what follows it
 * @len:	bytes of payload
 * @fds:	descriptors that came with it; a handler that keeps one puts -1 in its place
 * @nfds:	their number
 */
struct vfio_user_message {
	struct vfio_user_header header;
	const uint8_t *payload;
	uint32_t len;
	int fds[VFIO_USER_MAX_FDS];
	int nfds;
};

/**
 * struct vfio_user_reply - what a handler answers
 * @payload:	room for VFIO_USER_MAX_MESSAGE less the header
 * @len:	bytes of payload; a handler sets it
 */
struct vfio_user_reply {
	uint8_t *payload;
	uint32_t len;
};

/**
 * vfio_user_socket_send() - struct vfio_user_transport's send() of a socket
 * @server:	the server
 * @buf:	the bytes
 * @len:	their number
 *
 * Return: as send()
 */
ssize_t vfio_user_socket_send(struct vfio_user_server *server, const void *buf, size_t len);

/** vfio_user_socket - the transport that uses server->client */
extern const struct vfio_user_transport vfio_user_socket;

/**
 * vfio_user_init() - a server without listener and client
 * @server:	the server
 * @loop:	the worker's loop
 * @nic:	the card
 * @transport:	how bytes come and go
 */
void vfio_user_init(struct vfio_user_server *server, struct loop *loop, struct nic *nic,
		    const struct vfio_user_transport *transport);

/**
 * vfio_user_attach() - a client is there
 * @server:	a server without client
 */
void vfio_user_attach(struct vfio_user_server *server);

/**
 * vfio_user_detach() - the client is gone: drop its memory, interrupt and descriptors
 * @server:	the server
 * @why:	what the log says
 */
void vfio_user_detach(struct vfio_user_server *server, const char *why);

/**
 * vfio_user_work() - send what is unsent, receive, execute, let the card settle
 * @server:	a server with a client, which may be gone afterwards
 */
void vfio_user_work(struct vfio_user_server *server);

/**
 * vfio_user_commit() - note server->at in the NIC's memfd
 * @server:	the server
 */
void vfio_user_commit(struct vfio_user_server *server);

/**
 * vfio_user_settle() - let the card do what doorbells asked for
 * @server:	the server
 */
void vfio_user_settle(struct vfio_user_server *server);

/**
 * vfio_user_keep_client() - let the connection outlive the process
 * @server:	a server with a new client
 */
void vfio_user_keep_client(struct vfio_user_server *server);

/**
 * vfio_user_forget_client() - nothing of the client's is to outlive the process any more
 * @server:	the server
 */
void vfio_user_forget_client(struct vfio_user_server *server);

/**
 * vfio_user_unmap_all() - forget all guest memory
 * @server:	the server
 */
void vfio_user_unmap_all(struct vfio_user_server *server);

/**
 * vfio_user_remap() - map guest memory as a worker that is gone had it
 * @server:	the server, without any
 * @files:	memory files by number, -1: it was lost; VFIO_USER_MAX_FILES of them
 */
void vfio_user_remap(struct vfio_user_server *server, const int *files);

/**
 * vfio_user_put_phase() - note how far the command is, and all that was written before
 * @state:	the state
 * @phase:	the phase
 */
static inline void vfio_user_put_phase(struct vfio_user_state *state, enum vfio_user_phase phase)
{
	__atomic_store_n(&state->progress.phase, (uint32_t)phase, __ATOMIC_RELEASE);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

/**
 * vfio_user_send_reply() - send the reply in state->reply, or what is left of it
 * @server:	the server; broken when the client can't be reached
 */
void vfio_user_send_reply(struct vfio_user_server *server);

/**
 * vfio_user_execute() - execute a message and reply to it
 * @server:	the server; broken when the message is one that ends a connection
 * @message:	the message; its descriptors are used or closed
 */
void vfio_user_execute(struct vfio_user_server *server, struct vfio_user_message *message);

/**
 * vfio_user_complain() - count, and at the first time log, that a client did something wrong
 * @server:	the server
 * @message:	the command it did it with
 * @what:	what it did
 */
void vfio_user_complain(struct vfio_user_server *server, const struct vfio_user_message *message,
			const char *what);

/*
 * Handlers of commands. @message has at least the payload that the table in message.c asks for.
 * Return: 0 with @reply filled, or -errno: the reply is an error.
 */

/**
 * vfio_user_dma_map() - DMA_MAP
 * @server:	the server
 * @message:	the command
 * @reply:	filled
 */
int vfio_user_dma_map(struct vfio_user_server *server, struct vfio_user_message *message,
		      struct vfio_user_reply *reply);

/**
 * vfio_user_dma_unmap() - DMA_UNMAP
 * @server:	the server
 * @message:	the command
 * @reply:	filled
 */
int vfio_user_dma_unmap(struct vfio_user_server *server, struct vfio_user_message *message,
			struct vfio_user_reply *reply);

/**
 * vfio_user_region_info() - GET_REGION_INFO
 * @server:	the server
 * @message:	the command
 * @reply:	filled
 */
int vfio_user_region_info(struct vfio_user_server *server, struct vfio_user_message *message,
			  struct vfio_user_reply *reply);

/**
 * vfio_user_region_read() - REGION_READ
 * @server:	the server
 * @message:	the command
 * @reply:	filled
 */
int vfio_user_region_read(struct vfio_user_server *server, struct vfio_user_message *message,
			  struct vfio_user_reply *reply);

/**
 * vfio_user_region_write() - REGION_WRITE
 * @server:	the server
 * @message:	the command
 * @reply:	filled
 */
int vfio_user_region_write(struct vfio_user_server *server, struct vfio_user_message *message,
			   struct vfio_user_reply *reply);

/**
 * vfio_user_irq_info() - GET_IRQ_INFO
 * @server:	the server
 * @message:	the command
 * @reply:	filled
 */
int vfio_user_irq_info(struct vfio_user_server *server, struct vfio_user_message *message,
		       struct vfio_user_reply *reply);

/**
 * vfio_user_set_irqs() - SET_IRQS
 * @server:	the server
 * @message:	the command
 * @reply:	filled
 */
int vfio_user_set_irqs(struct vfio_user_server *server, struct vfio_user_message *message,
		       struct vfio_user_reply *reply);
