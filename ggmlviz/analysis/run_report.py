"""All that `ggml-viz report` tells, from the other answers: what a person wants to know first."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from ggmlviz.analysis.balance import Balance, OpWait, balance, waits_by_op
from ggmlviz.analysis.bounds import Bound, bounds
from ggmlviz.analysis.ceilings import Ceiling, Ceilings, kept_ceilings
from ggmlviz.analysis.critical_path import CriticalPath, critical_path
from ggmlviz.analysis.devices import Device, Transfers, devices, transfers_in
from ggmlviz.analysis.expert_use import ExpertUse, expert_use
from ggmlviz.analysis.memory.over_time import KvCache, Memory, kv_cache, memory
from ggmlviz.analysis.shortcomings import shortcomings
from ggmlviz.analysis.subject import PhaseRuns, Subject, phases_in, subject_of
from ggmlviz.analysis.time_range import EVERYTHING, TimeRange, runs_in
from ggmlviz.analysis.tokens import TokenTimes, token_times
from ggmlviz.analysis.totals import ThreadTotal, Total, backend_totals, nodes_of, thread_totals, totals
from ggmlviz.analysis.work_done import WeightsFloor, WorkDone, share_not_modelled, weights_floor, work_done
from ggmlviz.errors import UnsuitableTrace
from ggmlviz.format.legacy import LegacyRecording
from ggmlviz.format.recording import Recording
from ggmlviz.trace.phases import PHASES
from ggmlviz.trace.trace import Trace


@dataclass(frozen=True)
class RunReport:
    subject: Subject
    data: list[str]  # what is missing or wrong; empty: complete
    bounds: list[Bound]
    tokens: TokenTimes
    phases: list[PhaseRuns]
    memory: Memory
    kv_cache: KvCache | None
    ops: list[Total]
    tensors: list[Total]
    layers: list[Total]
    blocks: list[Total]
    backends: list[Total]
    devices: list[Device]
    transfers: Transfers
    threads: list[ThreadTotal]
    rates: list[WorkDone]  # by op
    not_modelled: dict[str, float]
    balance: Balance | None
    waits: list[OpWait]
    typical_token: CriticalPath | None  # the generation run of median duration
    floor: WeightsFloor | None
    experts: ExpertUse | None  # without caches: these take a while
    ceilings: Ceilings | None

    def as_dict(self) -> dict:
        """Every number under its name, with the rates that follow from the sums."""
        plain = asdict(self)
        for done, shown in zip(self.rates, plain["rates"], strict=True):
            shown |= {"gflops": done.gflops, "gbytes": done.gbytes, "flops_per_byte": done.intensity}
        plain["transfers"] = self.transfers._asdict()
        plain["experts"] = self.experts and self.experts.as_dict()
        if self.kv_cache:
            plain["kv_cache"]["occupancy"] = self.kv_cache.occupancy
        if self.balance:
            plain["balance"]["savable_share"] = self.balance.savable_share
        if self.floor and self.copy_bandwidth:
            plain["floor"]["times_the_floor"] = self.floor.times_the_floor(self.copy_bandwidth)
        return plain | {
            name: [total._asdict() for total in getattr(self, name)]
            for name in ("ops", "tensors", "layers", "blocks", "backends", "devices", "threads")
        }

    @property
    def copy_bandwidth(self) -> float:
        """Bytes per second, with as many threads as computed; 0: not measured."""
        return self.ceilings.with_threads(self.subject.threads).copy_bytes_per_second if self.ceilings else 0.0


def report_of(
    recording: Recording | LegacyRecording, range: TimeRange = EVERYTHING, top: int | None = None
) -> RunReport:
    """`top`: how many ops, tensors and layers at most; all without it."""
    trace = Trace.of(recording)
    if not runs_in(trace, range).any():
        raise _nothing(trace)
    nodes = nodes_of(trace, range)
    ceilings = ceilings_of(trace)
    return RunReport(
        subject=subject_of(trace, range, sum(node.count for node in nodes)),
        data=list(shortcomings(trace)),
        bounds=bounds(trace, nodes, ceilings, range),
        tokens=token_times(trace, range),
        phases=phases_in(trace, range),
        memory=memory(trace, range),
        kv_cache=kv_cache(trace, range),
        ops=totals(nodes, "op")[:top],
        tensors=totals(nodes, "tensor")[:top],
        layers=totals(nodes, "layer")[:top],
        blocks=totals(nodes, "block"),
        backends=backend_totals(trace, range),
        devices=devices(trace, range),
        transfers=transfers_in(trace, range),
        threads=thread_totals(trace, range),
        rates=work_done(nodes, "op")[:top],
        not_modelled=share_not_modelled(nodes),
        balance=balance(trace, range),
        waits=waits_by_op(nodes)[:top],
        typical_token=_typical_token(trace, range),
        floor=weights_floor(trace, nodes, "generation", range) or weights_floor(trace, nodes, "decoder", range),
        experts=expert_use(trace, range, caches=False),
        ceilings=ceilings,
    )


def _nothing(trace: Trace) -> UnsuitableTrace:
    if len(trace.runs):
        last = float(trace.runs["begin"].max()) / 1e9
        what = f"no graph run begins in this range; the last one begins at {last:.3f} s"
        return UnsuitableTrace(trace.recording.path, what, "choose another range")
    return UnsuitableTrace(trace.recording.path, "no graph run was recorded", "`ggml-viz doctor -- CMD` tells why")


def ceilings_of(trace: Trace) -> Ceilings | None:
    """Of the machine that was traced, if such a one has been measured here."""
    meta = trace.definitions.meta
    cpus = meta.get("cpus", "")
    return kept_ceilings(meta.get("cpu", ""), int(cpus)) if cpus.isdecimal() else None


def _typical_token(trace: Trace, range: TimeRange) -> CriticalPath | None:
    generated = np.flatnonzero(runs_in(trace, range) & (trace.phases["phase"] == PHASES.index("generation")))
    if not len(generated):
        return None
    durations = (trace.runs["end"] - trace.runs["begin"])[generated]
    return critical_path(trace, int(generated[np.argsort(durations)[len(generated) // 2]]))


def ceiling_of(trace: Trace) -> Ceiling | None:
    """With as many threads as computed at most; None where such a machine has not been measured."""
    known = ceilings_of(trace)
    return known.with_threads(int(trace.sections["threads"].max(initial=1))) if known else None
