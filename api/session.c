/* SPDX-License-Identifier: BSD-2-Clause */
/* /session: a browser shows the token once and is let in by a cookie from then on. */
#include "api/operations.h"

#include "api/auth.h"
#include "api/http.h"
#include "api/peer.h"
#include "net/base/log.h"

/*
 * Theory of operation
 *
 * A page can't put a header into an EventSource or a download, and must not keep the token. So it
 * sends it once, and gets a cookie that no script can read (HttpOnly) and no other site's page can
 * cause to be sent (SameSite=Strict; api/guard.c looks at Origin besides).
 */

/** set_cookie() - the answer sets the cookie; an age of 0 removes it */
static void set_cookie(struct request *req, const char *secret, int age)
{
	http_response_header(req->response, "Set-Cookie",
			     AUTH_COOKIE "=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%d%s",
			     secret, age, req->http->tls ? "; Secure" : "");
}

/** op_openSession() - POST /session */
int op_openSession(struct request *req)
{
	const char *token = json_string_value(json_object_get(req->body, "token"));
	const char *secret;

	if (!auth_token_ok(req->auth, token)) {
		log_warn("api: a wrong token from %s", req->http->peer->text);
		return problem_set(&req->problem, PROBLEM_UNAUTHORIZED, "That is not the token.");
	}
	secret = auth_session_open(req->auth, req->now_ns);
	if (!secret)
		return problem_set(&req->problem, PROBLEM_INTERNAL,
				   "The kernel has no random numbers.");
	set_cookie(req, secret, AUTH_SESSION_S);
	return 0;
}

/** op_closeSession() - DELETE /session */
int op_closeSession(struct request *req)
{
	auth_session_close(req->auth, req->http->headers[HTTP_COOKIE]);
	set_cookie(req, "", 0);
	return 0;
}
