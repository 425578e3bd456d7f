# SPDX-License-Identifier: BSD-2-Clause
"""A test program's report: one line a case on standard output, and the exit status.

    ok NAME | not ok NAME: why | skip NAME: why          exit 0, 1, or 77 when all were skipped
"""
import contextlib
import os
import sys
import time
import traceback


class Skip(Exception):
    """Raised where a case, or the whole program, cannot run on this machine."""


def skip(reason):
    """Ends the program: nothing of it can run here."""
    print("skip %s: %s" % (os.path.basename(sys.argv[0]), reason), flush=True)
    sys.exit(77)


def expect(condition, complaint):
    """The assertion of these tests: the complaint says what was seen."""
    if not condition:
        raise AssertionError(complaint)


def expect_equal(got, wanted, what):
    expect(got == wanted, "%s is %r, not %r" % (what, got, wanted))


def wait_for(condition, seconds, what, pause=0.1):
    """Calls condition() until it returns something true, and returns that."""
    end = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        expect(time.monotonic() < end, "waited %g s in vain for %s" % (seconds, what))
        time.sleep(pause)


class Report:
    """Runs cases one after the other; one that fails does not stop the rest."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    @contextlib.contextmanager
    def case(self, name):
        start = time.monotonic()
        try:
            yield
        except Skip as why:
            self.skipped += 1
            print("skip %s: %s" % (name, why), flush=True)
        except Exception as error:
            self.fail(name, error)
        else:
            self.passed += 1
            print("ok %s (%.1f s)" % (name, time.monotonic() - start), flush=True)

    def fail(self, name, error):
        self.failed += 1
        lines = str(error).strip().splitlines() or [type(error).__name__]
        print("not ok %s: %s" % (name, lines[0]), flush=True)
        for line in lines[1:]:
            print("    " + line, file=sys.stderr)
        if not isinstance(error, AssertionError):
            traceback.print_exc()

    def status(self):
        if self.failed:
            return 1
        return 77 if self.skipped and not self.passed else 0


def run(main):
    """Calls main(report) and ends the program with its status."""
    report = Report()
    name = os.path.basename(sys.argv[0])
    try:
        main(report)
    except Skip as why:
        report.skipped += 1
        print("skip %s: %s" % (name, why), flush=True)
    except Exception as error:
        report.fail(name, error)
    sys.exit(report.status())
