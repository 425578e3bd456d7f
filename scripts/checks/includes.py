# SPDX-License-Identifier: BSD-2-Clause
"""Who may include whom: the layers of the house, and one place for each third-party library.

net/base <- net/core <- net/{backend,user,service} and devices/; api/ and daemon/ stand on top.
"""

import os
import re

from checks.tree import Finding

INCLUDE = re.compile(r'#\s*include\s*([<"])([^>"]+)[>"]')

# Made from openapi.yaml into build/gen.
GENERATED = re.compile(r"openapi_\w+\.h")

UPPER_NET = ("net/base/", "net/core/", "net/backend/", "net/user/", "net/service/")
DEVICE_PARTS = ("net/base/", "net/core/", "devices/nic.h", "devices/dma.h", "devices/chip/",
                "devices/pci/", "devices/vfio_user/")
# For each folder (the longest that fits decides) what of ours it may include; None is anything.
# devices/ itself holds what all cards share plus the list of them, so it sees every card, while a
# card and the parts it is made of see no other card.
LAYERS = {
    "net/base/": ("net/base/",),
    "net/core/": ("net/base/", "net/core/"),
    "net/backend/": UPPER_NET,
    "net/user/": UPPER_NET,
    "net/service/": UPPER_NET,
    "net/": ("net/",),
    "devices/": ("net/base/", "net/core/", "devices/"),
    "devices/chip/": DEVICE_PARTS,
    "devices/pci/": DEVICE_PARTS,
    "devices/vfio_user/": DEVICE_PARTS,
    "devices/e1000/": DEVICE_PARTS + ("devices/e1000/",),
    "devices/rtl8139/": DEVICE_PARTS + ("devices/rtl8139/",),
    "api/": None,
    "daemon/": None,
    "tests/": None,
    "scripts/": None,
}

# Third-party header -> the files or folders that may include it. Tests may include any of them.
THIRD_PARTY = {
    "slirp/libslirp.h": ("net/user/",),
    "libslirp.h": ("net/user/",),
    "libvdeplug.h": ("net/backend/vde.c",),
    "microhttpd.h": ("api/http.c", "api/http_stream.c"),
    "pcap.h": ("net/service/capture.c",),
    "pcap/pcap.h": ("net/service/capture.c",),
    "seccomp.h": ("daemon/worker/",),
    "cap-ng.h": ("daemon/worker/",),
    "jansson.h": ("api/", "daemon/", "net/backend/", "net/user/", "scripts/"),
    "netlink/": ("daemon/control/",),
    "yaml.h": ("scripts/",),
    "cmocka.h": (),
}

# Headers of the C library and the kernel; any other <header> needs a row above.
SYSTEM_FOLDERS = ("sys/", "linux/", "asm/", "net/", "netinet/", "netpacket/", "arpa/", "bits/")
SYSTEM = set("""
    aio alloca assert byteswap ctype dirent dlfcn elf endian err errno error fcntl features fenv
    float fnmatch fts ftw getopt glob grp ifaddrs inttypes iso646 langinfo libgen limits link locale
    malloc math mntent mqueue netdb paths poll pthread pty pwd regex resolv sched search semaphore
    setjmp shadow signal spawn stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib
    stdnoreturn string strings syscall sysexits syslog termios time uchar unistd utime utmp utmpx
    wait wchar wctype cpuid immintrin arm_acle""".split())


def check(tree):
    """All the include rules over every .c and .h file."""
    findings = []
    for path in tree.ending(".c", ".h"):
        ours = []
        for line, text in tree.source(path).directives:
            match = INCLUDE.match(text)
            if not match:
                continue
            quoted, header = match.group(1) == '"', match.group(2)
            why = _ours(tree, path, header) if quoted else _system(tree, path, header)
            if why:
                findings.append(Finding(path, line, why))
            ours.append((line, header))
        findings += _own_header_first(tree, path, ours)
    return findings


def _ours(tree, path, header):
    """What is wrong with #include "header", or None."""
    if GENERATED.fullmatch(header):
        return None
    if _third_party(header) is not None:
        return f'"{header}" is not ours: write <{header}>'
    if ".." in header or header not in tree.paths:
        return f'"{header}" is no path from the root of the repository'
    layer = max((f for f in LAYERS if path.startswith(f)), key=len, default=None)
    if layer is None:
        return f"{path} lies in no known layer (scripts/checks/includes.py)"
    allowed = LAYERS[layer]
    if allowed is None:
        tests = header.startswith("tests/") and not path.startswith("tests/")
        return f'the product includes "{header}" of the tests' if tests else None
    if not header.startswith(allowed):
        return f'{layer} must not know "{header}" (only {", ".join(allowed)})'
    return None


def _third_party(header):
    """The places where a third-party header is allowed; None for a header of other kinds."""
    for name, places in THIRD_PARTY.items():
        if header == name or (name.endswith("/") and header.startswith(name)):
            return places
    return None


def _system(tree, path, header):
    """What is wrong with #include <header>, or None."""
    places = _third_party(header)
    if places is not None:
        if path.startswith("tests/") or path.startswith(tuple(places) or "tests/"):
            return None
        return f"<{header}> belongs in {' or '.join(places) or 'tests/'} only"
    if header.startswith(SYSTEM_FOLDERS) and header not in tree.paths:
        return None
    if header.removesuffix(".h") in SYSTEM:
        return None
    if path.startswith("tests/"):
        return f'write "{header}"' if header in tree.paths else None
    return f"<{header}> is neither libc's nor the kernel's nor listed in scripts/checks/includes.py"


def _own_header_first(tree, path, includes):
    """x/y.c includes "x/y.h" before anything else: this proves that y.h stands alone."""
    own = os.path.splitext(path)[0] + ".h"
    if not path.endswith(".c") or own not in tree.paths:
        return []
    if includes and includes[0][1] == own:
        return []
    line = includes[0][0] if includes else 0
    return [Finding(path, line, f'the first include must be its own header "{own}"')]
