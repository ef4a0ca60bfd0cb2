"""The texts on the strips of the heatmap: what each is, and the names of cells that are wide enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ggmlviz.scene.drawing import Shape
from ggmlviz.scene.heatmap.band import Band
from ggmlviz.scene.heatmap.frame import LABELS, MARGIN
from ggmlviz.scene.heatmap.names import Names
from ggmlviz.scene.heatmap.options import HeatmapOptions
from ggmlviz.scene.heatmap.strips import Kind
from ggmlviz.scene.lettering import text_width
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import Theme, ink_on
from ggmlviz.scene.sketch import Sketch
from ggmlviz.scene.units import amount

if TYPE_CHECKING:
    from ggmlviz.scene.heatmap.scene import HeatmapPicture

SMALL, TINY = 12.0, 11.0
TITLES = {"disk": "DISK", "buffer": "BUFFERS"}
LAYER = "layer "
NAMED_FROM = 20.0  # pixels of width


def strip_labels(
    bands: list[Band],
    picture: HeatmapPicture,
    opened: Opened,
    names: Names,
    options: HeatmapOptions,
    width: float,
    theme: Theme,
    scale: float,
) -> list[Shape]:
    sketch = Sketch(width, 0, theme, scale)
    for track, y in picture.frame.titles.items():
        of_track = [band for band in picture.bands if band.strip.track == track]
        _title(sketch, track, of_track, y, opened, options)
    before = -1e9
    for band in bands:
        if not options.full:
            if picture.frame.labels:
                _labels_above(sketch, band)
        elif (middle := (band.top + band.bottom) / 2) - before >= TINY * scale:
            before = middle
            _label_beside(sketch, band, middle, width)
        _cell_names(sketch, band, names, theme)
    return list(sketch.picture().drawing.shapes)


def _title(sketch: Sketch, track: str, bands: list[Band], y: float, opened: Opened, options: HeatmapOptions) -> None:
    scale = sketch.scale
    sketch.text(MARGIN * scale, y, TITLES[track], size=SMALL, bold=True)
    if options.full:
        whole = sum(band.strip.size for band in bands)
        model = opened.places.model_map
        what = ", ".join(file.path.rpartition("/")[2] for file in model.files) if track == "disk" else ""
        texts = filter(None, [what, amount(whole), "each row as wide as all there is in it"])
        sketch.fitted(LABELS * scale, y, " · ".join(texts), sketch.width - 190 * scale, sketch.theme.faint, SMALL)


def _label_beside(sketch: Sketch, band: Band, y: float, width: float) -> None:
    scale, strip = sketch.scale, band.strip
    size = min(SMALL, (band.bottom - band.top + 4 * scale) / scale)
    size = max(size, 9.0)
    sketch.fitted((LABELS - MARGIN) * scale, y, strip.label, (LABELS - 12) * scale, sketch.theme.text, size, "right")
    sketch.text(width - MARGIN * scale, y, amount(strip.size), sketch.theme.faint, size, "right")


def _labels_above(sketch: Sketch, band: Band) -> None:
    """Of a buffer its role and size; of a file its parts where there is room, and in between none."""
    scale, strip, y = sketch.scale, band.strip, band.top - 7 * sketch.scale
    edges = band.layout.edges
    if strip.section is None or len(strip.section_labels) < 2:
        room = edges[-1] - edges[0]
        text = f"{strip.label} {amount(strip.size)}"
        if text_width(text, TINY * scale) > room:
            text = strip.label
        sketch.fitted(edges[0], y, text, room, sketch.theme.faint, TINY)
        return
    spans = [band.groups_of(np.flatnonzero(strip.section == number)) for number in range(len(strip.section_labels))]
    rooms = [edges[groups[-1] + 1] - edges[groups[0]] - 4 * scale for groups in spans]
    long = all(
        text_width(text, TINY * scale) <= room
        for text, room in zip(strip.section_labels, rooms, strict=True)
        if text.startswith(LAYER)
    )
    free = edges[0]
    for text, groups, room in zip(strip.section_labels, spans, rooms, strict=True):
        left = edges[groups[0]]
        sketch.line(left, band.top - 3 * scale, left, band.top - 1, sketch.theme.faint)
        words = text if long else text.replace(LAYER, "L")
        wide = text_width(words, TINY * scale)
        if left >= free and (wide <= room or (wide <= edges[-1] - free and groups is spans[-1])):
            left = min(left, edges[-1] - wide - scale)
            sketch.text(left + 1, y, words, sketch.theme.faint, TINY)
            free = left + wide + 6 * scale


def _cell_names(sketch: Sketch, band: Band, names: Names, theme: Theme) -> None:
    scale, strip = sketch.scale, band.strip
    if band.bottom - band.top < 13 * scale:
        return
    boxes, fills = band.fills(theme)
    inks = ink_on(fills)
    middle = (band.top + band.bottom) / 2
    wide = np.flatnonzero(boxes[:, 2] - boxes[:, 0] >= NAMED_FROM * scale)
    crowded = set(band.crowded().tolist())
    for group in wide.tolist():
        if group in crowded or band.kinds[group] == Kind.GAP:
            continue
        left, _, right, _ = boxes[group].tolist()
        if group not in band.names:
            members = band.layout.members(group)
            tensors = np.flatnonzero(strip.cells["kind"][members] == band.kinds[group])
            room = right - left - 5 * scale
            band.names[group] = names.fitting(strip, members.start + int(tensors[0]), room, TINY * scale)
        ink = theme.faint if band.kinds[group] == Kind.FREE else tuple(inks[group].tolist())
        sketch.text((left + right) / 2, middle, band.names[group], ink, TINY, "centre")
