"""What a window needs to watch programs: which rings there are, and the growing trace of one of them."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import NamedTuple

import numpy as np

from ggmlviz.capture.rings import Ring, RingState, rings, state_of
from ggmlviz.errors import GgmlVizError, TraceError, UnsuitableTrace
from ggmlviz.format.header import Header
from ggmlviz.format.layout import ROW, SegmentKind
from ggmlviz.format.legacy import LegacyRecording
from ggmlviz.format.recording import Recording
from ggmlviz.format.segments import Segments
from ggmlviz.format.source import Source
from ggmlviz.trace.live import HISTORY, LiveTrace
from ggmlviz.trace.snapshot import Snapshot

STATE_EVERY = 0.2  # seconds between two looks at the process
GOING_ON = (RingState.LIVE, RingState.STOPPED)


@dataclass(frozen=True)
class Choice:
    """A ring as a person chooses among several. Equal if it is the same ring, as long as nothing else changes."""

    path: Path
    pid: int
    state: str
    program: str
    model: str
    seconds: float
    rate: float | None  # rows a second; None: not known yet
    reason: str  # why it cannot be watched; empty: it can

    @property
    def goes_on(self) -> bool:
        return self.state in [state.value for state in GOING_ON]


class News(NamedTuple):
    trace: Snapshot | None  # None: nothing new
    state: str
    missed: int  # rows that were overwritten before we read them


class Feed:
    """One ring or growing file. `look` is called again and again, from one thread."""

    def __init__(self, path: Path, history: int):
        recording = Recording.open(path)
        if isinstance(recording, LegacyRecording):
            raise UnsuitableTrace(path, "it is of format 1, which cannot be watched", "record it anew")
        self.path, self._source = path, Source(path)
        self._live = LiveTrace(recording, history)
        self._state, self._checked, self._first = self._now(), time.monotonic(), True

    @property
    def over(self) -> bool:
        return self._state not in GOING_ON

    def look(self) -> News:
        if not self.over and time.monotonic() - self._checked > STATE_EVERY:
            self._state, self._checked = self._now(), time.monotonic()
        new = self._live.advance(ended=self.over) or self._first
        self._first = False
        return News(self._live.trace if new else None, self._state.value, self._live.missed)

    def lasting(self, rows: int) -> int:
        """ns that about so many of the newest rows tell of."""
        return self._live.lasting(rows)

    def _now(self) -> RingState:
        return state_of(self.path, Header(self._source))


class Feeds:
    """`wanted`: a pid, a part of a command, a growing file, or empty for whatever there is."""

    def __init__(self, wanted: str = "", history: int = HISTORY):
        self.wanted, self._history = wanted, history
        self._rows: dict[Path, tuple[float, int]] = {}
        self._rates: dict[Path, float] = {}
        self._models: dict[tuple[Path, int], str] = {}

    def choices(self) -> list[Choice]:
        """Those that go on first, the newest of them first."""
        if self.wanted and os.path.isfile(self.wanted):
            return [Choice(Path(self.wanted), 0, RingState.LIVE.value, Path(self.wanted).name, "", 0.0, None, "")]
        found = [ring for ring in rings() if self._fits(ring)]
        ours = sorted(found, key=lambda ring: (ring.state not in GOING_ON, bool(ring.reason), ring.seconds))
        return [self._choice(ring) for ring in ours]

    def the_one(self, choices: list[Choice]) -> Choice | None:
        """The only one that can be meant."""
        going_on = [choice for choice in choices if choice.goes_on]
        if len(going_on) == 1:
            return going_on[0]
        asked_for = self.wanted.isdecimal() or os.path.isfile(self.wanted)
        return choices[0] if asked_for and len(choices) == 1 and not choices[0].reason else None

    def follow(self, path: Path) -> Feed:
        return Feed(path, self._history)

    def _fits(self, ring: Ring) -> bool:
        if self.wanted.isdecimal():
            return ring.pid == int(self.wanted)
        return self.wanted in ring.command if self.wanted else True

    def _choice(self, ring: Ring) -> Choice:
        return Choice(
            ring.path,
            ring.pid,
            ring.state.value,
            _program(ring.command),
            self._model(ring) if not ring.reason else "",
            ring.seconds,
            self._rate(ring) if ring.state in GOING_ON else None,
            ring.reason,
        )

    def _rate(self, ring: Ring) -> float | None:
        now = time.monotonic()
        try:
            source = Source(ring.path)
            rows = _rows(Segments(source, Header(source)))
        except TraceError:
            return None
        before = self._rows.get(ring.path)
        if before is None or now - before[0] > 0.2:
            self._rows[ring.path] = now, rows
            if before is not None:
                self._rates[ring.path] = max(0, rows - before[1]) / (now - before[0])
        return self._rates.get(ring.path)

    def _model(self, ring: Ring) -> str:
        key = ring.path, ring.pid_started
        if not self._models.get(key):
            try:
                definitions = Recording.open(ring.path, verify=False).definitions
            except GgmlVizError:
                return ""
            paths = definitions.files["path"].tolist()
            self._models[key] = PurePath(definitions.strings[paths[0]]).name if paths else ""
        return self._models[key]


def _rows(segments: Segments) -> int:
    """That were ever written, by all lanes."""
    at = segments.headers[segments.headers["kind"] == SegmentKind.ROWS]
    ends: dict[int, int] = {}
    for lane, end in zip(
        at["lane"].tolist(), (at["first"] + at["used"] // np.uint64(ROW.itemsize)).tolist(), strict=True
    ):
        ends[lane] = max(end, ends.get(lane, 0))
    return sum(ends.values())


def _program(command: str) -> str:
    """As a person calls it: a script by its own name."""
    words = [PurePath(word).name for word in command.split()]
    scripts = [word for word in words[1:] if word.endswith((".py", ".mjs", ".js"))]
    return scripts[0] if scripts else words[0] if words else ""
