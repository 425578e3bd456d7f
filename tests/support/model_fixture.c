/* SPDX-License-Identifier: BSD-2-Clause */
/* Setting up a model with workers in the same process. */
#include "tests/support/model_fixture.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/api.h"
#include "daemon/control/restore.h"
#include "daemon/control/state.h"
#include "net/base/loop.h"

#define TURNS 20 /* more than any chain of messages takes */

void model_fixture_new(struct model_fixture *f)
{
	const struct workers_config workers = {.in_process = true};

	memset(f, 0, sizeof(*f));
	snprintf(f->dir, sizeof(f->dir), "/tmp/patchbay-model.XXXXXX");
	if (!mkdtemp(f->dir))
		abort();
	f->loop = loop_new();
	f->workers = workers_start(f->loop, &workers);
	f->config = (struct model_config){
		.loop = f->loop,
		.workers = f->workers,
		.socket_dir = f->dir,
		.max_objects = 8,
	};
	f->model = model_new(&f->config);
	if (!f->model)
		abort();
}

void model_fixture_start(struct model_fixture *f, const char *state_dir,
			 const struct state_ops *ops)
{
	static const char *folders[COLLECTION_COUNT + 1];
	struct restore *restore;

	for (int c = 0; c < COLLECTION_COUNT; c++)
		folders[c] = model_class((enum collection)c)->collection;
	model_fixture_new(f);
	f->config.state = state_open(state_dir, folders, ops, NULL);
	if (!f->config.state)
		abort();
	restore = restore_start(f->model);
	for (int c = 0; c < COLLECTION_COUNT; c++)
		restore_collection(restore, (enum collection)c);
	restore_end(restore);
	model_fixture_turn(f);
}

void model_fixture_turn(struct model_fixture *f)
{
	for (int i = 0; i < TURNS; i++)
		loop_turn(f->loop, 0);
}

void model_fixture_free(struct model_fixture *f)
{
	model_free(f->model);
	state_close(f->config.state);
	model_fixture_turn(f);
	workers_stop(f->workers);
	loop_free(f->loop);
	problem_done(&f->problem);
	if (rmdir(f->dir) < 0)
		abort(); /* a socket was left */
}

json_t *model_fixture_create(struct model_fixture *f, enum collection c, const char *body)
{
	json_t *object = NULL, *json;
	char text[1024];

	snprintf(text, sizeof(text), "%s", body);
	for (char *p = text; *p; p++) {
		if (*p == '\'')
			*p = '"';
	}
	json = json_loads(text, 0, NULL);
	assert(json);
	problem_done(&f->problem);
	if (api_submit(f->model, c, json, &object, &f->problem) < 0)
		object = NULL;
	json_decref(json);
	return object;
}
