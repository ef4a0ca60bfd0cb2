"""What a comparison says, as sentences and tables for people."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from ggmlviz.analysis.comparison.results import LEVELS, Change, Comparison, PhaseComparison
from ggmlviz.export.text_tables import Part, Table
from ggmlviz.scene.statistics.verdict import MOST_OF_A_KIND, verdict
from ggmlviz.scene.units import duration

HEAD = ("what", "nodes", "A", "B", "change", "significant")
SMALLEST_P = 1e-9


def parts(comparison: Comparison, threshold: float, overall: float | None = None) -> Iterator[Part]:
    yield from verdict(comparison, threshold, overall)
    for phase in comparison.phases:
        yield ""
        yield from _phase(phase)
    yield from _section("built otherwise", _structure(comparison))
    yield from _section("not compared", comparison.not_compared)


def _phase(phase: PhaseComparison) -> Iterator[Part]:
    runs = f"{phase.compared_runs} runs of each, {phase.compared_nodes} nodes that both have"
    yield f"{phase.phase}: {runs}; a run took {duration(phase.a_ns)} in A, {duration(phase.b_ns)} in B"
    if phase.tested:
        yield f"  all ops together: {phase.common:+.1%}, which one pair of captures cannot tell from a busier machine"
        hidden = (
            f"a change by less than {phase.visible:.0%} cannot be told from noise in ops that take half of the time"
        )
        yield f"  beyond that, {hidden}, nor any by less than {duration(phase.least_ns)} a run"
    rows = [_row(change, phase.tested) for level in LEVELS for change in _shown(phase, level)]
    yield Table(phase.phase, HEAD, rows)


def _shown(phase: PhaseComparison, level: str) -> list[Change]:
    chosen = [change for change in phase.changes if change.level == level]
    if level in ("layer", "node"):
        chosen = [change for change in chosen if change.significant]
    return sorted(chosen, key=lambda c: -c.a_ns)[: 2 * MOST_OF_A_KIND]


def _row(change: Change, tested: bool) -> list[str]:
    label = change.unit if change.level in ("node", "layer") else f"{change.level} {change.unit}"
    times = duration(change.a_ns), duration(change.b_ns)
    return [label, f"{change.nodes:,}", *times, f"{change.relative:+.1%}", _sure(change) if tested else "not tested"]


def _structure(comparison: Comparison) -> Iterator[str]:
    """Graphs are large, and layers are alike: of each kind of difference the first few."""
    for (phase, kind), group in groupby(comparison.differences, key=lambda d: (d.phase, d.kind)):
        found = list(group)
        for difference in found[:MOST_OF_A_KIND]:
            yield f"{phase}, {kind}: {difference.sentence()}"
        if len(found) > MOST_OF_A_KIND:
            yield f"{phase}, {kind}: and {len(found) - MOST_OF_A_KIND} more"


def _section(title: str, sentences: Iterator[str] | list[str]) -> Iterator[str]:
    for index, sentence in enumerate(sentences):
        if index == 0:
            yield f"\n{title}:"
        yield f"  {sentence}"


def _sure(change: Change) -> str:
    if change.significant:
        return f"yes, p {_chance(change.p)}"
    return f"no, under {change.visible:.0%}" if abs(change.relative) < change.visible else "no"


def _chance(p: float) -> str:
    return f"{p:.0e}" if p >= SMALLEST_P else f"< {SMALLEST_P:.0e}"
