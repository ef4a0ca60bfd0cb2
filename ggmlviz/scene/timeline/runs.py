"""The lane of graph runs, coloured by phase."""

from __future__ import annotations

import numpy as np

from ggmlviz.analysis.run_names import RunNames
from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.format.layout import Status
from ggmlviz.scene.drawing import Shape
from ggmlviz.scene.palette import LOST
from ggmlviz.scene.timeline.boxes import outline
from ggmlviz.scene.timeline.frame import Frame, Hit
from ggmlviz.scene.timeline.spans import SpansLane
from ggmlviz.scene.timeline.unfinished import UnfinishedRun
from ggmlviz.scene.units import amount, duration
from ggmlviz.trace.phases import PHASES
from ggmlviz.trace.trace import Trace

# other, prompt, generation, encoder, decoder; a run that failed is drawn in the colour of errors
PHASE_COLOURS = np.array(
    [(130, 136, 146, 255), (214, 126, 84, 255), (92, 122, 178, 255), (126, 104, 176, 255), (70, 148, 140, 255), LOST],
    np.uint8,
)
FAILED = len(PHASES)
BAD = (Status.ABORTED, Status.FAILED)


class RunsLane(SpansLane):
    height = 26.0

    def __init__(self, key: str, trace: Trace, lane: int, names: RunNames, unfinished: np.ndarray | None = None):
        """`unfinished`: runs that have not ended, of all lanes."""
        self._trace, self._names, self.lane = trace, names, lane
        self._index = np.flatnonzero(trace.runs["lane"] == lane)
        runs = trace.runs[self._index]
        kinds = np.where(np.isin(runs["status"], BAD), FAILED, trace.phases["phase"][self._index])
        super().__init__(key, runs["begin"], runs["end"], kinds, PHASE_COLOURS)
        mine = [] if unfinished is None else unfinished[unfinished["lane"] == lane]
        self._unfinished = [UnfinishedRun(trace, run, PHASE_COLOURS) for run in mine]

    def texts(self, at: int) -> tuple[str, ...]:
        name = self._names.of(int(self._index[at]))
        return f"{name} · {duration(int(self.ends[at] - self.begins[at]))}", name, name.removeprefix("token ")

    def draw(self, frame: Frame, top: float, bottom: float) -> list[Shape]:
        shapes = super().draw(frame, top, bottom)
        for unfinished in self._unfinished:
            shapes = shapes + unfinished.draw(frame, top, bottom)
        run, view = frame.look.selection.run, frame.look.view
        if run is None or self._trace.runs["lane"][run] != self.lane:
            return shapes
        begin, end = (int(self._trace.runs[edge][run]) for edge in ("begin", "end"))
        if end <= view.begin or begin >= view.end:
            return shapes
        return [*shapes, outline(frame, begin, end, top, bottom, frame.theme.accent)]

    def at(self, frame: Frame, x: float, part: float) -> Hit | None:
        open_ones = (unfinished.at(frame, self.key, x) for unfinished in self._unfinished)
        return super().at(frame, x, part) or next(filter(None, open_ones), None)

    def hit(self, at: int, span: TimeRange) -> Hit:
        run = int(self._index[at])
        record, took = self._trace.runs[run], span.end - span.begin
        lines = [
            "  ·  ".join(dict.fromkeys([self._names.of(run), self._names.numbered(run)])),
            f"{duration(took)}  ({took:,} ns)",
        ]
        if record["status"] in BAD:
            lines.append(f"it {'was aborted' if record['status'] == Status.ABORTED else 'failed'}")
        if record["own"]:
            lines.append(f"of that {duration(int(record['own']))}: the recorder described the graph")
        if record["minor_faults"] >= 0:
            lines.append(f"page faults: {record['minor_faults']:,} minor, {record['major_faults']:,} major")
        if record["resident"] >= 0:
            lines.append(f"resident memory after it: {amount(int(record['resident']))}")
        return Hit("run", self.key, "\n".join(lines), span, run)
