"""The panels in their docked windows: which of them are in sight, which one has the mouse, whose turn it is."""

from __future__ import annotations

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from ggmlviz.app.actions import CannotDo
from ggmlviz.app.panels import PANELS
from ggmlviz.app.session import Session
from ggmlviz.app.settings import Settings
from ggmlviz.app.toolkit import layout_file
from ggmlviz.app.toolkit.canvas import Canvas
from ggmlviz.app.toolkit.grounds import Grounds
from ggmlviz.app.toolkit.layout_file import WINDOWS
from ggmlviz.app.toolkit.pointer import POINTER
from ggmlviz.app.toolkit.themes import SEE_THROUGH
from ggmlviz.app.turns import Turns


class Docked:
    def __init__(self, session: Session, settings: Settings):
        self._session, self._settings = session, settings
        self.panels = [panel(session) for panel in PANELS]
        self._turns = Turns()
        self._grounds = Grounds(WINDOWS[panel.name] for panel in self.panels)
        self._owners: dict[int, str] = {}
        self._in_front: list[str] = []  # panels to bring back there: a layout that was read anew forgets them
        session.reveal = self.reveal

    def build(self) -> None:
        for panel in self.panels:
            self.add(panel.name, panel.title, panel.build)

    def add(self, name: str, title: str, build: Callable[[], None]) -> None:
        """A window; without a title it is one of the lines above and below the panels."""
        with dpg.window(
            label=title,
            tag=WINDOWS[name],
            show=name not in self._settings.hidden,
            no_collapse=True,
            no_close=True,
            no_scrollbar=not title,
            no_scroll_with_mouse=not title,
            no_focus_on_appearing=True,
        ):
            self.build_in(name, build)
        if not title:  # nothing ever lies below it
            dpg.bind_item_theme(WINDOWS[name], SEE_THROUGH)

    def build_in(self, name: str, build: Callable[[], None]) -> None:
        """The canvases that it makes are known by this name."""
        known = len(POINTER.canvases)
        build()
        for canvas in POINTER.canvases[known:]:
            self._owners[id(canvas)] = name

    def owner_of(self, canvas: Canvas) -> str:
        return self._owners.get(id(canvas), "")

    def under_mouse(self) -> str:
        x, y = dpg.get_mouse_pos(local=False)
        for panel in self.panels:
            if getattr(panel, "covers_all", False):
                return panel.name
        for panel in self.panels:
            if self.in_sight(panel.name):
                (left, top), tag = dpg.get_item_pos(WINDOWS[panel.name]), WINDOWS[panel.name]
                if left <= x < left + dpg.get_item_width(tag) and top <= y < top + dpg.get_item_height(tag):
                    return panel.name
        return ""

    def bring_to_front(self) -> None:
        for name in self._in_front:
            dpg.focus_item(WINDOWS[name])
        self._in_front = []

    def frame(self) -> bool:
        """Whether something is still moving."""
        in_sight = [panel for panel in self.panels if self.in_sight(panel.name)]
        self._grounds.frame([WINDOWS[panel.name] for panel in in_sight])
        about = self._session.opened, self._session.focus.view
        moving = [panel.frame() for panel in self._turns.of(in_sight, about, self.under_mouse())]
        return any(moving) or self._turns.moving

    @property
    def fades(self) -> bool:
        """Whether something in sight changes slowly though nothing happens."""
        return any(getattr(panel, "fades", False) and self.in_sight(panel.name) for panel in self.panels)

    def in_sight(self, panel: str) -> bool:
        return bool(dpg.get_item_state(WINDOWS[panel]).get("visible"))

    def reveal(self, panel: str) -> None:
        if panel in WINDOWS and dpg.does_item_exist(WINDOWS[panel]):
            dpg.configure_item(WINDOWS[panel], show=True)
            dpg.focus_item(WINDOWS[panel])

    def toggle(self, panel: str) -> None:
        if dpg.is_item_shown(WINDOWS[panel]):
            dpg.configure_item(WINDOWS[panel], show=False)
        else:
            self.reveal(panel)

    @property
    def all_hidden(self) -> list[str]:
        return [panel.name for panel in self.panels if not dpg.is_item_shown(WINDOWS[panel.name])]

    @property
    def all_in_sight(self) -> list[str]:
        return [panel.name for panel in self.panels if self.in_sight(panel.name)]

    def reset_layout(self) -> None:
        size = dpg.get_viewport_client_width(), dpg.get_viewport_client_height()
        for panel in self.panels:
            dpg.configure_item(WINDOWS[panel.name], show=True)
        if not layout_file.use(layout_file.default_layout(*size, self._session.scale)):
            layout_file.forget()
            raise CannotDo("the layout is reset at the next start")
        self._in_front = ["statistics"]

    def rescale(self, scale: float) -> None:
        self._in_front = self.all_in_sight
        self._session.scale = scale
        layout_file.fit_navigator(scale)
