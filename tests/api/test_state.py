#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What is saved, and what a start makes of it: kills, damaged files, full and read-only disks."""
import contextlib
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import Daemon, collections, expect, expect_equal, expect_problem    # noqa: E402
from support import mutations, process                                  # noqa: E402
from support.report import Skip, run                                    # noqa: E402

MOMENTS = 12


def killed(daemon):
    daemon.process.send_signal(signal.SIGKILL)
    daemon.process.wait()


def objects(daemon):
    """All objects without what a start may give them anew."""
    return [{key: value for key, value in item.items() if key != "revision"}
            for collection in collections(daemon) for item in collection["items"]]


def case_restart(daemon):
    daemon.must("POST", "/netdevs", {"type": "user", "hostfwd": ["tcp:127.0.0.1:0-:22"]})
    daemon.must("POST", "/netdevs", {"type": "user", "id": "lab"})
    daemon.must("POST", "/nics", {"netdev": "user0", "guest": "caf\u00e9"})
    daemon.must("PATCH", "/nics/nic0", {"netdev": "lab", "link": "down"})
    before = objects(daemon)
    for end in (killed, Daemon.end):
        end(daemon)
        daemon.start()
        expect_equal(objects(daemon), before, "what there is")
    expect_equal(daemon.must("GET", "/capabilities")["state"],
                 {"persist": True, "damaged": [], "folder": str(daemon.folder / "state")}, "state")
    daemon.must("DELETE", "/netdevs/lab?force=true")
    killed(daemon)
    daemon.start()
    expect_equal(daemon.get("/netdevs/lab").status, 404, "the deleted netdev")
    expect_equal(daemon.must("GET", "/nics/nic0")["netdev"], None, "its NIC's netdev")
    expect_equal(daemon.must("POST", "/nics", {})["id"], "nic1", "the next id")


def case_kill_at_random_moments(_):
    mutations.check(MOMENTS, random.Random(3))


def case_permissions(daemon):
    daemon.must("POST", "/nics", {})
    for path in (daemon.folder / "state").rglob("*"):
        expect(path.stat().st_mode & 0o077 == 0, "%s: %o" % (path, path.stat().st_mode))


def case_damaged_file(daemon):
    for name in ("a", "b", "c"):
        daemon.must("POST", "/netdevs", {"type": "user", "id": name})
    daemon.end()
    folder = daemon.folder / "state/netdevs"
    text = (folder / "a.json").read_text()
    (folder / "a.json").write_text(text.replace("10.0.2.15", "10.0.2.16"))
    (folder / "b.json").write_bytes(b"\0" * 200)
    daemon.start()
    damaged = daemon.must("GET", "/capabilities")["state"]["damaged"]
    expect_equal({entry["file"] for entry in damaged},
                 {"netdevs/a.json.bad", "netdevs/b.json.bad"}, "damaged files")
    expect_equal([item["id"] for item in daemon.must("GET", "/netdevs")["items"]], ["c"], "netdevs")
    expect((folder / "b.json.bad").read_bytes() == b"\0" * 200, "the damaged file is not kept")
    expect("a.json.bad" in daemon.log.read_text(), "the log does not say so")


def case_command_line(daemon):
    """The command line's objects are not saved, and hide those that are."""
    daemon.must("POST", "/netdevs", {"type": "user", "id": "n0", "net": "10.1.0.0/24"})
    daemon.must("POST", "/netdevs", {"type": "user"})
    daemon.must("POST", "/nics", {"netdev": "n0"})
    daemon.end()
    plain = list(daemon.argv)
    daemon.argv += ["-netdev", "user,id=n0,net=10.2.0.0/24", "-nic", "user", "-device",
                    "e1000,netdev=user0,id=mine"]
    daemon.start()
    netdev = daemon.must("GET", "/netdevs/n0")
    expect_equal((netdev["net"], netdev["origin"], netdev["used_by"]),
                 ("10.2.0.0/24", "cli", "/nics/nic0"), "the command line's netdev")
    expect_equal(daemon.must("GET", "/netdevs/user0")["origin"], "api", "the saved netdev")
    expect_equal(daemon.must("GET", "/netdevs/user0")["used_by"], "/nics/mine", "its NIC")
    expect_equal(daemon.must("GET", "/nics/nic1")["netdev"], "user1", "-nic")
    daemon.must("PATCH", "/nics/mine", {"link": "down"})
    daemon.must("DELETE", "/netdevs/n0?force=true")
    daemon.end()
    daemon.argv = plain
    daemon.start()
    expect_equal(daemon.must("GET", "/netdevs/n0")["net"], "10.1.0.0/24", "the saved netdev")
    expect_equal(daemon.get("/nics/mine").status, 404, "the command line's NIC")


@contextlib.contextmanager
def small_disk(size):
    """A file system of its own."""
    if os.getuid() != 0:
        raise Skip("only root can mount a file system")
    with tempfile.TemporaryDirectory(prefix="patchbay-disk.") as folder:
        os.chmod(folder, 0o755)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755,size=%d" % size, "tmpfs", folder],
                       check=True)
        try:
            yield pathlib.Path(folder)
        finally:
            subprocess.run(["umount", "-l", folder], check=True)


def case_full_disk(_):
    with small_disk(256 << 10) as disk, Daemon("--state-dir", str(disk / "state")) as daemon:
        daemon.must("POST", "/nics", {})
        filler = disk / "filler"
        with open(filler, "wb", buffering=0) as file:
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"x" * 4096)
        before = collections(daemon)
        for method, path, body in (("POST", "/netdevs", {"type": "user"}),
                                   ("PATCH", "/nics/nic0", {"guest": "x"})):
            problem = expect_problem(daemon.request(method, path, body), "not-saved", method)
            expect_equal(problem["errno"], "ENOSPC", "errno")
        after = collections(daemon)
        expect_equal([c["items"][0]["guest"] if c["items"] and "guest" in c["items"][0] else None
                      for c in after], [None] * len(after), "guest labels")
        expect_equal([len(c["items"]) for c in after], [len(c["items"]) for c in before], "number")
        filler.unlink()
        daemon.must("POST", "/netdevs", {"type": "user"})
        daemon.must("PATCH", "/nics/nic0", {"guest": "x"})
        expect(daemon.must("GET", "/capabilities")["state"]["persist"], "persist")


def case_read_only_disk(_):
    with small_disk(1 << 20) as disk, Daemon("--state-dir", str(disk / "state")) as daemon:
        daemon.must("POST", "/netdevs", {"type": "user", "id": "old"})
        daemon.end()
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        daemon.start()
        state = daemon.must("GET", "/capabilities")["state"]
        expect_equal(state["persist"], False, "persist")
        expect("Read-only" in state["reason"], state)
        expect_equal(daemon.get("/netdevs/old").status, 200, "the saved netdev")
        daemon.must("POST", "/netdevs", {"type": "user", "id": "new"})
        daemon.must("DELETE", "/netdevs/old")
        daemon.end()
        daemon.start()
        expect_equal([item["id"] for item in daemon.must("GET", "/netdevs")["items"]], ["old"],
                     "netdevs")
        daemon.end()
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        daemon.start()
        expect(daemon.must("GET", "/capabilities")["state"]["persist"], "persist")


def case_foreign_folder(daemon):
    """A folder that others may write into is not read, let alone written."""
    daemon.end()
    (daemon.folder / "state").chmod(0o777)
    daemon.start()
    state = daemon.must("GET", "/capabilities")["state"]
    expect(not state["persist"] and "others" in state["reason"], state)
    daemon.must("POST", "/nics", {})


def case_two_daemons(daemon):
    with Daemon() as other:
        argv = [*other.argv, "--state-dir", str(daemon.folder / "state"), "--socket-dir",
                str(other.folder / "third"), "--listen", "127.0.0.1:%d" % process.free_port()]
        argv = [word for word in argv if word != other.address(other.host)]
        argv.remove("--listen")
        result = subprocess.run(argv, capture_output=True, text=True, timeout=10)
    expect_equal(result.returncode, 1, "exit status")
    expect("another patchbayd uses" in result.stderr and "--state-dir" in result.stderr,
           result.stderr)


def main(report):
    for name, case in list(globals().items()):
        if name.startswith("case_") and (len(sys.argv) < 2 or sys.argv[1] in name):
            with report.case(name[5:].replace("_", " ")), Daemon() as daemon:
                case(daemon)
                if daemon.process:
                    expect_equal(daemon.end(), 0, "exit status")


if __name__ == "__main__":
    run(main)
