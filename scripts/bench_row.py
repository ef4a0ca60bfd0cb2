#!/usr/bin/env python3
"""What one row costs: nanoseconds with its clock reading, beside the clock reading alone, and instructions.

python scripts/bench_row.py
"""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RING = ("clock.c", "crc32c.c", "head.c", "lane.c", "ring.c", "slots.c", "store.c")
SOURCES = [ROOT / "scripts" / "bench_row.c"]
SOURCES += [ROOT / "csrc" / name for name in RING]
BATCH = 20000  # as in bench_row.c


def instructions(program: Path, trace: Path, batches: int) -> int:
    """Executed in the function that writes the rows, by callgrind: the same on every machine and on every day."""
    out = trace.with_suffix(".callgrind")
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", str(program), str(trace), str(batches)]
    subprocess.run([*command, "count"], check=True, capture_output=True)
    trace.unlink()
    listing = subprocess.run(["callgrind_annotate", str(out)], check=True, capture_output=True, text=True).stdout
    counted = re.search(r"^\s*([\d,]+) .*:write_rows", listing, re.MULTILINE)
    return int(counted[1].replace(",", ""))


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        program, trace = Path(name) / "bench_row", Path(name) / "row.ggmlviz"
        flags = ["-std=gnu11", "-O2", "-g", "-pthread", f"-I{ROOT / 'csrc'}"]
        subprocess.run(["cc", *flags, "-o", str(program), *map(str, SOURCES)], check=True)
        run = subprocess.run([str(program), str(trace), "200"], check=True, capture_output=True, text=True)
        trace.unlink()
        pairs = [tuple(map(float, line.split())) for line in run.stdout.splitlines()]
        clocks, rows = zip(*pairs, strict=True)
        ratios = [row / clock for clock, row in pairs]
        low, _, high = statistics.quantiles(ratios)
        print(f"{run.stderr.strip()}, {len(pairs)} batches of {BATCH} in turn, medians:")
        print(f"  clock reading            {statistics.median(clocks):6.2f} ns")
        print(f"  row with clock reading   {statistics.median(rows):6.2f} ns")
        print(f"  ratio                    {statistics.median(ratios):6.2f}  (half of them in [{low:.2f}, {high:.2f}])")
        if shutil.which("valgrind"):
            print(f"  instructions per row     {instructions(program, trace, 10) / (10 * BATCH):6.1f}")
        else:
            print("  instructions per row     not counted: valgrind is not installed")


if __name__ == "__main__":
    main()
