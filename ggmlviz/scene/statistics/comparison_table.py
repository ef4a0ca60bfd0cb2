"""The changes between two traces as the lines of a table, and what is built otherwise as another."""

from __future__ import annotations

from ggmlviz.analysis.comparison.results import Change
from ggmlviz.analysis.comparison.structure import Difference
from ggmlviz.scene.statistics.number_columns import count_column, time_column
from ggmlviz.scene.statistics.table_picture import Column
from ggmlviz.scene.units import duration

STRUCTURE = "structure"


def change_columns(level: str, with_phase: bool) -> list[Column]:
    """B against A; `change` has what all have in common taken out, the difference of times has not."""
    return [
        Column(
            level,
            lambda change: _name(change, with_phase),
            lambda change: _name(change, with_phase).lower(),
            lambda change: _name(change, with_phase),
        ),
        Column(
            "change",
            lambda change: f"{change.relative:+.1%}",
            lambda change: change.relative,
            lambda change: f"{change.relative:+.4%}",
            "+888.8%",
            about="B against A, beyond what all units have in common",
            weight=9,
        ),
        Column(
            "sure",
            lambda change: "yes" if change.significant else "no",
            lambda change: -change.p,
            lambda change: f"{'yes' if change.significant else 'no'}, p {change.p:.2g}",
            "yes",
            about="no chance and no busier machine explains it",
            weight=8,
        ),
        time_column("A", "a_ns", "in a run of A, median", 7, ",.0f", "88.88 ms"),
        time_column("B", "b_ns", "in a run of B, median", 6, ",.0f", "88.88 ms"),
        Column(
            "B − A",
            lambda change: _signed(change.delta_ns),
            lambda change: change.delta_ns,
            lambda change: f"{change.delta_ns:+,.0f} ns",
            "+88.88 ms",
            about="difference of the medians",
            weight=5,
        ),
        count_column("nodes", "nodes", "of the graph", 1, "8,888"),
    ]


def difference_columns() -> list[Column]:
    return [
        Column("built otherwise", _sentence, _sentence, _sentence),
        Column(
            "kind", lambda one: one.kind, lambda one: one.kind, lambda one: one.kind, "backend", about="what differs"
        ),
    ]


def _sentence(difference: Difference) -> str:
    return f"{difference.phase}: {difference.sentence()}"


def _name(change: Change, with_phase: bool) -> str:
    return f"{change.unit}, {change.phase}" if with_phase else change.unit


def _signed(time: float) -> str:
    return f"+{duration(time)}" if time > 0 else f"−{duration(-time)}" if time < 0 else "0 ns"
