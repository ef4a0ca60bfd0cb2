"""Bookmarks and notes: set, listed, gone to, taken away."""

from __future__ import annotations

from collections.abc import Callable

from ggmlviz.app.actions import Action, CannotDo
from ggmlviz.app.timeline.moves import Moves
from ggmlviz.app.timeline.notes_file import NotesError, write_notes
from ggmlviz.app.timeline.state import TimelineState
from ggmlviz.scene.time_scale import panned
from ggmlviz.scene.timeline.frame import Note


class Notes:
    """`at`: the moment under the mouse. `show` opens their list."""

    def __init__(self, state: TimelineState, moves: Moves, at: Callable[[], int | None], show: Callable[[], None]):
        self._state, self._moves, self._at, self._show = state, moves, at, show

    def add(self, text: str) -> None:
        """Under the mouse, else where the selection begins, else in the middle of the view."""
        session = self._state.session
        if session.focus is None:
            raise CannotDo("nothing is open that could be noted")
        time, view = self._at(), session.focus.view
        if time is None:
            span = session.span_of(session.focus.selection)
            time = span.begin if span else (view.begin + view.end) // 2
        note = Note(time, text or f"bookmark {len(self._state.notes) + 1}")
        self._keep((*self._state.notes, note))
        self._show()

    def remove(self, note: Note) -> None:
        self._keep(tuple(other for other in self._state.notes if other != note))

    def rename(self, old: Note, text: str) -> None:
        self._keep(tuple(Note(note.time, text) if note == old else note for note in self._state.notes))

    def go(self, note: Note) -> None:
        """Into the middle, as close as one is."""
        session = self._state.session
        view = session.focus.view
        self._moves.see(panned(view, note.time - (view.begin + view.end) // 2, session.reach), "note")

    def _keep(self, notes: tuple[Note, ...]) -> None:
        self._state.notes = tuple(sorted(notes, key=lambda note: note.time))
        try:
            write_notes(self._state.opened.path, self._state.notes)
        except NotesError as error:
            self._state.session.message = str(error)

    def _called(self, text: str) -> Note:
        if self._state.opened is None:
            raise CannotDo("nothing is open")
        found = [note for note in self._state.notes if note.text == text]
        if not found:
            raise CannotDo(f"no note is called `{text}`")
        return found[0]

    def actions(self, here: str) -> list[Action]:
        def jump(text: str) -> None:
            self.go(self._called(text))

        def remove(text: str) -> None:
            self.remove(self._called(text))

        def rename(text: str) -> None:
            old, arrow, new = text.partition("=>")
            if not arrow or not new.strip():
                raise CannotDo("write it as OLD => NEW")
            self.rename(self._called(old.strip()), new.strip())

        return [
            Action("timeline bookmark", "Bookmark or note here", self.add, ("B",), "Timeline", "TEXT", here),
            Action("timeline notes", "Bookmarks and notes", lambda _: self._show(), (), "Timeline"),
            Action("timeline note-go", "Go to a note", jump, takes="TEXT"),
            Action("timeline note-remove", "Remove a note", remove, takes="TEXT"),
            Action("timeline note-rename", "Rename a note", rename, takes="OLD => NEW"),
        ]
