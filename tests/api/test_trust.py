#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Who may: local users, those who know the token, browsers with a session; nobody else."""
import contextlib
import http.client
import json
import os
import pathlib
import socket
import ssl
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import (Api, Daemon, Unchanged, expect, expect_equal, expect_problem,   # noqa: E402
                    host_of, read_answer)
from support import process                                             # noqa: E402
from support.report import Skip, run                                    # noqa: E402

PLAIN, OTHER = 54321, 54322     # uids that need no account
ROOT = os.getuid() == 0
USER = '{"type":"user"}'
TOKEN = "correct horse battery staple".replace(" ", "-")

# Runs as somebody else: a request with urllib, its status on standard output.
REQUEST = """
import ctypes, sys, urllib.request, urllib.error
if sys.argv[3] == "hidden":
    ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)      # PR_SET_DUMPABLE: as workers are
body = sys.argv[4].encode() or None
request = urllib.request.Request(sys.argv[2], body, method=sys.argv[1])
try:
    print(urllib.request.urlopen(request, timeout=20).status)
except urllib.error.HTTPError as error:
    print(error.code)
"""

# Runs as somebody else: POSTs after which the socket is closed at once.
HIT_AND_RUN = """
import socket, sys
host, port = sys.argv[1], int(sys.argv[2])
body = b'{"type":"user"}'
head = b"POST /netdevs HTTP/1.1\\r\\nHost: %s:%d\\r\\nContent-Length: %d\\r\\n\\r\\n"
for i in range(400):
    with socket.create_connection((host, port), 20) as s:
        s.sendall(head % (host.encode(), port, len(body)) + body)
        if i % 4 == 1:
            s.shutdown(socket.SHUT_WR)
        if i % 4 == 2:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\\1\\0\\0\\0\\0\\0\\0\\0")
"""


def as_user(uid, script, *args):
    """What a Python script prints that runs as that user."""
    if not ROOT:
        raise Skip("only root can be somebody else")
    result = subprocess.run(["/usr/bin/python3", "-c", script, *map(str, args)], user=uid, group=uid,
                            extra_groups=[], capture_output=True, text=True, timeout=60, cwd="/")
    expect_equal(result.returncode, 0, "exit status: " + result.stderr)
    return result.stdout.strip()


def status_as(uid, daemon, method, path, body="", hidden=False):
    url = "http://%s%s" % (daemon.address(daemon.host), path)
    return int(as_user(uid, REQUEST, method, url, "hidden" if hidden else "-", body))


@contextlib.contextmanager
def token_file(text=TOKEN, name="token"):
    folder = pathlib.Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())
    path = folder / name
    path.touch(0o600)
    path.write_text(text)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
        folder.rmdir()


def plain(*args, **more):
    """A daemon that a plain user has started; its workers are that user as well."""
    if not ROOT:
        return Daemon(*args, **more)
    wrapper = ("setpriv", "--reuid", str(PLAIN), "--regid", str(PLAIN), "--clear-groups")
    daemon = Daemon(*args, wrapper=wrapper, **more)
    os.chown(daemon.folder, PLAIN, PLAIN)
    return daemon


def case_other_users():
    with Daemon() as daemon, Unchanged(daemon):
        for method, path, body in (("POST", "/netdevs", USER), ("GET", "/nics", ""),
                                   ("DELETE", "/nics/x", ""), ("GET", "/events", ""),
                                   ("GET", "/capabilities", "")):
            expect_equal(status_as(OTHER, daemon, method, path, body), 401, method + " " + path)
        for path in ("/healthz", "/", "/openapi.yaml", "/problems/unauthorized", "/ui/", "/modes"):
            expect_equal(status_as(OTHER, daemon, "GET", path), 200, "GET " + path)
    with plain() as daemon:
        expect_equal(status_as(OTHER, daemon, "POST", "/netdevs", USER), 401, "another user")
        expect_equal(status_as(PLAIN, daemon, "POST", "/netdevs", USER), 201, "the same user")
        expect_equal(daemon.post("/netdevs", {"type": "user"}).status, 201, "root")


def case_hit_and_run():
    """A socket that is closed when the daemon looks at it belongs to root, as the kernel says."""
    for start in (Daemon, plain):
        with start() as daemon, Unchanged(daemon):
            as_user(OTHER, HIT_AND_RUN, daemon.host, daemon.port)
            daemon.must("GET", "/healthz")


def case_same_user_but_hidden():
    """What nobody can look into could be a worker that a guest has taken over."""
    with plain() as daemon:
        expect_equal(status_as(PLAIN, daemon, "POST", "/netdevs", USER), 201, "a program")
        with Unchanged(daemon):
            expect_equal(status_as(PLAIN, daemon, "POST", "/netdevs", USER, hidden=True), 401,
                         "a hidden one")
            expect_equal(status_as(PLAIN, daemon, "GET", "/nics", hidden=True), 401, "GET")


def case_unix_socket():
    with plain() as daemon:
        path = daemon.folder / "run/api.sock"
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            client.sendall(b"GET /nics HTTP/1.1\r\nHost: any\r\n\r\n")
            expect_equal(read_answer(client)[0], 200, "root")
        if not ROOT:
            return
        path.chmod(0o666)       # even then
        (daemon.folder / "run").chmod(0o755)
        script = ("import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
                  "s.sendall(b'GET /nics HTTP/1.1\\r\\nHost: any\\r\\n\\r\\n');"
                  "print(s.recv(12).decode())")
        expect_equal(as_user(OTHER, script, path), "HTTP/1.1 401", "another user")
        expect_equal(as_user(PLAIN, script, path), "HTTP/1.1 200", "the same user")


def remote_address():
    """An address of this host that is not loopback's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        with contextlib.suppress(OSError):
            probe.connect(("192.0.2.1", 9))
            return probe.getsockname()[0]
    raise Skip("this host has no address but loopback's")


def case_token():
    address = remote_address()
    with token_file() as path, Daemon("--token-file", str(path), "--listen",
                                      "%s:0" % address) as daemon:
        expect("anybody on the way can read" in daemon.log.read_text(), "no warning about TLS")
        ports = listening_ports(daemon)
        ports.remove(daemon.port)
        remote = Api(address, ports.pop())
        with Unchanged(daemon):
            response = remote.post("/netdevs", {"type": "user"})
            expect_problem(response, "unauthorized", "no token")
            expect_equal(response.headers["WWW-Authenticate"], "Bearer", "WWW-Authenticate")
            for wrong in ("Bearer " + TOKEN[:-1], "Bearer " + TOKEN + "x", "Bearer", "Bearer  ",
                          "Basic " + TOKEN, TOKEN):
                response = remote.request("POST", "/netdevs", USER, {"Authorization": wrong})
                expect_problem(response, "unauthorized", wrong)
            expect_problem(remote.request("GET", "/healthz", headers={"Host": "evil.com"}),
                           "forbidden-host", "another Host")
        right = {"Authorization": "Bearer " + TOKEN}
        expect_equal(remote.request("POST", "/netdevs", USER, right).status, 201, "the token")
        expect_equal(remote.get("/healthz").status, 200, "health")
        expect(TOKEN not in daemon.log.read_text(), "the token is in the log")
        if ROOT:
            expect_equal(status_as(OTHER, daemon, "GET", "/nics"), 401, "another local user")


def listening_ports(daemon):
    """TCP ports that the daemon listens on."""
    found = set()
    inodes = {os.readlink(link) for pid in process.descendants(daemon.pid)
              for link in pathlib.Path("/proc/%d/fd" % pid).glob("*")
              if os.path.islink(link)}
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A" and "socket:[%s]" % fields[9] in inodes:
            found.add(int(fields[1].split(":")[1], 16))
    return found


def case_session():
    with token_file() as path, Daemon("--token-file", str(path)) as daemon:
        wrong = daemon.request("POST", "/session", {"token": "x" * 20})
        expect_problem(wrong, "unauthorized", "a wrong token")
        expect(not wrong.headers["Set-Cookie"], "it sets a cookie")
        expect_problem(daemon.request("POST", "/session", {"token": TOKEN},
                                      {"Origin": "http://evil.com"}), "forbidden-origin", "a page")
        response = daemon.request("POST", "/session", {"token": TOKEN})
        expect_equal(response.status, 204, "status")
        cookie, *flags = response.headers["Set-Cookie"].split("; ")
        expect({"HttpOnly", "SameSite=Strict", "Path=/"} <= set(flags), flags)
        if not ROOT:
            return
        script = REQUEST.replace("method=sys.argv[1]",
                                 "{'Cookie': sys.argv[5]}, method=sys.argv[1]")
        url = "http://%s/nics" % host_of(daemon)
        expect_equal(as_user(OTHER, script, "GET", url, "-", "", cookie), "200", "the cookie")
        expect_equal(as_user(OTHER, script, "GET", url, "-", "", cookie[:-1]), "401", "a part")
        gone = daemon.request("DELETE", "/session", headers={"Cookie": cookie})
        expect_equal(gone.status, 204, "DELETE")
        expect("Max-Age=0" in gone.headers["Set-Cookie"], gone.headers["Set-Cookie"])
        expect_equal(as_user(OTHER, script, "GET", url, "-", "", cookie), "401", "the old cookie")


def case_token_file_is_made():
    with Daemon() as daemon:
        daemon.end()
        path = daemon.folder / "new-token"
        daemon.argv += ["--token-file", str(path)]
        daemon.start()
        text = path.read_text()
        expect_equal((path.stat().st_mode & 0o777, len(text)), (0o600, 65), "mode, length")
        expect_equal(daemon.request("POST", "/session", {"token": text.strip()}).status, 204, "use")
        daemon.end()
        daemon.start()
        expect_equal(path.read_text(), text, "the token after a restart")


def refuses(words, *args):
    """patchbayd does not start, and says why."""
    daemon = Daemon(*map(str, args))
    try:
        result = subprocess.run(daemon.argv, capture_output=True, text=True, timeout=10)
        expect_equal(result.returncode, 1, "exit status")
        expect(words in result.stderr, "%r does not say %r" % (result.stderr, words))
    finally:
        daemon.stop()


def case_refused_at_start():
    for address in ("0.0.0.0:0", "[::]:0", "%s:0" % remote_address()):
        refuses("give a --token-file", "--listen", address)
    with token_file() as path:
        path.chmod(0o644)
        refuses("chmod 600", "--token-file", path)
    with token_file("short") as path:
        refuses("at least 16", "--token-file", path)
        refuses("need each other", "--tls-key", path)
    with token_file("this-is-no-PEM-at-all") as path:
        refuses("no PEM", "--tls-key", path, "--tls-cert", path, "--token-file", path,
                "--listen", "%s:0" % remote_address())


@contextlib.contextmanager
def certificate(address):
    with token_file("", "cert.pem") as cert, token_file("", "key.pem") as key:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                        "/CN=patchbay", "-addext", "subjectAltName=IP:" + address, "-keyout",
                        str(key), "-out", str(cert)], check=True, capture_output=True)
        key.chmod(0o600)
        yield cert, key


def case_tls():
    address = remote_address()
    with certificate(address) as (cert, key), token_file() as token, \
            Daemon("--token-file", str(token), "--tls-cert", str(cert), "--tls-key", str(key),
                   "--listen", "%s:0" % address) as daemon:
        ports = listening_ports(daemon)
        ports.remove(daemon.port)
        port = ports.pop()
        context = ssl.create_default_context(cafile=str(cert))
        right = {"Authorization": "Bearer " + TOKEN}

        def ask(method, path, body=None, headers=None):
            connection = http.client.HTTPSConnection(address, port, timeout=20, context=context)
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            return answer.status, answer.headers, content

        expect_equal(ask("GET", "/nics")[0], 401, "no token")
        expect_equal(ask("POST", "/netdevs", USER, right)[0], 201, "the token")
        large = json.dumps({"type": "user"})[:-1] + " " * 60000 + "}"
        expect_equal(ask("POST", "/netdevs", large, right)[0], 201, "a large body")
        _, _, page = ask("GET", "/openapi.yaml")
        expect(page == pathlib.Path(process.ROOT / "openapi.yaml").read_bytes(), "a large answer")
        origin = {"Origin": "https://%s:%d" % (address, port), **right,
                  "Content-Type": "application/json"}
        expect_equal(ask("POST", "/netdevs", USER, origin)[0], 201, "our page")
        origin["Origin"] = origin["Origin"].replace("https", "http")
        expect_equal(ask("POST", "/netdevs", USER, origin)[0], 403, "another page")
        status, headers, _ = ask("POST", "/session", json.dumps({"token": TOKEN}))
        expect_equal(status, 204, "POST /session")
        expect("; Secure" in headers["Set-Cookie"], headers["Set-Cookie"])
        with contextlib.suppress(OSError):      # plain HTTP is not understood there
            expect_equal(Api(address, port).get("/healthz").status, None, "plain HTTP")
        daemon.must("GET", "/healthz")          # and loopback stays as it is
        silent = [socket.create_connection((address, port), 20) for _ in range(20)]
        expect_equal(ask("GET", "/healthz")[0], 200, "with silent clients")
        begin = time.monotonic()
        silent[0].settimeout(20)
        with contextlib.suppress(OSError):
            while silent[0].recv(100):
                pass
        expect(time.monotonic() - begin < 15, "a silent client is not cut")
        for client in silent:
            client.close()


def main(report):
    for name, case in list(globals().items()):
        if name.startswith("case_") and (len(sys.argv) < 2 or sys.argv[1] in name):
            with report.case(name[5:].replace("_", " ")):
                case()


if __name__ == "__main__":
    run(main)
