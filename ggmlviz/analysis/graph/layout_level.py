"""What one level of a graph is made of, before and after its items have places."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

IN, OUT = -1, -2  # ends of lines that come into a level from above it, or leave it


class Extent(NamedTuple):
    """How far an item reaches from its anchor, the middle of its box."""

    left: float
    right: float
    height: float  # with what lies beside it
    box: float  # height of the box alone; it is in the middle


class Net(NamedTuple):
    """One result and who of the level reads it."""

    source: int  # position of the item, or IN
    wire: int  # number of the result, among those of the level
    source_dx: float  # where the line begins, from the item's anchor
    targets: tuple[tuple[int, float, int], ...]  # position of the item or OUT, dx, how many edges that stands for


class Level(NamedTuple):
    """Items come after what they read. Levels that are equal look the same, and are laid out once."""

    extents: tuple[Extent, ...]
    nets: tuple[Net, ...]


class PlacedLevel(NamedTuple):
    x: np.ndarray  # anchors, float32 by item
    y: np.ndarray  # middle of each item
    lines: np.ndarray  # float32 [n, 4]: x and y of both ends
    line_net: np.ndarray  # which net each is of
    line_target: np.ndarray  # the item it comes to; -1: it goes on
    tips: np.ndarray  # float32 [n, 2]: where lines end in an item
    tip_net: np.ndarray
    tip_target: np.ndarray  # the item
    tip_count: np.ndarray  # how many edges it stands for
    ports_in: dict[int, float]  # x by wire
    ports_out: dict[int, float]
    width: float
    height: float
