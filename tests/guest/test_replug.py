#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The cable: link down and up, and another netdev, while the guest runs and watches its carrier."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from support import netns, servers                                      # noqa: E402
from support.cards import cards                                         # noqa: E402
from support.guest import Guest                                         # noqa: E402
from support.process import free_port                                   # noqa: E402
from support.report import expect, expect_equal, run, wait_for          # noqa: E402

# What a network manager does: when the carrier has come back, ask for an address anew.
WATCHER = """
seen=$(cat /sys/class/net/{0}/carrier_up_count)
while sleep 0.1; do
	now=$(cat /sys/class/net/{0}/carrier_up_count)
	[ $now = $seen ] && continue
	seen=$now
	udhcpc -i {0} -n -q -t 10 -T 1 -s /etc/udhcpc/default.script
done >/dev/null 2>&1 &
"""


class Cable:
    """The cable of one card, pulled by the daemon's API or by QEMU's."""

    def __init__(self, guest, own, number):
        self.guest, self.daemon = guest, own.daemon
        self.name = own.nics[number] if own.daemon else "net%d" % number
        self.interface = "eth%d" % number

    def link(self, state):
        if self.daemon:
            self.daemon.must("PATCH", "/nics/" + self.name, {"link": state})
        else:
            self.guest.qmp("set_link", name=self.name, up=state == "up")

    def plug(self, netdev):
        self.daemon.must("PATCH", "/nics/" + self.name, {"netdev": netdev})

    def carrier(self):
        return self.guest.run("cat /sys/class/net/%s/carrier" % self.interface) == "1"

    def wait_carrier(self, state):
        wait_for(lambda: self.carrier() == state, 15, "the carrier to be %s" % state)

    def wait_address(self, address):
        wait_for(lambda: self.guest.address(self.interface) == address, 20, "address " + address)


def download(guest, http, gateway, interface="eth0", size=1_000_000):
    guest.run("ip route replace %s via %s dev %s" % (netns.HOST4, gateway, interface))
    got = guest.run("set -o pipefail; wget -q -O - %s/%d | sha256sum" % (http.url, size), 60)
    expect_equal(got.split()[0], servers.sha256(size), "the checksum of the download")


def link_cases(report, guest, http, cable, driver, gateway):
    messages = {"e1000": ("NIC Link is Down", "NIC Link is Up"),
                "8139cp": ("link down", "link up")}[driver]
    with report.case("%s: link down takes the carrier, and the driver says so" % driver):
        guest.dmesg(clear=True)
        cable.link("down")
        cable.wait_carrier(False)
        expect(messages[0] in guest.dmesg(), "dmesg: " + guest.dmesg()[-500:])
    with report.case("%s: with the link down nothing passes" % driver):
        expect(guest.status("ping -c 2 -W 1 -I %s %s" % (cable.interface, gateway))[0] != 0,
               "the gateway answers")
    with report.case("%s: link up brings the carrier, an address and traffic" % driver):
        guest.dmesg(clear=True)
        guest.run("ip addr flush dev %s" % cable.interface)
        cable.link("up")
        cable.wait_carrier(True)
        expect(messages[1] in guest.dmesg(), "dmesg: " + guest.dmesg()[-500:])
        wait_for(lambda: guest.address(cable.interface), 20, "an address")
        download(guest, http, gateway, cable.interface)


def bytes_through(daemon, netdev):
    return daemon.must("GET", "/netdevs/" + netdev)["stats"]["rx_bytes"]


def replug_cases(report, guest, http, cable):
    daemon, port = cable.daemon, free_port()
    old = daemon.must("GET", "/nics/" + cable.name)["netdev"]
    new = daemon.must("POST", "/netdevs", {"type": "user", "id": "other", "net": "10.7.7.0/24",
                                           "hostfwd": ["tcp::%d-:80" % port]})["id"]
    with report.case("another netdev: carrier goes and comes, DHCP runs, traffic goes the new way"):
        guest.dmesg(clear=True)
        cable.plug(new)
        cable.wait_address("10.7.7.15")
        text = guest.dmesg()
        expect("NIC Link is Down" in text and "NIC Link is Up" in text, "dmesg: " + text[-500:])
        before = bytes_through(daemon, old), bytes_through(daemon, new)
        download(guest, http, "10.7.7.2")
        moved = bytes_through(daemon, old) - before[0], bytes_through(daemon, new) - before[1]
        expect(moved[0] == 0 and moved[1] > 1_000_000, "bytes through old and new: %s, %s" % moved)
    with report.case("the new netdev's forward leads to the guest"):
        guest.run("mkdir -p /www; echo hello >/www/file; httpd -p 80 -h /www")
        page = servers.fetch("127.0.0.1", port, "/file")
        expect_equal(page, b"hello\n", "the page")
    with report.case("both say who is plugged in where"):
        expect_equal(daemon.must("GET", "/netdevs/" + old)["used_by"], None, "used_by of the old")
        expect_equal(daemon.must("GET", "/netdevs/" + new)["used_by"], "/nics/" + cable.name,
                     "used_by of the new")
    with report.case("without a netdev the carrier is gone; with one it is back"):
        cable.plug(None)
        cable.wait_carrier(False)
        cable.plug(old)
        cable.wait_address("10.0.2.15")
        download(guest, http, "10.0.2.2")
    with report.case("a change in the middle of a transfer"):
        job = guest.begin("wget -q -O /dev/null %s/1000000000" % http.url, 60)
        guest.run("sleep 1")
        cable.plug(new)
        cable.wait_address("10.7.7.15")
        download(guest, http, "10.7.7.2")
        guest.run("killall wget; true")
        guest.finish(job)
    with report.case("thirty changes in a row"):
        for _ in range(15):
            cable.plug(old)
            cable.plug(new)
        cable.plug(old)
        cable.wait_address("10.0.2.15")
        download(guest, http, "10.0.2.2")


def main(report):
    netns.enter()
    http = servers.HttpServer(netns.HOST4)
    with cards() as own:
        nics = [own.user(), own.user("rtl8139", net="10.0.3.0/24")]
        with Guest(nics=nics) as guest:
            cables = [Cable(guest, own, 0), Cable(guest, own, 1)]
            guest.run("modprobe e1000; modprobe 8139cp")
            for cable in cables:
                guest.run("ip link set %s up" % cable.interface)
                guest.dhcp(cable.interface)
                guest.run(WATCHER.format(cable.interface))
            link_cases(report, guest, http, cables[0], "e1000", "10.0.2.2")
            link_cases(report, guest, http, cables[1], "8139cp", "10.0.3.2")
            if own.daemon:
                replug_cases(report, guest, http, cables[0])


run(main)
