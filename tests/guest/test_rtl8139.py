#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Linux's 8139cp on an rtl8139 and 8139too on an rtl8139c, both in one guest, on two kernels."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from support import netns, servers                                      # noqa: E402
from support.cards import cards                                         # noqa: E402
from support.guest import Guest                                         # noqa: E402
from support.line import Line, World, check_dmesg                       # noqa: E402
from support.report import expect, expect_equal, run, wait_for          # noqa: E402

SIZE = 1_000_000
OFFLOADS = ("tx on sg on tso on", "tso off", "tx off sg off", "rx off", "rx on tx on sg on tso on",
            "rxvlan off txvlan off", "rxvlan on txvlan on")
MTUS = (1600, 900, 1500)


class Card:
    """A card of the guest: its driver, its interface and its line."""

    def __init__(self, guest, world, number, driver, own):
        self.guest, self.driver = guest, driver
        self.interface = "eth%d" % number
        self.line = Line(guest, world, self.interface, "10.0.%d.2" % (number + 2))
        self.address = "10.0.%d.15" % (number + 2)
        self.own, self.nic = own, own.nics[number] if own.daemon else None

    def carrier(self):
        return self.guest.run("cat /sys/class/net/%s/carrier" % self.interface) == "1"

    def set_link(self, state):
        self.own.daemon.must("PATCH", "/nics/" + self.nic, {"link": state})

    def statistic(self, name):
        text = self.guest.run("ethtool -S " + self.interface)
        return int(re.search(r"\b%s: (\d+)" % name, text).group(1))


def basic_cases(report, guest, card):
    name = card.driver
    with report.case(name + ": link, DHCP, ping, 1 MB each way"):
        expect_equal(card.line.up(), card.address, "the address")
        guest.run("ping -c 3 -i 0.2 -W 2 -I %s %s" % (card.interface, card.line.gateway))
        card.line.transfer(SIZE)
    with report.case(name + ": promiscuous and back under load, ten times"):
        wanted = servers.sha256(3 * SIZE)
        job = guest.begin("wget -q -O - %s/%d | sha256sum" % (card.line.world.http.url, 3 * SIZE),
                          90)
        guest.run("for i in $(seq 10); do ifconfig {0} promisc; usleep 50000; "
                  "ifconfig {0} -promisc; usleep 50000; done".format(card.interface), 60)
        expect_equal(guest.finish(job)[1].split()[0].decode(), wanted, "the checksum")
    with report.case(name + ": driver out and in, five times"):
        guest.run("for i in $(seq 5); do rmmod {0}; modprobe {0}; ip link set {1} up; done".format(
            name, card.interface), 60)
        card.line.up()
        card.line.transfer(SIZE)
    with report.case(name + ": no complaint"):
        check_dmesg(guest)


def link_cases(report, guest, card):
    name = card.driver
    with report.case(name + ": 100 Mb/s, full duplex, negotiated; then 10 Mb/s, half, forced"):
        text = guest.run("ethtool " + card.interface)
        expect("Speed: 100Mb/s" in text and "Duplex: Full" in text, text)
        expect("Auto-negotiation: on" in text and "Link detected: yes" in text, text)
        guest.run("ethtool -s %s speed 10 duplex half autoneg off" % card.interface)
        wait_for(card.carrier, 10, "the carrier")
        text = guest.run("ethtool " + card.interface)
        expect("Speed: 10Mb/s" in text and "Duplex: Half" in text, text)
        guest.run("ping -c 2 -i 0.2 -W 2 -I %s %s" % (card.interface, card.line.gateway))
        guest.run("ethtool -s %s autoneg on" % card.interface)
        wait_for(card.carrier, 10, "the carrier")
        expect("Speed: 100Mb/s" in guest.run("ethtool " + card.interface), "it stays at 10 Mb/s")
    if not card.own.daemon:
        return
    with report.case(name + ": the cable is pulled and plugged"):
        card.set_link("down")
        wait_for(lambda: not card.carrier(), 10, "the carrier to go")
        card.set_link("up")
        wait_for(card.carrier, 15, "the carrier")
        guest.run("ping -c 2 -i 0.2 -W 2 -I %s %s" % (card.interface, card.line.gateway))


def cplus_cases(report, guest, card):
    for words in OFFLOADS:
        with report.case("8139cp: ethtool -K " + words):
            guest.run("ethtool -K %s %s" % (card.interface, words))
            card.line.transfer(SIZE)
    for mtu in MTUS:
        with report.case("8139cp: MTU %d" % mtu):
            guest.run("ip link set %s mtu %d" % (card.interface, mtu))
            card.line.up()
            card.line.transfer(SIZE)
    with report.case("8139cp: ethtool -S counts what moves"):
        before = card.statistic("rx_ok")
        card.line.transfer(SIZE)
        moved = card.statistic("rx_ok") - before
        expect(moved > SIZE // 1500, "rx_ok rose by %d" % moved)
        expect_equal([card.statistic(name) for name in ("tx_err", "rx_err", "rx_fifo", "tx_abort")],
                     [0, 0, 0, 0], "tx_err, rx_err, rx_fifo, tx_abort")
    with report.case("8139cp: the EEPROM is read, and what is written stays"):
        expect_equal(guest.run("ethtool -e %s raw on | od -A n -t x1 -N 4" % card.interface),
                     "29 81 ec 10", "the first bytes")
        guest.run("ethtool -E %s magic 0x8139 offset 0x60 value 0x5a" % card.interface)
        guest.run("rmmod 8139cp; modprobe 8139cp; ip link set %s up" % card.interface)
        expect("5a" in guest.run("ethtool -e %s offset 0x60 length 1" % card.interface),
               "the byte is lost")
        card.line.up()
    with report.case("8139cp: wake-on-LAN is offered and kept"):
        guest.run("ethtool -s %s wol pumbg" % card.interface)
        expect("Wake-on: pumbg" in guest.run("ethtool " + card.interface), "it is not kept")
        guest.run("ethtool -s %s wol d" % card.interface)


def boot(report, world, kernel, whole):
    with cards() as own:
        nics = [own.user("rtl8139c"), own.user("rtl8139", net="10.0.3.0/24")]
        with Guest(nics=nics, kernel=kernel) as guest:
            print("# kernel " + guest.run("uname -r"), flush=True)
            guest.run("modprobe 8139too; modprobe 8139cp")
            for number, driver in enumerate(("8139too", "8139cp")):
                card = Card(guest, world, number, driver, own)
                basic_cases(report, guest, card)
                if whole:
                    link_cases(report, guest, card)
                if whole and driver == "8139cp":
                    cplus_cases(report, guest, card)
                with report.case("%s on %s: no complaint" % (driver, kernel)):
                    check_dmesg(guest)


def main(report):
    netns.enter()
    world = World()
    boot(report, world, "6.1", True)
    boot(report, world, "6.12", False)


run(main)
