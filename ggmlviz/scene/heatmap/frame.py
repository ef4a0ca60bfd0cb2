"""Where the strips of the heatmap lie: side by side in the compact view, each in a row of its own in the full one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ggmlviz.scene.heatmap.layout import widths_of
from ggmlviz.scene.heatmap.strips import Strip

HEAD, TITLE, LABEL, RULER, CHART = 22.0, 17.0, 14.0, 18.0, 120.0
WITH_RULER, WITH_HEAD = 90.0, 108.0  # heights of the compact view
WITH_LABELS = 30.0  # of a track in it
LABELS, LABELS_COMPACT, SIZES, MARGIN = 104.0, 74.0, 84.0, 8.0
LOWEST, HIGHEST, OF_BUFFER = 7.0, 52.0, 26.0  # rows of the full view
NARROWEST = 70.0  # a strip beside others in the compact view


class Placed(NamedTuple):
    strip: Strip
    box: tuple[float, float, float, float]


class Frame(NamedTuple):
    """In pixels. What does not fit in the full view is scrolled."""

    placed: list[Placed]
    titles: dict[str, float]  # by track, where its title is in the middle
    head: float  # its height; 0: there is none
    ruler: tuple[float, float]  # top and bottom; it is left out where it is lower than a pixel
    chart: tuple[float, float] | None
    rows: tuple[float, float]  # where rows can be seen
    overflow: float  # pixels of rows that are out of sight
    labels: float  # height of what is written above each strip; 0: there is none


def compact_frame(disk: list[Strip], buffers: list[Strip], width: float, height: float, scale: float) -> Frame:
    """The labels of each track are above it. Where it is low, head and runs are left out, and where it is very low
    the labels, too."""
    margin = MARGIN * scale
    head = HEAD * scale if height >= WITH_HEAD * scale else 0.0
    ruler = RULER * scale if height >= WITH_RULER * scale else 0.0
    tracks = [track for track in (disk, buffers) if track]
    each = (height - head - ruler) / max(1, len(tracks))
    title = LABEL * scale if each >= WITH_LABELS * scale else 0.0
    placed, titles, top = [], {}, head
    for track in tracks:
        bottom = top + each - 4 * scale
        titles[track[0].track] = top + title / 2 if title else (top + bottom) / 2
        left = LABELS_COMPACT * scale
        for strip, room in zip(track, _side_by_side(track, width - left - margin, scale), strict=True):
            placed.append(Placed(strip, (left, top + title, left + room - 4 * scale, bottom)))
            left += room
        top += each
    return Frame(placed, titles, head, (height - ruler, height - 2 * scale), None, (head, height - ruler), 0.0, title)


def _side_by_side(strips: list[Strip], width: float, scale: float) -> np.ndarray:
    sizes = np.array([strip.size for strip in strips], np.float64)
    return widths_of(sizes, np.full(len(sizes), min(NARROWEST * scale, width / len(sizes))), width)


def full_frame(
    disk: list[Strip], buffers: list[Strip], width: float, height: float, scale: float, scroll: float
) -> Frame:
    head, title, ruler, margin = (part * scale for part in (HEAD, TITLE, RULER, MARGIN))
    chart = min(CHART * scale, height * 0.2)
    titled = title * ((len(disk) > 0) + (len(buffers) > 0)) + 8 * scale
    room = height - ruler - chart - margin - head - titled
    of_buffer = min(OF_BUFFER * scale, room * 0.45 / max(1, len(buffers)))
    of_buffer = max(of_buffer, 2 * LOWEST * scale)
    of_layer = (room - of_buffer * len(buffers)) / max(1, len(disk))
    if of_layer > HIGHEST * scale or not disk:  # few rows: they share what is left, and the chart gets the rest
        of_buffer = min((room - HIGHEST * scale * len(disk)) / max(1, len(buffers)), HIGHEST * scale)
    of_layer = min(max(of_layer, LOWEST * scale), HIGHEST * scale)
    chart += max(0.0, room - of_layer * len(disk) - of_buffer * len(buffers))
    bottom = height - ruler - chart - margin
    left, right = LABELS * scale, width - SIZES * scale
    placed, titles, top = [], {}, head - scroll
    for track, row in ((disk, of_layer), (buffers, of_buffer)):
        if not track:
            continue
        titles[track[0].track] = top + title / 2
        top += title
        for strip in track:
            apart = 2 * scale if row >= 10 * scale else scale
            placed.append(Placed(strip, (left, top, right, top + row - apart)))
            top += row
        top += 4 * scale
    overflow = max(0.0, round(top + scroll - bottom))
    lines = (height - ruler - chart, height - ruler - 4 * scale)
    return Frame(placed, titles, head, (height - ruler, height - 2 * scale), lines, (head, bottom), overflow, 0.0)
