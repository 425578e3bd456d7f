# SPDX-License-Identifier: BSD-2-Clause
"""Boots the small test guest in QEMU and runs commands in it.

    with Guest(nics=[qemu_nic("e1000")]) as guest:
        guest.run("modprobe e1000")

The commands travel over the guest's second serial port to a small agent (scripts/guest/initramfs),
so they work without any network, and with any state of it.
"""
import base64
import os
import pathlib
import select
import shutil
import socket
import subprocess
import tempfile
import time

from . import process
from .qmp import Qmp

SCRIPTS = process.ROOT / "scripts/guest"
# Nothing of the boot is worth waiting for, and under TCG each of these is felt.
KERNEL_OPTIONS = ("console=ttyS0 quiet panic=-1 mitigations=off nokaslr audit=0 no_timer_check "
                  "tsc=reliable random.trust_cpu=on rcupdate.rcu_expedited=1 8250.nr_uarts=2")
BOOT_SECONDS = 60


class GuestError(AssertionError):
    """A command failed or the guest did; the message ends with the console's last lines."""


def qemu_nic(model, number=0, netdev="user", mac=None):
    """QEMU's own card on QEMU's own netdev, to develop against and to compare with."""
    mac = mac or "52:54:00:00:aa:%02x" % number
    kind, _, options = netdev.partition(",")
    return ["-netdev", ",".join(filter(None, [kind, "id=net%d" % number, options])),
            "-device", "%s,netdev=net%d,mac=%s" % (model, number, mac)]


def _merge(argvs):
    """One argument list of several, each object and machine option once (two cards, one memory)."""
    merged, seen = [], set()
    for argv in argvs:
        for option, value in zip(argv[::2], argv[1::2]):
            if option in ("-object", "-machine") and (option, value) in seen:
                continue
            seen.add((option, value))
            merged += [option, value]
    return merged


def _kernel_arguments(kernel):
    """How QEMU starts one of scripts/guest/image's kernels."""
    image = pathlib.Path(subprocess.run([SCRIPTS / "image", kernel], check=True, text=True,
                                        stdout=subprocess.PIPE).stdout.strip())
    return ["-kernel", str(image / "vmlinux"), "-initrd", str(image / "initramfs"),
            "-append", KERNEL_OPTIONS]


class Guest:
    """A running guest.

    @nics:      argument lists for QEMU, of qemu_nic() or of the daemon's /nics/{id}/qemu-args
    @memory:    MiB; what the daemon was asked for must be the same
    @extra:     further arguments
    @machine:   QEMU's machine type
    @kernel:    which of scripts/guest/image's kernels
    """

    def __init__(self, nics=(), memory=256, extra=(), machine="q35", kernel="6.1"):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="patchbay-guest."))
        self.console = self.folder / "console"
        self.process = self.agent = self.qmp = None
        self.buffer = b""
        self.next_id = 0
        self.answers = {}
        self.boot_time = 0.0
        self.argv = [*self._arguments(list(nics), memory, machine), *_kernel_arguments(kernel),
                     *extra]

    def _arguments(self, nics, memory, machine):
        accel = os.environ.get("PATCHBAY_ACCEL", "tcg")
        backend = ["-object", "memory-backend-memfd,id=mem0,share=on,size=%dM" % memory,
                   "-machine", "memory-backend=mem0"]
        if any("id=mem0," in word for argv in nics for word in argv):
            backend = []
        return [str(SCRIPTS / "qemu"), "-nodefaults", "-no-user-config", "-display", "none",
                "-machine", machine, "-accel", accel, "-cpu", "max", "-m", "%dM" % memory,
                "-chardev", "file,id=console,path=%s" % self.console, "-serial", "chardev:console",
                "-chardev", "socket,id=agent,server=on,wait=off,path=%s" % (self.folder / "agent"),
                "-serial", "chardev:agent",
                "-qmp", "unix:%s,server=on,wait=off" % (self.folder / "qmp"),
                *backend, *_merge(nics)]

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
        start = time.monotonic()
        with open(self.folder / "stderr", "wb") as stderr:
            self.process = process.start(self.argv, stderr)
        self.agent = self._connect("agent")
        self.wait_ready()
        self.boot_time = time.monotonic() - start
        self.qmp = Qmp(self.folder / "qmp")

    def stop(self):
        """Ends QEMU; the guest is not asked. Returns QEMU's exit status."""
        for connection in (self.agent, self.qmp):
            if connection:
                connection.close()
        status = process.stop(self.process) if self.process else None
        self.process = None
        shutil.rmtree(self.folder, ignore_errors=True)
        return status

    def _connect(self, name):
        end = time.monotonic() + 10
        connection = socket.socket(socket.AF_UNIX)
        while True:
            try:
                connection.connect(str(self.folder / name))
                return connection
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise self.error("QEMU did not start") from None
                time.sleep(0.02)

    def error(self, what):
        """A GuestError that says what, and shows QEMU's messages and the console's last lines."""
        message = [what]
        if self.process and self.process.poll() is not None:
            message.append("QEMU ended with %d" % self.process.returncode)
        for name in ("stderr", "console"):
            path = self.folder / name
            if path.exists():
                lines = path.read_text(errors="replace").splitlines()[-15:]
                message += ["%s: %s" % (name, line) for line in lines]
        return GuestError("\n".join(message))

    def _fill(self, end, what):
        """Waits for more bytes of the agent."""
        ready = select.select([self.agent], [], [], max(0, end - time.monotonic()))[0]
        if not ready:
            raise self.error("the guest was silent: " + what)
        data = self.agent.recv(65536)
        if not data:
            raise self.error("QEMU is gone: " + what)
        self.buffer += data

    def _line(self, end, what):
        while b"\n" not in self.buffer:
            self._fill(end, what)
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.decode(errors="replace").strip()

    def wait_ready(self, seconds=BOOT_SECONDS):
        """Waits until the agent of a fresh boot says it is there."""
        end = time.monotonic() + seconds
        self.answers = {}
        while self._line(end, "waiting for the boot") != "ready":
            pass

    def begin(self, script, timeout=30):
        """Starts a shell script in the guest, which kills it in time; finish() has its answer."""
        self.next_id += 1
        text = script.encode()
        self.agent.sendall(b"%d %d %d\n" % (self.next_id, timeout, len(text)) + text)
        return self.next_id, script, time.monotonic() + timeout + 15

    def finish(self, job):
        """Waits for a script's end. Returns its exit status and what it printed, as bytes."""
        number, script, end = job
        while number not in self.answers:
            fields = self._line(end, script).split()
            if len(fields) != 3 or not fields[2].isdigit():
                raise self.error("the agent said %r during: %s" % (fields, script))
            size = int(fields[2])
            while len(self.buffer) < size:
                self._fill(end, script)
            self.answers[int(fields[0])] = int(fields[1]), self.buffer[:size]
            self.buffer = self.buffer[size:]
        return self.answers.pop(number)

    def status(self, script, timeout=30):
        """Runs a shell script. Returns its exit status and what it printed, as text."""
        status, output = self.finish(self.begin(script, timeout))
        return status, output.decode(errors="replace").strip()

    def run(self, script, timeout=30):
        """Runs a shell script that must succeed. Returns what it printed, as text."""
        status, output = self.status(script, timeout)
        if status:
            why = "took over %d s" % timeout if status == 137 else "ended with %d" % status
            raise self.error("in the guest, `%s` %s: %s" % (script, why, output[-1000:]))
        return output

    def put(self, path, content):
        """Writes a file in the guest."""
        text = base64.encodebytes(content).decode()
        self.run("base64 -d >%s <<END\n%sEND" % (path, text), 60)

    def get(self, path):
        """Reads a file of the guest."""
        status, content = self.finish(self.begin("cat " + path, 60))
        if status:
            raise self.error("in the guest, there is no " + path)
        return content

    def dmesg(self, clear=False):
        """The kernel's messages; with clear, those since the last clear only the next time."""
        return self.run("dmesg -c" if clear else "dmesg")

    def reset(self):
        """Presses the reset button and waits for the boot."""
        self.qmp("system_reset")
        self.wait_ready()

    def dhcp(self, interface="eth0", timeout=30):
        """Runs the DHCP client once and returns the IPv4 address the interface has then."""
        script = "/etc/udhcpc/default.script"
        self.run("udhcpc -i %s -n -q -f -t 10 -T 1 -s %s" % (interface, script), timeout)
        return self.address(interface)

    def address(self, interface="eth0", family=4):
        """The interface's first address beyond its link that is ready for use, or None."""
        for line in self.run("ip -%d addr show dev %s" % (family, interface)).splitlines():
            words = line.split()
            if words[0] in ("inet", "inet6") and not {"tentative", "link"} & set(words):
                return words[1].split("/")[0]
        return None
