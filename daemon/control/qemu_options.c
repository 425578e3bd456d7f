/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of QEMU's other options. */
#include "daemon/control/qemu_options.h"

#include <string.h>

#include "net/base/bytes.h"

static const char *const without_argument[] = {
	"S",           "alt-grab",        "curses",      "daemonize",      "enable-kvm",
	"full-screen", "mem-prealloc",    "no-acpi",     "no-fd-bootchk",  "no-hpet",
	"no-quit",     "no-reboot",       "no-shutdown", "no-user-config", "nodefaults",
	"nographic",   "only-migratable", "portrait",    "preconfig",      "s",
	"sdl",         "semihosting",     "singlestep",  "snapshot",       "usb",
	"win2k-hack",  "xen-attach",      "enable-fips", "old-param",
};

static const char *const with_argument[] = {
	"D",
	"L",
	"M",
	"accel",
	"acpitable",
	"action",
	"add-fd",
	"append",
	"audio",
	"audiodev",
	"bios",
	"blockdev",
	"boot",
	"cdrom",
	"chardev",
	"chroot",
	"compat",
	"cpu",
	"d",
	"debugcon",
	"dfilter",
	"display",
	"drive",
	"dtb",
	"echr",
	"fda",
	"fdb",
	"fsdev",
	"fw_cfg",
	"g",
	"gdb",
	"global",
	"hda",
	"hdb",
	"hdc",
	"hdd",
	"icount",
	"incoming",
	"initrd",
	"iscsi",
	"k",
	"kernel",
	"loadvm",
	"m",
	"machine",
	"mem-path",
	"mon",
	"monitor",
	"msg",
	"mtdblock",
	"name",
	"numa",
	"object",
	"option-rom",
	"overcommit",
	"parallel",
	"pflash",
	"pidfile",
	"plugin",
	"prom-env",
	"qmp",
	"qmp-pretty",
	"readconfig",
	"rotate",
	"rtc",
	"run-with",
	"runas",
	"sandbox",
	"sd",
	"seed",
	"semihosting-config",
	"serial",
	"set",
	"smbios",
	"smp",
	"soundhw",
	"spice",
	"tb-size",
	"tpmdev",
	"trace",
	"usbdevice",
	"uuid",
	"vga",
	"virtfs",
	"vnc",
	"watchdog",
	"watchdog-action",
	"xen-domid",
};

/**
 * has() - is a name in a list?
 * @list:	the list
 * @n:		its length
 * @name:	the name
 */
static int has(const char *const *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i], name) == 0)
			return 1;
	}
	return 0;
}

int qemu_option_arity(const char *name)
{
	if (has(without_argument, ARRAY_SIZE(without_argument), name))
		return 0;
	return has(with_argument, ARRAY_SIZE(with_argument), name) ? 1 : -1;
}
