"""The totals of a trace: what `ggml-viz info` and `ggml-viz run` tell."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field

import numpy as np

from ggmlviz.format.layout import RowFlag, Status
from ggmlviz.format.legacy import LegacyRecording
from ggmlviz.format.recording import Recording
from ggmlviz.trace.buffers import ROLES
from ggmlviz.trace.trace import Trace
from ggmlviz.trace.unfinished import told_unfinished
from ggmlviz.trace.validate import losses, unattributed

SECTIONS_AT_ONCE = 1024


@dataclass
class Summary:
    path: str
    format: int
    program: str = ""
    experiment: str = ""
    started: str = ""
    pid: int = 0
    seconds: float = 0.0
    closed: bool = True
    detail: str = ""
    libraries: list[str] = field(default_factory=list)
    model_files: list[str] = field(default_factory=list)
    backends: list[str] = field(default_factory=list)
    graph_runs: int = 0
    failed_runs: int = 0
    unfinished_runs: list[str] = field(default_factory=list)
    distinct_graphs: int = 0
    nodes_timed: int = 0
    nodes_in_order: int = 0  # of which more than their order is not told
    nodes_fused: int = 0
    nodes_skipped: int = 0
    nodes_unattributed: int = 0
    nodes_on_devices: int = 0  # given to backends that do not tell when a node is done
    threads: int = 0
    buffers: int = 0
    buffers_alive: int = 0
    peak_bytes: int = 0
    peak_bytes_by_role: dict[str, int] = field(default_factory=dict)
    transfers: int = 0
    transfer_bytes: int = 0
    trace_bytes: int = 0
    losses: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def as_dict(self) -> dict:
        return asdict(self)

    def lines(self) -> list[str]:
        return [f"{label:<12} {text}" for label, text in self._facts() if text]

    def _facts(self) -> list[tuple[str, str]]:
        nodes = f"{self.nodes_timed:,} timed, {self.nodes_fused:,} fused into another, {self.nodes_skipped:,} skipped"
        nodes = f"{self.nodes_in_order:,} in order, without times" if self.nodes_in_order else nodes
        nodes += f", {self.nodes_unattributed:,} unattributed" if self.nodes_unattributed else ""
        nodes += f", {self.nodes_on_devices:,} on devices that tell no node times" if self.nodes_on_devices else ""
        runs = f"{self.graph_runs:,} of {self.distinct_graphs:,} distinct graphs"
        runs += f", {self.failed_runs:,} aborted or failed" if self.failed_runs else ""
        runs += "".join(f"; {sentence}" for sentence in self.unfinished_runs)
        alive = f", {self.buffers_alive:,} not freed" if self.buffers_alive else ""
        roles = ", ".join(f"{role} {_bytes(size)}" for role, size in self.peak_bytes_by_role.items() if size)
        end = "closed cleanly" if self.closed else "not closed: the program is running or was killed"
        return [
            ("trace", f"{self.path} (format {self.format}, {_bytes(self.trace_bytes)}, {end})"),
            ("program", self.program + (f" (pid {self.pid})" if self.pid else "")),
            ("experiment", self.experiment),
            ("started", self.started),
            ("lasted", f"{self.seconds:.3f} s" if self.seconds else ""),
            ("detail", self.detail),
            ("ggml", "; ".join(self.libraries)),
            ("model", "; ".join(self.model_files)),
            ("backends", ", ".join(self.backends)),
            ("graph runs", runs),
            ("nodes", nodes),
            ("threads", f"{self.threads:,}" if self.threads else ""),
            ("buffers", f"{self.buffers:,}{alive}, at most {_bytes(self.peak_bytes)} at once ({roles or 'nothing'})"),
            ("transfers", f"{self.transfers:,}, {_bytes(self.transfer_bytes)}"),
            ("data", "; ".join(self.losses + self.problems) or "complete"),
        ]


def summarise(recording: Recording | LegacyRecording) -> Summary:
    return _summarise_legacy(recording) if isinstance(recording, LegacyRecording) else _summarise(recording)


def _summarise(recording: Recording) -> Summary:
    trace = Trace(recording)
    definitions, strings = recording.definitions, recording.definitions.strings
    summary = Summary(
        path=str(recording.path),
        format=recording.version,
        program=definitions.meta.get("command", ""),
        experiment=recording.experiment,
        started=recording.started.isoformat(timespec="seconds"),
        pid=recording.pid,
        seconds=_last_ns(trace) / 1e9,
        closed=recording.closed,
        detail=recording.detail.name.lower(),
        losses=list(losses(trace)),
        problems=list(recording.problems),
    )
    summary.libraries = [_library(strings, library) for library in definitions.libraries]
    summary.model_files = [strings[path] for path in definitions.files["path"].tolist()]
    summary.backends = [strings[name] for name in definitions.backends["name"].tolist()]
    summary.trace_bytes = (
        recording.header["header_bytes"] + recording.header["segments"] * recording.header["segment_bytes"]
    )
    _count_runs(summary, trace)
    _count_memory(summary, trace)
    return summary


def _count_runs(summary: Summary, trace: Trace) -> None:
    runs, ops, sections = trace.runs, trace.ops, trace.sections
    summary.graph_runs = len(runs)
    summary.failed_runs = int(np.isin(runs["status"], (Status.ABORTED, Status.FAILED)).sum())
    summary.unfinished_runs = told_unfinished(trace)
    summary.distinct_graphs = len(trace.definitions.graphs)
    summary.nodes_timed = len(ops)
    summary.nodes_unattributed = unattributed(trace)
    pairs = _pairs_in(sections, ops.flags)
    summary.nodes_fused = int(pairs.sum())
    told = sections["timed"] & np.isin(sections["status"], (Status.SUCCESS, Status.UNKNOWN))
    summary.nodes_skipped = int((sections["nodes"] - sections["executions"] - pairs)[told].sum())
    summary.nodes_on_devices = max(0, int(trace.splits["nodes"].sum() - sections["nodes"].sum()))
    summary.threads = len(trace.definitions.threads)
    summary.transfers = len(trace.transfers)
    summary.transfer_bytes = int(trace.transfers["bytes"].sum())


def _pairs_in(sections: np.ndarray, flags: np.ndarray) -> np.ndarray:
    """How many of the computed nodes of each section did a pair."""
    pairs, some = np.zeros(len(sections), np.int64), np.flatnonzero(sections["executions"])
    for low in range(0, len(some), SECTIONS_AT_ONCE):
        part = some[low : low + SECTIONS_AT_ONCE]
        first = sections["first_execution"][part]
        fused = flags[first[0] : first[-1] + sections["executions"][part[-1]]] & RowFlag.NODE_FUSED != 0
        pairs[part] = np.add.reduceat(fused, first - first[0], dtype=np.int64)
    return pairs


def _count_memory(summary: Summary, trace: Trace) -> None:
    buffers = trace.buffers
    summary.buffers = len(buffers)
    summary.buffers_alive = int((buffers["end"] < 0).sum())
    freed = buffers["end"] >= 0
    times = np.concatenate([buffers["begin"], buffers["end"][freed]])
    deltas = np.concatenate([buffers["size"], -buffers["size"][freed]])
    roles = np.concatenate([buffers["role"], buffers["role"][freed]])
    order = np.argsort(times, kind="stable")
    alive = np.cumsum(deltas[order])
    if not len(alive) or alive.max() <= 0:
        return
    peak = int(alive.argmax())
    summary.peak_bytes = int(alive[peak])
    until = order[: peak + 1]
    for number, role in enumerate(ROLES):
        summary.peak_bytes_by_role[role] = int(deltas[until][roles[until] == number].sum())


def _summarise_legacy(recording: LegacyRecording) -> Summary:
    trace = Trace.of(recording)
    summary = Summary(
        path=str(recording.path),
        format=recording.version,
        seconds=_last_ns(trace) / 1e9,
        losses=[trace.untold],
        problems=list(recording.problems),
        trace_bytes=os.path.getsize(recording.path),
    )
    graphs = trace.runs["graph"]
    summary.graph_runs, summary.distinct_graphs = len(graphs), len(trace.definitions.graphs)
    summary.nodes_in_order = sum(trace.graph(graph).nodes for graph in graphs.tolist())
    summary.threads = len(trace.definitions.threads)
    _count_memory(summary, trace)
    return summary


def _library(strings: list[str], library: np.ndarray) -> str:
    version = " ".join(filter(None, (strings[library["version"]], strings[library["commit"]])))
    return f"{strings[library['path']]} {version} (layout {strings[library['layout']]})"


def _last_ns(trace: Trace) -> int:
    lasts = [lane.take("time", np.array([len(lane) - 1])) for lane in trace.lanes if len(lane)]
    return int(trace.clock.ns(np.concatenate(lasts)).max()) if lasts else 0


def _bytes(count: int) -> str:
    size = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"
