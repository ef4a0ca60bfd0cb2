#!/usr/bin/env python3
"""What watching costs and what it can follow: a real window on an X server without a screen, drawn in software.

rate      rows a second that a synthetic program writes into a ring of 64 MB while a window and a recorder follow it:
          the rows that either has missed, and what the window takes of a core
latency   llama.cpp generates with the tiny model at full speed: the time from the end of a graph run, which is the
          time in its RUN_END row, to the end of the first frame that draws it; and how long frames take
cost      tokens per second of llama.cpp while a window follows it, against the same while the window is stopped by a
          signal, in turn; with both wherever the system puts them, and each pinned to a core of its own

    python scripts/bench_live.py
    python scripts/bench_live.py rate --rates 2e6 --seconds 60
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import resource
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from bench_overhead import PROGRAMS, TOKENS, Subject
from bench_row import RING

from ggmlviz.capture.ring_files import RING_NAME, SHARED_MEMORY
from ggmlviz.capture.shim import find_shim

ROOT = Path(__file__).resolve().parent.parent
SIZE = (1600, 900)
REPEATS = 5  # in a round of `cost`: generations, for the context of the program is short


def watch(pid: int, seconds: float) -> None:
    """In a process of its own: the window, until the time is over; then how it did."""
    import dearpygui.dearpygui as dpg

    import ggmlviz.app.program as program
    from ggmlviz.app.loop import Loop
    from ggmlviz.capture.feed import Feeds

    told: dict = {}
    delays: list[np.ndarray] = []
    frames: list[float] = []

    class MeasuringLoop(Loop):
        drawn = None

        def run(self) -> None:
            threading.Thread(target=self._end, daemon=True).start()
            super().run()
            told["missed"] = self._window.live.missed

        def _end(self) -> None:
            """When the time is over, or whoever started us has heard enough."""
            select.select([sys.stdin], [], [], seconds)
            dpg.stop_dearpygui()
            self._input.wake()

        def frame(self) -> None:
            begun = time.monotonic()
            super().frame()
            frames.append(time.monotonic() - begun)
            newest = self._window.session.newest
            if newest is None or newest is self.drawn:
                return
            trace, now = newest.trace, time.monotonic_ns()
            ends = trace.runs["end"]
            if self.drawn is not None and self.drawn.path == newest.path:
                new = ends[ends > self.drawn.whole.end]
                delays.append(now - trace.recording.header.start.monotonic_ns - new)
            self.drawn = newest

    program.Loop = MeasuringLoop
    begun, used = time.monotonic(), time.process_time()
    program.Program(1.0, "dark", SIZE, None, Feeds((str(pid),))).run(None, None)
    wall = time.monotonic() - begun
    late = np.concatenate([np.empty(0), *delays[10:]]) / 1e6
    told |= {
        "cpu": (time.process_time() - used) / wall,
        "states": len(delays) / wall,
        "frames": [1e3 * value for value in np.quantile(frames[20:] or [0], [0.5, 0.99, 1]).tolist()],
        "delays": np.quantile(late, [0.5, 0.99, 1]).tolist() if len(late) else [],
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    print(json.dumps(told))


@contextlib.contextmanager
def screen() -> Iterator[str]:
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        yield f":{os.fdopen(reading).readline().strip()}"
    finally:
        server.terminate()


class Window:
    def __init__(self, display: str, pid: int, seconds: float, core: int | None = None):
        self._settings = tempfile.TemporaryDirectory()
        environment = {**os.environ, "DISPLAY": display, "XDG_CONFIG_HOME": self._settings.name}
        pinned = ["taskset", "-c", str(core)] if core is not None else []
        command = [*pinned, sys.executable, __file__, "--watch", str(pid), str(seconds)]
        self.process = subprocess.Popen(
            command, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def told(self) -> dict:
        out = self.process.stdout.read()
        self.process.wait()
        self._settings.cleanup()
        return json.loads(out.splitlines()[-1])

    def end(self) -> dict:
        self.process.stdin.close()
        return self.told()


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


def latency(options: argparse.Namespace, display: str, folder: Path) -> None:
    command = [
        sys.executable,
        str(PROGRAMS / "llama_generate.py"),
        str(make_model(folder)),
        "--tokens",
        "400",
        "--repeat",
        "1000000",
    ]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    program = subprocess.Popen(command, env={**os.environ, "LD_PRELOAD": str(find_shim())}, **quiet)
    try:
        time.sleep(2)
        told = Window(display, program.pid, options.seconds).told()
    finally:
        program.kill()
        program.wait()
        (SHARED_MEMORY / f"{RING_NAME}{program.pid}").unlink(missing_ok=True)
    print(f"latency: event to pixel {words(told['delays'])} ms; {told['states']:.1f} states/s")
    print(f"  frames {words(told['frames'])} ms, drawn in software; {told['cpu']:.0%} of a core, ", end="")
    print(f"{told['memory'] / 1e6:.0f} MB", flush=True)


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
    if sys.argv[1:2] == ["--watch"]:
        watch(int(sys.argv[2]), float(sys.argv[3]))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = {"rate": rates, "latency": latency, "cost": cost}
    parser.add_argument("parts", nargs="*", choices=[*parts, []], default=list(parts))
    parser.add_argument("--rates", type=float, nargs="+", default=[1e6, 2e6, 3e6, 4e6])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    with screen() as display, tempfile.TemporaryDirectory() as name:
        for part in options.parts:
            parts[part](options, display, Path(name))


if __name__ == "__main__":
    main()
