"""Answers that take long: asked for once, kept until there is a newer one, never two at a time."""

from __future__ import annotations

import threading

import pytest

from ggmlviz.app.answer import Answer
from ggmlviz.app.session import Session
from ggmlviz.errors import GgmlVizError


class Asked:
    """Answers when it is let."""

    def __init__(self, quiet: float = 0.0):
        self.session, self.question = Session(), None
        self.woken = threading.Semaphore(0)
        self.session.jobs.wake = self.woken.release
        self.may, self.seen = threading.Semaphore(0), []
        self.answer = Answer(self.session, "title", lambda: self.question, self.work, quiet)

    def work(self, question, job):
        self.seen.append(question)
        self.may.acquire()
        job.progress(0.5)
        if question == "bad":
            raise GgmlVizError("cannot be told")
        return f"answer to {question}"

    def frame(self) -> bool:
        self.session.jobs.deliver()
        return self.answer.frame()

    def let(self) -> None:
        """The job that runs, until it has ended and was told of."""
        self.session.jobs.deliver()  # it begins with the frame after the one that asked
        self.may.release()
        assert self.woken.acquire(timeout=60)
        self.frame()


def test_is_asked_once_and_kept_until_there_is_a_newer_one():
    asked = Asked()
    assert not asked.frame() and asked.answer.value is None and asked.answer.fresh
    asked.question = "a"
    asked.frame()
    asked.frame()
    assert not asked.answer.fresh
    asked.let()
    assert (asked.answer.value, asked.answer.fresh, asked.seen) == ("answer to a", True, ["a"])
    asked.question = "b"
    asked.frame()
    assert (asked.answer.value, asked.answer.fresh) == ("answer to a", False)
    asked.let()
    assert asked.answer.value == "answer to b"
    asked.question = None
    asked.frame()
    assert asked.answer.value is None


def test_one_that_nobody_wants_any_more_ends_before_the_next_begins():
    asked = Asked()
    asked.question = "a"
    asked.frame()
    asked.question = "b"
    asked.frame()
    assert asked.session.jobs.running[0].cancelled and len(asked.session.jobs.running) == 1
    asked.question = "a"  # again, but the job that was cancelled is none that answers
    asked.frame()
    asked.let()
    asked.let()
    assert asked.answer.value == "answer to a" and asked.seen == ["a", "a"]


def test_waits_until_the_question_stays_the_same():
    asked = Asked(quiet=1e9)
    asked.question = "a"
    asked.frame()  # the first is not waited for
    asked.let()
    asked.question = "b"
    assert asked.frame() and asked.frame()
    assert asked.seen == ["a"] and not asked.answer.fresh


def test_while_the_question_changes_nothing_is_worked_out():
    asked = Asked(quiet=1e9)
    asked.question = "a"
    asked.frame()
    asked.let()
    asked.answer._quiet = 0.0
    asked.question = "b"
    asked.frame()
    asked.answer._quiet = 1e9
    asked.question = "c"
    assert asked.frame() and [job.cancelled for job in asked.session.jobs.running] == [True]


def test_what_cannot_be_answered_is_told():
    asked = Asked()
    asked.question = "bad"
    asked.frame()
    asked.let()
    assert (asked.answer.failed, asked.answer.value, asked.answer.fresh) == ("cannot be told", None, True)


def test_a_mistake_of_ours_is_not_hidden():
    session = Session()
    woken = threading.Event()
    session.jobs.wake = woken.set
    answer = Answer(session, "title", lambda: 1, lambda question, job: 1 / 0)
    answer.frame()
    with pytest.raises(ZeroDivisionError):
        session.jobs.deliver()  # it begins, and may have ended already
        assert woken.wait(60)
        session.jobs.deliver()
