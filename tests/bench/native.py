# SPDX-License-Identifier: BSD-2-Clause
"""What a card costs a frame, ours against QEMU's, driven without a guest (tests/bench/native.c)."""
import json
import subprocess

from support import process

PROGRAM = process.ROOT / "build/tests/bench/native"
GOAL = 2.0              # times QEMU's frames a second
LARGE_SEND_GOAL = 5.0


def _goal(case):
    return LARGE_SEND_GOAL if "large send" in case["case"] else GOAL


def measure(options):
    lines = subprocess.run([PROGRAM, *options.native], check=True, text=True, cwd=process.ROOT,
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.splitlines()
    cases = [json.loads(line) for line in lines]
    table = [["ns of CPU a frame (of it doorbells)", "batch", "qemu", "patchbay", "ratio"]]
    missed = []
    for case in cases:
        ratio = case["qemu"] / case["patchbay"]
        table.append([case["case"], str(case["frames"]),
                      "%.0f (%.0f)" % (case["qemu"], case["qemu_idle"]),
                      "%.0f (%.0f)" % (case["patchbay"], case["patchbay_idle"]), "%.2f" % ratio])
        if ratio < _goal(case):
            missed.append("%s is %.2f times QEMU's, the goal is %.1f" % (
                case["case"], ratio, _goal(case)))
    return {"title": "Cards without a guest, against QEMU's (goals: %.0f times as fast, %.0f with "
                     "large send)" % (GOAL, LARGE_SEND_GOAL),
            "table": table, "values": cases, "missed": missed}
