"""Mixtures of experts: who is chosen, how evenly, and what a cache for only some of them would be worth."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ggmlviz.analysis.blocks import layer_of
from ggmlviz.format.layout import RowKind
from ggmlviz.trace.trace import Trace

CHOICE = np.dtype(
    [
        ("run", "i8"),  # index into the runs
        ("layer", "i4"),
        ("expert", "i4"),
        ("tokens", "i8"),  # how many tokens of the batch chose it
    ]
)


def choices(trace: Trace) -> np.ndarray:
    """Every expert that a layer chose in a run, in the order of time; empty where the shim saw none."""
    tables = [_choices_of_lane(trace, index) for index in range(len(trace.lanes))]
    return np.concatenate([np.empty(0, CHOICE), *tables])


def _choices_of_lane(trace: Trace, index: int) -> np.ndarray:
    """The rows stand before that of the node that looks the experts' weights up; its name tells the layer."""
    lane = trace.lanes[index]
    at = lane.of(RowKind.EXPERT)
    sections = trace.sections[trace.sections["lane"] == index]
    if not len(at) or not len(sections):
        return np.empty(0, CHOICE)
    section = np.searchsorted(sections["first_row"], at, "right") - 1
    inside = (section >= 0) & (at < sections["last_row"][np.maximum(section, 0)])
    at, section = at[inside], section[inside]
    ordinal = lane.nodes_before(at) - lane.nodes_before(sections["first_row"][section])
    done = ordinal < sections["executions"][section]
    at, section, ordinal = at[done], section[done], ordinal[done]
    found = np.empty(len(at), CHOICE)
    found["run"] = sections["run"][section]
    found["expert"] = lane.take("extra", at)
    found["tokens"] = lane.take("value", at)
    node = trace.ops.node[sections["first_execution"][section] + ordinal]
    found["layer"] = _layers(trace, trace.runs["graph"][found["run"]], node)
    return found[found["layer"] >= 0]


def _layers(trace: Trace, graphs: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    pairs, which = np.unique(np.stack([graphs, nodes], axis=1), axis=0, return_inverse=True)
    layers = [
        layer_of(trace.graph(graph).names[node]) if graph >= 0 <= node else None for graph, node in pairs.tolist()
    ]
    return np.array([-1 if layer is None else layer for layer in layers], np.int32)[which.reshape(-1)]


def use(found: np.ndarray) -> dict[int, np.ndarray]:
    """Tokens that chose each expert, by layer."""
    return {
        layer: np.bincount(part["expert"], part["tokens"]).astype(np.int64)
        for layer in np.unique(found["layer"]).tolist()
        for part in [found[found["layer"] == layer]]
    }


def coverage(tokens: np.ndarray) -> np.ndarray:
    """The share of all choices that the 1, 2, 3 … most chosen experts cover."""
    return np.cumsum(np.sort(tokens)[::-1]) / max(1, int(tokens.sum()))


class HitRates(NamedTuple):
    """Of a cache with room for some experts of each layer: the share of a run's chosen experts found in it."""

    slots: int
    lru: float  # keeps those chosen last
    lfu: float  # keeps those chosen most often so far
    fixed: float  # keeps those most chosen in the first half; judged on the second half only, which it has not seen


def hit_rates(found: np.ndarray, slots: int) -> HitRates:
    layers = [found[found["layer"] == layer] for layer in np.unique(found["layer"])]
    requests = [_requests(part) for part in layers]
    rates = [_share(simulate, requests, slots) for simulate in (_lru, _lfu, _fixed)]
    return HitRates(slots, *rates)


def _requests(part: np.ndarray) -> list[list[int]]:
    """The experts of each run, in the order of the runs."""
    bounds = np.flatnonzero(np.diff(part["run"])) + 1
    return [chosen.tolist() for chosen in np.split(part["expert"], bounds)]


def _share(simulate, layers: Sequence[list[list[int]]], slots: int) -> float:
    results = [simulate(requests, slots) for requests in layers]
    asked = sum(asked for _, asked in results)
    return sum(hits for hits, _ in results) / asked if asked else 0.0


def _lru(requests: list[list[int]], slots: int) -> tuple[int, int]:
    kept: OrderedDict[int, None] = OrderedDict()
    hits = asked = 0
    for experts in requests:
        asked += len(experts)
        hits += sum(expert in kept for expert in experts)
        for expert in experts:
            kept[expert] = None
            kept.move_to_end(expert)
        while len(kept) > slots:
            kept.popitem(last=False)
    return hits, asked


def _lfu(requests: list[list[int]], slots: int) -> tuple[int, int]:
    often: Counter[int] = Counter()
    hits = asked = 0
    for experts in requests:
        kept = {expert for expert, _ in often.most_common(slots)}
        asked += len(experts)
        hits += len(kept.intersection(experts))
        often.update(experts)
    return hits, asked


def _fixed(requests: list[list[int]], slots: int) -> tuple[int, int]:
    half = len(requests) // 2
    often = Counter(expert for experts in requests[:half] for expert in experts)
    kept = {expert for expert, _ in often.most_common(slots)}
    return sum(len(kept.intersection(e)) for e in requests[half:]), sum(map(len, requests[half:]))
