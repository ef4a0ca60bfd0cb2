"""Lanes of layers and blocks above the ops: stretches of computed nodes that belong together."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ggmlviz.analysis.op_lanes import OpLane, places_of
from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.format.layout import RowFlag
from ggmlviz.scene.drawing import Shape, Texts, colours
from ggmlviz.scene.palette import FAMILIES, mixed
from ggmlviz.scene.timeline.boxes import boxes, labels
from ggmlviz.scene.timeline.computed import Computed
from ggmlviz.scene.timeline.frame import Frame, Hit
from ggmlviz.scene.units import duration

MOST_LOOKED_AT = 6_000  # ops in view; of more, their layers would be too thin to tell anything
NO_LAYER, NOT_LOOKED_UP = -1, -2
BLOCKS = ("embedding", "norm", "attention", "ffn", "moe", "output", "other")
# Of the family that has most of such a block, so that the same hue means nearly the same in both lanes.
_HUES = ("movement", "norm", "attention", "matmul", "routing", "position", "other")
BLOCK_COLOURS = np.array([FAMILIES[name] for name in _HUES], np.uint8)


class Nest:
    """Layer and block of every node, looked up when it is first in view."""

    def __init__(self, computed: Computed):
        self._computed, self._trace = computed, computed.trace
        self._tables: dict[int, np.ndarray] = {}  # int32 [nodes, fused or not, layer and block]

    def of(self, first: int, last: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Section, layer and block of these executions."""
        places = places_of(self._trace, first, last)
        fused = (self._trace.ops.flags[first:last] & RowFlag.NODE_FUSED != 0).astype(np.intp)
        found = np.empty((last - first, 2), np.int32)
        found[:] = NO_LAYER, BLOCKS.index("other")
        for graph in np.unique(places.graph[places.node >= 0]).tolist():
            here = np.flatnonzero((places.graph == graph) & (places.node >= 0))
            found[here] = self._table(graph, places.node[here], fused[here])[places.node[here], fused[here]]
        return places.section, found[:, 0], found[:, 1]

    def _table(self, graph: int, nodes: np.ndarray, fused: np.ndarray) -> np.ndarray:
        if graph not in self._tables:
            self._tables[graph] = np.full((self._trace.graph(graph).nodes, 2, 2), NOT_LOOKED_UP, np.int32)
        table = self._tables[graph]
        new = np.flatnonzero(table[nodes, fused, 0] == NOT_LOOKED_UP)
        for node, pair in {*zip(nodes[new].tolist(), fused[new].tolist(), strict=True)}:
            facts = self._computed.opened.facts.of(graph, node, bool(pair))
            table[node, pair] = NO_LAYER if facts.layer is None else facts.layer, BLOCKS.index(facts.block)
        return table


class Stretches(NamedTuple):
    begins: np.ndarray  # ns
    ends: np.ndarray
    of: np.ndarray  # layer, or index into BLOCKS
    count: np.ndarray  # of ops


class NestLane:
    """`by`: layers or blocks."""

    height = 18.0
    about = ""

    def __init__(self, key: str, by: str, nest: Nest, computed: Computed, lane: OpLane):
        self.key, self.title, self._by = key, key, by
        self._nest, self._trace, self.lane = nest, computed.trace, lane

    def draw(self, frame: Frame, top: float, bottom: float) -> list[Shape]:
        parts = self.stretches(frame.look.view)
        middle = (top + bottom) / 2
        if parts is None:
            text = f"{self._by} appear when fewer than {MOST_LOOKED_AT:,} ops are in view"
            at = np.array([[frame.left + 6 * frame.ui, middle]], np.float32)
            return [Texts(at, [text], colours(frame.theme.faint, 1), frame.text)]
        fill = self._fill(frame, parts.of)
        shapes = boxes(frame, parts.begins, parts.ends, fill, top, bottom)
        return shapes + labels(
            frame, parts.begins, parts.ends, fill, middle, lambda wide: map(self._texts, parts.of[wide].tolist())
        )

    def stretches(self, view: TimeRange) -> Stretches | None:
        """None where there are too many."""
        first, last = self.lane.within(self._trace, view)
        if last - first > MOST_LOOKED_AT:
            return None
        section, layer, block = self._nest.of(first, last)
        of = layer if self._by == "layers" else block
        change = (section[1:] != section[:-1]) | (of[1:] != of[:-1])
        if self._by == "blocks":
            change |= layer[1:] != layer[:-1]
        starts = np.concatenate([np.zeros(min(1, len(of)), np.intp), np.flatnonzero(change) + 1])
        lasts = np.append(starts[1:], len(of))[: len(starts)] - 1
        ends = self._trace.ops.end[first:last]
        begins = ends - self._trace.ops.duration[first:last]
        return Stretches(begins[starts], ends[lasts], of[starts], lasts - starts + 1)

    def _fill(self, frame: Frame, of: np.ndarray) -> np.ndarray:
        if self._by == "blocks":
            return BLOCK_COLOURS[of]
        theme = frame.theme
        shades = [mixed(theme.faint, theme.panel, part) for part in (0.75, 0.35, 0.55)]  # none, even, odd
        return np.array(shades, np.uint8)[np.where(of == NO_LAYER, 0, 1 + of % 2)]

    def _texts(self, of: int) -> tuple[str, ...]:
        if self._by == "blocks":
            return (BLOCKS[of],)
        return ("no layer",) if of == NO_LAYER else (f"layer {of}", str(of))

    def at(self, frame: Frame, x: float, part: float) -> Hit | None:
        parts = self.stretches(frame.look.view)
        if parts is None:
            return None
        moment = frame.time.time(x)
        at = int(np.searchsorted(parts.ends, moment, "right"))
        if at >= len(parts.ends) or parts.begins[at] > moment:
            return None
        begin, end = int(parts.begins[at]), int(parts.ends[at])
        name, took = self._texts(int(parts.of[at]))[0], end - begin
        text = f"{name}: {parts.count[at]} ops in view\n{duration(took)}  ({took:,} ns)"
        return Hit(self._by.removesuffix("s"), self.key, text, TimeRange(begin, end))
