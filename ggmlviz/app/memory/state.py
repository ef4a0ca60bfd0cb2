"""How the memory is looked at, and what was summed up for it: shared by the compact view and the full one."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ggmlviz.app.actions import CannotDo
from ggmlviz.app.answer import Answer
from ggmlviz.app.memory.glow import Glow
from ggmlviz.app.memory.model_files import with_extents, with_residency
from ggmlviz.app.session import Session
from ggmlviz.scene.heatmap.intensity import MEASURES
from ggmlviz.scene.heatmap.options import HeatmapOptions
from ggmlviz.scene.heatmap.scene import accesses_of
from ggmlviz.scene.heatmap.subject import Subject, subject_of
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.run_steps import step
from ggmlviz.scene.selection import of_run

SECONDS_PER_RUN = 0.25  # while it plays
FEW = 50_000  # sections whose accesses are summed up within a frame


class Question(NamedTuple):
    opened: Opened
    subject: Subject
    options: HeatmapOptions

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Question) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple:
        """What the sums depend on."""
        timed = self.options.measure == "time"
        return id(self.opened), self.subject.range, self.options.one_run, timed


class MemoryState:
    def __init__(self, session: Session):
        self._session = session
        self.options = HeatmapOptions()
        self.glow = Glow(session)
        self._chosen = False  # a person has said what is to be measured
        self.playing = False
        self._since = 0.0
        self._opened: Opened | None = None
        self._answer = Answer(session, "Memory accesses", self._question, lambda question, _: _sums(question))
        self._now: tuple[Question, np.ndarray] | None = None
        self._about: tuple = ()
        self._asked: Question | None = None

    @property
    def sums(self) -> tuple[Subject, np.ndarray] | None:
        """What is shown now: of the question as it is, or of the last one that was answered."""
        question = self._question()
        if question is None:
            return None
        if self._now and self._now[0] == question:
            return question.subject, self._now[1]
        if _is_quick(question):
            self._now = question, _sums(question)
            return question.subject, self._now[1]
        if self._answer.value is None or self._answer.of.opened is not question.opened:
            return None
        return question.subject, self._answer.value

    def frame(self) -> bool:
        """Whether it moves."""
        opened, before = self._session.opened, self._opened
        if opened is not before:
            self._opened, self._now = opened, None
            if opened is None or before is None or opened.path != before.path:
                self._begin()
        if self.glows:
            self.glow.frame()
        question = self._question()
        moving = question is not None and not _is_quick(question) and self._answer.frame()
        return self._play() or moving

    def _begin(self) -> None:
        """With another trace. One that is watched is seen to glow, until a person wants to see something else."""
        self.playing = False
        self.options = replace(self.options, one_run=False, residency={}, fragments={}, moment=None, scroll=0.0)
        if not self._chosen:
            self.change(measure="recency" if self._session.edge.following else HeatmapOptions.measure)

    @property
    def glows(self) -> bool:
        """Whether what is shown is as of now, and not of a range."""
        options = self.options
        return self._session.edge.following and options.measure == "recency" and not options.one_run

    def _question(self) -> Question | None:
        opened = self._session.opened
        if opened is None:
            return None
        about = (opened, self._session.focus, self.options)
        if about != self._about:
            self._about, self._asked = about, Question(opened, subject_of(*about), self.options)
        return self._asked

    def change(self, **changes: object) -> None:
        self.options = replace(self.options, **changes)

    def measure(self, name: str) -> None:
        if name and name not in MEASURES:
            raise CannotDo(f"`{name}` is none of {', '.join(MEASURES)}")
        names, self._chosen = list(MEASURES), True
        self.change(measure=name or names[(names.index(self.options.measure) + 1) % len(names)])

    def toggle_run(self) -> None:
        if self._session.opened is None or not len(self._session.opened.trace.runs):
            raise CannotDo("there is no run")
        self.change(one_run=not self.options.one_run)

    def step(self, by: int) -> None:
        """To another run, which then is what is shown."""
        opened, focus = self._session.opened, self._session.focus
        run = step(opened, focus.selection.run, by, focus.range.begin) if opened else None
        if run is None:
            self.playing = False
            raise CannotDo("there is no run beyond this one")
        self.to_run(run)

    def to_place(self, text: str) -> None:
        """The n-th run in the order of time, counted from 1."""
        order = self._session.opened.runs_by_time if self._session.opened else ()
        if not text.isdecimal() or not 1 <= int(text) <= len(order):
            raise CannotDo(f"say which run, from 1 to {len(order):,}")
        self.to_run(int(order[int(text) - 1]))

    def to_run(self, run: int) -> None:
        """A step back takes one to where the scrubbing began."""
        selection = of_run(self._session.opened.trace, run)
        moved_already = self.options.one_run and self._session.focus.selection.execution is None
        self._session.go(self._session.focus.on(selection), same_step=moved_already)
        self.change(one_run=True)

    def play(self) -> None:
        if self._session.opened is None or not len(self._session.opened.trace.runs):
            raise CannotDo("there is no run to play")
        self.playing = not self.playing
        self._since = time.monotonic()

    def _play(self) -> bool:
        if self.playing and time.monotonic() - self._since >= SECONDS_PER_RUN:
            self._since = time.monotonic()
            try:
                self.step(1)
            except CannotDo:
                self.playing = False
        return self.playing

    def ask_residency(self) -> None:
        self.options = with_residency(self._session, self.options)

    def ask_extents(self) -> None:
        self.options = with_extents(self._session, self.options)


def _is_quick(question: Question) -> bool:
    few = len(question.opened.trace.sections) <= FEW
    return few and (question.options.one_run or question.options.measure != "time")


def _sums(question: Question) -> np.ndarray:
    return accesses_of(question.opened, question.subject, question.options)
