"""The columns of the statistics, and which lines a filter leaves."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ggmlviz.analysis.statistics import OF_NODES, Line
from ggmlviz.scene.palette import FAMILY_COLOURS, family_of
from ggmlviz.scene.statistics.number_columns import count_column, share_column, time_column
from ggmlviz.scene.statistics.table_picture import Column
from ggmlviz.scene.units import rate

UNKNOWN = "?"
_NUMBER = re.compile(r"(\d+)")


def columns(by: str, timed: bool = True) -> list[Column]:
    """`timed`: whether times of nodes are told."""
    of_thread = by == "thread"
    counted = {"thread": "sections", "backend": "splits"}.get(by, "count")
    found = [
        Column(by, lambda line: line.name, lambda line: _in_order(line.name), lambda line: line.name),
        time_column("time", "time", "work and wait together" if of_thread else "sum over all that was computed", 9),
        share_column("share", "share", "of the time of all lines together", 8),
        count_column(counted, "count", "sections it took part in" if of_thread else f"how often ({counted})", 6),
        time_column("mean", "mean", "time for each", 5, ",.1f", "88.88 ms"),
    ]
    if not timed and by in OF_NODES:
        return [found[0], found[3]]
    if by != "backend":
        found.append(
            Column(
                "wait",
                lambda line: f"{line.wait_share:.1%}",
                lambda line: line.wait_share,
                lambda line: f"{line.wait:,} ns, {line.wait_share:.4%} of its time",
                "100.0%",
                about="at barriers" if of_thread else "the part of its time that thread 0 waited at barriers",
                weight=7,
            )
        )
    if by not in ("backend", "thread"):
        found += [
            _rate("GB/s", "gbytes", "read and written, each operand once; 10⁹ bytes; not modelled: ?", 4),
            _rate("GFLOP/s", "gflops", "10⁹ operations in a second; not modelled: ?", 3),
            _rate("FLOP/byte", "intensity", "operations for each byte; not modelled: ?", 2),
        ]
    return found


def _in_order(name: str) -> list:
    """Numbers in names as numbers: layer 2 is before layer 10."""
    parts = _NUMBER.split(name.lower())
    return [int(part) if number % 2 else part for number, part in enumerate(parts)]


def _rate(title: str, field: str, about: str, weight: int) -> Column:
    def value(line: Line) -> float | None:
        return getattr(line, field)

    return Column(
        title,
        lambda line: UNKNOWN if value(line) is None else rate(value(line)),
        value,
        lambda line: "not modelled" if value(line) is None else f"{value(line):.6g}",
        "8888.8",
        about=about,
        weight=weight,
    )


def filtered(lines: Sequence[Line], *texts: str) -> list[Line]:
    """Those whose name has every word of every text in it."""
    words = [word.lower() for text in texts for word in text.split()]
    return [line for line in lines if all(word in line.name.lower() for word in words)]


def colour_of(by: str):
    """Ops, and tensors, whose names begin with the op, have the colour of the family."""
    if by not in ("op", "tensor"):
        return lambda line: None
    return lambda line: tuple(FAMILY_COLOURS[family_of(line.name.split(" ")[0])].tolist())
