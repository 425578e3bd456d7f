/* SPDX-License-Identifier: BSD-2-Clause */
/* Facts of the host to JSON and back. */
#include "daemon/facts.h"

#include <arpa/inet.h>
#include <string.h>

#include "net/backend/backend.h"
#include "net/base/bytes.h"

/**
 * server_to_json() - a name server
 * @server:	its address
 *
 * Return: new reference
 */
static json_t *server_to_json(const union host_addr *server)
{
	char text[INET6_ADDRSTRLEN];

	if (server->sa.sa_family == AF_INET) {
		inet_ntop(AF_INET, &server->in.sin_addr, text, sizeof(text));
		return json_pack("{s:s,s:i,s:i}", "addr", text, "port", ntohs(server->in.sin_port),
				 "scope", 0);
	}
	inet_ntop(AF_INET6, &server->in6.sin6_addr, text, sizeof(text));
	return json_pack("{s:s,s:i,s:I}", "addr", text, "port", ntohs(server->in6.sin6_port),
			 "scope", (json_int_t)server->in6.sin6_scope_id);
}

/**
 * server_from_json() - a name server
 * @json:	as server_to_json() makes it
 * @server:	filled
 *
 * Return: false when it is not well formed
 */
static bool server_from_json(const json_t *json, union host_addr *server)
{
	const char *text = json_string_value(json_object_get(json, "addr"));
	uint16_t port = (uint16_t)json_integer_value(json_object_get(json, "port"));

	memset(server, 0, sizeof(*server));
	if (!text)
		return false;
	if (inet_pton(AF_INET, text, &server->in.sin_addr) == 1) {
		server->in.sin_family = AF_INET;
		server->in.sin_port = htons(port);
		return true;
	}
	if (inet_pton(AF_INET6, text, &server->in6.sin6_addr) != 1)
		return false;
	server->in6.sin6_family = AF_INET6;
	server->in6.sin6_port = htons(port);
	server->in6.sin6_scope_id = (uint32_t)json_integer_value(json_object_get(json, "scope"));
	return true;
}

json_t *facts_to_json(const struct host_facts *facts)
{
	json_t *dns = json_array();
	json_t *ports = json_array();

	for (int i = 0; i < facts->dns_count; i++)
		json_array_append_new(dns, server_to_json(&facts->dns[i]));
	for (int i = 0; i < facts->api_port_count; i++)
		json_array_append_new(ports, json_integer(facts->api_ports[i]));
	return json_pack("{s:o,s:o}", "dns", dns, "api_ports", ports);
}

void facts_from_json(const json_t *json, struct host_facts *facts)
{
	json_t *item;
	size_t i;

	memset(facts, 0, sizeof(*facts));
	json_array_foreach (json_object_get(json, "dns"), i, item) {
		if (facts->dns_count < BACKEND_MAX_DNS &&
		    server_from_json(item, &facts->dns[facts->dns_count]))
			facts->dns_count++;
	}
	json_array_foreach (json_object_get(json, "api_ports"), i, item) {
		if (facts->api_port_count < BACKEND_MAX_API_PORTS)
			facts->api_ports[facts->api_port_count++] =
				(uint16_t)json_integer_value(item);
	}
}
