"""Tells canvases what the mouse does. A canvas on which a button was pressed has the mouse until it is released."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import dearpygui.dearpygui as dpg

from ggmlviz.app.panel import Mouse
from ggmlviz.app.toolkit.double_click import DoubleClick, Press
from ggmlviz.app.toolkit.tooltip import TOOLTIP

if TYPE_CHECKING:
    from ggmlviz.app.toolkit.canvas import Canvas

BUTTONS = {dpg.mvMouseButton_Left: "left", dpg.mvMouseButton_Right: "right", dpg.mvMouseButton_Middle: "middle"}
MODIFIERS = {
    dpg.mvKey_LControl: "Ctrl",
    dpg.mvKey_RControl: "Ctrl",
    dpg.mvKey_LShift: "Shift",
    dpg.mvKey_RShift: "Shift",
    dpg.mvKey_LAlt: "Alt",
    dpg.mvKey_RAlt: "Alt",
}


def held_keys() -> frozenset[str]:
    return frozenset(name for key, name in MODIFIERS.items() if dpg.is_key_down(key))


class Pointer:
    def __init__(self) -> None:
        self.canvases: list[Canvas] = []
        self._over: Canvas | None = None
        self._held: Canvas | None = None
        self._button = ""
        self._from = (0.0, 0.0)
        self._clicks = DoubleClick()

    def watch(self, canvas: Canvas) -> None:
        self.canvases.append(canvas)

    def build(self) -> None:
        self.canvases.clear()
        self._over = self._held = None
        with dpg.handler_registry():
            dpg.add_mouse_move_handler(callback=self._moved)
            dpg.add_mouse_click_handler(callback=self._pressed)
            dpg.add_mouse_release_handler(callback=self._released)
            dpg.add_mouse_wheel_handler(callback=self._turned)

    def _under(self) -> Canvas | None:
        return next((canvas for canvas in self.canvases if canvas.in_sight and canvas.hovered), None)

    def _tell(self, canvas: Canvas | None, what: str, button: str = "", wheel: float = 0.0) -> None:
        if canvas:
            x, y = canvas.local(dpg.get_mouse_pos(local=False))
            canvas.on_mouse(Mouse(what, x, y, button, wheel, *self._from, held_keys()))

    def _moved(self, *_) -> None:
        if self._held:
            self._tell(self._held, "drag", self._button)
            return
        self._enter(self._under())
        self._tell(self._over, "move")

    def frame(self) -> None:
        """What is under the mouse changes without it, too: another tab is in front, a list has opened above."""
        if not self._held and (under := self._under()) is not self._over:
            self._enter(under)
            self._tell(under, "move")

    def _enter(self, canvas: Canvas | None) -> None:
        if self._over is not canvas:
            if self._over:
                TOOLTIP.hide(self._over)
            self._tell(self._over, "leave")
            self._over = canvas

    def _pressed(self, _, button: int) -> bool:
        """False where it is nothing new: the toolkit tells of a button in every frame in which it is held."""
        if self._held:
            return False
        canvas = self._under()
        if canvas:
            self._enter(canvas)
            self._held, self._button = canvas, BUTTONS.get(button, "")
            self._from = canvas.local(dpg.get_mouse_pos(local=False))
            self._tell(canvas, "press", self._button)
            press = Press(canvas, self._button, self._from, dpg.get_frame_count(), time.monotonic())
            if self._clicks.ended_by(press):
                self._tell(canvas, "double", self._button)
        return True

    def _released(self, _, button: int) -> None:
        if self._held and BUTTONS.get(button, "") == self._button:
            held, self._held = self._held, None
            self._tell(held, "release", self._button)
            self._button, self._from = "", (0.0, 0.0)

    def _turned(self, _, notches: float) -> None:
        self._tell(self._under(), "wheel", wheel=notches)


POINTER = Pointer()
