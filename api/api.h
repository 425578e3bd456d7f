/* SPDX-License-Identifier: BSD-2-Clause */
/* The REST API: what openapi.yaml says, on top of the model. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "daemon/control/model.h"

struct api;
struct error;
struct http_tls;
struct loop;
struct problem;

#define API_MAX_LISTENERS 16

/**
 * struct api_config - what api_start() needs; the strings and arrays must stay
 * @listeners:	sockets that are bound and listen: TCP or UNIX
 * @remote:	for each, can other machines reach it? Those speak TLS, if @tls is there
 * @listener_count: their number, at most API_MAX_LISTENERS
 * @tls:	certificate and key, or NULL
 * @token:	what others than local peers must show; "": nothing helps them
 * @shared_uid:	workers run as the same user as control
 * @allow_hosts: values of --allow-host: names that Host may have beside localhost's
 * @allow_host_count: their number
 * @version:	the daemon's version
 */
struct api_config {
	const int *listeners;
	const bool *remote;
	size_t listener_count;
	const struct http_tls *tls;
	const char *token;
	bool shared_uid;
	const char *const *allow_hosts;
	size_t allow_host_count;
	const char *version;
};

/**
 * api_start() - serve the API
 * @loop:	the loop to live in
 * @model:	the objects
 * @config:	where and for whom; the listeners are taken, on failure too
 * @err:	filled on failure
 *
 * With PATCHBAY_CHECK_RESPONSES=1 in the environment every answer is checked against openapi.yaml;
 * one that is not as promised is logged and becomes a 500.
 *
 * Return: the API, or NULL
 */
struct api *api_start(struct loop *loop, struct model *model, const struct api_config *config,
		      struct error *err);

/**
 * api_stop() - close listeners and connections
 * @api:	the API; NULL is allowed
 */
void api_stop(struct api *api);

/**
 * api_check() - check a body as a POST would, and complete it
 * @collection:	where an object would be made
 * @body:	the body; read-only members are removed from it, defaults added
 * @p:		says what is wrong
 *
 * Return: 0, or -1 with @p set
 */
int api_check(enum collection collection, json_t *body, struct problem *p);

/**
 * api_submit() - make an object as a POST would: check the body, fill in defaults, create
 * @model:	the objects
 * @collection:	where
 * @body:	the body; read-only members are removed from it, defaults added; borrowed
 * @ret:	on success a new reference to the object; NULL if nobody wants it
 * @p:		says why not
 *
 * Return: 0, or -1 with @p set
 */
int api_submit(struct model *model, enum collection collection, json_t *body, json_t **ret,
	       struct problem *p);
