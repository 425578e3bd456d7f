/* SPDX-License-Identifier: BSD-2-Clause */
/* A worker: one card, and at most one netdev, on one loop. */
#pragma once

struct loop;
struct worker;

/*
 * Theory of operation
 *
 * control -> worker
 *	{"op":"host","facts":{...}}
 *	{"op":"nic","model":"e1000","mac":"52:54:..","link":true} + memfd, listening socket
 *	{"op":"plug","plug":N,"netdev":{...}} + the netdev's descriptors
 *	{"op":"unplug"}
 *	{"op":"link","up":true}
 *	{"op":"forward","plug":N,"rules":[{"slot":S,"rule":"tcp:..."}, ...]} + a socket for each
 *	{"op":"unforward","plug":N,"slot":S}
 * worker -> control
 *	{"event":"plugged","plug":N}
 *	{"event":"failed","part":"nic"|"netdev"|"forward","plug":N,"slot":S,"errno":E,"detail":".."}
 *	{"event":"guest"}: one has come or gone, the shared page says which
 *
 * N counts the plugs of a card, so that control can tell an answer that is out of date. A card that
 * fails ends the worker; a netdev that fails leaves the card without a cable. When the wire ends,
 * so does the worker.
 */

/**
 * worker_new() - a worker on a loop
 * @loop:	the loop
 * @fd:		its end of the wire, taken over (also on failure)
 * @ended:	the wire is closed, or the card failed: nothing more will happen
 * @context:	argument of @ended
 *
 * Return: the worker, or NULL without memory
 */
struct worker *worker_new(struct loop *loop, int fd, void (*ended)(void *context), void *context);

/**
 * worker_free() - stop netdev and card, free it all; NULL is allowed
 * @worker:	the worker; not to be called from within @ended
 */
void worker_free(struct worker *worker);

/**
 * worker_run() - the life of a worker process
 * @fd:		its end of the wire
 *
 * Return: exit status
 */
int worker_run(int fd);
