"""The compute graph of the selected run: a line of choices above the picture."""

from __future__ import annotations

import dearpygui.dearpygui as dpg

from ggmlviz.app.actions import Action, CannotDo
from ggmlviz.app.graph.actions import graph_actions
from ggmlviz.app.graph.mouse import GraphMouse
from ggmlviz.app.graph.view import GraphView
from ggmlviz.app.panel import Mouse, Sight
from ggmlviz.app.session import Session
from ggmlviz.app.toolkit.canvas import Canvas
from ggmlviz.scene.graph.colours import COLOURINGS
from ggmlviz.scene.graph.subject import no_graph
from ggmlviz.scene.graph.tips import tip
from ggmlviz.scene.notice import notice_picture

_COLOUR, _SEARCH, _COUNT, _TIMES = "graph colour", "graph search", "graph count", "graph times"
_PREVIOUS, _NEXT, _FIT, _OPEN = "graph previous", "graph next", "graph fit", "graph open"
_OPENING = {False: "open-all", True: "close-all"}  # what the button does while any group is open, or none
_TIME_CHOICES = {"Mean of range": False, "Selected run": True}
TOLD_BOXES = 200
WITH_OPEN, WITH_FIT, WITH_TIMES = 330, 520, 640  # pixels in which there is room for these, too; keys have them anyway


class GraphPanel:
    name, title = "graph", "Graph"

    def __init__(self, session: Session):
        self._session = session
        self.view = GraphView(session)
        self._mouse = GraphMouse(self.view)
        self._canvas = Canvas(session, self._on_mouse)
        self._drawn: tuple = ()
        self._bar: tuple = ()

    def actions(self) -> list[Action]:
        return graph_actions(self.view, lambda: dpg.focus_item(_SEARCH), self._search)

    @property
    def sight(self) -> Sight:
        return Sight(self.view.options, self._canvas.size)

    def build(self) -> None:
        with dpg.group(horizontal=True):
            dpg.add_combo(
                list(COLOURINGS.values()), tag=_COLOUR, callback=lambda _, chosen: self._do(f"colour {_key(chosen)}")
            )
            dpg.add_combo(list(_TIME_CHOICES), tag=_TIMES, callback=lambda _, chosen: self._times(chosen))
            dpg.add_input_text(tag=_SEARCH, hint="Find", callback=lambda _, text: self.view.search(text))
            for tag, label, line in ((_PREVIOUS, "<", "previous-found"), (_NEXT, ">", "next-found")):
                dpg.add_button(tag=tag, label=label, small=True, user_data=line, callback=self._step)
            dpg.add_text("", tag=_COUNT)
            dpg.add_button(tag=_OPEN, small=True, callback=lambda: self._do(_OPENING[self._any_open]))
            dpg.add_button(tag=_FIT, label="Fit", small=True, callback=lambda: self._do("fit"))
        self._canvas.build()

    def frame(self) -> bool:
        size = self._canvas.size
        if min(size) < 2:
            return False
        moving = self.view.frame(size)
        self._show_bar()
        view = self.view
        if not view.ready:
            if view.picture is None or view.subject is None:
                self._say_nothing_there(size)
            return moving
        wanted = (view.picture, view.eye.camera, size, view.marks)
        if wanted != self._drawn:
            self._drawn = wanted
            shot = view.picture.shot(view.eye.camera, *size, view.marks)
            self._mouse.titles = shot.titles
            self._canvas.show(shot.drawing)
            self._tell(self._canvas.mouse)
        return moving

    def told(self) -> dict:
        """For tests and scripts: what is where on the canvas."""
        view = self.view
        if not view.ready:
            return {"graph": None}
        layout, subject = view.layouts.layout, view.subject
        groups = subject.groups
        places = view.eye.camera.boxes(layout.boxes[:TOLD_BOXES]).round().tolist()
        items = layout.items[:TOLD_BOXES].tolist()
        titles = [groups.group_of(item).title if groups.group_of(item) else subject.names[item] for item in items]
        marked = view.picture.item_of(view.marks.selected)
        return {
            "graph": subject.number,
            "busy": view.busy,
            "items": len(layout.items),
            "open": sorted(groups.groups[number].title for number in view.choice.wanted.opened),
            "places": dict(reversed(list(zip(titles, places, strict=True)))),
            "titles": {groups.groups[group].title: list(box) for box, group in reversed(self._mouse.titles)},
            "selected": marked,
            "camera": [view.eye.camera.zoom, view.eye.camera.left, view.eye.camera.top],
            "found": len(view.found.members),
            "colour": view.colouring,
            "note": view.marks.note,
        }

    def _say_nothing_there(self, size: tuple[int, int]) -> None:
        words = self.view.answers.failed or ("" if self.view.busy else no_graph(self._session.opened))
        wanted = (words, size, self._session.theme, self._session.scale)
        if wanted != self._drawn:
            self._drawn = wanted
            self._mouse.titles = ()
            self._canvas.show(notice_picture(words, size, *wanted[2:]).drawing)

    def _show_bar(self) -> None:
        view = self.view
        place = view.found.place
        scale = self._session.scale
        width = self._canvas.size[0] / scale
        roomy = width >= WITH_OPEN, width >= WITH_FIT, width >= WITH_TIMES
        wanted = (view.colouring, view.answers.times_of_run, place, scale, roomy, self._any_open)
        if wanted == self._bar:
            return
        self._bar = wanted
        dpg.set_value(_COLOUR, COLOURINGS[view.colouring])
        dpg.set_value(
            _TIMES, next(name for name, of_run in _TIME_CHOICES.items() if of_run == view.answers.times_of_run)
        )
        dpg.set_value(_COUNT, place)
        dpg.configure_item(_OPEN, label="Close all" if self._any_open else "Open all")
        for item, width in ((_COLOUR, 116), (_TIMES, 120), (_SEARCH, 84)):
            dpg.configure_item(item, width=round(width * scale))
        for item, shown in (
            (_PREVIOUS, bool(place)),
            (_NEXT, bool(place)),
            (_OPEN, roomy[0]),
            (_FIT, roomy[1]),
            (_TIMES, roomy[2]),
        ):
            dpg.configure_item(item, show=shown)

    @property
    def _any_open(self) -> bool:
        return self.view.choice.wanted is not None and bool(self.view.choice.wanted.opened)

    def _step(self, _, __, line: str) -> None:
        self._do(line)

    def _on_mouse(self, mouse: Mouse) -> None:
        self._mouse.on(mouse)
        if mouse.what in ("leave", "drag", "wheel"):
            self._canvas.tooltip(None)
        elif mouse.what == "move":
            self._tell((mouse.x, mouse.y))

    def _tell(self, place: tuple[float, float] | None) -> None:
        """Of what is under the mouse, which may be another thing than before although the mouse stayed."""
        if self.view.ready:
            found = self._mouse.under(*place) if place else None
            if found and found.what == "frame" and self._mouse.title_at(*place) is None:
                found = None  # the ground between the boxes: a card would only be in the way
            self._canvas.tooltip(tip(self.view.subject, self.view.times, found) if found else None)

    def _search(self, text: str) -> None:
        dpg.set_value(_SEARCH, text)
        self.view.search(text)

    def _times(self, chosen: str) -> None:
        self._do(f"times {'run' if _TIME_CHOICES[chosen] else 'range'}")

    def _do(self, line: str) -> None:
        try:
            self._session.actions.do(f"graph {line}")
        except CannotDo as reason:
            text = str(reason)
            self._session.message = text[0].upper() + text[1:]


def _key(chosen: str) -> str:
    return next(key for key, name in COLOURINGS.items() if name == chosen)
