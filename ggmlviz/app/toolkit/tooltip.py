"""One card beside the mouse, above everything. It is drawn on the whole window, so that no panel cuts it off."""

from __future__ import annotations

import dearpygui.dearpygui as dpg

from ggmlviz.app.toolkit.painting import Painting
from ggmlviz.scene.drawing import Drawing
from ggmlviz.scene.palette import Theme
from ggmlviz.scene.tooltip_card import tooltip_card

_TAG = "tooltip"
_NOTHING = Drawing(0, 0, (0, 0, 0, 0), ())


class Tooltip:
    """Belongs to the canvas that showed a text last."""

    def __init__(self) -> None:
        self._owner: object = None
        self._drawn: tuple = ()
        self._painting: Painting | None = None

    def build(self) -> None:
        dpg.add_viewport_drawlist(front=True, tag=_TAG)
        self._painting = Painting(_TAG)

    def show(self, owner: object, text: str | None, theme: Theme, scale: float) -> None:
        if not text:
            self.hide(owner)
            return
        room = (dpg.get_viewport_client_width(), dpg.get_viewport_client_height())
        wanted = (text, tuple(dpg.get_mouse_pos(local=False)), room, theme, scale)
        if wanted != self._drawn:
            self._drawn = wanted
            self._painting.show(tooltip_card(*wanted))
        self._owner = owner

    def hide(self, owner: object) -> None:
        if self._owner is owner:
            # Painted over with nothing: told not to show what lies on the whole window, the toolkit goes on doing so.
            self._owner, self._drawn = None, ()
            self._painting.show(_NOTHING)

    @property
    def text(self) -> str:
        return self._drawn[0] if self._owner is not None else ""


TOOLTIP = Tooltip()
