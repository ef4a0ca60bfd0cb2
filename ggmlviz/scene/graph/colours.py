"""How the boxes of a graph are filled: pink and white as ever, or by what a person wants to see."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ggmlviz.analysis.graph.layout import GraphLayout
from ggmlviz.scene.drawing import Colour
from ggmlviz.scene.graph.subject import NOT_TOLD, SOURCES, GraphSubject
from ggmlviz.scene.palette import COMPUTED_WHITE, FAMILIES, FAMILY_COLOURS, FAMILY_NAMES, INPUT_PINK, heat
from ggmlviz.scene.units import duration

COLOURINGS = {
    "plain": "Pink and white",
    "op": "By op",
    "time": "By time",
    "backend": "By backend",
    "memory": "By memory",
}
UNKNOWN_FILL: Colour = (196, 198, 202, 255)
# Of SOURCES, none of them red; the disk's as warm as weights are cool, so that mapped and copied ones tell apart.
_SOURCE_FILLS = np.array(
    [
        (232, 140, 48, 255),
        (170, 174, 182, 255),
        (52, 120, 210, 255),
        (120, 190, 150, 255),
        (226, 196, 60, 255),
        (140, 95, 200, 255),
        UNKNOWN_FILL,
    ],
    np.uint8,
)
_BACKEND_FILLS = FAMILY_COLOURS[[0, 1, 3, 2, 4, 5, 7]]


@dataclass(frozen=True)
class Fills:
    items: np.ndarray  # uint8 [n, 4], by the items of the layout
    leafs: np.ndarray
    legend: tuple[tuple[str, Colour], ...] = ()
    heat_to: float = 0.0  # ns that the brightest stands for
    shares: np.ndarray | None = None  # [items, classes]: what closed groups are made of
    share_fills: np.ndarray | None = None  # uint8 [classes, 4]


def fills(subject: GraphSubject, layout: GraphLayout, times: np.ndarray, colouring: str) -> Fills:
    return _FILLS[colouring](subject, layout, times)


def item_times(subject: GraphSubject, layout: GraphLayout, times: np.ndarray) -> np.ndarray:
    """ns by item, groups with all that is in them; NaN where nothing is told."""
    known = ~np.isnan(times)
    sums = np.concatenate([[0], np.cumsum(np.where(known, times, 0))])
    counts = np.concatenate([[0], np.cumsum(known)])
    first, end = _ranges(subject, layout)
    return np.where(counts[end] > counts[first], sums[end] - sums[first], np.nan)


def _ranges(subject: GraphSubject, layout: GraphLayout) -> tuple[np.ndarray, np.ndarray]:
    members = [subject.members_of(item) for item in layout.items.tolist()]
    return np.array([m.start for m in members], np.int64), np.array([m.stop for m in members], np.int64)


def _plain(subject: GraphSubject, layout: GraphLayout, times: np.ndarray) -> Fills:
    pink = np.array([subject.is_input(item) for item in layout.items.tolist()], bool)
    pink &= layout.items < subject.groups.members
    colours = np.where(pink[:, None], np.array(INPUT_PINK, np.uint8), np.array(COMPUTED_WHITE, np.uint8))
    legend = (("inputs, weights", INPUT_PINK), ("computed", COMPUTED_WHITE))
    return Fills(colours.astype(np.uint8), _pink(layout), legend)


def _by_op(subject: GraphSubject, layout: GraphLayout, times: np.ndarray) -> Fills:
    families = subject.families[: subject.graph.nodes].astype(np.int64)
    classes = np.where(np.isnan(times), -1, families) if not np.isnan(times).all() else families
    weights = np.nan_to_num(times, nan=0.0) if not np.isnan(times).all() else np.ones(len(times))
    there = sorted(set(families.tolist()))
    legend = tuple((FAMILY_NAMES[family], FAMILIES[FAMILY_NAMES[family]]) for family in there)
    return _by_class(subject, layout, families, classes, weights, FAMILY_COLOURS, _pink(layout), legend)


def _by_backend(subject: GraphSubject, layout: GraphLayout, times: np.ndarray) -> Fills:
    backend, names = subject.splits.backend, subject.splits.names
    colours = np.concatenate([_BACKEND_FILLS[np.arange(len(names)) % len(_BACKEND_FILLS)], [UNKNOWN_FILL]])
    classes = np.where(backend >= 0, backend, len(names))
    there = sorted(set(classes.tolist()))
    legend = tuple(([*names, "not told"][one], tuple(colours[one].tolist())) for one in there)
    ones = np.ones(len(classes))
    return _by_class(subject, layout, classes, classes, ones, colours.astype(np.uint8), _pink(layout), legend)


def _by_memory(subject: GraphSubject, layout: GraphLayout, times: np.ndarray) -> Fills:
    sources = subject.sources
    of_nodes, leafs = sources[: subject.graph.nodes].astype(np.int64), _SOURCE_FILLS[sources[layout.leafs]]
    there = sorted(set(sources.tolist()))
    legend = tuple((SOURCES[one], tuple(_SOURCE_FILLS[one].tolist())) for one in there)
    return _by_class(subject, layout, of_nodes, of_nodes, np.ones(len(of_nodes)), _SOURCE_FILLS, leafs, legend)


def _by_class(
    subject: GraphSubject,
    layout: GraphLayout,
    own: np.ndarray,
    classes: np.ndarray,
    weights: np.ndarray,
    colours: np.ndarray,
    leafs: np.ndarray,
    legend: tuple,
) -> Fills:
    """Nodes in the colour of their class; closed groups white, with a bar of what they are made of."""
    first, end = _ranges(subject, layout)
    sums = np.zeros((len(own) + 1, len(colours)))
    told = np.flatnonzero(classes >= 0)
    sums[told + 1, classes[told]] = weights[told]
    sums = np.cumsum(sums, axis=0)
    parts = sums[end] - sums[first]
    total = parts.sum(axis=1, keepdims=True)
    is_group = layout.items >= subject.groups.members
    single = np.where(is_group, 0, np.minimum(layout.items, len(own) - 1))
    filled = np.where(is_group[:, None], np.array(COMPUTED_WHITE, np.uint8), colours[own[single]])
    shares = np.divide(parts, total, out=np.zeros_like(parts), where=total > 0)
    return Fills(filled.astype(np.uint8), leafs, legend, 0.0, np.where(is_group[:, None], shares, 0.0), colours)


def _by_time(subject: GraphSubject, layout: GraphLayout, times: np.ndarray) -> Fills:
    of_items = item_times(subject, layout, times)
    longest = float(np.nanmax(of_items)) if not np.isnan(of_items).all() else 0.0
    filled = heat(np.sqrt(of_items / longest)) if longest else np.zeros((len(of_items), 4), np.uint8)
    filled[np.isnan(of_items)] = UNKNOWN_FILL
    legend = (("no time", UNKNOWN_FILL),) if np.isnan(of_items).any() else ()
    return Fills(filled, _pink(layout), legend, longest)


def heat_ticks(longest: float) -> list[tuple[float, str]]:
    """Where on the scale, and what: it goes with the square root, so that small times differ, too."""
    return [(part, duration(longest * part * part)) for part in (0.0, 0.5, 1.0)]


def _pink(layout: GraphLayout) -> np.ndarray:
    return np.tile(np.array(INPUT_PINK, np.uint8), (len(layout.leafs), 1))


_FILLS = {"plain": _plain, "op": _by_op, "time": _by_time, "backend": _by_backend, "memory": _by_memory}
assert len(_SOURCE_FILLS) == NOT_TOLD + 1
