"""`?`: all keys, grouped by what they are about."""

from __future__ import annotations

from itertools import groupby

import dearpygui.dearpygui as dpg

from ggmlviz.app.actions import Action
from ggmlviz.app.shell.sheet import Sheet
from ggmlviz.app.toolkit.fonts import BOLD_FONT
from ggmlviz.app.toolkit.themes import DENSE

COLUMNS, COLUMN, KEYS = 3, 330, 150  # pixels of a column, and of the keys in it


class KeysHelp(Sheet):
    tag, label = "keys", "Keys"
    closed_by = ("Escape", "?")

    def build(self) -> None:
        super().build()
        dpg.bind_item_theme(self.tag, DENSE)

    def toggle(self) -> None:
        if self.open:
            self.close()
            return
        self._empty()
        scale = self._session.scale
        with dpg.group(horizontal=True, parent=self.tag, horizontal_spacing=24 * scale):
            for column in _columns(_groups(self._session.actions.all())):
                with dpg.group():
                    for title, rows in column:
                        dpg.bind_item_font(dpg.add_text(title), BOLD_FONT)
                        for keys, what in rows:
                            with dpg.group(horizontal=True, xoffset=KEYS * scale):
                                dpg.add_text(keys, color=self._session.theme.faint)
                                dpg.add_text(what)
                        dpg.add_spacer(height=5 * scale)
        self._show_at((dpg.get_viewport_client_width() - COLUMNS * (COLUMN + 24) * scale) // 2, 26 * scale)


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
