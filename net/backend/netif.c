/* SPDX-License-Identifier: BSD-2-Clause */
/* Interfaces of the host, by ioctl(). */
#include "net/backend/netif.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "net/base/error.h"

/**
 * ask() - one ioctl() about an interface
 * @request:	SIOC...
 * @ifr:	its argument, with a name
 *
 * Return: 0 or -errno
 */
static int ask(unsigned long request, struct ifreq *ifr)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int ret = fd < 0 ? -errno : 0;

	if (ret == 0 && ioctl(fd, request, ifr) < 0)
		ret = -errno;
	if (fd >= 0)
		close(fd);
	return ret;
}

/**
 * set_name() - an argument about that interface
 * @ifr:	cleared and filled
 * @name:	the interface, shorter than IFNAMSIZ
 */
static void set_name(struct ifreq *ifr, const char *name)
{
	memset(ifr, 0, sizeof(*ifr));
	snprintf(ifr->ifr_name, sizeof(ifr->ifr_name), "%s", name);
}

bool netif_admin(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	return syscall(SYS_capget, &header, data) == 0 && data[0].effective & 1u << CAP_NET_ADMIN;
}

int netif_up(const char *name, struct error *err)
{
	struct ifreq ifr;
	int ret;

	set_name(&ifr, name);
	ret = ask(SIOCGIFFLAGS, &ifr);
	if (ret == 0 && !(ifr.ifr_flags & IFF_UP)) {
		ifr.ifr_flags |= IFF_UP;
		ret = ask(SIOCSIFFLAGS, &ifr);
	}
	if (ret < 0)
		return error_set(err, -ret, "%s can't be raised: %s", name, strerror(-ret));
	return 0;
}

int netif_set_mtu(const char *name, int mtu, struct error *err)
{
	struct ifreq ifr;
	int ret;

	set_name(&ifr, name);
	ifr.ifr_mtu = mtu;
	ret = ask(SIOCSIFMTU, &ifr);
	if (ret < 0)
		return error_at(err, -ret, "#/mtu", "%s can't have an MTU of %d: %s", name, mtu,
				strerror(-ret));
	return 0;
}

/**
 * in_bridge() - is an interface a port of that bridge?
 * @name:	the interface
 * @bridge:	the bridge
 */
static bool in_bridge(const char *name, const char *bridge)
{
	char path[64 + 2 * IFNAMSIZ];
	struct stat st;

	snprintf(path, sizeof(path), "/sys/class/net/%s/brif/%s", bridge, name);
	return stat(path, &st) == 0;
}

int netif_join(const char *name, const char *bridge, struct error *err)
{
	struct ifreq ifr;
	int ret;

	set_name(&ifr, bridge);
	ifr.ifr_ifindex = (int)if_nametoindex(name);
	ret = ask(SIOCBRADDIF, &ifr);
	if (ret == 0 || (ret == -EBUSY && in_bridge(name, bridge)))
		return 0;
	if (ret == -ENODEV)
		return error_at(err, ENODEV, "#/br", "there is no interface %s", bridge);
	if (ret == -EOPNOTSUPP)
		return error_at(err, EOPNOTSUPP, "#/br", "%s is not a bridge", bridge);
	return error_at(err, -ret, "#/br", "%s can't be made a port of bridge %s: %s", name, bridge,
			strerror(-ret));
}
