#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""/nics: cards, their netdevs, links, sockets, and the arguments for QEMU."""
import json
import os
import re
import shlex
import stat
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import (Daemon, Unchanged, ends_well, expect, expect_equal, expect_error,  # noqa: E402
                    expect_problem, pointers)
from support.report import run                                          # noqa: E402

BAD = [     # body, pointer, code where openapi.yaml decides, words
    ({"model": "ne2k_pci"}, "#/model", "enum", "e1000, e1000-82545em, e1000-82544gc, rtl8139, rtl8139c"),
    ({"model": 7}, "#/model", "type", None),
    ({"mac": "zz"}, "#/mac", "pattern", None),
    ({"mac": "52:54:00:12:34"}, "#/mac", "pattern", None),
    ({"mac": "52-54-00-12-34-56"}, "#/mac", "pattern", None),
    ({"mac": "01:00:5e:00:00:01"}, "#/mac", None, "multicast"),
    ({"mac": "ff:ff:ff:ff:ff:ff"}, "#/mac", None, "multicast"),
    ({"mac": "00:00:00:00:00:00"}, "#/mac", None, None),
    ({"id": "api"}, "#/id", None, "own"),
    ({"mac": "01:00:5e:00:00:01", "netdev": "nope"}, "#/netdev", "no-such-object", None),
    ({"netdev": "nope"}, "#/netdev", "no-such-object", "nope"),
    ({"netdev": ""}, "#/netdev", "pattern", None),
    ({"netdev": ["n0"]}, "#/netdev", "type", None),
    ({"link": "sideways"}, "#/link", "enum", None),
    ({"link": False}, "#/link", "type", None),
    ({"guest": ""}, "#/guest", "minLength", None),
    ({"guest": "g" * 65}, "#/guest", "maxLength", None),
    ({"id": "../x"}, "#/id", "pattern", None),
    ({"bogus": 1}, "#/bogus", "unknown-member", None),
    ({"netdve": "n0"}, "#/netdve", "unknown-member", None),
    ([], "#", "type", None),
]


def create(report, daemon):
    with report.case("an e1000 on a netdev"):
        daemon.must("POST", "/netdevs", {"type": "user", "id": "n0"})
        response = daemon.post("/nics", {"model": "e1000", "netdev": "n0"})
        nic = response.body
        expect(response.status == 201, "%d %s" % (response.status, nic))
        expect_equal(response.headers["Location"], "/nics/nic0", "Location")
        expect_equal((nic["id"], nic["model"], nic["netdev"], nic["link"], nic["status"]["state"]),
                     ("nic0", "e1000", "n0", "up", "waiting"), "the NIC")
        expect(re.fullmatch("52:54:00(:[0-9a-f]{2}){3}", nic["mac"]), nic["mac"])
        expect(nic["mac"] != "52:54:00:12:34:56", "QEMU's own default MAC")
        expect_equal(nic["stats"]["tx_packets"], 0, "tx_packets")
    with report.case("its socket is there"):
        expect(stat.S_ISSOCK(os.stat(nic["socket"]).st_mode), nic["socket"])
        expect_equal(os.path.basename(nic["socket"]), "nic0.sock", "its name")
    with report.case("its netdev knows it"):
        expect_equal(daemon.must("GET", "/netdevs/n0")["used_by"], "/nics/nic0", "used_by")
    with report.case("both are well a second later"):
        time.sleep(1)       # a worker dies for itself, after the answer
        expect_equal(daemon.must("GET", "/nics/nic0")["status"], {"state": "waiting"}, "the NIC")
        expect_equal(daemon.must("GET", "/netdevs/n0")["status"], {"state": "up"}, "the netdev")
    with report.case("a second NIC on the same netdev"), Unchanged(daemon):
        body = expect_problem(daemon.post("/nics", {"netdev": "n0"}), "in-use", "the second NIC")
        expect_equal(body["users"], ["/nics/nic0"], "users")
    with report.case("a NIC out of the defaults alone"):
        nic = daemon.must("POST", "/nics", {})
        expect_equal((nic["model"], nic["netdev"], nic["link"]), ("e1000", None, "up"), "the NIC")
        daemon.must("DELETE", "/nics/" + nic["id"])
    with report.case("an rtl8139 with everything given"):
        want = {"id": "card.1", "model": "rtl8139", "mac": "52:54:00:ab:cd:ef", "netdev": None,
                "link": "down", "guest": "web \u00e4"}
        nic = daemon.must("POST", "/nics", want)
        for key, value in want.items():
            expect_equal(nic.get(key), value, key)
        expect_problem(daemon.post("/nics", want), "exists", "the same again")
        daemon.must("DELETE", "/nics/card.1")
        expect(not os.path.exists(nic["socket"]), "its socket is still there")
    with report.case("generated MACs differ"):
        made = [daemon.must("POST", "/nics", {}) for _ in range(8)]
        expect_equal(len({nic["mac"] for nic in made}), 8, "number of MACs")
        for nic in made:
            daemon.must("DELETE", "/nics/" + nic["id"])


def refusals(report, daemon):
    with report.case("a MAC that another NIC has"), Unchanged(daemon):
        mac = daemon.must("GET", "/nics/nic0")["mac"]
        for text in (mac, mac.upper()):
            body = expect_problem(daemon.post("/nics", {"mac": text}), "exists", text)
            expect_equal(body["users"], ["/nics/nic0"], "users")
            expect_equal(pointers(body), ["#/mac"], "pointers")
    for body, pointer, code, words in BAD:
        with report.case("refused: %.60s" % body), Unchanged(daemon):
            expect_error(daemon.post("/nics", body), "validation", pointer, str(body), code, words)
    with report.case("nothing is left of what was refused"):
        sockets = os.listdir(os.path.dirname(daemon.must("GET", "/nics/nic0")["socket"]))
        expect_equal([name for name in sockets if name.startswith(("nic", "card"))], ["nic0.sock"],
                     "sockets")


def update(report, daemon):
    with report.case("link down and up"):
        down = daemon.must("PATCH", "/nics/nic0", {"link": "down"})
        expect_equal(down["link"], "down", "link")
        again = daemon.must("PATCH", "/nics/nic0", {"link": "down"})
        expect_equal(again["revision"], down["revision"], "revision of a repetition")
        up = daemon.must("PATCH", "/nics/nic0", {"link": "up"})
        expect(up["revision"] > down["revision"], "the revision did not grow")
        expect_equal(daemon.must("GET", "/nics/nic0")["link"], "up", "link")
    for key, value in (("mac", "52:54:00:00:00:77"), ("model", "rtl8139"), ("id", "other")):
        with report.case("%s cannot be changed" % key), Unchanged(daemon):
            expect_error(daemon.patch("/nics/nic0", {key: value, "link": "down"}), "immutable",
                         "#/" + key, key)
    with report.case("what GET shows can be sent back"), Unchanged(daemon):
        daemon.must("PATCH", "/nics/nic0", daemon.must("GET", "/nics/nic0"))
    for body, pointer, code in (({"link": None}, "#/link", "type"),
                                ({"netdev": 7}, "#/netdev", "type"),
                                ({"netdev": "nope"}, "#/netdev", "no-such-object"),
                                ({"netdev": "nope", "link": "down"}, "#/netdev", "no-such-object"),
                                ({"lnik": "up"}, "#/lnik", "unknown-member")):
        with report.case("PATCH refused: %s" % body), Unchanged(daemon):
            expect_error(daemon.patch("/nics/nic0", body), "validation", pointer, str(body), code)
    with report.case("PATCH of what is not there"), Unchanged(daemon):
        expect_problem(daemon.patch("/nics/nope", {"link": "up"}), "not-found", "PATCH")


def replug(report, daemon):
    with report.case("another netdev, none, and the first again"):
        daemon.must("POST", "/netdevs", {"type": "user", "id": "n1"})
        for new, used in (("n1", (None, "/nics/nic0")), (None, (None, None)),
                          ("n0", ("/nics/nic0", None))):
            nic = daemon.must("PATCH", "/nics/nic0", {"netdev": new})
            expect_equal(nic["netdev"], new, "netdev")
            got = tuple(daemon.must("GET", "/netdevs/" + name)["used_by"] for name in ("n0", "n1"))
            expect_equal(got, used, "used_by")
    with report.case("a netdev that is in use"):
        daemon.must("POST", "/nics", {"id": "rival", "netdev": "n1"})
        with Unchanged(daemon):
            body = expect_problem(daemon.patch("/nics/nic0", {"netdev": "n1"}), "in-use", "PATCH")
            expect_equal(body["users"], ["/nics/rival"], "users")
        daemon.must("DELETE", "/nics/rival")
        daemon.must("DELETE", "/netdevs/n1")


def delete(report, daemon):
    with report.case("a netdev that is in use stays"), Unchanged(daemon):
        body = expect_problem(daemon.delete("/netdevs/n0"), "in-use", "DELETE")
        expect_equal(body["users"], ["/nics/nic0"], "users")
        expect_problem(daemon.delete("/netdevs/n0?force=false"), "in-use", "DELETE")
    with report.case("force unplugs"):
        expect_equal(daemon.delete("/netdevs/n0?force=true").status, 204, "status")
        expect_equal(daemon.must("GET", "/nics/nic0")["netdev"], None, "netdev")
        expect_problem(daemon.delete("/netdevs/n0?force=true"), "not-found", "again")
    with report.case("the NIC can be plugged in again"):
        daemon.must("POST", "/netdevs", {"type": "user", "id": "n0"})
        daemon.must("PATCH", "/nics/nic0", {"netdev": "n0"})
    with report.case("DELETE of a NIC frees netdev and socket"):
        path = daemon.must("GET", "/nics/nic0")["socket"]
        response = daemon.delete("/nics/nic0")
        expect_equal((response.status, response.body), (204, None), "the answer")
        expect(not os.path.exists(path), "the socket is still there")
        expect_equal(daemon.must("GET", "/netdevs/n0")["used_by"], None, "used_by")
        expect_problem(daemon.get("/nics/nic0"), "not-found", "GET")
        expect_problem(daemon.delete("/nics/nic0"), "not-found", "DELETE")


def qemu_args(report, daemon):
    nic = daemon.must("POST", "/nics", {"netdev": "n0"})
    path = "/nics/%s/qemu-args" % nic["id"]
    with report.case("arguments for QEMU"):
        args = daemon.must("GET", path)
        memory = "memory-backend-memfd,id=mem0,share=on,size=512M"
        expect_equal(args["argv"][:4], ["-object", memory, "-machine", "memory-backend=mem0"],
                     "argv")
        expect_equal(args["argv"][4], "-device", "argv")
        expect_equal(json.loads(args["argv"][5]),
                     {"driver": "vfio-user-pci", "socket": {"type": "unix", "path": nic["socket"]}},
                     "the device")
        expect_equal(shlex.split(args["shell"]), args["argv"], "the line for a shell")
    with report.case("memory size"):
        expect("size=2G" in " ".join(daemon.must("GET", path + "?memory=2G")["argv"]), "no 2G")
        for value in ("", "0", "1.5G", "2g", "G", "1%20G", "1,share=off", "99999999999"):
            body = expect_problem(daemon.get(path + "?memory=" + value), "bad-parameter", value)
            expect_equal(body["parameter"], "memory", "parameter")
    with report.case("of a NIC that is not there"):
        expect_problem(daemon.get("/nics/nope/qemu-args"), "not-found", "GET")
    daemon.must("DELETE", "/nics/" + nic["id"])


def main(report):
    with Daemon() as daemon:
        for part in (create, refusals, update, replug, delete, qemu_args):
            part(report, daemon)
        ends_well(report, daemon)


run(main)
