#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The page's surroundings, for world.mjs: a daemon, a guest, a server; JSON lines in and out."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from support import servers                                             # noqa: E402
from support.daemon import Daemon                                       # noqa: E402
from support.guest import Guest                                         # noqa: E402
from support.netns import HOST4                                         # noqa: E402


class World:
    """Each method is a command."""

    def __init__(self):
        self.daemon = Daemon()
        self.guest = None
        self.http = servers.HttpServer(HOST4)

    def start(self):
        """Starts the daemon, for the first time or again."""
        self.daemon.start()
        return {"url": "http://127.0.0.1:%d/" % self.daemon.port, "server": self.http.url}

    def end(self):
        """Ends the daemon; its folders and its port stay."""
        self.daemon.end()

    def boot(self, nics):
        """Boots a guest with these cards."""
        self.guest = Guest(nics=[self.daemon.qemu_args(nic) for nic in nics])
        self.guest.start()

    def shell(self, script, timeout=60):
        """Runs a script in the guest."""
        return self.guest.run(script, timeout)

    def close(self):
        """The end of all of it."""
        if self.guest:
            self.guest.stop()
        self.daemon.stop()


def main():
    world = World()
    try:
        for line in sys.stdin:
            request = json.loads(line)
            try:
                answer = {"result": getattr(world, request["do"])(**request["with"])}
            except Exception as error:      # whatever it is, the test wants to hear it
                answer = {"error": str(error)}
            print(json.dumps({"id": request["id"], **answer}), flush=True)
    finally:
        world.close()


main()
