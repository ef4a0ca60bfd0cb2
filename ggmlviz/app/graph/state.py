"""What of the graph a person wants to see, and what of that is there already."""

from __future__ import annotations

from dataclasses import dataclass

from ggmlviz.analysis.graph.groups import GraphGroups, only
from ggmlviz.analysis.graph.layout import GraphLayout, laid_out
from ggmlviz.app.jobs import Job
from ggmlviz.app.session import Session
from ggmlviz.scene.graph.subject import GraphSubject


@dataclass(frozen=True)
class Wanted:
    subject: GraphSubject
    opened: frozenset[int] = frozenset()  # groups
    only: frozenset[int] | None = None  # members; None: the whole graph

    @property
    def groups(self) -> GraphGroups:
        return self.subject.groups if self.only is None else only(self.subject.groups, set(self.only))


class Layouts:
    """Lays out what is wanted beside the window. A layout that nobody waits for any more is given up."""

    def __init__(self, session: Session):
        self._session = session
        self._job: Job | None = None
        self._asked: Wanted | None = None
        self.shown: Wanted | None = None
        self.layout: GraphLayout | None = None

    @property
    def share(self) -> float | None:
        """How far the one under way has come; None: there is none."""
        return self._job.share if self._job else None

    @property
    def was_cancelled(self) -> bool:
        """By somebody else: the status line has a button for that."""
        return self._job is not None and self._job.cancelled

    def ask(self, wanted: Wanted) -> None:
        if wanted in (self._asked, self.shown if not self._job else None):
            return
        self.give_up()
        self._asked = wanted
        title = f"Graph of {wanted.subject.graph.nodes:,} nodes"
        self._job = self._session.jobs.start(
            title, lambda job: laid_out(wanted.groups, wanted.opened, job.progress), lambda layout: self._keep(layout)
        )

    def give_up(self) -> bool:
        if not self._job:
            return False
        self._job.cancel()
        self._job = self._asked = None
        return True

    def cancel(self) -> None:
        if self._job:
            self._job.cancel()

    def clear(self) -> None:
        self.give_up()
        self.shown = self.layout = None

    def _keep(self, layout: GraphLayout) -> None:
        self.shown, self.layout, self._job, self._asked = self._asked, layout, None, None


def same_groups(old: GraphGroups, new: GraphGroups, opened: frozenset[int]) -> frozenset[int]:
    """The groups of another graph that are called as these of the old one: a program may plan anew for every run."""
    names = {_path(old, number) for number in opened}
    return frozenset(group.number for group in new.groups if _path(new, group.number) in names)


def _path(groups: GraphGroups, number: int) -> tuple[str, ...]:
    group, found = groups.groups[number], ()
    while group.parent >= 0:
        before = [one for one in groups.groups[: group.number] if one.parent == group.parent]
        again = sum(one.title == group.title for one in before)
        found = (f"{group.title} {again}", *found)
        group = groups.groups[group.parent]
    return found
