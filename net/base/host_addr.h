/* SPDX-License-Identifier: BSD-2-Clause */
/* A socket address of either family: parsing, printing, comparing. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOST_ADDR_TEXT (INET6_ADDRSTRLEN + 8) /* "[v6]:65535" with its NUL */

/** union host_addr - an IPv4 or IPv6 address with port, as sockets want it */
union host_addr {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/**
 * host_addr_len() - length that connect() and bind() want
 * @addr:	the address
 */
socklen_t host_addr_len(const union host_addr *addr);

/**
 * host_addr_port() - port of an address
 * @addr:	the address
 *
 * Return: port in host byte order
 */
uint16_t host_addr_port(const union host_addr *addr);

/**
 * host_addr_set_port() - change the port of an address
 * @addr:	the address
 * @port:	port in host byte order
 */
void host_addr_set_port(union host_addr *addr, uint16_t port);

/**
 * host_addr_is_loopback() - can only this host have that address?
 * @addr:	the address; IPv4 in IPv6 counts as IPv4
 */
bool host_addr_is_loopback(const union host_addr *addr);

/**
 * host_addr_is_group() - is it no address of one host: multicast, broadcast or reserved?
 * @addr:	the address
 */
bool host_addr_is_group(const union host_addr *addr);

/**
 * host_addr_same() - are two addresses the same, whatever their ports?
 * @a:		one
 * @b:		the other
 */
bool host_addr_same(const union host_addr *a, const union host_addr *b);

/**
 * host_addr_is_any() - is it the unspecified address, 0.0.0.0 or ::?
 * @addr:	the address
 */
bool host_addr_is_any(const union host_addr *addr);

/**
 * host_addr_parse() - numeric text to an address with port 0
 * @text:	"192.0.2.1" or "2001:db8::1", without brackets
 * @addr:	filled on success
 *
 * Return: 0, or -EINVAL when it is neither
 */
int host_addr_parse(const char *text, union host_addr *addr);

/**
 * host_addr_parse_port() - "address", "address:port", "[v6]:port" or "[v6]" to an address
 * @text:	the text
 * @port:	port when the text has none
 * @addr:	filled on success
 *
 * Return: 0, or -EINVAL
 */
int host_addr_parse_port(const char *text, uint16_t port, union host_addr *addr);

/**
 * host_addr_format() - print address and port
 * @addr:	the address
 * @text:	room for HOST_ADDR_TEXT bytes; "127.0.0.1:80" or "[::1]:80"
 *
 * Return: @text
 */
const char *host_addr_format(const union host_addr *addr, char text[HOST_ADDR_TEXT]);

/**
 * host_port_parse() - decimal digits to a port
 * @text:	the text, nothing but digits
 * @ret_port:	filled on success, 0 to 65535
 *
 * Return: 0, or -EINVAL
 */
int host_port_parse(const char *text, uint16_t *ret_port);
