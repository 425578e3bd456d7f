/* SPDX-License-Identifier: BSD-2-Clause */
/* libmicrohttpd in our loop. */
#include "api/http.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "api/http_conn.h"
#include "api/listener.h"
#include "net/base/bytes.h"
#include "net/base/error.h"
#include "net/base/loop.h"

#define NS_PER_MS     1000000LL
#define NS_PER_SECOND 1000000000LL
#define REQUEST_NS    (10 * NS_PER_SECOND) /* a request that has begun must be complete by then */
#define IDLE_NS       (30 * NS_PER_SECOND) /* a connection that was served may wait that long */
#define SWEEP_NS      NS_PER_SECOND
#define MAX_DISCARD   (1024 * 1024) /* bytes of a body without length that are read for nothing */
#define ACCEPT_BATCH  16

/*
 * Theory of operation
 *
 * One MHD daemon without a listening socket of its own. We accept: so there may be any number of
 * listeners, the peer is looked at when it comes, and a full house leaves clients in the backlog
 * instead of resetting them. MHD keeps its connections in its own epoll set, edge-triggered; that
 * set is one descriptor of our loop. Because of the edges MHD may have work left without its
 * descriptor being readable: after every MHD_run(), MHD_get_timeout() says when to call it again,
 * and the timer `again` does so.
 *
 * A request is three things to MHD: the request line (on_request_line makes our struct exchange),
 * the headers (first call of on_request; what is refused here is never read), the body (further
 * calls), its end (last call: the handler answers, synchronously).
 *
 * MHD's own timeout begins anew with each byte. Ours does not: every connection has a deadline, and
 * a sweep each second shuts those down that are beyond it.
 */

/**
 * struct exchange - a request being received
 * @conn:	where from
 * @req:	what is known about it
 * @target:	the request target; owned
 * @end:	where MHD's copy of the target ended
 * @begun:	the headers were looked at
 * @body:	its bytes up to now; owned
 * @len:	their number
 * @room:	bytes allocated
 * @discarded:	bytes that came after the body had become too large
 */
struct exchange {
	struct connection *conn;
	struct http_request req;
	char *target;
	const char *end;
	bool begun;
	char *body;
	size_t len;
	size_t room;
	size_t discarded;
};

static const char *const header_names[HTTP_HEADER_COUNT] = {
	[HTTP_HOST] = "Host",
	[HTTP_ORIGIN] = "Origin",
	[HTTP_SEC_FETCH_SITE] = "Sec-Fetch-Site",
	[HTTP_CONTENT_TYPE] = "Content-Type",
	[HTTP_CONTENT_LENGTH] = "Content-Length",
	[HTTP_TRANSFER_ENCODING] = "Transfer-Encoding",
	[HTTP_AUTHORIZATION] = "Authorization",
	[HTTP_COOKIE] = "Cookie",
	[HTTP_ACCEPT] = "Accept",
	[HTTP_IF_NONE_MATCH] = "If-None-Match",
	[HTTP_LAST_EVENT_ID] = "Last-Event-ID",
};

/* On every answer, unless it sets its own: nothing is for another site's page, a frame, a cache. */
static const char *const common_headers[][2] = {
	{"X-Content-Type-Options", "nosniff"},
	{"Referrer-Policy", "no-referrer"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
	{"Cross-Origin-Opener-Policy", "same-origin"},
	{"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
	{"Cache-Control", "no-store"},
};

void http_response_header(struct http_response *res, const char *name, const char *fmt, ...)
{
	va_list ap;

	for (int i = 0; i < HTTP_RESPONSE_HEADERS; i++) {
		if (res->names[i])
			continue;
		res->names[i] = name;
		va_start(ap, fmt);
		vsnprintf(res->values[i], sizeof(res->values[i]), fmt, ap);
		va_end(ap);
		return;
	}
}

/* --- accepting --- */

/** run() - let MHD work, and find out when it wants to be called again */
static void run(struct http *http)
{
	MHD_UNSIGNED_LONG_LONG ms;

	MHD_run(http->mhd);
	if (MHD_get_timeout(http->mhd, &ms) == MHD_YES)
		loop_timer_set(http->loop, &http->again,
			       loop_now(http->loop) + (int64_t)MIN(ms, 60000ULL) * NS_PER_MS);
	else
		loop_timer_cancel(&http->again);
}

/** on_epoll() - something happened on MHD's sockets */
static void on_epoll(struct loop_fd *source, uint32_t events)
{
	(void)events;
	run(container_of(source, struct http, epoll));
}

/** on_again() - the time has come that MHD had asked for */
static void on_again(struct loop_timer *timer)
{
	run(container_of(timer, struct http, again));
}

/** room() - how many more connections there may be */
static unsigned room(void *context)
{
	const struct http *http = context;

	return HTTP_MAX_CONNECTIONS - http->count;
}

/** accepted() - hand a client's socket to MHD, which closes it in the end, or at once */
static void accepted(void *context, int fd, const struct sockaddr_storage *addr, socklen_t len)
{
	struct connection *conn = calloc(1, sizeof(*conn));
	struct http *http = context;

	if (!conn) {
		close(fd);
		return;
	}
	conn->http = http;
	conn->fd = fd;
	conn->deadline_ns = loop_now(http->loop) + REQUEST_NS;
	peer_init(&conn->peer, fd, addr);
	http->accepting = conn;
	MHD_add_connection(http->mhd, fd, (const struct sockaddr *)addr, len);
	free(http->accepting); /* NULL when on_connection() has taken it */
	http->accepting = NULL;
}

/** after_accepting() - MHD has new connections to look at */
static void after_accepting(void *context)
{
	run(context);
}

static const struct listener_ops listener_ops = {
	.room = room, .accepted = accepted, .after = after_accepting};

/** on_sweep() - cut the connections that are beyond their deadline */
static void on_sweep(struct loop_timer *timer)
{
	struct http *http = container_of(timer, struct http, sweep);
	int64_t now = loop_now(http->loop);

	for (struct connection *conn = http->connections; conn; conn = conn->next) {
		if (now < conn->deadline_ns)
			continue;
		shutdown(conn->fd, SHUT_RDWR); /* MHD notices and closes */
		conn->deadline_ns = INT64_MAX;
	}
	if (http->connections)
		loop_timer_set(http->loop, timer, now + SWEEP_NS);
}

/** on_connection() - MHD took or closed a connection (MHD_NotifyConnectionCallback) */
static void on_connection(void *cls, struct MHD_Connection *mhd_conn, void **socket_context,
			  enum MHD_ConnectionNotificationCode code)
{
	struct http *http = cls;
	struct connection *conn = *socket_context;

	(void)mhd_conn;
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		conn = http->accepting;
		http->accepting = NULL;
		*socket_context = conn;
		conn->next = http->connections;
		conn->link = &http->connections;
		if (conn->next)
			conn->next->link = &conn->next;
		http->connections = conn;
		http->count++;
		if (!loop_timer_running(&http->sweep))
			loop_timer_set(http->loop, &http->sweep, loop_now(http->loop) + SWEEP_NS);
	} else if (conn) {
		if (conn->stream)
			conn->stream->conn = NULL;
		*conn->link = conn->next;
		if (conn->next)
			conn->next->link = conn->link;
		http->count--;
		free(conn);
		if (http->listeners)
			listeners_resume(http->listeners);
	}
}

/* --- requests --- */

/** on_request_line() - a request begins (MHD_OPTION_URI_LOG_CALLBACK) */
static void *on_request_line(void *cls, const char *uri, struct MHD_Connection *mhd_conn)
{
	struct http *http = cls;
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd_conn, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct exchange *ex = calloc(1, sizeof(*ex));

	if (!ex)
		return NULL;
	ex->conn = info->socket_context;
	ex->conn->deadline_ns = loop_now(http->loop) + REQUEST_NS;
	ex->target = strdup(uri);
	ex->end = uri + strlen(uri);
	ex->req.target = ex->target;
	ex->req.peer = &ex->conn->peer;
	ex->req.tls = http->config.tls != NULL;
	return ex;
}

/** on_completed() - a request was answered or broken off (MHD_RequestCompletedCallback) */
static void on_completed(void *cls, struct MHD_Connection *mhd_conn, void **con_cls,
			 enum MHD_RequestTerminationCode code)
{
	struct http *http = cls;
	struct exchange *ex = *con_cls;

	(void)mhd_conn;
	if (!ex)
		return;
	if (code == MHD_REQUEST_TERMINATED_COMPLETED_OK)
		ex->conn->deadline_ns = loop_now(http->loop) + IDLE_NS;
	free(ex->target);
	free(ex->body);
	free(ex);
	*con_cls = NULL;
}

/** on_header() - note a header if somebody looks at it (MHD_KeyValueIterator) */
static enum MHD_Result on_header(void *cls, enum MHD_ValueKind kind, const char *key,
				 const char *value)
{
	struct http_request *req = cls;

	(void)kind;
	for (int i = 0; i < HTTP_HEADER_COUNT; i++) {
		if (strcasecmp(key, header_names[i]) != 0)
			continue;
		if (req->counts[i]++ == 0)
			req->headers[i] = value ? value : "";
	}
	return MHD_YES;
}

/**
 * begin() - look at the headers
 * @ex:		the request
 * @mhd_conn:	MHD's connection
 * @version:	"HTTP/1.1" in MHD's buffer
 *
 * MHD 0.9 accepts more than RFC 9112 allows: a NUL in the request target (the strings end there, so
 * that the version does not follow where it should), Content-Length twice or beside
 * Transfer-Encoding (section 6.1, 6.3), codings it does not know (it then waits for ever).
 */
static void begin(struct exchange *ex, struct MHD_Connection *mhd_conn, const char *version)
{
	struct http_request *req = &ex->req;
	const char *length, *coding;

	MHD_get_connection_values(mhd_conn, MHD_HEADER_KIND, on_header, req);
	length = req->headers[HTTP_CONTENT_LENGTH];
	coding = req->headers[HTTP_TRANSFER_ENCODING];
#if MHD_VERSION < 0x01000000
	if (version != ex->end + 1)
		req->fault = HTTP_FAULT_TARGET;
#else
	(void)version;
#endif
	if (req->counts[HTTP_CONTENT_LENGTH] + req->counts[HTTP_TRANSFER_ENCODING] > 1 ||
	    (coding && strcasecmp(coding, "chunked") != 0))
		req->fault = HTTP_FAULT_FRAMING;
	else if (length && strtoull(length, NULL, 10) > HTTP_MAX_BODY)
		req->fault = HTTP_FAULT_TOO_LARGE;
}

/**
 * collect() - keep a piece of the body
 * @ex:		the request
 * @data:	the piece
 * @len:	its length
 *
 * In the middle of a body MHD can't answer. A body without a length that turns out too large is
 * therefore read on, to get its 413 at the end, but not for ever.
 *
 * Return: false to break the connection off
 */
static bool collect(struct exchange *ex, const char *data, size_t len)
{
	if (ex->len + len > HTTP_MAX_BODY || ex->req.fault) {
		ex->req.fault = HTTP_FAULT_TOO_LARGE;
		ex->discarded += len;
		return ex->discarded <= MAX_DISCARD;
	}
	if (ex->len + len > ex->room) {
		size_t room = MIN(MAX(2 * (ex->len + len), 1024), HTTP_MAX_BODY);
		char *body = realloc(ex->body, room);

		if (!body)
			return false;
		ex->body = body;
		ex->room = room;
	}
	memcpy(ex->body + ex->len, data, len);
	ex->len += len;
	return true;
}

/** has_header() - does our response set this header itself? */
static bool has_header(const struct http_response *res, const char *name)
{
	for (int i = 0; i < HTTP_RESPONSE_HEADERS && res->names[i]; i++) {
		if (strcasecmp(res->names[i], name) == 0)
			return true;
	}
	return false;
}

/** make_body() - our response's body as MHD's response; takes the body */
static struct MHD_Response *make_body(const struct http_response *res)
{
	if (res->stream)
		return http_stream_response(res->stream);
	return MHD_create_response_from_buffer(
		res->body_len, (void *)(uintptr_t)res->body,
		res->body_static || !res->body ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_FREE);
}

/** make_response() - our response as MHD's; takes the body */
static struct MHD_Response *make_response(const struct http_response *res)
{
	struct MHD_Response *out = make_body(res);

	if (!out)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(common_headers); i++) {
		if (!has_header(res, common_headers[i][0]))
			MHD_add_response_header(out, common_headers[i][0], common_headers[i][1]);
	}
	if (res->media)
		MHD_add_response_header(out, "Content-Type", res->media);
	for (int i = 0; i < HTTP_RESPONSE_HEADERS && res->names[i]; i++)
		MHD_add_response_header(out, res->names[i], res->values[i]);
	return out;
}

/**
 * answer() - call the handler and send what it says
 * @ex:		the request
 * @mhd_conn:	MHD's connection
 */
static enum MHD_Result answer(struct exchange *ex, struct MHD_Connection *mhd_conn)
{
	const struct http_config *config = &ex->conn->http->config;
	struct http_response res = {0};
	struct MHD_Response *out;
	enum MHD_Result rc;

	if (!ex->req.fault) {
		ex->req.body = ex->body;
		ex->req.body_len = ex->len;
	}
	config->handle(config->context, &ex->req, &res);
	if (res.stream)
		http_stream_begin(res.stream, ex->conn, mhd_conn);
	out = make_response(&res);
	if (!out)
		return MHD_NO;
	if (ex->req.fault)
		MHD_add_response_header(out, "Connection", "close");
	rc = MHD_queue_response(mhd_conn, (unsigned)res.status, out);
	MHD_destroy_response(out);
	return rc;
}

/**
 * on_request() - headers, pieces of the body, end of a request
 *
 * The signature given by libmicrohttpd (MHD_AccessHandlerCallback).
 */
static enum MHD_Result on_request(void *cls, struct MHD_Connection *mhd_conn, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *len, void **con_cls)
{
	struct exchange *ex = *con_cls;

	(void)cls;
	(void)url;
	if (!ex || !ex->target)
		return MHD_NO;
	ex->req.method = method;
	if (!ex->begun) {
		ex->begun = true;
		begin(ex, mhd_conn, version);
		return ex->req.fault ? answer(ex, mhd_conn) : MHD_YES;
	}
	if (*len) {
		bool go_on = collect(ex, data, *len);

		*len = 0;
		return go_on ? MHD_YES : MHD_NO;
	}
	return answer(ex, mhd_conn);
}

/* --- start and stop --- */

/** start_mhd() - make MHD's daemon and put its descriptor into the loop */
static int start_mhd(struct http *http, struct error *err)
{
	const struct http_tls *tls = http->config.tls;
	struct MHD_OptionItem options[] = {
		{MHD_OPTION_HTTPS_MEM_KEY, 0, tls ? (void *)(uintptr_t)tls->key : NULL},
		{MHD_OPTION_HTTPS_MEM_CERT, 0, tls ? (void *)(uintptr_t)tls->cert : NULL},
		{MHD_OPTION_END, 0, NULL},
	};
	unsigned flags = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME;
	const union MHD_DaemonInfo *info;
	int rc;

	if (tls && MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES)
		return error_set(err, ENOTSUP, "this libmicrohttpd has no TLS");
	http->mhd = MHD_start_daemon(
		flags | (tls ? MHD_USE_TLS : 0), 0, NULL, NULL, on_request, http, MHD_OPTION_ARRAY,
		tls ? options : &options[2], MHD_OPTION_URI_LOG_CALLBACK, on_request_line, http,
		MHD_OPTION_NOTIFY_COMPLETED, on_completed, http, MHD_OPTION_NOTIFY_CONNECTION,
		on_connection, http, MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_MAX_CONNECTIONS,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)(32 * 1024),
		MHD_OPTION_CONNECTION_TIMEOUT, 0U, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
	if (!http->mhd && tls)
		return error_set(err, EINVAL,
				 "the TLS certificate and the key are no pair, or no PEM");
	if (!http->mhd)
		return error_set(err, ENOMEM, "libmicrohttpd did not start");
	info = MHD_get_daemon_info(http->mhd, MHD_DAEMON_INFO_EPOLL_FD);
	rc = loop_fd_add(http->loop, &http->epoll, info->epoll_fd, EPOLLIN);
	if (rc < 0)
		return error_set(err, -rc, "cannot watch libmicrohttpd: %s", strerror(-rc));
	return 0;
}

struct http *http_start(struct loop *loop, const struct http_config *config, struct error *err)
{
	struct http *http = calloc(1, sizeof(*http));

	if (!http) {
		error_set(err, ENOMEM, "no memory for the HTTP server");
		return NULL;
	}
	http->loop = loop;
	http->config = *config;
	http->epoll.callback = on_epoll;
	http->again.callback = on_again;
	http->sweep.callback = on_sweep;
	if (start_mhd(http, err) < 0)
		goto fail;
	http->listeners = listeners_start(loop, config->listeners, config->listener_count,
					  &listener_ops, http);
	if (!http->listeners) {
		error_set(err, ENOMEM, "no memory or descriptors for the HTTP server's listeners");
		goto fail;
	}
	return http;
fail:
	http_stop(http);
	return NULL;
}

void http_stop(struct http *http)
{
	if (!http)
		return;
	listeners_stop(http->listeners);
	http->listeners = NULL;
	loop_fd_remove(&http->epoll);
	for (struct connection *conn = http->connections; conn; conn = conn->next) {
		if (conn->stream)
			http_stream_wake(conn->stream); /* MHD wants it so */
	}
	if (http->mhd)
		MHD_stop_daemon(http->mhd);
	loop_timer_cancel(&http->again);
	loop_timer_cancel(&http->sweep);
	free(http);
}
