#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Tap interfaces: what a POST makes of the host, and what the host refuses."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from support import netns                                               # noqa: E402
from support.daemon import Daemon                                       # noqa: E402
from support.report import expect, expect_equal, run                    # noqa: E402


def ip(*words):
    return subprocess.run(["ip", "-j", *words], check=True, capture_output=True, text=True).stdout


def link(name):
    return json.loads(ip("-d", "link", "show", "dev", name))[0]


def made(report, daemon):
    with report.case("the host chooses a name, and the interface is up"):
        tap = daemon.must("POST", "/netdevs", {"type": "tap"})
        expect_equal((tap["id"], tap["ifname"], tap["vnet_hdr"]), ("tap0", "tap0", True), "tap")
        expect("UP" in link("tap0")["flags"], link("tap0"))
    with report.case("name, MTU, send buffer"):
        daemon.must("POST", "/netdevs", {"type": "tap", "id": "lan", "ifname": "lan.7",
                                         "mtu": 9000, "sndbuf": 100000, "vnet_hdr": False})
        expect_equal(link("lan.7")["mtu"], 9000, "MTU")
    with report.case("a port of a bridge"):
        ip("link", "add", "br0", "type", "bridge")
        daemon.must("POST", "/netdevs", {"type": "tap", "ifname": "port0", "br": "br0"})
        expect_equal(link("port0").get("master"), "br0", "the bridge of port0")
    with report.case("an interface that was there is used, and stays"):
        ip("tuntap", "add", "mine", "mode", "tap")
        daemon.must("POST", "/netdevs", {"type": "tap", "id": "mine", "ifname": "mine"})
        daemon.must("DELETE", "/netdevs/mine")
        expect("UP" in link("mine")["flags"], link("mine"))
    with report.case("DELETE takes what POST made"):
        daemon.must("DELETE", "/netdevs/tap0")
        expect("tap0" not in {one["ifname"] for one in json.loads(ip("link"))}, "tap0 is there")


REFUSED = [
    ({"ifname": "lo"}, 409, "#/ifname", "no tap"),
    ({"ifname": "lan.7"}, 409, "#/ifname", "another program uses it"),
    ({"br": "lo"}, 409, "#/br", "lo is not a bridge"),
    ({"br": "nope"}, 409, "#/br", "there is no interface nope"),
    ({"ifname": "sixteen-letters-"}, 422, "#/ifname", "15"),
    ({"ifname": "a/b"}, 422, "#/ifname", "letters"),
    ({"ifname": ""}, 422, "#/ifname", ""),
    ({"mtu": 67}, 422, "#/mtu", "68"),
    ({"mtu": 65522}, 422, "#/mtu", "65521"),
    ({"script": "/etc/qemu-ifup"}, 422, "#/script", "no"),
    ({"sndbuf": -1}, 422, "#/sndbuf", "0"),
    ({"vnet_hdr": "on"}, 422, "#/vnet_hdr", "boolean"),
    ({"net": "10.0.2.0/24"}, 422, "#/net", "net"),
]


def refused(report, daemon):
    for body, status, pointer, words in REFUSED:
        with report.case("refused: %s" % json.dumps(body)):
            before = ip("link"), daemon.must("GET", "/netdevs")
            answer = daemon.post("/netdevs", {"type": "tap", **body})
            expect_equal(answer.status, status, "status of %s" % answer.body)
            error = answer.body["errors"][0]
            expect_equal(error["pointer"], pointer, "pointer")
            expect(words in error["detail"], error)
            expect_equal((ip("link"), daemon.must("GET", "/netdevs")), before, "all there is")


def main(report):
    if os.geteuid():
        report.skipped += 1
        print("skip tap: needs root", flush=True)
        return
    netns.enter()
    netns.need_tun()
    with Daemon() as daemon:
        made(report, daemon)
        refused(report, daemon)
        with report.case("capabilities"):
            types = {item["type"]: item for item in daemon.must("GET", "/capabilities")["netdevs"]}
            expect_equal(types["tap"], {"type": "tap", "available": True}, "tap")
    with report.case("-netdev tap"), Daemon("-netdev", "tap,id=t,ifname=tap9,script=no,downscript=no"
                                            ",vnet_hdr=off,sndbuf=1M") as daemon:
        tap = daemon.must("GET", "/netdevs/t")
        expect_equal((tap["ifname"], tap["vnet_hdr"], tap["sndbuf"]), ("tap9", False, 1048576), "t")


run(main)
