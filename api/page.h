/* SPDX-License-Identifier: BSD-2-Clause */
/* The page's files, embedded by scripts/web2c.c. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/**
 * struct web_file - a file of web/
 * @name:	its name; there are no folders
 * @media:	its Content-Type
 * @etag:	hash of its content, in quotes
 * @bytes:	its content
 * @len:	bytes
 */
struct web_file {
	const char *name;
	const char *media;
	const char *etag;
	const char *bytes;
	size_t len;
};

extern const struct web_file web_files[];
extern const size_t web_file_count;

struct request;

/**
 * page_wanted() - does the client prefer HTML to JSON?
 * @accept:	value of its Accept header, or NULL
 *
 * Browsers name text/html; curl and programs do not.
 */
bool page_wanted(const char *accept);

/**
 * page_path() - the path that openapi.yaml has for a path
 * @path:	decoded path of a request
 *
 * Paths have no trailing slash, but people write /ui/.
 */
const char *page_path(const char *path);

/**
 * page_answer() - make a file of web/ the answer
 * @req:	the request
 * @name:	the file's name
 *
 * Return: 0, or -1 with @req->problem set when there is no such file
 */
int page_answer(struct request *req, const char *name);
