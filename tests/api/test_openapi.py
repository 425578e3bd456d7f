#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""openapi.yaml and the daemon say the same."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import Daemon, ends_well, expect, expect_equal, expect_problem         # noqa: E402
from support import netns                                               # noqa: E402
from support.daemon import program                                      # noqa: E402
from support.process import ROOT                                        # noqa: E402
from support.report import Skip, run                                    # noqa: E402

METHODS = ("get", "post", "put", "patch", "delete")


def description(report, daemon):
    with report.case("/openapi.yaml is the file"):
        response = daemon.get("/openapi.yaml")
        expect_equal(response.headers["Content-Type"], "application/yaml", "Content-Type")
        expect(response.body == (ROOT / "openapi.yaml").read_bytes(), "they differ")
    with report.case("/openapi.json is the same"):
        spec = daemon.must("GET", "/openapi.json")
        expect_equal(spec["openapi"], "3.0.3", "version")
        text = (ROOT / "openapi.yaml").read_text()
        expect_equal(set(re.findall(r"(?m)^  (/\S*):$", text)), set(spec["paths"]), "paths")
        expect_equal(set(re.findall(r"operationId: (\w+)", text)),
                     {op["operationId"] for item in spec["paths"].values()
                      for method, op in item.items() if method in METHODS}, "operations")
    return daemon.must("GET", "/openapi.json")


def concrete(path):
    """A path without parameters, that exists."""
    return (path.replace("/netdevs/{id}", "/netdevs/n0").replace("/nics/{id}", "/nics/c0")
            .replace("/forwards/{id}", "/forwards/f0")
            .replace("{name}", "validation").replace("{file}", "app.js"))


def objects(daemon):
    """One object in each collection, if it is not there already."""
    daemon.post("/netdevs", {"type": "user", "id": "n0"})
    daemon.post("/nics", {"id": "c0"})
    daemon.post("/forwards", {"id": "f0", "netdev": "n0", "guest_port": 1})


def operations(report, daemon, spec):
    """Each method of each path does something; each method that is not there is a 405."""
    for path, item in spec["paths"].items():
        for method in METHODS:
            with report.case("%s %s" % (method.upper(), path)):
                objects(daemon)
                body = "{}" if method in ("post", "put", "patch") else None
                response = daemon.request(method.upper(), concrete(path), body)
                if method not in item:
                    expect_problem(response, "method-not-allowed", path)
                    continue
                documented = set(item[method]["responses"])
                expect(response.status not in (404, 405, 501), response)
                expect(str(response.status) in documented, "%d is not documented" % response.status)


def problem_types(report, daemon):
    with report.case("a problem's type can be looked up"):
        kinds = {daemon.get("/nope").body["type"], daemon.post("/netdevs", {}).body["type"]}
        for kind in sorted(kinds):
            response = daemon.get(kind)
            expect_equal(response.status, 200, kind)
            expect(len(response.body) > 40, response.body)
        expect_problem(daemon.get("/problems/nope"), "not-found", "an unknown one")


def examples(report, daemon, spec):
    """The examples of request bodies work as they stand."""
    with report.case("examples of bodies"):
        objects(daemon)
        for path, item in spec["paths"].items():
            if path == "/session":
                continue        # the example's token is not this daemon's
            for method, operation in item.items():
                content = operation.get("requestBody", {}).get("content", {}) \
                    if isinstance(operation, dict) else {}
                for media in content.values():
                    values = [e["value"] for e in media.get("examples", {}).values()]
                    for value in values + [media[k] for k in ("example",) if k in media]:
                        if value.get("netdev") == "user0":
                            value = {**value, "netdev": "n0"}
                        response = daemon.request(method.upper(), concrete(path), value)
                        expect(response.status < 300, "%s %s: %s" % (path, value, response.body))
                        if response.status == 201:
                            daemon.must("DELETE", response.headers["Location"])


BROKEN = [      # what to replace in openapi.yaml, by what, what spec2c must complain about
    ("maxItems: 64", "maxitems: 64", "maxitems"),
    ("type: boolean", "type: number", "number"),
    ("minimum: 0", "multipleOf: 0", "multipleOf"),
    ("enum: [up, down]", "enum: [on, off]", "quote it"),
    ('"200":', "200:", "quote it"),
    ("#/components/schemas/Stats", "#/components/schemas/Statz", "Statz"),
    ("[1-9][0-9]{0,9}[KMGT]?", "[1-9]\\d{0,9}[KMGT]?", "POSIX"),
    ("^([0-9A-Fa-f]{2}:){5}", "^(?:[0-9A-Fa-f]{2}:){5}", "POSIX"),
    ("^([0-9A-Fa-f]{2}:){5}", "^([0-9A-Fa-f]{2}:{5}", "attern"),
    ("        mapping:\n          user: '#/components/schemas/NetdevUser'\n", "", "mapping"),
    ("operationId: listNics", "operationid: listNics", "operationId"),
    ("openapi: 3.0.3", "openapi: 3.0.3\nopenapi: 3.0.4", "twice"),
    ("info:", "info:\n  - x\n", "openapi"),
]


def spec2c(report):
    program = ROOT / "build/gen/spec2c"
    if not program.exists():
        raise Skip("build/gen/spec2c is not built")
    text = (ROOT / "openapi.yaml").read_text()
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "openapi.yaml"
        for old, new, complaint in BROKEN:
            with report.case("spec2c refuses %.40r" % new):
                expect(old in text, "%r is not in openapi.yaml any more" % old)
                file.write_text(text.replace(old, new))
                done = subprocess.run([program, file, folder], capture_output=True, text=True,
                                      timeout=20, check=False)
                expect_equal(done.returncode, 1, "exit status")
                expect(complaint in done.stderr, done.stderr)
                expect(re.search(r"openapi\.yaml:\d+: ", done.stderr), done.stderr)
        with report.case("spec2c takes the file as it is"):
            file.write_text(text)
            subprocess.run([program, file, folder], timeout=20, check=True)
            made = sorted(path.name for path in pathlib.Path(folder).iterdir())
            expect_equal(made, ["openapi.yaml", "openapi_gen.c", "openapi_gen.h",
                                "openapi_routes.h"], "files")


def registers(report):
    """docs/registers-*.md are what `make docs` would write."""
    for path in sorted((ROOT / "docs").glob("registers-*.md")):
        with report.case(path.name):
            model = path.stem.removeprefix("registers-")
            done = subprocess.run([program(), "--dump-registers", model], capture_output=True,
                                  timeout=20, check=True)
            expect(done.stdout == path.read_bytes(), "it is out of date: run `make docs`")


def main(report):
    netns.enter()       # examples name ports, which somebody else may have
    with Daemon() as daemon:
        spec = description(report, daemon)
        operations(report, daemon, spec)
        problem_types(report, daemon)
        examples(report, daemon, spec)
        with report.case("capabilities"):
            got = daemon.must("GET", "/capabilities")
            schemas = spec["components"]["schemas"]
            types = {item["type"] for item in got["netdevs"]
                     if item.get("reason") != "this version does not have it"}
            expect_equal(types, set(schemas["NetdevCreate"]["discriminator"]["mapping"]), "types")
            expect_equal({item["model"] for item in got["nics"]},
                         set(schemas["Nic"]["properties"]["model"]["enum"]), "models")
        registers(report)
        ends_well(report, daemon)
    spec2c(report)


run(main)
