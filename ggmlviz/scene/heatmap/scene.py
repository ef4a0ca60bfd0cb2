"""The memory of a trace as a picture: model files above, buffers below, each tensor as hot as it was used."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from ggmlviz.scene.drawing import Drawing
from ggmlviz.scene.focus import Focus
from ggmlviz.scene.heatmap.band import Band
from ggmlviz.scene.heatmap.frame import LABELS, LABELS_COMPACT, MARGIN, SIZES, Frame, compact_frame, full_frame
from ggmlviz.scene.heatmap.intensity import Scale, glow_scale, scale_of
from ggmlviz.scene.heatmap.options import HeatmapOptions
from ggmlviz.scene.heatmap.paint import painted
from ggmlviz.scene.heatmap.strips import Strip
from ggmlviz.scene.heatmap.subject import Subject
from ggmlviz.scene.opened import Opened
from ggmlviz.scene.palette import Theme
from ggmlviz.scene.time_scale import TimeScale


class Hit(NamedTuple):
    band: int
    group: int
    cell: int  # of the group the one that the lens shows under the mouse


@dataclass(frozen=True, eq=False)
class HeatmapPicture:
    drawing: Drawing
    bands: list[Band]
    done: list[np.ndarray]  # ACCESS of the cells of each band
    frame: Frame
    scale: Scale
    subject: Subject
    times: TimeScale  # of ruler and chart
    copies: np.ndarray  # bool, by place: nodes read it in place of the tensor of the model that it was made from

    @property
    def copied(self) -> bool:
        """Whether any tensor of the disk is read from a copy."""
        return any(band.strip.track == "disk" and self.copies[band.strip.place].any() for band in self.bands)

    def at(self, x: float, y: float) -> Hit | None:
        low, high = self.frame.rows
        for number, band in enumerate(self.bands if low <= y < high else []):
            if band.top <= y < band.bottom and (group := band.layout.at(x)) is not None:
                return Hit(number, group, _cell_in(band, group, x))
        return None


def _cell_in(band: Band, group: int, x: float) -> int:
    """Cells that were put together share the width of their group alike."""
    members = band.layout.members(group)
    left, right = band.layout.edges[group : group + 2]
    part = (x - left) / max(right - left, 1e-9)
    return members.start + min(int(part * (members.stop - members.start)), members.stop - members.start - 1)


def accesses_of(opened: Opened, subject: Subject, options: HeatmapOptions) -> np.ndarray:
    """ACCESS by place. Over many runs, times take a while; nothing else does."""
    if options.one_run and subject.run is not None:
        return opened.accesses.of_run(subject.run)
    return opened.accesses.within(subject.range, timed=options.measure == "time")


def heatmap_picture(
    opened: Opened,
    focus: Focus,
    options: HeatmapOptions,
    subject: Subject,
    done: np.ndarray,
    size: tuple[int, int],
    theme: Theme,
    scale: float = 1.0,
) -> HeatmapPicture:
    strips = strips_of(opened, focus, options, subject)
    disk, buffers = ([strip for strip in strips if strip.track == track] for track in ("disk", "buffer"))
    if options.full:
        frame = full_frame(disk, buffers, *size, scale, options.scroll)
    else:
        frame = compact_frame(disk, buffers, *size, scale)
    of_cells = [placed.strip.accesses(done) for placed in frame.placed]
    heat = glow_scale(focus.range.end) if options.glows else scale_of(of_cells, options.measure)
    bands = [
        Band.of(placed.strip, placed.box, heat.heat(of_strip), scale)
        for placed, of_strip in zip(frame.placed, of_cells, strict=True)
    ]
    left = (LABELS if options.full else LABELS_COMPACT) * scale
    times = TimeScale(focus.range, left, max(1.0, size[0] - left - (SIZES if options.full else MARGIN) * scale))
    table = opened.places.table
    copies = (table["file"] < 0) & (table["source"] >= 0)
    empty = Drawing(0, 0, theme.panel, ())
    picture = HeatmapPicture(empty, bands, of_cells, frame, heat, subject, times, copies)
    return replace(picture, drawing=painted(picture, opened, focus, options, size, theme, scale))


def strips_of(opened: Opened, focus: Focus, options: HeatmapOptions, subject: Subject) -> list[Strip]:
    strips = opened.memory_strips
    return strips.disk(options.full) + strips.buffers(focus.range, subject.run, subject.node)
