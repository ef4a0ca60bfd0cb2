"""Watching a ring until something happens, and recording one until somebody has had enough."""

from __future__ import annotations

import time
from pathlib import Path

from ggmlviz.analysis.triggers import CRASH, EXIT, Trigger, Watcher
from ggmlviz.capture.errors import CaptureError
from ggmlviz.capture.record import Recorder
from ggmlviz.capture.rings import RingState, state_of
from ggmlviz.format.header import Header
from ggmlviz.format.recording import Recording
from ggmlviz.format.source import Source
from ggmlviz.trace.live import LiveTrace

PAUSE = 0.05  # seconds between two looks at the rows
CHECKPOINT = 1.0
ENDED = {RingState.ENDED: EXIT, RingState.CRASHED: CRASH}
SAID = {EXIT: "its process has ended", CRASH: "its process has crashed"}


def wait_for(ring: Path, triggers: list[Trigger]) -> str:
    """The first of these that happens, in a sentence."""
    source = Source(ring)
    live, watcher = LiveTrace(Recording.open(ring)), Watcher(triggers)
    watcher.look(live.trace)
    while True:
        ending = ENDED.get(state_of(ring, Header(source)))
        if live.advance(ended=bool(ending)) and (happened := watcher.look(live.trace)):
            return happened
        if ending:
            wanted = {trigger.subject for trigger in triggers}
            if ending in wanted:
                return f"{ending}: {SAID[ending]}"
            what = "nothing happened that was waited for"
            raise CaptureError(f"{SAID[ending]} and {what}: its ring is still there, `ggml-viz save` can write it")
        time.sleep(PAUSE)


def record_until(ring: Path, output: Path, seconds: float | None = None) -> Recorder:
    """Until its process has ended, the time is over, or Ctrl+C: that is how one ends it, and no failure."""
    source, recorder = Source(ring), Recorder(ring, output)
    begun = checked = time.monotonic()
    try:
        while seconds is None or time.monotonic() - begun < seconds:
            over = state_of(ring, Header(source)) in ENDED
            recorder.step()
            if over:
                break
            if time.monotonic() - checked > CHECKPOINT:
                checked = time.monotonic()
                recorder.checkpoint()
            time.sleep(PAUSE)
    except KeyboardInterrupt:
        pass
    recorder.close()
    return recorder
