"""What one picture of the timeline depends on, and what its lanes have in common."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np

from ggmlviz.analysis.find_ops import Found
from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.scene.drawing import Shape
from ggmlviz.scene.palette import Theme
from ggmlviz.scene.selection import NOTHING, Selection
from ggmlviz.scene.time_scale import TimeScale

HEADER, RULER, MINIMAP, GAP = 112, 26, 34, 3  # pixels before scaling
TEXT = 12.5
# Things in a lane; more are drawn as what they share of each column of pixels, which looks the same and takes the
# window no longer than so many boxes. Wide ones have a box of their own among any number.
MOST_BOXES = 300


@dataclass(frozen=True)
class Note:
    time: int  # ns
    text: str


@dataclass(frozen=True)
class Look:
    """Compared with == to know whether anything has to be drawn anew."""

    width: int
    height: int
    theme: Theme
    view: TimeRange
    whole: TimeRange
    scale: float = 1.0
    selection: Selection = NOTHING
    area: TimeRange | None = None
    nest: bool = False
    splits: bool = False  # also where they tell nothing: one backend, one split in each run
    filter: str = ""  # of lanes, by title
    pinned: tuple[str, ...] = ()  # keys of lanes
    scroll: float = 0.0  # pixels by which the lanes that are not pinned were moved up
    found: Found | None = None
    lit: Found | None = None  # of these the ones in the bin that was clicked
    measured: tuple[int, int] | None = None
    notes: tuple[Note, ...] = ()
    loaded: bool = True  # ops and threads too


class Frame:
    """A look with its scale of time."""

    def __init__(self, look: Look):
        self.look, self.theme, self.ui = look, look.theme, look.scale
        self.left = round(HEADER * look.scale)
        self.columns = max(1, look.width - self.left)
        self.time = TimeScale(look.view, self.left, self.columns)
        self.text = TEXT * look.scale
        self.shares: dict[int, np.ndarray] = {}  # of families in each column, by lane of ops: found once a frame
        self.dominant: np.ndarray | None = None  # the family that has most of each column, of all lanes together

    @cached_property
    def edges(self) -> np.ndarray:
        """The moments between which the columns of pixels lie."""
        steps = np.arange(self.columns + 1) * self.time.ns_per_pixel
        return self.look.view.begin + np.rint(steps).astype(np.int64)

    def inside(self, times: np.ndarray) -> np.ndarray:
        """Pixels, clipped to the lanes."""
        return np.minimum(np.maximum(self.time.x(times), self.left), self.left + self.columns)


@dataclass(frozen=True)
class Hit:
    """What is under the mouse."""

    # run, op, unfinished (either), work, wait, layer, block, split, transfer, counter, loss, note, ruler, minimap,
    # header, beside
    kind: str
    lane: str = ""  # its key
    text: str = ""  # what the card says
    span: TimeRange | None = None
    run: int | None = None
    execution: int | None = None
    process: Path | None = None  # the recording of the other program whose lanes these are


class Lane(Protocol):
    key: str
    title: str
    about: str  # more to say of it below its title; may be empty
    height: float  # before scaling

    def draw(self, frame: Frame, top: float, bottom: float) -> list[Shape]: ...

    def at(self, frame: Frame, x: float, part: float) -> Hit | None:
        """`part`: how far down in the lane, from 0 to 1."""
