/* SPDX-License-Identifier: BSD-2-Clause */
/* What the model is made of: objects, their classes, and the model itself. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "daemon/control/model.h"
#include "daemon/control/timestamp.h"
#include "net/base/error.h"
#include "net/base/loop.h"

struct events;
struct model;
struct object;
struct problem;
struct record;
struct state;
struct workers;

#define OBJECT_ID_SIZE 65

/**
 * struct model_config - what the model has to know; stays
 * @loop:	control's loop
 * @workers:	starts workers
 * @state:	where objects are saved; NULL: nowhere
 * @socket_dir:	where the sockets of NICs lie
 * @max_objects: most objects of a collection
 * @sandbox_uid: workers run as another user than control
 * @worker_gid:	their group
 */
struct model_config {
	struct loop *loop;
	struct workers *workers;
	struct state *state;
	const char *socket_dir;
	size_t max_objects;
	bool sandbox_uid;
	gid_t worker_gid;
};

/**
 * struct object_class - a kind of object; one const instance each
 * @collection:	its path, "netdevs"
 * @noun:	what a person calls one, "netdev"
 * @event:	what its events' types begin with, "netdev"
 * @size:	bytes of its struct, whose first member is a struct object
 * @references:	names of members that name other objects, without which an object can be, ended by
 *		NULL: one that is restored and does not find them waits for them; NULL: none
 * @broken:	its status.state while it does not work; NULL: "error"
 * @prefix:	what ids that the daemon chooses begin with
 * @create:	@object->config is a copy of the body, with its id; do what it asks for or nothing.
 *		Return: 0, or -1 with @p set
 * @entered:	it is in its collection now; may be NULL
 * @update:	@patch has no read-only members; change @object->config and do it, or nothing.
 *		Return: 1 when something changed, 0 when not, or -1 with @p set
 * @release:	may it be deleted? With @force those who use it are unplugged.
 *		Return: 0, or -1 with @p set
 * @destroy:	undo @create
 * @show:	add what GET shows beside @config, but for stats and revision
 * @stats:	its counters, a new reference
 */
struct object_class {
	const char *collection;
	const char *noun;
	const char *event;
	size_t size;
	const char *const *references;
	const char *broken;
	const char *(*prefix)(const json_t *config);
	int (*create)(struct model *m, struct object *object, struct problem *p);
	void (*entered)(struct model *m, struct object *object);
	int (*update)(struct model *m, struct object *object, json_t *patch, struct problem *p);
	int (*release)(struct model *m, struct object *object, bool force, struct problem *p);
	void (*destroy)(struct model *m, struct object *object);
	void (*show)(const struct object *object, json_t *out);
	json_t *(*stats)(const struct object *object);
};

/**
 * struct object_failure - why an object does not work
 * @error:	the reason; its code is 0 while the object works
 * @since:	RFC 3339 time
 */
struct object_failure {
	struct error error;
	char since[TIMESTAMP_SIZE];
};

/**
 * struct object_unmet - what a restored object waits for
 * @members:	members that name objects which are not there, or not to be had; NULL: none
 * @why:	the reason
 */
struct object_unmet {
	json_t *members;
	struct object_failure why;
};

/**
 * struct object - one object; first member of each class's own struct
 * @class:	its kind
 * @collection:	where it is
 * @id:		its id
 * @order:	its place by age
 * @revision:	revision of the model when it last changed
 * @config:	its members, as the user set them and with defaults; owned
 * @from_cli:	it comes from the command line
 * @unsaved:	it changed since the last commit
 * @saved:	@config with @unmet at the last commit, or NULL; owned
 * @saved_revision: @revision at the last commit
 * @inert:	it could not be restored: nothing but this struct is there, and @failure says why
 * @unmet:	what it waits for
 * @goes_with:	the object that it is part of and that it is deleted with, or NULL
 * @derived:	it comes with another object, as a netdev's `hostfwd` do: it is not saved
 * @failure:	why it does not work
 * @told:	there was an event of its creation
 * @changed:	it is in the model's list of changed objects
 * @next_changed: next of that list
 */
struct object {
	const struct object_class *class;
	enum collection collection;
	char id[OBJECT_ID_SIZE];
	json_int_t order;
	uint64_t revision;
	json_t *config;
	bool from_cli;
	bool unsaved;
	json_t *saved;
	uint64_t saved_revision;
	bool inert;
	struct object_unmet unmet;
	bool derived;
	struct object *goes_with;
	struct object_failure failure;
	bool told;
	bool changed;
	TAILQ_ENTRY(object) next_changed;
};

/**
 * struct objects - a collection
 * @items:	the objects, oldest first
 * @count:	their number
 * @size:	slots allocated
 * @next:	{"user": 3}: number of the next id that the daemon chooses, by prefix
 */
struct objects {
	struct object **items;
	size_t count;
	size_t size;
	json_t *next;
};

/**
 * struct model - all objects
 * @config:	see there
 * @revision:	counts changes of state
 * @order:	of the next object
 * @from_cli:	objects that are made now come from the command line
 * @restoring:	objects are made as they were saved; changes are none
 * @damaged:	array of {file, detail}: files that could not be restored from
 * @retry:	when to try again what could not be restored
 * @retry_ns:	time until then
 * @objects:	the collections
 * @events:	what happened lately
 * @changed:	objects whose change is no event yet; see changes.h
 * @before_sleep: makes these events
 */
struct model {
	const struct model_config *config;
	uint64_t revision;
	json_int_t order;
	bool from_cli;
	bool restoring;
	json_t *damaged;
	struct loop_timer retry;
	int64_t retry_ns;
	struct objects objects[COLLECTION_COUNT];
	struct events *events;
	TAILQ_HEAD(, object) changed;
	struct loop_hook before_sleep;
};

extern const struct object_class netdev_class;
extern const struct object_class nic_object_class;
extern const struct object_class forward_class;

/**
 * model_class() - the kind of objects of a collection
 * @c:		the collection
 */
const struct object_class *model_class(enum collection c);

/**
 * model_new() - an empty model
 * @config:	see there
 *
 * Return: the model, or NULL without memory
 */
struct model *model_new(const struct model_config *config);

/**
 * model_free() - destroy all objects, those that use others first; NULL is allowed
 * @m:		the model
 */
void model_free(struct model *m);

/**
 * model_find() - an object
 * @m:		the model
 * @c:		its collection
 * @id:		its id
 *
 * Return: the object, or NULL; one that could not be restored is none
 */
struct object *model_find(const struct model *m, enum collection c, const char *id);

/**
 * model_missing() - refuse: a member names an object that model_find() does not find
 * @m:		the model
 * @c:		its collection
 * @id:		its id
 * @pointer:	the member
 * @p:		problem to fill
 *
 * Return: always -1
 */
int model_missing(const struct model *m, enum collection c, const char *id, const char *pointer,
		  struct problem *p);

/**
 * model_prepare() - an object with an id that does nothing yet
 * @m:		the model
 * @c:		its collection
 * @body:	its members; copied
 * @p:		says why not
 *
 * Return: the object, in no list, which somebody has to bring to life; or NULL with @p set
 */
struct object *model_prepare(struct model *m, enum collection c, const json_t *body,
			     struct problem *p);

/**
 * model_enlist() - put an object into its collection
 * @m:		the model
 * @object:	from model_prepare(), with all that its class's create() would have made
 */
void model_enlist(struct model *m, struct object *object);

/**
 * object_has_file() - is it saved by itself?
 * @object:	the object
 */
static inline bool object_has_file(const struct object *object)
{
	return !object->from_cli && !object->derived;
}

/**
 * model_make() - make an object, without saving it
 * @m:		the model
 * @c:		its collection
 * @body:	as for model_create()
 * @p:		says why not
 *
 * Return: the object, or NULL with @p set
 */
struct object *model_make(struct model *m, enum collection c, json_t *body, struct problem *p);

/**
 * model_make_inert() - list an object that can't be made
 * @m:		the model
 * @c:		its collection
 * @body:	its members, with its id
 * @p:		says why not
 *
 * Return: the object, or NULL with @p set
 */
struct object *model_make_inert(struct model *m, enum collection c, json_t *body,
				struct problem *p);

/**
 * model_note_id() - an id is in use that the daemon might choose: it never will
 * @m:		the model
 * @c:		its collection
 * @id:		the id
 * @config:	the object's members
 */
void model_note_id(struct model *m, enum collection c, const char *id, const json_t *config);

/**
 * model_changed() - an object changed: give it a new revision, and tell in an event
 * @m:		the model
 * @object:	the object
 */
void model_changed(struct model *m, struct object *object);

/**
 * model_event() - tell of something that happened, other than that an object is new, changed, gone
 * @m:		the model
 * @type:	"lease.granted", "worker.restarted": what, a dot, a participle
 * @object:	whom it concerns, or NULL
 * @detail:	what there is to say of it, an object; the reference is taken
 */
void model_event(struct model *m, const char *type, const struct object *object, json_t *detail);

/**
 * object_show() - an object as GET shows it
 * @object:	the object
 * @stats:	with its counters
 *
 * Return: new reference
 */
json_t *object_show(const struct object *object, bool stats);

/**
 * object_fail() - an object does not work any more
 * @m:		the model
 * @object:	the object
 * @err:	why
 */
void object_fail(struct model *m, struct object *object, const struct error *err);

/**
 * object_works() - an object works again
 * @m:		the model
 * @object:	the object
 */
void object_works(struct model *m, struct object *object);

/**
 * object_failure_set() - note a reason and the time
 * @failure:	filled
 * @err:	the reason
 */
void object_failure_set(struct object_failure *failure, const struct error *err);

/**
 * object_error() - the member `error` of a status
 * @failure:	the reason
 *
 * Return: new reference
 */
json_t *object_error(const struct object_failure *failure);

/**
 * object_path() - "/nics/nic0" as a JSON string
 * @object:	the object
 *
 * Return: new reference
 */
json_t *object_path(const struct object *object);

/**
 * object_status() - the member `status`
 * @object:	the object
 * @state:	its state while it works
 *
 * Return: new reference
 */
json_t *object_status(const struct object *object, const char *state);

/**
 * object_immutable() - refuse members of a patch that would change what can't be changed
 * @object:	the object
 * @patch:	the patch
 * @hot:	names of members that can be changed, ended by NULL
 * @p:		gets an error for each such member
 *
 * Return: 0, or -1 with @p set
 */
int object_immutable(const struct object *object, json_t *patch, const char *const hot[],
		     struct problem *p);

/**
 * problem_if_full() - refuse when the descriptors of this process run short
 * @fd:		a descriptor that was just made: the kernel gives the lowest free number
 * @p:		problem to fill
 *
 * Return: 0, or -1 with @p set
 */
int problem_if_full(int fd, struct problem *p);

/**
 * problem_in_use() - refuse, naming one user
 * @p:		problem to fill
 * @pointer:	member at fault, or NULL
 * @user:	who uses it
 * @detail:	the sentence
 *
 * Return: always -1
 */
int problem_in_use(struct problem *p, const char *pointer, const struct object *user,
		   const char *detail);
