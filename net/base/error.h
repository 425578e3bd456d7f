/* SPDX-License-Identifier: BSD-2-Clause */
/* An error a person reads: an errno for the program, a sentence for the user. */
#pragma once

#include <stddef.h>

/**
 * struct error - why something failed
 * @code:	positive errno that fits best (EADDRINUSE, EINVAL ...); 0: no error was set
 * @pointer:	JSON pointer fragment of the member at fault ("#/hostfwd/1"), or ""
 * @message:	full sentence naming object and value, without a final newline
 *
 * Owned by the caller, who passes its address as last parameter of functions that may fail; NULL is
 * allowed there. It is set exactly once, where the failure happens; callers may only put a prefix.
 */
struct error {
	int code;
	char pointer[96];
	char message[416];
};

/**
 * error_set() - fill an error and return its negative code
 * @err:	error to fill, or NULL
 * @code:	positive errno
 * @fmt:	printf format of the sentence
 *
 * Return: -@code, so that `return error_set(err, EINVAL, ...)` reads well
 */
int error_set(struct error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * error_at() - as error_set(), naming the member of the body that is at fault
 * @err:	error to fill, or NULL
 * @code:	positive errno
 * @pointer:	JSON pointer fragment, "#/net"
 * @fmt:	printf format of the sentence
 *
 * Return: -@code
 */
int error_at(struct error *err, int code, const char *pointer, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/**
 * error_prefix() - put words in front of a message that was set
 * @err:	error, or NULL
 * @fmt:	printf format of what goes in front; it should end with ": "
 */
void error_prefix(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
