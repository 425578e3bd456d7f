# SPDX-License-Identifier: BSD-2-Clause
"""What the daemon itself costs: its start, the memory of a NIC, what pairs leave behind."""
import socket
import statistics
import time

from support import leaks, process
from support.daemon import Daemon

START_GOAL_MS = 50
MEMORY_GOAL_KIB = 1024
STARTS = 20
NICS = 10
PAIRS = 1000


def _time_start(daemon):
    """Milliseconds from the fork until a connection is accepted."""
    begin = time.monotonic()
    with open(daemon.log, "wb") as log:
        daemon.process = process.start(daemon.argv, log)
    while True:
        with socket.socket() as sock:
            if sock.connect_ex((daemon.host, daemon.port)) == 0:
                return (time.monotonic() - begin) * 1000
        if daemon.process.poll() is not None or time.monotonic() > begin + 10:
            raise AssertionError("the daemon did not start:\n" + daemon.log_tail())
        time.sleep(0.0005)


def start(_options):
    times = []
    for _ in range(STARTS):
        daemon = Daemon()
        try:
            times.append(_time_start(daemon))
        finally:
            daemon.stop()
    median = statistics.median(times)
    return {
        "title": "Start until it listens, ms, of %d starts (goal: %d)" % (STARTS, START_GOAL_MS),
        "table": [["", "median", "least", "most"],
                  ["start", *("%.1f" % value for value in (median, min(times), max(times)))]],
        "values": {"median_ms": median, "min_ms": min(times), "max_ms": max(times)},
        "missed": [] if median <= START_GOAL_MS else ["the start takes %.1f ms" % median],
    }


def memory(_options):
    """NICs with a netdev each; what they add to every process, and what their workers have."""
    with Daemon() as daemon:
        base = {pid: process.private_kib(pid) for pid in process.descendants(daemon.pid)}
        for _ in range(NICS):
            netdev = daemon.must("POST", "/netdevs", {"type": "user"})["id"]
            daemon.must("POST", "/nics", {"netdev": netdev})
        time.sleep(1)
        now = {pid: process.private_kib(pid) for pid in process.descendants(daemon.pid)}
    workers = [kib for pid, kib in now.items() if pid not in base]
    others = sum(kib - base.get(pid, 0) for pid, kib in now.items() if pid in base) / NICS
    each = sum(workers) / NICS + others
    return {
        "title": "Private memory of an idle NIC with its netdev, KiB (goal: %d)" % MEMORY_GOAL_KIB,
        "table": [["", "KiB"], ["worker", "%.0f" % (sum(workers) / NICS)],
                  ["growth of the other processes", "%.0f" % others], ["together", "%.0f" % each]],
        "values": {"kib": each, "worker_kib": sum(workers) / NICS, "others_kib": others,
                   "workers": len(workers)},
        "missed": [] if each <= MEMORY_GOAL_KIB else ["an idle NIC has %.0f KiB" % each],
    }


def pairs(_options):
    with Daemon() as daemon:
        begin, missed = time.monotonic(), []
        try:
            leaks.check_pairs(daemon, PAIRS)
        except AssertionError as error:
            missed.append(str(error))
        seconds = time.monotonic() - begin
        held = leaks.holdings(daemon)
    return {
        "title": "%d create-delete pairs of netdev and NIC: %.1f s" % (PAIRS, seconds),
        "table": [["", "after them"], *([name, str(count)] for name, count in held.items())],
        "values": {"seconds": seconds, **held},
        "missed": missed,
    }
