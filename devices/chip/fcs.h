/* SPDX-License-Identifier: BSD-2-Clause */
/* The frame check sequence of Ethernet (IEEE 802.3 3.2.9). */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct packet;

/**
 * fcs_add() - add bytes to a frame check sequence
 * @fcs:	that of the bytes before them; 0 to begin
 * @buf:	the bytes
 * @len:	their number
 *
 * Return: the sequence, which goes on the wire low byte first
 */
uint32_t fcs_add(uint32_t fcs, const void *buf, size_t len);

/**
 * fcs_packet() - frame check sequence of a whole packet
 * @p:		the packet
 *
 * Return: as fcs_add()
 */
uint32_t fcs_packet(const struct packet *p);
