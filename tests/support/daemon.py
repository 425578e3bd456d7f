# SPDX-License-Identifier: BSD-2-Clause
"""Starts patchbayd with folders and a port of its own, and talks to its API."""
import collections
import http.client
import json
import os
import pathlib
import shutil
import tempfile
import time

from . import process
from .report import expect

Response = collections.namedtuple("Response", "status headers body")


def program():
    """The daemon under test: $PATCHBAYD, or the one just built."""
    return os.environ.get("PATCHBAYD") or str(process.ROOT / "build/patchbayd")


class Api:
    """One daemon's API. A response's body is parsed JSON, None without one, else bytes."""

    def __init__(self, host, port):
        self.host, self.port = host, port

    def request(self, method, path, body=None, headers=None, timeout=20):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            endless = answer.getheader("Content-Type") == "text/event-stream"
            content = b"" if endless else answer.read()
        finally:
            connection.close()
        if "json" in (answer.getheader("Content-Type") or ""):
            content = json.loads(content)
        return Response(answer.status, answer.headers, content or None)

    def get(self, path):
        return self.request("GET", path)

    def post(self, path, body=None):
        return self.request("POST", path, body)

    def patch(self, path, body):
        return self.request("PATCH", path, body)

    def delete(self, path):
        return self.request("DELETE", path)

    def must(self, method, path, body=None):
        """A request that must succeed; returns the body."""
        response = self.request(method, path, body)
        expect(200 <= response.status < 300,
               "%s %s %s: %d %s" % (method, path, json.dumps(body), *response[::2]))
        return response.body


class Daemon(Api):
    """A running patchbayd.

    @args:      further arguments
    @listen:    addresses of the API; the port is the same free one at each
    @wrapper:   command in front of the daemon, to run it as somebody else
    @pass_fds:  descriptors that it is started with
    """

    def __init__(self, *args, listen=("127.0.0.1",), wrapper=(), pass_fds=()):
        super().__init__(listen[0], process.free_port(host=listen[0]))
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="patchbay-test."))
        self.folder.chmod(0o755)        # the daemon may run as somebody else
        self.log = self.folder / "log"
        where = [word for host in listen for word in ("--listen", self.address(host))]
        if not set(listen) <= {"127.0.0.1", "::1"}:
            where += ["--token-file", str(self.folder / "token")]
        self.argv = [*wrapper, program(), *where, "--socket-dir", str(self.folder / "run"),
                     "--state-dir", str(self.folder / "state"), *args]
        self.pass_fds = pass_fds
        self.process = None

    def address(self, host):
        return ("[%s]:%d" if ":" in host else "%s:%d") % (host, self.port)

    @property
    def pid(self):
        return self.process.pid

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        """Starts it (again) and waits until it answers. Returns how long that took, in seconds."""
        begin = time.monotonic()
        with open(self.log, "ab") as log:
            self.process = process.start(self.argv, log, self.pass_fds)
        while True:
            try:
                if self.get("/healthz").status == 200:
                    return time.monotonic() - begin
            except OSError:
                pass
            expect(self.process.poll() is None, "patchbayd ended at its start:\n" + self.log_tail())
            expect(time.monotonic() < begin + 10, "patchbayd does not answer:\n" + self.log_tail())
            time.sleep(0.005)

    def log_tail(self):
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join("patchbayd: " + line for line in lines[-15:])

    def end(self):
        """Ends the process, keeps its folders. Returns its exit status."""
        status = process.stop(self.process) if self.process else None
        self.process = None
        return status

    def stop(self):
        """Ends the process and removes its folders. Returns its exit status."""
        status = self.end()
        shutil.rmtree(self.folder, ignore_errors=True)
        return status

    def qemu_args(self, nic, memory=256):
        """What the daemon says to give to QEMU for a NIC."""
        return self.must("GET", "/nics/%s/qemu-args?memory=%dM" % (nic, memory))["argv"]
