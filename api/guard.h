/* SPDX-License-Identifier: BSD-2-Clause */
/* Who may talk to the API: its user and token holders, not the web pages that they visit. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "api/auth.h"
#include "api/peer.h"

struct http_request;
struct problem;

/**
 * struct guard - what is ours
 * @ports:	TCP ports that we listen on
 * @port_count:	their number
 * @allow_hosts: further names that may stand in Host: "name" (at one of @ports) or "name:port"
 * @allow_host_count: their number
 * @peers:	who needs no token
 * @auth:	the token and the sessions
 */
struct guard {
	const uint16_t *ports;
	size_t port_count;
	const char *const *allow_hosts;
	size_t allow_host_count;
	struct peer_rules peers;
	struct auth auth;
};

/**
 * guard_check() - does the request come from a program, or from a page of ours?
 * @g:		what is ours
 * @req:	the request
 * @p:		says why not
 *
 * Return: 0, or -1 with @p set
 */
int guard_check(const struct guard *g, const struct http_request *req, struct problem *p);

/**
 * guard_admit() - may this client do what is not for everybody?
 * @g:		what is ours
 * @req:	the request
 * @now_ns:	time
 * @p:		says why not
 *
 * Return: 0, or -1 with @p set to PROBLEM_UNAUTHORIZED
 */
int guard_admit(struct guard *g, const struct http_request *req, int64_t now_ns, struct problem *p);

/**
 * guard_check_media() - is the body of a type that a page of another site could not send?
 * @req:	the request
 * @p:		says why not
 *
 * Return: 0, or -1 with @p set to PROBLEM_MEDIA_TYPE
 */
int guard_check_media(const struct http_request *req, struct problem *p);
