/* SPDX-License-Identifier: BSD-2-Clause */
/* A model whose workers run in the test's process, with sockets in a folder of its own. */
#pragma once

#include "daemon/control/object.h"
#include "daemon/control/problem.h"
#include "daemon/control/workers.h"

struct state_ops;

/**
 * struct model_fixture - what a test of the model has
 * @loop:	the loop
 * @workers:	the pool
 * @config:	the model's
 * @model:	the model
 * @dir:	folder of the sockets
 * @problem:	of the last request
 */
struct model_fixture {
	struct loop *loop;
	struct workers *workers;
	struct model_config config;
	struct model *model;
	char dir[64];
	struct problem problem;
};

/**
 * model_fixture_new() - set all of it up; a failure ends the test
 * @f:		filled
 */
void model_fixture_new(struct model_fixture *f);

/**
 * model_fixture_start() - the same, with a state folder; what is saved there is restored
 * @f:		filled
 * @state_dir:	the folder; stays
 * @ops:	system calls that change it
 */
void model_fixture_start(struct model_fixture *f, const char *state_dir,
			 const struct state_ops *ops);

/**
 * model_fixture_free() - and down again; the folder must be empty then
 * @f:		the fixture
 */
void model_fixture_free(struct model_fixture *f);

/**
 * model_fixture_turn() - let the workers do what they were told
 * @f:		the fixture
 */
void model_fixture_turn(struct model_fixture *f);

/**
 * model_fixture_create() - make an object from JSON text, by the way that a POST takes
 * @f:		the fixture; its @problem is set or cleared
 * @c:		the collection
 * @body:	the body, single quotes for double ones
 *
 * Return: new reference, or NULL
 */
json_t *model_fixture_create(struct model_fixture *f, enum collection c, const char *body);
