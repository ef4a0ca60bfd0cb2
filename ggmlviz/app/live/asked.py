"""Which program is to be the main one, and which are to be shown beside it: what a person asks for while watching."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ggmlviz.app.actions import Action, CannotDo
from ggmlviz.app.live.company import MOST
from ggmlviz.app.live.feeds import Choice, Feeds
from ggmlviz.app.live.thread import LiveThread


class Asked:
    """`main`: the recording that is watched now."""

    def __init__(self, feeds: Feeds, thread: LiveThread, main: Callable[[], Path | None]):
        self._feeds, self._thread, self._main = feeds, thread, main
        self.switching: Path | None = None  # what is to be the main one, until it is

    def make_main(self, path: Path) -> None:
        self.switching = path
        self._thread.choose(path)

    def is_beside(self, choice: Choice) -> bool:
        return choice.path in self._thread.company.wanted

    def switch(self, pid: str) -> None:
        if not pid:
            self._thread.choosing = not self._thread.choosing
            return
        path = self._choice(pid).path
        if path == self._main():
            self._thread.choosing = False
        else:
            self.make_main(path)

    def beside(self, pid: str) -> None:
        """Also, or no longer; without a number the programs to choose from."""
        if not pid:
            self._thread.choosing = True
            return
        path, company = self._choice(pid).path, self._thread.company
        if path == self._main():
            raise CannotDo(f"process {pid} is the main one already")
        if path in company.wanted:
            company.remove(path)
        elif len(company.wanted) >= MOST:
            raise CannotDo(f"{MOST} programs are shown beside the main one: as many as can be")
        else:
            company.add(path)

    @property
    def left_out(self) -> str:
        """What could not be done of it, in a sentence."""
        count = self._thread.company.left_out
        return f"{count} more were asked for than the {MOST} there is room for beside the main one" if count else ""

    def _choice(self, pid: str) -> Choice:
        found = [choice for choice in self._feeds.choices() if str(choice.pid) == pid]
        if not found:
            raise CannotDo(f"process {pid} has no ring")
        if found[0].reason:
            raise CannotDo(f"process {pid} cannot be watched: {found[0].reason}")
        return found[0]

    def actions(self) -> list[Action]:
        return [
            Action("live switch", "Watch another program…", self.switch, (), "Live", "[PID]"),
            Action("live beside", "Show a program beside, or no longer…", self.beside, (), "Live", "[PID]"),
        ]
