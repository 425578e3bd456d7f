/* SPDX-License-Identifier: BSD-2-Clause */
/* Who may talk to the API at all: this machine's users, not the web pages that they visit. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct http_request;
struct problem;

/**
 * struct guard - what is ours
 * @ports:	TCP ports that we listen on
 * @port_count:	their number
 * @allow_hosts: further names that may stand in Host: "name" (at one of @ports) or "name:port"
 * @allow_host_count: their number
 */
struct guard {
	const uint16_t *ports;
	size_t port_count;
	const char *const *allow_hosts;
	size_t allow_host_count;
};

/**
 * guard_check() - may this request go on?
 * @g:		what is ours
 * @req:	the request
 * @p:		says why not
 *
 * Return: 0, or -1 with @p set
 */
int guard_check(const struct guard *g, const struct http_request *req, struct problem *p);

/**
 * guard_check_media() - is the body of a type that a page of another site could not send?
 * @req:	the request
 * @p:		says why not
 *
 * Return: 0, or -1 with @p set to PROBLEM_MEDIA_TYPE
 */
int guard_check_media(const struct http_request *req, struct problem *p);
