"""What every panel of the window is, and what the mouse tells it."""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol

from ggmlviz.app.actions import Action
from ggmlviz.app.session import Session


class Mouse(NamedTuple):
    """Something the mouse did on a canvas, in pixels of the canvas."""

    what: Literal["move", "press", "drag", "release", "double", "wheel", "leave"]
    x: float
    y: float
    button: Literal["left", "middle", "right", ""] = ""
    wheel: float = 0.0  # notches, away from the person is positive
    from_x: float = 0.0  # where the drag began
    from_y: float = 0.0
    keys: frozenset[str] = frozenset()  # of "Ctrl", "Shift", "Alt"


class Sight(NamedTuple):
    """How a person sees a panel, beside what all panels share."""

    options: object  # of its view, as its scene takes them; None for a view that has none
    size: tuple[int, int]  # pixels; zeros if it has not been looked at


class Panel(Protocol):
    name: str  # "timeline": what actions call it
    title: str  # "Timeline": what its tab says

    def __init__(self, session: Session): ...

    def actions(self) -> list[Action]:
        """Collected once, before the window is built."""

    @property
    def sight(self) -> Sight:
        """Of the frame that was drawn last: whoever exports the view draws the same."""

    def build(self) -> None:
        """Makes its items, inside the window that was made for it."""

    def frame(self) -> bool:
        """Called for every frame while it is in sight. Compares what it drew with what is to be drawn, and does
        nothing if they are the same. True: something is still moving, and the next frame should come soon."""
