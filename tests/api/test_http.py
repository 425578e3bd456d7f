#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""HTTP itself: methods, targets, who may ask, bodies, slow and many clients."""
import http.client
import os
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import (Daemon, Unchanged, connect, ends_well, expect, expect_equal,   # noqa: E402
                    expect_problem, host_of, raw, read_answer)
from support.report import run                                          # noqa: E402

USER = b'{"type":"user"}'


def methods(report, daemon):
    wrong = (("DELETE", "/", "GET, HEAD, OPTIONS"), ("PUT", "/nics", "GET, HEAD, POST, OPTIONS"),
             ("PATCH", "/healthz", "GET, HEAD, OPTIONS"),
             ("POST", "/nics/x", "GET, HEAD, PATCH, DELETE, OPTIONS"),
             ("TRACE", "/nics", "GET, HEAD, POST, OPTIONS"))
    for method, path, allow in wrong:
        with report.case("%s %s" % (method, path)):
            response = daemon.request(method, path)
            expect_problem(response, "method-not-allowed", method)
            expect_equal(response.headers["Allow"], allow, "Allow")
    with report.case("FOO /nics"):
        expect_problem(daemon.request("FOO", "/nics"), "not-implemented", "FOO")
    with report.case("OPTIONS"):
        response = daemon.request("OPTIONS", "/nics",
                                  headers={"Access-Control-Request-Method": "POST"})
        expect_equal((response.status, response.body), (204, None), "the answer")
        expect_equal(response.headers["Allow"], "GET, HEAD, POST, OPTIONS", "Allow")
        expect_problem(daemon.request("OPTIONS", "/nope"), "not-found", "elsewhere")
    with report.case("HEAD mirrors GET"):
        for path in ("/", "/netdevs", "/openapi.yaml", "/nope"):
            get = daemon.get(path)
            connection = http.client.HTTPConnection(daemon.host, daemon.port, timeout=20)
            connection.request("HEAD", path)
            head = connection.getresponse()
            expect_equal(head.status, get.status, path)
            for name in ("Content-Length", "Content-Type"):
                expect_equal(head.headers[name], get.headers[name], "%s of %s" % (name, path))
            expect_equal(head.read(), b"", "body of HEAD " + path)
            connection.close()


def index(report, daemon):
    with report.case("the index leads everywhere"):
        body = daemon.must("GET", "/")
        expect_equal(body["name"], "patchbay", "name")
        expect({"netdevs", "nics", "capabilities", "healthz"} <= set(body["links"]), body)
        for path in body["links"].values():
            expect_equal(daemon.get(path).status, 200, path)
    with report.case("health"):
        expect_equal(daemon.must("GET", "/healthz")["status"], "ok", "status")
    with report.case("JSON ends with a newline"):
        for path in ("/", "/netdevs", "/nope"):
            get = "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n" % (path, host_of(daemon))
            _, _, body = raw(daemon, get)
            expect(body.endswith(b"}\n"), body)


def headers(report, daemon):
    with report.case("headers that keep browsers honest"):
        for path in ("/", "/openapi.yaml", "/nope", "/problems/validation"):
            got = daemon.get(path).headers
            expect_equal(got["X-Content-Type-Options"], "nosniff", path)
            expect_equal(got["Referrer-Policy"], "no-referrer", path)
            expect_equal(got["Cross-Origin-Resource-Policy"], "same-origin", path)
            expect_equal(got["Cache-Control"], "no-store", path)
            expect("default-src 'none'" in got["Content-Security-Policy"], path)
            expect(not [name for name in got if name.lower().startswith("access-control")], path)


def targets(report, daemon):
    where = "\r\nHost: %s\r\n\r\n" % host_of(daemon)
    bad = (("/ui/..%2f..%2fetc/passwd", (400, 404)), ("/ui/%00", (400,)), ("/%2e%2e/", (404,)),
           ("/nics/nic0%2Fx", (400, 404)), ("/nics/%5c", (400,)), ("/nics/%0d%0a", (400,)),
           ("/nics/%zz", (400,)), ("http://%s/nics" % host_of(daemon), (400,)), ("nics", (400,)),
           ("*", (400, 404)), ("/nics/", (404,)), ("//nics", (404,)), ("/NICS", (404,)),
           ("/nics/../netdevs", (404,)), ("/nics#x", (400,)), ("/nics\\x", (400,)),
           ("/nics?stats=%00", (400,)), ("/" + "a" * 5000, (404, 414)), ("/nics\x01", (400,)),
           ("/nics\0x", (400,)))
    for target, statuses in bad:
        with report.case("target %.40r" % target):
            status, _, _ = raw(daemon, "GET %s HTTP/1.1%s" % (target, where))
            expect(status in statuses, "%d is none of %s" % (status, statuses))
    for query in ("foo=1", "stats", "stats=1", "stats=yes", "stats=true&stats=true", "=",
                  "force=true"):
        with report.case("query ?%s" % query):
            body = expect_problem(daemon.get("/nics?" + query), "bad-parameter", query)
            expect("parameter" in body, body)
    with report.case("an id with HTML in it"):
        response = daemon.get("/nics/%3Cimg%20src=x%20onerror=alert(1)%3E")
        expect_problem(response, "not-found", "the answer")


def hosts(report, daemon):
    port = daemon.port
    cases = [("localhost:%d" % port, 200), ("127.0.0.1:%d" % port, 200), ("[::1]:%d" % port, 200),
             ("LOCALHOST:%d" % port, 200), ("named.example:%d" % port, 200), ("evil.com", 403),
             ("evil.com:%d" % port, 403), ("localhost", 403), ("localhost:%d" % (port ^ 1), 403),
             ("named.example", 403), ("127.0.0.1.evil.com:%d" % port, 403), ("", 403)]
    for host, wanted in cases:
        with report.case("Host %r" % host):
            status, _, _ = raw(daemon, "GET /nics HTTP/1.1\r\nHost: %s\r\n\r\n" % host)
            expect_equal(status, wanted, "status")
    with report.case("two Hosts, no Host"):
        one = "Host: %s\r\n" % host_of(daemon)
        expect(raw(daemon, "GET /nics HTTP/1.1\r\n%s%s\r\n" % (one, one))[0] in (400, 403), "two")
        expect(raw(daemon, "GET /nics HTTP/1.1\r\n%sHost: evil.com\r\n\r\n" % one)[0] in (400, 403),
               "two different ones")
        expect(raw(daemon, "GET /nics HTTP/1.1\r\n\r\n")[0] in (400, 403), "none")
    with report.case("a strange Host may not even see the API's description"):
        response = daemon.request("GET", "/openapi.yaml", headers={"Host": "evil.com"})
        expect_problem(response, "forbidden-host", "GET")


def origins(report, daemon):
    own = "http://" + host_of(daemon)
    for name, value in (("Origin", "http://evil.com"), ("Origin", "null"), ("Origin", own + "1"),
                        ("Origin", "https://" + host_of(daemon)), ("Origin", "http://localhost"),
                        ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site")):
        with report.case("%s: %s" % (name, value)), Unchanged(daemon):
            response = daemon.request("GET", "/nics", headers={name: value})
            expect_problem(response, "forbidden-origin", "GET")
            for media in ("application/json", "application/x-www-form-urlencoded", "text/plain"):
                response = daemon.request("POST", "/netdevs", USER,
                                          {name: value, "Content-Type": media})
                expect_problem(response, "forbidden-origin", "POST of " + media)
    with report.case("a page of our own"):
        ours = {"Origin": own, "Sec-Fetch-Site": "same-origin"}
        expect_equal(daemon.request("GET", "/nics", headers=ours).status, 200, "GET")
        made = daemon.request("POST", "/netdevs", USER,
                              {**ours, "Content-Type": "application/json"})
        expect_equal(made.status, 201, "POST")
        daemon.must("DELETE", "/netdevs/" + made.body["id"])
        form = {**ours, "Content-Type": "application/x-www-form-urlencoded"}
        with Unchanged(daemon):
            expect_problem(daemon.request("POST", "/netdevs", USER, form), "media-type", "a form")


def media_types(report, daemon):
    with report.case("Content-Type of programs"):
        for media in (None, "application/x-www-form-urlencoded", "application/json",
                      "application/json; charset=utf-8", "application/merge-patch+json"):
            head = "Content-Type: %s\r\n" % media if media else ""
            post = "POST /netdevs HTTP/1.1\r\nHost: %s\r\n%sContent-Length: 15\r\n\r\n"
            status, _, body = raw(daemon, (post % (host_of(daemon), head)).encode() + USER)
            expect_equal(status, 201, "%s: %r" % (media, body))
    with report.case("Content-Type of something else"), Unchanged(daemon):
        for media in ("text/plain", "multipart/form-data", "application/xml"):
            response = daemon.request("POST", "/netdevs", USER, {"Content-Type": media})
            expect_problem(response, "media-type", media)


def bodies(report, daemon):
    head = "POST /netdevs HTTP/1.1\r\nHost: %s\r\n" % host_of(daemon)
    pad = USER[:-1] + b" " * (65536 - len(USER)) + b"}"
    with report.case("65536 bytes are not too many"):
        expect_equal(daemon.request("POST", "/netdevs", pad).status, 201, "status")
    with report.case("65537 bytes are, at once"), Unchanged(daemon):
        begin = time.monotonic()
        expect_problem(daemon.request("POST", "/netdevs", pad + b" "), "too-large", "sent")
        status, _, _ = raw(daemon, head + "Content-Length: 65537\r\n\r\n")
        expect_equal(status, 413, "announced")
        chunk = b"10001\r\n" + pad + b" \r\n0\r\n\r\n"
        status, _, _ = raw(daemon, head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + chunk)
        expect_equal(status, 413, "chunked")
        expect(time.monotonic() - begin < 2, "that took too long")
    with report.case("a body whose end is ambiguous"), Unchanged(daemon):
        for framing in ("Content-Length: 15\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                        "Content-Length: 15\r\nContent-Length: 16\r\n\r\n" + USER.decode() + " ",
                        "Content-Length: 15\r\nContent-Length: 15\r\n\r\n" + USER.decode(),
                        "Content-Length: -1\r\n\r\n", "Content-Length: 0x10\r\n\r\n",
                        "Transfer-Encoding: gzip\r\n\r\n"):
            expect_equal(raw(daemon, head + framing)[0], 400, repr(framing))
    with report.case("headers of 40 kB"):
        status, _, _ = raw(daemon, "GET / HTTP/1.1\r\nHost: %s\r\nX: %s\r\n\r\n"
                           % (host_of(daemon), "x" * 40000))
        expect(status in (0, 413, 431), status)
    with report.case("no HTTP at all"):
        for junk in (b"\r\n\r\n\r\n", b"\0" * 100, b"\x16\x03\x01\x02\x00\x01\x00",
                     b"HELO x\r\n\r\n"):
            with connect(daemon) as sock:
                sock.sendall(junk)
                sock.shutdown(socket.SHUT_WR)
                expect(read_answer(sock)[0] in (0, 400), repr(junk))


def keep_alive(report, daemon):
    get = "GET /healthz HTTP/1.1\r\nHost: %s\r\n\r\n" % host_of(daemon)
    post = "POST /netdevs HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n%s"
    with report.case("many requests on one connection"), connect(daemon) as sock:
        for _ in range(200):
            sock.sendall(get.encode())
            expect_equal(read_answer(sock)[0], 200, "GET")
        for body, wanted in (("{}", 422), ("{", 400), ('{"type":"user","id":"keep"}', 201)):
            sock.sendall((post % (host_of(daemon), len(body), body)).encode())
            expect_equal(read_answer(sock)[0], wanted, body)
    daemon.must("DELETE", "/netdevs/keep")
    with report.case("a body in pieces"), connect(daemon) as sock:
        text = (post % (host_of(daemon), 2, "{}")).encode()
        for i in range(len(text)):
            sock.sendall(text[i:i + 1])
        expect_equal(read_answer(sock)[0], 422, "status")


def unix_socket(report, daemon):
    with report.case("the UNIX socket"):
        path = str(daemon.folder / "run/api.sock")
        expect_equal(os.stat(path).st_mode & 0o077, 0, "rights of others")
        for host, wanted in (("localhost", 200), ("x", 200)):
            with socket.socket(socket.AF_UNIX) as sock:
                sock.connect(path)
                sock.sendall(b"GET /nics HTTP/1.1\r\nHost: %s\r\n\r\n" % host.encode())
                expect_equal(read_answer(sock)[0], wanted, host)


def is_closed(sock):
    """Has the daemon hung up?"""
    sock.setblocking(False)
    try:
        return sock.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def trickle(sock, byte):
    try:
        sock.send(byte)
    except OSError:
        pass


def slow_clients(report, daemon):
    """Idle and slow clients hinder nobody and are cut; 10 s each, so all at once."""
    head = "POST /netdevs HTTP/1.1\r\nHost: %s\r\nContent-Length: 1000\r\n\r\n" % host_of(daemon)
    idle = [connect(daemon) for _ in range(200)]
    slow = [connect(daemon) for _ in range(3)]
    begin = time.monotonic()
    slow[1].sendall(b"GET /")
    slow[2].sendall(head.encode())
    with report.case("200 idle clients hinder nobody"):
        expect_equal(daemon.get("/nics").status, 200, "status")
        expect(time.monotonic() - begin < 1, "that took too long")
    with report.case("a client that sends a byte a second is cut"):
        while not all(is_closed(sock) for sock in slow):
            expect(time.monotonic() - begin < 15, "still there after 15 s")
            for sock in slow:
                trickle(sock, b"a")
            time.sleep(1)
        expect(time.monotonic() - begin > 5, "cut already after 5 s")
    with report.case("idle clients are cut"):
        expect(all(is_closed(sock) for sock in idle), "some are still there")
    with report.case("400 clients at once: the late ones wait for their turn"):
        crowd = [connect(daemon) for _ in range(400)]
        begin = time.monotonic()
        expect_equal(daemon.get("/nics").status, 200, "status")
        expect(time.monotonic() - begin < 15, "that took too long")
    for sock in idle + slow + crowd:
        sock.close()


def main(report):
    with Daemon("--allow-host", "named.example") as daemon:
        for part in (methods, index, headers, targets, hosts, origins, media_types, bodies,
                     keep_alive, unix_socket, slow_clients):
            part(report, daemon)
        ends_well(report, daemon)


run(main)
