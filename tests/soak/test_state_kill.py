#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Kills the daemon at 200 random moments of a stream of mutations; nothing acknowledged is lost."""
import os
import random
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from support import mutations                                           # noqa: E402
from support.report import run                                          # noqa: E402

MOMENTS = 200


def main(report):
    seed = int(time.time())
    with report.case("%d moments, seed %d" % (MOMENTS, seed)):
        ahead = mutations.check(MOMENTS, random.Random(seed))
        print("the request under way was found done, though not acknowledged: %d times" % ahead)


if __name__ == "__main__":
    run(main)
