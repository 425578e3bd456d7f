/* SPDX-License-Identifier: BSD-2-Clause */
/* The netdev type `tap`: an interface of the host whose other end is the guest. */
#include "net/backend/backend.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "net/backend/classes.h"
#include "net/backend/netif.h"
#include "net/backend/tun_port.h"
#include "net/base/bytes.h"
#include "net/base/error.h"

#define TUN_DEVICE   "/dev/net/tun"
#define TUN_OFFLOADS (TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN)

/**
 * struct tap_backend - a running tap netdev
 * @backend:	what the worker sees
 * @tun:	the port
 */
struct tap_backend {
	struct backend backend;
	struct tun_port tun;
};

/* ---- check and open: in control ---- */

/**
 * open_device() - a descriptor that is no interface yet
 * @err:	says why not
 *
 * Return: the descriptor, or -errno
 */
static int open_device(struct error *err)
{
	int fd = open(TUN_DEVICE, O_RDWR | O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0)
		return fd;
	return error_set(err, errno, "could not open " TUN_DEVICE ": %s%s", strerror(errno),
			 errno == EACCES ? "; the daemon's user may not, udev's usual mode for it "
					   "is 0666"
					 : "");
}

/** tap_probe() - backend_class.probe */
static int tap_probe(struct error *err)
{
	int fd = open_device(err);

	if (fd < 0)
		return fd;
	close(fd);
	if (!netif_admin())
		return error_set(
			err, EPERM,
			"without CAP_NET_ADMIN only interfaces that were made for this user "
			"can be used (ip tuntap add NAME mode tap user USER)");
	return 0;
}

/** tap_check() - backend_class.check: the schema has said all there is to say */
static int tap_check(json_t *body, struct error *err)
{
	(void)body;
	(void)err;
	return 0;
}

/**
 * explain() - why there is no interface
 * @name:	its name, or ""
 * @code:	errno of TUNSETIFF
 * @err:	filled
 *
 * Return: -errno
 */
static int explain(const char *name, int code, struct error *err)
{
	const char *more = "";

	if (code == EPERM)
		more = "; a new tap interface needs CAP_NET_ADMIN, an existing one must be "
		       "this user's (ip tuntap add NAME mode tap user USER)";
	else if (code == EBUSY)
		more = "; another program uses it";
	else if (code == EINVAL && name[0])
		more = "; there is an interface of that name which is no tap, or is one with "
		       "other settings";
	return error_at(err, code == EINVAL ? EEXIST : code, "#/ifname",
			"could not configure " TUN_DEVICE " (%s): %s%s", name[0] ? name : "tap%d",
			strerror(code), more);
}

/**
 * attach() - create or adopt the interface
 * @fd:		descriptor of TUN_DEVICE
 * @body:	the netdev; `ifname` and `vnet_hdr` become what there is
 * @ifr:	filled with its name
 * @err:	says why not
 *
 * Return: 0 or -errno
 */
static int attach(int fd, json_t *body, struct ifreq *ifr, struct error *err)
{
	const char *name = json_string_value(json_object_get(body, "ifname"));
	bool vnet = !json_is_false(json_object_get(body, "vnet_hdr"));

	*ifr = (struct ifreq){.ifr_flags = IFF_TAP | IFF_NO_PI};
	if (vnet)
		ifr->ifr_flags |= IFF_VNET_HDR;
	if (name)
		snprintf(ifr->ifr_name, sizeof(ifr->ifr_name), "%s", name);
	if (ioctl(fd, TUNSETIFF, ifr) < 0)
		return explain(name ? name : "", errno, err);
	if (ioctl(fd, TUNSETOFFLOAD, vnet ? TUN_OFFLOADS : 0) < 0)
		return error_at(err, errno, "#/vnet_hdr", "%s takes no offloads: %s", ifr->ifr_name,
				strerror(errno));
	json_object_set_new(body, "ifname", json_string(ifr->ifr_name));
	json_object_set_new(body, "vnet_hdr", json_boolean(vnet));
	return 0;
}

/**
 * configure() - send buffer, MTU, bridge, up
 * @fd:		descriptor of the interface
 * @body:	the netdev
 * @name:	the interface
 * @err:	says why not
 *
 * Return: 0 or -errno
 */
static int configure(int fd, const json_t *body, const char *name, struct error *err)
{
	const char *bridge = json_string_value(json_object_get(body, "br"));
	json_int_t bytes = json_integer_value(json_object_get(body, "sndbuf"));
	json_int_t mtu = json_integer_value(json_object_get(body, "mtu"));
	int sndbuf = bytes > 0 && bytes < INT32_MAX ? (int)bytes : INT32_MAX;
	int ret = 0;

	if (ioctl(fd, TUNSETSNDBUF, &sndbuf) < 0)
		return error_at(err, errno, "#/sndbuf", "%s takes no send buffer of %d bytes: %s",
				name, sndbuf, strerror(errno));
	if (mtu > 0)
		ret = netif_set_mtu(name, (int)mtu, err);
	if (ret == 0 && bridge)
		ret = netif_join(name, bridge, err);
	return ret == 0 ? netif_up(name, err) : ret;
}

/** tap_open() - backend_class.open: one descriptor, of the interface */
static int tap_open(json_t *body, struct backend_fds *fds, struct error *err)
{
	int fd = open_device(err);
	struct ifreq ifr;
	int ret;

	fds->count = 0;
	if (fd < 0)
		return fd;
	ret = attach(fd, body, &ifr, err);
	if (ret == 0)
		ret = configure(fd, body, ifr.ifr_name, err);
	if (ret < 0) {
		close(fd);
		return ret;
	}
	fds->fd[fds->count++] = fd;
	return 0;
}

/* ---- start: in the worker, sandboxed ---- */

/** tap_stop() - backend_class.stop */
static void tap_stop(struct backend *backend)
{
	struct tap_backend *t = container_of(backend, struct tap_backend, backend);

	tun_port_done(&t->tun);
	free(t);
}

/** tap_start() - backend_class.start */
static struct backend *tap_start(struct loop *loop, const json_t *body, struct backend_fds *fds,
				 struct port_stats *stats, struct error *err)
{
	struct tap_backend *t = calloc(1, sizeof(*t));
	int ret = t ? 0 : -ENOMEM;

	if (fds->count != 1)
		ret = -EINVAL;
	if (ret == 0) {
		fds->count = 0;
		ret = tun_port_init(&t->tun, loop, fds->fd[0],
				    json_is_true(json_object_get(body, "vnet_hdr")), stats);
	}
	if (ret < 0) {
		error_set(err, -ret, "A tap netdev can't be started: %s", strerror(-ret));
		backend_fds_close(fds);
		free(t);
		return NULL;
	}
	t->backend = (struct backend){.class = &backend_tap, .port = &t->tun.port};
	return &t->backend;
}

const struct backend_class backend_tap = {
	.type = "tap",
	.probe = tap_probe,
	.check = tap_check,
	.open = tap_open,
	.start = tap_start,
	.stop = tap_stop,
};
