#!/usr/bin/env python3
"""For bench_live.py: a real window on an X server without a screen, in a process of its own, that watches a program and
then tells how it did.

    python scripts/bench_live_window.py PID SECONDS
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

SIZE = (1600, 900)
BEGINNING = 10  # states, and twice as many frames: it reads what was there before it came
MINUTE = 60.0


def watch(pid: int, seconds: float) -> None:
    """Until the time is over, or whoever started us has heard enough."""
    import dearpygui.dearpygui as dpg

    import ggmlviz.app.program as program
    from ggmlviz.app.loop import Loop
    from ggmlviz.capture.feed import Feeds

    told: dict = {"minutes": []}
    delays: list[np.ndarray] = []
    frames: list[float] = []

    class MeasuringLoop(Loop):
        drawn = None

        def run(self) -> None:
            threading.Thread(target=self._end, daemon=True).start()
            super().run()
            told["missed"] = self._window.live.missed

        def _end(self) -> None:
            until, before = time.monotonic() + seconds, 2 * BEGINNING
            while (left := until - time.monotonic()) > 0:
                if select.select([sys.stdin], [], [], min(left, MINUTE))[0]:
                    break
                before, since = len(frames), before
                told["minutes"].append((memory(), in_ms(np.array(frames[since:before]))))
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
                delays.append((now - trace.recording.header.start.monotonic_ns - new) / 1e9)
            self.drawn = newest

    program.Loop = MeasuringLoop
    begun, used = time.monotonic(), time.process_time()
    program.Program(1.0, "dark", SIZE, None, Feeds((str(pid),))).run(None, None)
    wall = time.monotonic() - begun
    told |= {
        "cpu": (time.process_time() - used) / wall,
        "states": len(delays) / wall,
        "frames": in_ms(np.array(frames[2 * BEGINNING :])),
        "delays": in_ms(np.concatenate([np.empty(0), *delays[BEGINNING:]])),
        "memory": memory("VmHWM"),
    }
    print(json.dumps(told))


def in_ms(seconds: np.ndarray) -> list[float]:
    """Median, 99th percentile and longest; nothing of none."""
    return (1e3 * np.quantile(seconds, [0.5, 0.99, 1])).tolist() if len(seconds) else []


def memory(which: str = "VmRSS") -> int:
    """Bytes of this process, the mapped ring among them: now, or at most so far (VmHWM)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(which))


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
        command = [*pinned, sys.executable, __file__, str(pid), str(seconds)]
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


if __name__ == "__main__":
    watch(int(sys.argv[1]), float(sys.argv[2]))
