"""The flame view, hanging: every frame as wide as its time, its parts below it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ggmlviz.analysis.flame_tree import Frame
from ggmlviz.scene.drawing import Colour
from ggmlviz.scene.palette import FAMILY_COLOURS, Theme, family_of, ink_on
from ggmlviz.scene.sketch import Picture, Sketch
from ggmlviz.scene.units import duration, share

ROW = 24.0
NARROWEST = 0.4  # pixels; what is narrower is not drawn, as nobody could see it
HINT = "click: zoom, Esc: back, right click: select the longest"


@dataclass(frozen=True)
class Path:
    """Names from the root to a frame; a click zooms to it."""

    names: tuple[str, ...]


def known_part(root: Frame, path: tuple[str, ...]) -> tuple[str, ...]:
    """The path as far as there are such frames: another range may have others."""
    while path and root.at(path) is None:
        path = path[:-1]
    return path


def flame_picture(
    root: Frame,
    path: tuple[str, ...],
    size: tuple[float, float],
    theme: Theme,
    scale: float = 1.0,
    hint: str = HINT,
) -> Picture:
    """Zoomed to the frame at `path`: those around it are drawn as wide as the view."""
    sketch = Sketch(*size, theme, scale)
    frame, depth = root, 0
    while depth < len(path):
        _frame(sketch, frame, path[:depth], root, 0.0, sketch.width, depth, faded=True)
        frame, depth = frame.parts[path[depth]], depth + 1
    _with_parts(sketch, frame, path, root, 0.0, sketch.width, depth)
    below = (_depth(frame) + depth) * ROW * scale
    if below + ROW * scale <= sketch.height:
        sketch.fitted(8 * scale, sketch.height - 12 * scale, hint, sketch.width - 16 * scale, theme.faint, 12)
    return sketch.picture()


def _with_parts(
    sketch: Sketch, frame: Frame, path: tuple[str, ...], root: Frame, left: float, right: float, depth: int
) -> None:
    _frame(sketch, frame, path, root, left, right, depth)
    per_ns = (right - left) / frame.time if frame.time else 0.0
    for part in frame.longest_first:
        width = part.time * per_ns
        if width >= NARROWEST:
            _with_parts(sketch, part, (*path, part.name), root, left, left + width, depth + 1)
        left += width


def _frame(
    sketch: Sketch,
    frame: Frame,
    path: tuple[str, ...],
    root: Frame,
    left: float,
    right: float,
    depth: int,
    faded: bool = False,
) -> None:
    scale, theme = sketch.scale, sketch.theme
    top, bottom = depth * ROW * scale, (depth + 1) * ROW * scale - 1
    fill = _colour(frame, path, theme)
    gap = 1.0 if right - left > 3 else 0.0
    sketch.rectangle(left, top, right - gap, bottom, fill)
    room = right - left - 8 * scale
    if room >= sketch.room_of("88"):
        ink = theme.faint if faded else tuple(ink_on(np.array(fill, np.uint8)).tolist())
        x, y = left + 5 * scale, (top + bottom) / 2
        part = f"{duration(frame.time)}  {share(frame.time, root.time)}"
        name_room, part_room = sketch.room_of(frame.name), sketch.room_of(part) + 14 * scale
        if name_room + part_room <= room:
            sketch.text(right - gap - 5 * scale, y, part, ink, anchor="right")
        sketch.fitted(x, y, frame.name if name_room <= room else _brief(frame.name), room, ink)
    sketch.spot((left, top, max(right, left + 1), bottom + 1), _tip(frame, path, root), Path(path))


def _tip(frame: Frame, path: tuple[str, ...], root: Frame) -> str:
    of = "runs" if len(path) < 2 else "nodes computed"
    lines = [" › ".join((root.name, *path)), f"{duration(frame.time)} ({frame.time:,} ns), {frame.count:,} {of}"]
    lines.append(f"{share(frame.time, root.time)} of all")
    if frame.count:
        lines.append(f"{duration(frame.time / frame.count)} each")
    if frame.wait:
        lines.append(f"thread 0 waited {duration(frame.wait)} of it at barriers ({share(frame.wait, frame.time)})")
    if frame.parts and frame.untold > 0:
        lines.append(f"{duration(frame.untold)} of it between its parts ({share(frame.untold, frame.time)})")
    return "\n".join(lines)


def _colour(frame: Frame, path: tuple[str, ...], theme: Theme) -> Colour:
    """Ops have the colour of their family; what they are in is grey, darker and lighter in turns."""
    if frame.op:
        return tuple(FAMILY_COLOURS[family_of(frame.op)].tolist())
    return theme.raised if len(path) % 2 else theme.line


def _brief(name: str) -> str:
    """Of layers the number."""
    return name.removeprefix("layer ")


def _depth(frame: Frame) -> int:
    return 1 + max((_depth(part) for part in frame.parts.values()), default=0)
