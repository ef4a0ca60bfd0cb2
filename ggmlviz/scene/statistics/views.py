"""Statistics, flame, roofline, experts and a comparison as drawings, all at once: what export asks for."""

from __future__ import annotations

from dataclasses import dataclass

from ggmlviz.analysis.expert_use import expert_use
from ggmlviz.analysis.flame_tree import flame_tree
from ggmlviz.analysis.roofline import roofline
from ggmlviz.analysis.run_report import ceiling_of
from ggmlviz.analysis.statistics import OF_NODES, lines_of, statistics
from ggmlviz.analysis.time_range import of_whole_runs
from ggmlviz.scene.drawing import Drawing
from ggmlviz.scene.focus import Focus
from ggmlviz.scene.line_of_selection import line_of
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import Theme
from ggmlviz.scene.pictures import scrolled
from ggmlviz.scene.sketch import Picture
from ggmlviz.scene.statistics.compared import compared, spreads_of
from ggmlviz.scene.statistics.comparison_picture import comparison_picture
from ggmlviz.scene.statistics.experts_picture import experts_picture
from ggmlviz.scene.statistics.flame import flame_picture, known_part
from ggmlviz.scene.statistics.nodes_in_focus import counted_in_focus, nodes_in_focus, question_of
from ggmlviz.scene.statistics.roofline import roofline_picture
from ggmlviz.scene.statistics.table import colour_of, columns, filtered
from ggmlviz.scene.statistics.table_picture import Body, Sorting, sorted_rows, table_picture

AS_IN_A = Sorting("A")


@dataclass(frozen=True)
class StatisticsOptions:
    by: str = "op"  # one of KINDS of analysis.statistics
    text: str = ""  # that is in the names of all rows
    sorting: Sorting | None = None  # None: by time, or count where times are not told
    scroll: float = 0.0


@dataclass(frozen=True)
class FlameOptions:
    path: tuple[str, ...] = ()  # to the frame that is zoomed to, as far as there is one


@dataclass(frozen=True)
class CompareOptions:
    other: Opened
    level: str = "op"  # one of LEVELS of analysis.comparison, or STRUCTURE
    sorting: Sorting = AS_IN_A
    scroll: float = 0.0


def statistics_drawing(
    opened: Opened, focus: Focus, options: StatisticsOptions, width: int, height: int, theme: Theme
) -> Drawing:
    by, timed = options.by, not opened.trace.untold
    found = (nodes_in_focus if timed else counted_in_focus)(question_of(opened, focus))
    sorting, shown = options.sorting or Sorting("time" if timed else "count"), columns(by, timed)
    lines = lines_of(found.nodes, by, found.whole) if by in OF_NODES else statistics(opened.trace, by, found.range)
    rows = sorted_rows(filtered(lines, options.text), shown, sorting)
    selected, size = line_of(opened, focus.selection, by), (width, height)

    def draw(scroll: float) -> Picture:
        body = Body(sorting, scroll, selected)
        return table_picture(rows, shown, body, size, theme, 1.0, colour_of(by), lambda line: line.name)

    return scrolled(draw, options.scroll).drawing


def flame_drawing(
    opened: Opened, focus: Focus, options: FlameOptions, width: int, height: int, theme: Theme
) -> Drawing:
    found = nodes_in_focus(question_of(opened, focus))
    root = flame_tree(opened.trace, found.nodes, found.range)
    return flame_picture(root, known_part(root, options.path), (width, height), theme, hint="").drawing


def roofline_drawing(opened: Opened, focus: Focus, _: None, width: int, height: int, theme: Theme) -> Drawing:
    found = roofline(nodes_in_focus(question_of(opened, focus)).nodes)
    return roofline_picture(found, ceiling_of(opened.trace), (width, height), theme).drawing


def experts_drawing(opened: Opened, focus: Focus, _: None, width: int, height: int, theme: Theme) -> Drawing:
    use = expert_use(opened.trace, of_whole_runs(opened.trace, focus.range))
    return experts_picture(use, (width, height), theme).drawing


def comparison_drawing(
    opened: Opened, focus: Focus, options: CompareOptions, width: int, height: int, theme: Theme
) -> Drawing:
    """Of whole traces; what is selected is something of the first one."""
    found, sentences = compared(opened, options.other)
    choice, spreads = (options.level, options.sorting), spreads_of(opened, options.other, focus.selection)
    size = width, height

    def draw(scroll: float) -> Picture:
        return comparison_picture(found, sentences, spreads, choice, size, theme, scroll=scroll)

    return scrolled(draw, options.scroll).drawing
