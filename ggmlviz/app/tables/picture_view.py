"""A picture on a canvas: made anew when what it is of has changed, with tooltips, clicks and a scroll by the wheel."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from ggmlviz.app.panel import Mouse
from ggmlviz.app.session import Session
from ggmlviz.app.toolkit.canvas import Canvas
from ggmlviz.scene.sketch import Picture, Spot

NOTCH = 60.0  # pixels that a notch of the wheel scrolls
STILL = 4.0  # pixels that the mouse may move in a click


class PictureView:
    """`draw` makes the picture for a size and a scroll in pixels; `about` is what it depends on beside these.
    `height` is fixed, before scaling; without one it takes all the room there is."""

    def __init__(
        self,
        session: Session,
        draw: Callable[[tuple[int, int], float], Picture],
        about: Callable[[], Hashable],
        click: Callable[[Spot, Mouse], None] = lambda spot, mouse: None,
        height: int = -1,
    ):
        self._session, self._draw, self._about, self._click = session, draw, about, click
        self.canvas = Canvas(session, self._mouse, height)
        self._height, self._scale = height, 1.0  # before scaling, and by what it was scaled
        self.picture: Picture | None = None
        self._drawn: tuple = ()
        self._scroll = 0.0
        self._pointed: tuple[float, float] | None = None  # where the mouse is

    def build(self) -> None:
        self.canvas.build()

    @property
    def scroll(self) -> float:
        """Before scaling."""
        return self._scroll / self._session.scale

    def to_top(self) -> None:
        self._scroll = 0.0

    def frame(self) -> None:
        if self._height > 0 and self._scale != self._session.scale:
            self._scale = self._session.scale
            self.canvas.place(height=round(self._height * self._scale))
        size = self.canvas.size
        if min(size) < 2:
            return
        wanted = (size, self._session.theme, self._session.scale, self._scroll, self._about())
        if wanted == self._drawn:
            return
        self.picture = self._draw(size, self._scroll)
        most = max(0.0, self.picture.height - size[1])
        if self._scroll > most:  # it has become shorter
            self._scroll = most
            self.picture = self._draw(size, self._scroll)
        self._drawn = (*wanted[:3], self._scroll, wanted[4])
        self.canvas.show(self.picture.drawing)
        if self._pointed:
            self._tell(*self._pointed)

    def _mouse(self, mouse: Mouse) -> None:
        if self.picture is None:
            return
        if mouse.what == "leave":
            self._pointed = None
            self.canvas.tooltip(None)
        elif mouse.what == "wheel":
            most = max(0.0, self.picture.height - self.picture.drawing.height)
            self._scroll = min(max(self._scroll - mouse.wheel * NOTCH * self._session.scale, 0.0), most)
        elif mouse.what == "move":
            self._pointed = mouse.x, mouse.y
            self._tell(mouse.x, mouse.y)
        elif mouse.what == "release" and max(abs(mouse.x - mouse.from_x), abs(mouse.y - mouse.from_y)) <= STILL:
            spot = self.picture.at(mouse.x, mouse.y)
            if spot is not None:
                self._click(spot, mouse)

    def _tell(self, x: float, y: float) -> None:
        spot = self.picture.at(x, y)
        self.canvas.tooltip(spot.tip or None if spot else None)
