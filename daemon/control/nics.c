/* SPDX-License-Identifier: BSD-2-Clause */
/* The collection of NICs. */
#include "daemon/control/nics.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/control/forwards.h"
#include "daemon/control/macs.h"
#include "daemon/control/netdevs.h"
#include "daemon/control/problem.h"
#include "daemon/control/counters.h"
#include "daemon/control/unix_socket.h"
#include "daemon/control/workers.h"
#include "devices/nic.h"
#include "net/base/bytes.h"

/**
 * struct nic_object - a NIC
 * @object:	what all objects have
 * @model:	the model it is in
 * @class:	its card
 * @mac:	its address
 * @netdev:	what it is plugged into, or NULL
 * @plug:	number of that plug, so that late news of an earlier one can be told
 * @worker:	its worker
 * @site:	where ports are forwarded to
 * @shared:	first page of its memory, read-only
 * @socket:	path of its socket
 */
struct nic_object {
	struct object object;
	struct model *model;
	const struct nic_class *class;
	uint8_t mac[ETH_ADDR_LEN];
	struct netdev *netdev;
	json_int_t plug;
	struct worker_handle *worker;
	struct site site;
	const struct nic_shared *shared;
	char socket[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

struct nic_object *nic_object_of(const struct object *object)
{
	return container_of(object, struct nic_object, object);
}

struct object *nic_object_base(struct nic_object *nic)
{
	return &nic->object;
}

const uint8_t *nic_object_mac(const struct object *object)
{
	return nic_object_of(object)->mac;
}

const struct nic_shared *nic_object_shared(const struct nic_object *nic)
{
	return nic->shared;
}

const struct site *nic_object_site(const struct nic_object *nic)
{
	return &nic->site;
}

const json_t *nic_object_stack(const struct nic_object *nic)
{
	if (!nic->netdev || !nic->netdev->class->forward)
		return NULL;
	return nic->netdev->object.config;
}

/**
 * move_site() - the NIC's worker runs another netdev, or none, or is no more
 * @nic:	the NIC
 */
static void move_site(struct nic_object *nic)
{
	nic->site = (struct site){
		.worker = nic_object_stack(nic) ? nic->worker : NULL,
		.plug = nic->plug,
		.uses = nic->shared->forwards,
		.slots = NIC_FORWARDS,
	};
	forwards_sync(nic->model);
}

/**
 * on_plugged() - see struct worker_events
 */
static void on_plugged(void *owner, json_int_t plug)
{
	struct nic_object *nic = owner;

	if (nic->netdev && plug == nic->plug)
		netdev_runs(nic->model, nic->netdev);
}

/**
 * on_unplugged() - see struct worker_events
 */
static void on_unplugged(void *owner, json_int_t plug, const struct error *err)
{
	struct nic_object *nic = owner;

	if (!nic->netdev || plug != nic->plug)
		return;
	netdev_stops(nic->netdev);
	object_fail(nic->model, &nic->netdev->object, err);
}

/**
 * on_guest() - see struct worker_events
 */
static void on_guest(void *owner)
{
	struct nic_object *nic = owner;

	model_changed(nic->model, &nic->object);
}

/**
 * on_failed() - see struct worker_events
 */
static void on_failed(void *owner, const struct error *err)
{
	struct nic_object *nic = owner;
	struct error reason = *err;

	object_fail(nic->model, &nic->object, err);
	nic->site.worker = NULL;
	forwards_sync(nic->model);
	if (!nic->netdev)
		return;
	error_prefix(&reason, "NIC %s: ", nic->object.id);
	netdev_stops(nic->netdev);
	object_fail(nic->model, &nic->netdev->object, &reason);
}

/**
 * on_forward_failed() - see struct worker_events
 */
static void on_forward_failed(void *owner, const json_t *body, const struct error *err)
{
	const struct nic_object *nic = owner;

	forwards_failed(nic->model, &nic->site, body, err);
}

static const struct worker_events worker_events = {
	.forward_failed = on_forward_failed,
	.plugged = on_plugged,
	.unplugged = on_unplugged,
	.guest = on_guest,
	.failed = on_failed,
};

/**
 * order() - an order to a card's worker; one that can't take it has failed
 * @nic:	the NIC
 * @message:	the order; the reference is taken
 * @fds:	descriptors to go along, or NULL
 */
static void order(struct nic_object *nic, json_t *message, const struct backend_fds *fds)
{
	struct error err;

	if (worker_order(nic->worker, message, fds ? fds->fd : NULL, fds ? fds->count : 0, &err) ==
	    0)
		return;
	worker_release(nic->worker);
	nic->worker = NULL;
	on_failed(nic, &err);
}

/**
 * plug() - plug a NIC that has no netdev into one that has no NIC
 * @nic:	the NIC
 * @netdev:	the netdev
 */
static void plug(struct nic_object *nic, struct netdev *netdev)
{
	nic->netdev = netdev;
	netdev->nic = nic;
	nic->plug++;
	json_object_set_new(nic->object.config, "netdev", json_string(netdev->object.id));
	order(nic,
	      json_pack("{s:s,s:I,s:O}", "op", "plug", "plug", nic->plug, "netdev",
			netdev->object.config),
	      &netdev->fds);
	model_changed(nic->model, &netdev->object);
	move_site(nic);
}

/**
 * pull() - take the NIC out of its netdev, without giving it a new revision
 * @nic:	a NIC with a netdev
 */
static void pull(struct nic_object *nic)
{
	struct netdev *netdev = nic->netdev;

	netdev_stops(netdev);
	object_works(nic->model, &netdev->object);
	netdev->nic = NULL;
	nic->netdev = NULL;
	json_object_set_new(nic->object.config, "netdev", json_null());
	order(nic, json_pack("{s:s}", "op", "unplug"), NULL);
	model_changed(nic->model, &netdev->object);
	move_site(nic);
}

void nic_object_unplug(struct model *m, struct nic_object *nic)
{
	pull(nic);
	model_changed(m, &nic->object);
}

/**
 * prefix() - ids are "nic0", "nic1" ...
 * @config:	not used
 */
static const char *prefix(const json_t *config)
{
	(void)config;
	return "nic";
}

/**
 * find_netdev() - the netdev that a body names, if it can be had
 * @m:		the model
 * @nic:	the NIC that wants it
 * @value:	member `netdev`: an id, null, or NULL
 * @ret:	filled; NULL for none
 * @p:		says why not
 *
 * Return: 0, or -1 with @p set
 */
static int find_netdev(struct model *m, const struct nic_object *nic, const json_t *value,
		       struct netdev **ret, struct problem *p)
{
	const char *id = json_string_value(value);
	struct object *object = id ? model_find(m, COLLECTION_NETDEVS, id) : NULL;
	char text[240];

	*ret = NULL;
	if (!id)
		return 0;
	if (!object)
		return model_missing(m, COLLECTION_NETDEVS, id, "#/netdev", p);
	*ret = container_of(object, struct netdev, object);
	if (!(*ret)->nic || (*ret)->nic == nic)
		return 0;
	snprintf(text, sizeof(text), "Netdev \"%s\" serves NIC \"%s\" already.", id,
		 (*ret)->nic->object.id);
	return problem_in_use(p, "#/netdev", &(*ret)->nic->object, text);
}

/**
 * set_socket() - the path of a NIC's socket
 * @nic:	the NIC, with its id
 * @p:		says what is wrong with it
 *
 * Return: 0, or -1 with @p set
 */
static int set_socket(struct nic_object *nic, struct problem *p)
{
	const char *dir = nic->model->config->socket_dir;
	const char *id = nic->object.id;
	int n = snprintf(nic->socket, sizeof(nic->socket), "%s/%s.sock", dir, id);

	if (strcmp(id, "api") == 0 || strcmp(id, "fds") == 0)
		return problem_add(p, "#/id", "reserved", "%s/%s.sock is the daemon's own", dir,
				   id);
	if (n >= (int)sizeof(nic->socket))
		return problem_add(
			p, "#/id", "too-long",
			"the path of its socket, %s/%s.sock, would have %d bytes; the most "
			"is %zu",
			dir, id, n, sizeof(nic->socket) - 1);
	return 0;
}

/**
 * send_nic() - start the worker and give it the card
 * @nic:	the NIC
 * @fds:	its memory and its listening socket
 * @err:	says why not
 *
 * Return: 0 or -errno; then @nic->worker is NULL
 */
static int send_nic(struct nic_object *nic, const int fds[2], struct error *err)
{
	const json_t *config = nic->object.config;
	const char *link = json_string_value(json_object_get(config, "link"));
	json_t *message;
	int ret;

	nic->worker =
		worker_spawn(nic->model->config->workers, nic->object.id, &worker_events, nic, err);
	if (!nic->worker)
		return -err->code;
	message = json_pack("{s:s,s:s,s:O,s:b}", "op", "nic", "model", nic->class->model, "mac",
			    json_object_get(config, "mac"), "link",
			    !link || strcmp(link, "down") != 0);
	ret = worker_order(nic->worker, message, fds, 2, err);
	if (ret < 0) {
		worker_release(nic->worker);
		nic->worker = NULL;
	}
	return ret;
}

/**
 * map_shared() - map the page of counters
 * @nic:	the NIC
 * @memfd:	its memory
 * @err:	says why not
 *
 * Return: 0 or -errno
 */
static int map_shared(struct nic_object *nic, int memfd, struct error *err)
{
	void *page = mmap(NULL, NIC_SHARED_SIZE, PROT_READ, MAP_SHARED, memfd, 0);

	if (page == MAP_FAILED)
		return error_set(err, errno, "mmap: %s", strerror(errno));
	nic->shared = page;
	return 0;
}

/**
 * unmap_shared() - undo map_shared()
 * @nic:	the NIC
 */
static void unmap_shared(struct nic_object *nic)
{
	if (nic->shared)
		munmap((void *)nic->shared, NIC_SHARED_SIZE);
	nic->shared = NULL;
}

/**
 * refuse() - the host refuses a card; when it runs short of something, that is a limit
 * @p:		problem to fill
 * @err:	why
 *
 * Return: always -1
 */
static int refuse(struct problem *p, const struct error *err)
{
	switch (err->code) {
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOBUFS:
		return problem_set(p, PROBLEM_LIMIT_REACHED, "%s", err->message);
	default:
		return problem_from_error(p, err);
	}
}

/**
 * start() - memory, socket and worker of a card
 * @nic:	the NIC, checked
 * @p:		says why not; then nothing is left
 *
 * The socket listens before the worker runs, so a guest may connect as soon as the NIC is there.
 *
 * Return: 0, or -1 with @p set
 */
static int start(struct nic_object *nic, struct problem *p)
{
	struct error err = {0};
	int fds[2] = {-1, -1};
	int ret = 0;

	fds[1] = unix_socket_listen(nic->socket, &err);
	if (fds[1] < 0)
		return refuse(p, &err);
	fds[0] = nic_memory_create(nic->class, &err);
	if (fds[0] < 0 || map_shared(nic, fds[0], &err) < 0)
		ret = refuse(p, &err);
	else if (problem_if_full(fds[0], p) < 0)
		ret = -1;
	else if (send_nic(nic, fds, &err) < 0)
		ret = refuse(p, &err);
	if (fds[0] >= 0)
		close(fds[0]);
	close(fds[1]);
	if (ret < 0) {
		unmap_shared(nic);
		unlink(nic->socket);
	}
	return ret;
}

/**
 * create() - see struct object_class
 */
static int create(struct model *m, struct object *object, struct problem *p)
{
	struct nic_object *nic = nic_object_of(object);
	const char *model = json_string_value(json_object_get(object->config, "model"));
	struct netdev *netdev;
	int bad = 0;

	nic->model = m;
	nic->class = model ? nic_class(model) : NULL;
	if (!nic->class)
		bad |= problem_add(p, "#/model", "enum", "there is no card \"%s\" here",
				   model ? model : "");
	bad |= find_netdev(m, nic, json_object_get(object->config, "netdev"), &netdev, p);
	bad |= set_socket(nic, p);
	bad |= macs_assign(m, object, nic->mac, p);
	if (bad || start(nic, p) < 0)
		return -1;
	if (netdev)
		plug(nic, netdev);
	else
		json_object_set_new(object->config, "netdev", json_null());
	return 0;
}

/**
 * normal_mac() - write a patch's MAC address as ours are written, so that the same one is the same
 * @patch:	the patch
 */
static void normal_mac(json_t *patch)
{
	const char *given = json_string_value(json_object_get(patch, "mac"));
	uint8_t mac[ETH_ADDR_LEN];
	char text[MAC_TEXT_SIZE];

	if (!given || !mac_parse(given, mac))
		return;
	mac_format(mac, text);
	json_object_set_new(patch, "mac", json_string(text));
}

/**
 * set_link() - a patch's `link`
 * @nic:	the NIC
 * @value:	"up", "down", or NULL
 *
 * Return: 1 when it changed
 */
static int set_link(struct nic_object *nic, json_t *value)
{
	const char *link = json_string_value(value);

	if (!link || json_equal(value, json_object_get(nic->object.config, "link")))
		return 0;
	json_object_set(nic->object.config, "link", value);
	order(nic, json_pack("{s:s,s:b}", "op", "link", "up", strcmp(link, "up") == 0), NULL);
	return 1;
}

/**
 * set_guest() - a patch's `guest`
 * @nic:	the NIC
 * @value:	a label, null to remove it, or NULL
 *
 * Return: 1 when it changed
 */
static int set_guest(struct nic_object *nic, json_t *value)
{
	json_t *old = json_object_get(nic->object.config, "guest");

	if (!value || (old && json_equal(old, value)) || (!old && json_is_null(value)))
		return 0;
	if (json_is_null(value))
		json_object_del(nic->object.config, "guest");
	else
		json_object_set(nic->object.config, "guest", value);
	return 1;
}

/**
 * update() - see struct object_class
 */
static int update(struct model *m, struct object *object, json_t *patch, struct problem *p)
{
	static const char *const hot[] = {"link", "netdev", "guest", NULL};
	struct nic_object *nic = nic_object_of(object);
	json_t *wanted = json_object_get(patch, "netdev");
	struct netdev *netdev;
	int changed = 0;

	normal_mac(patch);
	if (object_immutable(object, patch, hot, p) < 0 ||
	    find_netdev(m, nic, wanted, &netdev, p) < 0)
		return -1;
	if (wanted && netdev != nic->netdev) {
		if (nic->netdev)
			pull(nic);
		if (netdev)
			plug(nic, netdev);
		changed = 1;
	}
	changed |= set_link(nic, json_object_get(patch, "link"));
	changed |= set_guest(nic, json_object_get(patch, "guest"));
	return changed;
}

/**
 * attached() - has a guest plugged the card in?
 * @nic:	the NIC
 */
static bool attached(const struct nic_object *nic)
{
	return nic->worker && nic->object.failure.error.code == 0 &&
	       __atomic_load_n(&nic->shared->attached, __ATOMIC_RELAXED) != 0;
}

/**
 * release() - see struct object_class
 */
static int release(struct model *m, struct object *object, bool force, struct problem *p)
{
	(void)m;
	if (!force && attached(nic_object_of(object)))
		return problem_set(p, PROBLEM_IN_USE, "A guest has NIC \"%s\" plugged in.",
				   object->id);
	return 0;
}

/**
 * destroy() - see struct object_class
 */
static void destroy(struct model *m, struct object *object)
{
	struct nic_object *nic = nic_object_of(object);

	(void)m;
	if (nic->netdev)
		pull(nic);
	worker_release(nic->worker);
	unmap_shared(nic);
	unlink(nic->socket);
}

/**
 * show() - see struct object_class
 */
static void show(const struct object *object, json_t *out)
{
	const struct nic_object *nic = nic_object_of(object);

	json_object_set_new(out, "socket", json_string(nic->socket));
	json_object_set_new(out, "status",
			    object_status(object, attached(nic) ? "attached" : "waiting"));
}

/**
 * stats() - see struct object_class
 */
static json_t *stats(const struct object *object)
{
	const struct nic_object *nic = nic_object_of(object);
	struct port_stats port;

	counters_load(&nic->shared->port, &port);
	return counters_of_nic(&port, &nic->shared->counters);
}

static const char *const references[] = {"netdev", NULL};

const struct object_class nic_object_class = {
	.collection = "nics",
	.noun = "NIC",
	.event = "nic",
	.size = sizeof(struct nic_object),
	.references = references,
	.prefix = prefix,
	.create = create,
	.update = update,
	.release = release,
	.destroy = destroy,
	.show = show,
	.stats = stats,
};
