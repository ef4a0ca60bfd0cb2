"""A flame graph over time, one profile per thread: phase of the run, layer, block, op.

The format is https://www.speedscope.app/file-format-schema.json, in its evented form: frames open and close.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TextIO

import numpy as np

from ggmlviz.export.errors import ExportError
from ggmlviz.export.formats import Choices
from ggmlviz.export.lanes import threads_of_lanes
from ggmlviz.export.op_intervals import Interval, intervals_of_lane
from ggmlviz.export.progress import Progress
from ggmlviz.export.table import Joins
from ggmlviz.trace.trace import Trace

SCHEMA = "https://www.speedscope.app/file-format-schema.json"


class Frames:
    """Their numbers, given when they are first met."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def of(self, name: str) -> int:
        return self.numbers.setdefault(name, len(self.numbers))


def write(trace: Trace, output: TextIO, choices: Choices, progress: Progress) -> None:
    if not len(trace.runs) and not len(trace.sections):
        raise ExportError("the trace holds no graph runs, and speedscope opens no empty profile")
    joins, frames = Joins(trace), Frames()
    name = trace.definitions.meta.get("command", "") or trace.recording.experiment
    start = {"$schema": SCHEMA, "exporter": "ggml-viz", "name": name, "activeProfileIndex": 0}
    output.write(f'{json.dumps(start)[:-1]}, "profiles": [')
    separator = "\n"
    lanes = np.union1d(trace.runs["lane"], trace.sections["lane"]).tolist()
    threads = threads_of_lanes(trace)
    for lane in lanes:
        output.write(separator)
        _write_profile(f"{threads[lane].name or 'lane'} {threads[lane].tid}", lane, joins, frames, output, progress)
        separator = ",\n"
    # Last, because only now all frames are known; readers of JSON do not mind.
    output.write(f'], "shared": {json.dumps({"frames": [{"name": frame} for frame in frames.numbers]})}}}\n')


def _write_profile(name: str, lane: int, joins: Joins, frames: Frames, output: TextIO, progress: Progress) -> None:
    output.write(f'{{"type": "evented", "name": {json.dumps(name)}, "unit": "nanoseconds", "events": [')
    separator, first, last = "\n", 0, 0
    for what, frame, at in _changes(intervals_of_lane(joins, lane, progress), frames):
        if separator == "\n":
            first = at
        last = at
        output.write(f'{separator}{{"type":"{what}","frame":{frame},"at":{at}}}')
        separator = ",\n"
    output.write(f'], "startValue": {first}, "endValue": {last}}}')


def _changes(intervals: Iterator[Interval], frames: Frames) -> Iterator[tuple[str, int, int]]:
    """Frames that stay the same from one interval to the next stay open."""
    stack: list[int] = []
    now = run = None
    for interval in intervals:
        numbers = [frames.of(name) for name in interval.stack]
        kept = 0
        if interval.begin == now and interval.run == run:
            while kept < min(len(stack), len(numbers)) and stack[kept] == numbers[kept]:
                kept += 1
        yield from (("C", frame, now) for frame in reversed(stack[kept:]))
        yield from (("O", frame, interval.begin) for frame in numbers[kept:])
        stack, now, run = numbers, interval.end, interval.run
    yield from (("C", frame, now) for frame in reversed(stack))
