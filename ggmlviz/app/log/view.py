"""The trace log on a canvas: only the lines in sight are made, so that it scrolls through any number of them."""

from __future__ import annotations

from ggmlviz.analysis.log_entries import EntryKind, LogEntries, log_entries
from ggmlviz.analysis.query import BadQuery
from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.app.answer import Answer
from ggmlviz.app.jobs import Job
from ggmlviz.app.panel import Mouse
from ggmlviz.app.session import Session
from ggmlviz.app.toolkit.canvas import Canvas
from ggmlviz.scene.log.filter import about_of, wanted_of
from ggmlviz.scene.log.lines import LogLine
from ggmlviz.scene.log.rows import LogPicture, lines_in_sight, log_picture
from ggmlviz.scene.notice import notice_picture
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.selection import Selection, executions_of, of_execution, of_run

NOTCH = 3  # lines that a notch of the wheel scrolls
STILL = 4.0  # pixels that the mouse may move in a click


class LogView:
    def __init__(self, session: Session):
        self._session = session
        self.canvas = Canvas(session, self._mouse)
        self.everything = False  # also what is not about the selected tensor
        self.first = 0  # the line on top
        self._answer = Answer(session, "Trace log", self._question, _work)
        self.picture: LogPicture | None = None
        self._drawn: tuple | None = None
        self._followed: tuple | None = None
        self._grip: float | None = None  # of the scroll bar: pixels from its top to where it is held

    def build(self) -> None:
        self.canvas.build()

    @property
    def entries(self) -> LogEntries | None:
        return self._answer.value[0] if self._answer.value else None

    def sentence(self) -> str:
        """How many lines there are, and why not all of them."""
        if self._answer.value is None:
            return self._answer.failed or "reading …"
        entries, words = self._answer.value
        counted = f"{entries.count:,} {'entry' if entries.count == 1 else 'entries'}"
        return ("" if self._answer.fresh else "updating …  ") + counted + words

    @property
    def tensor(self) -> int | None:
        """Only lines that touch it are shown."""
        focus = self._session.focus
        return about_of(focus.selection) if focus and not self.everything else None

    def frame(self) -> bool:
        moving = self._answer.frame()
        size, session = self.canvas.size, self._session
        if min(size) < 2 or session.opened is None:
            return moving
        if self.entries is None:
            self.canvas.show(notice_picture(self.sentence(), size, session.theme, session.scale).drawing)
            self._drawn = None
            return moving
        self._follow()
        selection = session.focus.selection
        wanted = (self.entries, self.first, selection, size, session.theme, session.scale, self._answer.fresh)
        if wanted != self._drawn:
            self._drawn = wanted
            self.picture = log_picture(
                session.opened, self.entries, self.first, *wanted[2:6], faded=not self._answer.fresh
            )
            self.canvas.show(self.picture.picture.drawing)
        return moving

    def _question(self) -> tuple[Opened, TimeRange, int | None, str] | None:
        session = self._session
        if session.opened is None:
            return None
        return session.opened, session.focus.range, self.tensor, session.focus.filter

    def _follow(self) -> None:
        """Brings what was selected elsewhere into sight: a node, or else the beginning of a run."""
        selection = self._session.focus.selection
        target = selection.execution
        if target is None and selection.run is not None and selection.tensor is None:
            target = next(iter(executions_of(self._session.opened.trace, selection.run).tolist()), None)
        key = (target, id(self.entries))
        if key == self._followed:
            return
        self._followed = key
        line = self.entries.line_of(target) if target is not None else None
        shown = lines_in_sight(self.canvas.size[1], self._session.scale)
        if line is not None and not self.first <= line < self.first + shown:
            self.first = max(0, line - shown // 2)
        self.scroll_to(self.first)

    def scroll_to(self, line: int) -> None:
        shown = lines_in_sight(self.canvas.size[1], self._session.scale)
        count = self.entries.count if self.entries else 0
        self.first = min(max(line, 0), max(0, count - shown))

    def page(self, by: int) -> None:
        self.scroll_to(self.first + by * max(1, lines_in_sight(self.canvas.size[1], self._session.scale) - 1))

    def step(self, by: int) -> None:
        """To the next node, or the one before; without a selected one to the first in sight."""
        if self.entries is None or not self.entries.count:
            return
        execution = self._session.focus.selection.execution
        line = self.entries.line_of(execution) if execution is not None else None
        at = self.first if line is None else line + by
        while 0 <= at < self.entries.count:
            kind, number = self.entries.at(at)
            if kind is EntryKind.NODE:
                self._select(kind, number)
                return
            at += by

    def _mouse(self, mouse: Mouse) -> None:
        if self.picture is None or self._session.opened is None:
            return
        scale, thumb = self._session.scale, self.picture.thumb
        if mouse.what == "wheel":
            self.scroll_to(self.first - round(mouse.wheel * NOTCH))
        elif mouse.what == "press" and mouse.button == "left" and self.picture.over_bar(mouse.x, scale):
            inside = thumb.top <= mouse.y < thumb.top + thumb.height
            self._grip = mouse.y - thumb.top if inside else thumb.height / 2
            self.scroll_to(thumb.line_at(mouse.y - self._grip))
        elif mouse.what == "drag" and self._grip is not None and thumb:
            self.scroll_to(thumb.line_at(mouse.y - self._grip))
        elif mouse.what == "release":
            held, self._grip = self._grip is not None, None
            still = max(abs(mouse.x - mouse.from_x), abs(mouse.y - mouse.from_y)) <= STILL
            spot = self.picture.picture.at(mouse.x, mouse.y)
            if not held and still and spot and isinstance(spot.target, LogLine):
                self._select(spot.target.kind, spot.target.number)
        self._tell(mouse)

    def _tell(self, mouse: Mouse) -> None:
        spot = self.picture.picture.at(mouse.x, mouse.y) if mouse.what in ("move", "wheel") else None
        self.canvas.tooltip(spot.tip if spot else None)

    def _select(self, kind: EntryKind, number: int) -> None:
        trace = self._session.opened.trace
        if kind is EntryKind.NODE:
            self._session.select(of_execution(trace, number), reveal=True)
        elif kind is EntryKind.RUN:
            self._session.select(of_run(trace, number), reveal=True)
        elif kind is not EntryKind.TRANSFER:
            self._session.select(Selection(buffer=number))
        elif (buffer := int(trace.transfers["buffer"][number])) >= 0:
            self._session.select(Selection(buffer=buffer))


def _work(question: tuple[Opened, TimeRange, int | None, str], job: Job) -> tuple[LogEntries, str]:
    opened, range, tensor, text = question
    words = ""
    if tensor is not None:
        definitions = opened.trace.definitions
        words = f" that touch {definitions.strings[definitions.tensors['name'][tensor]]}"
    try:
        wanted = wanted_of(opened, tensor, text)
        words += f", of `{text}`" if text.strip() else ""
    except BadQuery as error:
        wanted = wanted_of(opened, tensor, "")
        words += f"; not filtered: {error}"
    return log_entries(opened.trace, range, wanted, job.progress), words
