"""Single trace events, and the tracks they are on."""

from __future__ import annotations

import json
from functools import cached_property

import numpy as np

from ggmlviz.export.lanes import runs_around, threads_of_lanes
from ggmlviz.trace.trace import Trace

Event = dict[str, object]


def microseconds(ns: int) -> str:
    """The unit of the format, with three decimals so that nothing is lost."""
    return f"{ns / 1000:.3f}"


class Tracks:
    """One per lane, as only one thread at a time writes a lane; the thread's own number is in its name."""

    def __init__(self, trace: Trace):
        self._trace = trace
        self.pid = trace.recording.pid

    @staticmethod
    def tid(lane: int) -> int:
        return int(lane) + 1  # 0 is the idle thread to both viewers

    def names(self) -> list[Event]:
        program = self._trace.definitions.meta.get("command", "") or f"process {self.pid}"
        events = [self._metadata("process_name", 0, {"name": program})]
        for lane, thread in enumerate(threads_of_lanes(self._trace)):
            name = f"{thread.name or 'thread'} {thread.tid}" if thread.tid >= 0 else f"lane {lane}"
            events.append(self._metadata("thread_name", self.tid(lane), {"name": name}))
            events.append(self._metadata("thread_sort_index", self.tid(lane), {"sort_index": lane}))
        return events

    def _metadata(self, name: str, tid: int, arguments: Event) -> Event:
        return {"ph": "M", "name": name, "pid": self.pid, "tid": tid, "args": arguments}

    def slice(self, category: str, name: str, row: np.void, arguments: Event) -> Event:
        """What lasted from the begin to the end of a row of a table."""
        begin, end = int(row["begin"]), int(row["end"])
        return self.slice_at(category, name, int(row["lane"]), begin, end, arguments)

    def slice_at(self, category: str, name: str, lane: int, begin: int, end: int, arguments: Event) -> Event:
        where = {"ph": "X", "pid": self.pid, "tid": self.tid(lane), "ts": begin, "dur": end - begin}
        return where | {"cat": category, "name": name, "args": arguments}

    def flow(self, phase: str, run: int, row: np.void) -> Event:
        """A step of the arrow of a run; it belongs to the slice that begins at this moment."""
        where = {"pid": self.pid, "tid": self.tid(row["lane"]), "ts": int(row["begin"])}
        return {"ph": phase, "bp": "e", "cat": "flow", "name": "splits of the run", "id": run, **where}

    def counter(self, name: str, ns: int, values: dict[str, int]) -> Event:
        return {"ph": "C", "name": name, "pid": self.pid, "ts": ns, "args": values}

    @cached_property
    def run_of_split(self) -> np.ndarray:
        splits = self._trace.splits
        return runs_around(self._trace, splits["lane"], splits["begin"])

    @cached_property
    def _section_lanes(self) -> np.ndarray:
        return self._trace.sections["lane"]

    def is_own(self, part: np.void) -> bool:
        """Whether it is the part of the thread that began the section."""
        return self._section_lanes[part["section"]] == part["lane"]


def text_of(event: Event) -> str:
    """Times of events are ns until here; as JSON numbers of µs they keep all their digits."""
    fields = []
    for key, value in event.items():
        fields.append(f'"{key}":{microseconds(value) if key in ("ts", "dur") else json.dumps(value)}')
    return f"{{{','.join(fields)}}}"
