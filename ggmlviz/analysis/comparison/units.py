"""What the nodes of two traces are compared by: each op, each part of the model, each layer, each node."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ggmlviz.analysis.blocks import block_of, layer_of
from ggmlviz.analysis.comparison.paired_times import Paired
from ggmlviz.analysis.comparison.run_times import Identity

SHORTEST_NS = 100  # the clock tells nothing of what is shorter


class Units(NamedTuple):
    """The units of one level."""

    names: list[str]
    nodes: list[int]  # how many are in each
    kinds: list[str]  # units of one kind have one vote together on what all share
    a: np.ndarray  # ns [unit, run]
    b: np.ndarray


def units_of(level: str, paired: Paired) -> Units:
    groups: dict[str, list[int]] = {}
    for index, node in enumerate(paired.nodes):
        groups.setdefault(unit_of(level, node), []).append(index)
    a, b = (np.array([np.nansum(times[at], axis=0) for at in groups.values()]) for times in (paired.a, paired.b))
    # A node that a run did not compute took no time in it, which is not a time it can be compared by.
    a, b = (np.where(times > 0, times, np.nan) for times in (a, b))
    kinds = [paired.nodes[members[0]].op for members in groups.values()] if level == "node" else list(groups)
    return Units(list(groups), [len(members) for members in groups.values()], kinds, a, b)


def unit_of(level: str, node: Identity) -> str:
    """What a node is a part of, by one of LEVELS."""
    if level == "op":
        return node.op
    if level == "block":
        return block_of(node.name, node.op.partition("+")[0], node.sources)
    if level == "layer":
        layer = layer_of(node.name)
        return "no layer" if layer is None else f"layer {layer}"
    shape = "×".join(map(str, node.shape))
    return f"{node.label} {shape}" + (f" #{node.again + 1}" if node.again else "")


def logarithms(times: np.ndarray) -> np.ndarray:
    """A node that a run did not compute is taken to have needed its usual time there."""
    logarithms = np.log(np.maximum(times, SHORTEST_NS))  # NaN stays NaN
    return np.where(np.isnan(logarithms), np.nanmedian(logarithms, axis=1, keepdims=True), logarithms)
