"""How the memory is looked at, and what was summed up for it: shared by the compact view and the full one."""

from __future__ import annotations

import os.path
import time
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ggmlviz.app.actions import CannotDo
from ggmlviz.app.answer import Answer
from ggmlviz.app.session import Session
from ggmlviz.capture.errors import CannotTell
from ggmlviz.capture.residency import residency_of
from ggmlviz.scene.heatmap.intensity import MEASURES
from ggmlviz.scene.heatmap.options import HeatmapOptions
from ggmlviz.scene.heatmap.scene import accesses_of
from ggmlviz.scene.heatmap.subject import Subject, subject_of
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.run_steps import step
from ggmlviz.scene.selection import of_run
from ggmlviz.scene.units import amount, share

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
        if self._session.opened is not self._opened:
            self._opened = self._session.opened
            self.playing, self._now = False, None
            self.options = replace(self.options, one_run=False, residency={}, moment=None, scroll=0.0)
        question = self._question()
        moving = question is not None and not _is_quick(question) and self._answer.frame()
        return self._play() or moving

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
        names = list(MEASURES)
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
        """What of the model files is in memory now; asked again, it is taken away."""
        if self.options.residency:
            self.change(residency={})
            return
        model_map = self._session.opened.places.model_map if self._session.opened else None
        if model_map is None:
            raise CannotDo("the trace tells of no model file whose parts are known")
        found, reasons = {}, []
        for number, file in enumerate(model_map.files):
            try:
                found[number] = residency_of(file.path, file.size)
            except CannotTell as error:
                reasons.append(str(error))
        if not found:
            raise CannotDo(reasons[0])
        self.change(residency=found)
        there, whole = sum(one.bytes for one in found.values()), sum(one.size for one in found.values())
        name = os.path.basename(model_map.files[0].path)
        self._session.message = f"{share(there, whole)} of {name} is in memory now: {amount(there)}"


def _is_quick(question: Question) -> bool:
    few = len(question.opened.trace.sections) <= FEW
    return few and (question.options.one_run or question.options.measure != "time")


def _sums(question: Question) -> np.ndarray:
    return accesses_of(question.opened, question.subject, question.options)
