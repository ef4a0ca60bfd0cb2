"""The columns of the table of what is in the picked area."""

from __future__ import annotations

from ggmlviz.analysis.area_totals import AreaTotal
from ggmlviz.scene.drawing import Colour
from ggmlviz.scene.palette import FAMILY_COLOURS, family_of
from ggmlviz.scene.statistics.table_picture import Column
from ggmlviz.scene.units import duration


def columns(by: str) -> list[Column]:
    return [
        Column(by, lambda row: row.name, lambda row: row.name.lower(), lambda row: row.name),
        Column(
            "count",
            lambda row: f"{row.count:,}",
            lambda row: row.count,
            lambda row: str(row.count),
            "8,888,888",
            about="executions of which any part is in the area",
            weight=3,
        ),
        Column(
            "total",
            lambda row: duration(row.time),
            lambda row: row.time,
            lambda row: f"{row.time:,} ns",
            "888.8 ms",
            about="time within the area: what began before or ends behind it counts in part",
            weight=5,
        ),
        Column(
            "mean",
            lambda row: duration(row.mean),
            lambda row: row.mean,
            lambda row: f"{row.mean:,.1f} ns",
            "888.8 ms",
            about="time within the area for each",
            weight=2,
        ),
        Column(
            "share",
            lambda row: f"{row.share:.1%}",
            lambda row: row.share,
            lambda row: f"{row.share:.4%}",
            "100.0%",
            bar=lambda row: row.share,
            about="of the time of all ops within the area",
            weight=4,
        ),
    ]


def colour_of(row: AreaTotal) -> Colour:
    return tuple(FAMILY_COLOURS[family_of(row.family)].tolist())
