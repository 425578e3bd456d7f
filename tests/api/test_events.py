#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""/events: what changes is told, in order, once, and again after a break."""
import os
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import (Daemon, connect, ends_well, expect, expect_equal, expect_problem,  # noqa: E402
                    host_of)
from support.events import Events                                       # noqa: E402
from support.report import run, wait_for                                # noqa: E402

KEPT = 1024
MOST = 32


def changes(report, daemon):
    with report.case("what is made, changes and goes is told"), Events(daemon) as events:
        begin = time.monotonic()
        netdev = daemon.must("POST", "/netdevs", {"type": "user"})["id"]
        event = events.until("netdev.created", "/netdevs/" + netdev)
        expect(time.monotonic() - begin < 2, "it took %g s" % (time.monotonic() - begin))
        expect_equal(events.answer.getheader("Content-Type"), "text/event-stream", "type")
        expect_equal(events.retry, "2000", "retry")
        shown = daemon.must("GET", "/netdevs/" + netdev)
        shown.pop("stats")
        expect_equal(event.data["resource"], shown, "the resource")
        expect(event.id.endswith("-%d" % event.data["revision"]), event)
        nic = daemon.must("POST", "/nics", {"netdev": netdev})["id"]
        event = events.until("nic.created", "/nics/" + nic)
        expect_equal(event.data["resource"]["netdev"], netdev, "netdev")
        event = next(e for e in events.seen if e.type == "netdev.updated")
        expect_equal(event.data["resource"]["used_by"], "/nics/" + nic, "used_by")
        daemon.must("PATCH", "/nics/" + nic, {"link": "down"})
        event = events.until("nic.updated", "/nics/" + nic)
        expect_equal(event.data["resource"]["link"], "down", "link")
        daemon.must("DELETE", "/nics/" + nic)
        event = events.until("nic.deleted", "/nics/" + nic)
        expect("resource" not in event.data, event)
        event = events.until("netdev.updated", "/netdevs/" + netdev)
        expect_equal(event.data["resource"]["used_by"], None, "used_by")
        daemon.must("DELETE", "/netdevs/" + netdev)
        events.until("netdev.deleted")
        revisions = [event.data["revision"] for event in events.seen]
        expect_equal(revisions, sorted(set(revisions)), "revisions")
    with report.case("what changes nothing is not told"), Events(daemon) as events:
        nic = daemon.must("POST", "/nics", {})["id"]
        daemon.must("PATCH", "/nics/" + nic, {"link": "up"})
        daemon.post("/nics", {"mac": "nonsense"})
        daemon.must("DELETE", "/nics/" + nic)
        events.until("nic.deleted")
        expect_equal([event.type for event in events.seen], ["nic.created", "nic.deleted"], "types")
    with report.case("a guest that comes and goes is told"), Events(daemon) as events:
        path = daemon.must("POST", "/nics", {"id": "plugged"})["socket"]
        with socket.socket(socket.AF_UNIX) as guest:
            guest.connect(path)
            events.until("nic.updated", where=lambda d: d["resource"]["status"]["state"] == "attached")
        events.until("nic.updated", where=lambda d: d["resource"]["status"]["state"] == "waiting")
        for _ in range(200):        # a hundred times faster than it is told
            with socket.socket(socket.AF_UNIX) as guest:
                guest.connect(path)
        time.sleep(0.5)
        expect_equal(daemon.must("GET", "/nics/plugged")["status"]["state"], "waiting", "state")
        daemon.must("DELETE", "/nics/plugged")
        events.until("nic.deleted")
        expect(len(events.seen) < 30, "%d events" % len(events.seen))
    with report.case("only some types"), Events(daemon, "types=netdev.deleted,nic.*") as events:
        daemon.must("POST", "/netdevs", {"type": "user", "id": "some"})
        daemon.must("POST", "/nics", {"id": "some"})
        daemon.must("DELETE", "/nics/some")
        daemon.must("DELETE", "/netdevs/some")
        events.until("netdev.deleted")
        expect_equal([event.type for event in events.seen],
                     ["nic.created", "nic.deleted", "netdev.deleted"], "types")


def replay(report, daemon):
    with report.case("a list's revision is where to begin"):
        since = daemon.must("GET", "/nics")["revision"]
        daemon.must("POST", "/nics", {"id": "a"})
        daemon.must("POST", "/nics", {"id": "b"})
        with Events(daemon, "since=%d" % since) as events:
            expect_equal(events.read().data["object"], "/nics/a", "the first")
            last = events.seen[0].id
            expect_equal(events.read().data["object"], "/nics/b", "the second")
    with report.case("Last-Event-ID goes on where it ended"), Events(daemon, last=last) as events:
        expect_equal(events.read().data["object"], "/nics/b", "the next one")
        daemon.must("DELETE", "/nics/a")
        expect_equal(events.read().data["object"], "/nics/a", "what happens then")
    for what, query, last_id in (("another run", "", "00000000-1"), ("nonsense", "", "<img>"),
                                 ("the future", "since=99999", None),
                                 ("another run's since", "since=00000000-1", None)):
        with report.case("reset: " + what), Events(daemon, query, last_id) as events:
            event = events.read()
            expect_equal(event.type, "reset", "type")
            expect_equal(event.data["revision"], daemon.must("GET", "/nics")["revision"], "place")
    with report.case("reset: what is too long ago"):
        since = daemon.must("GET", "/nics")["revision"]
        for i in range(KEPT + 1):
            daemon.must("PATCH", "/nics/b", {"link": ("down", "up")[i % 2]})
        with Events(daemon, "since=%d" % since) as events:
            expect_equal(events.read().type, "reset", "too old")
        with Events(daemon, "since=%d" % (since + 1)) as events:
            expect_equal(events.read().data["revision"], since + 2, "just kept")
    with report.case("bad parameters"):
        for query in ("since=x", "since=-1", "types=", "types=nic", "types=*", "stats=2", "bogus=1"):
            expect_problem(daemon.get("/events?" + query), "bad-parameter", query)


def many(report, daemon):
    with report.case("as many streams as there may be, and one more"):
        streams = [Events(daemon).__enter__() for _ in range(MOST)]
        expect(all(s.answer.status == 200 for s in streams), "not all are streams")
        response = daemon.get("/events")
        expect_problem(response, "too-many-streams", "one more")
        expect(int(response.headers["Retry-After"]) > 0, "Retry-After")
        begin = time.monotonic()
        daemon.must("DELETE", "/nics/b")
        for stream in streams:
            stream.until("nic.deleted")
        expect(time.monotonic() - begin < 5, "it took %g s" % (time.monotonic() - begin))
    with report.case("a client that goes is noticed at once"):
        for stream in streams:
            stream.__exit__()
        wait_for(lambda: daemon.get("/events").status == 200, 5, "room for one more", 0.01)
    with report.case("HEAD has no body and ends"):
        expect_equal(daemon.request("HEAD", "/events").status, 200, "HEAD")


def slow(report, daemon):
    with report.case("a client that does not read harms nobody"):
        daemon.must("POST", "/nics", {"id": "b"})
        with connect(daemon) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.sendall(b"GET /events HTTP/1.1\r\nHost: %s\r\n\r\n" % host_of(daemon).encode())
            with Events(daemon) as events:
                for i in range(2 * KEPT):
                    daemon.must("PATCH", "/nics/b", {"link": ("down", "up")[i % 2]})
                    expect_equal(events.read().type, "nic.updated", "the other's event")


def counters(report, daemon):
    with report.case("counters once a second"), Events(daemon, "stats=true") as events:
        first, second = events.read(), events.read()
        expect_equal([first.type, second.type], ["stats", "stats"], "types")
        expect_equal(first.id, None, "id")
        expect("b" in first.data["stats"]["nics"], first)
        passed = second.data["time_ms"] - first.data["time_ms"]
        expect(500 < passed < 10000, "%d ms" % passed)


def main(report):
    with Daemon() as daemon:
        changes(report, daemon)
        replay(report, daemon)
        many(report, daemon)
        slow(report, daemon)
        counters(report, daemon)
        with Events(daemon):
            ends_well(report, daemon)


run(main)
