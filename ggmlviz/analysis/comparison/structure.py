"""How two traces are built otherwise: nodes, shapes, fused pairs, backends, splits and threads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ggmlviz.analysis.comparison.run_times import Identity, identities
from ggmlviz.format.layout import NONE, RowFlag
from ggmlviz.trace.trace import Trace


@dataclass(frozen=True)
class Difference:
    """`kind` is one of: added, removed, shape, sources, fused, backend, splits, threads."""

    phase: str
    kind: str
    what: str
    a: str = ""
    b: str = ""

    def sentence(self) -> str:
        if self.kind in ("added", "removed"):
            return f"{self.what}: only in {'B' if self.kind == 'added' else 'A'}"
        return f"{self.what}: {self.a} in A, {self.b} in B"


class Built(NamedTuple):
    """What the runs of a phase are made of."""

    nodes: dict[Identity, None]
    fused: set[tuple[Identity, Identity]]
    backends: dict[tuple[str, str], str]  # by name and op
    splits: set[int]
    threads: set[int]


def structural_differences(
    phase: str, a: Trace, runs_a: np.ndarray, b: Trace, runs_b: np.ndarray
) -> Iterator[Difference]:
    of_a, of_b = built(a, runs_a), built(b, runs_b)
    yield from _nodes(phase, of_a, of_b)
    for first, second in sorted(of_a.fused ^ of_b.fused, key=lambda pair: pair[0].name):
        if all(node in of.nodes for of in (of_a, of_b) for node in (first, second)):
            words = ("fused", "apart") if (first, second) in of_a.fused else ("apart", "fused")
            yield Difference(phase, "fused", f"{first.label} + {second.label}", *words)
    for node in of_a.backends.keys() & of_b.backends.keys():
        if of_a.backends[node] != of_b.backends[node]:
            yield Difference(phase, "backend", f"{node[0]} ({node[1]})", of_a.backends[node], of_b.backends[node])
    for kind in ("splits", "threads"):
        in_a, in_b = getattr(of_a, kind), getattr(of_b, kind)
        if in_a != in_b:
            yield Difference(phase, kind, kind, _numbers(in_a), _numbers(in_b))


def _nodes(phase: str, a: Built, b: Built) -> Iterator[Difference]:
    """A node that is gone and one that is new are the same, changed, if name and op agree and there is one of each."""
    gone, new = _by_name(a.nodes, b.nodes), _by_name(b.nodes, a.nodes)
    for key in dict.fromkeys([*gone, *new]):
        olds, news = gone.get(key, []), new.get(key, [])
        if len(olds) == len(news) == 1:
            (old,), (now,) = olds, news
            if old.shape != now.shape:
                yield Difference(phase, "shape", old.label, _shape(old), _shape(now))
            else:
                yield Difference(phase, "sources", old.label, ", ".join(old.sources), ", ".join(now.sources))
            continue
        for kind, nodes in (("removed", olds), ("added", news)):
            for node in nodes:
                yield Difference(phase, kind, f"{node.label} {_shape(node)}")


def _by_name(nodes: dict[Identity, None], others: dict[Identity, None]) -> dict[tuple, list[Identity]]:
    missing: dict[tuple, list[Identity]] = {}
    for node in nodes:
        if node not in others:
            missing.setdefault((node.name, node.op), []).append(node)
    return missing


def built(trace: Trace, runs: np.ndarray) -> Built:
    graphs = np.unique(trace.runs["graph"][runs]).tolist()
    known = {number: identities(trace.graph(number)) for number in graphs}
    sections = np.flatnonzero(np.isin(trace.sections["run"], runs))
    splits, counts = _splits_of(trace, runs)
    return Built(
        {node: None for nodes in known.values() for node in nodes},
        _fused_pairs(trace, sections, known),
        _backends(trace, runs, splits, known),
        set(counts.tolist()),
        set(trace.sections["threads"][sections].tolist()),
    )


def _fused_pairs(trace: Trace, sections: np.ndarray, known: dict[int, list[Identity]]) -> set:
    executions = trace.executions
    of_runs = np.zeros(len(trace.sections), bool)
    of_runs[sections] = True
    fused = of_runs[executions["section"]] & (executions["node"] >= 0) & (executions["flags"] & RowFlag.NODE_FUSED != 0)
    graph = trace.runs["graph"][trace.sections["run"][executions["section"][fused]]]
    places = np.unique(np.stack([graph, executions["node"][fused]]), axis=1).T.tolist()
    return {(known[number][node], known[number][node + 1]) for number, node in places if node + 1 < len(known[number])}


def _splits_of(trace: Trace, runs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each split the run it is a part of, as a position in `runs`, or -1; and how many each of the runs has."""
    splits, chosen = trace.splits, trace.runs[runs]
    found = np.full(len(splits), -1)
    for lane in np.unique(splits["lane"]).tolist():
        of_lane = np.flatnonzero(chosen["lane"] == lane)
        of_lane = of_lane[np.argsort(chosen["begin"][of_lane], kind="stable")]
        here = np.flatnonzero(splits["lane"] == lane)
        at = np.searchsorted(chosen["begin"][of_lane], splits["begin"][here], "right") - 1
        inside = at >= 0
        inside[inside] = splits["end"][here[inside]] <= chosen["end"][of_lane[at[inside]]]
        found[here[inside]] = of_lane[at[inside]]
    return found, np.bincount(found[found >= 0], minlength=len(runs))


def _backends(trace: Trace, runs: np.ndarray, of_split: np.ndarray, known: dict[int, list[Identity]]) -> dict:
    names = [trace.definitions.strings[name] for name in trace.definitions.backends["name"].tolist()]
    parts = trace.splits[of_split >= 0]
    graphs = trace.runs["graph"][runs[of_split[of_split >= 0]]]
    table = (
        np.stack([graphs, parts["first"], parts["nodes"], parts["backend"]]) if len(parts) else np.empty((4, 0), int)
    )
    backends = {}
    for graph, first, count, backend in np.unique(table, axis=1).T.tolist():
        if first != NONE and backend < len(names):
            for node in known[graph][first : first + count]:
                backends[node.name, node.op] = names[backend]
    return backends


def _shape(node: Identity) -> str:
    return "×".join(map(str, node.shape))


def _numbers(values: set[int]) -> str:
    return " or ".join(map(str, sorted(values))) or "none"
