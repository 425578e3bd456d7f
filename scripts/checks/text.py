# SPDX-License-Identifier: BSD-2-Clause
"""Checks on plain text: the licence line, leftovers, and paths of somebody's machine."""

import os
import re

from checks.tree import Finding

LICENCE = "SPDX-License-Identifier: BSD-2-Clause"
LICENSED = (".c", ".h", ".css", ".html", ".yaml", ".yml")
CORPORA = ("tests/fuzz/corpus/",)

# Written so that this file does not complain of itself.
LEFTOVER = re.compile(r"\b(?:%s)\b" % "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3, "HA" + "CK")))
MACHINE_PATH = re.compile(r"(?<![\w.~})-])/(?:work|root)/")


def _sources(tree):
    """Code of every language."""
    makefiles = [p for p in tree.paths if os.path.basename(p) == "Makefile"]
    return sorted(set(tree.ending(*LICENSED) + tree.scripts() + makefiles))


def spdx(tree):
    """The licence within the first three lines of each source file."""
    return [Finding(path, 1, f"no {LICENCE} in the first three lines")
            for path in _sources(tree)
            if not path.startswith(CORPORA)
            and LICENCE not in "\n".join(tree.text(path).split("\n")[:3])]


def leftovers(tree):
    """Marks of unfinished work."""
    return [Finding(path, number, f"{match.group()}: finish it or file it")
            for path in _sources(tree)
            for number, line in tree.lines(path)
            for match in LEFTOVER.finditer(line)]


def machine_paths(tree):
    """Absolute paths that exist on one machine only."""
    return [Finding(path, number, f"absolute path {match.group()}... of one machine")
            for path in tree.paths if not path.startswith(CORPORA)
            for number, line in tree.lines(path)
            for match in MACHINE_PATH.finditer(line)]
