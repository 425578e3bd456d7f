# SPDX-License-Identifier: BSD-2-Clause
"""Checks that ask a compiler, an interpreter or clang-format."""

import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

from checks.includes import GENERATED, INCLUDE
from checks.tree import Finding, Skip

FORMAT_VERSION = 14
JOBS = 2
BATCH = 16
COMPILE = ["gcc", "-fsyntax-only", "-std=gnu17", "-D_GNU_SOURCE", "-Wall", "-Wextra",
           "-Wno-missing-field-initializers", "-Werror", "-I.", "-Ibuild/gen", "-x", "c", "-"]


def _run(tree, command, text=""):
    """Runs a command in the root; returns its exit code and its error output."""
    done = subprocess.run(command, cwd=tree.root, input=text, capture_output=True, text=True,
                          check=False)
    return done.returncode, done.stderr


def headers(tree):
    """Every header compiles when it is the only include of a file."""
    if not shutil.which("gcc"):
        raise Skip("there is no gcc")
    _generate(tree)

    def one(path):
        code, output = _run(tree, COMPILE, f'#include "{path}"\n')
        if code == 0:
            return []
        first = re.search(r"^(\S+?):(\d+):(?:\d+:)? (?:fatal )?error: (.*)$", output, re.M)
        if not first:
            return [Finding(path, 0, output.strip() or f"gcc ended with {code}")]
        where, line, why = first.groups()
        inside = "" if where == path else f" ({where}:{line})"
        return [Finding(path, int(line) if where == path else 0,
                        f"does not compile alone: {why}{inside}")]

    with ThreadPoolExecutor(JOBS) as pool:
        return sum(pool.map(one, tree.ending(".h")), [])


def _generate(tree):
    """Makes the generated headers, if some header needs one."""
    included = (INCLUDE.match(d) for p in tree.ending(".h") for _, d in tree.source(p).directives)
    names = {i.group(2) for i in included if i and GENERATED.fullmatch(i.group(2))}
    if any(not os.path.exists(os.path.join(tree.root, "build/gen", n)) for n in names):
        env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
        subprocess.run(["make", "-s", "build/gen/openapi_gen.c"], cwd=tree.root, env=env,
                       stdout=subprocess.DEVNULL, check=False)


def formatting(tree):
    """clang-format has nothing to change."""
    tool = _clang_format()
    files = tree.ending(".c", ".h")
    batches = [files[i:i + BATCH] for i in range(0, len(files), BATCH)]

    def one(batch):
        code, output = _run(tree, [tool, "--dry-run", "-Werror", *batch])
        lines = re.findall(r"^(\S+?):(\d+):\d+: (?:error|warning):", output, re.M)
        findings = {}
        for path, line in lines:
            findings.setdefault(path, Finding(path, int(line), "clang-format would change it "
                                                               "(run make format)"))
        if code and not findings:
            return [Finding(batch[0], 0, output.strip())]
        return list(findings.values())

    with ThreadPoolExecutor(JOBS) as pool:
        return sum(pool.map(one, batches), [])


def syntax(tree):
    """Python and shell scripts parse: no test run reaches every one of them."""
    findings = []
    for path in tree.scripts():
        first = tree.text(path).split("\n", 1)[0]
        if path.endswith(".py") or "python" in first:
            try:
                compile(tree.text(path), path, "exec")
            except SyntaxError as error:
                findings.append(Finding(path, error.lineno or 0, error.msg))
        elif path.endswith(".sh") or re.match(r"#!.*\bsh\b", first):
            code, output = _run(tree, ["sh", "-n", path])
            if code:
                line = re.search(r": (\d+): ", output)
                findings.append(Finding(path, int(line.group(1)) if line else 0, output.strip()))
    return findings


def _clang_format():
    """The one version whose taste the repository follows; others differ in details."""
    tool = shutil.which(f"clang-format-{FORMAT_VERSION}") or shutil.which("clang-format")
    if not tool:
        raise Skip("there is no clang-format")
    version = subprocess.run([tool, "--version"], capture_output=True, text=True,
                             check=True).stdout
    found = re.search(r"version (\d+)", version)
    if not found or int(found.group(1)) != FORMAT_VERSION:
        raise Skip(f"clang-format {FORMAT_VERSION} is wanted, this is: {version.strip()}")
    return tool
