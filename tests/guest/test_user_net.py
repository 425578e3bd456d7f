#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A guest on a user netdev: addresses, names, bulk transfers both ways, forwards; IPv4 and IPv6."""
import os
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from support import netns, servers                                      # noqa: E402
from support.cards import cards                                         # noqa: E402
from support.guest import Guest                                         # noqa: E402
from support.process import free_port                                   # noqa: E402
from support.report import Skip, expect, expect_equal, run, wait_for    # noqa: E402

MAC = "52:54:00:00:00:15"
GUEST6 = "fec0::5054:ff:fe00:15"        # what SLAAC makes of that MAC
NAME = "www.patchbay.test"
BIG = 100_000_000
UPLOAD = 20_000_000


class World:
    """The servers of this test and the ports its forwards use."""

    def __init__(self):
        names = {NAME: [netns.HOST4, netns.HOST6]}
        self.http4 = servers.HttpServer(netns.HOST4)
        self.http6 = servers.HttpServer(netns.HOST6)
        self.sink4 = servers.Sink(netns.HOST4)
        self.sink6 = servers.Sink(netns.HOST6)
        self.dns4 = servers.DnsServer(names, "127.0.0.1")
        self.dns6 = servers.DnsServer(names, "::1")
        self.resolvers = [servers.DnsServer(names, address, 53)
                          for address in netns.take_over_resolvers()]
        self.tcp4, self.tcp6 = free_port(), free_port(host="::1")
        self.udp4 = free_port(socket.SOCK_DGRAM)

    def card(self, own):
        """A card whose netdev has this world's forwards and name server."""
        forwards = ["tcp::%d-:80" % self.tcp4, "udp:127.0.0.1:%d-:5353" % self.udp4]
        if own.daemon:
            forwards.append("tcp:[::1]:%d-[%s]:80" % (self.tcp6, GUEST6))
        upstream = ["127.0.0.1:%d" % self.dns4.port, "[::1]:%d" % self.dns6.port]
        return own.user(mac=MAC, hostfwd=forwards, dns_upstream=upstream)


def check_download(guest, url, size):
    got = guest.run("set -o pipefail; wget -q -O - %s/%d | sha256sum" % (url, size), 120)
    expect_equal(got.split()[0], servers.sha256(size), "the checksum of %d bytes" % size)


def check_upload(guest, host, sink):
    guest.run("nc %s %d </tmp/upload" % (host, sink.port), 120)
    wait_for(lambda: sink.sums, 10, "the upload's end")
    expect_equal(sink.sums[-1], servers.sha256(UPLOAD), "the checksum of the upload")


def ipv4_cases(report, guest, world):
    with report.case("DHCP gives 10.0.2.15"):
        expect_equal(guest.dhcp(), "10.0.2.15", "the address")
    with report.case("the gateway answers ping"):
        guest.run("ping -c 3 -i 0.2 -W 2 10.0.2.2")
    with report.case("a name is resolved through 10.0.2.3"):
        expect_equal(guest.run("cat /etc/resolv.conf"), "nameserver 10.0.2.3", "resolv.conf")
        found = guest.run("nslookup %s 10.0.2.3" % NAME)
        expect(netns.HOST4 in found and netns.HOST6 in found, "nslookup found " + found)
        check_download(guest, "http://%s:%d" % (NAME, world.http4.port), 1000)
    with report.case("100 MB arrive whole over IPv4"):
        check_download(guest, world.http4.url, BIG)
    with report.case("20 MB leave whole over IPv4"):
        guest.run("wget -q -O /tmp/upload %s/%d" % (world.http4.url, UPLOAD), 60)
        check_upload(guest, netns.HOST4, world.sink4)


def forward_cases(report, guest, world, daemon):
    guest.run("mkdir -p /www && echo hello from the guest >/www/file && httpd -p 80 -h /www")
    with report.case("the host reaches the guest through a TCP forward"):
        page = servers.fetch("127.0.0.1", world.tcp4, "/file")
        expect_equal(page, b"hello from the guest\n", "the page")
    with report.case("20 MB come out of the guest through a forward"):
        guest.run("mv /tmp/upload /www/file")
        expect(servers.fetch("127.0.0.1", world.tcp4, "/file") == b"".join(servers.content(UPLOAD)),
               "the file is not the one that was sent")
        guest.run("mv /www/file /tmp/upload; echo hello from the guest >/www/file")
    with report.case("the host reaches the guest through a UDP forward"):
        guest.run("mkfifo /tmp/echo; nc.openbsd -u -l 5353 </tmp/echo 2>&1 | tee /tmp/echo &")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(0.5)
            sock.connect(("127.0.0.1", world.udp4))
            wait_for(lambda: echoes(sock, b"to the guest and back"), 10, "the echo")
    if not daemon:
        return
    with report.case("a forward without an address is for this host alone"):
        with socket.socket() as sock:
            expect(sock.connect_ex((netns.HOST4, world.tcp4)) != 0,
                   "the forward is open at %s" % netns.HOST4)


def echoes(sock, data):
    """Sends a datagram; whether it came back."""
    try:
        sock.send(data)
        return sock.recv(1000) == data
    except OSError:
        return False


def ipv6_cases(report, guest, world, daemon):
    with report.case("the router gives an IPv6 address"):
        address = wait_for(lambda: guest.address(family=6), 20, "an address")
        expect_equal(address, GUEST6, "the address")
    with report.case("fec0::2 answers ping"):
        guest.run("ping -6 -c 3 -i 0.2 -W 2 fec0::2")
    if daemon:      # QEMU would need an IPv6 server in this machine's resolv.conf
        with report.case("a name is resolved through fec0::3"):
            found = guest.run("nslookup %s fec0::3" % NAME)
            expect(netns.HOST4 in found and netns.HOST6 in found, "nslookup found " + found)
    with report.case("100 MB arrive whole over IPv6"):
        check_download(guest, world.http6.url, BIG)
    with report.case("20 MB leave whole over IPv6"):
        check_upload(guest, netns.HOST6, world.sink6)
    if not daemon:
        return
    with report.case("the host reaches the guest through an IPv6 forward"):
        page = servers.fetch("::1", world.tcp6, "/file")
        expect_equal(page, b"hello from the guest\n", "the page")


def counter_cases(report, guest, card):
    if card.daemon:
        with report.case("the NIC's counters saw it all"):
            stats = card.daemon.must("GET", "/nics/" + card.nics[-1])["stats"]
            expect(stats["rx_bytes"] > 2 * BIG, "rx_bytes is %d" % stats["rx_bytes"])
            expect(stats["tx_bytes"] > 2 * UPLOAD, "tx_bytes is %d" % stats["tx_bytes"])
    with report.case("no packet reached the guest with a bad checksum"):
        names, values = guest.run("grep ^Tcp: /proc/net/snmp").splitlines()
        tcp = dict(zip(names.split(), values.split()))
        expect_equal(tcp["InCsumErrors"], "0", "the count of bad TCP checksums")


def other_network(report, world):
    """The second boot: another network, as QEMU's command line says it, and the host's resolver."""
    words = ["-netdev", "user,id=mynet0,net=192.168.76.0/24,dhcpstart=192.168.76.9",
             "-device", "e1000,netdev=mynet0"]
    with cards(*words) as card:
        if card.daemon:
            nic = card.daemon.must("GET", "/nics")["items"][0]["id"]
            argv = card.daemon.qemu_args(nic)
        else:
            argv = words
        with Guest(nics=[argv]) as guest:
            guest.run("modprobe e1000")
            with report.case("with dhcpstart=192.168.76.9 the guest gets that"):
                expect_equal(guest.dhcp(), "192.168.76.9", "the address")
                guest.run("ping -c 2 -i 0.2 -W 2 192.168.76.2")
            with report.case("without dns-upstream the host's own name server is asked"):
                if not world.resolvers:
                    raise Skip("this machine's resolv.conf names no server")
                found = guest.run("nslookup %s 192.168.76.3" % NAME)
                expect(netns.HOST4 in found, "nslookup found " + found)
                expect(any(NAME in server.asked for server in world.resolvers),
                       "the host's server was not asked")


def main(report):
    netns.enter()
    world = World()
    with cards() as card:
        with Guest(nics=[world.card(card)]) as guest:
            guest.run("modprobe e1000")
            ipv4_cases(report, guest, world)
            forward_cases(report, guest, world, card.daemon)
            ipv6_cases(report, guest, world, card.daemon)
            counter_cases(report, guest, card)
    other_network(report, world)


run(main)
