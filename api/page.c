/* SPDX-License-Identifier: BSD-2-Clause */
/* The page: / for browsers, /ui/, /modes. */
#include "api/page.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/http.h"
#include "api/operations.h"

/*
 * Nothing but what this daemon serves is loaded, run or asked, and no script stands in the HTML: a
 * host name that a guest made up cannot become code even if a view were careless.
 */
#define PAGE_POLICY                                                                 \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " \
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/**
 * quality() - how much the client likes a media type
 * @accept:	value of Accept
 * @media:	the type; wildcards do not count
 *
 * Return: 0 to 1; 0 when it is not named
 */
static double quality(const char *accept, const char *media)
{
	size_t len = strlen(media);

	while (*accept) {
		size_t item = strcspn(accept, ",");
		const char *q = strstr(accept, ";q=");

		if (strncasecmp(accept, media, len) == 0 && strchr(",; ", accept[len]))
			return q && q < accept + item ? strtod(q + 3, NULL) : 1;
		accept += item;
		accept += strspn(accept, ", \t");
	}
	return 0;
}

bool page_wanted(const char *accept)
{
	return accept && quality(accept, "text/html") > quality(accept, "application/json");
}

int page_answer(struct request *req, const char *name)
{
	const char *known = req->http->headers[HTTP_IF_NONE_MATCH];
	struct http_response *res = req->response;
	const struct web_file *file = web_files, *end = web_files + web_file_count;

	while (file < end && strcmp(file->name, name) != 0)
		file++;
	if (file == end)
		return problem_set(&req->problem, PROBLEM_NOT_FOUND, "The page has no file \"%s\".",
				   name);
	http_response_header(res, "ETag", "%s", file->etag);
	http_response_header(res, "Cache-Control", "no-cache");
	if (strncmp(file->media, "text/html", 9) == 0)
		http_response_header(res, "Content-Security-Policy", PAGE_POLICY);
	if (known && strcmp(known, file->etag) == 0) {
		res->status = 304;
		return 0;
	}
	res->media = file->media;
	res->body = file->bytes;
	res->body_len = file->len;
	res->body_static = true;
	return 0;
}

const char *page_path(const char *path)
{
	return strcmp(path, "/ui/") == 0 ? "/ui" : path;
}

/** op_getPage() - GET /ui */
int op_getPage(struct request *req)
{
	return page_answer(req, "index.html");
}

/** op_getPageFile() - GET /ui/{file} */
int op_getPageFile(struct request *req)
{
	return page_answer(req, req->match.param);
}

/** op_getModes() - GET /modes */
int op_getModes(struct request *req)
{
	return page_answer(req, "modes.json");
}
