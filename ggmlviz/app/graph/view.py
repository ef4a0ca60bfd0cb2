"""The compute graph as a person has it before them: what of it is shown and selected, and from where it is seen."""

from __future__ import annotations

import numpy as np

from ggmlviz.app.actions import CannotDo
from ggmlviz.app.graph.aim import place_of
from ggmlviz.app.graph.answers import GraphAnswers
from ggmlviz.app.graph.choice import Choice
from ggmlviz.app.graph.eye import Eye
from ggmlviz.app.graph.found import Found
from ggmlviz.app.graph.state import Layouts
from ggmlviz.app.session import Session
from ggmlviz.scene.graph.drawing import GraphOptions
from ggmlviz.scene.graph.picture import GraphPicture, Marks
from ggmlviz.scene.graph.subject import GraphSubject
from ggmlviz.scene.selection import Selection, of_member


class GraphView:
    def __init__(self, session: Session):
        self.session = session
        self.colouring = "plain"
        self.choice = Choice()
        self.layouts = Layouts(session)
        self.answers = GraphAnswers(session)
        self.eye = Eye()
        self.group: int | None = None  # the closed or open group that was clicked
        self.found = Found("", None)
        self.path_from: int | None = None
        self.picture: GraphPicture | None = None
        self._pictured: tuple = ()
        self._selection: Selection | None = None
        self._go_to: int | None = None  # a member to be brought into view once it has a place

    @property
    def subject(self) -> GraphSubject | None:
        return self.choice.subject

    @property
    def ready(self) -> bool:
        """Whether the picture is of the graph that is wanted; of another one, nothing can be clicked."""
        return self.picture is not None and self.picture.subject is self.subject

    @property
    def busy(self) -> bool:
        """What is to be seen is not yet what is wanted."""
        return not self.answers.fresh or self.layouts.shown != self.choice.wanted or self._go_to is not None

    @property
    def times(self) -> np.ndarray:
        """ns for each node of the subject."""
        return self.answers.times(self.subject)

    @property
    def marks(self) -> Marks:
        return Marks(self._item_selected(), self.found.lit, self._note())

    @property
    def options(self) -> GraphOptions:
        """Of the picture that is shown, or will be when the panel is looked at."""
        of_run, wanted = self.answers.times_of_run, self.choice.wanted
        if wanted is None or not self.answers.asks_for(wanted.subject):
            return GraphOptions(colouring=self.colouring, times_of_run=of_run)
        part = self.eye.seen if self.ready and self.layouts.shown == wanted else None
        marks = Marks(self._item_selected(), self.found.lit, self.choice.note)
        return GraphOptions(
            wanted.subject.number, self.colouring, of_run, wanted.opened, only=wanted.only, part=part, marks=marks
        )

    def frame(self, size: tuple[int, int]) -> bool:
        """Brings everything up to date that has changed; as Panel.frame."""
        moving = self.answers.frame()
        self._take_subject()
        if self.subject is None:
            return moving
        if self.layouts.was_cancelled:
            self.layouts.give_up()
            self.choice.back_to(self.layouts.shown)
        self._follow_selection()
        self.layouts.ask(self.choice.wanted)
        if self.layouts.shown is not None and self.layouts.shown.subject is self.subject:
            self._take_picture(size)
        return moving

    def start_over(self) -> None:
        """The next layout is seen from its beginning."""
        self.picture, self._pictured, self.choice.held = None, (), None

    def isolate(self, members: set[int], note: str) -> None:
        self.choice.isolate(members, note)
        self.group = None

    def whole(self) -> None:
        self.choice.whole()
        member = self._member_selected()
        if member is not None:
            self._show_member(member)

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
        if self.layouts.layout is None:
            raise CannotDo("there is no graph yet")
        self.eye.fit(self.layouts.layout)

    def selected_member(self) -> int:
        member = self._member_selected()
        if member is None:
            raise CannotDo("select a node of the graph first")
        return member

    def search(self, text: str) -> None:
        self.found = Found(text, self.subject)

    def step_found(self, by: int) -> None:
        self.go_to(self.found.step(by))

    def _take_subject(self) -> None:
        subject = self.answers.subject
        if subject is self.subject:
            return
        self.choice.take(subject)
        self.group = self.path_from = self._selection = None
        if subject is None:
            self.layouts.clear()
        else:
            self.search(self.found.text)

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
        self.choice.open_around(member)
        self._go_to = member

    def _member_selected(self) -> int | None:
        selection = self.session.focus.selection
        return selection.member if self.subject and selection.graph == self.subject.number else None

    def _item_selected(self) -> int | None:
        return self._member_selected() if self.group is None else self.subject.groups.item(self.group)

    def _take_picture(self, size: tuple[int, int]) -> None:
        layout, shown = self.layouts.layout, self.layouts.shown
        self.eye.follow(layout, size, self.session.scale)
        wanted = (layout, self.answers.fresh_times, self.colouring, self.session.theme, self.session.scale)
        if wanted != self._pictured:
            before = self.picture.layout if self.picture else None
            new_layout = not self._pictured or self._pictured[0] is not layout
            self._pictured = wanted
            self.picture = GraphPicture(shown.subject, layout, self.times, *wanted[2:])
            if new_layout:
                held, self.choice.held = self.choice.held, None
                place = place_of(before, held) if held is not None else None
                self.eye.take(layout, before, (held, place) if place else None)
        if self._go_to is not None and shown == self.choice.wanted:
            boxes, self._go_to = layout.where(self._go_to), None
            if len(boxes):
                self.eye.show(tuple(boxes[0].tolist()))

    def _note(self) -> str:
        if self.layouts.share is not None and self.subject.graph.nodes > 2000:
            return f"laying out … {self.layouts.share:.0%}  (Esc: cancel)"
        if self.choice.wanted.only is not None:
            return f"{self.choice.note}  (Esc: the whole graph)"
        return ""
