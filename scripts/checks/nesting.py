# SPDX-License-Identifier: BSD-2-Clause
"""How deep the statements of a function are nested.

The statements of the function's own block are at depth 0; each if, else, for, while, do, switch,
iteration macro, bare block and statement expression is one deeper, with or without braces. An
`else if` continues its `if`; the braces of an initialiser or around a case are no further level.
"""

from checks.csource import closing

CONTROLS = ("if", "for", "while", "switch")
# Words that take parentheses at the start of a declaration: not iteration macros.
TYPE_WORDS = ("typeof", "__typeof__", "__attribute__", "_Alignas", "alignas", "sizeof")


class Walker:
    """Reads the tokens of one function body and remembers the deepest statement."""

    def __init__(self, tokens):
        self.tokens = tokens
        self.pos = 0
        self.deepest = 0
        self.line = tokens[0].line

    def text(self, ahead=0):
        """The text of a token, "" behind the end."""
        i = self.pos + ahead
        return self.tokens[i].text if i < len(self.tokens) else ""

    def reach(self, depth):
        """Notes that a statement stands at this depth."""
        if depth > self.deepest:
            self.deepest = depth
            self.line = self.tokens[min(self.pos, len(self.tokens) - 1)].line

    def block(self, depth):
        """From an opening brace to behind the closing one; its statements are at depth."""
        end = closing(self.tokens, self.pos)
        self.pos += 1
        while self.pos < end:
            self.statement(depth)
        self.pos = end + 1

    def body(self, depth):
        """The one statement or block that a control governs."""
        self.reach(depth)
        if self.text() == "{":
            self.block(depth)
        else:
            self.statement(depth)

    def statement(self, depth):
        """Any one statement; `depth` is its own."""
        labelled = self.labels()
        word = self.text()
        if word == "{":
            self.body(depth if labelled else depth + 1)
        elif word in CONTROLS:
            self.control(word, depth)
        elif word == "do":
            self.pos += 1
            self.body(depth + 1)
            self.expression(depth)
        elif self.is_macro_loop():
            self.pos = closing(self.tokens, self.pos + 1) + 1
            self.body(depth + 1)
        else:
            self.expression(depth)

    def control(self, word, depth):
        """if (...) ... else ..., for, while, switch."""
        self.pos += 1
        self.parentheses(depth)
        self.body(depth + 1)
        if word == "if" and self.text() == "else":
            self.pos += 1
            if self.text() == "if":
                self.statement(depth)
            else:
                self.body(depth + 1)

    def labels(self):
        """Skips case X:, default: and goto labels. Returns True if there was one."""
        start = self.pos
        while True:
            if self.text() in ("case", "default"):
                while self.text() not in (":", ""):
                    self.pos += 1
                self.pos += 1
            elif self.tokens[self.pos].kind == "word" and self.text(1) == ":":
                self.pos += 2
            else:
                return self.pos > start

    def is_macro_loop(self):
        """name(...) followed by a statement instead of an operator: list_for_each() and such."""
        if self.tokens[self.pos].kind != "word" or self.text() in TYPE_WORDS:
            return False
        if self.text(1) != "(":
            return False
        after = closing(self.tokens, self.pos + 1) + 1
        if after >= len(self.tokens):
            return False
        return self.tokens[after].kind == "word" or self.tokens[after].text == "{"

    def parentheses(self, depth):
        """A bracketed group; statement expressions inside it are blocks."""
        end = closing(self.tokens, self.pos)
        while self.pos < end:
            if self.text() == "(" and self.text(1) == "{":
                self.pos += 1
                self.body(depth + 1)
            else:
                self.pos += 1
        self.pos = end + 1

    def expression(self, depth):
        """An expression or declaration, to behind its semicolon."""
        while self.text() not in (";", "}", ""):
            if self.text() in ("(", "["):
                self.parentheses(depth)
            elif self.text() == "{":
                self.pos = closing(self.tokens, self.pos) + 1
            else:
                self.pos += 1
        if self.text() == ";":
            self.pos += 1


def deepest(body):
    """Depth and line of the deepest statement; `body` runs from brace to brace."""
    walker = Walker(body)
    walker.block(0)
    return walker.deepest, walker.line
