"""Memory that glows where it was touched just now, and fades: the colours of a heatmap while its program runs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ggmlviz.analysis.memory.tensor_accesses import NEVER
from ggmlviz.scene.focus import Focus
from ggmlviz.scene.heatmap.band import Band
from ggmlviz.scene.heatmap.intensity import COLD, Scale, glow_scale
from ggmlviz.scene.heatmap.options import HeatmapOptions
from ggmlviz.scene.heatmap.paint import painted
from ggmlviz.scene.heatmap.scene import HeatmapPicture
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import Theme


def glowing(
    picture: HeatmapPicture,
    last: np.ndarray,
    now: int,
    opened: Opened,
    focus: Focus,
    options: HeatmapOptions,
    theme: Theme,
    scale: float = 1.0,
) -> HeatmapPicture:
    """The same picture in other colours. `last`: by place, when it was touched last; NEVER."""
    heat = glow_scale(now)
    bands = [replace(band, heat=_heat(band, last, heat)) for band in picture.bands]
    picture = replace(picture, bands=bands, scale=heat)
    size = picture.drawing.width, picture.drawing.height
    return replace(picture, drawing=painted(picture, opened, focus, options, size, theme, scale))


def _heat(band: Band, last: np.ndarray, scale: Scale) -> np.ndarray:
    strip = band.strip
    touched = np.full(len(strip.cells), NEVER, np.int64)
    np.maximum.at(touched, strip.cell_of_place, last[strip.place])
    return np.where(touched == NEVER, COLD, scale.of_ages(scale.now - touched))
