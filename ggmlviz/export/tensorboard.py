"""Scalars of every run, for TensorBoard: a folder for each experiment, the number of the run as the step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tensorboardX import SummaryWriter

from ggmlviz.export.described_graph import DescribedGraphs
from ggmlviz.export.progress import Progress
from ggmlviz.trace.trace import Trace


def write(trace: Trace, folder: Path, progress: Progress) -> None:
    of_experiment = folder / trace.recording.experiment
    # TensorBoard reads all event files of a folder: those of an earlier export would show each run twice.
    for earlier in of_experiment.glob("events.out.tfevents.*"):
        earlier.unlink()
    order = np.argsort(trace.runs["number"]).tolist()
    with SummaryWriter(str(of_experiment), write_to_disk=True) as writer:
        for done, (index, scalars) in enumerate(zip(order, _scalars(trace, order), strict=True)):
            progress.tell("runs", done, len(order))
            run = trace.runs[index]
            when = trace.clock.date(int(run["begin"])).timestamp()
            for name, value in scalars.items():
                writer.add_scalar(f"run/{name}", value, int(run["number"]), walltime=when)


def _scalars(trace: Trace, order: list[int]) -> Iterator[dict[str, float]]:
    """Of each run; what is not known of one is left out."""
    graphs, shares = DescribedGraphs(trace), _wait_shares(trace)
    for index in order:
        run = trace.runs[index]
        duration, graph = int(run["end"] - run["begin"]), int(run["graph"])
        scalars = {"duration_ms": duration / 1e6}
        tokens = graphs.of(graph).purpose.tokens if graph >= 0 else 0
        if tokens and duration:
            scalars["tokens_per_second"] = tokens * 1e9 / duration
        if not np.isnan(shares[index]):
            scalars["wait_share"] = float(shares[index])
        for field in ("minor_faults", "major_faults", "resident"):
            if run[field] >= 0:
                scalars["resident_bytes" if field == "resident" else field] = int(run[field])
        yield scalars


def _wait_shares(trace: Trace) -> np.ndarray:
    """Of the time that all threads were in the sections of each run, how much they waited for each other."""
    runs = trace.sections["run"][trace.parts["section"]]
    parts, runs = trace.parts[runs >= 0], runs[runs >= 0]
    waits = np.bincount(runs, parts["wait"], len(trace.runs))
    works = np.bincount(runs, parts["work"], len(trace.runs))
    with np.errstate(invalid="ignore"):
        return waits / (waits + works)
