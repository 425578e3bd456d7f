/* SPDX-License-Identifier: BSD-2-Clause */
/* The token, and sessions of browsers that have shown it once. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AUTH_MAX_TOKEN    256 /* letters */
#define AUTH_MIN_TOKEN    16
#define AUTH_MAX_SESSIONS 32
#define AUTH_SECRET       32 /* hexadecimal digits of a session's secret: 128 bits */
#define AUTH_COOKIE       "patchbay"
#define AUTH_SESSION_S    (12 * 3600) /* a session that nobody used for that long has ended */

/**
 * struct session - a browser that is let in
 * @secret:	its cookie's value; "" is a free slot
 * @used_ns:	when it was used last
 */
struct session {
	char secret[AUTH_SECRET + 1];
	int64_t used_ns;
};

/**
 * struct auth - who is let in without being a local user
 * @token:	the token; "": there is none, and nobody is
 * @sessions:	the sessions
 */
struct auth {
	char token[AUTH_MAX_TOKEN + 1];
	struct session sessions[AUTH_MAX_SESSIONS];
};

/**
 * auth_token_ok() - is it the token? Takes the same time whatever it is
 * @auth:	the token
 * @text:	what was shown, or NULL
 */
bool auth_token_ok(const struct auth *auth, const char *text);

/**
 * auth_bearer_ok() - does an Authorization header have the token?
 * @auth:	the token
 * @header:	"Bearer TOKEN", or NULL
 */
bool auth_bearer_ok(const struct auth *auth, const char *header);

/**
 * auth_session_ok() - has a Cookie header a session's secret?
 * @auth:	the sessions
 * @cookies:	the header, or NULL
 * @now_ns:	time
 */
bool auth_session_ok(struct auth *auth, const char *cookies, int64_t now_ns);

/**
 * auth_session_open() - begin a session; of too many, the one that was used least lately ends
 * @auth:	the sessions
 * @now_ns:	time
 *
 * Return: its secret, or NULL when the kernel has no random numbers
 */
const char *auth_session_open(struct auth *auth, int64_t now_ns);

/**
 * auth_session_close() - end the sessions that a Cookie header names
 * @auth:	the sessions
 * @cookies:	the header, or NULL
 */
void auth_session_close(struct auth *auth, const char *cookies);
