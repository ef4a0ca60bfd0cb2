"""Lanes of splits, one for each backend, and of transfers."""

from __future__ import annotations

import numpy as np

from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.format.layout import NONE, Transfer
from ggmlviz.scene.drawing import Shape
from ggmlviz.scene.palette import FAMILIES
from ggmlviz.scene.timeline.boxes import outline
from ggmlviz.scene.timeline.frame import Frame, Hit
from ggmlviz.scene.timeline.selected import selected_section
from ggmlviz.scene.timeline.spans import SpansLane
from ggmlviz.scene.units import amount, duration
from ggmlviz.trace.trace import Trace

SPLIT_COLOURS = np.array([(112, 128, 150, 255), (150, 128, 112, 255)], np.uint8)  # by turns, to tell neighbours apart
# unknown, write, read, copy, fill: by Transfer
TRANSFER_COLOURS = np.array(
    [FAMILIES[name] for name in ("other", "position", "routing", "movement", "movement")], np.uint8
)
DIRECTIONS = {Transfer.SET: "write", Transfer.GET: "read", Transfer.COPY: "copy", Transfer.FILL: "fill"}


class SplitsLane(SpansLane):
    def __init__(self, key: str, trace: Trace, chosen: np.ndarray, backend: str):
        self._splits, self._backend, self._trace = chosen, backend, trace
        super().__init__(key, chosen["begin"], chosen["end"], np.arange(len(chosen)) % 2, SPLIT_COLOURS)

    def draw(self, frame: Frame, top: float, bottom: float) -> list[Shape]:
        """The split in which the selected op was computed is outlined."""
        shapes, section = super().draw(frame, top, bottom), selected_section(frame, self._trace)
        if section is None or self._trace.sections["lane"][section] != self._splits["lane"][0]:
            return shapes
        within = self._trace.sections["begin"][section]
        at = int(np.searchsorted(self.ends, within, "right"))
        low, high = self.within(frame.look.view)
        if not low <= at < high or self.begins[at] > within:
            return shapes
        return [*shapes, outline(frame, int(self.begins[at]), int(self.ends[at]), top, bottom, frame.theme.accent)]

    def texts(self, at: int) -> tuple[str, ...]:
        return f"{self._backend} · {self._splits['nodes'][at]} nodes", self._backend

    def hit(self, at: int, span: TimeRange) -> Hit:
        split, took = self._splits[at], span.end - span.begin
        first = "" if split["first"] == NONE else f", from node {split['first']} on"
        text = f"split on {self._backend}: {split['nodes']} nodes{first}\n{duration(took)}  ({took:,} ns)"
        return Hit("split", self.key, text, span)


class TransfersLane(SpansLane):
    def __init__(self, key: str, trace: Trace, chosen: np.ndarray):
        self._transfers, self._trace = chosen, trace
        kinds = np.where(np.isin(chosen["direction"], list(DIRECTIONS)), chosen["direction"], 0)
        super().__init__(key, chosen["begin"], chosen["end"], kinds, TRANSFER_COLOURS)

    def _name(self, at: int) -> str:
        strings, name = self._trace.definitions.strings, int(self._transfers["name"][at])
        return (strings[name] if name < len(strings) else "") or "(no name)"

    def texts(self, at: int) -> tuple[str, ...]:
        name = self._name(at)
        return f"{name} · {amount(int(self._transfers['bytes'][at]))}", name

    def hit(self, at: int, span: TimeRange) -> Hit:
        transfer, took = self._transfers[at], span.end - span.begin
        count = int(transfer["bytes"])
        lines = [
            f"{DIRECTIONS.get(int(transfer['direction']), 'transfer')} {self._name(at)}",
            f"{amount(count)}  ({count:,} bytes)" + (f"  ·  {count / took:.2f} GB/s" if took else ""),
            f"{duration(took)}  ({took:,} ns)",
        ]
        if transfer["buffer"] >= 0:
            lines.append(f"buffer {transfer['buffer']}")
        return Hit("transfer", self.key, "\n".join(lines), span)


def split_lanes(trace: Trace) -> list[SplitsLane]:
    """Of each backend on each lane that gave it work."""
    splits, strings, backends = trace.splits, trace.definitions.strings, trace.definitions.backends
    lanes, found = np.unique(splits["lane"]).tolist(), []
    for backend in np.unique(splits["backend"]).tolist():
        name = strings[backends["name"][backend]] if backend < len(backends) else f"backend {backend}"
        for lane in lanes:
            chosen = splits[(splits["lane"] == lane) & (splits["backend"] == backend)]
            if len(chosen):
                title = f"splits {name}" + (f" {lane + 1}" if len(lanes) > 1 else "")
                found.append(SplitsLane(title, trace, chosen, name))
    return found


def splits_tell_something(trace: Trace) -> bool:
    """More than that each run is one split on the one backend."""
    return len(np.unique(trace.splits["backend"])) > 1 or len(trace.splits) > len(trace.runs)


def transfer_lanes(trace: Trace) -> list[TransfersLane]:
    transfers = trace.transfers
    lanes = np.unique(transfers["lane"]).tolist()
    return [
        TransfersLane(
            "transfers" + (f" {lane + 1}" if len(lanes) > 1 else ""), trace, transfers[transfers["lane"] == lane]
        )
        for lane in lanes
    ]
