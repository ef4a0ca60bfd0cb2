"""Recording from the window while it watches: a ring into a file, from one command to the other."""

from __future__ import annotations

import threading
from pathlib import Path

from ggmlviz.app.actions import CannotDo
from ggmlviz.app.session import Session
from ggmlviz.capture.record import Recorder
from ggmlviz.errors import GgmlVizError

PAUSE, CHECKPOINT = 0.05, 20  # seconds between two steps, and steps between two checkpoints


class LiveRecording:
    def __init__(self, session: Session):
        self._session = session
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._said = ""
        self.output: Path | None = None  # where to it records right now

    def begin(self, ring: Path, name: str) -> None:
        if self.output is not None:
            raise CannotDo(f"{self.output.name} is being recorded already")
        if not name:
            raise CannotDo("name the file, as in `live record from-now-on.ggmlviz`")
        output, stop = Path(name).expanduser(), threading.Event()
        recorder = Recorder(ring, output)
        self.output, self._stop = output, stop

        def run() -> None:
            try:
                steps = 0
                while not stop.wait(PAUSE):
                    recorder.step()
                    steps += 1
                    if steps % CHECKPOINT == 0:
                        recorder.checkpoint()
                recorder.close()
                lost = f", {recorder.lost:,} rows lost" if recorder.lost else ", nothing lost"
                self._said = f"Recorded {recorder.rows:,} rows into {output}{lost}"
            except GgmlVizError as error:
                self._said = str(error)

        self._thread = threading.Thread(target=run, name="recording", daemon=True)
        self._thread.start()
        self._session.message = f"Recording into {output}"

    def end(self) -> None:
        """Waits until all is written: that is a step's time."""
        if self.output is None:
            raise CannotDo("nothing is being recorded")
        self._stop.set()
        self._thread.join()
        self.output, self._session.message = None, self._said
