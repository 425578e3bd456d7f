/* SPDX-License-Identifier: BSD-2-Clause */
/* What api/http.c and api/http_stream.c share: the server and its connections. */
#pragma once

#include <stdint.h>

#include "api/http.h"
#include "api/listener.h"
#include "api/peer.h"
#include "net/base/loop.h"

struct MHD_Daemon;
struct MHD_Response;

/**
 * struct http - the server
 * @loop:	the loop
 * @config:	handler and its context
 * @mhd:	MHD's daemon
 * @epoll:	MHD's epoll descriptor in our loop
 * @again:	when MHD wants to be called without an event
 * @sweep:	the next look at the deadlines; runs while there are connections
 * @listeners:	where clients come from
 * @connections: list
 * @count:	its length
 * @accepting:	the connection that is being handed to MHD
 */
struct http {
	struct loop *loop;
	struct http_config config;
	struct MHD_Daemon *mhd;
	struct loop_fd epoll;
	struct loop_timer again;
	struct loop_timer sweep;
	struct listeners *listeners;
	struct connection *connections;
	unsigned count;
	struct connection *accepting;
};

/**
 * struct connection - a client
 * @http:	the server
 * @next:	next of the server's list
 * @link:	what points here
 * @fd:		its socket; MHD's
 * @deadline_ns: when it is cut
 * @stream:	what it is being sent, or NULL
 * @gone:	watches @fd for the client's end while @stream waits
 * @peer:	who it is
 */
struct connection {
	struct http *http;
	struct connection *next;
	struct connection **link;
	int fd;
	int64_t deadline_ns;
	struct http_stream *stream;
	struct loop_fd gone;
	struct peer peer;
};

/**
 * http_stream_begin() - an answer is a stream
 * @stream:	as the handler gave it
 * @conn:	the client
 * @mhd:	its connection
 */
void http_stream_begin(struct http_stream *stream, struct connection *conn,
		       struct MHD_Connection *mhd);

/**
 * http_stream_response() - make MHD's response of it
 * @stream:	the stream, which has begun; it has ended when this fails
 *
 * Return: the response, or NULL without memory
 */
struct MHD_Response *http_stream_response(struct http_stream *stream);
