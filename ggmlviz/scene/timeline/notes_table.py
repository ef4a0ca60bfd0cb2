"""The list of bookmarks and notes."""

from __future__ import annotations

from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.scene.statistics.table_picture import Column
from ggmlviz.scene.timeline.ruler import moment_text


def columns(whole: TimeRange) -> list[Column]:
    return [
        Column("note", lambda note: note.text or "bookmark", lambda note: note.text.lower(), lambda note: note.text),
        Column(
            "at",
            lambda note: moment_text(note.time, 1000, whole),
            lambda note: note.time,
            lambda note: f"{note.time:,} ns",
            "8,888.888 ms",
            about="click a row: go there; right click: remove it",
            weight=1,
        ),
    ]
