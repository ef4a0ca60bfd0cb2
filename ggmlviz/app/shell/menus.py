"""The menus: every action that names one, in the order in which actions were added."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import dearpygui.dearpygui as dpg

from ggmlviz.app.actions import Action, Actions

_FIRST, _LAST = ("File", "View", "Go"), ("Help",)
_RECENT = "recent files"


class Menus:
    def __init__(self, actions: Actions, do: Callable[[str], None]):
        self._actions = actions
        self._do = do
        self._made: dict[str, int] = {}

    def build(self) -> None:
        named = [action for action in self._actions.all() if action.menu]
        tops = list(dict.fromkeys(action.menu.split("/")[0] for action in named))
        middle = [top for top in tops if top not in _FIRST + _LAST]
        for top in (*_FIRST, *middle, *_LAST):
            self._made[top] = dpg.add_menu(label=top)
            if top == "File":
                self._add_files([action for action in named if action.menu == top])
            else:
                for action in named:
                    if action.menu.split("/")[0] == top:
                        self._add(action)

    def _add_files(self, actions: list[Action]) -> None:
        """Recent files stand behind the first, which opens others."""
        self._add(actions[0])
        dpg.add_menu(label="Open recent", parent=self._made["File"], tag=_RECENT)
        for action in actions[1:]:
            self._add(action)

    def _add(self, action: Action) -> None:
        keys = action.keys[0] if action.keys else ""
        dpg.add_menu_item(
            label=action.title,
            shortcut=keys,
            parent=self._menu(action.menu),
            callback=lambda: self._do(action.name),
        )

    def _menu(self, path: str) -> int:
        if path not in self._made:
            parent, _, label = path.rpartition("/")
            self._made[path] = dpg.add_menu(label=label, parent=self._menu(parent))
        return self._made[path]

    def show_recent(self, paths: list[str]) -> None:
        dpg.delete_item(_RECENT, children_only=True)
        for path in paths:
            dpg.add_menu_item(label=_shown(path), parent=_RECENT, callback=lambda _, __, name: self._do(name))
            dpg.set_item_user_data(dpg.last_item(), f"open {path}")
        dpg.configure_item(_RECENT, enabled=bool(paths))


def _shown(path: str) -> str:
    file = Path(path)
    return f"{file.name}   in {file.parent}"
