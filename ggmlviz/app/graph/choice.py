"""What of the graph a person has opened or singled out, by hand or by selecting what lies in a closed group."""

from __future__ import annotations

from dataclasses import replace

from ggmlviz.app.graph.state import Wanted, same_groups
from ggmlviz.scene.graph.subject import GraphSubject


class Choice:
    def __init__(self) -> None:
        self.wanted: Wanted | None = None
        self.note = ""  # on what was singled out
        self.held: int | None = None  # the group that was opened or closed: it stays where it is seen
        self._for_selection: frozenset[int] = frozenset()  # groups that were opened for what is selected

    @property
    def subject(self) -> GraphSubject | None:
        return self.wanted.subject if self.wanted else None

    def take(self, subject: GraphSubject | None) -> None:
        """Another graph, of which what is called alike stays open if it is of the same trace; or the same graph in a
        later state of a trace that grows, of which all stays as it is."""
        before = self.wanted
        if before is not None and subject is not None and _same(before.subject, subject):
            self.wanted = replace(before, subject=subject)
            return
        self.note, self._for_selection = "", frozenset()
        if subject is None:
            self.wanted = None
            return
        kept = before is not None and before.subject.opened.path == subject.opened.path
        opened = same_groups(before.subject.groups, subject.groups, before.opened) if kept else frozenset()
        self.wanted = Wanted(subject, opened)

    def back_to(self, shown: Wanted | None) -> None:
        """What was too long for a person is not asked for again."""
        if shown is not None and shown.subject is self.subject:
            self.wanted = shown
        else:
            self._want(opened=frozenset(), only=None)

    def open(self, numbers: set[int], hold: int | None = None) -> None:
        self.held = hold
        self._want(opened=self.wanted.opened | numbers)

    def close(self, numbers: set[int], hold: int | None = None) -> None:
        self.held = hold
        self._want(opened=self.wanted.opened - numbers)
        self._for_selection -= numbers

    def toggle(self, number: int) -> None:
        """A layer is opened with its blocks: it is its nodes that a person wants to see."""
        groups = self.subject.groups
        if number in self.wanted.opened:
            self.close(set(groups.below(number)), number)
        else:
            self.open({number} if groups.groups[number].kind == "repeat" else set(groups.below(number)), number)
        self._for_selection = frozenset()

    def isolate(self, members: set[int], note: str) -> None:
        self._want(only=frozenset(members))  # what is open stays so for when the whole is asked for again
        self.note = note

    def whole(self) -> None:
        self._want(only=None)
        self.note = ""

    def open_around(self, member: int) -> None:
        """What was opened for the last one, and by nobody else, closes again."""
        groups = self.subject.groups
        if self.wanted.only is not None and member not in self.wanted.only:
            self.whole()
        if self.wanted.only is not None:
            return
        nodes = [member] if member < self.subject.graph.nodes else self.subject.ways.readers(member)[:1]
        around = frozenset(number for node in nodes for number in groups.around(node))
        kept = self.wanted.opened - (self._for_selection - around)
        self._for_selection = (around - kept) | (self._for_selection & around)
        self._want(opened=kept | around)

    def _want(self, **changes) -> None:
        self.wanted = replace(self.wanted, **changes)


def _same(one: GraphSubject, other: GraphSubject) -> bool:
    about = [
        (subject.opened.path, subject.number, subject.graph.nodes, len(subject.groups.groups))
        for subject in (one, other)
    ]
    return about[0] == about[1]
