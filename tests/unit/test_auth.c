/* SPDX-License-Identifier: BSD-2-Clause */
/* The token and the sessions, and the files that they come from. */
#include "api/auth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/control/options.h"
#include "daemon/control/secrets.h"
#include "net/base/error.h"
#include "net/base/log.h"

#define HOUR (3600 * 1000000000LL)

static void test_token(void **state)
{
	static struct auth auth = {.token = "0123456789abcdef"}, none;
	char longer[AUTH_MAX_TOKEN + 40];

	(void)state;
	assert_true(auth_token_ok(&auth, "0123456789abcdef"));
	assert_false(auth_token_ok(&auth, "0123456789abcdeF"));
	assert_false(auth_token_ok(&auth, "0123456789abcde"));
	assert_false(auth_token_ok(&auth, "0123456789abcdef0"));
	assert_false(auth_token_ok(&auth, ""));
	assert_false(auth_token_ok(&auth, NULL));
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_false(auth_token_ok(&auth, longer));
	memset(auth.token, 'x', AUTH_MAX_TOKEN);
	assert_false(auth_token_ok(&auth, longer));
	longer[AUTH_MAX_TOKEN] = '\0';
	assert_true(auth_token_ok(&auth, longer));
	assert_false(auth_token_ok(&none, ""));
	assert_false(auth_bearer_ok(&none, "Bearer "));
}

static void test_bearer(void **state)
{
	static const struct auth auth = {.token = "0123456789abcdef"};

	(void)state;
	assert_true(auth_bearer_ok(&auth, "Bearer 0123456789abcdef"));
	assert_true(auth_bearer_ok(&auth, "bearer  0123456789abcdef"));
	assert_false(auth_bearer_ok(&auth, "Basic 0123456789abcdef"));
	assert_false(auth_bearer_ok(&auth, "Bearer"));
	assert_false(auth_bearer_ok(&auth, "Bearer 0123456789abcdef 0"));
	assert_false(auth_bearer_ok(&auth, NULL));
}

/** cookie() - the Cookie header of a session */
static const char *cookie(const char *secret)
{
	static char text[80];

	snprintf(text, sizeof(text), AUTH_COOKIE "=%.64s", secret);
	return text;
}

static void test_sessions(void **state)
{
	static struct auth auth;
	char first[AUTH_SECRET + 1], text[256];

	(void)state;
	assert_false(auth_session_ok(&auth, NULL, 0));
	assert_false(auth_session_ok(&auth, AUTH_COOKIE "=", 0));
	snprintf(first, sizeof(first), "%s", auth_session_open(&auth, 0));
	assert_int_equal(strlen(first), AUTH_SECRET);
	assert_true(auth_session_ok(&auth, cookie(first), HOUR));
	snprintf(text, sizeof(text), "a=b; " AUTH_COOKIE "=wrong; x" AUTH_COOKIE "=1;  %s; z",
		 cookie(first));
	assert_true(auth_session_ok(&auth, text, HOUR));
	snprintf(text, sizeof(text), "x%s", cookie(first));
	assert_false(auth_session_ok(&auth, text, HOUR));
	snprintf(text, sizeof(text), "%s0", cookie(first));
	assert_false(auth_session_ok(&auth, text, HOUR));
	/* Each use renews it; without use it ends. */
	assert_true(auth_session_ok(&auth, cookie(first), 12 * HOUR));
	assert_true(auth_session_ok(&auth, cookie(first), 23 * HOUR));
	assert_false(auth_session_ok(&auth, cookie(first), 36 * HOUR));
	assert_false(auth_session_ok(&auth, cookie(first), 23 * HOUR));
	snprintf(first, sizeof(first), "%s", auth_session_open(&auth, 0));
	auth_session_close(&auth, cookie(first));
	assert_false(auth_session_ok(&auth, cookie(first), 0));
}

static void test_too_many_sessions(void **state)
{
	static struct auth auth;
	char secrets[AUTH_MAX_SESSIONS + 1][AUTH_SECRET + 1];

	(void)state;
	for (int i = 0; i <= AUTH_MAX_SESSIONS; i++) {
		if (i == AUTH_MAX_SESSIONS) /* the first is used, so the second is the oldest */
			assert_true(auth_session_ok(&auth, cookie(secrets[0]), i));
		snprintf(secrets[i], sizeof(secrets[i]), "%s", auth_session_open(&auth, i));
	}
	for (int i = 0; i <= AUTH_MAX_SESSIONS; i++)
		assert_int_equal(auth_session_ok(&auth, cookie(secrets[i]), 100), i != 1);
}

static char folder[64];

/** path_of() - a file in the test's folder */
static char *path_of(const char *name)
{
	static char paths[4][128];
	static int next;
	char *path = paths[next++ % 4];

	snprintf(path, 128, "%s/%s", folder, name);
	return path;
}

/** put() - write a file */
static char *put(const char *name, const char *text, mode_t mode)
{
	char *path = path_of(name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	return path;
}

static struct secrets secrets;

/** refused() - the files are refused with these words */
static void refused(const struct options *options, const char *words)
{
	struct error err = {0};

	assert_true(secrets_read(options, &secrets, &err) < 0);
	if (!strstr(err.message, words))
		fail_msg("\"%s\" does not say \"%s\"", err.message, words);
}

static void test_files(void **state)
{
	struct options o = {.token_file = path_of("token")};
	struct stat st;

	(void)state;
	log_set_level(LOG_LEVEL_ERROR);
	assert_int_equal(secrets_read(&o, &secrets, NULL), 0); /* it is made */
	assert_int_equal(strlen(secrets.token), 64);
	assert_int_equal(stat(o.token_file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	o.token_file = put("token", " 0123456789abcdef0123456789abcde", 0600);
	refused(&o, "no header");
	o.token_file = put("token", "0123456789abcdef \r\n\n", 0600);
	assert_int_equal(secrets_read(&o, &secrets, NULL), 0);
	assert_string_equal(secrets.token, "0123456789abcdef");
	put("token", "0123456789abcde\n", 0600);
	refused(&o, "at least 16");
	put("token", "", 0600);
	refused(&o, "at least 16");
	put("token", "0123456789abcdef\n", 0640);
	refused(&o, "chmod 600");
	o.token_file = folder;
	refused(&o, "no file");
	o.token_file = path_of("no/such");
	refused(&o, "cannot be made");
	o = (struct options){.tls_cert = put("cert", "x", 0644)};
	refused(&o, "need each other");
	o.tls_key = put("key", "x", 0644);
	refused(&o, "chmod 600");
	put("key", "x", 0600);
	assert_int_equal(secrets_read(&o, &secrets, NULL), 0);
	assert_string_equal(secrets.tls.cert, "x");
	assert_int_equal(unlink(path_of("token")) + unlink(path_of("cert")) +
				 unlink(path_of("key")) + rmdir(folder),
			 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_token),    cmocka_unit_test(test_bearer),
		cmocka_unit_test(test_sessions), cmocka_unit_test(test_too_many_sessions),
		cmocka_unit_test(test_files),
	};

	snprintf(folder, sizeof(folder), "/tmp/patchbay-auth.XXXXXX");
	if (!mkdtemp(folder))
		return 1;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
