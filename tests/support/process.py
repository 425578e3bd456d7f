# SPDX-License-Identifier: BSD-2-Clause
"""Child processes that never outlive the test, and what /proc tells about them."""
import ctypes
import os
import pathlib
import signal
import socket
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def _die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def start(argv, output=subprocess.DEVNULL, pass_fds=()):
    """A child without input that the kernel kills when this process ends, however it ends."""
    return subprocess.Popen([str(word) for word in argv], preexec_fn=_die_with_parent,
                            stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                            pass_fds=pass_fds)


def stop(child, seconds=10):
    """Ends a child with SIGTERM, and with SIGKILL when that is not heard. Returns its status."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            child.kill()
    return child.wait()


def free_port(kind=socket.SOCK_STREAM, host="127.0.0.1"):
    """A port nobody listens at. Somebody might before it is used, as with all such functions."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as sock:
        sock.bind((host, 0))
        return sock.getsockname()[1]


def _stat(pid):
    """The fields of /proc/PID/stat from the third on (the second may hold spaces)."""
    return pathlib.Path("/proc/%d/stat" % pid).read_text().rpartition(")")[2].split()


def descendants(pid):
    """The process and all below it."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                parents[int(name)] = int(_stat(int(name))[1])
            except OSError:
                continue
    found = [pid]
    for parent in found:
        found += [child for child, its in parents.items() if its == parent and child not in found]
    return found


def cpu_seconds(pid):
    """Processor time a process has used: user and system."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rollup_kib(pid, prefix):
    text = pathlib.Path("/proc/%d/smaps_rollup" % pid).read_text()
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith(prefix))


def private_kib(pid):
    """Memory of a process that it shares with nobody."""
    return _rollup_kib(pid, "Private_")


def anonymous_kib(pid):
    """Memory a process has allocated and touched; no file, and so no guest's memory."""
    return _rollup_kib(pid, "Anonymous:")
