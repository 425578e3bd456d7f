/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of objects whose events are to be made. */
#include "daemon/control/changes.h"

#include <stdio.h>

#include "daemon/control/events.h"
#include "daemon/control/object.h"
#include "net/base/bytes.h"

/**
 * add() - make an event of an object
 * @m:		the model
 * @object:	the object
 * @what:	"created", "updated", "deleted"
 * @resource:	the object as it is now, or NULL; the reference is taken
 */
static void add(struct model *m, const struct object *object, const char *what, json_t *resource)
{
	json_t *body = json_pack("{s:o}", "object", object_path(object));
	char type[40];

	snprintf(type, sizeof(type), "%s.%s", object->class->event, what);
	if (resource)
		json_object_set_new(body, "resource", resource);
	events_add(m->events, object->revision, type, body);
}

void changes_tell(struct model *m)
{
	struct object *object;

	while ((object = TAILQ_FIRST(&m->changed)) != NULL) {
		changes_forget(m, object);
		add(m, object, object->told ? "updated" : "created", object_show(object, false));
		object->told = true;
	}
}

/**
 * on_prepare() - the loop is about to sleep (struct loop_hook)
 * @hook:	the model's
 * @timeout_ns:	left alone
 */
static void on_prepare(struct loop_hook *hook, int64_t *timeout_ns)
{
	struct model *m = container_of(hook, struct model, before_sleep);

	(void)timeout_ns;
	changes_tell(m);
	events_publish(m->events);
}

void changes_start(struct model *m)
{
	TAILQ_INIT(&m->changed);
	m->before_sleep.prepare = on_prepare;
	loop_hook_add(m->config->loop, &m->before_sleep);
}

void changes_stop(struct model *m)
{
	loop_hook_remove(&m->before_sleep);
}

void changes_note(struct model *m, struct object *object)
{
	changes_forget(m, object);
	object->changed = true;
	TAILQ_INSERT_TAIL(&m->changed, object, next_changed);
}

void changes_forget(struct model *m, struct object *object)
{
	if (!object->changed)
		return;
	object->changed = false;
	TAILQ_REMOVE(&m->changed, object, next_changed);
}

void changes_deleted(struct model *m, const struct object *object)
{
	add(m, object, "deleted", NULL);
}
