"""The nodes that were computed in the range in focus, as far as the filter lets them through."""

from __future__ import annotations

from typing import NamedTuple

from ggmlviz.analysis.nodes_in_order import nodes_in_order
from ggmlviz.analysis.query import BadQuery, parse
from ggmlviz.analysis.time_range import TimeRange, of_whole_runs, runs_in
from ggmlviz.analysis.totals import Node, nodes_of
from ggmlviz.errors import GgmlVizError
from ggmlviz.scene.focus import Focus
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.units import counted, duration, share


class Question(NamedTuple):
    opened: Opened
    range: TimeRange
    filter: str


class NodesInFocus(NamedTuple):
    range: TimeRange  # of whole runs
    nodes: list[Node]
    whole: int  # ns of all nodes in the range, those that the filter holds back too
    sentence: str  # what it is about


def question_of(opened: Opened | None, focus: Focus | None) -> Question | None:
    return Question(opened, focus.range, focus.filter) if opened and focus else None


def nodes_in_focus(question: Question) -> NodesInFocus:
    trace = question.opened.trace
    if trace.untold:
        raise GgmlVizError(f"{trace.untold[0].upper()}{trace.untold[1:]}.")
    range = of_whole_runs(trace, question.range)
    nodes = nodes_of(trace, range, question.opened.facts)
    whole = sum(node.time for node in nodes)
    runs = int(runs_in(trace, range).sum())
    parts = [f"{counted(runs, 'run')}, {duration(whole)} in nodes"]
    if question.filter.strip():
        nodes, words = _filtered(nodes, question.filter, whole)
        parts.append(words)
    return NodesInFocus(range, nodes, whole, ", ".join(parts))


def counted_in_focus(question: Question) -> NodesInFocus:
    """Where no times are told."""
    trace = question.opened.trace
    range = of_whole_runs(trace, question.range)
    runs = int(runs_in(trace, range).sum())
    return NodesInFocus(range, nodes_in_order(trace, range), 0, f"{counted(runs, 'run')}; {trace.untold}")


def _filtered(nodes: list[Node], text: str, whole: int) -> tuple[list[Node], str]:
    try:
        query = parse(text)
    except BadQuery as error:
        return nodes, f"not filtered: {error}"
    kept = [node for node in nodes if query.fit(node.facts)]
    words = f"`{text}` is {share(sum(node.time for node in kept), whole)} of it"
    if (query.shortest, query.longest) != (0, float("inf")):
        words += " (durations do not filter sums)"
    return kept, words
