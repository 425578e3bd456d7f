#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The daemon's processes: who they are, what they may, what they cost, how they end."""
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from tests.support import leaks, process, report  # noqa: E402
from tests.support.daemon import Daemon, program  # noqa: E402
from tests.support.report import Skip, expect, expect_equal, wait_for  # noqa: E402

NET_ADMIN_AND_BIND = 1 << 12 | 1 << 10
PAIRS = 1000
PLAIN_UID = 54321       # needs no account
ROOT = os.geteuid() == 0


def status(pid):
    """/proc/PID/status as a dictionary."""
    lines = pathlib.Path("/proc/%d/status" % pid).read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines)


def uids(pid):
    return set(map(int, status(pid)["Uid"].split()))


def alive(pid):
    try:
        return status(pid)["State"][0] not in "ZX"
    except OSError:
        return False


def fds(pid):
    """Open descriptors of a process: {number: what it is}."""
    folder = pathlib.Path("/proc/%d/fd" % pid)
    try:
        return {int(fd.name): os.readlink(fd) for fd in folder.iterdir()}
    except PermissionError:
        raise Skip("only root can look into processes that are not dumpable") from None


def family(daemon):
    """Control, its template, the workers."""
    pids = process.descendants(daemon.pid)
    expect(len(pids) >= 2, "patchbayd has no template")
    return pids[0], pids[1], pids[2:]


def pair(daemon):
    """A netdev and a NIC on it; returns their ids."""
    netdev = daemon.must("POST", "/netdevs", {"type": "user"})["id"]
    return netdev, daemon.must("POST", "/nics", {"netdev": netdev})["id"]


def worker_of(daemon, known=()):
    """The pid of a worker that is not known yet."""
    return wait_for(lambda: [p for p in family(daemon)[2] if p not in known], 5, "the worker")[0]


def locked_in(daemon):
    """Template and worker have no way to more rights."""
    pair(daemon)
    worker = worker_of(daemon)
    _, template, _ = family(daemon)
    wait_for(lambda: status(worker)["Seccomp"] == "2", 5, "the worker's filter")
    for pid in (template, worker):
        its = status(pid)
        for caps in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            expect_equal(int(its[caps], 16), 0, "%s of %d" % (caps, pid))
        expect_equal(its["NoNewPrivs"], "1", "NoNewPrivs")
    return template, worker


def case_identities():
    if not ROOT:
        raise Skip("needs root")
    with Daemon() as daemon:
        template, worker = locked_in(daemon)
        control = status(daemon.pid)
        expect(0 not in uids(daemon.pid) | uids(template), "a process still is root")
        expect(not uids(daemon.pid) & uids(worker), "workers run as control's user")
        expect_equal(int(control["CapEff"], 16) & ~NET_ADMIN_AND_BIND, 0, "control's CapEff")
        expect_equal(int(control["CapBnd"], 16) & ~NET_ADMIN_AND_BIND, 0, "control's CapBnd")
        expect_equal(int(status(worker)["CapBnd"], 16), 0, "a worker's CapBnd")
        expect_equal(status(worker)["Groups"].strip(), "", "a worker's groups")
        sandbox = daemon.must("GET", "/capabilities")["sandbox"]
        expect_equal((sandbox["seccomp"], sandbox["uid"]), (True, True), "capabilities")


@contextlib.contextmanager
def plain_daemon(*args):
    """A daemon of a plain user; this one, if it is no root."""
    if not ROOT:
        with Daemon(*args) as daemon:
            yield daemon
        return
    if not shutil.which("setpriv"):
        raise Skip("there is no setpriv")
    ids = ("--reuid", str(PLAIN_UID), "--regid", str(PLAIN_UID), "--clear-groups")
    daemon = Daemon(*args, wrapper=("setpriv", *ids))
    run = daemon.folder / "run"
    run.mkdir(mode=0o700)
    os.chown(run, PLAIN_UID, PLAIN_UID)
    with daemon:
        yield daemon


def case_plain_user():
    with plain_daemon() as daemon:
        template, worker = locked_in(daemon)
        own = uids(daemon.pid)
        expect_equal((uids(template), uids(worker)), (own, own), "users of template and worker")
        expect_equal(daemon.must("GET", "/nics/nic0")["status"], {"state": "waiting"}, "status")
        expect_equal(daemon.must("GET", "/capabilities")["sandbox"]["uid"], False, "uid")


def case_worker_descriptors():
    with Daemon() as daemon:
        pair(daemon)
        worker = worker_of(daemon)
        wait_for(lambda: status(worker)["Seccomp"] == "2", 5, "the worker's filter")
        time.sleep(0.3)
        mine = fds(worker)
        expect(len(mine) <= 8, "a worker has %d descriptors: %s" % (len(mine), mine))
        expect_equal((mine[0], mine[1]), ("/dev/null", "/dev/null"), "stdin and stdout")
        for what in mine.values():
            expect(what == "/dev/null" or what.startswith(("socket:", "anon_inode:")) or
                   what == str(daemon.log), "a worker holds %s" % what)
        common = set(mine.values()) & set(fds(daemon.pid).values())
        expect(not {what for what in common if what.startswith("socket:")},
               "a worker shares sockets with control: %s" % common)
        limit = pathlib.Path("/proc/%d/limits" % worker).read_text()
        line = [text for text in limit.splitlines() if text.startswith("Max open files")][0]
        expect(int(line.split()[4]) <= 4096, line)


def case_stray_descriptors():
    """What the daemon was started with does not reach workers."""
    read, write = os.pipe()
    try:
        with Daemon(pass_fds=[read]) as daemon:
            pair(daemon)
            worker = worker_of(daemon)
            stray = os.readlink("/proc/self/fd/%d" % read)
            expect(stray in fds(daemon.pid).values(), "control has no stray pipe either")
            for pid in (family(daemon)[1], worker):
                expect(stray not in fds(pid).values(), "process %d has a stray pipe" % pid)
    finally:
        os.close(read)
        os.close(write)


def case_dead_worker():
    with Daemon() as daemon:
        netdev, nic = pair(daemon)
        worker = worker_of(daemon)
        try:
            os.kill(worker, signal.SIGKILL)
        except PermissionError:
            raise Skip("may not kill a worker") from None
        state = wait_for(lambda: daemon.must("GET", "/nics/" + nic)["status"]["state"] == "error"
                         and daemon.must("GET", "/nics/" + nic)["status"], 5, "the NIC's error")
        expect("signal 9" in state["error"]["detail"], state)
        expect_equal(daemon.must("GET", "/netdevs/" + netdev)["status"]["state"], "error", "netdev")
        expect_equal(daemon.patch("/nics/" + nic, {"netdev": None}).status, 200, "PATCH")
        expect_equal(daemon.must("GET", "/netdevs/" + netdev)["status"], {"state": "up"}, "netdev")
        other = daemon.must("POST", "/nics", {"netdev": netdev})["id"]
        expect_equal(daemon.delete("/nics/" + nic).status, 204, "DELETE of the dead NIC")
        time.sleep(0.3)
        expect_equal(daemon.must("GET", "/nics/" + other)["status"], {"state": "waiting"}, "NIC 2")


def case_stuck_worker():
    """A worker that hears nothing is killed a moment after its NIC was deleted."""
    with Daemon() as daemon:
        _, nic = pair(daemon)
        worker = worker_of(daemon)
        time.sleep(0.2)
        try:
            os.kill(worker, signal.SIGSTOP)
        except PermissionError:
            raise Skip("may not stop a worker") from None
        begin = time.monotonic()
        expect_equal(daemon.delete("/nics/" + nic).status, 204, "DELETE")
        expect(time.monotonic() - begin < 0.5, "DELETE waited for a worker that is stuck")
        wait_for(lambda: not alive(worker), 3, "the end of the worker")


def case_killed_control():
    """With control dead nothing stays but socket files, and those do not hinder the next start."""
    with Daemon() as daemon:
        pair(daemon)
        worker_of(daemon)
        pids = process.descendants(daemon.pid)
        daemon.process.kill()
        daemon.process.wait()
        wait_for(lambda: not any(map(alive, pids)), 3, "the end of template and workers")
        expect((daemon.folder / "run/nic0.sock").exists(), "no socket was left: nothing is tested")
        daemon.start()
        pair(daemon)
        worker_of(daemon)
        expect_equal(daemon.must("GET", "/nics/nic0")["status"], {"state": "waiting"}, "status")


def case_sigterm():
    for sig in (signal.SIGTERM, signal.SIGINT):
        with Daemon() as daemon:
            for _ in range(5):
                pair(daemon)
            worker = worker_of(daemon)
            with contextlib.suppress(PermissionError):
                os.kill(worker, signal.SIGSTOP)
            pids = process.descendants(daemon.pid)
            begin = time.monotonic()
            daemon.process.send_signal(sig)
            expect_equal(daemon.process.wait(10), 0, "exit status")
            expect(time.monotonic() - begin < 2, "it took %.1f s" % (time.monotonic() - begin))
            expect(not any(map(alive, pids)), "processes were left")
            expect_equal(os.listdir(daemon.folder / "run"), [], "files in the socket folder")


def case_sigterm_while_starting():
    """A signal that comes at any moment of the start is not lost."""
    with Daemon() as daemon:
        for i in range(30):
            argv = [program(), "--listen", "127.0.0.1:%d" % process.free_port(), "--socket-dir",
                    str(daemon.folder / "early"), "--state-dir", str(daemon.folder / "early-state")]
            child = process.start(argv)
            time.sleep(i * 0.003)
            child.terminate()
            expect(child.wait(5) in (0, -signal.SIGTERM), "status %d" % child.returncode)


def refused(*args, words=()):
    """patchbayd refuses to start, with these words."""
    with tempfile.TemporaryDirectory() as state:
        result = subprocess.run([program(), "--state-dir", state, *map(str, args)],
                                capture_output=True, text=True, timeout=10)
    expect_equal(result.returncode, 1, "exit status of " + " ".join(map(str, args)))
    for word in words:
        expect(str(word) in result.stderr, "%r does not say %r" % (result.stderr, word))


def case_busy_port():
    with socket.socket() as busy, contextlib.ExitStack() as stack:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        folder = stack.enter_context(Daemon()).folder / "other"
        refused("--listen", "127.0.0.1:%d" % busy.getsockname()[1], "--socket-dir", folder,
                words=("in use", os.getpid(), pathlib.Path("/proc/self/comm").read_text().strip()))


def case_second_daemon():
    with Daemon() as daemon:
        address = "127.0.0.1:%d" % process.free_port()
        refused("--listen", address, "--socket-dir", daemon.folder / "run",
                words=("another patchbayd", daemon.folder / "run"))
        expect_equal(daemon.get("/healthz").status, 200, "the first daemon's health")
        expect((daemon.folder / "run/api.sock").exists(), "the first daemon's socket is gone")


def case_socket_folder():
    with Daemon() as daemon:
        address = "127.0.0.1:%d" % process.free_port()
        shared = daemon.folder / "shared"
        shared.mkdir()
        shared.chmod(0o777)
        refused("--listen", address, "--socket-dir", shared, words=("others",))
        (daemon.folder / "link").symlink_to(daemon.folder / "run")
        refused("--listen", address, "--socket-dir", daemon.folder / "link", words=("no folder",))
        full = daemon.folder / "full"
        full.mkdir(mode=0o755)
        (full / "file").touch()
        if ROOT:
            refused("--listen", address, "--socket-dir", full, words=("does not belong",))
            refused("--listen", address, "--socket-dir", daemon.folder / "new", "--user", "root",
                    words=("would leave the daemon root",))
        refused("--listen", address, "--socket-dir", "/tmp/" + "x" * 100, words=("too long",))


def case_api_socket():
    with Daemon() as daemon:
        path = daemon.folder / "run/api.sock"
        expect_equal(path.stat().st_mode & 0o777, 0o600, "mode of api.sock")
        expect_equal(path.parent.stat().st_mode & 0o777, 0o700, "mode of its folder")
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            answer = client.makefile("rb").readline()
        expect(b" 200 " in answer, answer)


def case_one_process():
    with Daemon("--workers", "0") as daemon:
        netdev, nic = pair(daemon)
        expect_equal(process.descendants(daemon.pid), [daemon.pid], "processes")
        expect_equal(daemon.must("GET", "/nics/" + nic)["status"], {"state": "waiting"}, "status")
        expect_equal(daemon.delete("/nics/" + nic).status, 204, "DELETE")
        expect_equal(daemon.delete("/netdevs/" + netdev).status, 204, "DELETE")


def case_command_line():
    with Daemon("-netdev", "user,id=mynet0,net=192.168.76.0/24,dhcpstart=192.168.76.9",
                "-device", "e1000,netdev=mynet0", "-m", "1G") as daemon:
        nic = daemon.must("GET", "/nics/nic0")
        expect_equal((nic["netdev"], nic["status"]), ("mynet0", {"state": "waiting"}), "NIC")
        expect("-m is for QEMU" in daemon.log_tail(), "no warning about -m")
    refused("--listen", "127.0.0.1:%d" % process.free_port(), "--socket-dir", daemon.folder,
            "-netdev", "user,id=a,bogus=1",
            words=("patchbayd: -netdev user,id=a,bogus=1: Invalid parameter 'bogus'",))
    shutil.rmtree(daemon.folder, ignore_errors=True)


def case_leaks():
    if not ROOT:
        raise Skip("only root can look into processes that are not dumpable")
    with Daemon("--log-level", "error") as daemon:
        begin = time.monotonic()
        print("after %d pairs: %s" % (PAIRS, leaks.check_pairs(daemon, PAIRS)))
        print("%.1f ms each" % ((time.monotonic() - begin) * 1000 / PAIRS))


def case_memory():
    if not ROOT:
        raise Skip("only root can look into processes that are not dumpable")
    with Daemon() as daemon:
        for _ in range(3):
            pair(daemon)
        wait_for(lambda: len(family(daemon)[2]) == 3, 5, "the workers")
        time.sleep(0.5)
        sizes = [process.private_kib(pid) for pid in family(daemon)[2]]
        print("private KiB of idle workers: %s" % sizes)
        expect(max(sizes) <= 1024, "an idle worker has %d KiB of its own" % max(sizes))


def queued_seconds(pid):
    """How long a process was ready to run while others had the processors."""
    return int(pathlib.Path("/proc/%d/schedstat" % pid).read_text().split()[1]) / 1e9


def start_once(folder):
    """Seconds from the start of the process until it listens; and what other load took of them."""
    port = process.free_port()
    argv = [program(), "--listen", "127.0.0.1:%d" % port, "--socket-dir", str(folder),
            "--state-dir", str(folder) + "-state"]
    begin = time.monotonic()
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as child:
        line = child.stdout.readline()
        took = time.monotonic() - begin
        queued = queued_seconds(child.pid)
        socket.create_connection(("127.0.0.1", port), 5).close()
        process.stop(child)
    expect(b"http://127.0.0.1:%d" % port in line, line)
    return took * 1000, queued * 1000


def case_start_time():
    """The limit holds on an idle machine, so the time that the run queue took is taken off."""
    with Daemon() as daemon:
        times = [start_once(daemon.folder / "other") for _ in range(20)]
        wall = statistics.median(took for took, _ in times)
        median = statistics.median(max(took - queued, 0) for took, queued in times)
        print("start to listening: median %.1f ms, %.1f ms without other load" % (wall, median))
        expect(median <= 50, "the median of 20 starts is %.1f ms" % median)


def main(results):
    cases = {name[5:]: call for name, call in globals().items() if name.startswith("case_")}
    for name, call in cases.items():
        if len(sys.argv) < 2 or sys.argv[1] in name:
            with results.case(name):
                call()


if __name__ == "__main__":
    report.run(main)
