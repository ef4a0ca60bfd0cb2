#!/usr/bin/env python3
"""What watching costs and what it can follow: a real window on an X server without a screen, drawn in software.

rate      rows a second that a synthetic program writes into a ring of 64 MB while a window and a recorder follow it:
          the rows that either has missed, and what the window takes of a core
latency   llama.cpp generates with the tiny model at full speed: the time from the end of a graph run, which is the
          time in its RUN_END row, to the end of the first frame that draws it, its picture handed to the X server;
          and how long frames take
soak      the same for many minutes: what memory the window takes and how long its frames are, minute by minute
cost      tokens per second of llama.cpp while a window follows it, against the same while the window is stopped by a
          signal, in turn; with both wherever the system puts them, and each pinned to a core of its own

    python scripts/bench_live.py
    python scripts/bench_live.py rate --rates 2e6 --seconds 60
    python scripts/bench_live.py soak --minutes 10
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench_live_window import Window, screen
from bench_overhead import PROGRAMS, TOKENS, Subject
from bench_row import RING

from ggmlviz.capture.ring_files import RING_NAME, SHARED_MEMORY
from ggmlviz.capture.shim import find_shim

ROOT = Path(__file__).resolve().parent.parent
REPEATS = 5  # in a round of `cost`: generations, for the context of the program is short


def build(folder: Path) -> Path:
    program = folder / "bench_live"
    sources = [ROOT / "scripts" / "bench_live.c"]
    sources += [ROOT / "csrc" / name for name in RING]
    flags = ["-std=gnu11", "-O2", "-pthread", f"-I{ROOT / 'csrc'}"]
    subprocess.run(["cc", *flags, "-o", str(program), *map(str, sources)], check=True)
    return program


def follow(writer: Path, rate: float, seconds: float, display: str, folder: Path) -> bool:
    """Whether nothing was missed by anybody."""
    command = [str(writer), str(SHARED_MEMORY / RING_NAME), str(rate), str(seconds + 8)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        ring, output = SHARED_MEMORY / f"{RING_NAME}{program.pid}", folder / "recorded.ggmlviz"
        time.sleep(0.5)
        window = Window(display, program.pid, seconds + 3)
        time.sleep(3)
        record = [sys.executable, "-m", "ggmlviz.cli", "record", str(program.pid), "-o", str(output)]
        with subprocess.Popen([*record, "--seconds", str(seconds)], stderr=subprocess.PIPE, text=True) as recording:
            said = recording.communicate()[1]
        told = window.told()
        written, lost, took = map(float, program.communicate()[0].split())
    ring.unlink(missing_ok=True)
    output.unlink(missing_ok=True)
    overwritten = re.search(r"([\d,]+) rows were overwritten", said)
    missed = int(overwritten[1].replace(",", "")) if overwritten else 0
    print(f"  asked {rate / 1e6:g}, written {written / took / 1e6:.2f} million rows/s: ", end="")
    print(f"missed by the window {told['missed']:,}, by the recorder {missed:,}; no room in the ring for {lost:,.0f}")
    print(f"    the window took {told['cpu']:.0%} of a core, {told['states']:.1f} states/s, ", end="")
    print(f"{told['memory'] / 1e6:.0f} MB; frames {words(told['frames'])} ms", flush=True)
    return not (told["missed"] or missed)


def words(three: list[float]) -> str:
    return "median {:.1f}, 99 % {:.1f}, longest {:.1f}".format(*three) if three else "none"


def rates(options: argparse.Namespace, display: str, folder: Path) -> None:
    writer, best = build(folder), 0.0
    print(f"rate: {options.seconds:g} s each, a window and a recorder attached to a ring of 64 MB")
    for rate in options.rates:
        if follow(writer, rate, options.seconds, display, folder):
            best = rate
    print(f"  highest without loss: {best / 1e6:g} million rows/s")


def subject(model: Path, core: int | None = None) -> Subject:
    found = Subject("tiny", model, 1, {**os.environ, "LD_PRELOAD": str(find_shim())})
    if core is not None:
        os.sched_setaffinity(found.process.pid, [core])
        for task in Path(f"/proc/{found.process.pid}/task").iterdir():
            os.sched_setaffinity(int(task.name), [core])
    return found


def make_model(folder: Path) -> Path:
    model = folder / "tiny.gguf"
    make = [sys.executable, str(ROOT / "examples" / "make_model.py"), "tiny", "-o", str(model)]
    subprocess.run(make, check=True, stdout=subprocess.DEVNULL)
    return model


@contextlib.contextmanager
def generating(folder: Path) -> Iterator[int]:
    """llama.cpp with the tiny model, at full speed into a ring."""
    generate, model = PROGRAMS / "llama_generate.py", make_model(folder)
    command = [sys.executable, str(generate), str(model), "--tokens", "400", "--repeat", "1000000"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    program = subprocess.Popen(command, env={**os.environ, "LD_PRELOAD": str(find_shim())}, **quiet)
    try:
        time.sleep(2)
        yield program.pid
    finally:
        program.kill()
        program.wait()
        (SHARED_MEMORY / f"{RING_NAME}{program.pid}").unlink(missing_ok=True)


def latency(options: argparse.Namespace, display: str, folder: Path) -> None:
    with generating(folder) as pid:
        told = Window(display, pid, options.seconds).told()
    print(f"latency: event to pixel {words(told['delays'])} ms; {told['states']:.1f} states/s")
    print(f"  frames {words(told['frames'])} ms, drawn in software; {told['cpu']:.0%} of a core, ", end="")
    print(f"{told['memory'] / 1e6:.0f} MB", flush=True)


def soak(options: argparse.Namespace, display: str, folder: Path) -> None:
    with generating(folder) as pid:
        told = Window(display, pid, 60 * options.minutes).told()
    print(f"soak: {options.minutes:g} minutes of following, at the history that a window has if nothing is said")
    for number, (bytes, frames) in enumerate(told["minutes"], 1):
        print(f"  minute {number}: {bytes / 1e6:.0f} MB; frames {words(frames)} ms")
    print(f"  at most {told['memory'] / 1e6:.0f} MB; event to pixel {words(told['delays'])} ms", flush=True)


def speed(program: Subject) -> float:
    return statistics.mean(program.speed() for _ in range(REPEATS))


def cost(options: argparse.Namespace, display: str, folder: Path) -> None:
    model = make_model(folder)
    print(f"cost: {options.rounds} rounds of {REPEATS} times {TOKENS['tiny']} tokens, watched, and not")
    for what, cores in (("not pinned", (None, None)), ("pinned to two cores", (0, 1))):
        program = subject(model, cores[0])
        program.speed()
        window = Window(display, program.process.pid, 100_000, cores[1])
        time.sleep(5)
        ratios = []
        for _ in range(options.rounds):
            os.kill(window.process.pid, signal.SIGCONT)
            watched = speed(program)
            os.kill(window.process.pid, signal.SIGSTOP)
            ratios.append(watched / speed(program))
        os.kill(window.process.pid, signal.SIGCONT)
        told = window.end()
        program.end()
        (SHARED_MEMORY / f"{RING_NAME}{program.process.pid}").unlink(missing_ok=True)
        low, middle, high = statistics.quantiles(ratios, n=4)
        print(f"  {what}: {middle:.3f} of the tokens/s (half of the rounds in [{low:.3f}, {high:.3f}]); ", end="")
        print(f"the window took {told['cpu']:.0%} of a core over all", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = {"rate": rates, "latency": latency, "soak": soak, "cost": cost}
    parser.add_argument("parts", nargs="*", choices=[*parts, []], default=list(parts))
    parser.add_argument("--rates", type=float, nargs="+", default=[1e6, 2e6, 3e6, 4e6])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    with screen() as display, tempfile.TemporaryDirectory() as name:
        for part in options.parts:
            parts[part](options, display, Path(name))


if __name__ == "__main__":
    main()
