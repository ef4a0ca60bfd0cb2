"""The shapes of the heatmap: strips with their labels, what is outlined, legend, and the runs to scrub through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ggmlviz.scene.drawing import Colour, Drawing, Lines, Rectangles, Shape, colours
from ggmlviz.scene.focus import Focus
from ggmlviz.scene.heatmap.band import Band
from ggmlviz.scene.heatmap.head import head_shapes, piece_inks
from ggmlviz.scene.heatmap.labels import strip_labels
from ggmlviz.scene.heatmap.memory_chart import chart_shapes
from ggmlviz.scene.heatmap.names import Names
from ggmlviz.scene.heatmap.options import HeatmapOptions
from ggmlviz.scene.heatmap.run_ruler import ruler_shapes
from ggmlviz.scene.notice import notice_picture
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import Theme

if TYPE_CHECKING:
    from ggmlviz.scene.heatmap.scene import HeatmapPicture


def painted(
    picture: HeatmapPicture,
    opened: Opened,
    focus: Focus,
    options: HeatmapOptions,
    size: tuple[int, int],
    theme: Theme,
    scale: float,
) -> Drawing:
    width, height = size
    low, high = picture.frame.rows
    seen = [band for band in picture.bands if band.bottom > low and band.top < high]
    names = Names(opened.trace, opened.accesses)
    shapes: list[Shape] = []
    if seen:
        parts = [band.fills(theme) for band in seen]
        shapes.append(Rectangles(*(np.concatenate(part) for part in zip(*parts, strict=True))))
        shapes += _marks(seen, picture, theme, scale)
        shapes += _residency(seen, options, theme, scale)
        shapes += _pieces(seen, options, theme, scale)
        shapes += _outlines(opened, focus, seen, picture, theme)
        shapes += strip_labels(seen, picture, opened, names, options, width, theme, scale)
    if not picture.bands:
        words = "The trace tells of no memory: no buffer, and no model file whose parts are known."
        shapes += notice_picture(words, (width, picture.frame.rows[1]), theme, scale).drawing.shapes
    shapes += _covers(picture, width, theme)
    if picture.frame.head:
        shapes += head_shapes(picture, opened, options, width, theme, scale)
    if picture.frame.chart:
        shapes += chart_shapes(opened, picture.times, *picture.frame.chart, options.moment, theme, scale)
    if picture.frame.ruler[1] - picture.frame.ruler[0] > 1:
        shapes += ruler_shapes(opened, picture.times, *picture.frame.ruler, focus.selection.run, theme, scale)
    return Drawing(width, height, theme.panel, tuple(shapes))


def _marks(bands: list[Band], picture: HeatmapPicture, theme: Theme, scale: float) -> list[Shape]:
    """Below cells that stand for several tensors, and below those of a file that nodes read from a copy."""
    boxes, fills = [], []
    for band in bands:
        crowded = band.boxes[band.crowded()]
        copied = band.boxes[band.groups_of(_copied(band, picture))]
        for chosen, colour, high in ((crowded, theme.text, 2.0), (copied, theme.found, 2.0)):
            marks = chosen.copy()
            marks[:, 1] = marks[:, 3] - high * scale
            marks[:, 2] -= 1
            boxes.append(marks)
            fills.append(colours(colour, len(marks)))
    return [Rectangles(np.concatenate(boxes), np.concatenate(fills))]


def _copied(band: Band, picture: HeatmapPicture) -> np.ndarray:
    """Cells of a file whose tensor is read from a buffer that does not map it."""
    if band.strip.track != "disk":
        return np.empty(0, np.int64)
    return np.unique(band.strip.cell_of_place[picture.copies[band.strip.place]])


def _residency(bands: list[Band], options: HeatmapOptions, theme: Theme, scale: float) -> list[Shape]:
    """A line above what is in memory."""
    boxes = [np.empty((0, 4), np.float32)]
    for band in bands:
        if band.strip.track == "disk" and band.strip.owner in options.residency:
            lines = band.resident_lines(options.residency[band.strip.owner])
            tops = np.full(len(lines), band.top - scale)
            boxes.append(np.column_stack([lines[:, 0], tops, lines[:, 1], tops + 2 * scale]).astype(np.float32))
    joined = np.concatenate(boxes)
    return [Rectangles(joined, colours(theme.accent, len(joined)))] if options.residency else []


def _pieces(bands: list[Band], options: HeatmapOptions, theme: Theme, scale: float) -> list[Shape]:
    """A line below what lies on the disk in one piece, dark and light by turns; below a hole there is none."""
    boxes, fills = [np.empty((0, 4), np.float32)], [np.empty((0, 4), np.uint8)]
    inks = np.array(piece_inks(theme), np.uint8)
    high = (1 if options.full else 2) * scale
    for band in bands:
        if band.strip.track == "disk" and band.strip.owner in options.fragments:
            lines, pieces = band.piece_lines(options.fragments[band.strip.owner])
            tops = np.full(len(lines), band.bottom + (0 if options.full else scale))
            boxes.append(np.column_stack([lines[:, 0], tops, lines[:, 1], tops + high]).astype(np.float32))
            fills.append(inks[pieces % 2])
    return [Rectangles(np.concatenate(boxes), np.concatenate(fills))] if options.fragments else []


def _outlines(opened: Opened, focus: Focus, bands: list[Band], picture: HeatmapPicture, theme: Theme) -> list[Shape]:
    """What the selected node reads and writes, and what is selected itself."""
    touched = picture.subject.touched
    shapes = []
    for places, colour, outside in (
        (_selected_places(opened, focus), theme.accent, 1.0),  # around the others: an op's result is both
        (touched["place"][touched["reads"]], theme.text, 0.0),
        (touched["place"][touched["writes"]], theme.found, 0.0),
    ):
        if len(places):
            shapes += _framed(bands, places, colour, outside)
    return shapes


def _selected_places(opened: Opened, focus: Focus) -> np.ndarray:
    """With those of copies of the same tensor of the model."""
    tensor = focus.selection.tensor
    if tensor is None:
        return np.empty(0, np.int64)
    places = opened.places
    own = int(places.of_tensor[tensor])
    graph, member = focus.selection.graph, focus.selection.member
    if graph is not None and member is not None and graph >= 0:
        own = int(places.of_graph(graph)[member])
    source = int(places.table["source"][own]) if own >= 0 else -1
    return np.flatnonzero(places.table["source"] == source) if source >= 0 else np.array([own])


def _framed(bands: list[Band], places: np.ndarray, colour: Colour, outside: float) -> list[Shape]:
    """Two pixels around each, or one where it is narrow."""
    boxes = [band.boxes[band.groups_of(cells)] for band in bands if len(cells := band.strip.cells_of(places))]
    if not boxes:
        return []
    inward = np.array([1, 1, -1, -1], np.float32)
    joined = np.concatenate(boxes) - outside * inward
    both = np.concatenate([joined, (joined + inward)[joined[:, 2] - joined[:, 0] > 4]])
    return [Rectangles(both, colours((0, 0, 0, 0), len(both)), colours(colour, len(both)))]


def _covers(picture: HeatmapPicture, width: float, theme: Theme) -> list[Shape]:
    """Above and below the rows, over what was scrolled out of them."""
    if not picture.frame.overflow:
        return []
    low, high = picture.frame.rows
    end = picture.frame.ruler[1] + 100
    boxes = np.array([[0, 0, width, low], [0, high, width, end]], np.float32)
    line = Lines(np.array([[0, high, width, high]], np.float32), colours(theme.line, 1))
    return [Rectangles(boxes, colours(theme.panel, 2)), line]
