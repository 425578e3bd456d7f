# SPDX-License-Identifier: BSD-2-Clause
"""What the API's tests share: problems, raw requests, and "nothing has changed"."""
import json
import os
import re
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from support.daemon import Api, Daemon                                       # noqa: E402
from support.report import expect, expect_equal                         # noqa: E402

os.environ["PATCHBAY_CHECK_RESPONSES"] = "1"    # an answer not as in openapi.yaml is a 500

REFUSED = {     # kind of problem: its status
    "malformed-json": 400, "bad-parameter": 400, "unauthorized": 401,
    "forbidden-host": 403, "forbidden-origin": 403,
    "not-found": 404, "method-not-allowed": 405, "exists": 409, "in-use": 409, "immutable": 409,
    "host-state": 409, "not-saved": 507, "too-large": 413, "media-type": 415, "validation": 422,
    "too-many-streams": 429, "not-implemented": 501,
}


def expect_problem(response, kind, what):
    """The response is that kind of problem, as RFC 9457 and openapi.yaml want it."""
    body = response.body
    expect(response.status == REFUSED[kind], "%s: %d %s" % (what, response.status, body))
    expect_equal(response.headers["Content-Type"], "application/problem+json", what + ": type")
    expect_equal(body["type"], "/problems/" + kind, what + ": problem")
    expect_equal(body["status"], response.status, what + ": status in the body")
    expect(body["title"] and body["detail"], "%s: no words in %s" % (what, body))
    return body


def pointers(body):
    return [error["pointer"] for error in body.get("errors", [])]


def expect_error(response, kind, pointer, what, code=None, words=None):
    """A problem with an error at the pointer (or one of several pointers)."""
    body = expect_problem(response, kind, what)
    allowed = [pointer] if isinstance(pointer, str) else pointer
    found = [e for e in body.get("errors", []) if e["pointer"] in allowed]
    expect(found, "%s: no error at %s in %s" % (what, pointer, json.dumps(body)))
    if code:
        expect_equal(found[0]["code"], code, what + ": code")
    if words:
        expect(re.search(words, found[0]["detail"], re.I),
               "%s: %r does not say %r" % (what, found[0]["detail"], words))
    return found[0]


def collections(daemon):
    """All there is, to compare with later."""
    return [daemon.must("GET", path) for path in ("/netdevs", "/nics", "/forwards")]


def ends_well(report, daemon):
    """The daemon has survived, ends when told to, and no sanitizer complains."""
    with report.case("the daemon ends well"):
        expect_equal(daemon.get("/healthz").status, 200, "health")
        status = daemon.end()
        expect(status == 0, "exit status %s\n%s" % (status, daemon.log_tail()))


class Unchanged:
    """A block of requests that are refused, after which everything must be as before."""

    def __init__(self, daemon):
        self.daemon = daemon

    def __enter__(self):
        self.before = collections(self.daemon)

    def __exit__(self, kind, *_):
        if kind is None:
            expect_equal(collections(self.daemon), self.before, "what there is")


def connect(daemon):
    return socket.create_connection((daemon.host, daemon.port), 20)


def read_answer(sock):
    """Reads up to the end of one answer, or of the connection: (status, head, body)."""
    data = b""
    try:
        while b"\r\n\r\n" not in data:
            piece = sock.recv(65536)
            if not piece:
                break
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        while length and len(body) < int(length.group(1)):
            piece = sock.recv(65536)
            if not piece:
                break
            body += piece
    except ConnectionResetError:
        head, body = data, b""
    status = re.match(rb"HTTP/1\.1 (\d+)", head)
    return int(status.group(1)) if status else 0, head.decode("latin-1"), body


def raw(daemon, request):
    """One request of exactly these bytes on a connection of its own."""
    with connect(daemon) as sock:
        sock.sendall(request if isinstance(request, bytes) else request.encode())
        return read_answer(sock)


def host_of(daemon):
    return "%s:%d" % (daemon.host, daemon.port)


__all__ = ["Api", "Daemon", "Unchanged", "collections", "connect", "ends_well", "expect", "expect_equal",
           "expect_error", "expect_problem", "host_of", "pointers", "raw", "read_answer"]
