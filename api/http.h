/* SPDX-License-Identifier: BSD-2-Clause */
/* HTTP/1.1 on listening sockets, in our loop: whole requests in, whole responses out. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct MHD_Connection;
struct connection;
struct error;
struct http;
struct http_stream;
struct loop;
struct peer;

#define HTTP_MAX_BODY        (64 * 1024)
#define HTTP_MAX_CONNECTIONS 256

/** enum http_header - the request headers that somebody looks at */
enum http_header {
	HTTP_HOST,
	HTTP_ORIGIN,
	HTTP_SEC_FETCH_SITE,
	HTTP_CONTENT_TYPE,
	HTTP_CONTENT_LENGTH,
	HTTP_TRANSFER_ENCODING,
	HTTP_AUTHORIZATION,
	HTTP_COOKIE,
	HTTP_ACCEPT,
	HTTP_IF_NONE_MATCH,
	HTTP_LAST_EVENT_ID,
	HTTP_HEADER_COUNT,
};

/** enum http_fault - what is wrong with a request before anybody has looked at what it wants */
enum http_fault {
	HTTP_FAULT_NONE,
	HTTP_FAULT_TARGET,    /* NUL in the request target */
	HTTP_FAULT_FRAMING,   /* where the body ends is ambiguous */
	HTTP_FAULT_TOO_LARGE, /* body above HTTP_MAX_BODY */
};

/**
 * struct http_request - a request; everything in it is valid until the handler returns
 * @method:	as the client wrote it; any token
 * @target:	as the client wrote it: neither decoded nor checked
 * @headers:	first value of each header, or NULL
 * @counts:	how often each header was given
 * @body:	its bytes; not terminated, NULL when there are none
 * @body_len:	their number
 * @fault:	when set, @body is not there and only an error can be answered
 * @peer:	the client
 * @tls:	it came encrypted
 */
struct http_request {
	const char *method;
	const char *target;
	const char *headers[HTTP_HEADER_COUNT];
	unsigned counts[HTTP_HEADER_COUNT];
	const char *body;
	size_t body_len;
	enum http_fault fault;
	struct peer *peer;
	bool tls;
};

#define HTTP_RESPONSE_HEADERS 4

/**
 * struct http_response - the answer; zeroed before the handler fills it
 * @status:	HTTP status
 * @body:	its bytes, or NULL
 * @body_len:	their number
 * @body_static: @body stays; otherwise it was malloc()ed and is now the response's
 * @stream:	what sends the body piece by piece instead of @body, or NULL
 * @media:	Content-Type, or NULL; a string that stays
 * @names:	names of further headers, or of common ones that differ here; strings that stay
 * @values:	their values
 */
struct http_response {
	int status;
	const char *body;
	size_t body_len;
	bool body_static;
	struct http_stream *stream;
	const char *media;
	const char *names[HTTP_RESPONSE_HEADERS];
	char values[HTTP_RESPONSE_HEADERS][192];
};

/**
 * http_response_header() - add a header to an answer
 * @res:	the answer; there is room for HTTP_RESPONSE_HEADERS
 * @name:	header name; a string that stays
 * @fmt:	printf format of the value
 */
void http_response_header(struct http_response *res, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * struct http_stream_ops - a body without an end
 * @read:	copy up to @max bytes into @buffer. Return: their number; 0 when there is nothing to
 *		say now: http_stream_wake() is called when there is
 * @ended:	the client is gone, or the server ends; the stream may be freed
 */
struct http_stream_ops {
	size_t (*read)(struct http_stream *stream, char *buffer, size_t max);
	void (*ended)(struct http_stream *stream);
};

/**
 * struct http_stream - such a body; embedded in its owner, who sets @ops
 * @ops:	what the owner does
 * @conn:	the server's: the client
 * @mhd:	the server's: the client's connection, suspended while there is nothing to say
 * @waiting:	the server's: it is suspended
 * @gone:	the server's: the client is not there any more
 */
struct http_stream {
	const struct http_stream_ops *ops;
	struct connection *conn;
	struct MHD_Connection *mhd;
	bool waiting;
	bool gone;
};

/**
 * http_stream_wake() - there is something to read
 * @stream:	a stream that was given in an answer and has not ended; not called within a request
 */
void http_stream_wake(struct http_stream *stream);

/**
 * struct http_tls - what TLS needs
 * @cert:	certificate, and those of its issuers, as PEM
 * @key:	its key, as PEM
 */
struct http_tls {
	const char *cert;
	const char *key;
};

/**
 * struct http_config - what http_start() needs; copied
 * @listeners:	sockets that are bound and listen: TCP or UNIX
 * @listener_count: their number
 * @tls:	speak TLS; stays; NULL: plain HTTP
 * @handle:	answers a request, at once; must not call http_stop()
 * @context:	first argument of @handle
 */
struct http_config {
	const int *listeners;
	size_t listener_count;
	const struct http_tls *tls;
	void (*handle)(void *context, const struct http_request *req, struct http_response *res);
	void *context;
};

/**
 * http_start() - serve HTTP
 * @loop:	the loop to live in
 * @config:	listeners and handler; the listeners are taken on success: closed by http_stop()
 * @err:	filled on failure
 *
 * Return: the server, or NULL
 */
struct http *http_start(struct loop *loop, const struct http_config *config, struct error *err);

/**
 * http_stop() - close listeners and connections
 * @http:	the server; NULL is allowed
 */
void http_stop(struct http *http);
