"""Statistics, flame, roofline, experts and a comparison as whole pictures, for who has no window."""

from __future__ import annotations

from ggmlviz.analysis.ceilings import Ceiling
from ggmlviz.analysis.expert_use import expert_use
from ggmlviz.analysis.flame_tree import flame_tree
from ggmlviz.analysis.roofline import roofline
from ggmlviz.analysis.run_report import ceiling_of
from ggmlviz.analysis.statistics import OF_NODES, lines_of, statistics
from ggmlviz.analysis.time_range import of_whole_runs
from ggmlviz.scene.drawing import Drawing
from ggmlviz.scene.focus import Focus
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import Theme
from ggmlviz.scene.selection import Selection
from ggmlviz.scene.statistics.compared import compared, spreads_of
from ggmlviz.scene.statistics.comparison_picture import comparison_picture
from ggmlviz.scene.statistics.experts_picture import experts_picture
from ggmlviz.scene.statistics.flame import flame_picture
from ggmlviz.scene.statistics.nodes_in_focus import counted_in_focus, nodes_in_focus, question_of
from ggmlviz.scene.statistics.roofline import roofline_picture
from ggmlviz.scene.statistics.table import colour_of, columns
from ggmlviz.scene.statistics.table_picture import Body, Sorting, sorted_rows, table_picture


def statistics_drawing(opened: Opened, focus: Focus, by: str, width: int, height: int, theme: Theme) -> Drawing:
    """`by` is one of KINDS of analysis.statistics."""
    timed = not opened.trace.untold
    found = (nodes_in_focus if timed else counted_in_focus)(question_of(opened, focus))
    sorting, shown = Sorting("time" if timed else "count"), columns(by, timed)
    lines = lines_of(found.nodes, by, found.whole) if by in OF_NODES else statistics(opened.trace, by, found.range)
    rows = sorted_rows(lines, shown, sorting)
    return table_picture(rows, shown, Body(sorting), (width, height), theme, colour_of=colour_of(by)).drawing


def flame_drawing(
    opened: Opened, focus: Focus, path: tuple[str, ...], width: int, height: int, theme: Theme
) -> Drawing:
    """Zoomed to the frame at `path`, which must be there; () is all."""
    found = nodes_in_focus(question_of(opened, focus))
    root = flame_tree(opened.trace, found.nodes, found.range)
    return flame_picture(root, path, (width, height), theme, hint="").drawing


def roofline_drawing(
    opened: Opened, focus: Focus, ceiling: Ceiling | None, width: int, height: int, theme: Theme
) -> Drawing:
    """Without a ceiling those that are known of such a machine."""
    found = roofline(nodes_in_focus(question_of(opened, focus)).nodes)
    return roofline_picture(found, ceiling or ceiling_of(opened.trace), (width, height), theme).drawing


def experts_drawing(opened: Opened, focus: Focus, width: int, height: int, theme: Theme) -> Drawing:
    use = expert_use(opened.trace, of_whole_runs(opened.trace, focus.range))
    return experts_picture(use, (width, height), theme).drawing


def comparison_drawing(
    a: Opened, b: Opened, level: str, selection: Selection, width: int, height: int, theme: Theme
) -> Drawing:
    """Of whole traces. `level` is one of LEVELS of analysis.comparison, or STRUCTURE; `selection` is something of A."""
    found, sentences = compared(a, b)
    choice, spreads = (level, Sorting("A")), spreads_of(a, b, selection)
    return comparison_picture(found, sentences, spreads, choice, (width, height), theme).drawing
