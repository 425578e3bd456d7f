#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A guest on tap interfaces of this host: bulk transfers both ways, whole sends, cable, MTU."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from support import netns, process, servers                             # noqa: E402
from support.cards import cards                                         # noqa: E402
from support.guest import Guest                                         # noqa: E402
from support.process import free_port                                   # noqa: E402
from support.report import expect, expect_equal, run, wait_for          # noqa: E402

SIZE = 20_000_000
# interface: whether it carries large sends whole, and the third number of its addresses
TAPS = {"ptap0": (True, 1), "ptap1": (False, 2)}


def host(command):
    return subprocess.run(command.split(), check=True, capture_output=True, text=True).stdout


class Wire:
    """One tap interface, and the guest's card on it."""

    def __init__(self, ifname, card, number, vnet):
        self.ifname, self.card, self.vnet = ifname, card, vnet
        self.host4, self.guest4 = "10.91.%d.1" % number, "10.91.%d.2" % number
        self.host6, self.guest6 = "fd91:%d::1" % number, "fd91:%d::2" % number
        host("ip addr add %s/24 dev %s" % (self.host4, ifname))
        host("ip -6 addr add %s/64 dev %s nodad" % (self.host6, ifname))

    def set_up(self, guest):
        guest.run("ip link set {0} up && ip addr add {1}/24 dev {0} && "
                  "ip -6 addr add {2}/64 dev {0}".format(
                      self.card, self.guest4, self.guest6))
        wait_for(lambda: guest.run("cat /sys/class/net/%s/carrier" % self.card) == "1", 10,
                 "the carrier of " + self.card)

    def from_guest(self):
        """Packets that the host's kernel got from the guest."""
        return json.loads(host("ip -j -s link show dev " + self.ifname))[0]["stats64"]["rx"]["packets"]


def transfers(report, guest, wire):
    """Both ways, both families; sums must agree."""
    for address in (wire.host4, wire.host6):
        http, sink = servers.HttpServer(address), servers.Sink(address)
        family = "IPv6" if ":" in address else "IPv4"
        with report.case("%s: %d MB arrive whole over %s" % (wire.ifname, SIZE // 10**6, family)):
            got = guest.run("wget -q -O /tmp/file %s/%d && sha256sum /tmp/file" % (http.url, SIZE),
                            120)
            expect_equal(got.split()[0], servers.sha256(SIZE), "the checksum")
        with report.case("%s: they leave whole over %s" % (wire.ifname, family)):
            guest.run("nc %s %d </tmp/file" % (address, sink.port), 120)
            wait_for(lambda sums=sink.sums: sums, 10, "the upload's end")
            expect_equal(sink.sums[-1], servers.sha256(SIZE), "the checksum")


def sends(report, guest, wire):
    """What a guest sends at once, counted by the host's kernel. Linux's e1000 has TSO for IPv4."""
    port = free_port(host=wire.host4)
    server = process.start(["iperf3", "-s", "-1", "-B", wire.host4, "-p", port])
    try:
        with report.case("%s: %s" % (wire.ifname, "large sends cross as one packet" if wire.vnet
                                     else "no send is longer than the MTU")):
            before = wire.from_guest()
            wait_for(lambda: guest.status("iperf3 -c %s -p %d -n %d" % (wire.host4, port, SIZE),
                                          60)[0] == 0, 60, "iperf3")
            each = SIZE / (wire.from_guest() - before)
            expect(each > 5000 if wire.vnet else each <= 1500, "%.0f bytes a packet" % each)
    finally:
        process.stop(server)


def cases(report, guest, daemon, nic, wire):
    with report.case("%s: ping both ways" % wire.ifname):
        wire.set_up(guest)
        guest.run("ping -c 3 -i 0.2 -W 2 %s" % wire.host4)
        guest.run("ping -c 3 -i 0.2 -W 2 %s" % wire.host6)
        host("ping -c 3 -i 0.2 -W 2 %s" % wire.guest4)
    transfers(report, guest, wire)
    sends(report, guest, wire)
    with report.case("%s: MTU 9000, full frames both ways" % wire.ifname):
        host("ip link set %s mtu 9000" % wire.ifname)
        guest.run("ip link set %s mtu 9000" % wire.card)
        wait_for(lambda: guest.run("cat /sys/class/net/%s/carrier" % wire.card) == "1", 10,
                 "the carrier of " + wire.card)
        guest.run("ping.iputils -M do -s 8972 -c 2 -W 5 %s" % wire.host4)
        host("ping -M do -s 8972 -c 2 -W 5 %s" % wire.guest4)
    with report.case("%s: the cable out and in again" % wire.ifname):
        daemon.must("PATCH", "/nics/" + nic, {"link": "down"})
        wait_for(lambda: guest.run("cat /sys/class/net/%s/carrier" % wire.card) == "0", 10,
                 "the guest to notice")
        daemon.must("PATCH", "/nics/" + nic, {"link": "up"})
        wait_for(lambda: guest.status("ping -c 1 -W 1 " + wire.host4)[0] == 0, 20, "the network")


def main(report):
    netns.enter()
    netns.need_tun()
    with cards() as own:
        argvs = [own.tap(mac="52:54:00:00:91:%02x" % number, ifname=ifname, vnet_hdr=vnet)
                 for ifname, (vnet, number) in TAPS.items()]
        wires = [Wire(ifname, "eth%d" % i, number, vnet)
                 for i, (ifname, (vnet, number)) in enumerate(TAPS.items())]
        with Guest(nics=argvs) as guest:
            guest.run("sysctl -w net.ipv6.conf.default.accept_dad=0; modprobe e1000")
            for nic, wire in zip(own.nics, wires):
                cases(report, guest, own.daemon, nic, wire)
            with report.case("no complaint from the driver, no bad checksum"):
                expect("Tx Unit Hang" not in guest.dmesg(), "a transmit unit hung")
                bad = guest.run("nstat -az TcpInCsumErrors UdpInCsumErrors 2>/dev/null || "
                                "awk '/^Tcp:/ && $NF ~ /^[0-9]+$/ {print $NF}' /proc/net/snmp")
                expect("Err" in bad or bad == "0", bad)
        with report.case("deleting the netdev removes the interface"):
            for nic in own.nics:
                wait_for(lambda path="/nics/" + nic: own.daemon.must("GET", path)["status"]
                         ["state"] == "waiting", 10, "the guest's end")
                own.daemon.must("DELETE", "/nics/" + nic)
            for netdev in own.daemon.must("GET", "/netdevs")["items"]:
                own.daemon.must("DELETE", "/netdevs/" + netdev["id"])
            left = {link["ifname"] for link in json.loads(host("ip -j link"))}
            expect(not left & set(TAPS), left)


run(main)
