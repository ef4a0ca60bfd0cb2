"""A small window above the others that is read and closed again: filled anew each time it is opened."""

from __future__ import annotations

import dearpygui.dearpygui as dpg

from ggmlviz.app.session import Session


class Sheet:
    tag, label = "", ""
    closed_by: tuple[str, ...] = ("Escape",)

    def __init__(self, session: Session):
        self._session = session
        self.open = False

    def build(self) -> None:
        dpg.add_window(
            tag=self.tag,
            label=self.label,
            show=False,
            no_resize=True,
            no_collapse=True,
            no_saved_settings=True,
            no_docking=True,
            autosize=True,
            min_size=(10, 10),
            on_close=self.close,
        )

    def _empty(self) -> None:
        self.open = True
        dpg.delete_item(self.tag, children_only=True)

    def _show_at(self, left: float, top: float) -> None:
        """In pixels, and never beyond the left edge."""
        dpg.configure_item(self.tag, show=True, pos=(max(0, round(left)), round(top)))
        dpg.focus_item(self.tag)

    def close(self) -> None:
        self.open = False
        dpg.configure_item(self.tag, show=False)

    def key(self, key: str) -> bool:
        if self.open and key in self.closed_by:
            self.close()
            return True
        return False
