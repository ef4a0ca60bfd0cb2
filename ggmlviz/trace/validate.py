"""Is a trace whole, and does it agree with itself?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from ggmlviz.format.layout import Detail, RowKind
from ggmlviz.format.legacy import LegacyRecording
from ggmlviz.format.recording import Recording
from ggmlviz.trace.old_recording import UNTOLD
from ggmlviz.trace.trace import Trace

# Both ends of a section are read from the clock beside the barriers, by different threads.
CLOCK_SLACK_NS = 1000


@dataclass
class Verdict:
    """`problems` are contradictions and damage; `losses` are what is known to be missing."""

    problems: list[str] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not self.problems and not self.losses


def validate(recording: Recording | LegacyRecording) -> Verdict:
    if isinstance(recording, LegacyRecording):
        return Verdict(problems=list(recording.problems), losses=[UNTOLD])
    trace = Trace(recording)
    problems = [*recording.problems]
    for check in (_order, _pairs, _run_numbers, _executions, _threads, _buffers):
        problems += check(trace)
    return Verdict(problems, list(losses(trace)))


def losses(trace: Trace) -> Iterator[str]:
    """What is missing from a trace, in sentences; nothing when it is complete."""
    loss = trace.recording.loss
    if loss.lost:
        yield f"{loss.lost} rows were lost: no segment was ready for them"
    if loss.overwritten:
        yield f"{loss.overwritten} rows were overwritten: the ring keeps only the newest"
    if loss.damaged:
        yield f"{loss.damaged} rows are damaged and were left out"
    if loss.calls:
        yield f"{loss.calls} calls were not recorded: there was no room for their threads"
    if loss.definitions:
        yield f"{loss.definitions} definitions were lost: there was no room for them"
    if nodes := unattributed(trace):
        yield f"{nodes} node times are unattributed: it cannot be told which nodes they belong to"
    untimed = int((~trace.sections["timed"]).sum()) if trace.recording.detail > Detail.GRAPH else 0
    if untimed:
        yield f"{untimed} CPU sections have no node times: their ggml is too old to tell them (before 2024-09)"
    if not trace.clock.calibrated:
        yield "the clock is not calibrated: the program ended before it could be read twice"


def unattributed(trace: Trace) -> int:
    """Computed nodes of which it cannot be told which they are."""
    told = sum(len(pattern.sections) * pattern.computed for pattern in trace.patterns if pattern.nodes is not None)
    return len(trace.ops) - told


def _order(trace: Trace) -> Iterator[str]:
    for lane in trace.lanes:
        times = lane.take("time", np.arange(len(lane)))
        back = np.flatnonzero(times[1:] < times[:-1])
        if len(back):
            yield f"lane {lane.number}: {len(back)} rows are earlier than the row before them, first row {back[0] + 1}"


def _pairs(trace: Trace) -> Iterator[str]:
    """Begins and ends alternate, but for what is missing and for what was going on when the trace ended."""
    kinds = (RowKind.RUN_BEGIN, RowKind.RUN_END), (RowKind.CPU_BEGIN, RowKind.CPU_END)
    kinds += ((RowKind.SPLIT_BEGIN, RowKind.SPLIT_END), (RowKind.TRANSFER_BEGIN, RowKind.TRANSFER_END))
    for lane in trace.lanes:
        for begin, end in kinds:
            at = lane.of(begin, end)
            is_end = lane.kinds[at] == end
            wrong = np.flatnonzero((is_end[1:] == is_end[:-1]) & lane.whole(at[:-1], at[1:]))
            if len(wrong):
                yield f"lane {lane.number}: {begin.name} and {end.name} do not alternate at row {at[wrong[0] + 1]}"


def _run_numbers(trace: Trace) -> Iterator[str]:
    numbers, counts = np.unique(trace.runs["number"], return_counts=True)
    for number in numbers[counts > 1]:
        yield f"run {number} appears more than once"


def _executions(trace: Trace) -> Iterator[str]:
    ops, sections = trace.ops, trace.sections
    section = ops.section
    if (ops.duration < 0).any():
        yield f"{int((ops.duration < 0).sum())} node times overlap, or begin before their section"
    if (ops.end > sections["end"][section]).any():
        yield f"{int((ops.end > sections['end'][section]).sum())} nodes end after the section that computed them"
    if (ops.wait > ops.duration + CLOCK_SLACK_NS).any():
        yield "thread 0 waited longer for a node than the node took"
    falling = (section[1:] == section[:-1]) & (ops.node[:-1] >= 0) & (ops.node[1:] <= ops.node[:-1])
    if falling.any():
        yield f"{int(falling.sum())} nodes were computed out of order"


def _threads(trace: Trace) -> Iterator[str]:
    """Where the trace is whole, every thread passed every barrier."""
    if trace.recording.loss.lost or trace.recording.loss.overwritten or trace.recording.loss.damaged:
        return
    parts, sections = trace.parts, trace.sections
    if len(parts) and trace.recording.closed:
        wrong = parts["barriers"] != sections["barriers"][parts["section"]]
        wrong &= sections["timed"][parts["section"]]
        if wrong.any():
            yield f"in {int(wrong.sum())} sections threads passed different numbers of barriers"
        if (parts["work"] < -CLOCK_SLACK_NS).any():
            yield "a thread waited longer than its section lasted"


def _buffers(trace: Trace) -> Iterator[str]:
    buffers = trace.buffers
    for number in np.flatnonzero(buffers["frees"] > 1):
        yield f"buffer {number} was freed {buffers['frees'][number]} times"
    for number in np.flatnonzero((buffers["end"] >= 0) & (buffers["end"] < buffers["begin"])):
        yield f"buffer {number} was freed before it was allocated"
