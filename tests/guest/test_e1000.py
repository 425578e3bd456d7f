#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Linux's e1000 driver: all of ethtool, reachability after up, groups, sleep, hot-plug, each model.

What test_driver.py does with both kinds of cards is not done again here: transfers under every
offload, MTUs, the driver out and in.
"""
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from support import netns, servers                                      # noqa: E402
from support.cards import cards                                         # noqa: E402
from support.guest import Guest                                         # noqa: E402
from support.report import Skip, expect, expect_equal, run, wait_for    # noqa: E402

SIZE = 1_000_000
MODES = [("speed 10 duplex half autoneg off", "10Mb/s", "Half"),
         ("speed 10 duplex full autoneg off", "10Mb/s", "Full"),
         ("speed 100 duplex half autoneg off", "100Mb/s", "Half"),
         ("autoneg on advertise 0x008", "100Mb/s", "Full"),
         ("autoneg on advertise 0x02f", "1000Mb/s", "Full")]
# Counts round trips that a ping makes in a loop of its own; a shell's ping is a second to start.
FIRST_PING = ("ip link set eth0 down; sleep 0.3; ip link set eth0 up; a=$(cut -d' ' -f1 /proc/uptime);"
              "ip route replace default via 10.0.2.2; "
              "until ping -q -c 1 -W 1 10.0.2.2 >/dev/null 2>&1; do :; done; "
              "b=$(cut -d' ' -f1 /proc/uptime); echo $a $b")
GROUPS = 1000


def transfer(guest, world):
    got = guest.run("wget -q -O - %s/%d | sha256sum" % (world.url, SIZE), 60).split()[0]
    expect_equal(got, servers.sha256(SIZE), "the checksum of the download")


def up(guest):
    guest.run("modprobe e1000; ip link set eth0 up")
    wait_for(lambda: guest.run("cat /sys/class/net/eth0/carrier") == "1", 10, "the carrier")
    address = guest.dhcp()
    guest.run("ip route replace default via 10.0.2.2")
    return address


def self_test(guest):
    """All five parts of the driver's own test."""
    status, text = guest.status("ethtool -t eth0 offline", 90)
    results = re.findall(r"^(\w+) .*test .*\t (\d+)$", text, re.M)
    expect_equal([value for _, value in results], ["0"] * 5, "ethtool -t: " + text)
    expect_equal(status, 0, "ethtool's exit status")


def ethtool_cases(report, guest, world):
    with report.case("ethtool -t offline passes all five parts"):
        up(guest)
        self_test(guest)
        up(guest)
        transfer(guest, world)
    for words, speed, duplex in MODES:
        with report.case("ethtool -s " + words):
            guest.run("ethtool -s eth0 " + words)
            wait_for(lambda: "Link detected: yes" in guest.run("ethtool eth0"), 10, "the link")
            text = guest.run("ethtool eth0")
            expect("Speed: " + speed in text and "Duplex: " + duplex in text, text)
            guest.run("ping -c 3 -W 5 10.0.2.2")    # the first may meet the end of the old link
    with report.case("wake-on-LAN settings are taken and shown"):
        for word in ("umbg", "g", "d"):
            guest.run("ethtool -s eth0 wol " + word)
            expect("Wake-on: %s\n" % word in guest.run("ethtool eth0") + "\n", "wol " + word)
    with report.case("the EEPROM is written by ethtool -E and keeps its sum"):
        guest.run("ethtool -E eth0 magic 0x100e8086 offset 0x10 value 0x5a")
        expect("5a" in guest.run("ethtool -e eth0 offset 0x10 length 1"), "the byte written")
        guest.run("rmmod e1000")
        up(guest)
        expect("5a" in guest.run("ethtool -e eth0 offset 0x10 length 1"), "after a reload")
        expect("Checksum" not in guest.dmesg(), "the driver refuses the EEPROM's sum")


def statistics(guest):
    lines = guest.run("sleep 2.5; ethtool -S eth0").splitlines()[1:]
    return {name.strip(): int(value) for name, _, value in (line.rpartition(":") for line in lines)}


def traffic_cases(report, guest, world):
    with report.case("ethtool -S agrees with what was sent"):
        before = statistics(guest)
        guest.run("ping -q -c 50 -i 0.01 -s 1000 10.0.2.2")
        after = statistics(guest)
        for way in ("rx", "tx"):
            packets = after[way + "_packets"] - before[way + "_packets"]
            octets = after[way + "_bytes"] - before[way + "_bytes"]
            expect(50 <= packets <= 60, "%s_packets rose by %d" % (way, packets))
            expect(50 * 1042 <= octets <= 50 * 1046 + 1500, "%s_bytes rose by %d" % (way, octets))
        expect(not any(after[name] for name in after if name.endswith("_errors")), str(after))
    with report.case("the first ping comes less than 0.3 s after up"):
        seconds = []
        for _ in range(3):
            begin, end = guest.run(FIRST_PING).split()
            seconds.append(float(end) - float(begin))
        print("e1000: first ping after %s s" % seconds, file=sys.stderr)
        expect(min(seconds) < 0.3, "it took %s s" % seconds)
    with report.case("%d multicast groups, and promiscuity, without a gap in traffic" % GROUPS):
        up(guest)
        job = guest.begin("ping -i 0.02 -c 300 10.0.2.2", 60)
        guest.run("frames join eth0 %d 2; ip link set eth0 promisc on; sleep 0.5; "
                  "ip link set eth0 promisc off" % GROUPS, 60)
        text = guest.finish(job)[1].decode()
        expect(" 0% packet loss" in text, "pings are lost meanwhile: " + text[-200:])
        transfer(guest, world)


def sleep_cases(report, guest, world):
    with report.case("the guest sleeps (s2idle) and goes on"):
        if not guest.run("cat /sys/power/mem_sleep 2>/dev/null; true"):
            raise Skip("this kernel cannot sleep")
        guest.run("echo s2idle >/sys/power/mem_sleep; echo 0 >/sys/power/pm_async; "
                  "echo devices >/sys/power/pm_test; ethtool -s eth0 wol g; echo mem "
                  ">/sys/power/state; echo none >/sys/power/pm_test", 60)
        up(guest)
        transfer(guest, world)


def hot_plug_cases(report, own, world):
    card = own.user()
    port = ["-device", "pcie-root-port,id=port0,slot=1"]
    device = card[card.index("-device") + 1]
    memory = [word for pair in zip(card[::2], card[1::2]) if pair[0] != "-device" for word in pair]
    with Guest(nics=[memory], extra=port) as guest:
        guest.run("modprobe e1000")
        with report.case("hot-plug into a pcie-root-port, traffic, unplug, and again"):
            for _ in range(2):
                plug(guest, device)
                up(guest)
                transfer(guest, world)
                guest.qmp("device_del", id="hot0")
                wait_for(lambda: guest.status("test -e /sys/class/net/eth0")[0] != 0, 20,
                         "the driver to let go")
                wait_for(lambda: "hot0" not in str(guest.qmp("qom-list", path="/machine/peripheral")),
                         20, "QEMU to let go")


def plug(guest, device):
    """device_add with the properties of -device, which is JSON."""
    properties = json.loads(device)
    guest.qmp("device_add", **{**properties, "id": "hot0", "bus": "port0"})
    wait_for(lambda: guest.status("test -e /sys/class/net/eth0")[0] == 0, 20, "the interface")


def model_cases(report, own, world, kernel, model):
    with Guest(nics=[own.user(model)], kernel=kernel) as guest:
        with report.case("%s under Linux %s: up, traffic, ethtool -t" % (model, kernel)):
            up(guest)
            transfer(guest, world)
            self_test(guest)
            up(guest)
            transfer(guest, world)
            bad = re.findall(r".*(?:WARNING|BUG|Hang|timed out).*", guest.dmesg())
            expect(not bad, str(bad))
        if model == "e1000-82545em":
            with report.case("%s: ethtool -C sets the interrupt rate" % model):
                guest.run("ethtool -C eth0 rx-usecs 100")
                expect("rx-usecs: 100" in re.sub("\t", " ", guest.run("ethtool -c eth0")), "-c")
                transfer(guest, world)


def main(report):
    netns.enter()
    world = servers.HttpServer(netns.HOST4)
    with cards() as own:
        if not own.daemon:
            raise Skip("QEMU's card fails most of this")
        with Guest(nics=[own.user()]) as guest:
            ethtool_cases(report, guest, world)
            traffic_cases(report, guest, world)
            sleep_cases(report, guest, world)
        hot_plug_cases(report, own, world)
        model_cases(report, own, world, "6.12", "e1000")
        model_cases(report, own, world, "6.1", "e1000-82545em")
        model_cases(report, own, world, "6.1", "e1000-82544gc")


run(main)
