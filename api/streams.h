/* SPDX-License-Identifier: BSD-2-Clause */
/* The clients of GET /events. */
#pragma once

struct loop;
struct model;
struct streams;

/*
 * Theory of operation
 *
 * A stream is a position in the event bus (daemon/control/events.h) and the text of the event that
 * is just being sent. It is read when its client has room, so a slow client holds up nobody and
 * costs one event's memory; when it has fallen behind what the bus keeps, it is told to look at
 * everything anew (`event: reset`).
 *
 * Every BEAT_NS each stream says something, so that both ends notice when the other has vanished
 * without a word.
 */

/**
 * streams_new() - nobody listens yet
 * @loop:	the loop
 * @model:	whose events these are
 *
 * Return: the streams, or NULL without memory
 */
struct streams *streams_new(struct loop *loop, struct model *model);

/**
 * streams_free() - all have ended; NULL is allowed
 * @s:		the streams
 */
void streams_free(struct streams *s);
