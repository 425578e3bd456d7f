# SPDX-License-Identifier: BSD-2-Clause
"""A comment directly above every function and every struct of a header, and one that is true."""

import re

from checks.csource import parameter_name
from checks.tree import Finding

PRODUCT = ("net/", "devices/", "api/", "daemon/")
TITLE = re.compile(r"/\*\*\s*\*?\s*(\w+)\(\)")
PARAM = re.compile(r"^\s*\*\s*@(\w+):", re.M)


def check(tree):
    """Missing and outdated comments."""
    findings = []
    declared = set()
    for path in tree.ending(".h"):
        source = tree.source(path)
        public = [p for p in source.prototypes if not p.static]
        declared.update(p.name for p in public)
        for function in public:
            findings += _function(path, source, function)
        findings += [Finding(path, s.first, f"struct {s.name} has no comment directly above it")
                     for s in source.structs if not source.comment_above(s.first)]
    for path in tree.ending(".c", ".h"):
        if path.startswith(PRODUCT):
            findings += _definitions(path, tree.source(path), declared)
    return findings


def _definitions(path, source, declared):
    """The functions of one file; what a header declares is documented there."""
    findings = []
    for function in source.functions:
        if function.static or function.name not in declared:
            findings += _function(path, source, function)
    return findings


def _function(path, source, function):
    """The comment of one function: there, with the right name and the right parameters."""
    comment = source.comment_above(function.first)
    if not comment:
        return [Finding(path, function.first,
                        f"{function.name}() has no comment directly above it")]
    findings = []
    title = TITLE.match(comment.text)
    if title and title.group(1) != function.name:
        findings.append(Finding(path, comment.first, f"the comment of {function.name}() "
                                                     f"is headed {title.group(1)}()"))
    names = {parameter_name(p) for p in function.params}
    for name in PARAM.findall(comment.text):
        if name not in names:
            findings.append(Finding(path, comment.first,
                                    f"{function.name}() has no parameter @{name}"))
    return findings
