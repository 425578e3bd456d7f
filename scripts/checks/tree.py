# SPDX-License-Identifier: BSD-2-Clause
"""What every check works on: the files of the repository, and the findings it returns."""

import os
import subprocess
from collections import namedtuple

from checks import csource

# One complaint; line 0 means the file as a whole.
Finding = namedtuple("Finding", "path line why")


class Skip(Exception):
    """Raised by a check that cannot run on this machine; the text says why."""


class Tree:
    """The files below one root that git tracks or would track, read once each."""

    def __init__(self, root):
        self.root = root
        self._texts = {}
        self._sources = {}
        self.paths = sorted(p for p in self._list() if self._is_file(p))

    def _is_file(self, path):
        full = os.path.join(self.root, path)
        return os.path.isfile(full) and not os.path.islink(full)

    def _list(self):
        """New files count too, so that a check speaks before the commit, not after it."""
        command = ["git", "-c", "safe.directory=*", "-C", self.root, "ls-files", "-z",
                   "--cached", "--others", "--exclude-standard"]
        try:
            out = subprocess.run(command, capture_output=True, check=True).stdout
            return set(os.fsdecode(out).split("\0")) - {""}
        except (OSError, subprocess.CalledProcessError):
            return self._walk()

    def _walk(self):
        """The same for an unpacked archive, where there is no git."""
        found = set()
        for folder, dirs, files in os.walk(self.root):
            dirs[:] = [d for d in dirs if d not in ("build", ".git", "node_modules", "__pycache__")]
            found.update(os.path.relpath(os.path.join(folder, f), self.root) for f in files)
        return found

    def text(self, path):
        """The file as text; "" for a binary one."""
        if path not in self._texts:
            with open(os.path.join(self.root, path), "rb") as file:
                data = file.read()
            self._texts[path] = "" if b"\0" in data else data.decode("utf-8", "replace")
        return self._texts[path]

    def lines(self, path):
        """Pairs of line number and line."""
        return enumerate(self.text(path).splitlines(), 1)

    def source(self, path):
        """The parsed form of a .c or .h file."""
        if path not in self._sources:
            self._sources[path] = csource.parse(self.text(path))
        return self._sources[path]

    def ending(self, *suffixes):
        """Paths with one of the suffixes."""
        return [p for p in self.paths if p.endswith(suffixes)]

    def scripts(self):
        """Python, shell and JavaScript files: by suffix, or by the first line if there is none."""
        return [p for p in self.paths
                if p.endswith((".py", ".sh", ".js", ".mjs"))
                or ("." not in os.path.basename(p) and self.text(p).startswith("#!"))]
