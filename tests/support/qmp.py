# SPDX-License-Identifier: BSD-2-Clause
"""QEMU's control socket (QMP): commands and events."""
import json
import socket
import time


class QmpError(Exception):
    pass


class Qmp:
    def __init__(self, path, seconds=10):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(seconds)
        self.socket.connect(str(path))
        self.lines = self.socket.makefile("r")
        self.events = []
        self._receive()             # the greeting
        self("qmp_capabilities")

    def close(self):
        self.socket.close()

    def _receive(self):
        line = self.lines.readline()
        if not line:
            raise QmpError("QEMU closed its control socket")
        return json.loads(line)

    def __call__(self, command, **arguments):
        """Runs a command and returns its result; events that come meanwhile are kept."""
        request = {"execute": command, "arguments": arguments}
        self.socket.sendall(json.dumps(request).encode() + b"\n")
        while True:
            message = self._receive()
            if "event" in message:
                self.events.append(message)
            elif "error" in message:
                raise QmpError("%s: %s" % (command, message["error"]["desc"]))
            else:
                return message["return"]

    def wait_event(self, name, seconds=10):
        """The next event of that name, which may have come already."""
        end = time.monotonic() + seconds
        while True:
            for event in self.events:
                if event["event"] == name:
                    self.events.remove(event)
                    return event
            if time.monotonic() > end:
                raise QmpError("no event %s within %g s" % (name, seconds))
            self("query-status")    # events come along with its answer
            time.sleep(0.05)
