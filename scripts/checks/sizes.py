# SPDX-License-Identifier: BSD-2-Clause
"""Limits on files, functions, parameters, nesting and columns."""

import re

from checks import nesting
from checks.csource import Unbalanced
from checks.includes import INCLUDE, THIRD_PARTY
from checks.tree import Finding

FILE_LINES = 600
FUNCTION_LINES = 60
PARAMETERS = 5
NESTING = 3
COLUMNS = 100

# A callback has the parameters its library wants; its comment then says whose wish they are.
FOREIGN_SIGNATURE = re.compile(r"signature given by \w+")


def check(tree):
    """Sizes of all C files, and the length of scripts."""
    findings = []
    for path in tree.ending(".c", ".h"):
        findings += _file(tree, path) + _columns(tree, path) + _functions(tree, path)
    for path in tree.scripts():
        findings += _file(tree, path)
    return findings


def _file(tree, path):
    """The length of a file."""
    count = len(tree.text(path).splitlines())
    if count <= FILE_LINES:
        return []
    return [Finding(path, count, f"{count} lines, at most {FILE_LINES} are allowed")]


def _columns(tree, path):
    """The width of its lines, a tab being eight columns."""
    return [Finding(path, number, f"line of {len(line.expandtabs(8))} columns, "
                                  f"at most {COLUMNS} are allowed")
            for number, line in tree.lines(path) if len(line.expandtabs(8)) > COLUMNS]


def _functions(tree, path):
    """Length, nesting and parameters of the functions of a file."""
    source = tree.source(path)
    if source.unbalanced:
        return [Finding(path, source.unbalanced,
                        "bracket without its partner (does an #if split a block?)")]
    findings = []
    for function in source.functions:
        length = function.last - function.first + 1
        if length > FUNCTION_LINES:
            findings.append(Finding(path, function.first, f"{function.name}() has {length} lines, "
                                                          f"at most {FUNCTION_LINES} are allowed"))
        findings += _nesting(path, function)
    foreign = _includes_third_party(source)
    for function in source.functions + source.prototypes:
        comment = source.comment_above(function.first)
        if foreign and comment and FOREIGN_SIGNATURE.search(comment.text):
            continue
        if len(function.params) > PARAMETERS:
            findings.append(Finding(path, function.first,
                                    f"{function.name}() has {len(function.params)} parameters, "
                                    f"at most {PARAMETERS} are allowed"))
    return findings


def _nesting(path, function):
    """The depth of one function."""
    try:
        depth, line = nesting.deepest(function.body)
    except Unbalanced as error:
        return [Finding(path, error.args[0], "bracket without its partner")]
    if depth <= NESTING:
        return []
    return [Finding(path, line, f"{function.name}() is nested {depth} deep, "
                                f"at most {NESTING} are allowed")]


def _includes_third_party(source):
    """Whether a file includes a library's header, so that it may hold the library's callbacks."""
    headers = (INCLUDE.match(text) for _, text in source.directives)
    return any(h and h.group(1) == "<" and h.group(2) in THIRD_PARTY for h in headers)
