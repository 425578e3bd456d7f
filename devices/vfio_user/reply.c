/* SPDX-License-Identifier: BSD-2-Clause */
/* vfio-user: replies to bytes, each of them once whatever happens to this process. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "devices/vfio_user/state.h"

/**
 * note() - note a level in the NIC's memfd, behind all that was written before
 * @level:	where
 * @value:	its new value
 */
static void note(uint32_t *level, uint32_t value)
{
	__atomic_store_n(level, value, __ATOMIC_RELEASE);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

/*
 * Bytes are put into the pipe only while it is empty, and that is noted before they leave it. So a
 * successor that finds `piped` equal to `sent` and bytes in the pipe knows that they were put
 * there; else what is in the pipe is what `sent` lacks to `piped`.
 */
ssize_t vfio_user_socket_send(struct vfio_user_server *server, const void *buf, size_t len)
{
	struct vfio_user_state *state = server->state;
	ssize_t n;

	if (server->pipe[1] < 0)
		return send(server->client.fd, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (state->reply_piped == state->reply_sent) {
		n = write(server->pipe[1], buf, len);
		if (n < 0)
			return n;
		note(&state->reply_piped, state->reply_sent + (uint32_t)n);
	}
	return splice(server->pipe[0], NULL, server->client.fd, NULL,
		      state->reply_piped - state->reply_sent, SPLICE_F_NONBLOCK);
}

void vfio_user_send_reply(struct vfio_user_server *server)
{
	struct vfio_user_state *state = server->state;

	while (state->reply_sent < state->reply_len) {
		ssize_t n = server->transport->send(server, state->reply + state->reply_sent,
						    state->reply_len - state->reply_sent);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			if (errno != EAGAIN)
				server->broken = "it can't be reached";
			return;
		}
		note(&state->reply_sent, state->reply_sent + (uint32_t)n);
	}
	vfio_user_put_phase(state, VFIO_USER_IDLE);
	state->reply_len = 0;
	state->reply_sent = 0;
	state->reply_piped = 0;
	server->answered = true;
}
