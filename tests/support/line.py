# SPDX-License-Identifier: BSD-2-Clause
"""An interface of a guest, used as tests of drivers use it: up, transfers, no complaints."""
from . import netns, servers
from .report import expect, expect_equal, wait_for

SIZE = 3_000_000
# What a driver or the kernel says when a card does not behave. ("Reset adapter" alone is no such
# thing: e1000 does that when the link goes while frames wait to be sent.)
COMPLAINTS = ("BUG", "WARNING", "Oops", "Call Trace", "Hang", "WATCHDOG", "nobody cared",
              "timed out", "EEPROM Checksum", "Hardware Error")


class Line:
    """An interface of the guest and the network behind it."""

    def __init__(self, guest, world, interface, gateway):
        self.guest, self.world = guest, world
        self.interface, self.gateway = interface, gateway

    def up(self):
        """Waits for the carrier, then for an address; makes this interface the way out."""
        self.guest.run("ip link set %s up" % self.interface)
        path = "/sys/class/net/%s/carrier" % self.interface
        wait_for(lambda: self.guest.run("cat %s" % path) == "1", 10, "the carrier")
        return self.guest.dhcp(self.interface)

    def transfer(self, size=SIZE):
        """Downloads and uploads over this interface; every byte must be right."""
        self.guest.run("ip route replace %s via %s dev %s" % (
            netns.HOST4, self.gateway, self.interface))
        url, wanted = "%s/%d" % (self.world.http.url, size), servers.sha256(size)
        got = self.guest.run("wget -q -O /tmp/file %s && sha256sum /tmp/file" % url, 60).split()[0]
        expect_equal(got, wanted, "the checksum of the download")
        self.world.sink.sums.clear()
        self.guest.run("nc %s %d </tmp/file" % (netns.HOST4, self.world.sink.port), 60)
        wait_for(lambda: self.world.sink.sums, 10, "the upload's end")
        expect_equal(self.world.sink.sums[0], wanted, "the checksum of the upload")


class World:
    def __init__(self):
        self.http = servers.HttpServer(netns.HOST4)
        self.sink = servers.Sink(netns.HOST4)


def check_dmesg(guest):
    """The kernel's messages since the last look hold no complaint."""
    bad = [line for line in guest.dmesg(clear=True).splitlines()
           if any(word in line for word in COMPLAINTS)]
    expect(not bad, "the guest's kernel complains: " + "; ".join(bad))
