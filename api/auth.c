/* SPDX-License-Identifier: BSD-2-Clause */
/* Comparing secrets, keeping sessions. */
#include "api/auth.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "net/base/bytes.h"

#define NS_PER_SECOND 1000000000LL

/**
 * same() - compare two secrets in a time that tells nothing of them
 * @secret:	ours, in an array of @size bytes that is zero behind it
 * @text:	what was shown
 * @len:	its length
 * @size:	bytes of @secret
 */
static bool same(const char *secret, const char *text, size_t len, size_t size)
{
	unsigned char differs = len >= size;

	for (size_t i = 0; i < size; i++) {
		unsigned char c = i < len ? (unsigned char)text[i] : 0;

		differs |= (unsigned char)((unsigned char)secret[i] ^ c);
	}
	return !differs;
}

bool auth_token_ok(const struct auth *auth, const char *text)
{
	return text && auth->token[0] && same(auth->token, text, strlen(text), sizeof(auth->token));
}

bool auth_bearer_ok(const struct auth *auth, const char *header)
{
	static const char scheme[] = "Bearer ";

	if (!header || strncasecmp(header, scheme, sizeof(scheme) - 1) != 0)
		return false;
	header += sizeof(scheme) - 1;
	return auth_token_ok(auth, header + strspn(header, " "));
}

/**
 * find() - the session that a cookie names
 * @auth:	the sessions
 * @value:	the cookie's value
 * @len:	its length
 *
 * Return: the session, or NULL
 */
static struct session *find(struct auth *auth, const char *value, size_t len)
{
	struct session *found = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(auth->sessions); i++) {
		struct session *s = &auth->sessions[i];

		if (s->secret[0] && same(s->secret, value, len, sizeof(s->secret)))
			found = s;
	}
	return found;
}

/**
 * next_session() - the next session that a Cookie header names
 * @auth:	the sessions
 * @cookies:	the header, or the rest of it; moved on
 *
 * Return: the session; NULL when there is no further one
 */
static struct session *next_session(struct auth *auth, const char **cookies)
{
	static const char name[] = AUTH_COOKIE "=";
	struct session *found = NULL;

	while (*cookies && **cookies && !found) {
		const char *cookie = *cookies + strspn(*cookies, "; ");
		size_t len = strcspn(cookie, "; ");

		if (strncmp(cookie, name, sizeof(name) - 1) == 0)
			found = find(auth, cookie + sizeof(name) - 1, len - (sizeof(name) - 1));
		*cookies = cookie + len;
	}
	return found;
}

bool auth_session_ok(struct auth *auth, const char *cookies, int64_t now_ns)
{
	struct session *s;

	while ((s = next_session(auth, &cookies)) != NULL) {
		if (now_ns - s->used_ns < AUTH_SESSION_S * NS_PER_SECOND) {
			s->used_ns = now_ns;
			return true;
		}
		memset(s, 0, sizeof(*s));
	}
	return false;
}

const char *auth_session_open(struct auth *auth, int64_t now_ns)
{
	struct session *s = &auth->sessions[0];
	unsigned char random[AUTH_SECRET / 2];

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(auth->sessions) && s->secret[0]; i++) {
		struct session *other = &auth->sessions[i];

		if (!other->secret[0] || other->used_ns < s->used_ns)
			s = other;
	}
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(&s->secret[2 * i], 3, "%02x", random[i]);
	s->used_ns = now_ns;
	return s->secret;
}

void auth_session_close(struct auth *auth, const char *cookies)
{
	struct session *s;

	while ((s = next_session(auth, &cookies)) != NULL)
		memset(s, 0, sizeof(*s));
}
