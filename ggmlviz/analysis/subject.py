"""What a report is about: which program, model and machine, and which of its runs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ggmlviz.analysis.time_range import TimeRange, runs_in, seconds_covered, sections_in
from ggmlviz.format.layout import Status
from ggmlviz.trace.phases import PHASES
from ggmlviz.trace.trace import Trace


@dataclass(frozen=True)
class Subject:
    trace: str
    program: str
    model: list[str]
    libraries: list[str]
    backends: list[str]
    cpu: str
    threads: int
    detail: str
    closed: bool
    seconds: float  # from the first run's begin to the last one's end
    runs: int
    failed_runs: int
    graphs: int  # different ones that ran
    nodes_timed: int
    recorder_share: float  # of the runs' time, for describing graphs


@dataclass(frozen=True)
class PhaseRuns:
    phase: str
    runs: int
    tokens: int
    seconds: float


def subject_of(trace: Trace, range: TimeRange, nodes_timed: int) -> Subject:
    definitions, strings = trace.definitions, trace.definitions.strings
    runs = trace.runs[runs_in(trace, range)]
    time = int((runs["end"] - runs["begin"]).sum())
    threads = trace.sections["threads"][sections_in(trace, range)]
    return Subject(
        trace=str(trace.recording.path),
        program=definitions.meta.get("command", ""),
        model=[strings[path] for path in definitions.files["path"].tolist()],
        libraries=[f"{strings[one['path']]} {strings[one['version']]}".strip() for one in definitions.libraries],
        backends=[strings[name] for name in definitions.backends["name"].tolist()],
        cpu=definitions.meta.get("cpu", ""),
        threads=int(threads.max()) if len(threads) else 0,
        detail=trace.recording.detail.name.lower(),
        closed=trace.recording.closed,
        seconds=seconds_covered(trace, range),
        runs=len(runs),
        failed_runs=int(np.isin(runs["status"], (Status.ABORTED, Status.FAILED)).sum()),
        graphs=len(np.unique(runs["graph"][runs["graph"] >= 0])),
        nodes_timed=nodes_timed,
        recorder_share=float(runs["own"].sum() / time) if time else 0.0,
    )


def phases_in(trace: Trace, range: TimeRange) -> list[PhaseRuns]:
    chosen, found = runs_in(trace, range), []
    for number, phase in enumerate(PHASES):
        mine = chosen & (trace.phases["phase"] == number)
        if mine.any():
            time = int((trace.runs["end"] - trace.runs["begin"])[mine].sum())
            found.append(PhaseRuns(phase, int(mine.sum()), int(trace.phases["tokens"][mine].sum()), time / 1e9))
    return sorted(found, key=lambda one: -one.seconds)
