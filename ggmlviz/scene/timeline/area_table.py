"""The columns of the table of what is in the picked area."""

from __future__ import annotations

from ggmlviz.analysis.area_totals import AreaTotal
from ggmlviz.scene.drawing import Colour
from ggmlviz.scene.palette import FAMILY_COLOURS, family_of
from ggmlviz.scene.statistics.number_columns import count_column, share_column, time_column
from ggmlviz.scene.statistics.table_picture import Column


def columns(by: str) -> list[Column]:
    total = "time within the area: what began before or ends behind it counts in part"
    return [
        Column(by, lambda row: row.name, lambda row: row.name.lower(), lambda row: row.name),
        count_column("count", "count", "executions of which any part is in the area", 3),
        time_column("total", "time", total, 5),
        time_column("mean", "mean", "time within the area for each", 2, ",.1f"),
        share_column("share", "share", "of the time of all ops within the area", 4),
    ]


def colour_of(row: AreaTotal) -> Colour:
    return tuple(FAMILY_COLOURS[family_of(row.family)].tolist())
