"""What is told of the experts in a range of time: who is used how much, and what a cache for some would find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ggmlviz.analysis.experts import HitRates, choices, coverage, hit_rates
from ggmlviz.analysis.time_range import EVERYTHING, TimeRange, runs_in
from ggmlviz.trace.trace import Trace


@dataclass(frozen=True, eq=False)
class ExpertUse:
    layers: list[int]
    experts: int  # of each layer, as far as is told: the weights are as deep
    tokens: np.ndarray  # [layer, expert]: how many tokens chose it
    runs: int
    hit_rates: list[HitRates]  # of caches of growing size

    @property
    def shares(self) -> np.ndarray:
        """Of the choices of a layer."""
        return self.tokens / np.maximum(self.tokens.sum(axis=1, keepdims=True), 1)

    @property
    def coverage(self) -> np.ndarray:
        """The share of all choices that the 1, 2, 3 … most used experts of each layer cover together."""
        best = np.sort(self.tokens, axis=1)[:, ::-1].sum(axis=0)
        return np.cumsum(best) / max(1, int(self.tokens.sum()))

    def coverage_of(self, line: int) -> np.ndarray:
        return coverage(self.tokens[line])

    def as_dict(self) -> dict:
        layers = [
            {"layer": layer, "tokens": self.tokens[line].tolist(), "coverage": self.coverage_of(line).tolist()}
            for line, layer in enumerate(self.layers)
        ]
        caches = [rates._asdict() for rates in self.hit_rates]
        return {"experts": self.experts, "runs": self.runs, "layers": layers, "caches": caches}


def expert_use(
    trace: Trace,
    range: TimeRange = EVERYTHING,
    progress: Callable[[float], None] = lambda share: None,
    caches: bool = True,
) -> ExpertUse | None:
    """None where no choice was recorded: there are no experts, or none in the range. Caches take the longest."""
    found = choices(trace)
    found = found[(found["run"] >= 0) & runs_in(trace, range)[found["run"]]]
    if not len(found):
        return None
    layers, line = np.unique(found["layer"], return_inverse=True)
    experts = max(_depth_of_weights(trace), int(found["expert"].max()) + 1)
    tokens = np.zeros((len(layers), experts), np.int64)
    np.add.at(tokens, (line.ravel(), found["expert"]), found["tokens"])
    rates = []
    slots = _sizes(experts) if caches else []
    for number, size in enumerate(slots):
        progress(number / len(slots))
        rates.append(hit_rates(found, size))
    return ExpertUse(layers.tolist(), experts, tokens, len(np.unique(found["run"])), rates)


def _sizes(experts: int, most: int = 16) -> list[int]:
    """All where they are few, else evenly apart."""
    return np.unique(np.rint(np.linspace(1, experts, min(experts, most))).astype(int)).tolist()


def _depth_of_weights(trace: Trace) -> int:
    deepest = 0
    for number in np.unique(trace.runs["graph"][trace.runs["graph"] >= 0]).tolist():
        graph = trace.graph(number)
        looked_up = np.array([op == "MUL_MAT_ID" for op in graph.ops], bool)
        edges = graph.edges[graph.edges["slot"] == 0]
        sources = edges["source"][looked_up[edges["reader"]]]
        if len(sources):
            deepest = max(deepest, int(graph.tensors["ne"][sources, 2].max()))
    return deepest
