"""Two traces beside each other: what changed in words, line by line in a table, and the times of one thing in both."""

from __future__ import annotations

from collections.abc import Sequence

from ggmlviz.analysis.comparison.results import LEVELS, Comparison
from ggmlviz.scene.palette import FAMILIES, FAMILY_COLOURS, Theme, family_of
from ggmlviz.scene.pictures import beside
from ggmlviz.scene.sketch import Picture, Sketch, wrapped
from ggmlviz.scene.statistics.chips import ROW as CHIPS
from ggmlviz.scene.statistics.chips import chips_picture
from ggmlviz.scene.statistics.comparison_table import STRUCTURE, change_columns, difference_columns
from ggmlviz.scene.statistics.histogram import Spread, draw_histogram
from ggmlviz.scene.statistics.table_picture import Body, Sorting, sorted_rows, table_picture

LINE = 18.0
MOST_WORDS = 0.3  # of the height
LEAST_NAME = 210.0
WIDE_ENOUGH = 640.0  # for a histogram beside the table


def comparison_picture(
    found: Comparison,
    sentences: Sequence[str],
    spreads,
    choice: tuple[str, Sorting],
    size: tuple[float, float],
    theme: Theme,
    scale: float = 1.0,
    scroll: float = 0.0,
) -> Picture:
    """`spreads`: title, durations in A and in B; None until they are known."""
    level, sorting = choice
    width, height = size
    head = _words(sentences, size, theme, scale)
    chips = chips_picture((*LEVELS, STRUCTURE), level, _sum(found, level), (width, CHIPS * scale), theme, scale)
    top = head.height + CHIPS * scale
    split = width * 0.62 if width >= WIDE_ENOUGH * scale else width
    table = _table(found, level, sorting, (split, max(height - top, 1)), theme, scale, scroll)
    parts = [(table, 0.0, top), (head, 0.0, 0.0), (chips, 0.0, head.height)]
    if split < width:
        sketch = Sketch(width - split, max(height - top, 1), theme, scale)
        if spreads is not None:
            box = (14 * scale, 2 * scale, sketch.width - 12 * scale, sketch.height - 4 * scale)
            colours = (FAMILIES["matmul"], FAMILIES["norm"])
            both = [Spread(*one) for one in zip("AB", spreads[1:], colours, strict=True)]
            draw_histogram(sketch, box, spreads[0], both)
        parts.append((sketch.picture(), split, top))
    return beside(parts, size, theme, table.height + top)


def _words(sentences: Sequence[str], size: tuple[float, float], theme: Theme, scale: float) -> Picture:
    """Where there is little room the first ones; all are in the tooltip."""
    width = size[0]
    lines = [line for sentence in sentences for line in wrapped(sentence, width - 30 * scale, 13 * scale)]
    most = max(2, int(size[1] * MOST_WORDS / (LINE * scale)))
    lines = [*lines[: most - 1], f"{lines[most - 1]} …"] if len(lines) > most else lines
    height = (len(lines) * LINE + 6) * scale
    sketch = Sketch(width, height, theme, scale)
    for number, line in enumerate(lines):
        sketch.text(8 * scale, (number * LINE + 12) * scale, line, theme.text if number else theme.faint)
    sketch.spot((0, 0, width, height), "\n".join(sentences))
    return sketch.picture()


def _sum(found: Comparison, level: str) -> str:
    if level == STRUCTURE:
        return f"{len(found.differences):,} differences"
    changes = [change for phase in found.phases for change in phase.changes if change.level == level]
    sure = sum(change.significant for change in changes)
    return f"{len(changes):,} compared, {sure:,} changed for sure"


def _table(
    found: Comparison,
    level: str,
    sorting: Sorting,
    size: tuple[float, float],
    theme: Theme,
    scale: float,
    scroll: float,
) -> Picture:
    if level == STRUCTURE:
        columns, rows = difference_columns(), list(found.differences)
    else:
        columns = change_columns(level, len(found.phases) > 1)
        rows = [change for phase in found.phases for change in phase.changes if change.level == level]
    rows = sorted_rows(rows, columns, sorting)
    if level == "op":
        return table_picture(rows, columns, Body(sorting, scroll), size, theme, scale, _colour, least_name=LEAST_NAME)
    return table_picture(rows, columns, Body(sorting, scroll), size, theme, scale, least_name=LEAST_NAME)


def _colour(change) -> tuple:
    return tuple(FAMILY_COLOURS[family_of(change.unit)].tolist())
