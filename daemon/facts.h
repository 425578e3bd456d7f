/* SPDX-License-Identifier: BSD-2-Clause */
/* Facts of the host as JSON: control knows them, workers are told. */
#pragma once

#include <jansson.h>

struct host_facts;

/**
 * facts_to_json() - for a message
 * @facts:	the facts
 *
 * Return: new reference to {"dns":[{"addr","port","scope"}...],"api_ports":[...]}
 */
json_t *facts_to_json(const struct host_facts *facts);

/**
 * facts_from_json() - from a message; what is not well formed is left out
 * @json:	as facts_to_json() makes it
 * @facts:	filled
 */
void facts_from_json(const json_t *json, struct host_facts *facts);
