#!/usr/bin/env python3
"""How long a large trace takes to open and to report on, beside the same events as JSON in Python's fastest reader.

Each is a process of its own with the files in the page cache, in turn, several times; medians and peak memory.

    python scripts/bench_load.py                    # 0.1, 1 and 10 million ops
    python scripts/bench_load.py --ops 100000000 --no-json
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import make_trace


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
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"opened": opened, "done": done, "peak": peak}))


def write_json(trace_path: Path, path: Path) -> None:
    """One complete event for each op: the least that a JSON of the same trace must hold."""
    import ggmlviz

    trace = ggmlviz.open(trace_path)
    ops, graph = trace.ops, trace.graph(0)
    with path.open("w") as file:
        file.write('{"traceEvents":[')
        columns = zip(ops.begin.tolist(), ops.duration.tolist(), ops.node.tolist(), strict=True)
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
    return text + f"  peak {measured['peak'] / 1e6:8.1f} MB = {measured['peak'] / size:5.2f} x the file"


def main() -> None:
    if len(sys.argv) == 3 and sys.argv[1] in ("load_trace", "load_json"):
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
