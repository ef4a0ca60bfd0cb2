"""The head of the heatmap: what is shown of which runs, and what the colours and marks mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ggmlviz.scene.drawing import Colour, Raster, Shape
from ggmlviz.scene.heatmap.band import untouched
from ggmlviz.scene.heatmap.frame import HEAD, MARGIN
from ggmlviz.scene.heatmap.intensity import MEASURES
from ggmlviz.scene.heatmap.options import HeatmapOptions
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import Theme, heat, mixed
from ggmlviz.scene.sketch import Sketch
from ggmlviz.scene.units import amount, counted

if TYPE_CHECKING:
    from ggmlviz.scene.heatmap.scene import HeatmapPicture

SMALL = 12.0


def head_shapes(
    picture: HeatmapPicture,
    opened: Opened,
    options: HeatmapOptions,
    width: float,
    theme: Theme,
    scale: float,
) -> list[Shape]:
    sketch = Sketch(width, 0, theme, scale)
    y = HEAD * scale / 2
    left, halves = _legend(sketch, picture, options, width, y)
    heading = MEASURES[options.measure]
    sketch.text(MARGIN * scale, y, heading[0].upper() + heading[1:], bold=True)
    after = MARGIN * scale + sketch.room_of(heading, bold=True) + 14 * scale
    left = _marks_of_legend(sketch, picture, options, (after, left), y)
    sketch.fitted(after, y, _about(picture, opened, options), left - after - 10 * scale, theme.faint, SMALL)
    return [*halves, *sketch.picture().drawing.shapes]


def piece_inks(theme: Theme) -> tuple[Colour, Colour]:
    """Of the lines below pieces of a file, by turns."""
    return theme.text, mixed(theme.faint, theme.panel, 0.35)


def _about(picture: HeatmapPicture, opened: Opened, options: HeatmapOptions) -> str:
    subject = picture.subject
    if options.glows:
        return "what is touched glows, and fades"
    if not len(opened.trace.runs):
        return "no graph was computed"
    if options.one_run and subject.run is not None:
        at = int(np.flatnonzero(opened.runs_by_time == subject.run)[0]) + 1
        text = f"run {at:,} of {len(opened.trace.runs):,}"
    else:
        text = f"{subject.runs:,} run{'s' * (subject.runs != 1)} in the range"
    missed = sum(int(done["not_modelled"].sum()) for done, band in zip(picture.done, picture.bands, strict=True))
    if options.measure == "bytes" and missed:
        text += f" · {missed:,} accesses not modelled"
    return text if opened.places.model_map else f"{text} · {no_disk(opened)}"


def no_disk(opened: Opened) -> str:
    """Why there is no track for the disk."""
    definitions = opened.trace.definitions
    if not len(definitions.files):
        return "no model file is known to the trace"
    path = definitions.strings[definitions.files["path"][0]].rpartition("/")[2]
    return f"{path} ({amount(float(definitions.files['size'][0]))}) has no table of tensors that could be shown"


def _legend(sketch: Sketch, picture: HeatmapPicture, options, width: float, y: float) -> tuple[float, list[Raster]]:
    """From right to left: the hot end, the scale with its middle, the cold end. Where it begins, and the scale itself,
    in two halves."""
    scale, theme = sketch.scale, sketch.theme
    cold, middle, hot = picture.scale.labels()
    right = width - MARGIN * scale
    sketch.text(right, y, hot, theme.text, SMALL, "right")
    right -= sketch.room_of(hot, SMALL) + 6 * scale
    halves, long = [], 45 * scale
    for part, words in ((1, middle), (0, cold)):
        pixels = np.repeat(heat(np.linspace(part / 2, (part + 1) / 2, 45))[None], 2, axis=0)
        halves.append(Raster((right - long, y - 5 * scale, right, y + 5 * scale), pixels))
        right -= long + 6 * scale
        sketch.text(right, y, words, theme.text, SMALL, "right")
        right -= sketch.room_of(words, SMALL) + 6 * scale
    return right - 8 * scale, halves


def _marks_of_legend(
    sketch: Sketch, picture: HeatmapPicture, options: HeatmapOptions, room: tuple[float, float], y: float
) -> float:
    """What the other marks mean, as far as there are any, and room from right to left. Where they begin."""
    theme, scale = sketch.theme, sketch.scale
    least, right = room
    entries = [("not touched", untouched(theme), "box")]
    if len(picture.subject.touched):
        entries += [("read", theme.text, "frame"), ("written", theme.found, "frame")]
    if picture.copied:
        entries.append(("read from a copy", theme.found, "line"))
    if any(len(band.crowded()) for band in picture.bands):
        entries.append(("several tensors", theme.text, "line"))
    if options.residency:
        entries.append(("in memory", theme.accent, "line"))
    if options.fragments:
        count = sum(one.pieces for one in options.fragments.values())
        entries.append((f"{counted(count, 'piece')} on the disk", piece_inks(theme)[0], "line"))
    for text, colour, shape in entries:
        if right - sketch.room_of(text, SMALL) - 26 * scale < least:
            break
        sketch.text(right, y, text, theme.faint, SMALL, "right")
        right -= sketch.room_of(text, SMALL) + 16 * scale
        box = (right, y - 5 * scale, right + 10 * scale, y + 5 * scale)
        if shape == "line":
            sketch.rectangle(box[0], y - scale, box[2], y + scale, colour)
        elif shape == "frame":
            sketch.rectangle(*box, (0, 0, 0, 0), colour)
        else:
            sketch.rectangle(*box, colour)
        right -= 10 * scale
    return right
