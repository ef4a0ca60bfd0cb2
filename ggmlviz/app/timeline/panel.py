"""The timeline: what happened when, on which thread."""

from __future__ import annotations

import dearpygui.dearpygui as dpg

from ggmlviz.app.actions import Action, CannotDo
from ggmlviz.app.panel import Mouse, Sight
from ggmlviz.app.session import Session
from ggmlviz.app.timeline.beside import BesideState
from ggmlviz.app.timeline.drawer import Drawer
from ggmlviz.app.timeline.lane_choice import LaneChoice
from ggmlviz.app.timeline.mouse import TimelineMouse
from ggmlviz.app.timeline.moves import Moves
from ggmlviz.app.timeline.notes import Notes
from ggmlviz.app.timeline.picking import Picking
from ggmlviz.app.timeline.search import Search
from ggmlviz.app.timeline.state import TimelineState
from ggmlviz.app.toolkit.canvas import Canvas
from ggmlviz.scene.timeline.beside import Beside
from ggmlviz.scene.timeline.frame import Look
from ggmlviz.scene.timeline.lanes import Lanes
from ggmlviz.scene.timeline.scene import TimelineScene

FIND_WIDTH, FILTER_WIDTH = 230, 110


class TimelinePanel:
    name, title = "timeline", "Timeline"

    def __init__(self, session: Session):
        self._session = session
        self.state = TimelineState(session)
        self.beside = BesideState(session)
        self.scene: TimelineScene | None = None
        self.moves = Moves(session, self._moment)
        self.search = Search(self.state, self._focus_find, lambda: self.drawer.show("found"))
        self.notes = Notes(self.state, self.moves, self._moment, lambda: self.drawer.show("notes"))
        self.drawer = Drawer(self.state, self.search, self.notes)
        self.picking = Picking(self.state, self.search, self._moment, self.drawer.show)
        self.lane_choice = LaneChoice(self.state)
        self._on_mouse = TimelineMouse(self.state, self.moves, lambda: self.scene, self.lane_choice.pin)
        self.canvas = Canvas(session, self._mouse)
        self._drawn: tuple[Look, Lanes, tuple[Beside, ...]] | None = None
        self._find = self._filter = self._told = 0
        self._area = None

    def actions(self) -> list[Action]:
        parts = (self.moves, self.picking, self.search, self.notes, self.lane_choice, self.drawer)
        return [action for part in parts for action in part.actions(self.name)]

    @property
    def sight(self) -> Sight:
        return Sight(self.state.options(self.beside.shown), self.canvas.size)

    def build(self) -> None:
        with dpg.group(horizontal=True):
            self._find = dpg.add_input_text(
                hint="find: name, op:, layer:, /…/, dur>50us", callback=lambda _, text: self._typed(text)
            )
            self._filter = dpg.add_input_text(hint="lanes", callback=lambda _, text: self.lane_choice.filter(text))
            self._told = dpg.add_text("")
        self.canvas.build()
        self.drawer.build()

    def frame(self) -> bool:
        self.state.follow()
        self.beside.follow()
        self._dress()
        moving = self.drawer.frame()
        width, height = self.canvas.size
        if self.state.opened is None or min(width, height) < 2:
            return moving
        if self._session.focus.area is not self._area:
            self._area = self._session.focus.area
            if self._area is not None and self.drawer.shown not in ("by op", "by tensor"):
                self.drawer.show("by op")
        look = self.state.look(width, height)
        made_of = look, self.state.lanes, self.beside.shown
        if made_of != self._drawn:
            self._drawn = made_of
            self.scene = TimelineScene(self.state.lanes, look, self.beside.shown)
            self.canvas.show(self.scene.drawing)
        return moving

    def _dress(self) -> None:
        """Widgets as wide as the scale wants, texts as they are."""
        scale = self._session.scale
        dpg.configure_item(self._find, width=round(FIND_WIDTH * scale))
        dpg.configure_item(self._filter, width=round(FILTER_WIDTH * scale))
        self.canvas.place(height=-max(1, self.drawer.height))
        for item, text in ((self._find, self.search.text), (self._filter, self.state.filter)):
            if dpg.get_value(item) != text and not dpg.is_item_active(item):
                dpg.set_value(item, text)
        dpg.set_value(self._told, self.search.told())

    def _moment(self) -> int | None:
        """Under the mouse, if it is over the lanes."""
        place = self.canvas.mouse
        if place is None or self.scene is None or place[0] < self.scene.frame.left:
            return None
        if place[1] >= self.scene.minimap_top:
            return None
        return self.scene.frame.time.time(place[0])

    def _mouse(self, mouse: Mouse) -> None:
        if self.state.opened is None or self.scene is None:
            return
        if mouse.what not in ("move", "leave"):
            self._session.catch_up()
        text = self._on_mouse(mouse)
        if mouse.what != "release":
            self.canvas.tooltip(text)

    def _typed(self, text: str) -> None:
        if self.state.opened is None:
            raise CannotDo("nothing is open in which something could be found")
        self.search.typed(text)

    def _focus_find(self, text: str) -> None:
        if text:
            dpg.set_value(self._find, text)
        else:
            dpg.focus_item(self._find)

    def told(self) -> dict:
        """For programs that ask what is to be seen."""
        scene = self.scene
        if scene is None or self.state.opened is None:
            return {}
        return {
            "lanes": [[row.lane.key, row.top, row.bottom] for row in scene.rows],
            "left": scene.frame.left,
            "minimap_top": scene.minimap_top,
            "loaded": self.state.lanes.computed is not None,
            "found": None if self.state.found is None else len(self.state.found.at),
            "lit": None if self.state.lit is None else len(self.state.lit.at),
            "measured": self.state.measured,
            "notes": [[note.time, note.text] for note in self.state.notes],
            "drawer": self.drawer.shown,
            "rows": [row.name for row in self.drawer.rows if hasattr(row, "name")][:50],
        }
