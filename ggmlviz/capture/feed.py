"""What a window needs to watch programs: which rings there are, and the growing trace of one of them."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ggmlviz.analysis.program_name import model_of, program_name
from ggmlviz.capture.ring_files import ring_files
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

STATE_EVERY = 0.5  # seconds between two looks at the process, whose memory maps are read line by line
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
    """`words`: pids, parts of commands or growing files; none of them for whatever there is."""

    def __init__(self, words: Sequence[str] = (), history: int = HISTORY):
        self._words, self._history = [word for word in words if word], history
        self.wanted = " ".join(self._words)
        self.by_name = any(not _is_exact(word) for word in self._words)
        self._met: set[Path] = set()  # rings and files that were told of as newcomers, or that are none
        self._rows: dict[Path, tuple[float, int]] = {}
        self._rates: dict[Path, float] = {}
        self._models: dict[tuple[Path, int], str] = {}

    def choices(self) -> list[Choice]:
        """Those that go on first, in the order in which they were asked for, the newest first."""
        files = [Path(word) for word in self._words if os.path.isfile(word)]
        growing = [Choice(path, 0, RingState.LIVE.value, path.name, "", 0.0, None, "") for path in files]
        if len(files) == len(self._words) and files:
            return growing
        found = [(self._place(ring), ring) for ring in rings() if self._fits(ring)]
        found.sort(key=lambda it: (it[1].state not in GOING_ON, bool(it[1].reason), it[0], it[1].seconds))
        return [*growing, *(self._choice(ring) for _, ring in found)]

    def the_one(self, choices: list[Choice]) -> Choice | None:
        """The only one that can be meant, or the first of those that were asked for: the others are shown beside it."""
        going_on = [choice for choice in choices if choice.goes_on]
        if len(going_on) == 1 or (going_on and self._words):
            return going_on[0]
        asked_for = self._words and not self.by_name
        return choices[0] if asked_for and choices and not choices[0].reason else None

    def newcomers(self) -> list[Path]:
        """Of those that were asked for the ones that have come since the last call."""
        files = {Path(word) for word in self._words if os.path.isfile(word)}
        if not self._words or self._met.issuperset(files.union(ring_files())):
            return []
        known, found = set(self._met), rings()
        # What has no command yet will be told in a moment.
        self._met.update(files, (ring.path for ring in found if ring.command or ring.state is RingState.NOT_OURS))
        new = [ring for ring in found if ring.path not in known and not ring.reason and self._fits(ring)]
        asked_for = [ring for ring in new if ring.state in GOING_ON or _is_exact(self._words[self._place(ring)])]
        return [*sorted(files - known), *(ring.path for ring in sorted(asked_for, key=self._place))]

    def follow(self, path: Path) -> Feed:
        return Feed(path, self._history)

    def _fits(self, ring: Ring) -> bool:
        return not self._words or self._place(ring) < len(self._words)

    def _place(self, ring: Ring) -> int:
        """Of the first word that means it; behind all if none does."""
        meant = (ring.pid == int(word) if word.isdecimal() else word in ring.command for word in self._words)
        return next((place for place, means in enumerate(meant) if means), len(self._words))

    def _choice(self, ring: Ring) -> Choice:
        return Choice(
            ring.path,
            ring.pid,
            ring.state.value,
            program_name(ring.command),
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
            self._models[key] = model_of(definitions)
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


def _is_exact(word: str) -> bool:
    """Whether it means one recording, and not whatever is called like it."""
    return word.isdecimal() or os.path.isfile(word)
