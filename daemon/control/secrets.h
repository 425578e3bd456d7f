/* SPDX-License-Identifier: BSD-2-Clause */
/* The files that let others in: the token, the TLS certificate and its key. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "api/auth.h"
#include "api/http.h"

#define SECRETS_MAX_PEM (256 * 1024)

struct error;
struct options;

/**
 * struct secrets - what the files say
 * @token:	the token, "" without --token-file
 * @tls:	points to the next two
 * @cert:	--tls-cert, or ""
 * @key:	--tls-key, or ""
 */
struct secrets {
	char token[AUTH_MAX_TOKEN + 1];
	struct http_tls tls;
	char cert[SECRETS_MAX_PEM];
	char key[SECRETS_MAX_PEM];
};

/**
 * secrets_read() - read the files that the command line names
 * @options:	the command line
 * @secrets:	filled
 * @err:	says why not
 *
 * A token file that is missing is made, with a token by the kernel's random numbers. The token's
 * and the key's file must be root's or the daemon's user's, and nobody else may have rights to it.
 *
 * Return: 0 or -errno
 */
int secrets_read(const struct options *options, struct secrets *secrets, struct error *err);
