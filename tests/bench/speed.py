# SPDX-License-Identifier: BSD-2-Clause
"""A Linux guest's e1000, ours and QEMU's own, on user networking or a tap: whole boots, alternated.

One boot differs from the next by 20 %, and a machine's speed drifts: so three boots of each kind,
taking turns, and their medians. "out" is from the guest to the host, "in" the other way.
"""
import json
import re
import statistics
import subprocess
import sys

from support import netns, process
from support.cards import PatchbayCards, QemuCards
from support.daemon import Daemon
from support.guest import Guest
from support.report import wait_for

GOALS = {"user": (1.8, 0.5), "tap": (3.0, 1.4)}     # times QEMU's: out, in
PINGS = 3000
TAP, TAP_HOST, TAP_GUEST = "btap0", "10.91.0.1", "10.91.0.2"


class Counters:
    """What is counted before and after a transfer; difference() says what it took."""

    def __init__(self, guest, own, server):
        self.guest, self.own = guest, own
        self.groups = {"QEMU": [guest.process.pid], "iperf3": [server.pid]}
        if own.daemon:
            workers = process.descendants(own.daemon.pid)[1:]
            self.groups.update(control=[own.daemon.pid], workers=workers)
        self.before = self.read()

    def read(self):
        values = {"cpu_" + name: sum(map(process.cpu_seconds, pids))
                  for name, pids in self.groups.items()}
        line = re.search(r"^ *\d+: +(\d+).*eth0$", self.guest.run("cat /proc/interrupts"), re.M)
        values["interrupts"] = int(line.group(1))
        if self.own.daemon:
            stats = self.own.daemon.must("GET", "/nics/" + self.own.nics[0])["stats"]
            values.update({name: stats[name] for name in ("reg_reads", "reg_writes")})
        return values

    def difference(self, mib, seconds):
        """Cores busy, interrupts a second, register accesses a MiB."""
        after = self.read()
        took = {}
        for name, value in after.items():
            value -= self.before[name]
            took[name] = value / (mib if name.startswith("reg_") else seconds)
        return took


def _transfer(guest, own, server, seconds, reverse):
    """One iperf3 run. Returns Mbit/s and what it took, under names with the direction in front."""
    counters = Counters(guest, own, server)
    report = json.loads(guest.run("iperf3 -c %s -t %d -J %s" % (
        netns.HOST4, seconds, "-R" if reverse else ""), seconds + 30))
    received = report["end"]["sum_received"]
    took = counters.difference(received["bytes"] / 2**20, received["seconds"])
    took["mbit"] = received["bits_per_second"] / 1e6
    return {("in_" if reverse else "out_") + name: value for name, value in took.items()}


def _network(guest, netdev):
    """Brings the guest's network up. Returns the address that answers its pings."""
    guest.run("modprobe e1000")
    if netdev == "user":
        guest.dhcp()
        return "10.0.2.2"
    for words in ("addr add %s/24 dev %s" % (TAP_HOST, TAP), "link set %s up" % TAP):
        subprocess.run(["ip", *words.split()], check=True)
    guest.run("ip link set eth0 up && ip addr add %s/24 dev eth0 && ip route add default via %s" % (
        TAP_GUEST, TAP_HOST))
    wait_for(lambda: guest.status("ping -c 1 -W 1 " + TAP_HOST)[0] == 0, 20, "the network")
    return TAP_HOST


def _boot(own, netdev, server, seconds):
    """One boot: both directions, then pings."""
    card = own.user() if netdev == "user" else own.tap(ifname=TAP)
    with Guest(nics=[card]) as guest:
        gateway = _network(guest, netdev)
        values = {"boot_s": guest.boot_time}
        values.update(_transfer(guest, own, server, seconds, False))
        values.update(_transfer(guest, own, server, seconds, True))
        text = guest.run("ping.iputils -f -q -c %d %s" % (PINGS, gateway), 60)
        values["ping_ms"] = float(re.search(r"= [\d.]+/([\d.]+)/", text).group(1))
        return values


def _boots(options, netdev):
    """The values of each boot, by kind."""
    server = process.start(["iperf3", "-s", "-B", netns.HOST4])
    kinds = {"qemu": []} if options.qemu_only else {"qemu": [], "patchbay": []}
    try:
        for number in range(options.boots):
            for kind, values in kinds.items():
                print("%s: boot %d of %d, %s" % (netdev, number + 1, options.boots, kind),
                      file=sys.stderr)
                if kind == "qemu":
                    values.append(_boot(QemuCards(), netdev, server, options.seconds))
                    continue
                with Daemon() as daemon:
                    values.append(_boot(PatchbayCards(daemon), netdev, server, options.seconds))
    finally:
        process.stop(server)
    return kinds


DETAILS = [("cpu_QEMU", "QEMU, cores", "%.2f"), ("cpu_control", "control, cores", "%.2f"),
           ("cpu_workers", "workers, cores", "%.2f"), ("cpu_iperf3", "iperf3, cores", "%.2f"),
           ("interrupts", "interrupts/s", "%.0f"), ("reg_reads", "register reads/MiB", "%.1f"),
           ("reg_writes", "register writes/MiB", "%.1f")]
ROWS = [("out_mbit", "guest to host, Mbit/s", "%.0f"),
        ("in_mbit", "host to guest, Mbit/s", "%.0f"),
        ("ping_ms", "ping -f, ms", "%.3f"), ("boot_s", "boot, s", "%.1f"),
        *((way + "_" + name, way + ": " + text, form)
          for way in ("out", "in") for name, text, form in DETAILS)]


def _cell(boots, name, form):
    values = [boot[name] for boot in boots if name in boot]
    if not values:
        return "-"
    low, high = form % min(values), form % max(values)
    return "%s [%s-%s]" % (form % statistics.median(values), low, high)


def _ratio(kinds, name):
    """Ours over QEMU's, of the medians; None without both."""
    medians = [statistics.median(boot[name] for boot in kinds[kind])
               for kind in ("patchbay", "qemu") if kind in kinds and name in kinds[kind][0]]
    return medians[0] / medians[1] if len(medians) == 2 and medians[1] else None


def _measure(options, netdev):
    kinds = _boots(options, netdev)
    out_goal, in_goal = GOALS[netdev]
    table = [["", *kinds, "ratio"]]
    for name, text, form in ROWS:
        ratio = _ratio(kinds, name)
        table.append([text, *(_cell(boots, name, form) for boots in kinds.values()),
                      "%.2f" % ratio if ratio else ""])
    ratios = {name: _ratio(kinds, name) for name in ("out_mbit", "in_mbit", "ping_ms")}
    missed = ["%s is %.2f times QEMU's, the goal is %.1f" % (text, ratios[name], goal)
              for name, text, goal in (("out_mbit", "guest to host", out_goal),
                                       ("in_mbit", "host to guest", in_goal))
              if ratios[name] is not None and ratios[name] < goal]
    return {
        "title": "e1000 on %s, medians [least-most] of %d boots each (goals: out %.1f, in "
                 "%.1f times QEMU's)" % (netdev, options.boots, out_goal, in_goal),
        "table": table, "values": {"boots": kinds, "ratios": ratios}, "missed": missed,
    }


def user(options):
    """On user networking."""
    return _measure(options, "user")


def tap(options):
    """On a tap interface."""
    netns.need_tun()
    return _measure(options, "tap")
