#!/usr/bin/env python3
"""Attach to a process and detach from it, again and again; tell what that leaves behind in it.

python scripts/attach_cycles.py PID [-n 200] [-o FILE]

Exit code 1 if the process ended, or has more descriptors or threads at the end than after the tenth time, or many more
mappings.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import NamedTuple

from ggmlviz.capture.attach import attach, detach
from ggmlviz.capture.environment import Settings

SETTLED = 10  # by then the C library has what it keeps for later threads
SLACK = 10  # mappings: the C library makes an arena more, of four, when two threads ask for memory at once
RING_MB = 4


class Counts(NamedTuple):
    mappings: int
    of_traces: int
    descriptors: int
    threads: int
    resident_kb: int

    @classmethod
    def of(cls, pid: int) -> Counts:
        process = Path("/proc") / str(pid)
        maps = (process / "maps").read_text().splitlines()
        status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines() if ":" in line)
        return cls(
            len(maps),
            sum("/ggmlviz-" in line or ".ggmlviz" in line for line in maps),
            len(os.listdir(process / "fd")),
            len(os.listdir(process / "task")),
            int(status["VmRSS"].split()[0]),
        )

    def grew_since(self, earlier: Counts) -> bool:
        more_mappings = self.mappings > earlier.mappings + SLACK
        return more_mappings or self[1:4] > earlier[1:4] or self.of_traces > 0


def cycle(pid: int, settings: Settings, number: int) -> bool:
    attach(pid, settings)
    if number % 3:  # and now and then at once
        time.sleep(0.02)
    return detach(pid)[1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("pid", type=int)
    parser.add_argument("-n", type=int, default=200, dest="times")
    parser.add_argument("-o", type=Path, dest="output", help="record into this file instead of a ring")
    options = parser.parse_args()
    settings = Settings(options.output, ring_mb=None if options.output else RING_MB)
    print(f"{'TIMES':>6}", *(f"{name.upper():>11}" for name in Counts._fields))
    settled, begun = None, time.monotonic()
    for number in range(1, options.times + 1):
        if not cycle(options.pid, settings, number):
            print(f"after {number} times memory of the trace was left behind", file=sys.stderr)
            return 1
        counts = Counts.of(options.pid)
        if number == SETTLED:
            settled = counts
        if number in (1, 2, 5, options.times) or number % 10 == 0:
            print(f"{number:>6}", *(f"{count:>11}" for count in counts), flush=True)
    print(f"{(time.monotonic() - begun) / options.times * 1000:.0f} ms each")
    return int(settled is not None and counts.grew_since(settled))


if __name__ == "__main__":
    sys.exit(main())
