/* SPDX-License-Identifier: BSD-2-Clause */
/* GET /events: the event bus as server-sent events (WHATWG HTML 9.2). */
#include "api/streams.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/http.h"
#include "api/operations.h"
#include "daemon/control/events.h"
#include "daemon/control/model.h"
#include "net/base/bytes.h"
#include "net/base/loop.h"

#define MAX_STREAMS 32
#define BEAT_NS     15000000000LL
#define STATS_NS    1000000000LL
#define NS_PER_MS   1000000LL
#define RETRY_MS    2000
#define FILTER_SIZE 256

/**
 * struct streams - all of them
 * @loop:	the loop
 * @model:	whose events
 * @watch:	tells of new events
 * @beat:	when all say something
 * @stats:	when those who want counters get them
 * @first:	list of streams
 * @count:	its length
 */
struct streams {
	struct loop *loop;
	struct model *model;
	struct events_watch watch;
	struct loop_timer beat;
	struct loop_timer stats;
	struct stream *first;
	unsigned count;
};

/**
 * struct stream - one client
 * @http:	what it is to HTTP
 * @streams:	all of them
 * @next:	next of the list
 * @link:	what points here
 * @seen:	revision of the last event that it was told
 * @types:	comma-separated types that it wants, "" for all
 * @lost:	it missed events
 * @with_stats:	it wants counters
 * @due:	it is time for counters
 * @beat:	it is time to say something
 * @text:	what is being sent; owned
 * @len:	bytes of it
 * @sent:	bytes of it that were read
 */
struct stream {
	struct http_stream http;
	struct streams *streams;
	struct stream *next;
	struct stream **link;
	uint64_t seen;
	char types[FILTER_SIZE];
	bool lost;
	bool with_stats;
	bool due;
	bool beat;
	char *text;
	size_t len;
	size_t sent;
};

/**
 * wanted() - does a client want events of this type?
 * @types:	"nic.*,lease.granted", or "" for all
 * @type:	"nic.created"
 */
static bool wanted(const char *types, const char *type)
{
	const char *item = types;

	while (*item) {
		size_t len = strcspn(item, ",");

		if (item[len - 1] == '*' ? strncmp(item, type, len - 1) == 0
					 : strncmp(item, type, len) == 0 && !type[len])
			return true;
		item += len + (item[len] == ',');
	}
	return !*types;
}

/**
 * say() - the next text to send
 * @stream:	the client, to whom all before was sent
 * @fmt:	printf format
 */
static void __attribute__((format(printf, 2, 3))) say(struct stream *stream, const char *fmt, ...)
{
	va_list ap;
	int n;

	free(stream->text);
	va_start(ap, fmt);
	n = vasprintf(&stream->text, fmt, ap);
	va_end(ap);
	if (n < 0)
		stream->text = NULL;
	stream->len = n < 0 ? 0 : (size_t)n;
	stream->sent = 0;
}

/** say_reset() - the client has missed something: tell it where it is now */
static void say_reset(struct stream *stream)
{
	const struct model *m = stream->streams->model;
	unsigned long long now = model_revision(m);

	stream->seen = now;
	stream->lost = false;
	say(stream, "event: reset\nid: %s-%llu\ndata: {\"type\":\"reset\",\"revision\":%llu}\n\n",
	    events_boot(model_events(m)), now, now);
}

/** say_stats() - all counters, and when they were read on a clock that only goes forward */
static void say_stats(struct stream *stream)
{
	struct streams *s = stream->streams;
	json_t *data = json_pack("{s:s,s:I,s:o}", "type", "stats", "time_ms",
				 (json_int_t)(loop_now(s->loop) / NS_PER_MS), "stats",
				 model_stats(s->model));
	char *text = json_dumps(data, JSON_COMPACT);

	stream->due = false;
	say(stream, "event: stats\ndata: %s\n\n", text ? text : "{}");
	free(text);
	json_decref(data);
}

/**
 * say_event() - the next event that the client wants
 * @stream:	the client
 *
 * Return: false when there is none
 */
static bool say_event(struct stream *stream)
{
	const struct events *events = model_events(stream->streams->model);
	const struct event *event;

	while ((event = events_next(events, stream->seen)) != NULL) {
		stream->seen = event->revision;
		if (!wanted(stream->types, event->type))
			continue;
		say(stream, "event: %s\nid: %s-%llu\ndata: %s\n\n", event->type,
		    events_boot(events), (unsigned long long)event->revision,
		    event->text ? event->text : "{}");
		return true;
	}
	return false;
}

/**
 * say_next() - whatever is to be said next
 * @stream:	the client
 *
 * Return: false when there is nothing
 */
static bool say_next(struct stream *stream)
{
	const struct events *events = model_events(stream->streams->model);

	if (stream->lost || !events_reach(events, stream->seen)) {
		say_reset(stream);
	} else if (say_event(stream)) {
		;
	} else if (stream->due) {
		say_stats(stream);
	} else if (stream->beat) {
		stream->beat = false;
		say(stream, ": still here\n\n");
	} else {
		return false;
	}
	return true;
}

/** on_read() - http_stream_ops.read */
static size_t on_read(struct http_stream *http, char *buffer, size_t max)
{
	struct stream *stream = container_of(http, struct stream, http);
	size_t n;

	if (stream->sent == stream->len && !say_next(stream))
		return 0;
	n = MIN(stream->len - stream->sent, max);
	memcpy(buffer, stream->text + stream->sent, n);
	stream->sent += n;
	return n;
}

/** on_ended() - http_stream_ops.ended */
static void on_ended(struct http_stream *http)
{
	struct stream *stream = container_of(http, struct stream, http);
	struct streams *s = stream->streams;

	*stream->link = stream->next;
	if (stream->next)
		stream->next->link = stream->link;
	s->count--;
	if (!s->first) {
		loop_timer_cancel(&s->beat);
		loop_timer_cancel(&s->stats);
	}
	free(stream->text);
	free(stream);
}

static const struct http_stream_ops stream_ops = {.read = on_read, .ended = on_ended};

/** on_news() - there are new events (struct events_watch) */
static void on_news(struct events_watch *watch)
{
	struct streams *s = container_of(watch, struct streams, watch);

	for (struct stream *stream = s->first; stream; stream = stream->next)
		http_stream_wake(&stream->http);
}

/** on_beat() - it is time that all say something */
static void on_beat(struct loop_timer *timer)
{
	struct streams *s = container_of(timer, struct streams, beat);

	for (struct stream *stream = s->first; stream; stream = stream->next) {
		stream->beat = true;
		http_stream_wake(&stream->http);
	}
	if (s->first)
		loop_timer_set(s->loop, timer, loop_now(s->loop) + BEAT_NS);
}

/** on_stats() - it is time for counters */
static void on_stats(struct loop_timer *timer)
{
	struct streams *s = container_of(timer, struct streams, stats);
	bool any = false;

	for (struct stream *stream = s->first; stream; stream = stream->next) {
		if (!stream->with_stats)
			continue;
		any = true;
		stream->due = true;
		http_stream_wake(&stream->http);
	}
	if (any)
		loop_timer_set(s->loop, timer, loop_now(s->loop) + STATS_NS);
}

struct streams *streams_new(struct loop *loop, struct model *model)
{
	struct streams *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->loop = loop;
	s->model = model;
	s->watch.news = on_news;
	s->beat.callback = on_beat;
	s->stats.callback = on_stats;
	events_watch(model_events(model), &s->watch);
	return s;
}

void streams_free(struct streams *s)
{
	if (!s)
		return;
	events_unwatch(&s->watch);
	free(s);
}

/**
 * set_position() - where a client's stream begins
 * @stream:	the client
 * @from:	"17", "0011aabb-17", or NULL: now
 */
static void set_position(struct stream *stream, const char *from)
{
	const struct model *m = stream->streams->model;
	const char *boot = events_boot(model_events(m));
	const char *dash = from ? strchr(from, '-') : NULL;
	const char *number = dash ? dash + 1 : from;
	char *end = NULL;

	stream->seen = model_revision(m);
	if (!from)
		return;
	errno = 0;
	stream->seen = strtoull(number, &end, 10);
	stream->lost = errno != 0 || end == number || *end || stream->seen > model_revision(m) ||
		       (dash && ((size_t)(dash - from) != strlen(boot) ||
				 strncmp(from, boot, strlen(boot)) != 0));
}

/** add() - put a new client on the list, and let the timers run */
static void add(struct streams *s, struct stream *stream)
{
	stream->next = s->first;
	stream->link = &s->first;
	if (stream->next)
		stream->next->link = &stream->next;
	s->first = stream;
	s->count++;
	if (!loop_timer_running(&s->beat))
		loop_timer_set(s->loop, &s->beat, loop_now(s->loop) + BEAT_NS);
	if (stream->with_stats && !loop_timer_running(&s->stats))
		loop_timer_set(s->loop, &s->stats, loop_now(s->loop) + STATS_NS);
}

/** op_streamEvents() - GET /events */
int op_streamEvents(struct request *req)
{
	const char *last = req->http->headers[HTTP_LAST_EVENT_ID];
	const char *since = json_string_value(json_object_get(req->query, "since"));
	const char *types = json_string_value(json_object_get(req->query, "types"));
	struct streams *s = req->streams;
	struct stream *stream = s->count < MAX_STREAMS ? calloc(1, sizeof(*stream)) : NULL;

	if (!stream) {
		http_response_header(req->response, "Retry-After", "%d", 10);
		return problem_set(&req->problem, PROBLEM_TOO_MANY_STREAMS,
				   "%u clients listen to events, which is the most.", s->count);
	}
	stream->http.ops = &stream_ops;
	stream->streams = s;
	snprintf(stream->types, sizeof(stream->types), "%s", types ? types : "");
	stream->with_stats = json_is_true(json_object_get(req->query, "stats"));
	stream->due = stream->with_stats;
	set_position(stream, last && *last ? last : since);
	add(s, stream);
	say(stream, "retry: %d\n\n", RETRY_MS);
	req->response->stream = &stream->http;
	return 0;
}
