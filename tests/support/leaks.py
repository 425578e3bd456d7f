# SPDX-License-Identifier: BSD-2-Clause
"""What a daemon holds, and whether making and deleting objects leaves some of it behind."""
import os
import stat

from . import process
from .report import expect, wait_for


def _add_process(held, pid):
    for name in os.listdir("/proc/%d/fd" % pid):
        target = os.readlink("/proc/%d/fd/%s" % (pid, name))
        held["sockets" if target.startswith("socket:") else "files"] += 1
    with open("/proc/%d/maps" % pid) as maps:
        held["mappings"] += len(maps.readlines())
    held["private_kib"] += process.private_kib(pid)


def holdings(daemon):
    """Counts of what the daemon's processes hold: files, sockets, maps, processes, KiB."""
    held = {"processes": 0, "files": 0, "sockets": 0, "mappings": 0, "private_kib": 0}
    for pid in process.descendants(daemon.pid):
        held["processes"] += 1
        try:
            _add_process(held, pid)
        except (FileNotFoundError, ProcessLookupError):
            continue        # it ends just now; a zombie is counted as a process
    held["socket_paths"] = sum(stat.S_ISSOCK(path.lstat().st_mode)
                               for path in daemon.folder.rglob("*"))
    return held


def create_delete(daemon, pairs):
    """Makes and deletes a netdev and a NIC on it, over and over."""
    for _ in range(pairs):
        netdev = daemon.must("POST", "/netdevs", {"type": "user", "hostfwd": ["tcp::0-:80"]})["id"]
        nic = daemon.must("POST", "/nics", {"netdev": netdev})["id"]
        daemon.must("DELETE", "/nics/" + nic)
        daemon.must("DELETE", "/netdevs/" + netdev)


def growth(before, after):
    return {name: after[name] - before[name] for name in before if after[name] != before[name]}


# What an allocator may keep for later; anything lost once a pair is far more.
TOLERATED = {"private_kib": 256, "mappings": 8}


def check_pairs(daemon, pairs=1000):
    """Fails if so many pairs leave anything behind. Returns the holdings after them.

    The first pairs warm up what is allocated once, and fill the ring of events.
    """
    create_delete(daemon, 200)
    before = holdings(daemon)
    create_delete(daemon, pairs)

    def nothing_left():
        left = growth(before, holdings(daemon))
        return all(count <= TOLERATED.get(name, 0) for name, count in left.items())

    try:
        wait_for(nothing_left, 5, "all to be given back")
    except AssertionError:
        expect(False, "%d pairs left behind: %s" % (pairs, growth(before, holdings(daemon))))
    return holdings(daemon)
