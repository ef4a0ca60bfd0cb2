"""What the mouse does in the timeline: pick an area, pan, measure, select, and move the window of the minimap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.app.panel import Mouse
from ggmlviz.app.timeline.moves import Moves
from ggmlviz.app.timeline.state import TimelineState
from ggmlviz.scene.selection import NOTHING, carried, of_execution, of_run
from ggmlviz.scene.time_scale import inside, panned
from ggmlviz.scene.timeline.frame import Hit
from ggmlviz.scene.timeline.scene import TimelineScene

STILL = 4.0  # pixels that the mouse may move in a click
NOTCH = 48.0  # pixels that a notch scrolls the lanes


class TimelineMouse:
    """`scene`: what was drawn last. A plain drag over lanes picks an area; with Shift, the middle or the right button,
    or on the ruler it pans; with Alt it measures."""

    def __init__(self, state: TimelineState, moves: Moves, scene: Callable[[], TimelineScene | None], pin):
        self._state, self._moves, self._scene, self._pin = state, moves, scene, pin
        self._drag, self._view = "", TimeRange(0, 1)
        self._held: TimelineScene | None = None  # as it was when the button went down
        self._picked: TimeRange | None = None  # by the drag that is going on

    def __call__(self, mouse: Mouse) -> str | None:
        """What the card beside the mouse is to say."""
        scene = self._scene()
        if scene is None:
            return None
        if mouse.what == "press":
            self._press(mouse, scene)
        elif mouse.what == "drag" and self._drag:
            self._dragged(mouse, scene)
        elif mouse.what == "release":
            if self._drag and _still(mouse) and mouse.button == "left":
                self._click(mouse, scene)
            self._drag = ""
        elif mouse.what == "double" and mouse.button == "left":
            hit = scene.at(mouse.x, mouse.y)
            if hit and hit.span and hit.kind not in ("header", "note"):
                self._moves.to(hit.span)
        elif mouse.what == "wheel":
            self._wheel(mouse, scene)
        elif mouse.what == "move":
            return self._move(mouse, scene)
        return None

    def _move(self, mouse: Mouse, scene: TimelineScene) -> str | None:
        if self._state.measuring and self._state.measured:
            self._state.measured = (self._state.measured[0], scene.frame.time.time(mouse.x))
        hit = scene.at(mouse.x, mouse.y)
        return hit.text if hit and hit.text else None

    def _press(self, mouse: Mouse, scene: TimelineScene) -> None:
        self._held, self._view, self._picked = scene, scene.look.view, None
        if mouse.x < scene.frame.left:
            self._drag = "header"
        elif mouse.y >= scene.minimap_top:
            self._drag = "minimap"
            left, right = scene.lanes.minimap.window(scene.frame)
            if not left - 3 <= mouse.x <= right + 3:
                self._to_minimap(mouse.x, scene)
                self._view = self._state.session.focus.view
        elif mouse.button != "left" or "Shift" in mouse.keys or mouse.y < scene.ruler:
            self._drag = "pan"
        else:
            self._drag = "measure" if "Alt" in mouse.keys else "area"

    def _dragged(self, mouse: Mouse, scene: TimelineScene) -> None:
        session, scale = self._state.session, self._held.frame.time
        if _still(mouse) or self._drag == "header":
            return
        if self._drag == "pan":
            by = round((mouse.from_x - mouse.x) * scale.ns_per_pixel)
            self._moves.see(panned(self._view, by, session.reach), "drag")
        elif self._drag == "minimap":
            pixel = self._held.lanes.minimap.scale(self._held.frame).ns_per_pixel
            by = round((mouse.x - mouse.from_x) * pixel)
            self._moves.see(panned(self._view, by, session.reach), "drag")
        else:
            left, right = sorted((scale.time(mouse.from_x), scale.time(max(mouse.x, scene.frame.left))))
            if self._drag == "measure":
                self._state.measured, self._state.measuring = (left, right), False
            elif right > left:
                again = self._picked is not None and self._picked is session.focus.area
                session.go(replace(session.focus, area=TimeRange(left, right)), same_step=again)
                self._picked = session.focus.area

    def _click(self, mouse: Mouse, scene: TimelineScene) -> None:
        session, hit = self._state.session, scene.at(mouse.x, mouse.y)
        if self._drag == "minimap":
            return
        if self._state.measuring:
            self._state.measuring = False
            return
        if hit is not None and hit.kind == "header":
            self._pin(hit.lane)
        elif hit is not None and hit.kind == "beside":
            session.make_main(hit.process)
        elif hit is None or hit.kind in ("ruler", "counter", "loss", "split", "transfer", "unfinished"):
            focus = session.focus
            session.go(replace(focus, area=None, selection=focus.selection if focus.area else NOTHING))
        else:
            select(self._state, hit)

    def _wheel(self, mouse: Mouse, scene: TimelineScene) -> None:
        if mouse.x < scene.frame.left:
            scroll = self._state.scroll - mouse.wheel * NOTCH * scene.look.scale
            self._state.scroll = min(max(scroll, 0.0), scene.most_scroll)
        elif mouse.y >= scene.minimap_top:
            self._moves.zoom(mouse.wheel, (scene.look.view.begin + scene.look.view.end) // 2)
        elif "Shift" in mouse.keys:
            self._moves.pan(-mouse.wheel)
        else:
            self._moves.zoom(mouse.wheel, scene.frame.time.time(mouse.x))

    def _to_minimap(self, x: float, scene: TimelineScene) -> None:
        minimap, whole = scene.lanes.minimap, self._state.session.reach
        middle = minimap.time_at(scene.frame, x)
        self._moves.see(inside(minimap.moved_to(scene.frame, middle), whole), "minimap")


def select(state: TimelineState, hit: Hit) -> None:
    trace, session = state.opened.trace, state.session
    if hit.execution is not None:
        session.select(carried(of_execution(trace, hit.execution), trace, session.opened.trace))
    elif hit.run is not None:
        session.select(carried(of_run(trace, hit.run), trace, session.opened.trace))


def _still(mouse: Mouse) -> bool:
    return max(abs(mouse.x - mouse.from_x), abs(mouse.y - mouse.from_y)) <= STILL
