"""What lies over the lanes: the area that was picked, the measured stretch, notes."""

from __future__ import annotations

import numpy as np

from ggmlviz.analysis.time_range import TimeRange
from ggmlviz.scene.drawing import Lines, Rectangles, Shape, Texts, Triangles, colours
from ggmlviz.scene.lettering import shortened, text_width
from ggmlviz.scene.timeline.frame import Frame, Hit
from ggmlviz.scene.units import duration

FLAG = 9.0  # pixels


def area(frame: Frame, top: float, bottom: float) -> list[Shape]:
    """Pale where it is, with a line at either end and how long it is."""
    picked, theme = frame.look.area, frame.theme
    if picked is None or picked.end <= frame.look.view.begin or picked.begin >= frame.look.view.end:
        return []
    left, right = frame.inside(np.array([picked.begin, picked.end])).tolist()
    box = np.array([[left, top, right, bottom]], np.float32)
    ends = np.array([[left, top, left, bottom], [right, top, right, bottom]], np.float32)
    return [Rectangles(box, colours((*theme.accent[:3], 38), 1)), Lines(ends, colours(theme.accent, 2))]


def area_label(frame: Frame, middle: float) -> list[Shape]:
    """In the ruler."""
    picked = frame.look.area
    if picked is None or picked.end <= frame.look.view.begin or picked.begin >= frame.look.view.end:
        return []
    left, right = frame.inside(np.array([picked.begin, picked.end])).tolist()
    return _label(frame, (left + right) / 2, middle, duration(picked.end - picked.begin), frame.theme.accent)


def extents(shapes: list[Shape]) -> list[tuple[float, float]]:
    """From where to where cards and texts lie."""
    boxes = [shape.box for shape in shapes if isinstance(shape, Rectangles)]
    flags = [shape.corners[:, [0, 2]] for shape in shapes if isinstance(shape, Triangles)]
    return [(float(a), float(b)) for part in [*(box[:, [0, 2]] for box in boxes), *flags] for a, b in part.tolist()]


def measured(frame: Frame, top: float, bottom: float) -> list[Shape]:
    if frame.look.measured is None:
        return []
    colour, middle = frame.theme.text, (top + bottom) / 2
    begin, end = sorted(frame.look.measured)
    left, right = frame.inside(np.array([begin, end])).tolist()
    ends = [[left, top, left, bottom], [right, top, right, bottom], [left, middle, right, middle]]
    shapes: list[Shape] = [Lines(np.array(ends, np.float32), colours(colour, 3))]
    if end > begin:
        text = f"{duration(end - begin)}  ({end - begin:,} ns)"
        shapes += _label(frame, (left + right) / 2, middle, text, colour)
    return shapes


def notes(frame: Frame, top: float, bottom: float) -> list[Shape]:
    """A flag in the ruler for each, with its text where there is room, and a line through the lanes."""
    view, theme = frame.look.view, frame.theme
    seen = sorted(
        (note for note in frame.look.notes if view.begin <= note.time <= view.end), key=lambda note: note.time
    )
    if not seen:
        return []
    x = frame.time.x(np.array([note.time for note in seen]))
    size = FLAG * frame.ui
    corners = np.stack([x, x * 0 + top, x + size, x * 0 + top + size / 2, x, x * 0 + top + size], axis=1)
    ends = np.stack([x, np.full(len(x), top), x, np.full(len(x), bottom)], axis=1)
    shapes: list[Shape] = [
        Lines(ends.astype(np.float32), colours((*theme.accent[:3], 150), len(x))),
        Triangles(corners.astype(np.float32), colours(theme.accent, len(x))),
    ]
    rooms = np.diff(np.append(x, frame.left + frame.columns)) - size - 6 * frame.ui
    texts = [shortened(note.text, room, frame.text * 0.94) for note, room in zip(seen, rooms.tolist(), strict=True)]
    kept = [number for number, text in enumerate(texts) if text]
    if kept:
        widths = np.array([text_width(texts[number], frame.text * 0.94) for number in kept])
        left = x[kept] + size + 1
        box = np.stack([left, np.full(len(kept), top), left + widths + 4, np.full(len(kept), top + size + 3)], axis=1)
        at = np.stack([left + 2, np.full(len(kept), top + size / 2 + 1)], axis=1)
        shapes.append(Rectangles(box.astype(np.float32), colours(theme.raised, len(kept))))
        texts = [texts[number] for number in kept]
        shapes.append(Texts(at.astype(np.float32), texts, colours(theme.text, len(kept)), frame.text * 0.94))
    return shapes


def note_at(frame: Frame, x: float) -> Hit | None:
    for note in frame.look.notes:
        left = float(frame.time.x(np.int64(note.time)))
        if left - 2 <= x <= left + FLAG * frame.ui:
            return Hit("note", "", note.text or "bookmark", TimeRange(note.time, note.time))
    return None


def _label(frame: Frame, x: float, y: float, text: str, edge) -> list[Shape]:
    """On a card of its own, inside the lanes."""
    wide, high = text_width(text, frame.text) + 10 * frame.ui, frame.text + 7 * frame.ui
    x = min(max(x, frame.left + wide / 2), frame.left + frame.columns - wide / 2)
    box = np.array([[x - wide / 2, y - high / 2, x + wide / 2, y + high / 2]], np.float32)
    at = np.array([[x, y]], np.float32)
    return [
        Rectangles(box, colours(frame.theme.raised, 1), colours(edge, 1), 3.0),
        Texts(at, [text], colours(frame.theme.text, 1), frame.text, "centre"),
    ]
