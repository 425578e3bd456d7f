/* SPDX-License-Identifier: BSD-2-Clause */
/* Host, Origin, Sec-Fetch-Site, Content-Type, and who the peer is. */
#include "api/guard.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/http.h"
#include "api/peer.h"
#include "daemon/control/problem.h"
#include "net/base/bytes.h"

/*
 * Theory of operation
 *
 * The API listens on loopback, where it knows its peers (api/peer.h), or wants a token. But a
 * browser on this machine carries any web page's requests there, and its session's cookie. Three
 * headers tell them apart, which a page can neither leave out nor forge:
 *  - Host has the name that the page's address had. A page that re-binds its name to 127.0.0.1
 *    (DNS rebinding) still sends its own name, so only ours are accepted.
 *  - Origin comes with every request that may change something, and must be ourselves.
 *  - Sec-Fetch-Site comes with every request of a current browser, images and the like included.
 * Programs send neither of the last two: that is why `curl -d` works with its form Content-Type,
 * which a page could send too, but never without an Origin.
 *
 * A UNIX socket can't be reached by a page's URL; there any Host will do.
 */

/** is_our_port() - do we listen there? */
static bool is_our_port(const struct guard *g, const char *text)
{
	char *end;
	unsigned long port = strtoul(text, &end, 10);

	if (!*text || *end || *text < '0' || *text > '9')
		return false;
	for (size_t i = 0; i < g->port_count; i++) {
		if (g->ports[i] == port)
			return true;
	}
	return false;
}

/** is_our_name() - is it a name of this machine's loopback, or an allowed one without port? */
static bool is_our_name(const struct guard *g, const char *name, size_t len)
{
	static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strlen(names[i]) == len && strncasecmp(names[i], name, len) == 0)
			return true;
	}
	for (size_t i = 0; i < g->allow_host_count; i++) {
		if (strlen(g->allow_hosts[i]) == len &&
		    strncasecmp(g->allow_hosts[i], name, len) == 0)
			return true;
	}
	return false;
}

/** is_our_host() - is this value of Host us? A missing port is HTTP's, 80 */
static bool is_our_host(const struct guard *g, const char *host)
{
	const char *colon = strrchr(host, ':');

	if (colon && strchr(colon, ']'))
		colon = NULL;
	for (size_t i = 0; i < g->allow_host_count; i++) {
		if (colon && strcasecmp(g->allow_hosts[i], host) == 0)
			return true;
	}
	return is_our_name(g, host, colon ? (size_t)(colon - host) : strlen(host)) &&
	       is_our_port(g, colon ? colon + 1 : "80");
}

/** check_host() - exactly one Host, and it is us */
static int check_host(const struct guard *g, const struct http_request *req, struct problem *p)
{
	const char *host = req->headers[HTTP_HOST];

	if (req->counts[HTTP_HOST] > 1)
		return problem_set(p, PROBLEM_BAD_PARAMETER, "The request has more than one Host.");
	if (req->peer->kind == PEER_UNIX)
		return 0;
	if (host && req->peer->here[0] && strcasecmp(host, req->peer->here) == 0)
		return 0; /* the address itself: no other name can lead there */
	if (!host || !is_our_host(g, host))
		return problem_set(p, PROBLEM_FORBIDDEN_HOST,
				   "Host \"%.128s\" is not this daemon; --allow-host adds names.",
				   host ? host : "");
	return 0;
}

/** check_origin() - does the request come from a page of our own, or from no page? */
static int check_origin(const struct http_request *req, struct problem *p)
{
	const char *origin = req->headers[HTTP_ORIGIN];
	const char *site = req->headers[HTTP_SEC_FETCH_SITE];
	const char *host = req->headers[HTTP_HOST];
	const char *scheme = req->tls ? "https://" : "http://";
	size_t len = strlen(scheme);

	if (origin &&
	    (req->counts[HTTP_ORIGIN] > 1 || !host || strncasecmp(origin, scheme, len) != 0 ||
	     strcasecmp(origin + len, host) != 0))
		return problem_set(p, PROBLEM_FORBIDDEN_ORIGIN,
				   "Pages of \"%.128s\" may not use this API.", origin);
	if (site && (req->counts[HTTP_SEC_FETCH_SITE] > 1 ||
		     (strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0)))
		return problem_set(p, PROBLEM_FORBIDDEN_ORIGIN,
				   "Pages of other sites may not use this API.");
	return 0;
}

int guard_check(const struct guard *g, const struct http_request *req, struct problem *p)
{
	return check_host(g, req, p) < 0 || check_origin(req, p) < 0 ? -1 : 0;
}

/** refuse_peer() - why the client needs a token, and what it could do */
static int refuse_peer(const struct guard *g, const struct http_request *req, struct problem *p)
{
	if (!g->auth.token[0])
		return problem_set(p, PROBLEM_UNAUTHORIZED,
				   "Only root and the daemon's user, on this machine, may use this "
				   "API; patchbayd --token-file lets others in.");
	return problem_set(p, PROBLEM_UNAUTHORIZED, "%s",
			   req->headers[HTTP_AUTHORIZATION] || req->headers[HTTP_COOKIE]
				   ? "That is not the token, or the session has ended."
				   : "The token is needed: Authorization: Bearer TOKEN.");
}

int guard_admit(struct guard *g, const struct http_request *req, int64_t now_ns, struct problem *p)
{
	bool reads = strcmp(req->method, "GET") == 0 || strcmp(req->method, "HEAD") == 0;

	if (auth_bearer_ok(&g->auth, req->headers[HTTP_AUTHORIZATION]) ||
	    auth_session_ok(&g->auth, req->headers[HTTP_COOKIE], now_ns) ||
	    peer_is_trusted(req->peer, &g->peers, !reads))
		return 0;
	return refuse_peer(g, req, p);
}

/** is_media() - is this the media type, whatever parameters follow it? */
static bool is_media(const char *value, const char *media)
{
	size_t len = strcspn(value, "; \t");

	return strlen(media) == len && strncasecmp(value, media, len) == 0;
}

int guard_check_media(const struct http_request *req, struct problem *p)
{
	const char *media = req->headers[HTTP_CONTENT_TYPE];
	bool page = req->headers[HTTP_ORIGIN] || req->headers[HTTP_SEC_FETCH_SITE];

	if (media && (is_media(media, "application/json") ||
		      is_media(media, "application/merge-patch+json")))
		return 0;
	if (!page && (!media || is_media(media, "application/x-www-form-urlencoded")))
		return 0;
	return problem_set(p, PROBLEM_MEDIA_TYPE,
			   "The body must be application/json, not \"%.128s\".",
			   media ? media : "");
}
