#!/usr/bin/env python3
"""How long a large trace takes to open and to report on, beside the same events as JSON in Python's fastest reader.

Each is a process of its own with the files in the page cache, in turn, several times; medians, peak memory, and of the
whole process page faults and processor time, which is disturbed less by what else the machine does. A plain pass over
the file, which looks at every byte once and computes nothing more, tells what of it all is reading.

    python scripts/bench_load.py                    # 0.1, 1 and 10 million ops
    python scripts/bench_load.py --ops 100000000 --no-json
"""

from __future__ import annotations

import argparse
import json
import mmap
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import make_trace

AT_ONCE = 1 << 25  # bytes of the file that the plain pass has in its memory


def plain_pass(path: str) -> None:
    import numpy as np

    begun = time.perf_counter()
    with Path(path).open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        opened = time.perf_counter()
        for low in range(0, len(mapped), AT_ONCE):
            np.frombuffer(mapped, np.uint64, min(AT_ONCE, len(mapped) - low) // 8, low).max()
            mapped.madvise(mmap.MADV_DONTNEED)
    tell(opened - begun, time.perf_counter() - begun)


def load_trace(path: str) -> None:
    begun = time.perf_counter()
    from ggmlviz.analysis.run_report import report_of
    from ggmlviz.format.recording import Recording

    recording = Recording.open(path)
    opened = time.perf_counter()
    report_of(recording)
    tell(opened - begun, time.perf_counter() - begun)


def load_json(path: str) -> None:
    begun = time.perf_counter()
    import orjson

    events = orjson.loads(Path(path).read_bytes())["traceEvents"]
    loaded = time.perf_counter()
    sum(event["dur"] for event in events)
    tell(loaded - begun, time.perf_counter() - begun)


def tell(opened: float, done: float) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    told = {"opened": opened, "done": done, "peak": used.ru_maxrss * 1024}
    told |= {"user": used.ru_utime, "system": used.ru_stime, "faults": used.ru_minflt + used.ru_majflt}
    print(json.dumps(told))


def write_json(trace_path: Path, path: Path) -> None:
    """One complete event for each op: the least that a JSON of the same trace must hold."""
    import ggmlviz

    trace = ggmlviz.open(trace_path)
    ops, graph = trace.ops, trace.graph(0)
    with path.open("w") as file:
        file.write('{"traceEvents":[')
        columns = zip(ops.begin.tolist(), ops.duration.tolist(), ops.node[:].tolist(), strict=True)
        for number, (begin, duration, node) in enumerate(columns):
            separator = "," if number else ""
            event = f'"ph":"X","pid":1,"tid":0,"ts":{begin / 1000},"dur":{duration / 1000}'
            file.write(f'{separator}{{"name":"{graph.names[node]}","cat":"{graph.ops[node]}",{event}}}')
        file.write("]}")


def measure(what: str, path: Path, rounds: int) -> dict[str, float]:
    results = []
    for _ in range(rounds):
        command = [sys.executable, __file__, what, str(path)]
        results.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    return {key: statistics.median(result[key] for result in results) for key in results[0]}


def line(name: str, path: Path, measured: dict[str, float]) -> str:
    size = path.stat().st_size
    text = f"  {name:<22} {size / 1e6:8.1f} MB  opened {measured['opened']:7.3f} s  done {measured['done']:7.3f} s"
    text += f"  peak {measured['peak'] / 1e6:8.1f} MB = {measured['peak'] / size:5.2f} x the file"
    processor = f"{measured['user']:.2f} s + {measured['system']:.2f} s in the system"
    return text + f"\n  {'':<22} processor time {processor}, {measured['faults']:,.0f} page faults"


def main() -> None:
    if len(sys.argv) == 3 and sys.argv[1] in ("plain_pass", "load_trace", "load_json"):
        globals()[sys.argv[1]](sys.argv[2])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ops", nargs="+", type=int, default=[100_000, 1_000_000, 10_000_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        for ops in options.ops:
            trace, chrome = Path(name) / "trace.ggmlviz", Path(name) / "trace.json"
            made = make_trace.write(str(trace), ops)
            os.sync()  # or the disk would still be busy with what was just written
            print(f"{made:,} ops, {options.rounds} rounds, medians:")
            print(line("plain pass", trace, measure("plain_pass", trace, options.rounds)))
            ours = measure("load_trace", trace, options.rounds)
            print(line("opened and reported", trace, ours), flush=True)
            if not options.no_json:
                write_json(trace, chrome)
                theirs = measure("load_json", chrome, max(1, options.rounds // 2))
                print(line("JSON, durations added", chrome, theirs))
                print(f"  ratio                  {ours['done'] / theirs['done']:.3f} of the time", flush=True)
                chrome.unlink()


if __name__ == "__main__":
    main()
