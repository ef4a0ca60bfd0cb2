"""Selects the slowest time that some of the nodes were computed in a range: where one looks first."""

from __future__ import annotations

from collections.abc import Callable

from ggmlviz.analysis.longest_execution import longest_execution
from ggmlviz.analysis.totals import Node
from ggmlviz.app.jobs import Job
from ggmlviz.app.session import Session
from ggmlviz.scene.selection import Selection, of_execution
from ggmlviz.scene.statistics.nodes_in_focus import Question, nodes_in_focus


def select_longest(session: Session, question: Question, title: str, wanted: Callable[[Node], bool]) -> None:
    trace, facts = question.opened.trace, question.opened.facts

    def search(_: Job) -> Selection | None:
        found = nodes_in_focus(question)
        chosen = {(node.graph, node.node, node.facts.op) for node in found.nodes if wanted(node)}
        longest = longest_execution(
            trace, lambda graph, node, fused: (graph, node, facts.of(graph, node, fused).op) in chosen, found.range
        )
        return None if longest is None else of_execution(trace, longest)

    def select(selection: Selection | None) -> None:
        if selection is not None and session.opened is question.opened:
            session.select(selection, reveal=True)

    session.jobs.start(f"Longest {title}", search, select)
