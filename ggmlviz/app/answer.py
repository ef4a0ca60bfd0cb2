"""Something that takes long to find out, found beside the window; the last answer stays until the new one is there."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import Any

from ggmlviz.app.jobs import Job
from ggmlviz.app.session import Session
from ggmlviz.errors import GgmlVizError

QUIET = 0.08  # seconds that a question must stay the same: nobody reads a table while the timeline moves


class Answer:
    """`question` is compared; `work` gets it with the job, on the job's thread. None asks nothing."""

    def __init__(
        self,
        session: Session,
        title: str,
        question: Callable[[], Hashable | None],
        work: Callable[[Any, Job], Any],
        quiet: float = QUIET,
    ):
        self._session, self._title, self._question, self._work, self._quiet = session, title, question, work, quiet
        self.value: Any = None
        self.of: Hashable | None = None  # the question that the value answers
        self.failed = ""
        self._wanted: Hashable | None = None
        self._since = 0.0
        self._job: Job | None = None
        self._asked: Hashable | None = None

    @property
    def fresh(self) -> bool:
        return self.of == self._wanted

    def frame(self) -> bool:
        """Whether it waits for the question to stay the same."""
        question = self._question()
        if question != self._wanted:
            self._wanted, self._since = question, time.monotonic()
        if question is None:
            self._keep(None, None)
            return False
        if self.fresh or (self._job and self._asked == question and not self._job.cancelled):
            return False
        going_on = self._job is not None and not self._job.ended
        if going_on:  # nobody wants it any more, and it takes its time from the frames and from the next
            self._job.cancel()
        if time.monotonic() - self._since < self._quiet and self.of is not None:
            return True
        if not going_on:
            self._ask(question)
        return False

    def _ask(self, question: Hashable) -> None:
        self._asked = question
        self._job = self._session.jobs.start(
            self._title,
            lambda job: self._work(question, job),
            lambda value: self._keep(question, value),
            lambda error: self._fail(question, error),
        )

    def _keep(self, question: Hashable | None, value: Any) -> None:
        self.value, self.of, self.failed, self._job, self._asked = value, question, "", None, None

    def _fail(self, question: Hashable, error: Exception) -> None:
        """What a trace cannot answer is told; anything else is a mistake of ours."""
        self._keep(question, None)
        if not isinstance(error, GgmlVizError):
            raise error
        self.failed = str(error)
