"""The compute graph as a person has it before them: what is open, lit and selected, and from where it is seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ggmlviz.app.actions import CannotDo
from ggmlviz.app.graph.aim import Held, place_of
from ggmlviz.app.graph.answers import GraphAnswers
from ggmlviz.app.graph.eye import Eye
from ggmlviz.app.graph.found import Found
from ggmlviz.app.graph.state import Layouts, Wanted, same_groups
from ggmlviz.app.session import Session
from ggmlviz.scene.graph.picture import GraphPicture, Marks
from ggmlviz.scene.graph.subject import GraphSubject
from ggmlviz.scene.selection import Selection, of_member


class GraphView:
    def __init__(self, session: Session):
        self.session = session
        self.colouring = "plain"
        self.wanted: Wanted | None = None
        self.layouts = Layouts(session)
        self.answers = GraphAnswers(session)
        self.eye = Eye()
        self.group: int | None = None  # the closed or open group that was clicked
        self.found = Found("", None)
        self.note = ""
        self.path_from: int | None = None
        self.picture: GraphPicture | None = None
        self._pictured: tuple = ()
        self._selection: Selection | None = None
        self._opened_for_selection: frozenset[int] = frozenset()
        self._hold: Held | None = None  # a group that stays where it is seen
        self._go_to: int | None = None  # a member to be brought into view once it has a place

    @property
    def subject(self) -> GraphSubject | None:
        return self.wanted.subject if self.wanted else None

    @property
    def ready(self) -> bool:
        """Whether the picture is of the graph that is wanted; of another one, nothing can be clicked."""
        return self.picture is not None and self.picture.subject is self.subject

    @property
    def busy(self) -> bool:
        """What is to be seen is not yet what is wanted."""
        return not self.answers.fresh or self.layouts.shown != self.wanted or self._go_to is not None

    @property
    def times(self) -> np.ndarray:
        """ns for each node of the subject."""
        return self.answers.times(self.subject)

    @property
    def marks(self) -> Marks:
        selected = self._member_selected()
        if self.group is not None:
            selected = self.subject.groups.item(self.group)
        return Marks(selected, self.found.lit, self._note())

    def frame(self, size: tuple[int, int]) -> bool:
        """Brings everything up to date that has changed; as Panel.frame."""
        moving = self.answers.frame()
        self._take_subject()
        if self.wanted is None:
            return moving
        if self.layouts.was_cancelled:
            self._back_to_shown()
        self._follow_selection()
        self.layouts.ask(self.wanted)
        if self.layouts.shown is not None and self.layouts.shown.subject is self.subject:
            self._take_picture(size)
        return moving

    def open(self, numbers: set[int], hold: int | None = None) -> None:
        self._hold_place(hold)
        self._want(opened=self.wanted.opened | numbers)

    def close(self, numbers: set[int], hold: int | None = None) -> None:
        self._hold_place(hold)
        self._want(opened=self.wanted.opened - numbers)
        self._opened_for_selection -= numbers

    def start_over(self) -> None:
        """The next layout is seen from its beginning."""
        self.picture, self._pictured, self._hold = None, (), None

    def toggle(self, number: int) -> None:
        """A layer is opened with its blocks: it is its nodes that a person wants to see."""
        groups = self.subject.groups
        if number in self.wanted.opened:
            self.close(set(groups.below(number)), number)
        else:
            self.open({number} if groups.groups[number].kind == "repeat" else set(groups.below(number)), number)
        self._opened_for_selection = frozenset()

    def isolate(self, members: set[int], note: str) -> None:
        self._want(only=frozenset(members))  # what is open stays so for when the whole is asked for again
        self.note, self.group = note, None

    def whole(self) -> None:
        if self.wanted.only is not None:
            self._want(only=None)
            member = self._member_selected()
            if member is not None:
                self._show_member(member)
        self.note = ""

    def select(self, member: int) -> None:
        """As by a click: nothing moves."""
        run = self.session.focus.selection.run
        self.group = None
        self._selection = of_member(self.session.opened.trace, self.subject.number, member, run)
        self.session.select(self._selection)

    def go_to(self, member: int) -> None:
        """Selected and brought into view, whatever is closed around it."""
        self.select(member)
        self._show_member(member)

    def fit(self) -> None:
        self.eye.fit(self.layout_or_not())

    def selected_member(self) -> int:
        member = self._member_selected()
        if member is None:
            raise CannotDo("select a node of the graph first")
        return member

    def layout_or_not(self):
        if self.layouts.layout is None:
            raise CannotDo("there is no graph yet")
        return self.layouts.layout

    def search(self, text: str) -> None:
        self.found = Found(text, self.subject)

    def step_found(self, by: int) -> None:
        self.go_to(self.found.step(by))

    def _take_subject(self) -> None:
        subject = self.answers.subject
        if subject is self.subject:
            return
        before, self.note, self.group = self.wanted, "", None
        self.path_from = None
        self._selection, self._opened_for_selection = None, frozenset()
        if subject is None:
            self.wanted = None
            self.layouts.clear()
            return
        kept = before is not None and before.subject.opened is subject.opened
        opened = same_groups(before.subject.groups, subject.groups, before.opened) if kept else frozenset()
        self.wanted = Wanted(subject, opened)
        self.search(self.found.text)

    def _want(self, **changes) -> None:
        self.wanted = replace(self.wanted, **changes)

    def _back_to_shown(self) -> None:
        """What was too long for a person is not asked for again."""
        self.layouts.give_up()
        if self.layouts.shown is not None and self.layouts.shown.subject is self.subject:
            self.wanted = self.layouts.shown
        else:
            self._want(opened=frozenset(), only=None)

    def _follow_selection(self) -> None:
        selection = self.session.focus.selection
        if selection == self._selection:
            return
        before, self._selection = self._selection, selection
        another = before is None or (before.graph, before.member) != (selection.graph, selection.member)
        if another and selection.graph == self.subject.number and selection.member is not None:
            self.group = None
            self._show_member(selection.member)

    def _show_member(self, member: int) -> None:
        """Opens what is around it; what was opened for the last one, and by nobody else, closes again."""
        groups = self.subject.groups
        if self.wanted.only is not None and member not in self.wanted.only:
            self._want(only=None)
            self.note = ""
        nodes = [member] if member < self.subject.graph.nodes else self.subject.ways.readers(member)[:1]
        around = frozenset(number for node in nodes for number in groups.around(node))
        if self.wanted.only is None:
            kept = self.wanted.opened - (self._opened_for_selection - around)
            self._opened_for_selection = (around - kept) | (self._opened_for_selection & around)
            self._want(opened=kept | around)
        self._go_to = member

    def _member_selected(self) -> int | None:
        selection = self.session.focus.selection
        return selection.member if self.subject and selection.graph == self.subject.number else None

    def _hold_place(self, number: int | None) -> None:
        place = place_of(self.layouts.layout, number) if number is not None else None
        self._hold = (number, place) if place else None

    def _take_picture(self, size: tuple[int, int]) -> None:
        layout, shown = self.layouts.layout, self.layouts.shown
        self.eye.follow(layout, size, self.session.scale)
        wanted = (layout, self.answers.fresh_times, self.colouring, self.session.theme, self.session.scale)
        if wanted != self._pictured:
            new_layout = not self._pictured or self._pictured[0] is not layout
            old = self.picture
            self._pictured = wanted
            self.picture = GraphPicture(shown.subject, layout, self.times, *wanted[2:])
            if new_layout:
                self.eye.take(layout, old.layout if old else None, self._hold)
                self._hold = None
        if self._go_to is not None and shown == self.wanted:
            boxes, self._go_to = layout.where(self._go_to), None
            if len(boxes):
                self.eye.show(tuple(boxes[0].tolist()))

    def _note(self) -> str:
        if self.layouts.share is not None and self.subject.graph.nodes > 2000:
            return f"laying out … {self.layouts.share:.0%}  (Esc: cancel)"
        if self.wanted.only is not None:
            return f"{self.note}  (Esc: the whole graph)"
        return ""
