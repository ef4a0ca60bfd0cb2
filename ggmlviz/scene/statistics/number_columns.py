"""Columns of times, counts and shares: short in the table, exact in its tooltips and where it is copied."""

from __future__ import annotations

from operator import attrgetter

from ggmlviz.scene.statistics.table_picture import Column
from ggmlviz.scene.units import duration


def time_column(title: str, field: str, about: str, weight: int, exact: str = ",", widest: str = "888.8 ms") -> Column:
    """`exact`: how its ns are written, as in a format."""
    value = attrgetter(field)
    return Column(
        title,
        lambda row: duration(value(row)),
        value,
        lambda row: f"{value(row):{exact}} ns",
        widest,
        about=about,
        weight=weight,
    )


def count_column(title: str, field: str, about: str, weight: int, widest: str = "8,888,888") -> Column:
    value = attrgetter(field)

    def text(row: object) -> str:
        return f"{value(row):,}"

    return Column(title, text, value, text, widest, about=about, weight=weight)


def share_column(title: str, field: str, about: str, weight: int) -> Column:
    """With a bar."""
    value = attrgetter(field)
    return Column(
        title,
        lambda row: f"{value(row):.1%}",
        value,
        lambda row: f"{value(row):.4%}",
        "100.0%",
        bar=value,
        about=about,
        weight=weight,
    )
