"""What the timeline remembers beside what all views share: lanes, search, measure, notes."""

from __future__ import annotations

from ggmlviz.analysis.find_ops import Found, Spread
from ggmlviz.app.jobs import Job
from ggmlviz.app.session import Session
from ggmlviz.app.timeline.notes_file import NotesError, read_notes
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.timeline.beside import Beside
from ggmlviz.scene.timeline.computed import Computed
from ggmlviz.scene.timeline.drawing import TimelineOptions
from ggmlviz.scene.timeline.frame import Look, Note
from ggmlviz.scene.timeline.lanes import Lanes


class TimelineState:
    def __init__(self, session: Session):
        self.session = session
        self.opened: Opened | None = None
        self.lanes: Lanes | None = None
        self.nest = self.splits = False
        self.filter = ""
        self.pinned: tuple[str, ...] = ()
        self._forget()

    def _forget(self) -> None:
        self.scroll = 0.0
        self.found: Found | None = None
        self.spread: Spread | None = None
        self.bin: int | None = None
        self.lit: Found | None = None
        self.measured: tuple[int, int] | None = None
        self.measuring = False  # the second point follows the mouse
        self.notes: tuple[Note, ...] = ()

    def follow(self) -> None:
        """Another trace: its lanes at once, ops and threads as soon as they are found."""
        opened = self.session.newest
        if opened is self.opened:
            return
        before, edge = self.opened, self.session.edge
        self.opened, self.lanes = opened, None
        if opened and before and opened.path == before.path and edge.newest is not None:
            self.found = self.spread = self.bin = self.lit = None  # they were counted in another state of the trace
        else:
            self._forget()
            if opened is None:
                return
            self._read_notes(opened)
        if edge.following:
            self.lanes = edge.newest.lanes
            return
        lanes = self.lanes = Lanes(opened)

        def work(job: Job) -> Computed:
            return Computed(opened, job.progress)

        self.session.jobs.start("Reading the ops", work, lanes.add)

    def _read_notes(self, opened: Opened) -> None:
        try:
            self.notes = read_notes(opened.path)
        except NotesError as error:
            self.session.message = str(error)

    def options(self, beside: tuple[Beside, ...]) -> TimelineOptions:
        """Those that a picture of all of the trace can have: what was found in its newest part is counted in that."""
        whole = self.opened is self.session.opened
        return TimelineOptions(
            self.nest,
            self.splits,
            self.filter,
            self.pinned,
            self.scroll / self.session.scale,
            self.found if whole else None,
            self.lit if whole else None,
            self.measured,
            self.notes,
            beside,
        )

    def look(self, width: int, height: int) -> Look:
        session, focus = self.session, self.session.focus
        return Look(
            width,
            height,
            session.theme,
            session.view,
            session.reach,
            session.scale,
            session.selection_in_view,
            focus.area,
            self.nest,
            self.splits,
            self.filter,
            self.pinned,
            self.scroll,
            self.found,
            self.lit,
            self.measured,
            self.notes,
            self.lanes.computed is not None,
        )
