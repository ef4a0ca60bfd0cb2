"""What kept a run from being faster, in sentences with the numbers they rest on; or that it cannot be told.

One sentence for each phase that took a good part of the time. The checks are in the order in which a cause hides the
ones behind it: where most of the time passes between runs, it does not matter how fast the runs are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ggmlviz.analysis.balance import balance
from ggmlviz.analysis.ceilings import Ceiling, Ceilings
from ggmlviz.analysis.devices import Driven, driven
from ggmlviz.analysis.time_range import EVERYTHING, TimeRange, runs_in
from ggmlviz.analysis.tokens import token_times
from ggmlviz.analysis.totals import Node
from ggmlviz.analysis.work_done import WorkDone, work_done
from ggmlviz.trace.phases import PHASES
from ggmlviz.trace.trace import Trace

WORTH_A_SENTENCE = 0.1  # of the time of all runs
MOST = 0.5  # from here on, of a ceiling or of the time, it is called the bound
NEARLY_ALL = 0.75  # of the copy bandwidth: then nothing else can be the bound; the peak rate is no such hard limit
FASTER_THAN_MEMORY = 1.5  # of the copy bandwidth: reading alone can be faster than copying, but not by so much
ENOUGH_RUNS = 5  # for a median to mean something
MUCH_WAITING = 0.3  # of the threads' time
SMALL_NODE = 10_000  # ns; a barrier takes about one thousand


@dataclass(frozen=True)
class Bound:
    phase: str
    by: str  # memory, compute, waiting, small ops, device, between runs, slow runs, page faults, unknown
    sentence: str


@dataclass(frozen=True)
class _Facts:
    """All that the checks look at, of one phase."""

    phase: str
    run_ns: int
    between_share: float  # of the time from token to token, between the runs
    nodes_count: int
    done: WorkDone | None
    wait_share: float | None
    fault_share: float  # of the runs' time: what those with major faults took more than those of the same graph without
    major_faults: int
    slow_share: float  # of the runs' time: what runs took beyond twice the median of their graph
    device: Driven | None
    ceiling: Ceiling | None

    @property
    def bytes_per_second(self) -> float:
        return self.done.bytes * 1e9 / self.run_ns if self.done else 0.0

    @property
    def flops_per_second(self) -> float:
        return self.done.flops * 1e9 / self.run_ns if self.done else 0.0

    @property
    def of_copy(self) -> float:
        return self.bytes_per_second / self.ceiling.copy_bytes_per_second if self.ceiling else 0.0

    @property
    def of_peak(self) -> float:
        return self.flops_per_second / self.ceiling.multiply_flops_per_second if self.ceiling else 0.0

    @property
    def node_ns(self) -> float:
        return self.done.time / self.nodes_count if self.done and self.nodes_count else 0.0


def bounds(trace: Trace, nodes: list[Node], ceilings: Ceilings | None, range: TimeRange = EVERYTHING) -> list[Bound]:
    """The phase that took longest first."""
    chosen = runs_in(trace, range)
    times = (trace.runs["end"] - trace.runs["begin"]) * chosen
    by_phase = np.bincount(trace.phases["phase"], times, minlength=len(PHASES)).astype(np.int64)
    order = [phase for phase in np.argsort(-by_phase).tolist() if by_phase[phase] > WORTH_A_SENTENCE * times.sum()]
    return [_bound(_facts(trace, nodes, ceilings, range, PHASES[phase])) for phase in order]


def _facts(trace: Trace, nodes: list[Node], ceilings: Ceilings | None, range: TimeRange, phase: str) -> _Facts:
    chosen = runs_in(trace, range) & (trace.phases["phase"] == PHASES.index(phase))
    runs = trace.runs[chosen]
    times = runs["end"] - runs["begin"]
    mine = [node for node in nodes if node.phase == phase]
    shared = balance(trace, range, phase)
    speed = token_times(trace, range).generation if phase in ("generation", "decoder") else None
    threads = int(trace.sections["threads"].max()) if len(trace.sections) else 1
    return _Facts(
        phase,
        int(times.sum()),
        max(0.0, 1 - speed.run_seconds / speed.seconds) if speed and speed.seconds else 0.0,
        sum(node.count for node in mine),
        next(iter(work_done(mine, "phase")), None),
        shared.wait_share if shared and shared.threads > 1 else None,
        _share_of_faults(runs, times),
        int(np.maximum(runs["major_faults"], 0).sum()),
        _share_of_slow(runs, times),
        driven(trace, chosen),
        ceilings.with_threads(threads) if ceilings else None,
    )


def _share_of_faults(runs: np.ndarray, times: np.ndarray) -> float:
    """Only runs of the same graph can be compared: 0 where all of them, or none, had major faults."""
    faulting, excess = runs["major_faults"] > 0, 0.0
    for graph in np.unique(runs["graph"][faulting]).tolist():
        same = runs["graph"] == graph
        if (same & ~faulting).any():
            usual = np.median(times[same & ~faulting])
            excess += float(np.maximum(times[same & faulting] - usual, 0).sum())
    return excess / int(times.sum()) if excess else 0.0


def _share_of_slow(runs: np.ndarray, times: np.ndarray) -> float:
    """The same graph is the same work: a run that takes several times the median was disturbed."""
    excess = 0.0
    for graph in np.unique(runs["graph"]).tolist():
        same = times[runs["graph"] == graph]
        if len(same) >= ENOUGH_RUNS:
            excess += float(np.maximum(same - 2 * np.median(same), 0).sum())
    return excess / int(times.sum()) if excess else 0.0


def _bound(facts: _Facts) -> Bound:
    by, why = _cause(facts)
    faults = f"; page faults that had to wait for the disk: {facts.major_faults:,}" if facts.major_faults else ""
    return Bound(facts.phase, by, f"{facts.phase.capitalize()}: {why}{faults}.")


def _cause(facts: _Facts) -> tuple[str, str]:
    timed = facts.done.time / facts.run_ns if facts.done and facts.run_ns else 0.0
    if facts.device and facts.device.share > MOST:
        spent = f"{facts.device.share:.0%} of the time from run to run is spent in calls to {facts.device.name}"
        return "device", f"{spent} and in waits for it, which tells no times of nodes"
    if facts.between_share > MOST:
        return "between runs", f"{facts.between_share:.0%} of the time from token to token is spent between graph runs"
    if facts.fault_share > MUCH_WAITING:
        return "page faults", f"{facts.fault_share:.0%} of the time is what runs with page faults took more than others"
    if facts.slow_share > MUCH_WAITING:
        slow = f"{facts.slow_share:.0%} of the time is what some runs took beyond twice the median of their graph"
        return "slow runs", f"{slow}, as when other programs have the CPUs{_waiting(facts)}"
    if timed < MOST:
        return "unknown", f"cannot tell what bounds it: nodes with known times are only {timed:.0%} of the run time"
    if FASTER_THAN_MEMORY > facts.of_copy >= min(NEARLY_ALL, max(MOST, facts.of_peak)):
        return "memory", f"memory-bound, {_rates(facts)}"
    if facts.of_peak >= MOST:
        # The 8-bit dot products of quantised types can go beyond: what their limit is was not measured.
        beyond = ", whose limit is above the float32 rate that was measured" if facts.of_peak > 1 else ""
        return "compute", f"compute-bound{beyond}, {_rates(facts)}"
    if facts.wait_share is not None and facts.wait_share > MUCH_WAITING:
        waiting = f"threads wait {facts.wait_share:.0%} of their time at barriers"
        if facts.node_ns < SMALL_NODE:
            return "small ops", f"{waiting}, and a node takes {facts.node_ns / 1e3:.1f} µs: too small to share"
        return "waiting", f"{waiting}: the work is shared unevenly, or a thread had to wait for its CPU"
    if not facts.ceiling:
        measure = "`ggml-viz ceilings` on the machine that it ran on measures what it is to be compared with"
        return "unknown", f"cannot tell what bounds it, {_rates(facts)}; {measure}"
    if facts.of_copy >= FASTER_THAN_MEMORY:
        return "unknown", f"its bytes come out of caches, faster than memory copies, {_rates(facts)}{_waiting(facts)}"
    small = f", and a node takes only {facts.node_ns / 1e3:.1f} µs" if facts.node_ns < SMALL_NODE else ""
    return "unknown", f"far from either ceiling, {_rates(facts)}{_waiting(facts)}{small}"


def _waiting(facts: _Facts) -> str:
    return "" if facts.wait_share is None else f", threads wait {facts.wait_share:.0%} of their time"


def _rates(facts: _Facts) -> str:
    """What is not modelled makes both too small."""
    memory, compute = f"{facts.bytes_per_second / 1e9:.1f} GB/s", f"{facts.flops_per_second / 1e9:.1f} GFLOP/s"
    if facts.ceiling:
        memory += f" ({facts.of_copy:.0%} of the copy bandwidth)"
        compute += f" ({facts.of_peak:.0%} of the peak rate)"
    missing = facts.done.share_not_modelled if facts.done else 0.0
    note = f", not counting ops that take {missing:.0%} of the time" if missing >= 0.01 else ""
    return f"{memory} and {compute}{note}"
