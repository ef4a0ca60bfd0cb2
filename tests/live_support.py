"""Programs that go on generating until somebody ends them, recording into a ring."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support import environment, llama, wait_for

from ggmlviz.capture.ring_files import RING_NAME, SHARED_MEMORY
from ggmlviz.capture.shim import find_shim
from ggmlviz.errors import GgmlVizError
from ggmlviz.trace.trace import Trace


class Generating:
    """Real llama.cpp under the shim; its ring is removed with it."""

    def __init__(self, model: Path, *arguments: object, **variables: object):
        command = llama(model, "--tokens", 50, "--repeat", 1_000_000, *arguments)
        self.process = subprocess.Popen(
            command,
            env=environment([find_shim()], **variables),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
        )
        self.pid = self.process.pid
        self.ring = SHARED_MEMORY / f"{RING_NAME}{self.pid}"

    def wait_for_runs(self, runs: int = 20) -> None:
        wait_for(lambda: self._runs() >= runs, f"{runs} graph runs")

    def _runs(self) -> int:
        try:
            return len(Trace.open(self.ring).runs) if self.ring.exists() else 0
        except GgmlVizError:  # its header is not there yet
            return 0

    def send(self, number: int) -> None:
        os.kill(self.pid, number)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.ring.unlink(missing_ok=True)


@contextmanager
def generating(model: Path, *arguments: object, **variables: object) -> Iterator[Generating]:
    program = Generating(model, *arguments, **variables)
    try:
        program.wait_for_runs()
        yield program
    finally:
        program.end()
