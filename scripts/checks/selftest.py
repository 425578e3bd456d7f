# SPDX-License-Identifier: BSD-2-Clause
"""The checks checked: small trees with a known fault each, and a good one that must pass."""

import os
import tempfile

from checks import comments, compilers, includes, sizes, text
from checks.tree import Finding, Skip, Tree

HERE = "scripts/checks/selftest.py"
SPDX = "/* SPDX-License-Identifier: BSD-2-Clause */\n"


def _function(body, name="f", params="void"):
    """A documented function with this body."""
    return f"/** {name}() - does it */\nstatic int {name}({params})\n{{\n{body}}}\n"


# Awkward, but right: nothing below may be complained about.
GOOD = {
    "net/core/a.h": SPDX + '''#pragma once
#include <stdint.h>
#include "net/base/b.h"

/**
 * struct a - a thing
 * @next: the next one
 */
/* clang-format off */
struct a {
	struct a *next;
};
/* clang-format on */

typedef int (*a_hook)(int a, int b, int c, int d, int e, int f);

/** a_first() - the first; @a: is not at the start of a line */
int a_first(struct a *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** a_hooked() - takes a function
 * @hook: called with six numbers
 * @a: the thing
 */
void a_hooked(void (*hook)(int, int, int, int, int, int), struct a a[static 1]);
''',
    "net/base/b.h": SPDX + "#pragma once\n#include <sys/uio.h>\nstruct a;\n",
    "net/core/a.c": SPDX + '''#include "net/core/a.h"

#include <stdio.h>
#include <net/if.h>

#define BRACE {
static const struct { int x; } table[] = {
	{ .x = sizeof(int) }, { .x = '{' },
};
static const char *const text = "{ /* no comment";

int a_first(struct a *a, const char *format, ...)
{
	return 0;
}

/** loops() - four statements, three deep
 * @n: how many
 */
static __attribute__((unused)) int loops(int n)
{
	struct { int a[2]; } s = { .a = { 1, 2 } };
	for (int i = 0; i < n; i++) {
		list_for_each(a, b) {
			if (i)
				continue;
			else if (n)
				i = ((struct point){ 1, 2 }).x;
			else
				switch_it(i);
		}
	}
	switch (n) {
	case 1: {
		while (n)
			if (n)
				n = table[0].x ? n : s.a[0];
		break;
	}
	default:
		goto out;
	}
out:
	return n;
}
''',
    "tests/unit/test_a.c": SPDX + '#include "openapi_gen.h"\n#include <cmocka.h>\n'
                                  "int untold(void)\n{\n\treturn 0;\n}\n",
    "tests/fuzz/corpus/a/1": "/" + "root/x",
    "scripts/a": "#!/bin/sh\n# SPDX-License-Identifier: BSD-2-Clause\necho a\n",
    "Makefile": "# SPDX-License-Identifier: BSD-2-Clause\nall: # $T/" + "root/x\n",
}

# check, path, text, what its complaint says
BAD = [
    (includes.check, "net/base/x.c", '#include "net/core/a.h"\n', "must not know"),
    (includes.check, "net/core/x.c", '#include "devices/d.h"\n', "must not know"),
    (includes.check, "net/user/x.c", '#include "api/d.h"\n', "must not know"),
    (includes.check, "devices/x.c", '#include "net/backend/d.h"\n', "must not know"),
    (includes.check, "devices/e1000/x.c", '#include "devices/rtl8139/d.h"\n', "must not know"),
    (includes.check, "devices/chip/x.c", '#include "devices/e1000/d.h"\n', "must not know"),
    (includes.check, "daemon/x.c", '#include "tests/d.h"\n', "of the tests"),
    (includes.check, "net/core/x.c", '#include "a.h"\n', "no path from the root"),
    (includes.check, "net/core/x.c", '#include "../core/a.h"\n', "no path from the root"),
    (includes.check, "api/x.c", "#include <microhttpd.h>\n", "belongs in api/http.c or"),
    (includes.check, "api/http.h", "#include <microhttpd.h>\n", "belongs in api/http.c or"),
    (includes.check, "net/core/x.c", "#include <jansson.h>\n", "belongs in"),
    (includes.check, "net/backend/x.c", "#include <slirp/libslirp.h>\n", "belongs in net/user/"),
    (includes.check, "net/base/x.c", "#include <glib.h>\n", "neither libc's"),
    (includes.check, "net/core/x.c", "#include <net/core/a.h>\n", "neither libc's"),
    (includes.check, "api/x.c", '#include "other_gen.h"\n', "no path from the root"),
    (includes.check, "other/x.c", '#include "net/core/a.h"\n', "no known layer"),
    (includes.check, "net/base/b.c", '#include <stdio.h>\n#include "net/base/b.h"\n', "own header"),
    (sizes.check, "net/x.c", "int x;\n" * 601, "601 lines"),
    (sizes.check, "x.py", "x = 1\n" * 601, "601 lines"),
    (sizes.check, "net/x.c", _function("\tg();\n" * 58), "61 lines"),
    (sizes.check, "net/x.c", "\t" * 12 + "int x;\n", "102 columns"),
    (sizes.check, "net/x.h", "int f(int a, int b, int c, int d, int e, int f);\n", "6 parameters"),
    (sizes.check, "net/x.c",
     _function("", params="int a, int b, g *c, int d, int e, int (*f)(int)"), "6 parameters"),
    (sizes.check, "net/x.c", _function("if (a) for (;;) while (b) if (c) d();\n"), "4 deep"),
    (sizes.check, "net/x.c", _function("if (a) { do { if (b) { { x(); } } } while (1); }\n"),
     "4 deep"),
    (sizes.check, "net/x.c", _function("each(a) { each(b) { each(c) { each(d) e(); } } }\n"),
     "4 deep"),
    (sizes.check, "net/x.c",
     _function("if (a) {} else { if (b) { if (c) { x = ({ d(); }); } } }\n"), "4 deep"),
    (sizes.check, "net/x.c",
     "int f(void)\n{\n#if A\n\tif (a) {\n#else\n\tif (b) {\n#endif\n\t}\n}\n",
     "without its partner"),
    (comments.check, "net/x.h", "int f(void);\n", "f() has no comment"),
    (comments.check, "net/x.h", "/** f() - x */\n\nint f(void);\n", "f() has no comment"),
    (comments.check, "net/x.h", "int g; /* of g */\nextern int f(void) COLD;\n",
     "f() has no comment"),
    (comments.check, "net/x.h", "struct __attribute__((packed)) s {\n\tint a;\n};\n",
     "struct s has no comment"),
    (comments.check, "api/x.c", "static struct s *f(void)\n{\n}\n", "f() has no comment"),
    (comments.check, "api/x.c", "int f(void)\n{\n}\n", "f() has no comment"),
    (comments.check, "api/x.c", "/**\n * g() - x\n */\nint f(void)\n{\n}\n", "is headed g()"),
    (comments.check, "api/x.c", "/** f() - x\n * @b: y\n */\nint f(int a[2])\n{\n}\n",
     "no parameter @b"),
    (text.spdx, "net/x.c", "int x;\n", "no SPDX"),
    (text.spdx, "scripts/x", "#!/bin/sh\n", "no SPDX"),
    (text.leftovers, "web/x.js", "// TO" + "DO: y\n", "finish it"),
    (text.machine_paths, "docs/x.md", "cd /" + "work/x\n", "of one machine"),
    (compilers.headers, "net/x.h", "#pragma once\nuint8_t x(void);\n", "does not compile alone"),
    (compilers.syntax, "tests/x", "#!/usr/bin/env python3\nprint(\n", "was never closed"),
    (compilers.syntax, "tests/x.sh", "if true; then\n", "end of file"),
    (compilers.formatting, "net/x.c", "int  x;\n", "clang-format would change"),
]


def _tree(folder, files):
    """Writes the files into a folder of their own."""
    for path, content in files.items():
        full = os.path.join(folder, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(content)
    return Tree(folder)


def _findings(check, files):
    """What a check says about such a tree; a check that cannot run here says nothing."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            return check(_tree(folder, files))
        except Skip:
            return None


def _expect(number, case):
    """One row of BAD must give exactly one finding, with the words expected."""
    check, path, content, words = case
    base = {"net/core/a.h": GOOD["net/core/a.h"], "net/base/b.h": GOOD["net/base/b.h"],
            "devices/d.h": "", "api/d.h": "", "net/backend/d.h": "", "tests/d.h": "",
            "devices/e1000/d.h": "", "devices/rtl8139/d.h": ""}
    findings = _findings(check, {path: content} if check in (text.spdx, compilers.formatting)
                         else base | {path: content})
    if findings is None:
        return []
    if len(findings) == 1 and words in findings[0].why and findings[0].path == path:
        return []
    name = f"{check.__module__}.{check.__name__}"
    return [Finding(HERE, 0, f"case {number}: {name} on {content!r} in {path} should say "
                                 f"{words!r} once, said {[f.why for f in findings]}")]


def check(_tree_of_caller):
    """Every check speaks up on what is bad, and keeps silent on what is good."""
    findings = []
    for number, case in enumerate(BAD):
        findings += _expect(number, case)
    for silent in (includes.check, sizes.check, comments.check, text.spdx, text.leftovers,
                   text.machine_paths, compilers.headers, compilers.syntax):
        said = _findings(silent, GOOD)
        findings += [Finding(HERE, 0, f"good code, but {silent.__module__} says {f}")
                     for f in said or []]
    return findings
