"""A place in the window where a scene's drawing is shown, and from which the mouse is told in the drawing's pixels."""

from __future__ import annotations

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from ggmlviz.app.panel import Mouse
from ggmlviz.app.session import Session
from ggmlviz.app.toolkit.painting import Painting
from ggmlviz.app.toolkit.pointer import POINTER
from ggmlviz.app.toolkit.themes import BARE
from ggmlviz.app.toolkit.tooltip import TOOLTIP
from ggmlviz.scene.drawing import Drawing


class Canvas:
    """Takes all the room that is left in its container, or so many pixels of height."""

    def __init__(self, session: Session, on_mouse: Callable[[Mouse], None], height: int = -1):
        self._height = height
        self._session = session
        self.on_mouse = on_mouse
        self._room = self._drawlist = 0
        self._painting: Painting | None = None
        self._size = (0, 0)

    def build(self) -> None:
        self._room = dpg.add_child_window(
            width=-1, height=self._height, border=False, no_scrollbar=True, no_scroll_with_mouse=True
        )
        dpg.bind_item_theme(self._room, BARE)
        self._drawlist = dpg.add_drawlist(1, 1, parent=self._room)
        self._painting = Painting(self._drawlist)
        POINTER.watch(self)

    def place(self, width: int = -1, height: int = -1) -> None:
        """How much room it takes; so much less than there is where it is negative."""
        dpg.configure_item(self._room, width=width, height=height)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as of the frame that was drawn last; zeros before the first."""
        width, height = dpg.get_item_rect_size(self._room)
        return int(width), int(height)

    @property
    def position(self) -> tuple[float, float]:
        """Of its top left corner in the window of the program."""
        left, top = dpg.get_item_rect_min(self._drawlist)
        return left, top

    @property
    def in_sight(self) -> bool:
        return bool(dpg.get_item_state(self._drawlist).get("visible"))

    @property
    def hovered(self) -> bool:
        """Under the mouse, with nothing above it."""
        return bool(dpg.get_item_state(self._drawlist).get("hovered"))

    @property
    def mouse(self) -> tuple[float, float] | None:
        return self.local(dpg.get_mouse_pos(local=False)) if self.hovered else None

    def local(self, position: list[float]) -> tuple[float, float]:
        left, top = self.position
        return position[0] - left, position[1] - top

    def show(self, drawing: Drawing) -> None:
        if self._size != (drawing.width, drawing.height):
            self._size = (drawing.width, drawing.height)
            dpg.configure_item(self._drawlist, width=max(1, drawing.width), height=max(1, drawing.height))
        self._painting.show(drawing, self._session.theme.panel)

    def tooltip(self, text: str | None) -> None:
        """Beside the mouse, for as long as it stays on this canvas; None takes it away."""
        TOOLTIP.show(self, text, self._session.theme, self._session.scale)
