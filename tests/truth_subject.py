"""What the program in native/known_times.c says it did, side by side with what its trace says."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from native_support import traced, untraced

from ggmlviz.format.layout import RowKind
from ggmlviz.format.recording import Recording
from ggmlviz.trace.trace import Trace

TIME_LIMIT = 60


@dataclass
class Op:
    """One operation in one run, by the program's own clock readings: one entry for each thread, 0 first."""

    name: str
    begin: np.ndarray
    end: np.ndarray
    tid: np.ndarray

    @property
    def done(self) -> int:
        """When the last thread was done."""
        return int(self.end.max())


@dataclass
class Run:
    subject: int
    begin: int
    end: int
    status: int
    calls: int  # of the program's abort callback
    ops: list[Op]

    @classmethod
    def read(cls, line: str) -> Run:
        run = json.loads(line)
        ops = [Op(op["name"], *(np.array(op[key], np.int64) for key in ("begin", "end", "tid"))) for op in run["ops"]]
        return cls(**{**run, "ops": ops})

    def begins_after(self, k: int) -> np.ndarray:
        """By thread, the first clock reading after operation k; behind the last one only that of the whole run."""
        op = self.ops[k]
        return self.ops[k + 1].begin if k + 1 < len(self.ops) else np.full(len(op.end), self.end)


@dataclass
class Barriers:
    """What one thread's lane says of its waits: when it entered and left each, in ns of CLOCK_MONOTONIC."""

    enter: np.ndarray
    leave: np.ndarray


class Report:
    """A trace of the program, in its own clock."""

    def __init__(self, trace: Trace):
        self.trace = trace
        self.zero = trace.clock.start.monotonic_ns
        threads = trace.definitions.threads
        self._lane_of = {}
        for index, lane in enumerate(trace.lanes):
            for thread in lane.rows["value"][lane.of(RowKind.THREAD)].tolist():
                self._lane_of[int(threads["tid"][thread])] = index

    def section_of(self, run: Run) -> int:
        """The section that lies within the run, on the lane of its thread 0."""
        sections = self.trace.sections
        begin, end = sections["begin"] + self.zero, sections["end"] + self.zero
        lane = self._lane_of[int(run.ops[0].tid[0])]
        found = np.flatnonzero((sections["lane"] == lane) & (begin > run.begin) & (end < run.end))
        assert len(found) == 1, f"{len(found)} sections for one run"
        return int(found[0])

    def nodes(self, section: int) -> tuple[list[str], np.ndarray, np.ndarray]:
        """Names, begins and ends of the nodes that the section computed."""
        executions = self.trace.executions[self.trace.executions["section"] == section]
        graph = self.trace.graph(int(self.trace.runs["graph"][self.trace.sections["run"][section]]))
        names = [graph.names[node] if node >= 0 else "?" for node in executions["node"].tolist()]
        return names, executions["begin"] + self.zero, executions["end"] + self.zero

    def barriers(self, section: int, tid: int) -> Barriers:
        """The barriers that this thread entered during the section."""
        lane = self.trace.lanes[self._lane_of[tid]]
        at = lane.of(RowKind.NODE, RowKind.BARRIER)
        times = lane.rows["time"][at]
        enter = self.trace.clock.ns(times - lane.waits(at)) + self.zero
        leave = self.trace.clock.ns(times) + self.zero
        inside = (enter >= self.trace.sections["begin"][section] + self.zero) & (
            enter <= self.trace.sections["end"][section] + self.zero
        )
        return Barriers(enter[inside], leave[inside])

    def part(self, section: int, tid: int) -> np.void:
        parts = self.trace.parts
        (found,) = np.flatnonzero((parts["section"] == section) & (parts["lane"] == self._lane_of[tid]))
        return parts[found]


def run_untraced(program: Path, *arguments: object) -> list[Run]:
    return _run(program, arguments, untraced())


def run_traced(program: Path, output: Path, *arguments: object) -> tuple[list[Run], Report]:
    runs = _run(program, arguments, traced(output))
    return runs, Report(Trace(Recording.open(output)))


def _run(program: Path, arguments: tuple[object, ...], environment: dict[str, str]) -> list[Run]:
    command = [str(program), *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=TIME_LIMIT)
    assert done.returncode == 0, done.stderr
    return [Run.read(line) for line in done.stdout.splitlines()]
