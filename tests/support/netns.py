# SPDX-License-Identifier: BSD-2-Clause
"""A network of the test's own: the program starts itself again in a fresh network namespace.

There it may listen at any port and have any address, whatever this machine uses, and nothing of it
is seen outside. "The host" of these tests is that namespace; HOST4 and HOST6 are addresses of it
that are not loopback, as a real host has. Works as root and, with user namespaces, as anybody.
"""
import ipaddress
import os
import stat
import subprocess
import sys

from .report import skip

HOST4 = "198.51.100.1"
HOST6 = "2001:db8:51::1"
MARK = "PATCHBAY_TEST_NAMESPACE"
TUN = "/dev/net/tun"


def _unshare():
    """The command that gives us a network of our own."""
    if os.geteuid() == 0:
        return ["unshare", "--net", "--mount"]
    return ["unshare", "--user", "--map-current-user", "--keep-caps", "--net"]


def _open_tun():
    """Makes /dev/net/tun what udev makes it: usable for everybody. Only here, and only as root."""
    device = os.stat(TUN)
    if os.geteuid() or device.st_mode & 0o666 == 0o666:
        return
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", os.path.dirname(TUN)], check=True)
    os.mknod(TUN, stat.S_IFCHR, device.st_rdev)
    os.chmod(TUN, 0o666)


def _set_up():
    for command in ("ip link set lo up",
                    "ip addr add %s/32 dev lo" % HOST4,
                    "ip -6 addr add %s/128 dev lo nodad" % HOST6):
        subprocess.run(command.split(), check=True)
    # Echo requests without privilege, as systemd allows them on every Debian.
    groups = (0, 2147483647) if os.geteuid() == 0 else (os.getgid(), os.getgid())
    with open("/proc/sys/net/ipv4/ping_group_range", "w") as file:
        file.write("%d %d" % groups)


def need_tun():
    """Skips the test where there are no tap interfaces."""
    if not os.path.exists(TUN):
        skip("there is no " + TUN)
    _open_tun()
    try:
        os.close(os.open(TUN, os.O_RDWR))
    except OSError as error:
        skip("%s: %s" % (TUN, error))


def enter():
    """Returns in the namespace. Call it first thing: the program is started again for it."""
    if MARK not in os.environ:
        probe = subprocess.run([*_unshare(), "true"], capture_output=True, text=True)
        if probe.returncode:
            skip("no network namespace of its own: " + probe.stderr.strip())
        os.environ[MARK] = "1"
        os.execvp("unshare", [*_unshare(), sys.executable, *sys.argv])
    _set_up()


def take_over_resolvers():
    """Makes the addresses of this machine's name servers ours, and returns them.

    In this namespace nobody else has them, so a test can play the server of /etc/resolv.conf.
    """
    found = []
    with open("/etc/resolv.conf") as file:
        words = [line.split() for line in file if line.startswith("nameserver")]
    for address in (ipaddress.ip_address(line[1]) for line in words if "%" not in line[1]):
        if not address.is_loopback:
            subprocess.run(["ip", "addr", "add", str(address), "dev", "lo"], check=True)
        found.append(str(address))
    return found
