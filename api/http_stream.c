/* SPDX-License-Identifier: BSD-2-Clause */
/* Bodies without an end, on libmicrohttpd. */
#include <microhttpd.h>
#include <sys/epoll.h>

#include "api/http_conn.h"
#include "net/base/bytes.h"

#define STALL_NS 60000000000LL /* a client may leave bytes unread that long */
#define BLOCK    8192

/*
 * Theory of operation
 *
 * A stream is a body that MHD asks for piece by piece; while there is none its connection is
 * suspended. MHD does not notice then that the client goes, so we look.
 */

/** read_stream() - the next bytes of a stream (MHD_ContentReaderCallback) */
static ssize_t read_stream(void *cls, uint64_t pos, char *buffer, size_t max)
{
	struct http_stream *stream = cls;
	struct connection *conn = stream->conn;
	size_t n;

	(void)pos;
	if (stream->gone)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	n = stream->ops->read(stream, buffer, max);
	if (n == 0) {
		MHD_suspend_connection(stream->mhd);
		loop_fd_add(conn->http->loop, &conn->gone, conn->fd, EPOLLRDHUP);
		stream->waiting = true;
	}
	conn->deadline_ns = n ? loop_now(conn->http->loop) + STALL_NS : INT64_MAX;
	return (ssize_t)n;
}

/** on_gone() - the client of a stream that waits has gone */
static void on_gone(struct loop_fd *source, uint32_t events)
{
	struct connection *conn = container_of(source, struct connection, gone);

	(void)events;
	conn->stream->gone = true;
	http_stream_wake(conn->stream);
}

/** end_stream() - MHD is done with a stream (MHD_ContentReaderFreeCallback) */
static void end_stream(void *cls)
{
	struct http_stream *stream = cls;

	if (stream->conn)
		stream->conn->stream = NULL;
	stream->ops->ended(stream);
}

void http_stream_wake(struct http_stream *stream)
{
	struct http *http = stream->conn ? stream->conn->http : NULL;

	if (!http || !stream->waiting)
		return;
	stream->waiting = false;
	loop_fd_remove(&stream->conn->gone);
	stream->conn->deadline_ns = loop_now(http->loop) + STALL_NS;
	MHD_resume_connection(stream->mhd);
	loop_timer_set(http->loop, &http->again, loop_now(http->loop));
}

void http_stream_begin(struct http_stream *stream, struct connection *conn,
		       struct MHD_Connection *mhd)
{
	stream->conn = conn;
	stream->mhd = mhd;
	conn->stream = stream;
	conn->gone.callback = on_gone;
}

struct MHD_Response *http_stream_response(struct http_stream *stream)
{
	struct MHD_Response *out = MHD_create_response_from_callback(
		MHD_SIZE_UNKNOWN, BLOCK, read_stream, stream, end_stream);

	if (!out)
		end_stream(stream);
	return out;
}
