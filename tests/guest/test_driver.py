#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Linux's own e1000, made to use what the card has; reset and reboot, with an 8139cp beside it."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from support import netns                                               # noqa: E402
from support.cards import cards                                         # noqa: E402
from support.guest import Guest                                         # noqa: E402
from support.line import SIZE, Line, World, check_dmesg                 # noqa: E402
from support.report import expect, expect_equal, run                    # noqa: E402

OFFLOADS = ("tso off", "tso off gso off", "tx off sg off tso off gso off", "rx off gro off",
            "tx on sg on tso on gso on rx on gro on", "rxvlan off", "rxvlan on")
PARAMETERS = ("InterruptThrottleRate=0", "InterruptThrottleRate=8000 RxIntDelay=100 TxIntDelay=64",
              "InterruptThrottleRate=3 TxDescriptors=80 RxDescriptors=80", "XsumRX=0")
SETTINGS = ("-G eth0 rx 80 tx 80", "-G eth0 rx 4096 tx 4096", "-G eth0 rx 256 tx 256",
            "-A eth0 autoneg off rx off tx off", "-A eth0 autoneg on rx on tx on", "-r eth0")


def statistics(guest):
    lines = guest.run("ethtool -S eth0").splitlines()[1:]
    return {name.strip(): int(value) for name, _, value in (line.rpartition(":") for line in lines)}


def e1000_cases(report, guest, line, ours):
    with report.case("e1000: link, DHCP and 3 MB each way"):
        expect_equal(line.up(), "10.0.2.15", "the address")
        line.transfer()
        check_dmesg(guest)
    with report.case("e1000: the link is 1000 Mb/s full duplex"):
        text = guest.run("ethtool eth0")
        expect("Speed: 1000Mb/s" in text and "Duplex: Full" in text, text)
    with report.case("e1000: ethtool -S counts what moves"):
        before = statistics(guest)
        line.transfer()
        after = statistics(guest)
        moved = after["rx_packets"] - before["rx_packets"]
        expect(moved > SIZE // 1500, "rx_packets rose by %d" % moved)
        bad = {name: count for name, count in after.items()
               if name.endswith("_errors") and count and name != "rx_missed_errors"}
        expect(not bad, "errors are counted: %s" % bad)
    for words in OFFLOADS:
        with report.case("e1000: ethtool -K %s" % words):
            guest.run("ethtool -K eth0 " + words)
            line.transfer()
    for words in SETTINGS:
        with report.case("e1000: ethtool " + words):
            guest.run("ethtool " + words)
            line.up()
            line.transfer()
    with report.case("e1000: no complaint so far"):
        check_dmesg(guest)
    e1000_self_test(report, guest, line, ours)


def e1000_self_test(report, guest, line, ours):
    """The driver's own test; QEMU's card fails its register and loopback parts."""
    with report.case("e1000: ethtool -t offline"):
        status, text = guest.status("ethtool -t eth0 offline", 60)
        results = [text_line for text_line in text.splitlines() if ")\t" in text_line]
        passed = sum(text_line.split()[-1] == "0" for text_line in results)
        print("e1000: ethtool -t passes %d of %d" % (passed, len(results)), file=sys.stderr)
        for part in ("Eeprom", "Interrupt", "Link"):
            expect(any(r.startswith(part) and r.split()[-1] == "0" for r in results), text)
        expect(status == 0 or not ours, text)
        line.up()
        line.transfer()
        guest.dmesg(clear=True)


def e1000_life_cases(report, guest, line):
    with report.case("e1000: a VLAN interface sends and receives without harm"):
        guest.run("modprobe 8021q; vconfig add eth0 5 && ip addr add 10.5.0.1/24 dev eth0.5 && "
                  "ip link set eth0.5 up; arping -c 2 -I eth0.5 10.5.0.2; ping -c 2 -W 1 10.5.0.2;"
                  "grep 'frames transmitted' /proc/net/vlan/eth0.5 && ip link del eth0.5")
        line.transfer()
    with report.case("e1000: MTU 9000, 576 and 1500"):
        for mtu in (9000, 576, 1500):
            guest.run("ip link set eth0 mtu %d" % mtu)
            line.up()
            line.transfer()
    with report.case("e1000: promiscuous and all-multicast on and off"):
        guest.run("ifconfig eth0 promisc allmulti")
        line.transfer()
        guest.run("ifconfig eth0 -promisc -allmulti")
        line.transfer()
    with report.case("e1000: down and up, ten times"):
        guest.run("for i in $(seq 10); do ip link set eth0 down; ip link set eth0 up; done", 60)
        line.up()
        line.transfer()
    with report.case("e1000: down and up in the middle of a transfer"):
        job = guest.begin("wget -q -O /dev/null %s/100000000" % line.world.http.url, 60)
        guest.run("sleep 1; ip link set eth0 down; sleep 0.2; ip link set eth0 up")
        line.up()
        line.transfer()
        guest.run("killall wget; true")
        guest.finish(job)
    with report.case("e1000: driver out and in, five times"):
        guest.run("for i in $(seq 5); do rmmod e1000; modprobe e1000; ip link set eth0 up; "
                  "done", 60)
        line.up()
        line.transfer()
        check_dmesg(guest)
    for words in PARAMETERS:
        with report.case("e1000: modprobe e1000 " + words):
            guest.run("rmmod e1000; modprobe e1000 " + words)
            line.up()
            line.transfer()
            check_dmesg(guest)


def reset_cases(report, guest, lines):
    for how in ("system_reset", "reboot"):
        with report.case("after %s both cards work again" % how):
            if how == "reboot":
                guest.begin("reboot -f")
                guest.wait_ready()
            else:
                guest.reset()
            guest.run("modprobe e1000; modprobe 8139cp")
            for line in lines:
                line.up()
                line.transfer(1_000_000)
            check_dmesg(guest)


def main(report):
    netns.enter()
    world = World()
    with cards() as own:
        nics = [own.user(), own.user("rtl8139", net="10.0.3.0/24")]
        with Guest(nics=nics) as guest:
            lines = [Line(guest, world, "eth0", "10.0.2.2"), Line(guest, world, "eth1", "10.0.3.2")]
            guest.run("modprobe e1000")
            e1000_cases(report, guest, lines[0], own.daemon)
            e1000_life_cases(report, guest, lines[0])
            reset_cases(report, guest, lines)


run(main)
