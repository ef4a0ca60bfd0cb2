"""What takes a moment to find out of a graph: what is in it, and how long its nodes took."""

from __future__ import annotations

import numpy as np

from ggmlviz.app.answer import Answer
from ggmlviz.app.jobs import Job
from ggmlviz.app.session import Session
from ggmlviz.scene.graph.subject import GraphSubject, graph_to_show


class GraphAnswers:
    def __init__(self, session: Session):
        self._session = session
        self.times_of_run = False
        self._subjects = Answer(session, "Graph", self._subject_question, _subject)
        self._times = Answer(
            session, "Times of the graph", self._times_question, lambda asked, _: asked[0].times(*asked[1:])
        )

    @property
    def subject(self) -> GraphSubject | None:
        """The newest that is there."""
        return self._subjects.value

    @property
    def fresh(self) -> bool:
        """Whether that is the graph that is asked for."""
        return self._subjects.fresh

    @property
    def failed(self) -> str:
        return self._subjects.failed

    @property
    def fresh_times(self) -> int:
        """A number for the times that were found; 0 while others are looked for."""
        return id(self._times.value) if self._times.fresh else 0

    def asks_for(self, subject: GraphSubject) -> bool:
        """Whether this is the graph that is to be shown now, if maybe of an earlier state of the trace."""
        asked = self._subject_question()
        if asked is None or (asked[0].path, asked[1]) != (subject.opened.path, subject.number):
            return False
        return asked[0].trace.graph(asked[1]).nodes == subject.graph.nodes

    def times(self, subject: GraphSubject) -> np.ndarray:
        """ns for each node; NaN where none is told, or not yet."""
        if self._times.of and self._times.of[0] is subject and self._times.value is not None:
            return self._times.value
        return np.full(subject.graph.nodes, np.nan)

    def frame(self) -> bool:
        moving = self._subjects.frame()
        return self._times.frame() or moving

    def _subject_question(self) -> tuple | None:
        opened = self._session.opened
        if opened is None:
            return None
        selection = self._session.focus.selection
        number = selection.graph if selection.graph is not None else graph_to_show(opened, selection.run)
        return (opened, number) if number >= 0 and opened.trace.graph(number).complete else None

    def _times_question(self) -> tuple | None:
        if self.subject is None:
            return None
        if not self.fresh and self._times.of is not None:
            return self._times.of  # of a graph that nobody asks for any more nothing else is to be found out
        focus = self._session.focus
        run = focus.selection.run if self.times_of_run else None
        return self.subject, focus.range if run is None else None, run


def _subject(question: tuple, job: Job) -> GraphSubject:
    return GraphSubject(*question, job.progress)
