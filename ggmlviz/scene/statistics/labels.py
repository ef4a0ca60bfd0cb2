"""Labels beside things, where they lie over nothing: the first ones get the best places, the last ones may get none."""

from __future__ import annotations

Box = tuple[float, float, float, float]


class Labels:
    """`shunned`: what they lie over only where there is no other place."""

    def __init__(self, inside: Box, taken: list[Box] | None = None, shunned: list[Box] | None = None):
        self._inside = inside
        self._taken, self._shunned = list(taken or []), list(shunned or [])

    def place(self, x: float, y: float, radius: float, width: float, height: float) -> Box | None:
        """Of these the first that is free: right of it, left, above, below."""
        gap, free = radius + 4, []
        for left, top in (
            (x + gap, y - height / 2),
            (x - gap - width, y - height / 2),
            (x - width / 2, y - gap - height),
            (x - width / 2, y + gap),
            (x + gap * 0.7, y - gap * 0.7 - height),
            (x + gap * 0.7, y + gap * 0.7),
        ):
            box = (left, top, left + width, top + height)
            if _within(box, self._inside) and not any(_overlap(box, other) for other in self._taken):
                free.append(box)
        best = min(free, key=lambda box: any(_overlap(box, other) for other in self._shunned), default=None)
        self._taken += [best] if best else []
        return best


def _within(box: Box, outer: Box) -> bool:
    return box[0] >= outer[0] and box[1] >= outer[1] and box[2] <= outer[2] and box[3] <= outer[3]


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
