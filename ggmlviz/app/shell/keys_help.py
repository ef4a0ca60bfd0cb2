"""`?`: all keys, grouped by what they are about."""

from __future__ import annotations

from itertools import groupby

import dearpygui.dearpygui as dpg

from ggmlviz.app.actions import Action
from ggmlviz.app.session import Session
from ggmlviz.app.toolkit.fonts import BOLD_FONT
from ggmlviz.app.toolkit.themes import DENSE

_WINDOW = "keys"
COLUMNS, COLUMN, KEYS = 3, 330, 150  # pixels of a column, and of the keys in it


class KeysHelp:
    def __init__(self, session: Session):
        self._session = session
        self.open = False

    def build(self) -> None:
        dpg.add_window(
            tag=_WINDOW,
            label="Keys",
            show=False,
            no_resize=True,
            no_collapse=True,
            no_saved_settings=True,
            no_docking=True,
            autosize=True,
            min_size=(10, 10),
            on_close=self.close,
        )
        dpg.bind_item_theme(_WINDOW, DENSE)

    def toggle(self) -> None:
        if self.open:
            self.close()
            return
        self.open = True
        dpg.delete_item(_WINDOW, children_only=True)
        scale = self._session.scale
        with dpg.group(horizontal=True, parent=_WINDOW, horizontal_spacing=24 * scale):
            for column in _columns(_groups(self._session.actions.all())):
                with dpg.group():
                    for title, rows in column:
                        dpg.bind_item_font(dpg.add_text(title), BOLD_FONT)
                        for keys, what in rows:
                            with dpg.group(horizontal=True, xoffset=KEYS * scale):
                                dpg.add_text(keys, color=self._session.theme.faint)
                                dpg.add_text(what)
                        dpg.add_spacer(height=5 * scale)
        left = max(0, (dpg.get_viewport_client_width() - COLUMNS * (COLUMN + 24) * scale) // 2)
        dpg.configure_item(_WINDOW, show=True, pos=(left, round(26 * scale)))
        dpg.focus_item(_WINDOW)

    def close(self) -> None:
        self.open = False
        dpg.configure_item(_WINDOW, show=False)

    def key(self, key: str) -> bool:
        if self.open and key in ("Escape", "?"):
            self.close()
            return True
        return False


def _groups(actions: list[Action]) -> list[tuple[str, list[tuple[str, str]]]]:
    keyed = sorted((action for action in actions if action.keys), key=_group)
    groups = {
        title: [(" ".join(one.keys), one.title.rstrip("…")) for one in mine] for title, mine in groupby(keyed, _group)
    }
    general = [(title, groups.pop(title)) for title in ("File", "View", "Go", "Help", "General") if title in groups]
    return [*groups.items(), *general]


def _group(action: Action) -> str:
    return action.here.capitalize() if action.here else action.menu.split("/")[0] or "General"


def _columns(groups: list) -> list[list]:
    """About equally long, in the order of the groups."""
    columns: list[list] = [[] for _ in range(COLUMNS)]
    whole = sum(len(rows) + 2 for _, rows in groups)
    done = 0
    for group in groups:
        columns[min(COLUMNS - 1, done * COLUMNS // max(1, whole))].append(group)
        done += len(group[1]) + 2
    return columns
