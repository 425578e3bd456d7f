/* SPDX-License-Identifier: BSD-2-Clause */
/* For build tools: bytes as C string literals. */
#pragma once

#include <stdio.h>
#include <string.h>

/**
 * put_c_byte() - one more byte of a string literal that spans lines
 * @out:	C source, within quotes
 * @c:		the byte
 * @column:	where the line is; 0 at first
 */
static inline void put_c_byte(FILE *out, int c, int *column)
{
	*column += fprintf(out, c < ' ' || c > '~' || strchr("\"\\?", c) ? "\\%03o" : "%c", c);
	if (c != '\n' && *column <= 80)
		return;
	fputs("\"\n\t\"", out);
	*column = 0;
}
