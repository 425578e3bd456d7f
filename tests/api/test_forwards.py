#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""/forwards: rules come and go, and what is busy is refused with its owner."""
import json
import os
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import (Daemon, Unchanged, ends_well, expect, expect_equal, expect_error,  # noqa: E402
                    expect_problem)
from support import process                                             # noqa: E402
from support.events import Events                                       # noqa: E402
from support.report import run, wait_for                                # noqa: E402

RULES = 50

BAD = [     # body beside netdev, pointer, code
    ({}, "#/guest_port", "required"),
    ({"guest_port": 0}, "#/guest_port", "minimum"),
    ({"guest_port": 65536}, "#/guest_port", "maximum"),
    ({"guest_port": 22, "proto": "sctp"}, "#/proto", "enum"),
    ({"guest_port": 22, "host_addr": "localhost"}, "#/host_addr", "address"),
    ({"guest_port": 22, "host_addr": "1.2.3"}, "#/host_addr", "address"),
    ({"guest_port": 22, "host_addr": "224.0.0.1"}, "#/host_addr", "address"),
    ({"guest_port": 22, "host_addr": "fe80::1"}, "#/host_addr", "address"),
    ({"guest_port": 22, "guest_addr": "<img>"}, "#/guest_addr", "address"),
    ({"guest_port": 22, "guest_addr": "192.168.1.1"}, "#/guest_addr", "address"),
    ({"guest_port": 22, "guest_addr": "10.0.2.2"}, "#/guest_addr", "address"),
    ({"guest_port": 22, "guest_addr": "fec0::15"}, "#/guest_addr", "family"),
    ({"guest_port": 22, "ports": 65}, "#/ports", "maximum"),
    ({"guest_port": 22, "ports": 2}, "#/host_port", "range"),
    ({"guest_port": 22, "host_port": 65535, "ports": 2}, "#/host_port", "range"),
    ({"guest_port": 65535, "host_port": 40000, "ports": 2}, "#/guest_port", "range"),
    ({"guest_port": 22, "hostport": 1}, "#/hostport", "unknown-member"),
    ({"guest_port": 22, "nic": "card"}, "#", "one-of"),
]


def opens(port, host="127.0.0.1"):
    """Does somebody listen there?"""
    try:
        socket.create_connection((host, port), 5).close()
    except ConnectionRefusedError:
        return False
    return True


def udp_free(port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def life(report, daemon):
    with report.case("a port that the host chooses"), Events(daemon, "types=forward.*") as events:
        response = daemon.post("/forwards", {"netdev": "n0", "guest_port": 22})
        expect_equal(response.status, 201, response.body)
        made = response.body
        expect_equal(response.headers["Location"], "/forwards/" + made["id"], "Location")
        expect(made["host_port"] > 0, made)
        expect_equal({key: made[key] for key in ("proto", "host_addr", "ports", "hostfwd")},
                     {"proto": "tcp", "host_addr": "127.0.0.1", "ports": 1, "hostfwd": False},
                     "defaults")
        expect_equal(made["status"], {"state": "waiting"}, "status")
        expect_equal(made["stats"], {"connections": 0}, "stats")
        expect(opens(made["host_port"]), "nobody listens")
        events.until("forward.created", "/forwards/" + made["id"])
    with report.case("it goes live with a NIC, counts, and waits again"), \
            Events(daemon, "types=forward.*") as events:
        path = "/forwards/" + made["id"]
        daemon.must("POST", "/nics", {"id": "card", "netdev": "n0"})
        events.until("forward.updated", path,
                     where=lambda data: data["resource"]["status"]["state"] == "listening")
        wait_for(lambda: daemon.must("GET", path)["stats"]["connections"] > 0, 20, "the count")
        before = daemon.must("GET", path)["stats"]["connections"]
        for _ in range(3):
            expect(opens(made["host_port"]), "nobody listens")
        wait_for(lambda: daemon.must("GET", path)["stats"]["connections"] == before + 3, 20, "3")
        daemon.must("PATCH", "/nics/card", {"netdev": None})
        expect_equal(daemon.must("GET", path)["status"], {"state": "waiting"}, "status")
        daemon.must("PATCH", "/nics/card", {"netdev": "n0"})
        expect_equal(daemon.must("GET", path)["stats"]["connections"], before + 3, "count kept")
        expect(opens(made["host_port"]), "nobody listens")
        wait_for(lambda: daemon.must("GET", path)["stats"]["connections"] == before + 4, 20, "4")
    with report.case("it goes"):
        daemon.must("DELETE", path)
        wait_for(lambda: not opens(made["host_port"]), 1, "the port to be closed", 0.01)
        expect_problem(daemon.get(path), "not-found", "GET")


def kinds(report, daemon):
    with report.case("UDP, IPv6, ranges"):
        base = process.free_port(socket.SOCK_DGRAM)
        made = daemon.must("POST", "/forwards", {
            "netdev": "n0", "proto": "udp", "host_port": base, "ports": 2, "guest_port": 53})
        expect(not udp_free(base) and not udp_free(base + 1), "not both are taken")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            for port in (base, base + 1):
                sock.sendto(b"hello", ("127.0.0.1", port))
        wait_for(lambda: daemon.must("GET", "/forwards/" + made["id"])["stats"]["datagrams"] == 2,
                 20, "two datagrams")
        daemon.must("DELETE", "/forwards/" + made["id"])
        wait_for(lambda: udp_free(base) and udp_free(base + 1), 1, "the ports to be free", 0.01)
        made = daemon.must("POST", "/forwards", {
            "netdev": "n0", "host_addr": "::1", "guest_port": 22, "guest_addr": "fec0::15"})
        expect(opens(made["host_port"], "::1"), "nobody listens")
        daemon.must("DELETE", "/forwards/" + made["id"])
    with report.case("one for a NIC follows it"):
        path = "/forwards/" + daemon.must("POST", "/forwards",
                                          {"nic": "card", "guest_port": 22})["id"]
        expect_equal(daemon.must("GET", path)["status"]["state"], "listening", "plugged in")
        daemon.must("POST", "/netdevs", {"type": "user", "id": "n1", "net": "10.9.0.0/24"})
        daemon.must("PATCH", "/nics/card", {"netdev": "n1"})
        expect_equal(daemon.must("GET", path)["status"]["state"], "listening", "moved")
        daemon.must("PATCH", "/nics/card", {"netdev": None})
        expect_equal(daemon.must("GET", path)["status"]["state"], "waiting", "unplugged")
        daemon.must("PATCH", "/nics/card", {"netdev": "n0"})
        daemon.must("DELETE", "/netdevs/n1")
        daemon.must("DELETE", path)


def refusals(report, daemon):
    for body, pointer, code in BAD:
        with report.case("refused: %s" % body), Unchanged(daemon):
            expect_error(daemon.post("/forwards", {"netdev": "n0", **body}), "validation", pointer,
                         str(body), code)
    with report.case("refused: no target, no such target"), Unchanged(daemon):
        expect_error(daemon.post("/forwards", {"guest_port": 1}), "validation", "#", "none")
        for member in ("netdev", "nic"):
            expect_error(daemon.post("/forwards", {member: "nope", "guest_port": 1}), "validation",
                         "#/" + member, "nope", "no-such-object")
    with report.case("a busy port: errno and owner"), socket.socket() as sock, Unchanged(daemon):
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        port = sock.getsockname()[1]
        response = daemon.post("/forwards", {"netdev": "n0", "host_port": port, "guest_port": 22})
        body = expect_problem(response, "host-state", "busy")
        expect_equal(body["errno"], "EADDRINUSE", "errno")
        if os.geteuid() != 0:   # a daemon that root started cannot look into others' processes
            expect("pid %d" % os.getpid() in body["owner"], body)
        expect_error(response, "host-state", "#/host_port", "busy")
        response = daemon.post("/forwards", {"netdev": "n0", "host_port": port - 1, "ports": 2,
                                             "guest_port": 22})
        expect_problem(response, "host-state", "half busy")
        response = daemon.post("/forwards", {"netdev": "n0", "host_port": daemon.port,
                                             "guest_port": 22})
        expect_problem(response, "host-state", "the API's")
    with report.case("a rule twice names the first"):
        made = daemon.must("POST", "/forwards", {"netdev": "n0", "guest_port": 22})
        response = daemon.post("/forwards", {"netdev": "n0", "host_port": made["host_port"],
                                             "guest_port": 23})
        expect_equal(expect_problem(response, "host-state", "twice")["owner"],
                     "forward " + made["id"], "owner")
        expect(opens(made["host_port"]), "the first does not listen any more")
        daemon.must("DELETE", "/forwards/" + made["id"])
    with report.case("an address that is not ours"), Unchanged(daemon):
        response = daemon.post("/forwards", {"netdev": "n0", "host_addr": "192.0.2.1",
                                             "guest_port": 22})
        expect_equal(expect_problem(response, "host-state", "not ours")["errno"], "EADDRNOTAVAIL",
                     "errno")
        expect_error(response, "host-state", "#/host_addr", "not ours")


def hostfwd(report, daemon):
    with report.case("hostfwd strings are forwards"):
        netdev = daemon.must("POST", "/netdevs", {
            "type": "user", "id": "old", "hostfwd": ["tcp::0-:22", "udp:[::1]:0-:53"]})
        items = daemon.must("GET", "/forwards?netdev=old")["items"]
        expect_equal([(f["proto"], f["host_addr"], f["guest_port"], f["hostfwd"]) for f in items],
                     [("tcp", "127.0.0.1", 22, True), ("udp", "::1", 53, True)], "forwards")
        expect(":%d-" % items[0]["host_port"] in netdev["hostfwd"][0], netdev)
        expect(opens(items[0]["host_port"]), "nobody listens")
        daemon.must("DELETE", "/forwards/" + items[0]["id"])
        expect_equal(daemon.must("GET", "/netdevs/old")["hostfwd"], netdev["hostfwd"][1:], "rest")
        wait_for(lambda: not opens(items[0]["host_port"]), 1, "the port to be closed", 0.01)
        daemon.must("POST", "/forwards", {"netdev": "old", "guest_port": 80})
        daemon.must("DELETE", "/netdevs/old")
        expect_equal(daemon.must("GET", "/forwards?netdev=old")["items"], [], "gone with it")


def many(report, daemon):
    with report.case("%d rules at once, one of them bad" % RULES), socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        ports = []
        for i in range(RULES):
            ports.append(daemon.must("POST", "/forwards",
                                     {"netdev": "n0", "guest_port": 1 + i})["host_port"])
            if i == RULES // 2:
                busy = {"netdev": "n0", "host_port": sock.getsockname()[1], "guest_port": 1}
                expect_problem(daemon.post("/forwards", busy), "host-state", "busy")
        daemon.must("PATCH", "/nics/card", {"netdev": None})
        daemon.must("PATCH", "/nics/card", {"netdev": "n0"})
        expect(all(opens(port) for port in ports), "not all listen")
        items = daemon.must("GET", "/forwards?netdev=n0")["items"]
        expect_equal({f["status"]["state"] for f in items}, {"listening"}, "states")

        def used():
            items = daemon.must("GET", "/forwards?netdev=n0&stats=true")["items"]
            return all(f["stats"]["connections"] == 1 for f in items)
        wait_for(used, 20, "each to be used once")
        daemon.must("DELETE", "/forwards/" + items[10]["id"])
        wait_for(lambda: not opens(ports[10]), 1, "one port to be closed", 0.01)
        expect(opens(ports[9]) and opens(ports[11]), "its neighbours are closed, too")


def restart(report, daemon):
    with report.case("rules survive a restart"):
        before = daemon.must("GET", "/forwards")["items"]
        daemon.end()
        daemon.start()
        after = daemon.must("GET", "/forwards")["items"]

        def config(items):
            return sorted(json.dumps({k: v for k, v in f.items() if k not in ("revision", "stats")},
                                     sort_keys=True) for f in items)
        expect_equal(config(after), config(before), "forwards")
        expect(all(opens(f["host_port"]) for f in after), "not all listen")


def main(report):
    with Daemon() as daemon:
        daemon.must("POST", "/netdevs", {"type": "user", "id": "n0"})
        life(report, daemon)
        kinds(report, daemon)
        refusals(report, daemon)
        hostfwd(report, daemon)
        many(report, daemon)
        restart(report, daemon)
        ends_well(report, daemon)


run(main)
