# SPDX-License-Identifier: BSD-2-Clause
"""A network of the test's own: the program starts itself again in a fresh network namespace.

There it may listen at any port and have any address, whatever this machine uses, and nothing of it
is seen outside. "The host" of these tests is that namespace; HOST4 and HOST6 are addresses of it
that are not loopback, as a real host has. Works as root and, with user namespaces, as anybody.
"""
import ipaddress
import os
import subprocess
import sys

from .report import skip

HOST4 = "198.51.100.1"
HOST6 = "2001:db8:51::1"
MARK = "PATCHBAY_TEST_NAMESPACE"


def _unshare():
    """The command that gives us a network of our own."""
    if os.geteuid() == 0:
        return ["unshare", "--net"]
    return ["unshare", "--user", "--map-current-user", "--keep-caps", "--net"]


def _set_up():
    for command in ("ip link set lo up",
                    "ip addr add %s/32 dev lo" % HOST4,
                    "ip -6 addr add %s/128 dev lo nodad" % HOST6):
        subprocess.run(command.split(), check=True)
    # Echo requests without privilege, as systemd allows them on every Debian.
    groups = (0, 2147483647) if os.geteuid() == 0 else (os.getgid(), os.getgid())
    with open("/proc/sys/net/ipv4/ping_group_range", "w") as file:
        file.write("%d %d" % groups)


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
