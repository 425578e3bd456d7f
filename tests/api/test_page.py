#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The page as files: types, headers, caching, and that it asks nobody else."""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import Daemon, ends_well, expect, expect_equal, expect_problem         # noqa: E402
from support.process import ROOT                                        # noqa: E402
from support.report import run                                          # noqa: E402

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
MEDIA = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
         ".css": "text/css; charset=utf-8", ".json": "application/json", ".svg": "image/svg+xml"}
BUDGET = 150_000        # bytes of the whole page


def entrances(report, daemon):
    html = (ROOT / "web/index.html").read_bytes()
    with report.case("/ is the page for browsers and the index for programs"):
        page = daemon.request("GET", "/", headers=BROWSER)
        expect_equal((page.status, page.headers["Content-Type"]), (200, MEDIA[".html"]), "page")
        expect(page.body == html, "it is not index.html")
        expect_equal(page.headers["Vary"], "Accept", "Vary")
        expect_equal(daemon.must("GET", "/")["name"], "patchbay", "the index")
    with report.case("/ui and /ui/ are the page"):
        expect(daemon.get("/ui").body == html, "/ui is not index.html")
        expect(daemon.get("/ui/").body == html, "/ui/ is not index.html")
    with report.case("its policy allows nothing inline and nobody else"):
        policy = page.headers.get_all("Content-Security-Policy")
        expect_equal(len(policy), 1, "policies")
        expect("default-src 'none'" in policy[0] and "unsafe" not in policy[0], policy[0])
        expect("script-src 'self';" in policy[0] and "frame-ancestors 'none'" in policy[0], policy)
        text = html.decode()
        expect(not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|\sstyle=", text), "inline code")


def files(report, daemon):
    paths = [p for p in sorted((ROOT / "web").iterdir()) if p.suffix in MEDIA]
    with report.case("every file, its type, its headers"):
        for path in paths:
            answer = daemon.get("/ui/" + path.name)
            expect_equal((answer.status, answer.headers["Content-Type"]), (200, MEDIA[path.suffix]),
                         path.name)
            expect_equal(answer.headers["X-Content-Type-Options"], "nosniff", path.name)
            expect_equal(answer.headers.get_all("Cache-Control"), ["no-cache"], path.name)
            if path.suffix != ".json":
                expect(answer.body == path.read_bytes(), path.name + " is another one")
    with report.case("it names no other host"):
        for path in paths:
            text = path.read_text().replace("http://www.w3.org/2000/svg", "")
            expect(not re.search(r"https?://(?!127\.0\.0\.1)\w", text), path.name)
    with report.case("it is small"):
        size = sum(path.stat().st_size for path in paths)
        expect(size <= BUDGET, "%d bytes" % size)
    with report.case("unchanged files are not sent again"):
        for target in ("/ui/app.js", "/modes", "/ui/"):
            tag = daemon.get(target).headers["ETag"]
            again = daemon.request("GET", target, headers={"If-None-Match": tag})
            expect_equal((again.status, again.body), (304, None), target)
            other = daemon.request("GET", target, headers={"If-None-Match": '"x"'})
            expect_equal(other.status, 200, target)
    with report.case("HEAD, a file that is not there, a way out"):
        head = daemon.request("HEAD", "/ui/app.js")
        expect_equal((head.status, head.body), (200, None), "HEAD")
        expect_problem(daemon.get("/ui/nope.js"), "not-found", "a file that is not there")
        expect_problem(daemon.get("/ui/..%2fopenapi.yaml"), "bad-parameter", "an escaped slash")
        expect_problem(daemon.get("/ui/../openapi.yaml"), "not-found", "two dots")
        expect_problem(daemon.post("/ui/app.js", {}), "method-not-allowed", "POST")


def modes(report, daemon):
    with report.case("each mode says of each relation whether it works"):
        got = daemon.must("GET", "/modes")
        pairs = [(r["from"], r["to"]) for r in got["relations"]]
        expect_equal(len(pairs), 5, "relations")
        for mode in got["modes"]:
            expect_equal([(r["from"], r["to"]) for r in mode["reach"]], pairs, mode["mode"])
        expect({wish["mode"] for wish in got["wishes"]} == {m["mode"] for m in got["modes"]},
               "a mode that nobody wishes for")


def main(report):
    with Daemon() as daemon:
        entrances(report, daemon)
        files(report, daemon)
        modes(report, daemon)
        ends_well(report, daemon)


run(main)
