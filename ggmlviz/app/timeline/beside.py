"""Which lanes of other programs the timeline shows: of their newest part while it follows, of all while it stands."""

from __future__ import annotations

from pathlib import Path

from ggmlviz.analysis.program_name import name_of
from ggmlviz.app.session import Session
from ggmlviz.scene.companions import Companion
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.timeline.beside import Beside
from ggmlviz.scene.timeline.computed import Computed
from ggmlviz.scene.timeline.lanes import Lanes


class BesideState:
    """`shown` is another tuple whenever anything in it is new."""

    def __init__(self, session: Session):
        self._session = session
        self.shown: tuple[Beside, ...] = ()
        self._known: tuple = ()
        self._whole: dict[Path, tuple[Opened, Lanes]] = {}

    def follow(self) -> None:
        session = self._session
        following, main = session.edge.following, session.newest
        known = (session.companions, following, main.path if main else None)
        if known == self._known:
            return
        self._known = known
        shown = {companion.full.path for companion in session.companions}
        self._whole = {path: it for path, it in self._whole.items() if path in shown and not following}
        self.shown = tuple(
            Beside(companion, companion.lanes if following else self._all_of(companion), main.trace)
            for companion in session.companions
        )

    def _all_of(self, companion: Companion) -> Lanes:
        """Runs at once, ops and threads as soon as they are found."""
        full = companion.full
        known = self._whole.get(full.path)
        if known is not None and known[0] is full:
            return known[1]
        lanes = Lanes(full)
        self._whole[full.path] = full, lanes

        def then(computed: Computed) -> None:
            lanes.add(computed)
            self._known = ()

        title = f"Reading the ops of {name_of(full.trace)}"
        self._session.jobs.start(title, lambda job: Computed(full, job.progress), then)
        return lanes
