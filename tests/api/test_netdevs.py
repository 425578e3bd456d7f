#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""/netdevs: what is made, what is refused, and that a refusal changes nothing."""
import concurrent.futures
import os
import socket
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import (Daemon, Unchanged, ends_well, expect, expect_equal, expect_error,  # noqa: E402
                    expect_problem, pointers)
from support import process                                             # noqa: E402
from support.report import run                                          # noqa: E402

DEFAULTS = {"type": "user", "net": "10.0.2.0/24", "host": "10.0.2.2", "dhcpstart": "10.0.2.15",
            "dns": "10.0.2.3", "restrict": False, "host-loopback": False}

# body without type, pointer(s), code where openapi.yaml decides, QEMU's words where the model does
BAD = [
    ({"bogus": 1}, "#/bogus", "unknown-member", None),
    ({"": 1}, "#/", "unknown-member", None),
    ({"a/b~c": 1}, "#/a~1b~0c", "unknown-member", None),
    ({"id": "1a"}, "#/id", "pattern", None),
    ({"id": "a b"}, "#/id", "pattern", None),
    ({"id": "<img onerror=x>"}, "#/id", "pattern", None),
    ({"id": "a" * 65}, "#/id", "pattern", None),
    ({"id": None}, "#/id", "type", None),
    ({"restrict": "on"}, "#/restrict", "type", "boolean"),
    ({"restrict": 1}, "#/restrict", "type", "boolean"),
    ({"ipv6": "off"}, "#/ipv6", "type", "boolean"),
    ({"net": 7}, "#/net", "type", "string"),
    ({"net": ""}, "#/net", "minLength", None),
    ({"net": "300.1.1.1"}, "#/net", None, "netmask|network|address"),
    ({"net": "300.1.1.1/24"}, "#/net", None, None),
    ({"net": "10.0.0.0/33"}, "#/net", None, "4.*32|netmask"),
    ({"net": "10.0.0.0/3"}, "#/net", None, "4.*32|netmask"),
    ({"net": "10.0.0.0/24x"}, "#/net", None, None),
    ({"net": "10.0.0.0/"}, "#/net", None, None),
    ({"net": "10.0.0.0/255.0.255.0"}, "#/net", None, None),
    ({"host": "192.168.1.1"}, "#/host", None, "network"),
    ({"host": "zz"}, "#/host", None, None),
    ({"dns": "10.0.2.2"}, "#/dns", None, "different"),
    ({"dns": "192.168.1.1", "restrict": True}, "#/dns", None, "network"),
    ({"dhcpstart": "10.0.2.2"}, "#/dhcpstart", None, "different"),
    ({"dhcpstart": "10.0.2.3"}, "#/dhcpstart", None, "different"),
    ({"dhcpstart": "192.168.1.9"}, "#/dhcpstart", None, "network"),
    ({"dhcpstart": "x"}, "#/dhcpstart", None, None),
    ({"net": "192.168.76.0/24", "dhcpstart": "10.0.2.15"}, "#/dhcpstart", None, "network"),
    ({"ipv4": False, "ipv6": False}, ("#", "#/ipv4", "#/ipv6"), None, "disabled"),
    ({"ipv4": False, "net": "192.168.76.0/24"}, ("#/net", "#/ipv4"), None, "disabled"),
    ({"ipv4": False, "net": "10.0.2.0/24"}, "#/net", None, "disabled"),
    ({"ipv4": False, "host": "10.0.2.2"}, ("#/host", "#/ipv4"), None, "disabled"),
    ({"ipv6-prefix": "zz"}, "#/ipv6-prefix", None, "prefix"),
    ({"ipv6-prefixlen": 127}, "#/ipv6-prefixlen", "maximum", None),
    ({"ipv6-prefixlen": -1}, "#/ipv6-prefixlen", "minimum", None),
    ({"ipv6-prefixlen": 64.0}, "#/ipv6-prefixlen", "type", None),
    ({"ipv6-prefixlen": "64"}, "#/ipv6-prefixlen", "type", None),
    ({"ipv6-host": "2001:db8::2"}, "#/ipv6-host", None, None),
    ({"ipv6-host": "zz"}, "#/ipv6-host", None, None),
    ({"ipv6-dns": "zz"}, "#/ipv6-dns", None, None),
    ({"hostname": "a" * 256}, "#/hostname", "maxLength", None),
    ({"hostname": "<img>"}, "#/hostname", "pattern", None),
    ({"hostfwd": "tcp::1-:2"}, "#/hostfwd", "type", None),
    ({"hostfwd": ["x"]}, "#/hostfwd/0", None, "No : separators"),
    ({"hostfwd": ["tcp::0-:1", "icmp::1-:2"]}, "#/hostfwd/1", None, "Bad protocol name"),
    ({"hostfwd": ["tcp:1-:2"]}, "#/hostfwd/0", None, "Bad host address"),
    ({"hostfwd": ["tcp:1"]}, "#/hostfwd/0", None, "Missing : separator"),
    ({"hostfwd": ["tcp::1:2"]}, "#/hostfwd/0", None, "Bad host port separator"),
    ({"hostfwd": ["tcp::0-2"]}, "#/hostfwd/0", None, "Missing guest address"),
    ({"hostfwd": ["tcp::-:2"]}, "#/hostfwd/0", None, "Bad host port"),
    ({"hostfwd": ["tcp:300.0.0.1:0-:2"]}, "#/hostfwd/0", None, "host address"),
    ({"hostfwd": ["tcp::65536-:2"]}, "#/hostfwd/0", None, "host port"),
    ({"hostfwd": ["tcp::0-:0"]}, "#/hostfwd/0", None, "guest port"),
    ({"hostfwd": ["tcp::0-:65536"]}, "#/hostfwd/0", None, "guest port"),
    ({"hostfwd": ["tcp::0-300.1.1.1:2"]}, "#/hostfwd/0", None, "guest address"),
    ({"hostfwd": ["tcp:[::1:0-:2"]}, "#/hostfwd/0", None, None),
    ({"hostfwd": ["tcp:[zz]:0-:2"]}, "#/hostfwd/0", None, None),
    ({"hostfwd": ["tcp::0-:2"] * 65}, "#/hostfwd", "maxItems", None),
    ({"dns-upstream": ["dns.example"]}, "#/dns-upstream/0", "pattern", None),
    ({"dns-upstream": ["192.0.2.300"]}, "#/dns-upstream/0", None, None),
    ({"dns-upstream": ["192.0.2.1:65536"]}, "#/dns-upstream/0", None, None),
]


def plain_curl(report, daemon):
    with report.case("the first curl line of the README"):
        answer = subprocess.run(
            ["curl", "-sS", "-i", "-X", "POST", "http://localhost:%d/netdevs" % daemon.port,
             "-d", '{"type":"user"}'], capture_output=True, timeout=20, check=True).stdout.decode()
        expect(answer.startswith("HTTP/1.1 201"), answer)
        expect("\r\nLocation: /netdevs/user0\r\n" in answer, answer)
    with report.case("defaults are shown"):
        body = daemon.must("GET", "/netdevs/user0")
        for key, value in DEFAULTS.items():
            expect_equal(body.get(key), value, key)
        expect_equal(body["id"], "user0", "id")
        expect_equal(body["used_by"], None, "used_by")
        expect("state" in body["status"], body)
        expect(isinstance(body["revision"], int), body)
        expect_equal(body["stats"]["rx_packets"], 0, "rx_packets")


def ids(report, daemon):
    with report.case("an id twice"):
        daemon.must("POST", "/netdevs", {"type": "user", "id": "twice"})
        with Unchanged(daemon):
            response = daemon.post("/netdevs", {"type": "user", "id": "twice"})
            expect_problem(response, "exists", "the second")
    with report.case("an id 50 times at once"):
        def post(_):
            return daemon.post("/netdevs", {"type": "user", "id": "race"}).status
        with concurrent.futures.ThreadPoolExecutor(50) as pool:
            got = sorted(pool.map(post, range(50)))
        expect_equal(got, [201] + [409] * 49, "the answers")
    with report.case("ids are not used again"):
        first = daemon.must("POST", "/netdevs", {"type": "user"})["id"]
        daemon.must("DELETE", "/netdevs/" + first)
        second = daemon.must("POST", "/netdevs", {"type": "user"})["id"]
        expect(first != second, "%s twice" % first)
    for netdev in ("twice", "race", second):
        daemon.must("DELETE", "/netdevs/" + netdev)


def bad_bodies(report, daemon):
    for body, pointer, code, words in BAD:
        with report.case("refused: %.60s" % body), Unchanged(daemon):
            response = daemon.post("/netdevs", {"type": "user", **body})
            expect_error(response, "validation", pointer, str(body), code, words)
    with report.case("all errors at once"), Unchanged(daemon):
        body = {"type": "user", "hostfwd": ["tcp::1-:2", 7], "net": 7}
        response = daemon.post("/netdevs", body)
        problem = expect_problem(response, "validation", "two errors")
        expect_equal(sorted(pointers(problem)), ["#/hostfwd/1", "#/net"], "pointers")
        rules = ["x", "tcp::1-:2", "icmp::1-:2", "udp::0-:0", "tcp::3-:4"]
        response = daemon.post("/netdevs", {"type": "user", "hostfwd": rules})
        problem = expect_problem(response, "validation", "three rules")
        expect_equal(pointers(problem), ["#/hostfwd/0", "#/hostfwd/2", "#/hostfwd/3"], "rules")
        for error, words in zip(problem["errors"], ("separators", "protocol", "guest port")):
            expect(words in error["detail"], error)
    with report.case("did you mean"), Unchanged(daemon):
        response = daemon.post("/netdevs", {"type": "user", "restrikt": True})
        error = expect_error(response, "validation", "#/restrikt", "a typo", "unknown-member")
        expect_equal(error["did_you_mean"], "restrict", "the proposal")


def bad_types(report, daemon):
    for body, pointer, code in (({"type": "nope"}, "#/type", "enum"), ({}, "#/type", "required"),
                                ({"type": 7}, "#/type", "type"), ([], "#", "type")):
        with report.case("refused: %s" % body), Unchanged(daemon):
            expect_error(daemon.post("/netdevs", body), "validation", pointer, str(body), code)


def malformed(report, daemon):
    for text in ("5", "", "{", '{"type":"user",}', '{"type":"user","type":"user"}', '"\\u0000"',
                 '{"type":"us\\u0000er"}', '{"type":"user"} x', "{'type':'user'}",
                 b"\xef\xbb\xbf{}",
                 '{"type":"user","ipv6-prefixlen":1e999}', "[" * 5000, '{"a":' * 3000,
                 b'{"type":"\xff"}', '{"type":"user","ipv6-prefixlen":99999999999999999999}'):
        with report.case("not JSON: %.40r" % text), Unchanged(daemon):
            body = expect_problem(daemon.post("/netdevs", text), "malformed-json", "the answer")
            expect(isinstance(body["line"], int) and isinstance(body["column"], int), body)


def good_bodies(report, daemon):
    good = [
        ({"net": "192.168.76.0/24", "dhcpstart": "192.168.76.9"},
         {"host": "192.168.76.2", "dns": "192.168.76.3", "dhcpstart": "192.168.76.9"}),
        ({"net": "10.1.2.0/255.255.255.0"}, {"host": "10.1.2.2"}),
        ({"ipv4": False}, {}),
        ({"ipv6": True}, {}),
        ({"ipv4": True}, {}),
        ({"ipv6-prefix": "fd00:76::", "ipv6-prefixlen": 64, "ipv6-host": "fd00:76::7"}, {}),
        ({"hostname": "guest", "restrict": True}, {"hostname": "guest", "restrict": True}),
        ({"ipv6": False, "host-loopback": True}, {"host-loopback": True}),
        ({"dns-upstream": ["192.0.2.1", "192.0.2.1:5353", "[::1]:5353"]}, {}),
        ({"hostfwd": ["tcp::0-:22", "udp:127.0.0.1:0-10.0.2.15:53", "::0-:80"]}, {}),
        ({"hostfwd": ["tcp:[::1]:0-:22"]}, {}),
    ]
    for body, shown in good:
        with report.case("made: %.60s" % body):
            netdev = daemon.must("POST", "/netdevs", {"type": "user", **body})
            for key, value in shown.items():
                expect_equal(netdev[key], value, key)
            daemon.must("DELETE", "/netdevs/" + netdev["id"])
    for body, _ in good:
        with report.case("what GET shows can be sent back: %.40s" % body):
            netdev = daemon.must("POST", "/netdevs", {"type": "user", **body})
            shown = daemon.must("GET", "/netdevs/" + netdev["id"])
            daemon.must("DELETE", "/netdevs/" + netdev["id"])   # it has the ports
            again = daemon.must("POST", "/netdevs", shown)
            for key in (set(shown) | set(again)) - {"revision"}:
                expect_equal(again.get(key), shown.get(key), key)
            daemon.must("DELETE", "/netdevs/" + netdev["id"])


def busy_port(report, daemon):
    with report.case("a forward whose port is taken"), Unchanged(daemon):
        free = process.free_port()
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            rules = ["tcp:127.0.0.1:%d-:80" % port for port in (free, taken.getsockname()[1])]
            response = daemon.post("/netdevs", {"type": "user", "hostfwd": rules})
        expect_error(response, "host-state", "#/hostfwd/1", "the second rule")
        expect_equal(response.body["errno"], "EADDRINUSE", "errno")
        with socket.socket() as probe:      # the first rule's port is free again
            probe.bind(("127.0.0.1", free))
    with report.case("a forward whose address is not here"), Unchanged(daemon):
        response = daemon.post("/netdevs", {"type": "user", "hostfwd": ["tcp:192.0.2.1:0-:80"]})
        expect_error(response, "host-state", "#/hostfwd/0", "the rule")
        expect_equal(response.body["errno"], "EADDRNOTAVAIL", "errno")
    with report.case("a forward that is deleted frees its port"):
        rule = "tcp:127.0.0.1:%d-:80" % free
        for _ in range(2):
            daemon.must("POST", "/netdevs", {"type": "user", "id": "f", "hostfwd": [rule]})
            expect_error(daemon.post("/netdevs", {"type": "user", "hostfwd": [rule]}), "host-state",
                         "#/hostfwd/0", "the rule twice")
            daemon.must("DELETE", "/netdevs/f")


def update(report, daemon):
    daemon.must("POST", "/netdevs", {"type": "user", "id": "u"})
    with report.case("PATCH without a change"):
        before = daemon.must("GET", "/netdevs/u")
        for body in ({}, {"id": "u", "type": "user", "restrict": False}, before):
            after = daemon.must("PATCH", "/netdevs/u", body)
            expect_equal(after["revision"], before["revision"], "revision")
    for body, pointer, code in (({"bogus": 1}, "#/bogus", "unknown-member"),
                                ({"type": "nope"}, "#/type", "enum"),
                                ({"restrict": "on"}, "#/restrict", "type"),
                                ([], "#", "type")):
        with report.case("PATCH refused: %s" % body), Unchanged(daemon):
            expect_error(daemon.patch("/netdevs/u", body), "validation", pointer, str(body), code)
    with report.case("PATCH of the id"), Unchanged(daemon):
        expect_error(daemon.patch("/netdevs/u", {"id": "other"}), "immutable", "#/id", "the id")
    with report.case("PATCH, GET and DELETE of what is not there"), Unchanged(daemon):
        expect_problem(daemon.patch("/netdevs/nope", {}), "not-found", "PATCH")
        expect_problem(daemon.get("/netdevs/nope"), "not-found", "GET")
        expect_problem(daemon.delete("/netdevs/nope"), "not-found", "DELETE")
    daemon.must("DELETE", "/netdevs/u")


def lists(report, daemon):
    with report.case("lists are in order, with stats when asked"):
        for name in ("c", "a", "b"):
            daemon.must("POST", "/netdevs", {"type": "user", "id": name})
        plain = daemon.must("GET", "/netdevs")
        full = daemon.must("GET", "/netdevs?stats=true")
        expect_equal([item["id"] for item in plain["items"]][-3:], ["c", "a", "b"], "order")
        expect(all("stats" not in item for item in plain["items"]), plain)
        expect(all("tx_bytes" in item["stats"] for item in full["items"]), full)
        for name in ("c", "a", "b"):
            daemon.must("DELETE", "/netdevs/" + name)
        after = daemon.must("GET", "/netdevs")
        expect(after["revision"] > plain["revision"], "the revision did not grow")


def main(report):
    with Daemon() as daemon:
        for part in (plain_curl, ids, bad_bodies, bad_types, malformed, good_bodies, busy_port,
                     update, lists):
            part(report, daemon)
        ends_well(report, daemon)


run(main)
