#!/usr/bin/env python3
"""How the window copes with large traces: frames while everything moves, the first picture, idling, memory.

For each size a trace is made and opened in a real window on an X server without a screen, drawn in software. The range
in view is zoomed from the whole trace to a single op at several places, and panned at each depth, one step a frame.
Frames are told as median and 99th percentile, and so is the part of them that computes the timeline's picture. Idling
is the processor time of 5 seconds in which nothing happens. Memory is told beside the size of the file.

    python scripts/bench_viewer.py                    # 0.1, 1, 10 and 100 million ops
    python scripts/bench_viewer.py --ops 10000000 --keep traces
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

SIZE = (1600, 900)
IDLE_SECONDS = 5
DEPTHS = 40  # steps from the whole trace to one op
PANS = 8  # at each depth, each a fifth of the view
PLACES = (0.1, 0.5, 0.83)


def views(whole) -> list:
    """Ranges of time, each a step from the one before it."""
    from ggmlviz.analysis.time_range import TimeRange
    from ggmlviz.scene.time_scale import inside, panned

    length = whole.end - whole.begin
    steps = []
    for place in PLACES:
        middle = whole.begin + int(place * length)
        down = np.geomspace(length, min(2000, length), DEPTHS).astype(int).tolist()
        for size in down:
            view = inside(TimeRange(middle - size // 2, middle - size // 2 + size), whole)
            steps.append(view)
            steps += [view := panned(view, size // 5, whole) for _ in range(PANS)]
    return steps


def watch(path: Path, begun: float) -> None:
    """In a process of its own: opens the trace, moves, idles, and tells what that took."""
    import dearpygui.dearpygui as dpg

    import ggmlviz.app.program as program
    from ggmlviz.app.loop import Loop
    from ggmlviz.app.timeline import panel as timeline
    from ggmlviz.scene.timeline.scene import TimelineScene

    computing: list[float] = []

    class TimedScene(TimelineScene):
        def __init__(self, *arguments):
            start = time.perf_counter()
            super().__init__(*arguments)
            computing.append(time.perf_counter() - start)

    timeline.TimelineScene = TimedScene
    measured: dict[str, float] = {}

    class MeasuringLoop(Loop):
        def run(self) -> None:
            session = self._window.session
            panel = next(panel for panel in self._window.docked.panels if panel.name == "timeline")
            while not computing:  # the frame that computes the picture shows it
                self._next()
            measured["first picture"] = (time.time() - begun) * 1e3
            while not panel.told().get("loaded") or session.jobs.running:
                self._next()
            measured["all there"] = (time.time() - begun) * 1e3
            computing.clear()
            frames = []
            for view in views(session.opened.whole):
                start = time.perf_counter()
                session.see(view, same_step=True)
                self.frame()
                frames.append(time.perf_counter() - start)
            measured["frame median"], measured["frame 99 %"] = (np.quantile(frames, [0.5, 0.99]) * 1e3).tolist()
            measured["scene median"], measured["scene 99 %"] = (np.quantile(computing, [0.5, 0.99]) * 1e3).tolist()
            self._come_to_rest()
            threading.Timer(IDLE_SECONDS, self._end_of_idling).start()
            super().run()

        def _next(self) -> None:
            """As the program does while it waits for jobs."""
            if self._left <= 0 and self._jobs.running and not self._jobs.waiting:
                self._sleep()
            self.frame()

        def _come_to_rest(self) -> None:
            """Tables begin to be made anew a moment after the range came to rest."""
            quiet_since = time.perf_counter()
            while time.perf_counter() - quiet_since < 1:
                self.frame()
                if self._window.session.jobs.running:
                    quiet_since = time.perf_counter()

        def _rest(self) -> None:
            if "from" not in measured:
                measured["from"] = time.process_time()
            super()._rest()

        def _end_of_idling(self) -> None:
            measured["idle"] = (time.process_time() - measured["from"]) / IDLE_SECONDS * 100
            dpg.stop_dearpygui()
            self._input.wake()

    program.Loop = MeasuringLoop
    program.Program(1.0, "dark", SIZE, None, None).run(path, None)
    measured["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps(measured))


def measure(ops: int, folder: Path, display: str) -> None:
    path = folder / f"{ops}.ggmlviz"
    if not path.exists():
        make = [sys.executable, str(Path(__file__).with_name("make_trace.py")), str(ops), "-o", str(path)]
        subprocess.run(make, check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory() as settings:
        environment = {**os.environ, "DISPLAY": display, "XDG_CONFIG_HOME": settings}
        command = [sys.executable, __file__, "--watch", str(path), repr(time.time())]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    told = json.loads(done.stdout)
    size = path.stat().st_size
    most = (1.5 * size + 300e6) / 1e6
    print(f"{ops:,} ops, {size / 1e6:.0f} MB")
    print(f"  first picture {told['first picture']:.0f} ms, all there {told['all there']:.0f} ms")
    print(f"  frame  median {told['frame median']:.1f} ms, 99 % {told['frame 99 %']:.1f} ms")
    print(f"  of it computing the timeline  median {told['scene median']:.2f} ms, 99 % {told['scene 99 %']:.2f} ms")
    print(f"  idle   {told['idle']:.1f} % of a core")
    print(f"  memory {told['memory'] / 1e6:.0f} MB (asked: at most {most:.0f})", flush=True)


def main() -> None:
    if sys.argv[1:2] == ["--watch"]:
        watch(Path(sys.argv[2]), float(sys.argv[3]))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ops", type=int, nargs="+", default=[100_000, 1_000_000, 10_000_000, 100_000_000])
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="where the traces are, or are left for the next time"
    )
    options = parser.parse_args()
    reading, writing = os.pipe()
    screen = ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24", "-nolisten", "tcp"]
    server = subprocess.Popen(screen, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    display = f":{os.fdopen(reading).readline().strip()}"
    try:
        with tempfile.TemporaryDirectory() as temporary:
            folder = options.keep or Path(temporary)
            folder.mkdir(exist_ok=True)
            for ops in options.ops:
                measure(ops, folder, display)
    finally:
        server.terminate()


if __name__ == "__main__":
    main()
