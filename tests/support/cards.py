# SPDX-License-Identifier: BSD-2-Clause
"""Where a guest test's cards come from: the daemon under test, or QEMU itself.

PATCHBAY_TEST_CARDS=qemu runs a test with QEMU's own cards and its own `-netdev user`: it shows
whether the test is right, or how QEMU differs. A test asks `daemon` to leave out what only we do.
"""
import contextlib
import os

from . import guest
from .daemon import Daemon


class QemuCards:
    daemon = None

    def __init__(self):
        self.count = 0

    def user(self, model="e1000", mac=None, hostfwd=(), host_loopback=None, dns_upstream=None,
             **netdev):
        """Arguments for a card on a user netdev."""
        words = ["user", *("%s=%s" % pair for pair in netdev.items()),
                 *("hostfwd=" + rule for rule in hostfwd)]
        return self._card(model, words, mac)

    def tap(self, model="e1000", mac=None, **netdev):
        """Arguments for a card on a tap netdev; the caller raises the interface."""
        words = ["tap", "script=no", "downscript=no", *("%s=%s" % pair for pair in netdev.items())]
        return self._card(model, words, mac)

    def _card(self, model, words, mac):
        self.count += 1
        return guest.qemu_nic(model, self.count - 1, ",".join(words), mac)


class PatchbayCards:
    def __init__(self, daemon):
        self.daemon = daemon
        self.nics = []          # ids, in the order they were asked for

    def user(self, model="e1000", mac=None, **netdev):
        """Arguments for a card on a user netdev."""
        members = {key.replace("_", "-"): value for key, value in netdev.items()}
        return self._card("user", model, mac, members)

    def tap(self, model="e1000", mac=None, **netdev):
        """Arguments for a card on a tap netdev."""
        return self._card("tap", model, mac, netdev)

    def _card(self, kind, model, mac, members):
        made = self.daemon.must("POST", "/netdevs", {"type": kind, **members})
        card = {"model": model, "netdev": made["id"], **({"mac": mac} if mac else {})}
        self.nics.append(self.daemon.must("POST", "/nics", card)["id"])
        return self.daemon.qemu_args(self.nics[-1])


@contextlib.contextmanager
def cards(*daemon_args, **daemon_options):
    """The cards that the environment asks for; with the daemon running meanwhile, if it is ours."""
    if os.environ.get("PATCHBAY_TEST_CARDS") == "qemu":
        yield QemuCards()
        return
    with Daemon(*daemon_args, **daemon_options) as daemon:
        yield PatchbayCards(daemon)
