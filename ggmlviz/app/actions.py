"""Everything a person can do, under a name: menus, keys, the command palette and scripts ask for the same actions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


class CannotDo(Exception):
    """An action that makes no sense now; the text says why and is shown to the person."""


@dataclass(frozen=True)
class Action:
    """Called with what follows its name in a script or in the palette; many take nothing."""

    name: str  # `timeline zoom-in`: what a script says
    title: str  # "Zoom in": what a menu says
    do: Callable[[str], None]
    keys: tuple[str, ...] = ()  # "W", "Ctrl+F", "Shift+Left", "Home"
    menu: str = ""  # "File", "View", "Timeline" …; empty: in the palette only
    takes: str = ""  # what the argument is: "FILE", "NAME"; "[NAME]" where it may be left out; empty: none
    here: str = ""  # name of the panel that must have the mouse for the keys to count; empty: anywhere


class Actions:
    def __init__(self) -> None:
        self._by_name: dict[str, Action] = {}
        self.before: Callable[[], None] = lambda: None  # called ahead of each action

    def add(self, *actions: Action) -> None:
        for action in actions:
            if action.name in self._by_name:
                raise ValueError(f"two actions are called {action.name}")
            self._by_name[action.name] = action

    def all(self) -> list[Action]:
        return list(self._by_name.values())

    def called(self, line: str) -> tuple[Action, str]:
        """The action whose name a line begins with, the longest such, and the rest of the line."""
        fitting = [name for name in self._by_name if line == name or line.startswith(name + " ")]
        if not fitting:
            raise CannotDo(f"there is no command `{line}`")
        name = max(fitting, key=len)
        return self._by_name[name], line[len(name) :].strip()

    def do(self, line: str) -> None:
        action, argument = self.called(line)
        if argument and not action.takes:
            raise CannotDo(f"`{action.name}` takes nothing, and got `{argument}`")
        self.before()
        action.do(argument)
