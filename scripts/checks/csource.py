# SPDX-License-Identifier: BSD-2-Clause
"""A small reader of C: finds the functions, prototypes and structs of a file, with their lines.

It is no compiler. It drops comments and preprocessor lines, walks the file-scope declarations by
matching brackets, and tells a function body from a struct body or an initialiser by what stands
before the brace. Both branches of an #if are read; a brace opened in only one of them leaves the
file unbalanced, which the caller reports.
"""

import bisect
import re
from collections import namedtuple

TOKEN = re.compile(r"""
    (?P<comment>/\*.*?\*/|//[^\n]*)
  | (?P<directive>^[ \t]*\#(?:/\*.*?\*/|\\\n|[^\n])*)
  | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
  | (?P<word>[A-Za-z_]\w*)
  | (?P<number>\.?\d(?:[eEpP][+-]|[\w.])*)
  | (?P<punct>\.\.\.|->|\+\+|--|<<=|>>=|[-+*/%&|^=!<>]=|&&|\|\||[^\s])
""", re.S | re.M | re.X)

OPEN, CLOSE = "([{", ")]}"
ATTRIBUTES = ("__attribute__", "_Alignas", "alignas", "__declspec", "__asm__", "asm")

Token = namedtuple("Token", "kind text line")
Comment = namedtuple("Comment", "text first last")
Function = namedtuple("Function", "name static params first last body")
Struct = namedtuple("Struct", "name first")


class Source:
    """What parse() found in one file."""

    def __init__(self):
        self.comments = {}      # last line of a comment that stands alone -> Comment
        self.directives = []    # (line, text) of preprocessor lines
        self.functions = []     # definitions
        self.prototypes = []    # declarations of functions; body is None
        self.structs = []       # struct definitions with a tag at file scope
        self.unbalanced = 0     # line of a bracket without its partner, 0 if there is none

    def comment_above(self, line):
        """The comment that ends on the line before, past clang-format switches; or None."""
        found = self.comments.get(line - 1)
        while found and "clang-format" in found.text:
            found = self.comments.get(found.first - 1)
        return found


class Unbalanced(Exception):
    """A bracket without its partner; carries the line."""


def parse(text):
    """Reads one C file.

    Returns a Source; if brackets do not match, one that has `unbalanced` set and ends there.
    """
    source = Source()
    tokens = _tokens(text, source)
    try:
        _declarations(tokens, source)
    except Unbalanced as error:
        source.unbalanced = error.args[0]
    return source


def _tokens(text, source):
    """Splits text into tokens; comments and directives go to the source instead."""
    starts = [m.start() for m in re.finditer(r"^", text, re.M)]
    tokens = []
    for match in TOKEN.finditer(text):
        kind, line = match.lastgroup, bisect.bisect_right(starts, match.start())
        if kind == "comment":
            before = text[starts[line - 1]:match.start()]
            last = line + match.group().count("\n")
            if not before.strip():
                source.comments[last] = Comment(match.group(), line, last)
        elif kind == "directive":
            source.directives.append((line, match.group().strip()))
        else:
            tokens.append(Token(kind, match.group(), line))
    return tokens


def closing(tokens, start):
    """The index of the bracket that closes the one at start."""
    depth = 0
    for i in range(start, len(tokens)):
        if tokens[i].kind != "punct":
            continue
        if tokens[i].text in OPEN:
            depth += 1
        elif tokens[i].text in CLOSE:
            depth -= 1
            if depth == 0:
                return i
    raise Unbalanced(tokens[start].line)


def _declarations(tokens, source):
    """Walks the file scope and sorts each declaration into the source's lists."""
    start = i = 0
    while i < len(tokens):
        text = tokens[i].text if tokens[i].kind == "punct" else ""
        if text and text in CLOSE:
            raise Unbalanced(tokens[i].line)
        if text == "{":
            end = closing(tokens, i)
            if _brace(tokens, start, i, end, source):
                start = end + 1
            i = end
        elif text in ("(", "["):
            i = closing(tokens, i)
        elif text == ";":
            _prototype(tokens[start:i], source)
            start = i + 1
        i += 1


def _brace(tokens, start, i, end, source):
    """Decides what a file-scope brace opens. Returns True for a function body."""
    head = tokens[start:i]
    if any(t.text == "=" for t in _top_level(head)):
        return False
    name, params = _signature(head)
    words = [t.text for t in _without_attributes(head)]
    if name and words[0] != "typedef":
        static = any(t.text == "static" for t in head)
        source.functions.append(Function(name.text, static, params, head[0].line,
                                         tokens[end].line, tokens[i:end + 1]))
        return True
    if len(words) >= 2 and words[-2] == "struct":
        source.structs.append(Struct(words[-1], head[0].line))
    return False


def _prototype(head, source):
    """Records a declaration that ended in a semicolon, if it declares a function."""
    words = [t.text for t in _top_level(head)]
    if not words or words[0] == "typedef" or "=" in words:
        return
    name, params = _signature(head)
    if name and name.text != _without_attributes(head)[0].text:
        source.prototypes.append(Function(name.text, "static" in words, params, head[0].line,
                                          head[-1].line, None))


def _top_level(tokens):
    """The tokens outside of all brackets, brackets left out."""
    result, i = [], 0
    while i < len(tokens):
        if tokens[i].kind == "punct" and tokens[i].text in OPEN:
            i = closing(tokens, i)
        else:
            result.append(tokens[i])
        i += 1
    return result


def _without_attributes(tokens):
    """The tokens without __attribute__((...)) and its like."""
    result, i = [], 0
    while i < len(tokens):
        if tokens[i].text in ATTRIBUTES and i + 1 < len(tokens) and tokens[i + 1].text == "(":
            i = closing(tokens, i + 1)
        else:
            result.append(tokens[i])
        i += 1
    return result


def _signature(head):
    """The name token and the parameters of a function declarator, or (None, []).

    Of several name(...) groups the function is the first that does not look like a macro, which
    may stand before (PRINTF_LIKE(2, 3) int f(...)) or behind.
    """
    head = _without_attributes(head)
    found, i = [], 0
    while i < len(head):
        if head[i].kind == "punct" and head[i].text in OPEN:
            end = closing(head, i)
            pointer = head[i + 1].text == "*"
            if i > 0 and head[i].text == "(" and head[i - 1].kind == "word" and not pointer:
                found.append((head[i - 1], head[i + 1:end]))
            i = end
        i += 1
    if not found or head[-1].text in ("]", "}"):
        return None, []
    plain = [f for f in found if not f[0].text.isupper() and not f[0].text.startswith("__")]
    name, params = (plain or found)[0]
    return name, _split(params)


def _split(tokens):
    """Splits a parameter list at its top-level commas; (void) is empty, "..." is no parameter."""
    params, current, i = [], [], 0
    while i < len(tokens):
        if tokens[i].text == ",":
            params.append(current)
            current = []
        elif tokens[i].kind == "punct" and tokens[i].text in OPEN:
            end = closing(tokens, i)
            current += tokens[i:end]
            i = end
            current.append(tokens[i])
        else:
            current.append(tokens[i])
        i += 1
    params.append(current)
    return [p for p in params if [t.text for t in p] not in ([], ["void"], ["..."])]


def parameter_name(param):
    """The name of one parameter: of `(*name)(...)` in a function pointer, else the last word."""
    for i, token in enumerate(param[:-2]):
        if token.text == "(" and param[i + 1].text == "*" and param[i + 2].kind == "word":
            return param[i + 2].text
    words = [t.text for t in _top_level(_without_attributes(param)) if t.kind == "word"]
    return words[-1] if words else ""
